"""Asking a run to end in order, from a signal handler or from a step that makes going on useless."""

from __future__ import annotations

import threading
from dataclasses import replace

from smsops.clock import Clock
from smsops.errors import Interrupted, SmsopsError


class Stop:
    """Set once; everything that waits gives up, everything that was sent is finished.

    ``cause`` is the error to report: :class:`smsops.errors.Interrupted` for a signal.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.cause: SmsopsError | None = None

    def set(self, cause: SmsopsError) -> None:
        """Ask to stop. The first cause stays."""
        if self.cause is None:
            self.cause = cause
        self._event.set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise :class:`Stopped` when asked to stop; called right before anything is sent."""
        if self._event.is_set():
            raise Stopped

    def clock(self, clock: Clock) -> Clock:
        """``clock`` whose sleep ends early, with :class:`Stopped`, once asked to stop.

        Waiting for a pace or a back-off always happens before a send, so whatever raises
        :class:`Stopped` was not sent.
        """

        def sleep(seconds: float) -> None:
            self.check()
            if clock.sleep is not Clock().sleep:
                clock.sleep(seconds)
            elif self._event.wait(seconds):
                raise Stopped

        return replace(clock, sleep=sleep)


class Stopped(Interrupted):
    """This step was not attempted because the run ends."""

    def __init__(self) -> None:
        super().__init__("not attempted, the run was ending")
