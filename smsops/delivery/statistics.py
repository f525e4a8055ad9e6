"""Statistics: what was counted of an application's messages in whole hours. Pure.

An hour of Beijing begins when one of UTC does, eight later, so hours are counted since the epoch.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from smsops.delivery.causes import causes_of
from smsops.delivery.model import FINAL, Message, Verdict

HOUR = 3600
#: Hours between begin and end, at most: a year.
LONGEST = 366 * 24
#: A failure whose code belongs to no class.
OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Whole hours since the epoch; ``end`` is the first one after it."""

    begin: int
    end: int

    @classmethod
    def last(cls, hours: int, now: float) -> Window:
        """The last ``hours`` full hours."""
        end = full(now)
        return cls(end - hours, end)

    @property
    def begin_at(self) -> int:
        """Epoch seconds of its first moment."""
        return self.begin * HOUR

    @property
    def end_at(self) -> int:
        """Epoch seconds of the first moment after it."""
        return self.end * HOUR

    def parts(self, hours: int) -> Iterator[Window]:
        """The same time in windows of at most ``hours``."""
        for begin in range(self.begin, self.end, hours):
            yield Window(begin, min(begin + hours, self.end))


def full(moment: float) -> int:
    """Hours that were over at a moment."""
    return math.floor(moment / HOUR)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was asked to be sent, and what it is billed as."""

    requested: int = 0
    fee: int = 0

    def plus(self, other: Submitted) -> Submitted:
        """Both together."""
        return Submitted(self.requested + other.requested, self.fee + other.fee)


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of what was accepted. ``failed``: how many of each class."""

    accepted: int = 0
    reported: int = 0
    delivered: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """Failed messages of all classes."""
        return sum(self.failed.values())

    @property
    def unreported(self) -> int:
        """Accepted messages that nobody has said anything of."""
        return max(0, self.accepted - self.reported)

    def plus(self, other: Reported) -> Reported:
        """Both together."""
        names = {**self.failed, **other.failed}
        return Reported(
            self.accepted + other.accepted,
            self.reported + other.reported,
            self.delivered + other.delivered,
            {name: self.failed.get(name, 0) + other.failed.get(name, 0) for name in names},
        )


@dataclass(frozen=True, slots=True)
class Package:
    """A package of messages (套餐包) that has not expired."""

    id: int
    amount: int
    used: int
    expires_at: int

    @property
    def left(self) -> int:
        """Messages that it still pays for."""
        return max(0, self.amount - self.used)


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted of one application. ``name``: what manifests call it; of a vendor without
    applications, the vendor.
    """

    name: str | None
    sdk_app_id: str | None
    submitted: Submitted = Submitted()
    reported: Reported = Reported()


def counted(messages: Iterable[Message]) -> Sequence[Sums]:
    """The sums over messages of a ledger, by application.

    Everything that smsops heard of was requested; what was refused was not accepted. A failure
    counts once, also when its code leaves several causes.
    """
    found: dict[tuple[str, str], Counter[str]] = {}
    failed: dict[tuple[str, str], Counter[str]] = {}
    for each in messages:
        key = (each.application, "" if each.application else each.vendor.value)
        sums = found.setdefault(key, Counter())
        sums.update(
            requested=1,
            fee=each.fee,
            accepted=int(each.verdict is not Verdict.REFUSED),
            reported=int(each.verdict in FINAL),
            delivered=int(each.verdict is Verdict.DELIVERED),
        )
        if each.verdict is Verdict.FAILED:
            failed.setdefault(key, Counter())["|".join(sorted(causes_of(each))) or OTHER] += 1
    return [
        Sums(
            vendor or None,
            application or None,
            Submitted(sums["requested"], sums["fee"]),
            Reported(
                sums["accepted"],
                sums["reported"],
                sums["delivered"],
                dict(failed.get((application, vendor), {})),
            ),
        )
        for (application, vendor), sums in sorted(found.items())
    ]
