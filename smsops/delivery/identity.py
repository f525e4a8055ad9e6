"""Keys: which two reports, or two replies, are one that came twice. A table; pure.

Left out of Tencent Cloud's is the time, whose zone nobody states: the push and the pull of one
report meet. A key of a reply is keyed with the ledger's secret, because a text as short as "Y"
could be guessed from a plain hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from smsops.delivery.model import Answer, Reply, Report, Vendor

#: The fields of a report that make it another one.
IDENTITIES: Mapping[Vendor, tuple[str, ...]] = {
    Vendor.TENCENT: ("application", "message", "number", "verdict", "code"),
    Vendor.HUAWEI: ("application", "message", "sequence", "total", "status", "stamp"),
    Vendor.YISHA: ("application", "message", "status"),
}


def report_key(report: Report) -> bytes:
    """The key of a report, 32 bytes."""
    return _digest(_IDENTITY[report.id.vendor](report))


def _mac(report: Report) -> str:
    return report.number.mac.hex() if report.number is not None else ""


#: How each field of an identity is read.
_READ: Mapping[str, Callable[[Report], str]] = {
    "application": lambda report: report.id.application,
    "message": lambda report: report.id.message,
    "number": _mac,
    "verdict": lambda report: report.verdict,
    "code": lambda report: report.code,
    "sequence": lambda report: str(report.sequence),
    "total": lambda report: str(report.total),
    "status": lambda report: report.status,
    "stamp": lambda report: report.stamp,
}


def _reading(vendor: Vendor, names: Sequence[str]) -> Callable[[Report], list[str]]:
    """The vendor and the fields with these names; found once, reports are many."""
    readers = [_READ[name] for name in names]
    return lambda report: [vendor, *[read(report) for read in readers]]


_IDENTITY = {vendor: _reading(vendor, names) for vendor, names in IDENTITIES.items()}


def answer_key(answer: Answer) -> bytes:
    """The key of an answer: the same one learnt twice is one."""
    return _digest([answer.send, answer.outcome, answer.message, answer.code])


def reply_key(secret: bytes, vendor: Vendor, *fields: str) -> bytes:
    """The key of a reply, from everything that its vendor says of it, its text included."""
    return hmac.digest(secret, _joined(["reply", vendor, *fields]), "sha256")


def _digest(fields: Iterable[str]) -> bytes:
    return hashlib.sha256(_joined(fields)).digest()


def _joined(fields: Iterable[str]) -> bytes:
    """Fields with their lengths in bytes, so that no two lists of them are written alike."""
    fields = list(fields)
    plain = "".join([f"{len(each)}:{each}" for each in fields])
    if plain.isascii():
        return plain.encode()
    encoded = [each.encode() for each in fields]
    return b"".join(b"%d:%s" % (len(each), each) for each in encoded)


def earlier(one: Report, other: Report) -> bool:
    """Whether the vendor's time of ``one`` stands when both are the same report."""
    return _time(one) < _time(other)


def _time(report: Report) -> tuple[object, ...]:
    """By the vendor's time, none last; then by what makes the choice the same in any order."""
    last = report.vendor_at is None, report.vendor_at or 0, report.stamp, report.source.value
    return *last, report.status, report.sequence, report.total


def merged_report(one: Report, other: Report) -> Report:
    """Two that are the same report as the one row that a ledger keeps of them."""
    stands = one if not earlier(other, one) else other
    numbers = [each.number for each in (one, other) if each.number is not None]
    return replace(
        stands,
        number=min(numbers, default=None),
        heard_at=min(one.heard_at, other.heard_at),
        last_at=max(one.last_at, other.last_at),
        repeats=one.repeats + other.repeats + 1,
    )


def merged_answer(one: Answer, other: Answer) -> Answer:
    """Two that are the same answer as the one row that a ledger keeps of them: the earlier."""
    return min(one, other, key=lambda answer: (answer.at, answer.fee, answer.source.value))


def merged_reply(one: Reply, other: Reply) -> Reply:
    """Two that are the same reply as the one row that a ledger keeps of them."""
    return replace(
        one,
        text=one.text if one.text is not None else other.text,
        heard_at=min(one.heard_at, other.heard_at),
        last_at=max(one.last_at, other.last_at),
        repeats=one.repeats + other.repeats + 1,
    )
