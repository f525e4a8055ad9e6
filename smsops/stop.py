"""Asking a run to end in order: from a signal handler, or from a failure that dooms the rest."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from smsops.clock import Clock
from smsops.errors import Exit, Interrupted, SmsopsError


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
        super().__init__("not attempted, the run was ending", exit=exit or Exit.INTERRUPTED)


_STOPPING = "Stopping: finishing what was sent, starting nothing new. Once more to exit at once."

#: What each signal means for the exit code.
SIGNALS = {
    signal.SIGINT: Exit.INTERRUPTED,
    signal.SIGTERM: Exit.TERMINATED,
    signal.SIGHUP: Exit.TERMINATED,
}


class Terminated(KeyboardInterrupt):
    """SIGTERM where nothing is in flight: ends the run as Control-C does, locks are released."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP raise :class:`Terminated` instead of ending the process where it stands.

    Handlers can only be set in the main thread; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    ending = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def deferred() -> Iterator[None]:
    """SIGINT and SIGTERM wait until the block is over; a second one ends the process at once.

    For what must not be left half done, such as a lock. Without effect outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if arrived:
            os._exit(SIGNALS[signal.Signals(number)])
        arrived.append(number)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])


@contextmanager
def on_signals(stop: Stop, say: Callable[[str], None]) -> Iterator[None]:
    """The first SIGINT or SIGTERM asks to stop; the second ends the process at once.

    Nothing is lost by the second: every intent and every id is on disk before anything else
    happens. Handlers can only be set in the main thread; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _: FrameType | None) -> None:
        code = SIGNALS[signal.Signals(number)]
        if isinstance(stop.cause, Interrupted):
            os._exit(code)
        stop.set(Interrupted("interrupted; what was sent is finished and recorded", exit=code))
        # The signal may have come in the middle of a line to stderr, which cannot be entered again.
        threading.Thread(target=tell).start()

    def tell() -> None:
        with suppress(OSError, ValueError):  # nobody is listening any more
            say(_STOPPING)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
