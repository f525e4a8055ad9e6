"""State backends, and a place of each kind to run them at.

A row of :data:`BACKENDS` is all that a new backend needs to join the contract suite in
``tests/state/test_contract.py`` and every story that is told of each backend.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from smsops.clock import Clock
from smsops.state.backend import Backend
from smsops.state.backends import httpwire
from smsops.state.backends.git import GitBackend
from smsops.state.backends.http import HttpBackend
from smsops.state.backends.local import LocalBackend
from tests.support.git import ENVIRONMENT, git
from tests.support.served_project import ServedProject
from tests.support.state_server import StateServer


@dataclass(frozen=True)
class Place:
    """The place of one state. ``open``: the backend of one more run, on its clock. ``keep``: makes
    a project keep its state here; several projects share it.
    """

    open: Callable[[Clock], Backend]
    keep: Callable[[ServedProject], None]


#: Makes a place under a directory of its own.
MakePlace = Callable[[Path], AbstractContextManager[Place]]


@contextmanager
def local(root: Path) -> Iterator[Place]:
    """A file."""
    path = root / ".smsops" / "state.json"
    yield Place(
        lambda clock: LocalBackend(path, clock=clock), lambda project: project.keep_state("local")
    )


@contextmanager
def http(root: Path) -> Iterator[Place]:
    """A server that behaves as GitLab does."""
    with StateServer() as server:
        yield on_server(server)


def on_server(server: StateServer) -> Place:
    """The place on a server that somebody else looks after."""

    def keep(project: ServedProject) -> None:
        project.keep_state("http")
        project.environment.update(server.environment)

    settings = httpwire.settings(server.environment)
    return Place(lambda clock: HttpBackend(settings, clock=clock), keep)


@contextmanager
def repository(root: Path) -> Iterator[Place]:
    """A bare git repository, for each run from a clone of its own."""
    git(root, "init", "--quiet", "--bare", "up.git")

    def clone(directory: Path) -> None:
        git(root, "init", "--quiet", str(directory))
        git(directory, "remote", "add", "origin", str(root / "up.git"))

    def start(clock: Clock) -> Backend:
        directory = root / f"clone-{len(list(root.glob('clone-*')))}"
        clone(directory)
        return GitBackend(
            directory, remote="origin", name="prod", environment=ENVIRONMENT, clock=clock
        )

    def keep(project: ServedProject) -> None:
        project.keep_state("git", remote="origin", name="prod")
        project.environment["PATH"] = os.environ["PATH"]
        clone(project.root)

    yield Place(start, keep)


BACKENDS: Mapping[str, MakePlace] = {
    "local": local,
    "http": http,
    "git": repository,
}


def every_backend(*quick: str, but: str = "") -> pytest.MarkDecorator:
    """Parametrize ``backend`` with every backend. Those that are not ``quick`` are part of the
    fault matrix only, so that a new one need not be named.
    """
    return pytest.mark.parametrize(
        "backend",
        [
            name if name in quick else pytest.param(name, marks=pytest.mark.faults)
            for name in BACKENDS
            if name != but
        ],
    )
