"""The state: its snapshot, its journal, and the backends that keep it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from smsops.clock import SYSTEM, Clock
from smsops.errors import StateError
from smsops.model import Project, Snapshot
from smsops.state.backend import Backend

DIRECTORY = ".smsops"
BACKENDS = ("local", "http", "git")

_log = logging.getLogger(__name__)


def open_backend(
    project: Project,
    *,
    environment: Mapping[str, str],
    emulator: bool,
    clock: Clock = SYSTEM,
    warn: Callable[[str], None] = _log.warning,
) -> Backend:
    """The backend of ``spec.state``; with the emulator always a file of its own.

    ``warn`` takes sentences for people that are no errors: waiting for a lock, or one that could
    not be released. Raises :class:`StateError` when the settings do not make a backend.
    """
    where = project.root / DIRECTORY
    if emulator or project.state.backend == "local":
        from smsops.state.local import LocalBackend

        name = "emulator-state.json" if emulator else "state.json"
        return LocalBackend(where / name, clock=clock, warn=warn)
    if project.state.backend == "http":
        from smsops.state.http import HttpBackend
        from smsops.state.httpwire import settings

        return HttpBackend(settings(environment), clock=clock, warn=warn)
    if project.state.backend == "git":
        from smsops.state.git import GitBackend
        from smsops.state.predecessor import NAME

        named = project.state.name is not None or project.name == NAME
        return GitBackend(
            project.root,
            remote=project.state.remote,
            name=project.state.name or project.name,
            environment=environment,
            heir=None if named else project.name,
            clock=clock,
            warn=warn,
        )
    raise StateError(
        f"there is no state backend {project.state.backend!r}",
        hint=f"spec.state.backend is one of {', '.join(BACKENDS)}.",
    )


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
            f"{backend.description} gave the same lock twice: two runs would write at once",
            hint="Use another backend, or a server that implements locking; for http see "
            "SMSOPS_HTTP_LOCK_ADDRESS, SMSOPS_HTTP_LOCK_METHOD and SMSOPS_HTTP_UNLOCK_METHOD.",
        )
