"""Objectives: whether what was counted keeps the bounds that an application declares. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smsops.delivery.statistics import Package, Reported, Sums, Window
from smsops.kinds.application import OF_PACKAGES, Objective, ObjectiveName

#: What the got value of a share counts.
_COUNTED = {
    ObjectiveName.DELIVERY_RATE: lambda found: found.delivered,
    ObjectiveName.REPORT_COVERAGE: lambda found: found.reported,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """An objective and what there is. ``got``: ``None`` when nothing can be said; a share, a number
    of messages, or seconds, as the objective is. ``of``: how many accepted messages a share is of.
    """

    objective: Objective
    got: float | None
    of: int | None = None

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept; ``None`` without data."""
        if self.got is None:
            return None
        if self.objective.name is ObjectiveName.PACKAGE_EXPIRY:
            return self.got > self.objective.min  # it ends *later* than that
        return self.got >= self.objective.min

    @property
    def missed(self) -> bool:
        """Whether the bound is broken; no data breaks nothing."""
        return self.met is False


def windows(objectives: Iterable[Objective], now: float) -> frozenset[Window]:
    """The windows of the shares among ``objectives``, each up to the last full hour."""
    return frozenset(
        Window.last(each.window, now) for each in objectives if each.name not in OF_PACKAGES
    )


def about_packages(objectives: Iterable[Objective]) -> bool:
    """Whether one of them needs to know the packages."""
    return any(each.name in OF_PACKAGES for each in objectives)


def judge(
    objectives: Iterable[Objective],
    reported: Mapping[Window, Reported],
    packages: Sequence[Package] | None,
    now: float,
) -> tuple[Judged, ...]:
    """Each objective with what there is. ``packages``: ``None`` where there are no such things."""
    return tuple(_judge(each, reported, packages, now) for each in objectives)


def _judge(
    objective: Objective,
    reported: Mapping[Window, Reported],
    packages: Sequence[Package] | None,
    now: float,
) -> Judged:
    if objective.name not in OF_PACKAGES:
        return _share(objective, reported[Window.last(objective.window, now)])
    if packages is None:
        return Judged(objective, None)
    valid = [each for each in packages if each.expires_at > now]
    if objective.name is ObjectiveName.PACKAGE_BALANCE:
        return Judged(objective, sum(each.left for each in valid))
    last = max((each.expires_at for each in valid if each.left), default=None)
    return Judged(objective, int(last - now) if last is not None else 0)


def _share(objective: Objective, found: Reported) -> Judged:
    if found.accepted < max(objective.least, 1):
        return Judged(objective, None, found.accepted)
    got = _COUNTED[objective.name](found) / found.accepted
    return Judged(objective, got, found.accepted)


@dataclass(frozen=True, slots=True)
class Statistics:
    """One application in a window, what is left to send with, and what was promised of it."""

    window: Window
    sums: Sums
    packages: Sequence[Package] = ()
    objectives: Sequence[Judged] = ()

    @property
    def missed(self) -> bool:
        """Whether an objective is."""
        return any(each.missed for each in self.objectives)
