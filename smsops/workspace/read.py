"""Concurrent reading: the account is read in a thread while the manifests need the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

#: Seconds that an error of a reading waits for calls on their way, so that they end in order.
GRACE = 1.0

T = TypeVar("T")


@contextmanager
def beside(work: Callable[[], T], *, stop: Callable[[], None]) -> Iterator[Future[T]]:
    """Run ``work`` in a thread beside the body. When the body raises, ``stop`` ends the work early.

    What is known is said soon: a call that only reads may take long to end, and nobody waits for
    it.
    """
    threads = ThreadPoolExecutor(1)
    running = threads.submit(work)
    try:
        yield running
    except BaseException as error:
        stop()
        wait((running,), 0 if isinstance(error, KeyboardInterrupt) else GRACE)
        threads.shutdown(wait=False)
        raise
    threads.shutdown()
