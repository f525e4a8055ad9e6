"""The state: its snapshot, its journal, and the backends that keep it."""

from __future__ import annotations

from dataclasses import replace

from smsops.errors import StateError
from smsops.model import Snapshot
from smsops.state.backend import Backend
from smsops.text.messages import T

DIRECTORY = ".smsops"


def read_snapshot(backend: Backend) -> Snapshot | None:
    """The stored snapshot; ``None`` when there is none yet."""
    from smsops.state.snapshot import load

    body = backend.read()
    return None if body is None else load(body, source=backend.description)


def save_snapshot(backend: Backend, snapshot: Snapshot) -> Snapshot:
    """Store ``snapshot`` as the next serial, and return it as stored. The lock must be held."""
    from smsops.state.snapshot import dump

    fresh = replace(snapshot, serial=snapshot.serial + 1)
    backend.write(dump(fresh), serial=fresh.serial)
    return fresh


def probe(backend: Backend) -> None:
    """Check that ``backend`` really keeps a second run out; both locks are released again.

    Raises :class:`StateError` when it does not: some servers answer every lock with yes.
    """
    from smsops.errors import LockedError

    with backend.lock("probe"):
        try:
            with backend.lock("probe"):
                excluded = False
        except LockedError:
            excluded = True
    if not excluded:
        raise StateError(
            T(
                "{description} gave the same lock twice: two runs would write at once",
                description=backend.description,
            ),
            hint=T(
                "Use another backend, or a server that implements locking; for "
                "http see SMSOPS_HTTP_LOCK_ADDRESS, SMSOPS_HTTP_LOCK_METHOD and "
                "SMSOPS_HTTP_UNLOCK_METHOD."
            ),
        )
