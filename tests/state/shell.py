"""A command line in a project directory, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from smsops.cli import main
from smsops.cli.context import Context
from smsops.model import Snapshot
from smsops.state import read_snapshot
from smsops.state.backends.local import LocalBackend
from smsops.state.snapshot import dump
from smsops.workspace.settings import Options
from tests.support.clock import FakeClock

PROJECT = """\
apiVersion: smsops/v1
kind: Project
metadata: {{name: p}}
spec:
  region: {region}
  state: {state}
"""


@dataclass
class Shell:
    """A project directory and a command line in it."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    environment: Mapping[str, str]

    @property
    def path(self) -> Path:
        return self.root / ".smsops" / "state.json"

    def project(self, state: str = "{backend: local}", region: str = "ap-guangzhou") -> None:
        text = PROJECT.format(state=state, region=region)
        (self.root / "smsops.yaml").write_text(text)

    def store(self, snapshot: Snapshot) -> None:
        LocalBackend(self.path).write(dump(snapshot), serial=snapshot.serial)

    def stored(self) -> Snapshot:
        found = read_snapshot(LocalBackend(self.path))
        assert found is not None
        return found

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr of ``smsops -C ROOT state ARGUMENTS``."""
        return self.smsops("-C", str(self.root), "state", *arguments)

    def smsops(self, *arguments: str) -> tuple[int, str, str]:
        context = Context(Options(), self.environment, FakeClock().clock)
        code = main(arguments, context=context)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def push(self, snapshot: Snapshot, *options: str) -> tuple[int, str, str]:
        """``smsops state push`` of a file that holds ``snapshot``."""
        file = self.root / "incoming.json"
        file.write_bytes(dump(snapshot))
        return self.run("push", str(file), *options)


def ours(snapshot: Snapshot) -> Snapshot:
    """As a save of this project leaves it."""
    return replace(snapshot, project="p")
