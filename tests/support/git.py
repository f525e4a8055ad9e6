"""A git remote with clones of it, real pushes, and a git that can be told to fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from smsops.clock import Clock
from smsops.model import Snapshot
from smsops.state import save_snapshot
from smsops.state.backends.git import GitBackend
from tests.support.clock import FakeClock
from tests.support.said import into

GIT = shutil.which("git") or "git"

#: Stands before the real git and lets one command fail, after it was done or instead of it.
WRAPPER = """#!/bin/sh
for word in push ls-remote; do
  for how in lose vanish drop hang; do
    case " $* " in *" $word "*)
      if [ -s "{faults}/$word-$how" ]; then
        tail -n +2 "{faults}/$word-$how" > "{faults}/rest"
        mv "{faults}/rest" "{faults}/$word-$how"
        [ $how = lose ] && {git} "$@" >/dev/null 2>&1
        [ $how = vanish ] && {git} "$@" >/dev/null 2>&1 && echo x > "{faults}/ls-remote-drop"
        [ $how = hang ] && sleep 60
        echo "fatal: the remote end hung up unexpectedly" >&2
        exit 128
      fi
    esac
  done
done
exec {git} "$@"
"""


#: No configuration of this machine.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(where: Path, *arguments: str, moment: int = 1_800_000_000) -> str:
    """The output of a git command that somebody gives at ``moment``."""
    names = ("AUTHOR", "COMMITTER")
    who = {f"GIT_{name}_{what}": "dev@example.com" for name in names for what in ("NAME", "EMAIL")}
    dates = {f"GIT_{name}_DATE": f"@{moment} +0000" for name in names}
    ran = subprocess.run(
        [GIT, "-C", str(where), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, **who, **dates},
    )
    return ran.stdout.strip()


@dataclass
class Hosting:
    """A remote, clones of it, and a git that can be told to fail."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """No user.name, no configuration of this machine, and the failing git first."""
        return {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def git(self, *arguments: str, at: str = "up.git", stdin: IO[str] | None = None) -> str:
        done = subprocess.run(
            [GIT, *arguments],
            cwd=self.root / at,
            env=self.environment,
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fail(self, command: str, how: str, times: int = 1) -> None:
        """``lose``: done, but the answer is lost; ``vanish``: and the look after it fails.
        ``drop``: not done. ``hang``: no answer.
        """
        (self.root / "faults" / f"{command}-{how}").write_text("x\n" * times)

    def refs(self, at: str = "up.git") -> set[str]:
        return set(self.git("for-each-ref", "--format=%(refname)", at=at).split())

    def run(
        self,
        clone: str = "a",
        *,
        remote: str = "origin",
        name: str = "prod",
        heir: str | None = None,
        clock: Clock | None = None,
        **environment: str,
    ) -> Run:
        return Run(self, clone, remote, name, heir, clock, environment)

    def project(self, name: str, clone: str = "a") -> Run:
        """A run of project ``name``, which keeps its state under its own name."""
        return self.run(clone, name=name, heir=name)


class Run:
    """One run in a clone: its backend, its clock, and what it said."""

    def __init__(
        self,
        hosting: Hosting,
        clone: str,
        remote: str,
        name: str,
        heir: str | None,
        clock: Clock | None,
        environment: dict[str, str],
    ) -> None:
        self.time = FakeClock()
        self.said: list[str] = []
        self.backend = GitBackend(
            hosting.root / clone,
            remote=remote,
            name=name,
            heir=heir,
            environment={**hosting.environment, **environment},
            clock=clock or self.time.clock,
            warn=into(self.said),
        )

    def save(self, snapshot: Snapshot) -> Snapshot:
        return save_snapshot(self.backend, snapshot)
