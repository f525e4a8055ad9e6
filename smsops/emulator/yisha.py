"""The Yisha gateway on the same port: POST /comms/sms/..., bodies as form or JSON, no signature.

API document "发送短信", "拉取单个号码短信下发状态", "批量拉取短信下发状态". Arrays are texts there,
``"[1234,2345]"``, and no JSON: ids stand without quotes. Status ``200`` is delivered; the document
has no other. Here a message without a report has an empty status, a failed one its receipt code.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

from smsops.emulator.calls import Call, Outcome
from smsops.emulator.messages import DELIVERED, FAILED, REFUSED, Message, sent
from smsops.emulator.numbers import Number
from smsops.emulator.numbers import parse as number_of
from smsops.emulator.outcomes import outcome
from smsops.emulator.parameters import MAX_BODY, Parameter, Type
from smsops.emulator.sending import segments
from smsops.emulator.values import flaw
from smsops.emulator.wire import Refused, Request

CHANNEL = "yisha"
PREFIX = "/comms/sms/"
#: Seconds after sending in which a status can be pulled ("一分钟内有效").
VALID = 60.0
#: Ids of one pullSmsSendStatusSet, at most.
MOST = 100
VERSION = "1.0.0"
ARRIVED = "200"

#: Templates whose texts the document tells. Any other id is taken too; its text stays unknown.
TEMPLATES: Mapping[str, str] = {
    "01234567890abcdef": "【一砂】您的验证码为：{0}，该验证码5分钟内有效，请勿泄漏！",
}
_BEIJING = timezone(timedelta(hours=8))
_ARRAYS = ("templateParamSet", "externalIds")
_VARIABLE = re.compile(r"\{([0-9]{1,3})\}")
_SIGN = re.compile(r"【([^【】]*)】")
_ITEM = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"\s*|'((?:[^'\\]|\\.)*)'\s*|([^,]*))(,|$)""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


OK, BUSINESS, SERVICE, SYSTEM = "0000", "1005", "1999", "9999"
#: Code -> msg; the first and the third as in the document's samples.
MESSAGES: Mapping[str, str] = {
    OK: "成功。",
    BUSINESS: "业务异常",
    SERVICE: "系统异常，请联系管理员。",
    SYSTEM: "系统异常",
}


# ---- requests ----------------------------------------------------------------------------------


def parse(request: Request, table: Sequence[Parameter]) -> dict[str, object]:
    """The members of a body, form or JSON, whichever it is. Raises :class:`Refused`."""
    if len(request.body) > MAX_BODY:
        raise Refused(BUSINESS, "the body is too large")
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == "application/json" or request.body.lstrip()[:1] == b"{":
        given = _from_json(request.body)
    else:
        given = _from_form(request.body)
    for name in (row.name for row in table if row.required):
        value = given.get(name)
        if value is None or value in ("", []):
            raise Refused(BUSINESS, f"{name} is missing")
        if name not in _ARRAYS and not isinstance(value, str):
            raise Refused(BUSINESS, f"{name} is no String")
    for name in _ARRAYS:
        if not _is_array(given.get(name)):
            raise Refused(BUSINESS, f"{name} is no array of texts, as in [1234,2345]")
    return given


def _is_array(value: object) -> bool:
    """Whether a value can be meant as an array: a text, a number, or a list of these."""
    items = value if isinstance(value, list) else [value] if value is not None else []
    return all(type(item) in (str, int, float) for item in items)


def _from_json(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(BUSINESS, "the body is not JSON") from None
    if not isinstance(document, dict):
        raise Refused(BUSINESS, "the body is not a JSON object")
    if wrong := flaw(document):
        raise Refused(BUSINESS, wrong)
    return document


def _from_form(body: bytes) -> dict[str, object]:
    try:
        text = body.decode()
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100))
    except ValueError:
        raise Refused(BUSINESS, "the body is neither JSON nor a form in UTF-8") from None


def mobile(given: Mapping[str, object]) -> Number:
    """The number, in E.164. Raises :class:`Refused`."""
    text = str(given["mobile"])
    number = number_of(text)
    if number is not None and number.e164 == text:
        return number
    why = "; in a form, + is written %2B" if text.startswith(" ") else ""
    raise Refused(BUSINESS, f"mobile is not E.164, as in +8613700000000{why}")


def array(value: object) -> tuple[str, ...]:
    """An array in any of its spellings: ``[1234,2345]``, ``['a','b']``, ``["a"]``, ``1, 2``, or a
    real one. Raises :class:`Refused`.
    """
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(item if isinstance(item, str) else json.dumps(item) for item in value)
    text = str(value).strip()
    opened, closed = text.startswith("["), text.endswith("]")
    if opened != closed:
        raise Refused(BUSINESS, "an array has no beginning or no end, as in [1234,2345]")
    if opened:
        text = text[1:-1].strip()
    return tuple(_items(text)) if text else ()


def _items(text: str) -> list[str]:
    items = []
    for match in _ITEM.finditer(text):
        double, single, plain, comma = match.groups()
        quoted = double if double is not None else single
        items.append(plain.strip() if quoted is None else _ESCAPED.sub(r"\1", quoted))
        if not comma:
            break
    return items


# ---- messages ----------------------------------------------------------------------------------


def rendered(template: str, params: tuple[str, ...]) -> tuple[str, str]:
    """Sign and text of a message. Of a template that nobody knows, the id and the values."""
    text = TEMPLATES.get(template)
    if text is None:
        return "", f"{template}: {', '.join(params)}" if params else template

    def value(match: re.Match[str]) -> str:
        number = int(match[1])
        return params[number] if number < len(params) else match[0]

    sign = _SIGN.match(text)
    return (sign[1] if sign else ""), _VARIABLE.sub(value, text)


def status(message: Message) -> str:
    """How a verdict is spelled in a pull; nothing while there is none."""
    return {DELIVERED: ARRIVED, FAILED: message.code}.get(message.verdict, "")


# ---- operations --------------------------------------------------------------------------------


def send(call: Call) -> Outcome:
    """sendmsg: keep the message, and answer its externalId."""
    given, now = call.parameters, call.now
    number = mobile(given)
    template, params = str(given["templateID"]), array(given.get("templateParamSet"))
    sign, text = rendered(template, params)
    fate, seq = outcome(number.e164), call.contents.history.next_seq
    if not fate.sent:
        return Outcome({}, lost=True)
    refused = fate.verdict == REFUSED
    serial = "" if refused else f"{int(now * 1_000_000):016x}{seq:016x}"
    due = None if refused else fate.report_at(now, call.settings.report_delay)
    fee = 0 if refused else segments(text, domestic=number.domestic)
    change = sent(
        seq,
        {
            "channel": CHANNEL,
            "version": "",
            "app": "",
            "sign": sign,
            "template": template,
            "text": text,
            "params": params,
            "sent_at": now,
            "session_context": "",
            "extend": "",
        },
        [
            (
                serial,
                number.e164,
                number.nation,
                number.iso,
                fee,
                fate.verdict,
                fate.code,
                due,
                fate.replies(due),
            )
        ],
    )
    result = {"code": BUSINESS} if refused else {"externalId": serial}
    return Outcome(result, change, lost=not fate.answered)


def pull(call: Call) -> Outcome:
    """pullSmsSendStatus: the status of one message."""
    found = _pulled(call, str(call.parameters["externalId"]))
    if found is None:
        raise Refused(BUSINESS, "the externalId is unknown, or older than a minute")
    return Outcome({"status": status(found)})


def pull_set(call: Call) -> Outcome:
    """pullSmsSendStatusSet: those of the messages that have a status.

    Under both names of the set: the sample's, and that of the table, whose cell is wrapped.
    """
    ids = list(dict.fromkeys(array(call.parameters["externalIds"])))
    if not 0 < len(ids) <= MOST:
        raise Refused(BUSINESS, f"externalIds has 1 to {MOST} ids")
    pulled = ((name, _pulled(call, name)) for name in ids)
    found = [
        {"externalId": name, "status": status(message)}
        for name, message in pulled
        if message is not None and status(message)
    ]
    return Outcome({"smsSendStatusSet": found, "smsSendStatusSe": found})


def _pulled(call: Call, name: str) -> Message | None:
    message = call.contents.history.of_serial(name)
    if message is None or message.channel != CHANNEL or call.now - message.sent_at > VALID:
        return None
    return message.at(call.now)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: the path, its calls a second (0: not documented), what is given, what it does."""

    name: str
    limit: int
    parameters: Sequence[Parameter]
    run: Callable[[Call], Outcome]
    writes: bool = False


def _one(name: str, *, required: bool = True) -> Parameter:
    return Parameter(name, Type.STRING, required)


_MESSAGE = (_one("mobile"), _one("templateID"), _one("templateParamSet", required=False))
OPERATIONS = (
    Operation("sendmsg", 1000, _MESSAGE, send, writes=True),
    Operation("pullSmsSendStatus", 0, (_one("externalId"),), pull),
    Operation("pullSmsSendStatusSet", 0, (_one("externalIds"),), pull_set),
)


# ---- answers -----------------------------------------------------------------------------------


def request_id(now: float) -> str:
    """``20200427205236abcdefgh``: the time in Beijing and eight letters."""
    moment = datetime.fromtimestamp(now, _BEIJING).strftime("%Y%m%d%H%M%S")
    return moment + "".join(chr(ord("a") + byte % 26) for byte in os.urandom(8))


def answer(result: Mapping[str, object], request_id: str) -> dict[str, object]:
    """The body of a reply. Only the sample of a successful sendmsg has no ``ver``."""
    code = str(result.get("code", OK))
    begin = {} if "externalId" in result else {"ver": VERSION}
    members = {name: value for name, value in result.items() if name not in ("code", "msg")}
    message = result.get("msg") or MESSAGES.get(code, "")
    return {**begin, "code": code, "msg": message, **members, "requestId": request_id}


def failure(refusal: Refused, request_id: str) -> dict[str, object]:
    """The body of a reply that says what is wrong, also to people."""
    said = MESSAGES.get(refusal.code, "")
    detail = f"({refusal.message})" if refusal.message else ""
    return answer({"code": refusal.code, "msg": f"{said} {detail}".strip()}, request_id)
