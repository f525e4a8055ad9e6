"""What a page of the desk shows, from what the emulator holds: values for the templates. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote

from smsops.emulator.account import ACTIVE, APPROVED, IN_REVIEW, REJECTED, Item
from smsops.emulator.desk.heard import Heard, parsed, shown, size
from smsops.emulator.desk.words import WORDS, Tongue
from smsops.emulator.faults import Count, Fault
from smsops.emulator.messages import (
    FAILED,
    MAX_FIELD,
    MAX_TEXT,
    PENDING,
    REFUSED,
    Message,
    Reply,
    cut,
)
from smsops.emulator.receipts import DEAD, DELIVERED
from smsops.emulator.wire import Delivery

#: How much one page shows; the rest is a page further or is only counted.
PEOPLE, TALK, QUEUE, REVIEWED, CALLS, FAULTS = 200, 50, 50, 50, 50, 100
#: Characters of a name: what the API lets in is shorter, a seed may put anything there.
_NAME = 100
_SNIPPET = 80
_SUBJECT = 40
#: Characters of a conversation, from which on the rest is a page further.
_TALK_TEXT = 200_000
_TEXT = 6000
_VARIABLE = re.compile(r"\{\d{1,4}\}", re.ASCII)

#: Verdict, state or outcome -> style.
_MOODS: Mapping[str, str] = {
    "delivered": "good",
    "failed": "bad",
    "refused": "bad",
    "pending": "warn",
}
_STATES: Mapping[int, tuple[str, str]] = {
    ACTIVE: ("state_active", "good"),
    APPROVED: ("state_later", "good"),
    REJECTED: ("state_rejected", "bad"),
    IN_REVIEW: ("state_pending", "warn"),
}
#: API name -> what the page calls it; the others are shown under their API names.
_SPOKEN = ("SignName", "TemplateName", "TemplateContent", "Remark", "International")
#: API name -> beginning of the words for its numbers.
_CODED: Mapping[str, str] = {
    "SignType": "sign_type",
    "DocumentType": "document_type",
    "SignPurpose": "purpose",
    "SmsType": "sms_type",
}


#: Parameters that say what a call is about, the first that is given.
_SUBJECTS = (
    "PhoneNumberSet",
    "PhoneNumber",
    "mobile",
    "TemplateName",
    "SignName",
    "TemplateIdSet",
    "SignIdSet",
    "TemplateId",
    "SignId",
    "externalId",
    "externalIds",
)


class Moment(NamedTuple):
    """A time for programs and for people."""

    iso: str
    shown: str


def local(moment: float) -> datetime:
    """A moment in the time zone of this machine, which is the reader's."""
    return datetime.fromtimestamp(moment).astimezone()


def moment(at: float, now: float) -> Moment:
    """A moment, with its day unless that is today."""
    then, today = local(at), local(now).date()
    form = "%H:%M:%S" if then.date() == today else "%m-%d %H:%M"
    if then.year != today.year:
        form = "%Y-%m-%d %H:%M"
    return Moment(then.isoformat(timespec="seconds"), then.strftime(form))


# ---- messages ----------------------------------------------------------------------------------


def messages(
    found: Sequence[Message], asked: str, before: int | None, now: float
) -> dict[str, Any]:
    """The inbox: numbers by what was said last, and one conversation. ``found``: newest first.

    Only what is shown is looked at as it is ``now``: there may be very many. ``asked`` is the
    number that was chosen, or a part of it; ``before`` pages back.
    """
    said = _last_said(found, now)
    number = _number(asked, said)
    missing = bool(asked and said and not number)
    number = number or next(iter(said), "")
    talk = [message for message in found if message.number == number]
    seen = _page(message for message in talk if before is None or message.seq < before)
    more = bool(seen) and talk[-1].seq < seen[-1].seq
    return {
        "people": [
            _person(message.at(now), reply, now) for message, reply in list(said.values())[:PEOPLE]
        ],
        "more_people": len(said) > PEOPLE,
        "number": number,
        "here": {"id": number.strip("+"), "path": _talk_path(number)},
        "chosen": bool(asked) and not missing,
        "missing": asked if missing else "",
        "talk": list(_talk([each.at(now) for each in seen], now)),
        "older": f"{_talk_path(number)}&before={seen[-1].seq}" if more else "",
        "partners": _partners(talk),
    }


def _number(asked: str, said: Iterable[str]) -> str:
    """The number that was asked for, else the first that has such a part; empty if none has."""
    part = "".join(asked.split()).replace("-", "")
    every = list(said)
    return asked if asked in every else next((each for each in every if part and part in each), "")


def _page(talk: Iterable[Message]) -> list[Message]:
    """As much of a conversation as one page shows, newest first."""
    seen: list[Message] = []
    left = _TALK_TEXT
    for message in talk:
        left -= message.weight + sum(len(reply.text) for reply in message.replies)
        if len(seen) == TALK or (seen and left < 0):
            break
        seen.append(message)
    return seen


def _talk_path(number: str) -> str:
    return f"/desk/messages?number={quote(number)}"


def _last_said(found: Iterable[Message], now: float) -> dict[str, tuple[Message, Reply | None]]:
    """The newest message of each number, with the reply that came after it, to whichever message.

    In the order of what was said last, newest first.
    """
    newest: dict[str, Message] = {}
    replies: dict[str, Reply] = {}
    for message in found:
        number = message.number
        last = newest.setdefault(number, message)
        for reply in message.replies:
            since = replies[number].at if number in replies else last.sent_at
            if since <= reply.at <= now:
                replies[number] = reply

    def moment(message: Message) -> float:
        return replies[message.number].at if message.number in replies else message.sent_at

    ordered = sorted(newest.values(), key=lambda each: (moment(each), each.seq), reverse=True)
    return {each.number: (each, replies.get(each.number)) for each in ordered}


def _person(message: Message, reply: Reply | None, now: float) -> dict[str, Any]:
    refused = reply is None and message.verdict == REFUSED
    return {
        "id": "p-" + message.number.strip("+"),
        "number": message.number,
        "path": _talk_path(message.number),
        "time": moment(reply.at if reply else message.sent_at, now),
        "text": message.code if refused else (reply or message).text[:_SNIPPET],
        "code": refused,
        "reply": reply is not None,
        "verdict": message.verdict,
        "mood": _MOODS[message.verdict],
    }


def _talk(seen: Iterable[Message], now: float) -> Iterator[dict[str, Any]]:
    """Messages and replies as they happened, oldest first."""
    said: list[tuple[float, int, int, dict[str, Any]]] = []
    for message in seen:
        said.append((message.sent_at, message.seq, -1, _message(message, now)))
        for place, reply in enumerate(message.replies):
            bubble = {
                "id": f"r-{message.seq}-{place}",
                "reply": True,
                "text": reply.text,
                "time": moment(reply.at, now),
            }
            said.append((reply.at, message.seq, place, bubble))
    for *_, bubble in sorted(said, key=lambda each: each[:3]):
        yield bubble


def _message(message: Message, now: float) -> dict[str, Any]:
    pending = message.verdict == PENDING
    due = message.report_at if pending else None
    reported = message.reported_at
    return {
        "id": f"m-{message.seq}",
        "reply": False,
        "text": message.text,
        "time": moment(message.sent_at, now),
        "verdict": message.verdict,
        "mood": _MOODS[message.verdict],
        "code": "" if message.code == DELIVERED else message.code,
        "why": why(message.code),
        "pending": pending,
        "refused": message.verdict == REFUSED,
        "serial": message.serial,
        "template": message.template,
        "sign": message.sign,
        "params": ", ".join(message.params),
        "app": message.app,
        "channel": " ".join(filter(None, (message.channel, message.version))),
        "fee": message.fee,
        "session": message.session_context,
        "extend": message.extend,
        "fail_with": message.code if message.verdict == FAILED else DEAD,
        "report_at": "" if due is None else moment(due, now).shown,
        "reported_at": "" if reported is None else moment(reported, now).shown,
    }


def why(code: str) -> str:
    """The word for what a receipt or error code means; empty where there is none."""
    return f"why_{code}" if f"why_{code}" in WORDS else ""


def _partners(talk: Iterable[Message]) -> list[dict[str, str]]:
    """Whom the phone can answer: the newest message of each sign that reached it, newest first."""
    found: dict[str, dict[str, str]] = {}
    for message in talk:
        if message.verdict != REFUSED:
            found.setdefault(message.sign, {"sign": message.sign, "serial": message.serial})
    return list(found.values())[:20]


# ---- review ------------------------------------------------------------------------------------


def review(items: Iterable[Item], page: int, now: float, t: Tongue) -> dict[str, Any]:
    """The queue, oldest first, and what was reviewed, newest first."""
    every = list(items)
    queue = [item for item in every if item.status == IN_REVIEW]
    queue.sort(key=lambda item: item.submitted)
    reviewed = [item for item in every if item.status != IN_REVIEW]
    reviewed.sort(key=lambda item: (item.submitted, item.id), reverse=True)
    begin = page * REVIEWED
    return {
        "queue": [_queued(item, now, t) for item in queue[:QUEUE]],
        "more_queue": len(queue) > QUEUE,
        "reviewed": [_reviewed(item, t) for item in reviewed[begin : begin + REVIEWED]],
        "older": f"/desk/review?page={page + 1}" if reviewed[begin + REVIEWED :] else "",
    }


def _object(item: Item) -> dict[str, Any]:
    return {
        "key": f"{item.kind}-{item.id}",
        "kind": item.kind,
        "id": item.id,
        "name": f"【{cut(item.name, _NAME)}】" if item.kind == "sign" else cut(item.name, _NAME),
    }


def _queued(item: Item, now: float, t: Tongue) -> dict[str, Any]:
    facts = [
        (name, _fact(name, value, t))
        for name, value in item.parameters.items()
        if name not in _SPOKEN
    ]
    return {
        **_object(item),
        "place": item.place,
        "time": moment(item.submitted, now),
        "pieces": _pieces(cut(str(item.parameters.get("TemplateContent", "")), MAX_TEXT)),
        "remark": cut(str(item.parameters.get("Remark", "")), MAX_FIELD),
        "facts": facts,
    }


def _fact(name: str, value: object, t: Tongue) -> object:
    word = f"{_CODED.get(name)}_{value}"
    match value:
        case {"sha256": str(), "size": int(count)}:
            return t("image", size=size(count))
        case int() if word in WORDS:
            return t("coded", word=t(word), code=value)
        case _:
            return cut(str(value), MAX_FIELD)


def variables(content: str) -> list[str]:
    """The numbers of the variables in a text, in its order."""
    return [match.group()[1:-1] for match in _VARIABLE.finditer(content)]


def _pieces(content: str) -> list[dict[str, Any]]:
    """A text with its variables told apart."""
    pieces: list[dict[str, Any]] = []
    end = 0
    for match in _VARIABLE.finditer(content):
        pieces.append({"text": content[end : match.start()], "variable": False})
        pieces.append({"text": match.group(), "variable": True})
        end = match.end()
    pieces.append({"text": content[end:], "variable": False})
    return [piece for piece in pieces if piece["text"]]


def _reviewed(item: Item, t: Tongue) -> dict[str, Any]:
    word, mood = _STATES.get(item.status, ("state_other", "warn"))
    return {
        **_object(item),
        "text": str(item.parameters.get("TemplateContent", ""))[:200],
        "reply": cut(item.reply, MAX_FIELD),
        "state": t(word, code=item.status),
        "mood": mood,
    }


# ---- callbacks ---------------------------------------------------------------------------------


def callbacks(targets: object, t: Tongue) -> list[dict[str, Any]]:
    """Where callbacks are pushed, and what became of them; ``targets`` as a pusher sums them up."""
    found = targets if isinstance(targets, list) else []
    return [_target(each, number, t) for number, each in enumerate(found, start=1)]


#: What a pusher counts -> its style where there is any.
_COUNTED: Mapping[str, str] = {"delivered": "good", "failed": "bad", "waiting": "warn"}


def _target(sums: Mapping[str, Any], number: int, t: Tongue) -> dict[str, Any]:
    return {
        "id": f"callbacks-{number}",
        "what": t(f"pushed_{sums['kind']}"),
        "url": sums["url"],
        "counts": [
            {"text": t(f"pushed_{name}", count=sums[name]), "mood": mood if sums[name] else ""}
            for name, mood in _COUNTED.items()
        ],
        "error": t("last_error", error=sums["last_error"]) if sums["last_error"] else "",
    }


# ---- calls -------------------------------------------------------------------------------------


def calls(heard: Sequence[Heard], page: int, now: float, t: Tongue) -> dict[str, Any]:
    """The calls that are remembered, newest first, with what they said and got."""
    begin = page * CALLS
    return {
        "calls": [_call(each, now, t) for each in heard[begin : begin + CALLS]],
        "older": f"/desk/calls?page={page + 1}" if heard[begin + CALLS :] else "",
    }


def _call(heard: Heard, now: float, t: Tongue) -> dict[str, Any]:
    answer = parsed(heard.reply)
    asked = parsed(heard.request, heard.kind)
    outcome, mood = _outcome(heard, answer, t)
    return {
        "id": f"c-{heard.number}",
        "time": moment(heard.at, now),
        "action": heard.action,
        "version": heard.version,
        "subject": _subject(asked, t),
        "outcome": outcome,
        "mood": mood,
        "milliseconds": f"{heard.seconds * 1000:.{1 if heard.seconds < 0.01 else 0}f}",
        "line": f"{heard.method} {heard.path}",
        "request": _body(heard.request, asked, heard.request_size, t),
        "status": f"HTTP {heard.status}",
        "answer": _body(heard.reply, answer, heard.reply_size, t),
    }


def _subject(asked: Any, t: Tongue) -> str:
    """What a call is about, in a few characters: whom it sends to, which object it is for."""
    given = asked if isinstance(asked, dict) else {}
    match next((given[name] for name in _SUBJECTS if given.get(name)), ""):
        case [first, *more] if more:
            return t("and_more", first=_cut(first), count=len(more))
        case [one] | one:
            return _cut(one)


def _cut(value: object) -> str:
    text = str(shown(value))
    return text if len(text) <= _SUBJECT else f"{text[:_SUBJECT]}…"


def _body(body: bytes, found: Any, whole: int, t: Tongue) -> str:
    if found is not None:
        text = json.dumps(shown(found), ensure_ascii=False, indent=2)
        return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
    if whole and not body:
        return t("too_large", size=size(whole))
    return t("not_json", size=size(whole)) if whole else ""


def _outcome(heard: Heard, answer: Any, t: Tongue) -> tuple[str, str]:
    """What a call came to, in a word, and its mood."""
    if heard.delivery is not Delivery.WHOLE:
        return t(f"delivery_{heard.delivery}"), "bad"
    if heard.status != 200:
        return f"HTTP {heard.status}", "bad"
    match answer:
        case {"Response": {"Error": {"Code": str(code)}}}:
            return code, "bad"
        case {"Response": {"SendStatusSet": [{"Code": code}]}} if code != "Ok":
            return str(code), "bad"
        case {"Response": {"SendStatusSet": list(statuses)}}:
            good = sum(isinstance(each, dict) and each.get("Code") == "Ok" for each in statuses)
            if good < len(statuses):
                return t("partly", ok=good, all=len(statuses)), "warn"
            return t("ok"), "good"
        case {"code": str(code)} if code != "0000":
            return code, "bad"
        case dict():
            return t("ok"), "good"
        case _:
            return f"HTTP {heard.status}", ""


# ---- faults ------------------------------------------------------------------------------------


def faults(counted: Sequence[tuple[Fault, Count]], t: Tongue) -> dict[str, Any]:
    """The faults that are ordered, the first of them, and what became of each."""
    return {
        "faults": [_fault(fault, count, t) for fault, count in counted[:FAULTS]],
        "more_faults": len(counted) > FAULTS,
    }


def _fault(fault: Fault, count: Count, t: Tongue) -> dict[str, Any]:
    about = {
        "error": f"{cut(fault.code, _NAME)}: {cut(fault.message, MAX_FIELD)}",
        "status": f"HTTP {fault.status or 503}",
        "redirect": f"HTTP {fault.status or 307}",
        "delay": t("in_seconds", seconds=_seconds(fault)),
        "hide": t("in_seconds", seconds=_seconds(fault)),
    }.get(fault.kind, "" if fault.value is None else repr(fault.value)[:200])
    return {
        "what": t(f"fault_{fault.kind}"),
        "kind": fault.kind,
        "about": " · ".join(filter(None, (about, fault.place))),
        "action": t("every_action") if fault.action == "*" else cut(fault.action, _NAME),
        "when": _when(fault, t),
        "struck": _struck(count.struck, t),
        "left": _left(count.left, t),
        "mood": "warn" if count.struck else "",
        "seal": seal(fault),
    }


def _struck(count: int, t: Tongue) -> str:
    words = {0: "struck_never", 1: "struck_one"}
    return t(words.get(count, "struck_many"), count=count)


def _left(count: int | None, t: Tongue) -> str:
    """What is to come of a fault that has an end."""
    if count is None:
        return ""
    return t("left_some", count=count) if count else t("left_over")


def _seconds(fault: Fault) -> str:
    given = fault.seconds if isinstance(fault.seconds, tuple) else (fault.seconds,)
    return "–".join(f"{each:g}" for each in given)


def _when(fault: Fault, t: Tongue) -> str:
    if fault.when is None:
        return t("every_call")
    numbers = fault.when if isinstance(fault.when, tuple) else (fault.when,)
    return t("call_numbers", numbers=", ".join(map(str, numbers))[:80])


def seal(fault: Fault) -> str:
    """Tells a fault from another one at the same place of the list."""
    return sha256(repr(fault).encode()).hexdigest()[:16]
