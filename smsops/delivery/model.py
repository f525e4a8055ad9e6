"""What a ledger holds, and what it amounts to: sends, answers, reports, replies, messages. Pure.

A row never holds a number: :class:`Number` is its HMAC with its last four digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from smsops.model.verdict import FINAL, Verdict
from smsops.text.messages import T

__all__ = [
    "FINAL",
    "LONGEST",
    "Answer",
    "Answered",
    "Message",
    "MessageId",
    "Number",
    "Records",
    "Reply",
    "Report",
    "Row",
    "Send",
    "Source",
    "Vendor",
    "Verdict",
    "storable",
]


class Vendor(StrEnum):
    """Who sends and reports. Both versions of Tencent Cloud's API have the same serials."""

    TENCENT = "tencent"
    YISHA = "yisha"
    HUAWEI = "huawei"


class Answered(StrEnum):
    """What is known of one call that sends."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """How a row came here: pushed to us, pulled, looked up, or answered to the call itself."""

    PUSH = "push"
    PULL = "pull"
    RECORD = "record"
    CALL = "call"


#: No field that is kept as a text is longer.
LONGEST = 256
#: What no engine stores, or not every one.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(name: str, text: str, *, most: int = LONGEST) -> str:
    """``text``, if a ledger can hold it. Raises ``ValueError`` that does not repeat it."""
    if len(text) > most:
        raise ValueError(T("{name} is longer than {most} characters", name=name, most=most))
    if _UNSTORABLE.search(text):
        raise ValueError(T("{name} holds a character that cannot be stored", name=name))
    return text


def _plain(*texts: str) -> bool:
    """Whether texts can be stored, seen quickly; most are, and there are millions of them."""
    text = "".join(texts)
    return len(text) <= LONGEST and text.isascii() and "\x00" not in text


#: What a report may say.
_REPORTED = frozenset((*FINAL, Verdict.PENDING))
#: What vendors' moments and counts may be; more is no moment.
_MOST = 2**40


def _check_number(name: str, value: int | None) -> None:
    if value is not None and not 0 <= value < _MOST:
        raise ValueError(T("{name} is out of range", name=name))


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """A phone number that nobody can read here: ``mac`` is its keyed hash, ``shown`` its country
    code and last four digits.
    """

    mac: bytes = field(repr=False)
    shown: str


@dataclass(frozen=True, slots=True, order=True)
class MessageId:
    """A message at its vendor: SerialNo, smsMsgId or externalId, within an application."""

    vendor: Vendor
    application: str
    message: str

    def __post_init__(self) -> None:
        if not _plain(self.application, self.message):
            storable("application", self.application)
            storable("message", self.message)


@dataclass(frozen=True, slots=True)
class Send:
    """The intent to call for one message to one number; stored before the call is made.

    ``within``: seconds in which a report was expected. ``parameters``: ``None`` unless somebody
    asked to keep them, they may be passwords.
    """

    id: str
    at: int
    channel: str
    vendor: Vendor
    number: Number
    application: str = ""
    project: str = ""
    probe: str = ""
    template: str = ""
    sign: str = ""
    within: int = 0
    parameters: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("id", "channel", "application", "project", "probe", "template", "sign"):
            storable(name, getattr(self, name))
        _check_number("at", self.at)
        _check_number("within", self.within)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became known of the call of a send, at once or later: there may be several."""

    send: str
    at: int
    outcome: Answered
    message: str = ""
    code: str = ""
    fee: int = 0
    source: Source = Source.CALL

    def __post_init__(self) -> None:
        for name in ("send", "message", "code"):
            storable(name, getattr(self, name))
        _check_number("at", self.at)
        _check_number("fee", self.fee)


@dataclass(frozen=True, slots=True)
class Report:
    """What a vendor says of a message, or of one part of it.

    ``status`` is the vendor's own word and ``code`` what its table explains. ``vendor_at`` is the
    vendor's time in epoch seconds and ``stamp`` the same as it was written; ``heard_at`` and
    ``last_at`` are ours, of the first and the last time that it came. ``repeats`` counts the times
    after the first.
    """

    id: MessageId
    status: str
    verdict: Verdict
    heard_at: int
    code: str = ""
    number: Number | None = None
    sequence: int = 1
    total: int = 1
    vendor_at: int | None = None
    stamp: str = ""
    source: Source = Source.PUSH
    last_at: int = 0
    repeats: int = 0

    def __post_init__(self) -> None:
        if not _plain(self.status, self.code, self.stamp):
            for name in ("status", "code", "stamp"):
                storable(name, getattr(self, name))
        if not (0 <= self.heard_at < _MOST and 0 <= (self.vendor_at or 0) < _MOST):
            raise ValueError(T("a moment is out of range"))
        if not (0 < self.sequence < _MOST and 0 < self.total < _MOST):
            raise ValueError(T("parts count from 1"))
        if not 0 <= self.repeats < _MOST:
            raise ValueError(T("{name} is out of range", name="repeats"))
        if self.verdict not in _REPORTED:
            raise ValueError(T("no report says {verdict}", verdict=self.verdict))
        if self.last_at < self.heard_at:
            object.__setattr__(self, "last_at", self.heard_at)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message from a phone to us (uplink). ``key`` identifies it; ``text`` is ``None`` unless
    somebody asked to keep it.
    """

    key: bytes = field(repr=False)
    vendor: Vendor
    number: Number
    heard_at: int
    application: str = ""
    message: str = ""
    sign: str = ""
    extend: str = ""
    replied_at: int | None = None
    text: str | None = field(default=None, repr=False)
    source: Source = Source.PUSH
    last_at: int = 0
    repeats: int = 0

    def __post_init__(self) -> None:
        for name in ("application", "message", "sign", "extend"):
            storable(name, getattr(self, name))
        if self.text is not None:
            storable("text", self.text, most=4096)
        for name in ("heard_at", "replied_at", "repeats"):
            _check_number(name, getattr(self, name))
        if self.last_at < self.heard_at:
            object.__setattr__(self, "last_at", self.heard_at)


#: What :meth:`Ledger.append` takes.
Row = Answer | Report | Reply


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of a ledger as they were read, in no order."""

    sends: Sequence[Send] = ()
    answers: Sequence[Answer] = ()
    reports: Sequence[Report] = ()
    replies: Sequence[Reply] = ()

    def __iter__(self) -> Iterator[Send | Answer | Report | Reply]:
        yield from self.sends
        yield from self.answers
        yield from self.reports
        yield from self.replies


@dataclass(frozen=True, slots=True)
class Message:
    """One message with its verdict: what all rows about it amount to.

    ``message`` is the vendor's id, empty while it is unknown. ``reports``: how many different ones
    came. ``conflict``: final ones contradict each other. ``heard_at``: when smsops first knew.
    """

    message: str
    vendor: Vendor
    channel: str
    application: str
    verdict: Verdict
    heard_at: int
    code: str = ""
    number: Number | None = None
    send: Send | None = None
    sent_at: int | None = None
    reported_at: int | None = None
    reports: int = 0
    conflict: bool = False
    fee: int = 0

    @property
    def probe(self) -> str:
        """The probe that sent it, if one did."""
        return self.send.probe if self.send is not None else ""

    @property
    def project(self) -> str:
        """Whose probe that is: a project, or ``PROJECT/ENVIRONMENT``."""
        return self.send.project if self.send is not None else ""
