"""Cooperative cancellation: one token that asks a run to end in order."""

from __future__ import annotations

import threading
from collections.abc import Callable

from smsops.clock import Clock
from smsops.errors import Exit, Interrupted, SmsopsError
from smsops.text.messages import T


class Stop:
    """Set once; what waits gives up, what was sent is finished.

    ``cause`` is the error to report: :class:`smsops.errors.Interrupted` for a signal.
    ``listeners`` are called at that moment, once.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.cause: SmsopsError | None = None
        self.listeners: list[Callable[[], None]] = []

    def set(self, cause: SmsopsError) -> None:
        """Ask to stop. The first cause stays, but a signal is weightier than a failure."""
        first = not self._event.is_set()
        if first or isinstance(cause, Interrupted):
            self.cause = cause
        if first:
            self._event.set()
            for listener in self.listeners:
                listener()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise :class:`Stopped` when asked to stop."""
        if self._event.is_set():
            raise Stopped(self.cause.exit if isinstance(self.cause, Interrupted) else None)

    def sleep(self, clock: Clock, seconds: float) -> None:
        """Sleep on ``clock`` in slices, so that a stop ends it soon with :class:`Stopped`."""
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            self.check()
            clock.sleep(min(left, 0.25))
        self.check()


class Stopped(Interrupted):
    """This was not attempted because the run is ending."""

    def __init__(self, exit: Exit | None = None) -> None:
        super().__init__(T("not attempted, the run was ending"), exit=exit or Exit.INTERRUPTED)
