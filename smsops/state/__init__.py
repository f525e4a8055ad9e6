"""The state: its snapshot, its journal, and the backends that keep it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smsops.errors import StateError
from smsops.model import Project, Snapshot
from smsops.state import disk
from smsops.state.backend import Backend
from smsops.text.messages import T

DIRECTORY = disk.OWN


def place(root: Path, environment: str | None = None) -> Path:
    """The directory of what smsops keeps beside the project at ``root``: state, ledger, the
    emulator's data, each environment's apart.
    """
    return root / DIRECTORY / environment if environment else root / DIRECTORY


def place_of(project: Project) -> Path:
    """:func:`place` of a project as it is in this run."""
    return place(project.root, project.environment.name if project.environment else None)


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
