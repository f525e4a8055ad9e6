"""What a place that keeps the state can do. Implementations: local, http, git."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Who holds a lock. The field names and all seven of them are Terraform's (GitLab asks)."""

    id: str
    operation: str
    info: str
    who: str
    version: str
    created: str
    path: str


class Backend(Protocol):
    """Bytes of one state, with a lock and compare-and-swap.

    Raises :class:`smsops.errors.StateError` and its subclasses, and
    :class:`smsops.errors.OwnerError` rather than write over another project's; nothing else.
    """

    @property
    def description(self) -> str:
        """The place in words, for messages: ``.smsops/state.json``."""
        ...

    @property
    def kept(self) -> str | None:
        """Where the version read last is found once it is replaced, in words; ``None``: nowhere
        that lasts.
        """
        ...

    def read(self) -> bytes | None:
        """The stored bytes; ``None`` when there is no state yet. An empty file is not None."""
        ...

    def write(self, body: bytes, *, serial: int) -> None:
        """Store ``body`` durably before returning. ``serial`` is the snapshot's, strictly newer
        than the stored one; a state that somebody else wrote since :meth:`read` is refused.
        """
        ...

    def lock(self, operation: str, *, timeout: float = 0.0) -> AbstractContextManager[LockInfo]:
        """Hold the lock. Raises :class:`smsops.errors.LockedError` naming the holder."""
        ...

    def unlock(self, lock_id: str) -> None:
        """Break a stale lock whose id is ``lock_id``."""
        ...
