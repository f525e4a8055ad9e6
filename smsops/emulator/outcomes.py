"""What becomes of a message, by the last four digits of its number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smsops.emulator.messages import DELIVERED, FAILED, PENDING, REFUSED, Reply
from smsops.emulator.receipts import DEAD, UNREGISTERED
from smsops.emulator.receipts import DELIVERED as DELIVRD

BLACKLISTED = "FailedOperation.PhoneNumberInBlacklist"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row: the verdict, its code, seconds until the report and what the phone replies.

    ``after``: ``None`` for the emulator's report delay. ``answered``: false when the caller gets
    no answer. ``sent``: false when the request is lost on its way.
    """

    verdict: str
    code: str
    after: float | None = None
    reply: str = ""
    answered: bool = True
    sent: bool = True

    def report_at(self, now: float, delay: float) -> float | None:
        """When the report of a message that is sent ``now`` comes; ``None`` for never."""
        if self.verdict in (REFUSED, PENDING):
            return None
        return now + (delay if self.after is None else self.after)

    def replies(self, report_at: float | None) -> tuple[Reply, ...]:
        """What the phone answers: as soon as the message is there."""
        return (Reply(self.reply, report_at),) if self.reply and report_at is not None else ()


ORDINARY = Outcome(DELIVERED, DELIVRD)

# fmt: off
OUTCOMES: Mapping[str, Outcome] = {
    "0001": Outcome(REFUSED, BLACKLISTED),
    "0002": Outcome(FAILED, UNREGISTERED),
    "0003": Outcome(FAILED, DEAD),
    "0004": Outcome(PENDING, ""),
    "0005": Outcome(DELIVERED, DELIVRD, after=60.0),
    "0006": Outcome(DELIVERED, DELIVRD, answered=False),
    "0007": Outcome(DELIVERED, DELIVRD, answered=False, sent=False),
    "0008": Outcome(DELIVERED, DELIVRD, reply="R"),
}
# fmt: on


def outcome(number: str) -> Outcome:
    """What becomes of a message to ``number``, in whatever form."""
    return OUTCOMES.get(number[-4:], ORDINARY)
