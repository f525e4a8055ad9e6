"""Answers the requests of the desk: pages, and the forms on them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

from smsops.emulator import SECRET_ID, SECRET_KEY, control
from smsops.emulator.account import ACTIVE, IN_REVIEW, KINDS, Item
from smsops.emulator.actions import ACTIONS
from smsops.emulator.callbacks import Kind
from smsops.emulator.checks import MAX_SMS
from smsops.emulator.core import Emulator
from smsops.emulator.desk import views
from smsops.emulator.desk.guard import loopback, may_change, may_look
from smsops.emulator.desk.heard import Log
from smsops.emulator.desk.live import TOPICS, Live
from smsops.emulator.desk.page import SHUT, headers, page
from smsops.emulator.desk.snippets import EXAMPLE, snippets
from smsops.emulator.desk.words import Tongue, language
from smsops.emulator.faults import (
    AFTER_ADMISSION,
    AFTER_COMMIT,
    BEFORE_ADMISSION,
    BEFORE_COMMIT,
    parse,
)
from smsops.emulator.faults import KINDS as FAULT_KINDS
from smsops.emulator.receipts import FAILURES
from smsops.emulator.seed import VERDICTS, SeedError
from smsops.emulator.wire import Reply, Request
from smsops.errors import SmsopsError, UsageError

#: Where the desk is, besides ``/``.
PREFIX = "/desk/"
EVENTS = "/desk/events"
_MAX_FORM = 64 * 1024
#: Seconds of a fault that a page orders: it can wait for so long that one would forget why.
_LONGEST = 3600
#: Those of one that does not say.
_SECONDS = 2
_OUTCOMES = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
_TABS = ("messages", "review", "calls", "faults", "connect")
#: What a form says it has done: the word in the address of the page that follows.
_DONE = ("reviewed", "reported", "replied", "faulted", "cleared", "emptied", "sampled")
#: Kinds of faults that need more than a form asks for.
_BARE = tuple(kind for kind in FAULT_KINDS if kind not in ("id", "unreachable"))
_SAMPLE = (
    {
        "kind": "sign",
        "SignName": EXAMPLE["sign"],
        "SignType": 0,
        "DocumentType": 0,
        "SignPurpose": 0,
        "International": 0,
    },
    {
        "kind": "template",
        "TemplateName": "登录验证码",
        "TemplateContent": "您的验证码是{1}，{2}分钟内有效。如非本人操作，请忽略本短信。",
        "SmsType": 3,
        "International": 0,
    },
)
Form = Mapping[str, str]
Number = TypeVar("Number", int, float)


class Desk:
    """The desk of one served emulator. Safe to use from several threads."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._token = secrets.token_urlsafe(32)
        self.heard = Log()
        self.live = Live(self._outside, lambda: emulator.subscribe(self._event))

    # ---- which requests, and from whom ---------------------------------------------------------

    def wants(self, request: Request) -> bool:
        """Whether the desk answers: its own paths, and a browser that opens ``/``.

        A browser asks for HTML and knows neither actions nor signatures; everything else under
        ``/`` is for the API, which refuses it in its own words.
        """
        if request.path.startswith(PREFIX) or request.path == "/desk":
            return True
        return (
            request.method == "GET"
            and request.path == "/"
            and "text/html" in (request.header("accept") or "")
            and not any(map(request.header, ("authorization", "x-tc-action")))
            and "Action=" not in request.query
        )

    def may_follow(self, request: Request) -> Reply | None:
        """Why a page may not have :attr:`live`'s events; ``None`` when it may."""
        if request.method != "GET":
            return _plain(405, "GET")
        t = _tongue(request)
        if not loopback(request) or request.header("sec-fetch-site") not in (None, "same-origin"):
            return _plain(403, t("foreign"))
        return _plain(503, t("offline")) if self.live.full else None

    def answer(self, request: Request) -> Reply:
        """The reply to a request of the desk."""
        t = _tongue(request)
        if not may_look(request):
            return _plain(403, t("foreign"))
        try:
            return self._answer(request, t)
        except SmsopsError as error:  # the data file cannot be used
            return _plain(500, t("not_done", error=error))

    def _answer(self, request: Request, t: Tongue) -> Reply:
        if request.method == "POST":
            return self._change(request, t)
        if request.method != "GET":
            return _plain(405, "GET, POST")
        tab = "messages" if request.path == "/" else request.path.removeprefix(PREFIX)
        if tab not in _TABS:
            return self._refusal(request, t, 404, t("lost"))
        query = _pairs(request.query)
        done = query.get("done", "")
        # Before anything is looked at: a page may be newer than it says, but never older.
        revision = self.live.revision()
        values = _SHOWN[tab](self, query, request, t) | {"revision": revision}
        return self._page(
            request, t, tab, done=t(f"done_{done}") if done in _DONE else "", **values
        )

    # ---- pages ---------------------------------------------------------------------------------

    def _page(
        self, request: Request, t: Tongue, name: str, *, status: int = 200, **values: Any
    ) -> Reply:
        nonce = secrets.token_urlsafe(16)
        waiting = sum(item.status == IN_REVIEW for item in self._items())
        with self._emulator.store.reading() as contents:
            kept = len(contents.history.messages)
        counts = {
            "messages": kept,
            "review": waiting,
            "calls": self.heard.total,
            "faults": len(self._emulator.faults.ordered),
        }
        body = page(
            name,
            nonce,
            t=t,
            tab=name if name in _TABS else "",
            host=request.header("host"),
            token=self._token,
            whole=request.header("x-desk") != "body",
            news=TOPICS,
            tabs=[
                {
                    "name": tab,
                    "path": "/" if tab == "messages" else PREFIX + tab,
                    "count": counts.get(tab, 0),
                    "due": tab in ("review", "faults"),
                }
                for tab in _TABS
            ],
            **{"done": "", "wrong": "", **values},
        )
        return Reply(status, headers(nonce, t.tag), body)

    def _refusal(self, request: Request, t: Tongue, status: int, reason: str) -> Reply:
        return self._page(request, t, "refusal", status=status, reason=reason, revision="")

    def _messages(self, query: Form, request: Request, t: Tongue) -> dict[str, Any]:
        before = query.get("before", "")
        with self._emulator.store.reading() as contents:
            found = list(contents.history.newest())
        waiting = sum(item.status == IN_REVIEW for item in self._items())
        shown = views.messages(
            found,
            query.get("number", "").strip(),
            int(before) if _is_number(before) else None,
            self._emulator.now(),
        )
        missing = shown["missing"]
        return {
            **shown,
            "wrong": t("not_found", number=missing[:40]) if missing else "",
            **self._guide(query, request, t),
            "waiting": t("waiting_one" if waiting == 1 else "waiting_many", count=waiting)
            if waiting
            else "",
            "receipt_codes": [{"code": code, "why": views.why(code)} for code in FAILURES],
        }

    def _guide(self, _: Form, request: Request, t: Tongue) -> dict[str, Any]:
        ready = _ready(self._items())
        example = ready or {**EXAMPLE, "params": ("123456", "5")}
        host = request.header("host") or ""
        return {
            "ready": ready,
            "secret_id": SECRET_ID,
            "secret_key": SECRET_KEY,
            "snippets": snippets(host, example["sign"], example["template"], example["params"]),
            "outcomes": _OUTCOMES,
        }

    def _review(self, query: Form, _: Request, t: Tongue) -> dict[str, Any]:
        mode = self._emulator.settings.review
        return {
            **views.review(self._items(), _page(query), self._emulator.now(), t),
            "auto": "" if mode == "manual" else mode,
        }

    def _calls(self, query: Form, _: Request, t: Tongue) -> dict[str, Any]:
        targets = self._emulator.pushed()["targets"]
        return {
            **views.calls(self.heard.newest(), _page(query), self._emulator.now(), t),
            "callbacks": views.callbacks(targets, t),
            "callback_options": ", ".join(f"--{kind}-url" for kind in Kind),
        }

    def _faults(self, _: Form, __: Request, t: Tongue) -> dict[str, Any]:
        return {
            **views.faults(self._emulator.faults.counted(), t),
            "kinds": _BARE,
            "seconds": _SECONDS,
            "places": (BEFORE_ADMISSION, AFTER_ADMISSION, BEFORE_COMMIT, AFTER_COMMIT),
            "actions": sorted({name for _, name in ACTIONS}),
        }

    # ---- forms ---------------------------------------------------------------------------------

    def _change(self, request: Request, t: Tongue) -> Reply:
        form = _form(request)
        if not may_change(request, form, self._token):
            known = loopback(request) and "token" in form
            if known and may_change(request, {"token": self._token}, self._token):
                return self._refusal(request, t, 403, t("stale"))
            return _plain(403, t("foreign"))
        change = _CHANGES.get(request.path.removeprefix(PREFIX))
        if change is None:
            return self._refusal(request, t, 404, t("lost"))
        try:
            target = change(self, form)
        except (SmsopsError, ValueError) as error:
            return self._refusal(request, t, 400, t("not_done", error=error))
        return Reply(303, {"location": target, **SHUT})

    def _judge(self, form: Form) -> str:
        kind, number = form.get("kind", ""), form.get("id", "")
        if kind not in KINDS or not _is_number(number) or form.get("verdict") not in VERDICTS:
            raise UsageError("a review has kind, id and verdict")
        code = VERDICTS[form["verdict"]]
        self._emulator.review(kind, int(number), code, form.get("reply", "").strip()[:500])
        return "/desk/review?done=reviewed#done"

    def _report(self, form: Form) -> str:
        message = self._emulator.message(form.get("serial", ""))
        code = form.get("code", "").strip()
        self._emulator.report(message.serial, form.get("verdict", ""), code)
        number = quote(message.number)
        return f"/desk/messages?number={number}&done=reported#m-{message.seq}"

    def _reply(self, form: Form) -> str:
        message = self._emulator.message(form.get("serial", ""))
        self._emulator.reply_from(message.serial, form.get("text", ""))
        return f"/desk/messages?number={quote(message.number)}&done=replied#reply"

    def _order(self, form: Form) -> str:
        given: dict[str, Any] = {"kind": form.get("kind"), "action": form.get("action") or "*"}
        numbers = [_read(int, each) for each in form.get("when", "").replace(",", " ").split()]
        given["when"] = numbers[0] if len(numbers) == 1 else numbers or None
        if form.get("at"):
            given["at"] = form["at"]
        match form.get("kind"):  # a page may say more than its kind uses
            case "error" if form.get("code"):
                given["code"] = form["code"]
            case "status" | "redirect" if form.get("status"):
                given["status"] = _read(int, form["status"])
            case "delay" | "hide":
                given["seconds"] = _read(float, form.get("seconds") or str(_SECONDS))
                if not 0 <= given["seconds"] <= _LONGEST:
                    raise UsageError(f"a fault lasts at most {_LONGEST} seconds")
        self._emulator.faults.add(parse([given]))
        self.live.tell("fault")
        return "/desk/faults?done=faulted#done"

    def _take_back(self, form: Form) -> str:
        place, ordered = form.get("place", ""), self._emulator.faults.ordered
        known = _is_number(place) and int(place) < len(ordered)
        if (
            not known
            or views.seal(ordered[int(place)]) != form.get("seal")
            or not self._emulator.faults.take_back(int(place), ordered[int(place)])
        ):
            raise SeedError("the faults are others by now")
        self.live.tell("fault")
        return "/desk/faults?done=cleared#done"

    def _clear(self, _: Form) -> str:
        self._emulator.reset("messages")
        self.heard.clear()
        self.live.tell("reset")
        return "/?done=emptied#done"

    def _sample(self, _: Form) -> str:
        self._emulator.seed([dict(each) for each in _SAMPLE])
        return "/desk/connect?done=sampled#done"

    # ---- what happens --------------------------------------------------------------------------

    def note(self, request: Request, reply: Reply, begun: float) -> None:
        """Remember a call that was answered just now; ``begun`` is monotonic seconds."""
        if not request.path.startswith(control.PREFIX):
            now, seconds = self._emulator.now(), self._emulator.moment() - begun
            self.heard.note(request, reply, now, seconds)
            self.live.tell("call")
        elif request.path == f"{control.PREFIX}reset" and reply.status == 200:
            self.heard.clear()

    def _event(self, kind: str, _: object) -> None:
        if kind != "call":  # which :meth:`note` tells, when it can be shown
            self.live.tell(kind)

    def _outside(self) -> object:
        """What is committed, by whichever process, and what time alone changes: reviews that end
        by themselves.
        """
        try:
            with self._emulator.store.reading() as contents:
                committed = contents.changes
            if self._emulator.settings.review_delay is None:
                return committed
            return f"{committed}.{sum(item.status == IN_REVIEW for item in self._items())}"
        except SmsopsError:
            return "?"

    def _items(self) -> list[Item]:
        return [item for kind in KINDS for item in self._emulator.items(kind)]


_SHOWN: Mapping[str, Callable[[Desk, Form, Request, Tongue], dict[str, Any]]] = {
    "messages": Desk._messages,
    "review": Desk._review,
    "calls": Desk._calls,
    "faults": Desk._faults,
    "connect": Desk._guide,
}
_CHANGES: Mapping[str, Callable[[Desk, Form], str]] = {
    "review": Desk._judge,
    "report": Desk._report,
    "reply": Desk._reply,
    "fault": Desk._order,
    "fault/remove": Desk._take_back,
    "clear": Desk._clear,
    "sample": Desk._sample,
}


def _tongue(request: Request) -> Tongue:
    return Tongue(language(request.header("accept-language")))


def _plain(status: int, text: str) -> Reply:
    return Reply(status, {"content-type": "text/plain; charset=utf-8", **SHUT}, text.encode())


def _form(request: Request) -> Form:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or len(request.body) > _MAX_FORM:
        return {}
    try:
        return _pairs(request.body.decode("ascii"))
    except ValueError:
        return {}


def _pairs(text: str) -> Form:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError:
        return {}


def _read(number: type[Number], text: str) -> Number:
    """What a person wrote as a number. Raises :class:`UsageError`."""
    try:
        return number(text)
    except ValueError:
        raise UsageError(f"{text[:20]!r} is not a number") from None


def _page(query: Form) -> int:
    number = query.get("page", "")
    return int(number) if _is_number(number) else 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _ready(items: Iterable[Item]) -> dict[str, Any] | None:
    """The newest sign and template for mainland China that can be sent, with values to send."""
    found: dict[str, Item] = {}
    for item in items:
        text = item.name if item.kind == "sign" else item.parameters.get("TemplateContent", "")
        if item.status == ACTIVE and item.international in (0, 3) and len(str(text)) <= MAX_SMS:
            found[item.kind] = item
    if found.keys() != set(KINDS):
        return None
    content = str(found["template"].parameters.get("TemplateContent", ""))
    variables = [int(number) for number in views.variables(content)]
    values = ("123456", "5", *("8" for _ in variables))
    return {
        "sign": found["sign"].name,
        "template": str(found["template"].id),
        "params": values[: max(variables, default=0)],
    }
