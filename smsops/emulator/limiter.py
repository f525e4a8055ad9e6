"""Calls a second, counted by arrival in a sliding window (API document, "API 频率限制说明")."""

from __future__ import annotations

from collections import defaultdict, deque
from threading import Lock

WINDOW = 1.0
#: Twenty steps of 0.05 s are a second, also in floating point on top of an epoch.
_ROUNDING = 1e-5


class Limiter:
    """Admits calls of an action while fewer than its limit were admitted in the last second.

    Refused calls do not count. Moments are monotonic seconds. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._admitted: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def admit(self, action: str, limit: int, moment: float) -> bool:
        """Whether the call is let in; if so it counts against the next ones."""
        with self._lock:
            window = self._admitted[action]
            while window and moment - window[0] >= WINDOW - _ROUNDING:
                window.popleft()
            if len(window) >= limit:
                return False
            window.append(moment)
            return True
