"""Holding a served account at a moment of a call, so that a test can act in between."""

from __future__ import annotations

import threading


class Breakpoint:
    """A hook that holds the first call at one moment until it is opened."""

    def __init__(self, event: str, action: str) -> None:
        self._at = (event, action)
        self._once = threading.Lock()
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, event: str, action: str) -> None:
        if (event, action) == self._at and self._once.acquire(blocking=False):
            self.reached.set()
            self.opened.wait(60)
