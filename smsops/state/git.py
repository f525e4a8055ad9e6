"""The state as commits in the project's own git repository: history and a lock without a service.

* ``refs/smsops/state/NAME`` on the remote: one commit a save, each with ``state.json``
* ``refs/smsops/lock/NAME`` on the remote: there while a run holds the lock, with ``lock.json``

Every push names what it expects to replace (``--force-with-lease``), and the remote checks that
under its own lock of the ref: that is the compare-and-swap. A push whose answer got lost is
settled by looking at the ref. Branches, the work tree and the index are never touched; locally
only ``refs/smsops/seen/…`` is kept, so that a fetch is small.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from smsops.clock import SYSTEM, Clock
from smsops.errors import StateError
from smsops.state import lockinfo
from smsops.state.backend import LockInfo
from smsops.state.gitwire import Done, Git, words
from smsops.state.snapshot import MOST_BYTES, peek_serial
from smsops.stop import deferred

_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_SHA = re.compile(r"[0-9a-f]{40,64}")
#: Seconds between the tries of a push that did not get through.
_PAUSES = (1.0, 2.0)
_MOST_LOCK_BYTES = 64 * 1024
_UNREAD = "not read yet"

_log = logging.getLogger(__name__)


class GitBackend:
    """The backend ``git``. ``remote`` is the name of a configured remote and nothing else."""

    def __init__(
        self,
        root: Path,
        *,
        remote: str,
        name: str,
        environment: Mapping[str, str],
        clock: Clock = SYSTEM,
        warn: Callable[[str], None] = _log.warning,
    ) -> None:
        if not _REMOTE.fullmatch(remote):
            raise StateError(
                f"spec.state.remote {remote!r} is not the name of a remote",
                hint="Name a configured remote, such as origin; URLs are not taken.",
            )
        if not _NAME.fullmatch(name) or name.startswith("-"):
            raise StateError(
                f"spec.state.name {name!r} is not a name: use a-z, 0-9 and dashes, 63 at most"
            )
        self._git = Git(root, environment)
        self._remote = remote
        self._state = f"refs/smsops/state/{name}"
        self._lock = f"refs/smsops/lock/{name}"
        self._seen = f"refs/smsops/seen/{remote}/{name}"
        self._clock = clock
        self._warn = warn
        #: Commit last read or written; ``None``: there was no state.
        self._basis: str | None = _UNREAD
        self._serial: int | None = None
        #: Commits of ours whose push may or may not have arrived.
        self._attempted: set[str | None] = set()
        self._held: LockInfo | None = None
        self._checked = False

    @property
    def description(self) -> str:
        return f"{self._state} of git remote {self._remote}"

    def read(self) -> bytes | None:
        commit = self._tip(self._state)
        body = None
        if commit is not None:
            commit = self._fetched(commit)
            body = self._file(commit, "state.json", MOST_BYTES)
        self._basis = commit
        self._serial = None if body is None else peek_serial(body)
        return body

    def write(self, body: bytes, *, serial: int) -> None:
        if self._basis == _UNREAD or (
            self._attempted and self._tip(self._state) in self._attempted
        ):
            self.read()
        if self._serial is not None and serial <= self._serial:
            raise StateError(
                f"{self.description} was not written: it has serial {self._serial}, "
                f"and serial {serial} is not newer"
            )
        commit = self._commit("state.json", body, f"smsops: serial {serial}", parent=self._basis)
        self._attempted.add(commit)
        now = self._push(self._state, commit, expect=self._basis)
        if now != commit:
            raise StateError(
                f"{self.description} was not written: somebody else wrote it since this run read "
                "it",
                hint="Run the command again; it starts from the state as it is now.",
            )
        self._git.run("update-ref", self._seen, commit)
        self._basis, self._serial = commit, serial
        self._attempted.clear()

    @contextmanager
    def lock(self, operation: str, *, timeout: float = 0.0) -> Iterator[LockInfo]:
        info = lockinfo.new(operation, path=self._state, clock=self._clock)
        commit = self._commit("lock.json", lockinfo.to_json(info), f"smsops: lock {info.id}")
        try:
            lockinfo.acquire(
                lambda: self._try_lock(commit),
                timeout=timeout,
                pauses=lockinfo.REMOTE_PAUSES,
                clock=self._clock,
                warn=self._warn,
                place=self.description,
                unlock_hint=True,
            )
        except StateError:
            raise
        except BaseException:  # a signal, and the lock may have been taken in the meantime
            self._push(self._lock, None, expect=commit)
            raise
        before, self._held = self._held, info
        try:
            yield info
        finally:
            self._held = before
            with deferred():
                self._release(commit, info)

    def unlock(self, lock_id: str) -> None:
        commit = self._tip(self._lock)
        if commit is None:
            raise StateError(f"{self.description} is not locked")
        info = self._holder(commit)
        if info is None or info.id != lock_id:
            raise StateError(
                f"{self.description} is not locked with the ID {lock_id}, "
                f"but by {lockinfo.holder(info)}"
            )
        self._push(self._lock, None, expect=commit)

    # -- the lock --------------------------------------------------------------------------------

    def _try_lock(self, commit: str) -> None:
        now = self._push(self._lock, commit, expect=None)
        if now != commit:
            raise lockinfo.Held(None if now is None else self._holder(now))

    def _release(self, commit: str, info: LockInfo) -> None:
        """Delete the lock ref. What the run did is done, so a failure here is a warning."""
        try:
            now = self._push(self._lock, None, expect=commit)
        except StateError as error:
            self._warn(
                f"Warning: the lock of {self.description} could not be released "
                f"({error.message}). Nobody can write until it is: `smsops state unlock {info.id}`"
            )
            return
        if now is not None:
            self._warn(
                f"Warning: the lock of {self.description} was taken away from this run before it "
                "ended."
            )

    def _holder(self, commit: str) -> LockInfo | None:
        try:
            if self._git.run("cat-file", "-e", commit).code:
                self._fetch(self._lock)
            return lockinfo.from_json(self._file(commit, "lock.json", _MOST_LOCK_BYTES))
        except StateError:  # it may be gone by now
            return None

    # -- objects ---------------------------------------------------------------------------------

    def _commit(self, name: str, body: bytes, message: str, *, parent: str | None = None) -> str:
        """Store ``body`` as a commit with the one file ``name``; its id."""
        blob = self._sha("hash-object", "-w", "--stdin", body=body)
        tree = self._sha("mktree", body=f"100644 blob {blob}\t{name}\n".encode())
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (
                ("NAME", "smsops"),
                ("EMAIL", f"smsops@{_host()}"),
                ("DATE", f"@{int(self._clock.now())} +0000"),
            )
        }
        if self._held is not None:
            message = f"{message}\n\nlock: {self._held.id}"
        parents = ("-p", parent) if parent else ()
        return self._sha("commit-tree", tree, *parents, body=message.encode(), extra=who)

    def _sha(self, *arguments: str, body: bytes, extra: Mapping[str, str] | None = None) -> str:
        sha = self._git.must(*arguments, body=body, extra=extra).decode("ascii", "replace").strip()
        if not _SHA.fullmatch(sha):
            raise StateError(f"git {arguments[0]} did not name an object")
        return sha

    def _file(self, commit: str, name: str, most: int) -> bytes:
        """The bytes of the one file of a commit."""
        size = self._git.must("cat-file", "-s", f"{commit}:{name}").strip()
        if not size.isdigit() or int(size) > most:
            raise StateError(f"{self.description}: {name} is too large to be what it should be")
        return self._git.must("cat-file", "blob", f"{commit}:{name}")

    # -- the remote ------------------------------------------------------------------------------

    def _tip(self, ref: str) -> str | None:
        """What ``ref`` of the remote points to now; ``None`` when it is not there."""
        self._check_remote()
        done = self._git.run("ls-remote", "--refs", "--quiet", "--", self._remote, ref)
        if done.code:
            raise self._unreachable(done)
        for line in done.out.decode("ascii", "replace").splitlines():
            sha, _, name = line.partition("\t")
            if name == ref and _SHA.fullmatch(sha):
                return sha
        return None

    def _fetched(self, commit: str) -> str:
        """``commit`` of the state ref, or the one that has taken its place, made available here."""
        if self._git.run("cat-file", "-e", f"{commit}^{{commit}}").code == 0:
            return commit
        self._fetch(f"+{self._state}:{self._seen}")
        return self._sha("rev-parse", "--verify", f"{self._seen}^{{commit}}", body=b"")

    def _fetch(self, refspec: str) -> None:
        done = self._git.run(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self._remote, refspec
        )
        if done.code:
            raise self._unreachable(done)

    def _push(self, ref: str, commit: str | None, *, expect: str | None) -> str | None:
        """Move ``ref`` of the remote from ``expect`` to ``commit`` (``None``: no ref).

        Returns what it points to afterwards; anything but ``commit`` means that somebody else
        moved it first. A push that failed is looked up, and sent again when nothing moved.
        """
        self._check_remote()
        done = Done(0, b"", "")
        for pause in (*_PAUSES, None):
            done = self._git.run(
                "push",
                "--porcelain",
                "--quiet",
                "--no-verify",
                f"--force-with-lease={ref}:{expect or ''}",
                "--",
                self._remote,
                f"{commit or ''}:{ref}",
            )
            if done.code == 0:
                return commit
            now = self._tip(ref)
            if now != expect:
                return now
            if pause is not None:
                self._clock.sleep(pause)
        raise StateError(
            f"{self.description}: git push failed: {_rejection(done) or done.said}",
            hint="The remote is unchanged. Check that you may push refs/smsops/* there.",
        )

    def _check_remote(self) -> None:
        """Only a configured remote: a URL in its place could be anything, even a command."""
        if self._checked:
            return
        names = self._git.must("remote").decode("utf-8", "replace").split("\n")
        if self._remote not in names:
            listed = ", ".join(name for name in names if _REMOTE.fullmatch(name)) or "none"
            raise StateError(
                f"spec.state.remote is {self._remote}, and the repository has no such remote",
                hint=f"Configured remotes: {listed}. Add it with git remote add.",
            )
        self._checked = True

    def _unreachable(self, done: Done) -> StateError:
        return StateError(
            f"git remote {self._remote} cannot be read: {done.said or f'exit {done.code}'}",
            hint="Check the network and your access: git ls-remote " + self._remote,
        )


def _rejection(done: Done) -> str:
    """Why a push was rejected, from its porcelain: ``! SOURCE:REF TAB [remote rejected] (why)``."""
    rows = [line.rpartition(b"\t")[2] for line in done.out.splitlines() if line.startswith(b"!")]
    return words(b"\n".join([*rows, done.said.encode()])) if rows else ""


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"
