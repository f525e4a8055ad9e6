"""What a run finds: measures, and bars that they have to stay below. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.timing import Sample, median


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a table: seconds of several runs, and what else was counted.

    ``size`` is how many templates it is about, 0 where that means nothing.
    """

    name: str
    runs: tuple[float, ...]
    size: int = 0
    cpu: float = 0.0
    memory: float = 0.0
    counts: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return median(self.runs)


def measure(
    name: str,
    samples: Sequence[Sample],
    *,
    size: int = 0,
    counts: Mapping[str, float] | None = None,
) -> Measure:
    """The measure of some samples: median CPU and memory."""
    return Measure(
        name,
        tuple(sample.wall for sample in samples),
        size,
        median([sample.cpu for sample in samples]),
        median([sample.memory for sample in samples]),
        counts or {},
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise: ``value`` is at most ``limit``, or at least, in ``unit``."""

    what: str
    value: float
    limit: float
    unit: str = "x"
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def ratio(what: str, subject: Measure, reference: Measure, limit: float) -> Bar:
    """Two measures of one run, and how many times the second the first may take."""
    return Bar(what, subject.seconds / reference.seconds, limit)


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of the benchmark found. ``commit``: of a row that was measured again later."""

    name: str
    title: str
    measures: tuple[Measure, ...]
    bars: tuple[Bar, ...] = ()
    commit: str = ""
