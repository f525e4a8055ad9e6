"""Signal handling: which signal ends a run, how, and with which exit code."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from smsops.cancellation import Stop
from smsops.errors import Exit, Interrupted
from smsops.text.messages import T, Text

_STOPPING = T("Stopping: finishing what was sent, starting nothing new. Once more to exit at once.")

#: What each signal means for the exit code.
SIGNALS = {
    signal.SIGINT: Exit.INTERRUPTED,
    signal.SIGTERM: Exit.TERMINATED,
}
if hasattr(signal, "SIGHUP"):  # a terminal that goes away; Windows has no such signal
    SIGNALS[signal.SIGHUP] = Exit.TERMINATED


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

    ending = SIGNALS.keys() - {signal.SIGINT}
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
def on_signals(stop: Stop, say: Callable[[Text], None]) -> Iterator[None]:
    """The first SIGINT or SIGTERM asks to stop; the second ends the process at once.

    Nothing is lost by the second: every intent and every id is on disk before anything else
    happens. Handlers can only be set in the main thread; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    import select
    import socket

    arrivals, sender = socket.socketpair()
    arrivals.setblocking(False)
    sender.setblocking(False)
    attendant: list[threading.Thread] = []

    def handle(number: int, _: FrameType | None) -> None:
        code = SIGNALS[signal.Signals(number)]
        if isinstance(stop.cause, Interrupted):
            os._exit(code)
        with suppress(BlockingIOError):
            while arrivals.recv(64):  # this signal; only what comes later is a second one
                pass
        stop.set(Interrupted(T("interrupted; what was sent is finished and recorded"), exit=code))
        # The signal may have come in the middle of a line to stderr, which cannot be entered again.
        attendant.append(threading.Thread(target=attend, daemon=True))
        attendant[0].start()

    def attend() -> None:
        with suppress(OSError, ValueError):  # nobody is listening any more
            say(_STOPPING)
        # Python runs a handler when the main thread gets to it. One that began to wait for an
        # answer in this very moment does not, so the second signal is looked for here, too.
        with arrivals:
            while True:
                select.select([arrivals], [], [])
                arrived = arrivals.recv(64)
                if not arrived:
                    return
                for number in arrived:
                    if number in SIGNALS and signal.getsignal(number) is handle:
                        os._exit(SIGNALS[signal.Signals(number)])

    awake = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(awake)
        sender.close()  # which ends who attends
        if not attendant:
            arrivals.close()
