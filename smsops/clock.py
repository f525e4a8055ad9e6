"""The clock, injected wherever time matters so that no test ever sleeps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from smsops.text.messages import T


@dataclass(frozen=True, slots=True)
class Clock:
    """Three views of time: ``now`` (epoch seconds), ``monotonic`` (for pacing) and ``sleep``."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


SYSTEM = Clock()

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def to_text(moment: int | float | None) -> str | None:
    """Epoch seconds as RFC 3339 in UTC, ``2026-11-22T08:00:00Z``."""
    return None if moment is None else _to_text(int(moment))


@lru_cache(4096)  # a state has the same moments many times: those of its applies
def _to_text(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def from_text(text: str | None) -> int | None:
    """The inverse of :func:`to_text`. Raises ``ValueError`` for anything else."""
    return None if text is None else _from_text(text)


@lru_cache(4096)
def _from_text(text: str) -> int:
    if _MOMENT.fullmatch(text) is None:
        raise ValueError(T("a moment is YYYY-MM-DDTHH:MM:SSZ"))
    return int(datetime.fromisoformat(text).timestamp())
