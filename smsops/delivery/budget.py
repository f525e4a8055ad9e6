"""Budget: whether one more send to a number may be made, from everything known of it. Pure.

What is known comes from the ledger and from the state, which runners without a ledger have. A send
counts from the moment that it is intended, whatever became of it; only what never reached a vendor
is free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from smsops.delivery.driver import NOT_SENT
from smsops.delivery.folding import deadline, messages, standing
from smsops.delivery.model import Answer, Answered, Number, Records, Send, Vendor
from smsops.delivery.preflight import BEIJING, Refusal
from smsops.model import FINAL, ProbeRecord, Verdict
from smsops.text.messages import N, T

#: Seconds between two messages to one number: the vendor's own limit.
GAP = 30
#: Seconds after which no send is under way: three times the longest ``within``, 72 h.
_LONGEST_UNDER_WAY = 3 * 72 * 3600
#: Families of codes that say that nothing came to the vendor's notice.
_FREE = ("AuthFailure", "RequestLimitExceeded")


@dataclass(frozen=True, slots=True)
class Resume:
    """A send of the same probe that is under way: it is followed, nothing is sent."""

    send: Send
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is known of a number. ``probes``: what the state has, by name."""

    records: Records
    probes: Mapping[str, ProbeRecord]
    now: float


def day(moment: float) -> str:
    """The day in Beijing."""
    return datetime.fromtimestamp(moment, BEIJING).strftime("%Y-%m-%d")


def free(answer: Answer | None) -> bool:
    """Whether a send with this answer spent nothing."""
    if answer is None or answer.outcome is not Answered.REFUSED:
        return False
    code = answer.code
    return code in (NOT_SENT, "UnauthorizedOperation") or code.partition(".")[0] in _FREE


def sends_to(number: Number, known: Known) -> tuple[int, ...]:
    """When something was sent to the number, as far as anybody remembers, that was not free."""
    answers: dict[str, list[Answer]] = {}
    for answer in known.records.answers:
        answers.setdefault(answer.send, []).append(answer)
    dropped = {send.at for send in known.records.sends if free(standing(answers.get(send.id, ())))}
    ours = {send.at for send in known.records.sends} - dropped
    theirs = {
        at for record in _of(number, known.probes) for at in record.sends_today if at not in dropped
    }
    return tuple(sorted(ours | theirs))


def sends_today(number: Number, known: Known, at: float) -> tuple[int, ...]:
    """Those of the day of ``at``."""
    return tuple(each for each in sends_to(number, known) if day(each) == day(at))


def decide(
    wanted: Send,
    per_day: int,
    known: Known,
    *,
    followed: Collection[Send] = (),
    planned: int = 0,
) -> Resume | Refusal | None:
    """What speaks against ``wanted``: an earlier send to go on with, a refusal, or nothing.

    ``followed``: sends to the number that the same run goes on with; ``planned``: how many it makes
    before this one. It waits for these, so they speak for later, and against nothing.
    """
    under_way = list(_under_way(wanted, known))
    for send in under_way:
        if send.probe == wanted.probe and send.project == wanted.project:
            return Resume(send, _serial(send, known))
    ids = {send.id for send in followed}
    for send in under_way:
        alike = send.application == wanted.application and send.vendor is wanted.vendor
        if alike and send.id not in ids:
            return under_way_already(send.probe)
    today = sends_today(wanted.number, known, wanted.at)
    if len(today) + planned >= per_day:
        return Refusal(
            "DailyBudget",
            N(
                per_day,
                "the number got its {count} message of today (perDay)",
                "the number got its {count} messages of today (perDay)",
            ),
        )
    moments = {send.at for send in followed}
    latest = max((at for at in sends_to(wanted.number, known) if at not in moments), default=None)
    if latest is None or wanted.at - latest >= GAP:
        return None
    return TOO_SOON if latest - wanted.at < GAP else AHEAD


TOO_SOON = Refusal("TooSoon", T("the number got a message less than {seconds} s ago", seconds=GAP))
#: Nobody knows how long ago: this clock is slow, or the one of the machine that sent was fast.
AHEAD = Refusal(
    "TooSoon",
    T("the last message to the number is of a time that is yet to come: look at the clock"),
)


def under_way_already(probe: str) -> Refusal:
    """The refusal of a probe while ``probe`` waits for the report of the same number."""
    return Refusal("UnderWay", T("probe {probe} is under way with the same number", probe=probe))


def _of(number: Number, probes: Mapping[str, ProbeRecord]) -> Iterable[ProbeRecord]:
    return (record for record in probes.values() if record.number == number.mac.hex())


def _serial(send: Send, known: Known) -> str:
    return next((r.serial for r in known.probes.values() if r.id == send.id and r.serial), "")


def _under_way(wanted: Send, known: Known) -> Iterable[Send]:
    """Sends to the number that have no final verdict and are not given up: those of the ledger,
    and those that only the state knows. One that the ledger knows the end of is still under way
    until the state does too: the run that sent it was ended before it could say so.
    """
    found = {
        message.send.id: message
        for message in messages(known.records, now=known.now)
        if message.send is not None
    }
    kept = {record.id: (name, record) for name, record in known.probes.items()}
    for id, message in found.items():
        send = message.send
        assert send is not None
        if known.now >= deadline(send):
            continue
        final = message.verdict in FINAL or message.verdict is Verdict.REFUSED
        said = kept.get(id)
        if not final or (said is not None and _open(said[1]) and send.probe == wanted.probe):
            yield send
    for name, record in known.probes.items():
        if record.id in found or not _open(record) or record.number != wanted.number.mac.hex():
            continue
        send = remembered(name, record, wanted)
        if known.now < deadline(send):
            yield send


def counts(record: ProbeRecord, now: float) -> bool:
    """Whether a send of the state may still speak against one now: it is of today, or under way."""
    return day(record.sent_at) >= day(now) or (
        _open(record) and now < record.sent_at + _LONGEST_UNDER_WAY
    )


def _open(record: ProbeRecord) -> bool:
    return record.verdict in (Verdict.PENDING, Verdict.UNKNOWN)


def remembered(name: str, record: ProbeRecord, like: Send) -> Send:
    """The send that a record of the state tells of; what the record has not is as in ``like``."""
    return replace(
        like,
        id=record.id,
        at=record.sent_at,
        number=Number(bytes.fromhex(record.number), record.shown),
        application=record.application,
        probe=name,
        template=record.template,
        sign=record.sign,
    )


def known_serials(known: Known) -> frozenset[str]:
    """Every id of a message that is known already."""
    records = known.records
    return frozenset(
        [answer.message for answer in records.answers if answer.message]
        + [report.id.message for report in records.reports]
        + [record.serial for record in known.probes.values() if record.serial]
    )


def vendor_of(channel: str) -> Vendor:
    """Whose messages a channel's are."""
    return Vendor.YISHA if channel == "yisha" else Vendor.TENCENT


def answered(send: Send, answers: Sequence[Answer]) -> Answer | None:
    """The answer to a send that stands."""
    return standing(answer for answer in answers if answer.send == send.id)
