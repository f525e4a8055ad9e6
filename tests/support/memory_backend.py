"""The state backend that keeps its bytes in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from smsops.clock import SYSTEM, Clock
from smsops.errors import StateError
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo


@dataclass
class Memory:
    """What several runs share: the stored bytes and the lock."""

    body: bytes | None = None
    lock: LockInfo | None = None


class MemoryBackend:
    """One run on a memory, which is its own unless it is given one. Counts the saves."""

    description = "memory"
    kept = None

    def __init__(self, memory: Memory | None = None, *, clock: Clock = SYSTEM) -> None:
        self._memory = Memory() if memory is None else memory
        self._clock = clock
        self._read: bytes | None = None
        self.saves = 0

    @property
    def body(self) -> bytes | None:
        return self._memory.body

    @body.setter
    def body(self, body: bytes | None) -> None:
        """Put a state in place, as somebody else would."""
        self._memory.body = body

    def read(self) -> bytes | None:
        self._read = self._memory.body
        return self._read

    def write(self, body: bytes, *, serial: int) -> None:
        if self._memory.body != self._read:
            raise StateError("another run wrote the state in between")
        self._memory.body = self._read = body
        self.saves += 1

    @contextmanager
    def lock(self, operation: str, *, timeout: float = 0.0) -> Iterator[LockInfo]:
        mine = lockinfo.new(operation, path=self.description, clock=self._clock)

        def attempt() -> None:
            if self._memory.lock is not None:
                raise lockinfo.Held(self._memory.lock)
            self._memory.lock = mine

        lockinfo.acquire(
            attempt,
            timeout=timeout,
            pauses=lockinfo.LOCAL_PAUSES,
            clock=self._clock,
            warn=lambda _: None,
            place=self.description,
            unlock_hint=True,
        )
        try:
            yield mine
        finally:
            if self._memory.lock is mine:
                self._memory.lock = None

    def unlock(self, lock_id: str) -> None:
        if self._memory.lock is None or self._memory.lock.id != lock_id:
            raise StateError(f"memory has no lock {lock_id}")
        self._memory.lock = None
