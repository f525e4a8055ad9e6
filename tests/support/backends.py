"""Where a state may live: a file, a server that behaves as GitLab does, a bare git repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.support.served_project import ServedProject
from tests.support.state_server import StateServer

#: Makes a project keep its state there. Called for several projects, they share it.
Home = Callable[[ServedProject], None]


@contextmanager
def local(root: Path) -> Iterator[Home]:
    yield lambda project: project.keep_state("local")


@contextmanager
def http(root: Path) -> Iterator[Home]:
    with StateServer() as server:
        yield at(server)


def at(server: StateServer) -> Home:
    """The home on a server that somebody else looks after."""

    def move_in(project: ServedProject) -> None:
        project.keep_state("http")
        project.environment.update(server.environment)

    return move_in


@contextmanager
def repository(root: Path) -> Iterator[Home]:
    git(root, "init", "--quiet", "--bare", "up.git")

    def move_in(project: ServedProject) -> None:
        project.keep_state("git", remote="origin", name="prod")
        project.environment["PATH"] = os.environ["PATH"]
        git(project.root, "init", "--quiet")
        git(project.root, "remote", "add", "origin", str(root / "up.git"))

    yield move_in


BACKENDS: Mapping[str, Callable[[Path], AbstractContextManager[Home]]] = {
    "local": local,
    "http": http,
    "git": repository,
}


def git(where: Path, *arguments: str) -> str:
    """Run git as on a machine without settings of its own."""
    quiet = {"HOME": str(where), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], cwd=where, env=quiet, check=True, capture_output=True, text=True
    )
    return done.stdout
