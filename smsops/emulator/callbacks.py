"""What is pushed to the URLs of an application, as values: bodies, their order, right answers.

Tencent's callbacks ("短信下发状态通知", "短信回复"): an array of up to 100 status reports, and one
object for each reply, as JSON; answered with ``{"result": 0}``, else pushed twice more. Huawei's
status reports ("接收状态报告"): one form for each part of a message; answered with status 200.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from smsops.emulator.messages import Message, Reply
from smsops.emulator.receipts import text_of
from smsops.emulator.settings import interval
from smsops.emulator.wire import encode
from smsops.errors import UsageError

#: Status reports in one push, at most.
MOST = 100
_BEIJING = timezone(timedelta(hours=8))


class Kind(StrEnum):
    """What a URL is told; the values are those of the options, ``--status-url``."""

    STATUS = "status"
    REPLY = "reply"
    HUAWEI = "huawei"

    @property
    def option(self) -> str:
        """The parameter that holds the URL."""
        return f"{self}_url"


class Report(NamedTuple):
    """One thing to push: a verdict on a message or a part of it, or a reply to it."""

    message: Message
    reply: Reply | None = None
    sequence: int = 1


# ---- bodies ------------------------------------------------------------------------------------


def status_item(message: Message) -> dict[str, object]:
    """A status report as Tencent's array holds it. Times are Beijing's, without a zone."""
    moment = datetime.fromtimestamp(message.reported_at or 0, _BEIJING)
    item: dict[str, object] = {
        "user_receive_time": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "nationcode": message.nation,
        "mobile": message.subscriber,
        "report_status": "SUCCESS" if message.verdict == "delivered" else "FAIL",
        "errmsg": message.code,
        "description": text_of(message.code),
        "sid": message.serial,
    }
    if message.session_context:
        item["ext"] = message.session_context
    return item


def reply_object(message: Message, reply: Reply) -> dict[str, object]:
    """A reply as Tencent pushes it: it names the number and the sign, not the message."""
    return {
        "extend": message.extend,
        "mobile": message.subscriber,
        "nationcode": message.nation,
        "sign": message.sign,
        "text": reply.text,
        "time": int(reply.at),
    }


#: Codes of Tencent's receipts -> how Huawei says the same.
_HUAWEI: Mapping[str, str] = {"NOREG": "SC:0018"}
#: Begin of a Huawei status -> who made the report (source), and whether it has an updateTime.
#: The platform makes one up, without that time, where the SMSC or gateway never reported.
_SOURCES: tuple[tuple[str, str, bool], ...] = (
    ("EXPIRED", "1", False),
    ("MC:", "1", False),
    ("IC:", "1", False),
    ("E200", "3", True),
    ("SC:", "3", True),
    ("KEYWORD", "3", True),
    ("BLACK", "3", True),
    ("MBBLACK", "3", True),
    ("MILIMIT", "3", True),
    ("LIMIT", "3", True),
    ("BEYONDN", "3", True),
    ("", "2", True),
)
_LONGEST = 7


def huawei_form(report: Report) -> dict[str, str]:
    """The form of one part of a message: the same smsMsgId, and its own sequence."""
    message = report.message
    code = _HUAWEI.get(message.code, message.code)
    status = code if 0 < len(code) <= _LONGEST else "UNDELIV"
    source, timed = next(
        (source, timed) for begin, source, timed in _SOURCES if status.startswith(begin)
    )
    form = {
        "smsMsgId": message.serial,
        "total": str(parts(message)),
        "sequence": str(report.sequence),
        "status": status,
        "source": source,
    }
    if timed:
        moment = datetime.fromtimestamp(message.reported_at or 0, UTC)
        form["updateTime"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if message.extend:
        form |= {"extend": message.extend, "to": message.number}
    return form


def parts(message: Message) -> int:
    """How many messages a phone gets for this one, at most what two digits can say."""
    return min(max(1, message.fee), 99)


# ---- pushes ------------------------------------------------------------------------------------

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def _is_result_0(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    result = answer.get("result") if isinstance(answer, dict) else None
    return type(result) is int and result == 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: how reports of a kind are pushed.

    ``most`` in one push, whose body ``encode`` makes; ``tries`` when there is no or a wrong
    answer (how often Huawei tries is documented nowhere); ``right`` tells a right body of a reply
    with status 200.
    """

    most: int
    tries: int
    content_type: str
    encode: Callable[[Sequence[Report]], bytes]
    right: Callable[[bytes], bool]


def _statuses(reports: Sequence[Report]) -> bytes:
    return encode([status_item(report.message) for report in reports])


def _reply(reports: Sequence[Report]) -> bytes:
    (report,) = reports
    assert report.reply is not None
    return encode(reply_object(report.message, report.reply))


def _huawei(reports: Sequence[Report]) -> bytes:
    (report,) = reports
    return urlencode(huawei_form(report)).encode()


RULES: Mapping[Kind, Rule] = {
    Kind.STATUS: Rule(MOST, 3, JSON, _statuses, _is_result_0),
    Kind.REPLY: Rule(1, 3, JSON, _reply, _is_result_0),
    Kind.HUAWEI: Rule(1, 1, FORM, _huawei, lambda _: True),
}


def reports_of(kind: Kind, message: Message, reply: Reply | None = None) -> tuple[Report, ...]:
    """What is to be pushed to a URL of ``kind`` when a message got a verdict, or a reply."""
    if (kind is Kind.REPLY) != (reply is not None):
        return ()
    if kind is Kind.HUAWEI:
        return tuple(Report(message, None, number + 1) for number in range(parts(message)))
    return (Report(message, reply),) if message.channel == "tencent" else ()


# ---- what goes wrong on the way ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Disorder:
    """What happens to callbacks on purpose.

    ``duplicate``: every push is made twice. ``reverse``: what falls due together is pushed last
    first, parts of a message as well. ``delay``: seconds, a range, before a push. ``lose_part``:
    the last part of every long message is never pushed.
    """

    duplicate: bool = False
    reverse: bool = False
    delay: tuple[float, float] = (0.0, 0.0)
    lose_part: bool = False

    def kept(self, reports: Iterable[Report]) -> list[Report]:
        """Those of the reports on one message that are pushed at all."""
        return [
            report
            for report in reports
            if not (self.lose_part and 1 < report.sequence == parts(report.message))
        ]

    def pushes(self, kind: Kind, reports: Sequence[Report]) -> list[Sequence[Report]]:
        """``reports`` that are due together as pushes, in order."""
        most = RULES[kind].most
        ordered = list(reversed(reports)) if self.reverse else list(reports)
        cut = [ordered[begin : begin + most] for begin in range(0, len(ordered), most)]
        return [push for push in cut for _ in range(2 if self.duplicate else 1)]


_SWITCHES = "duplicate, reverse, delay:DURATION[-DURATION], lose-part"


def disorder(text: str) -> Disorder:
    """``duplicate,reverse,delay:2s,lose-part`` or some of it. Raises :class:`UsageError`."""
    found = Disorder()
    for word in filter(None, map(str.strip, text.split(","))):
        name, colon, value = word.partition(":")
        match (name, colon):
            case ("duplicate", ""):
                found = replace(found, duplicate=True)
            case ("reverse", ""):
                found = replace(found, reverse=True)
            case ("lose-part", ""):
                found = replace(found, lose_part=True)
            case ("delay", ":"):
                found = replace(found, delay=interval(value))
            case _:
                raise UsageError(f"no callback fault is {word!r:.80}; there are {_SWITCHES}")
    return found


# ---- where to ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """One URL and what is pushed to it."""

    kind: Kind
    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as in a Host header; the usual port of the scheme is left out there."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.secure else 80
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The URL for people, without what its query may hide."""
        scheme = "https" if self.secure else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{self.path.partition('?')[0]}"


def target(kind: Kind, url: str, allowed: Iterable[str] = ()) -> Target:
    """Where ``--KIND-url URL`` points. Raises :class:`UsageError`.

    Only to this machine: an emulator that is tried out must not push test data to somebody. Other
    hosts are named one by one (``allowed``).
    """
    option = f"--{kind}-url"
    try:
        split = urlsplit(url)
        host, port = (split.hostname or "").lower(), split.port
    except ValueError as error:
        raise UsageError(f"{option} is no URL: {error}") from error
    if split.scheme not in ("http", "https") or not host or split.username is not None:
        raise UsageError(
            f"{option} is no http or https URL of a host",
            hint=f"As in {option} http://127.0.0.1:8000/sms/callback",
        )
    if port == 0:
        raise UsageError(f"{option} names port 0, which nobody listens on")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"{option} has characters that must be percent-encoded")
    if not is_local(host) and host not in {name.lower() for name in allowed}:
        raise UsageError(
            f"{option} leads to {host}, which is not this machine",
            hint=f"Allow it with --allow-callback {host} if messages may be pushed there.",
        )
    secure = split.scheme == "https"
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Target(kind, secure, host, port or (443 if secure else 80), path)


def is_local(host: str) -> bool:
    """Whether a host is this machine by its name alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
