"""Folding: what all rows about a message amount to, whatever order they came in. Pure.

* Of the final reports of one part the one with the earliest vendor time stands, one without a time
  counts as the latest; at equal times delivered goes before failed, then the smaller code.
* A message is delivered when all its parts are, and failed when one of them is.
* Final reports of one part that contradict each other are flagged, never counted twice.
* Without a final report a message is pending, and unknown when its time is over; never failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.delivery.model import (
    FINAL,
    Answer,
    Answered,
    Message,
    MessageId,
    Records,
    Report,
    Send,
    Vendor,
    Verdict,
)

#: Seconds in which vendors still report; after that nobody knows.
TAIL = 72 * 3600
#: A probe is given up after this many times the seconds that it allows for, and no sooner than
#: after :data:`_SHORTEST`.
_PATIENCE = 3
_SHORTEST = 15 * 60
#: At equal times.
_ORDER = {Verdict.DELIVERED: 0, Verdict.FAILED: 1}
#: Which answer to a send stands: one that knows more.
_KNOWING = {Answered.ACCEPTED: 0, Answered.REFUSED: 1, Answered.UNKNOWN: 2}


@dataclass(frozen=True, slots=True)
class _Part:
    """The final report of one part of a message that stands, and whether another contradicts it."""

    stands: Report
    conflict: bool


def messages(records: Records, *, now: float) -> list[Message]:
    """Every message that ``records`` tell of, by the time at which smsops first knew of it."""
    answers: dict[str, list[Answer]] = {}
    for answer in records.answers:
        answers.setdefault(answer.send, []).append(answer)
    reports: dict[MessageId, list[Report]] = {}
    for report in records.reports:
        reports.setdefault(report.id, []).append(report)
    found, taken = [], set()
    for send in records.sends:
        answered = standing(answers.get(send.id, ()))
        known = _id_of(send, answered)
        taken.add(known)
        theirs = reports.get(known, []) if known is not None else []
        found.append(_message(send, answered, theirs, now))
    found += [_orphan(id, theirs, now) for id, theirs in reports.items() if id not in taken]
    return sorted(found, key=_place)


def _place(message: Message) -> tuple[int, str, str, str, str]:
    send = message.send.id if message.send else ""
    return message.heard_at, message.vendor, message.application, message.message, send


def standing(answers: Iterable[Answer]) -> Answer | None:
    """The answer to a send that stands: the one that knows most, of those the earliest."""
    return min(answers, key=_answer_order, default=None)


def _answer_order(answer: Answer) -> tuple[int, bool, int, str, str, int]:
    nameless = not answer.message
    return _KNOWING[answer.outcome], nameless, answer.at, answer.message, answer.code, answer.fee


def _id_of(send: Send, answered: Answer | None) -> MessageId | None:
    if answered is None or not answered.message:
        return None
    return MessageId(send.vendor, send.application, answered.message)


def deadline(send: Send) -> int:
    """When a send without a final report is given up, in epoch seconds."""
    return send.at + max(_PATIENCE * send.within, _SHORTEST)


def _message(send: Send, answered: Answer | None, reports: Sequence[Report], now: float) -> Message:
    found = _folded(reports, answered, over=now >= deadline(send))
    return replace(
        found,
        message=answered.message if answered else "",
        vendor=send.vendor,
        channel=send.channel,
        application=send.application,
        heard_at=min([send.at, *(report.heard_at for report in reports)]),
        number=send.number,
        send=send,
        sent_at=send.at,
        fee=answered.fee if answered else 0,
    )


def _orphan(id: MessageId, reports: Sequence[Report], now: float) -> Message:
    """A message that was not sent by smsops, or whose send is not recorded yet."""
    heard = min(report.heard_at for report in reports)
    found = _folded(reports, None, over=now >= heard + TAIL)
    numbers = [report.number for report in reports if report.number is not None]
    return replace(
        found,
        message=id.message,
        vendor=id.vendor,
        channel=id.vendor.value,
        application=id.application,
        heard_at=heard,
        number=min(numbers, default=None),
    )


def _folded(reports: Sequence[Report], answered: Answer | None, *, over: bool) -> Message:
    """What reports and an answer amount to, in a message that has no name yet."""
    parts = _parts(reports)
    verdict, report = _verdict(answered, reports, parts, over=over)
    # That a call was taken is no code of what became of its message.
    told = answered is not None and answered.outcome is not Answered.ACCEPTED
    return Message(
        message="",
        vendor=Vendor.TENCENT,
        channel="",
        application="",
        verdict=verdict,
        heard_at=0,
        code=report.code if report else answered.code if answered and told else "",
        reported_at=_reported_at(verdict, report),
        reports=len(reports),
        conflict=any(part.conflict for part in parts.values()),
    )


def _reported_at(verdict: Verdict, report: Report | None) -> int | None:
    """When the vendor says that the verdict came about; our time where it does not say."""
    if report is None or verdict not in FINAL:
        return None
    return report.vendor_at if report.vendor_at is not None else report.heard_at


def _parts(reports: Sequence[Report]) -> Mapping[int, _Part]:
    """Sequence -> what its final reports amount to."""
    final: dict[int, list[Report]] = {}
    for report in reports:
        if report.verdict in FINAL:
            final.setdefault(report.sequence, []).append(report)
    return {
        sequence: _Part(
            min(theirs, key=_report_order), len({report.verdict for report in theirs}) > 1
        )
        for sequence, theirs in final.items()
    }


def _report_order(report: Report) -> tuple[bool, int, int, str, int, str, int]:
    """The first rule above as a key; what comes last only makes it the same in any order."""
    late = report.vendor_at is None
    order, sequence = _ORDER[report.verdict], report.sequence
    return late, report.vendor_at or 0, order, report.code, sequence, report.status, report.heard_at


def _verdict(
    answered: Answer | None, reports: Sequence[Report], parts: Mapping[int, _Part], *, over: bool
) -> tuple[Verdict, Report | None]:
    """The verdict, and the report that made it: of a failure the first one, of a delivery that of
    the last part.
    """
    failed = [part.stands for part in parts.values() if part.stands.verdict is Verdict.FAILED]
    if failed:
        return Verdict.FAILED, min(failed, key=_report_order)
    total = max((max(report.total, report.sequence) for report in reports), default=0)
    if parts and len(parts) == total:
        return Verdict.DELIVERED, max((part.stands for part in parts.values()), key=_report_order)
    if not reports and answered is not None and answered.outcome is Answered.REFUSED:
        return Verdict.REFUSED, None
    lost = not reports and answered is not None and answered.outcome is Answered.UNKNOWN
    return (Verdict.UNKNOWN if over or lost else Verdict.PENDING), None
