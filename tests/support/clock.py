"""Clocks on which nobody waits."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from smsops.clock import Clock

#: The real time; whoever sleeps on it goes on at once.
SLEEPLESS = Clock(sleep=lambda _: None)


@dataclass
class FakeClock:
    """A clock that stands still until somebody sleeps or calls :meth:`advance`.

    ``slept`` has every pause.
    """

    moment: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = self.moment

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.moment - self._began

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.moment, monotonic=lambda: self.moment, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.moment += max(0.0, seconds)


@dataclass
class WallClock:
    """The real time, which a sleep on :attr:`clock` moves on at once. Servers and clients of this
    process share it; :meth:`reset` before another process talks to the account.
    """

    ahead: float = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(
            now=lambda: time.time() + self.ahead,
            monotonic=lambda: time.monotonic() + self.ahead,
            sleep=self.advance,
        )

    def advance(self, seconds: float) -> None:
        self.ahead += max(0.0, seconds)

    def reset(self) -> None:
        self.ahead = 0.0
