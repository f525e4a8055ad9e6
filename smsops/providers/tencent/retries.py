"""Repeated calls: how often, how long, and after which failures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smsops.providers.errors import ApiError, NotSent, Throttled, Unknown


@dataclass(frozen=True, slots=True)
class Retry:
    """How long a failing call is repeated: at most ``calls`` in all, none after ``seconds``."""

    calls: int
    seconds: float
    first_pause: float = 0.25
    longest_pause: float = 5.0

    def pause(self, calls: int, jitter: float) -> float:
        """Seconds before the next call after ``calls`` of them; ``jitter`` is in [0, 1)."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(calls - 1, 16)) * (
            0.5 + jitter / 2
        )


#: An unreachable host fails within seconds, a throttled or flapping service within a minute. The
#: last exchange begins within that minute, so a call ends within two, however slow the answers.
RETRIES: Mapping[type[ApiError], Retry] = {
    NotSent: Retry(calls=4, seconds=4),
    Unknown: Retry(calls=5, seconds=60),
    Throttled: Retry(calls=60, seconds=60, first_pause=0.1),
}
#: Temporary credentials that ended, or were ended, before their time.
ENDED = "AuthFailure.TokenFailure"
#: Other credentials for one call: short ones may end while it waits among others.
RENEWALS = 3
