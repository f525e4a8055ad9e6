"""The commit that a release is made of, as git knows it."""

from __future__ import annotations

import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


class NoCommit(Exception):
    """Git does not answer: not a clone, no commit, or no git."""


@dataclass(frozen=True)
class Commit:
    """What is checked out in ``root``."""

    root: Path

    def _git(self, *words: str) -> str:
        # Variables of a hook or of another repository would answer for that one.
        own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            ran = subprocess.run(
                ["git", "-C", str(self.root), *words],
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
                env=own,
            )
        except FileNotFoundError:
            raise NoCommit("git is not installed") from None
        except subprocess.CalledProcessError as error:
            said = error.stderr.strip().splitlines() or [f"exit code {error.returncode}"]
            raise NoCommit(f"git {words[0]}: {said[-1]}") from None
        return ran.stdout

    def time(self) -> int:
        """Seconds since 1970 of the commit: ``SOURCE_DATE_EPOCH``."""
        return int(self._git("log", "-1", "--format=%ct"))

    def id(self) -> str:
        """All 40 digits."""
        return self._git("rev-parse", "HEAD").strip()

    def changed(self) -> list[str]:
        """Files that differ from the commit, or that it does not know and nobody ignores."""
        return [line[3:] for line in self._git("status", "--porcelain").splitlines()]

    def tags(self) -> list[str]:
        """The tags of this commit."""
        return self._git("tag", "--points-at", "HEAD").split()

    def files(self) -> list[str]:
        """The names of its files."""
        return [name for name in self._git("ls-files", "-z").split("\0") if name]

    def export(self, into: Path) -> None:
        """Write the files of the commit, and nothing else, into an empty directory."""
        into.mkdir(parents=True, exist_ok=True)
        packed = into.with_name(f"{into.name}.tar")
        self._git("archive", "--format=tar", f"--output={packed.resolve()}", "HEAD")
        with tarfile.open(packed) as archive:
            # The argument came with 3.11.4, and warnings of its absence with 3.12.
            safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(into, **safe)  # type: ignore[arg-type]
        packed.unlink()
