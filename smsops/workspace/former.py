"""Where a project kept its state before its environments were what they are now.

A project that gets environments, or renames one, has a state that none of them reads. To begin anew
beside it would lose what it knows: versions under review, ids to retire, protection.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from smsops.errors import OwnerError, StateError
from smsops.model import Environment, Project, Snapshot, StateSettings
from smsops.state import binding, place, read_snapshot
from smsops.state.backend import Backend
from smsops.text.messages import Command, T
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Settings


class Former(NamedTuple):
    """A state that no environment of its project reads, and the backend that keeps it."""

    backend: Backend
    snapshot: Snapshot


def former(settings: Settings, project: Project) -> Iterator[Former]:
    """The states that ``project`` left where none of its environments looks, its own first."""
    declared = {each.name for each in project.environments}
    own = open_backend(settings, project).description
    quiet = replace(settings, warn=lambda _: None)
    for backend in _places(quiet, project):
        # What cannot be read is nobody's to take over; whoever uses it is told what is wrong.
        with suppress(StateError):
            snapshot = None if backend.description == own else read_snapshot(backend)
            found = binding.owner_of(snapshot) if snapshot is not None else None
            if (
                snapshot is not None
                and (snapshot.resources or snapshot.intents)
                and found is not None
                and found.project == project.name
                and found.environment not in declared
            ):
                yield Former(backend, snapshot)


def require_none(settings: Settings, project: Project, account_id: str | None) -> None:
    """Raises :class:`OwnerError` where a state of this project and of ``account_id`` is left at a
    place of before; to be asked where the environment has none.
    """
    if settings.options.emulator or account_id is None:
        return
    for backend, snapshot in former(settings, project):
        if snapshot.account_id not in (None, account_id) or snapshot.region not in (
            None,
            project.region,
        ):
            continue
        chosen = project.environment
        raise OwnerError(
            T(
                "there is no state yet for this run, and the one at {source} belongs to {found} "
                "and to the same account",
                source=backend.description,
                found=binding.owner_of(snapshot),
            ),
            hint=T(
                "Was the environment added or renamed? {command} moves the state there.",
                command=Command.of("state", "assign", "--environment", chosen.name),
            )
            if chosen
            else T(
                "Were environments removed from smsops.yaml? Put them back; or move that state "
                "here, and then: {command}",
                command=Command.of("state", "assign", "--environment"),
            ),
        )


def _places(settings: Settings, project: Project) -> Iterator[Backend]:
    outside = project.outside or project
    backends = {each.state.backend for each in project.environments} | {outside.state.backend}
    if project.environment is not None:
        general = replace(settings, environment=settings.outside)
        with suppress(StateError):  # the address of before may be given no more
            yield open_backend(general, outside)
    if "local" in backends:
        for name in _directories(project):
            yield open_backend(settings, _at(outside, name, StateSettings()))
    if "git" in backends and project.environments:
        yield from _refs(settings, outside)


def _directories(project: Project) -> list[str]:
    """Directories of environments that are not declared, or not any more."""
    known = {each.name for each in project.environments}
    try:
        with os.scandir(place(project.root)) as listing:
            names = [each.name for each in listing if each.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(
        name
        for name in names
        if name not in known and (place(project.root, name) / "state.json").exists()
    )


def _refs(settings: Settings, outside: Project) -> Iterator[Backend]:
    """Refs named as those of environments are, that none of them has."""
    from smsops.state.backends.git import GitBackend

    known = {each.state.name for each in outside.environments}
    prefix = f"{outside.state.name or outside.name}-"
    for remote in sorted(
        {each.state.remote for each in outside.environments if each.state.backend == "git"}
    ):
        backend = open_backend(settings, _at(outside, "", StateSettings("git", remote, "x")))
        assert isinstance(backend, GitBackend)
        names: list[str] = []
        with suppress(StateError):
            names = backend.names()
        for name in names:
            if name.startswith(prefix) and name not in known:
                yield open_backend(settings, _at(outside, "", StateSettings("git", remote, name)))


def _at(outside: Project, name: str, state: StateSettings) -> Project:
    """``outside`` with its state at another place."""
    if not name:
        return replace(outside, state=state)
    return outside.within(Environment(name, outside.region, state))
