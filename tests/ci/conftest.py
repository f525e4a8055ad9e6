from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ci import forks
from tests.ci.team import Team, settled
from tests.ci.workflows import ROOT
from tests.support.github_log import Step
from tests.support.project import Project


@pytest.fixture(scope="session")
def smsops() -> Iterator[str]:
    """The shell command that runs the smsops under test, quickly."""
    # Paths of sockets are short.
    with TemporaryDirectory(prefix="smsops-") as directory:
        path = Path(directory) / "s"
        command = [sys.executable, "-m", "tests.ci.forks", str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL) as server:
            try:
                while not path.exists():
                    assert server.poll() is None
                    time.sleep(0.01)
                yield f'"{sys.executable}" -I -S "{forks.__file__}" "{path}"'
            finally:
                server.terminate()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in a directory of the checkout, on the emulator."""
    return Project(tmp_path / "sms").begin()


@pytest.fixture
def step(tmp_path: Path, project: Project) -> Step:
    return Step(tmp_path, project.root)


@pytest.fixture
def team(tmp_path: Path, smsops: str) -> Iterator[Team]:
    """A team on GitHub whose first sign and template are applied and approved."""
    with settled(tmp_path, smsops) as found:
        yield found
