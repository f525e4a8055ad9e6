"""What changes an account from outside the API: seeds, the reviewer, the carrier and the phone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import TypeGuard

from smsops.emulator import receipts
from smsops.emulator.account import (
    ACTIVE,
    APPROVED,
    IN_REVIEW,
    KINDS,
    REJECTED,
    Contents,
    Item,
    Json,
)
from smsops.emulator.messages import DELIVERED, FAILED, REFUSED, Message
from smsops.emulator.packages import Package
from smsops.emulator.values import ID_LIMIT, flaw, is_moment, is_unicode
from smsops.errors import SmsopsError
from smsops.kinds import KINDS as RESOURCES


class SeedError(SmsopsError):
    """An object that is not there, or a seed that is none."""


#: What a reviewer says -> StatusCode.
VERDICTS: Mapping[str, int] = {
    "approved": ACTIVE,
    "effective-later": APPROVED,
    "rejected": REJECTED,
    "pending": IN_REVIEW,
}
#: What is said of a qualification -> QualificationStatusCode.
QUALIFICATION_VERDICTS: Mapping[str, int] = {"approved": 1, "rejected": 2, "pending": 0}
_WORDS = {"active": ACTIVE, "in_review": IN_REVIEW, **VERDICTS}
YEAR = 365 * 86400
#: Characters of a reply, and replies to one message.
MAX_REPLY, MAX_REPLIES = 500, 100
_CODE_LIMIT = 2**31
_CODE = re.compile(r"[!-~]{1,64}", re.ASCII)
_OWN = ("kind", "id", "status", "reply", "created")


def review(contents: Contents, kind: str, number: int, code: int, reply: str, now: float) -> Json:
    """The change that a verdict makes. Raises :class:`SeedError` for an unknown id."""
    item = _known(contents, kind, number)
    if not is_unicode(reply):
        raise SeedError("reply: half a character (a lone surrogate) is no text")
    if not _is_code(code):
        raise SeedError("code: a review code has at most 31 bits")
    begun = now if code == IN_REVIEW else item.submitted
    judged = item._replace(status=code, reply=reply, submitted=begun, approves_at=None)
    return {"put": judged.to_json()}


def removal(contents: Contents, kind: str, number: int) -> Json:
    """The change that somebody in the console makes who deletes an object. Raises
    :class:`SeedError` for an unknown id.
    """
    return {"delete": [kind, _known(contents, kind, number).id]}


def _known(contents: Contents, kind: str, number: int) -> Item:
    if kind not in KINDS:
        raise SeedError(f"{kind!r} is neither {' nor '.join(KINDS)}")
    item = contents.items[kind].get(number)
    if item is None:
        raise SeedError(f"no {kind} has the id {number}; {_there(contents, kind)}")
    return item


def judge_qualification(contents: Contents, number: int, verdict: str) -> Json:
    """The change that a verdict on a qualification makes. Raises :class:`SeedError`."""
    judged = contents.qualifications.get(number)
    if judged is None:
        there = ", ".join(map(str, sorted(contents.qualifications)))
        raise SeedError(f"no qualification has the id {number}; there are {there}")
    if verdict not in QUALIFICATION_VERDICTS:
        raise SeedError(f"a qualification is {', '.join(QUALIFICATION_VERDICTS)}, not {verdict}")
    status = QUALIFICATION_VERDICTS[verdict]
    return {"qualification": {"id": number, "name": judged.name, "status": status}}


def report(contents: Contents, serial: str, verdict: str, code: str, now: float) -> Json:
    """The change that a report makes which comes now. Raises :class:`SeedError`.

    Without ``code`` it is the usual one of the verdict.
    """
    message = known(contents, serial)
    if verdict not in (DELIVERED, FAILED):
        raise SeedError(f"a report says {DELIVERED} or {FAILED}, not {verdict!r:.40}")
    if message.verdict == REFUSED:
        raise SeedError("the message was refused: nothing is reported of it")
    code = code or (receipts.DELIVERED if verdict == DELIVERED else receipts.DEAD)
    if not _CODE.fullmatch(code):
        raise SeedError("a receipt code has 1 to 64 printable ASCII characters, and no spaces")
    return {"report": [message.seq, verdict, code, now]}


def reply(contents: Contents, serial: str, text: str, now: float) -> Json:
    """The change that an answer from the phone makes. Raises :class:`SeedError`."""
    message = known(contents, serial)
    if message.verdict == REFUSED:
        raise SeedError("the message was refused: the phone does not know it")
    if not 0 < len(text) <= MAX_REPLY or not is_unicode(text):
        raise SeedError(f"a reply has 1 to {MAX_REPLY} characters of Unicode text")
    if len(message.replies) >= MAX_REPLIES:
        raise SeedError(f"the message has {MAX_REPLIES} replies, and no more are kept of one")
    return {"reply": [message.seq, text, now]}


def known(contents: Contents, serial: str) -> Message:
    """The message that the API calls ``serial``. Raises :class:`SeedError`."""
    message = contents.history.of_serial(serial)
    if message is None:
        raise SeedError(f"no message that is kept has the serial number {serial!r:.80}")
    return message


def _there(contents: Contents, kind: str) -> str:
    numbers = sorted(contents.items[kind])
    if not numbers:
        return f"there are no {kind}s"
    shown = ", ".join(map(str, numbers[:20]))
    return f"there are {shown}" + (f" and {len(numbers) - 20} more" if numbers[20:] else "")


class _Ids:
    """Ids for seeds that name none: of what has the name already, else the ``next`` ones."""

    def __init__(self, contents: Contents, objects: list[object], *, anew: bool) -> None:
        self.next = {kind: contents.next_id(kind) for kind in KINDS}
        self._there: dict[tuple[object, ...], deque[Item]] = {}
        if anew:
            return
        named = {
            (str(each.get("kind", "")).lower(), each["id"])
            for each in objects
            if isinstance(each, dict) and type(each.get("id")) is int
        }
        for kind in KINDS:
            for number, item in sorted(contents.items[kind].items()):
                if (kind, number) not in named:
                    key = (kind, item.name, item.international)
                    self._there.setdefault(key, deque()).append(item)

    def of(self, kind: str, name: str, international: int) -> Item | None:
        """The first object of a name that no seed has taken yet."""
        there = self._there.get((kind, name, international))
        return there.popleft() if there else None


def seeds(contents: Contents, objects: object, now: float, *, anew: bool = False) -> list[Json]:
    """Changes that put ``objects`` into the account, in their order.

    Each is a mapping with ``kind`` (sign, template, qualification, package), fields in the words
    of the API or of the manifests, ``status`` (a verdict, a word of ``review.state``, or any code;
    default approved), ``reply``, ``international`` (also 3), and optionally ``id`` and
    ``created`` (epoch seconds). Nothing else is checked: whatever the console may have let in
    can be here. An object without ``id`` replaces the one of its name and ``international``, so
    that a list can be put twice; of several, each in its turn. With ``anew`` it never does.
    Raises :class:`SeedError` naming the object.
    """
    if not isinstance(objects, list):
        raise SeedError("seeds are a list of objects")
    ids = _Ids(contents, objects, anew=anew)
    return [_seed(number, item, ids, now) for number, item in enumerate(objects, start=1)]


def _seed(number: int, given: object, ids: _Ids, now: float) -> Json:
    where = f"seed {number}"
    if not isinstance(given, dict):
        raise SeedError(f"{where} is not an object")
    if wrong := flaw(given):
        raise SeedError(f"{where}: {wrong}")
    kind = str(given.get("kind", "")).lower()
    if kind == "qualification":
        return _qualification(where, given)
    if kind == "package":
        return _package(where, given, now)
    if kind not in KINDS:
        raise SeedError(
            f"{where}: kind {kind!r} is neither sign, template, qualification nor package"
        )
    parameters = {
        name: value
        for key, raw in given.items()
        if key not in _OWN
        if raw is not None
        for name, value in [_parameter(where, kind, str(key), raw)]
    }
    field = "SignName" if kind == "sign" else "TemplateName"
    name = parameters.get(field)
    if not isinstance(name, str):
        raise SeedError(f"{where}: a {kind} needs {field}")
    if kind == "template" and not isinstance(parameters.get("TemplateContent"), str):
        raise SeedError(f"{where}: a template needs TemplateContent")
    international = parameters.setdefault("International", 0)
    assert isinstance(international, int)
    known = None if "id" in given else ids.of(kind, name, international)
    chosen = known.id if known else _id(where, given.get("id", ids.next[kind]))
    ids.next[kind] = max(ids.next[kind], chosen + 1)
    created = given.get("created", known.added if known else now)
    if not is_moment(created):
        raise SeedError(f"{where}: created is not a number of epoch seconds before the year 10000")
    item = Item(
        kind=kind,
        id=chosen,
        international=international,
        status=_status(where, given.get("status", ACTIVE)),
        reply=_text(where, "reply", given.get("reply")),
        added=created,
        submitted=created,
        parameters=parameters,
    )
    return {"put": item.to_json()}


def _qualification(where: str, given: Mapping[object, object]) -> Json:
    known = {"kind", "id", "name", "status"}
    if not set(given) <= known:
        raise SeedError(f"{where}: a qualification has {', '.join(sorted(known))}, nothing else")
    status = given.get("status", 1)
    if isinstance(status, str):
        if status not in QUALIFICATION_VERDICTS:
            raise SeedError(f"{where}: status {status!r} of a qualification is unknown")
        status = QUALIFICATION_VERDICTS[status]
    return {
        "qualification": {
            "id": _id(where, given.get("id")),
            "name": _text(where, "name", given.get("name")),
            "status": _status(where, status),
        }
    }


def _package(where: str, given: Mapping[object, object], now: float) -> Json:
    """A package of messages; without moments it was bought just now and lasts a year."""
    names = ("id", "amount", "type", "created", "effective", "expires")
    if not set(given) <= {"kind", "app", *names}:
        raise SeedError(f"{where}: a package has app, {', '.join(names)}, nothing else")
    if type(given.get("app")) not in (str, int):
        raise SeedError(f"{where}: a package needs app, the SmsSdkAppId that it is for")
    created = given.get("created", int(now))
    usual = {"type": 1, "created": created, "effective": created, "expires": int(now) + YEAR}
    number, amount, kind, *moments = (
        _integer(where, name, given.get(name, usual.get(name))) for name in names
    )
    for name, moment in zip(names[3:], moments, strict=True):
        if not is_moment(moment):
            raise SeedError(f"{where}: {name} is not epoch seconds before the year 10000")
    package = Package(_id(where, number), str(given["app"]), amount, kind, *moments)
    return {"package": package.to_json()}


def _parameter(where: str, kind: str, key: str, value: object) -> tuple[str, object]:
    """One field in API words; ``key`` is an API name or a manifest's."""
    for field in RESOURCES[kind].fields:
        if key not in (field.name, field.parameter):
            continue
        if field.parameter == "International":
            if not isinstance(value, int) or value not in (0, 1, 3):
                raise SeedError(f"{where}: international is false, true, 0, 1 or 3")
            return field.parameter, int(value)
        if field.codes is not None and isinstance(value, str):
            if value not in field.codes:
                raise SeedError(f"{where}: {key} is {', '.join(field.codes)}, not {value!r}")
            return field.parameter, field.codes[value]
        if field.codes is not None and not _is_code(value):
            raise SeedError(f"{where}: {key} is {', '.join(field.codes)}, or a code")
        if field.codes is None and field.parameter != "QualificationId" and type(value) is int:
            return field.parameter, str(value)
        if type(value) not in (str, int):
            raise SeedError(f"{where}: {key} is neither text nor a whole number")
        return field.parameter, value
    raise SeedError(f"{where}: a {kind} has no field {key!r}")


def _status(where: str, given: object) -> int:
    if isinstance(given, str) and given in _WORDS:
        return _WORDS[given]
    if _is_code(given):
        return given
    raise SeedError(f"{where}: status is {', '.join(_WORDS)} or a code, not {given!r}")


def _integer(where: str, name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SeedError(f"{where}: {name} is not an integer")
    return value


def _id(where: str, value: object) -> int:
    number = _integer(where, "id", value)
    if not 0 < number < ID_LIMIT:
        raise SeedError(f"{where}: id is not between 1 and {ID_LIMIT - 1}")
    return number


def _is_code(value: object) -> TypeGuard[int]:
    return type(value) is int and abs(value) < _CODE_LIMIT


def _text(where: str, name: str, value: object) -> str:
    """A text, which YAML may have read as a number; nothing is the empty one."""
    if value is None:
        return ""
    if type(value) not in (str, int):
        raise SeedError(f"{where}: {name} is not text")
    return str(value)
