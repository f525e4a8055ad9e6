"""Concurrent calls of a provider that only read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = 6

Item = TypeVar("Item")
Result = TypeVar("Result")


def concurrently(function: Callable[[Item], Result], items: Sequence[Item]) -> Sequence[Result]:
    """``function`` of each item, a few at a time, in order; the first error is raised."""
    if len(items) < 2:
        return [function(item) for item in items]
    threads = ThreadPoolExecutor(min(THREADS, len(items)))
    wait = True
    try:
        return [future.result() for future in [threads.submit(function, item) for item in items]]
    except KeyboardInterrupt:
        wait = False  # somebody wants the lock now, not after the slowest reply
        raise
    finally:
        threads.shutdown(wait=wait, cancel_futures=True)
