"""The git commit of a project's checkout, and whether another one is newer.

A pipeline of last week that runs again, or a branch without the newest manifests, must not delete
what was added since. Where there is no git, or no commit, nothing is known and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smsops.errors import StateError
from smsops.model import Commit
from smsops.state.gitwire import Git


class Checkout:
    """The commit that is checked out around ``root``."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._git = Git(root, environment)

    def head(self) -> Commit | None:
        """The commit; ``None`` without git, or before the first commit."""
        return self._commit("HEAD")

    def older_than(self, newest: Commit) -> Commit | None:
        """The commit that is checked out, where it is older than ``newest``: a proper ancestor, or,
        where history is too shallow to tell, of an earlier committer date.
        """
        head = self.head()
        if head is None or head.sha == newest.sha:
            return None
        ancestor = self._ancestor(head.sha, newest.sha)
        if ancestor is None:
            ancestor = head.committed_at < newest.committed_at
        return head if ancestor else None

    def newest(self, recorded: Commit | None) -> Commit | None:
        """The newer of the commit that is checked out and the one recorded before."""
        head = self.head()
        if head is None or recorded is None or head.sha == recorded.sha:
            return head or recorded
        if self._ancestor(recorded.sha, head.sha):
            return head
        if self._ancestor(head.sha, recorded.sha):
            return recorded
        return max(recorded, head, key=lambda commit: commit.committed_at)

    def _commit(self, name: str) -> Commit | None:
        try:
            done = self._git.run("log", "-1", "--format=%H %ct", "--no-show-signature", name)
        except StateError:
            return None
        sha, _, moment = done.out.decode("ascii", "replace").strip().partition(" ")
        return Commit(sha, int(moment)) if not done.code and moment.isdigit() else None

    def _ancestor(self, old: str, new: str) -> bool | None:
        """Whether ``old`` is an ancestor of ``new``; ``None`` where history does not tell."""
        done = self._git.run("merge-base", "--is-ancestor", old, new)
        if done.code == 0:
            return True
        if done.code != 1:
            return None  # one of them is not here
        shallow = self._git.run("rev-parse", "--is-shallow-repository")
        return None if shallow.out.strip() == b"true" else False
