"""What messages count for in the statistics of their application and hour."""

from __future__ import annotations

from typing import NamedTuple

from smsops.emulator.messages import FAILED, REFUSED, Message
from smsops.emulator.receipts import cause_of


class Tally(NamedTuple):
    """Sums over the messages of one application that were sent in one hour."""

    requests: int = 0
    accepted: int = 0
    fee: int = 0
    delivered: int = 0
    failed: int = 0
    internal: int = 0
    invalid: int = 0
    shutdown: int = 0
    blacklist: int = 0
    frequency: int = 0

    def plus(self, other: Tally, times: int = 1) -> Tally:
        """Both together; the other one as often as ``times``."""
        return Tally(*[mine + times * theirs for mine, theirs in zip(self, other, strict=True)])


NOTHING = Tally()


def tally(message: Message, now: float | None = None) -> Tally:
    """What one message counts for at ``now``; ``None``: when everything is over."""
    if message.verdict == REFUSED:
        return Tally(requests=1)
    seen = message if now is None else message.at(now)
    counted = Tally(requests=1, accepted=1, fee=seen.fee)
    if seen.reported_at is None:
        return counted
    if seen.verdict == FAILED:
        return counted._replace(failed=1, **{cause_of(seen.code).value: 1})
    return counted._replace(delivered=1)
