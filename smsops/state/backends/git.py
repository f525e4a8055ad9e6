"""The state as commits in the project's own git repository: history and a lock without a service.

* ``refs/smsops/state/NAME`` on the remote: one commit a save, each with ``state.json``
* ``refs/smsops/lock/NAME`` on the remote: there while a run holds the lock, with ``lock.json``

Every move of a ref is a compare-and-swap: see :mod:`smsops.state.backends.gitrefs`. Branches, the
work tree and the index are never touched; locally only ``refs/smsops/seen/…`` is kept, so that a
fetch is small.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from smsops.clock import SYSTEM, Clock
from smsops.errors import StateError
from smsops.signals import deferred
from smsops.state import document
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo
from smsops.state.backends.gitrefs import BROKEN, UNCHANGED, Refs
from smsops.state.backends.gitwire import Git
from smsops.state.backends.predecessor import NAME, Predecessor
from smsops.state.snapshot import MOST_BYTES, peek_serial
from smsops.text.messages import C, Command, T, Text, joined

_NAME = re.compile(r"[a-z0-9-]{1,63}")
_LOCK_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_STATES = "refs/smsops/state/"
#: How many states of others a message lists.
_MOST_NAMES = 5
_MOST_LOCK_BYTES = 64 * 1024
_UNREAD = "not read yet"

_log = logging.getLogger(__name__)


class Within(NamedTuple):
    """The environment of a run, and the names of states that are known to be of others."""

    name: str
    known: Collection[str]


class GitBackend:
    """The backend ``git``. ``remote`` is the name of a configured remote and nothing else.

    ``heir``: the project that may take over the state which 0.1 kept for all projects.
    ``within``: the environment that keeps its state here.
    """

    def __init__(
        self,
        root: Path,
        *,
        remote: str,
        name: str,
        environment: Mapping[str, str],
        heir: str | None = None,
        within: Within | None = None,
        clock: Clock = SYSTEM,
        warn: Callable[[Text], None] = _log.warning,
    ) -> None:
        self._refs = Refs(Git(root, environment), remote, clock=clock)
        if not _NAME.fullmatch(name) or name.startswith("-"):
            raise StateError(
                T(
                    "spec.state.name {name} is not a name: use a-z, 0-9 and dashes, 63 at most",
                    name=repr(name),
                )
            )
        self._state = f"{_STATES}{name}"
        self._lock = f"refs/smsops/lock/{name}"
        self._seen = f"refs/smsops/seen/{remote}/{name}"
        self._clock = clock
        self._warn = warn
        self._within = within
        self._old: Predecessor | None = None
        if heir is not None:
            self._old = Predecessor(
                self._refs, project=heir, ref=self._state, holder=self._holder, warn=warn
            )
        self._looked = False
        #: Whether what was read last is still at its old name.
        self._inherited = False
        #: Whether the lock that was removed last is the one of 0.1.
        self._freed = False
        #: Commit last read or written; ``None``: there was no state.
        self._basis: str | None = _UNREAD
        self._serial: int | None = None
        #: What was read last and must stay as it is; ``None``: nothing, or a state of ours.
        self._foreign: bytes | None = None
        #: Commits of ours whose push may or may not have arrived.
        self._attempted: set[str | None] = set()
        self._held: LockInfo | None = None

    def without_hints(self) -> GitBackend:
        """This one, which does not say that other states are there where its own is not."""
        self._looked = True
        return self

    @property
    def description(self) -> str:
        """Ref and remote; those of 0.1 while what was read is still there."""
        if (self._inherited or self._freed) and self._old is not None:
            return self._old.description
        return self._own

    @property
    def _own(self) -> str:
        """The project's own place, which has its lock and gets the next save."""
        return str(T("{ref} of git remote {remote}", ref=self._state, remote=self._refs.remote))

    @property
    def inherits(self) -> bool:
        """Whether a state that 0.1 kept for all projects may be taken over here."""
        return self._old is not None

    @property
    def kept(self) -> str | None:
        """The commit that was read last: it stays in the history of the ref."""
        commit = self._old.basis if self._inherited and self._old is not None else self._basis
        if commit in (None, _UNREAD):
            return None
        return str(T("commit {commit} (git show {commit}:state.json)", commit=commit))

    def read(self) -> bytes | None:
        """Document of the commit at the tip of the ref on the remote; without one, that of 0.1."""
        commit = self._refs.tip(self._state)
        body, self._inherited, self._freed = None, False, False
        if commit is not None:
            commit = self._refs.fetched(commit, self._state, self._seen)
            body = self._refs.document(commit, self._state, self._seen, "state.json", MOST_BYTES)
        elif self._old is not None:
            body = self._old.read()
            self._inherited = body is not None
        if body is None:
            self._look_around()
        self._basis = commit
        self._serial = None if body is None else peek_serial(body)
        self._foreign = None if body is None or document.replaceable(body) else body
        return body

    def write(self, body: bytes, *, serial: int) -> None:
        """Push a commit on top of the one that was read.

        The remote refuses it when another push came in between.
        """
        if self._basis == _UNREAD or (
            self._attempted and self._refs.tip(self._state) in self._attempted
        ):
            self.read()
        document.require_replaceable(self._foreign, source=self.description)
        if self._serial is not None and serial <= self._serial:
            raise StateError(
                T(
                    "{description} was not written: it has serial {serial}, and serial "
                    "{offered} is not newer",
                    description=self.description,
                    serial=self._serial,
                    offered=serial,
                )
            )
        parent, left = self._basis, UNCHANGED
        if self._inherited and self._old is not None:
            self._old.take()
            parent, left = self._old.basis, self._old.left
        commit = self._commit("state.json", body, f"smsops: serial {serial}", parent=parent)
        self._attempted.add(commit)
        now = self._refs.push(self._state, commit, expect=self._basis, place=self._own, left=left)
        if now != commit:
            raise StateError(
                T(
                    "{own} was not written: somebody else wrote it since this run read it",
                    own=self._own,
                ),
                hint=T("Run the command again; it starts from the state as it is now."),
            )
        self._refs.remember(self._seen, commit)
        if self._inherited and self._old is not None:
            self._old.settle()
        self._inherited = False
        self._basis, self._serial = commit, serial
        self._attempted.clear()

    @contextmanager
    def lock(self, operation: str, *, timeout: float = 0.0) -> Iterator[LockInfo]:
        """Hold the lock ref on the remote, which a push creates only where there is none."""
        info = lockinfo.new(operation, path=self._state, clock=self._clock)
        commit = self._commit("lock.json", lockinfo.to_json(info), f"smsops: lock {info.id}")
        try:
            lockinfo.acquire(
                lambda: self._try_lock(commit),
                timeout=timeout,
                pauses=lockinfo.REMOTE_PAUSES,
                clock=self._clock,
                warn=self._warn,
                place=self._own,
                unlock_hint=True,
            )
        except StateError:
            raise
        except BaseException:  # a signal, and the lock may have been taken in the meantime
            self._move_lock(None, expect=commit)
            raise
        before, self._held = self._held, info
        try:
            yield info
        finally:
            self._held = before
            with deferred():
                self._release(commit, info)

    def unlock(self, lock_id: str) -> None:
        """Delete the lock ref that has this id, also the one of 0.1."""
        holders = []
        for ref in (self._lock, *(() if self._old is None else (self._old.lock,))):
            commit = self._refs.tip(ref)
            if commit is None:
                continue
            info = self._holder(ref, commit)
            if info.id == lock_id:
                self._unlock(ref, commit)
                self._freed = ref != self._lock
                return
            by = lockinfo.holder(info)
            holders.append(by if ref == self._lock else T("{by}, at {ref}", by=by, ref=ref))
        if not holders:
            raise StateError(T("{own} is not locked", own=self._own))
        raise StateError(
            T(
                "{own} is not locked with the ID {lock_id}, but by {names}",
                own=self._own,
                lock_id=lock_id,
                names=joined(" and ", *holders),
            )
        )

    def _unlock(self, ref: str, commit: str) -> None:
        if BROKEN.fullmatch(commit):
            raise StateError(
                T(
                    "{ref} of git remote {remote} is broken in the remote itself: its "
                    "file has no content, and no push can remove that",
                    ref=ref,
                    remote=self._refs.remote,
                ),
                hint=T("In the repository of the remote, remove the file {ref}", ref=ref),
            )
        place = str(T("{ref} of git remote {remote}", ref=ref, remote=self._refs.remote))
        self._refs.push(ref, None, expect=commit, place=place)

    def names(self) -> list[str]:
        """The names of all states that the remote has, sorted."""
        return sorted(filter(_NAME.fullmatch, self._refs.names(_STATES)))

    def _look_around(self) -> None:
        """Say once that there is no state while others are: the project may have been renamed, and
        would begin anew. The name that 0.1 used speaks for itself where it may be taken over.
        """
        if self._looked:
            return
        self._looked = True
        found: list[str] = []
        with suppress(StateError):  # a courtesy, and no reason to fail
            found = self.names()
        others = [
            name
            for name in found
            if not (self._within and name in self._within.known)
            if self._old is None or name != NAME
        ]
        if not others:
            return
        more = ", ..." if len(others) > _MOST_NAMES else ""
        old = others[0] if len(others) == 1 else "OLD"
        remedy = (
            T(
                "If one is of this environment: `state: {{backend: git, name: {old}}}` there in "
                "smsops.yaml, then {command}",
                old=old,
                command=Command.of("state", "assign", "--environment", self._within.name),
            )
            if self._within
            else T(
                "If this project was renamed: `spec.state.name: {old}` in smsops.yaml, then "
                "{command}",
                old=old,
                command=C("state assign --project"),
            )
        )
        self._warn(
            T(
                "Warning: there is no state yet at {state}; git remote {remote} has: {others}. "
                "{remedy}",
                state=self._state,
                remote=self._refs.remote,
                others=", ".join(others[:_MOST_NAMES]) + more,
                remedy=remedy,
            )
        )

    # -- the lock --------------------------------------------------------------------------------

    def _move_lock(self, commit: str | None, *, expect: str | None) -> str | None:
        return self._refs.push(self._lock, commit, expect=expect, place=self._own)

    def _try_lock(self, commit: str) -> None:
        now = self._move_lock(commit, expect=None)
        if now != commit:
            raise lockinfo.Held(None if now is None else self._holder(self._lock, now))

    def _release(self, commit: str, info: LockInfo) -> None:
        """Delete the lock ref. What the run did is done, so a failure here is a warning."""
        try:
            now = self._move_lock(None, expect=commit)
        except StateError as error:
            self._warn(
                T(
                    "Warning: the lock of {place} could not be released ({said}). "
                    "Nobody can write until it is: {command}",
                    place=self._own,
                    said=error.message_text,
                    command=Command.of("state", "unlock", info.id),
                )
            )
            return
        if now is not None:
            self._warn(
                T(
                    "Warning: the lock of {place} was taken away from this run before it ended.",
                    place=self._own,
                )
            )

    def _holder(self, ref: str, commit: str) -> LockInfo:
        """Who holds the lock ``ref``. One that no smsops has written, or that cannot be read, is
        known by what the ref points to, so that it can be unlocked all the same.
        """
        body = self._refs.at(ref, commit, "lock.json", _MOST_LOCK_BYTES)
        info = None if body is None else lockinfo.from_json(body)
        if info is None or not _LOCK_ID.fullmatch(info.id):
            return lockinfo.unreadable(commit)
        return info

    def _commit(self, name: str, body: bytes, message: str, *, parent: str | None = None) -> str:
        if self._held is not None:
            message = f"{message}\n\nlock: {self._held.id}"
        return self._refs.commit(name, body, message, parent=parent)
