"""The journal: every change of the state, durable in the backend before the caller goes on.

Writers from many threads share saves: whoever gets to save covers everything that was waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from smsops.model import Snapshot
from smsops.state.backend import Backend
from smsops.state.changes import Change


class Journal:
    """The one way in which a run changes the state.

    ``encode`` turns a snapshot into the backend's bytes. Raises
    :class:`smsops.errors.StateError` when a save fails; what was recorded stays in memory, so a
    later save still writes it.
    """

    def __init__(
        self, backend: Backend, snapshot: Snapshot, encode: Callable[[Snapshot], bytes]
    ) -> None:
        self._backend = backend
        self._encode = encode
        self._snapshot = snapshot
        self._saved = snapshot
        self._serial = snapshot.serial
        self._version = 0
        self._durable = 0
        self._memory = threading.Lock()
        self._saving = threading.Lock()

    @property
    def snapshot(self) -> Snapshot:
        """The state as of now, saved or not."""
        with self._memory:
            return self._snapshot

    def commit(self, change: Change) -> None:
        """Apply ``change`` and return once it is durable."""
        with self._memory:
            self._snapshot = change(self._snapshot)
            self._version += 1
            mine = self._version
        self._save(mine)

    def note(self, change: Change) -> None:
        """Apply ``change`` in memory only; the next :meth:`commit` or :meth:`flush` saves it."""
        with self._memory:
            self._snapshot = change(self._snapshot)
            self._version += 1

    def flush(self) -> None:
        """Save what is not saved yet. Writes nothing when the state did not change."""
        with self._memory:
            mine = self._version
        self._save(mine)

    def prove(self) -> None:
        """Save whether or not anything changed: a full disk or a lost lock shows before the first
        call that counts, not after it.
        """
        with self._memory:
            self._version += 1
            mine = self._version
        self._save(mine, always=True)

    def _save(self, wanted: int, *, always: bool = False) -> None:
        with self._saving:
            if self._durable >= wanted:
                return
            with self._memory:
                version, snapshot = self._version, self._snapshot
            if always or replace(snapshot, serial=self._saved.serial) != self._saved:
                # Never the same serial twice: a save that failed may have arrived all the same.
                self._serial += 1
                fresh = replace(snapshot, serial=self._serial)
                self._backend.write(self._encode(fresh), serial=fresh.serial)
                self._saved = fresh
            self._durable = version
