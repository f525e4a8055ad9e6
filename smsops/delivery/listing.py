"""Messages of a ledger by the time at which smsops first heard of them."""

from __future__ import annotations

from collections.abc import Iterator

from smsops.delivery.folding import messages
from smsops.delivery.ledger import Ledger
from smsops.delivery.model import Message

#: Seconds of a ledger that are read at a time, at first; then as many as hold some thousand rows,
#: so that memory does not grow with the window.
_SLICE = 6 * 3600
_FEW, _MANY = 5_000, 20_000
_SHORTEST = 60
#: Later than any clock of any machine.
_FOREVER = 2**40


def heard(ledger: Ledger, begin: int, now: float, *, until: int | None = None) -> Iterator[Message]:
    """Messages that were first heard of from ``begin`` on, a slice of the time after the other.

    Without ``until`` the last slice has no end: a clock of another machine may be ahead.
    """
    size = _SLICE
    while until is None or begin < until:
        last = begin + size > now if until is None else begin + size >= until
        end = (until or _FOREVER) if last else begin + size
        records = ledger.heard(begin, end)
        for each in messages(records, now=now):
            if begin <= each.heard_at < end:
                yield each
        if last:
            return
        begin = end
        read = len(records.reports) + len(records.sends)
        size = size * 2 if read < _FEW else max(_SHORTEST, size // 2) if read > _MANY else size
