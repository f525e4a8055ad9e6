"""The git commit of a project's checkout, and whether another one is newer.

A pipeline of last week that runs again, or a branch without the newest manifests, must not delete
what was added since. Where there is no git, or no commit, nothing is known and nothing is refused;
where git is there and refuses to answer, that is no reason to delete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from smsops.errors import StateError
from smsops.model import Commit, Older
from smsops.state.backends.gitwire import Git
from smsops.text.messages import T


class Checkout:
    """The commit that is checked out around ``root``. ``now``: epoch seconds; no commit counts as
    made later.
    """

    def __init__(
        self, root: Path, environment: Mapping[str, str], now: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._git = Git(root, environment)
        self._now = now

    def head(self) -> Commit | None:
        """The commit; ``None`` without git, or before the first commit."""
        try:
            return self._head()
        except StateError:
            return None

    def older_than(self, newest: Commit) -> Older | None:
        """The commit that is checked out, where it is older than ``newest``: a proper ancestor, or,
        where history is too shallow to tell, of an earlier committer date. Also where git cannot
        tell which commit it is.
        """
        try:
            head = self._head()
        except StateError as error:
            # Git's own remedy helps here; another state backend would not.
            why = error.message_text
            if "safe.directory" in error.hint_text.plain:
                why = T("{why}. {hint}", why=why, hint=error.hint_text)
            return Older(newest, None, why) if self._in_a_repository() else None
        if head is None or head.sha == newest.sha or self._ancestor(newest.sha, head.sha):
            return None
        ancestor = self._ancestor(head.sha, newest.sha)
        if ancestor is None:
            ancestor = head.committed_at < newest.committed_at
        return Older(newest, head) if ancestor else None

    def apart_from(self, newest: Commit) -> Commit | None:
        """The commit that is checked out, where neither it nor ``newest`` contains the other: a
        branch that was not merged yet. ``None`` also where git cannot tell.
        """
        head = self.head()
        if head is None or head.sha == newest.sha:
            return None
        unrelated = not any(
            self._ancestor(*pair) is not False
            for pair in ((newest.sha, head.sha), (head.sha, newest.sha))
        )
        return head if unrelated else None

    def newest(self, recorded: Commit | None, *, back: bool = False) -> Commit | None:
        """The newer of the commit that is checked out and the one recorded before; the one that is
        checked out, when somebody goes ``back`` on purpose.
        """
        head = self.head()
        if head is None or recorded is None or head.sha == recorded.sha or back:
            return head or recorded
        if self._ancestor(recorded.sha, head.sha):
            return head
        if self._ancestor(head.sha, recorded.sha):
            return recorded
        return max(recorded, head, key=lambda commit: commit.committed_at)

    def _head(self) -> Commit | None:
        done = self._git.run("log", "-1", "--format=%H %ct", "--no-show-signature", "HEAD")
        sha, _, moment = done.out.decode("ascii", "replace").strip().partition(" ")
        if done.code or not moment.isdigit():
            return None
        # A date of the future would make every later commit look older.
        return Commit(sha, min(int(moment[:18]), int(self._now())))

    def _in_a_repository(self) -> bool:
        root = self._root.absolute()
        return any((place / ".git").exists() for place in (root, *root.parents))

    def _ancestor(self, old: str, new: str) -> bool | None:
        """Whether ``old`` is an ancestor of ``new``; ``None`` where history does not tell."""
        done = self._git.run("merge-base", "--is-ancestor", old, new)
        if done.code == 0:
            return True
        if done.code != 1:
            return None  # one of them is not here
        shallow = self._git.run("rev-parse", "--is-shallow-repository")
        return None if shallow.out.strip() == b"true" else False
