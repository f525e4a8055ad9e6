"""The git state of smsops 0.1, which every project of a repository kept at one name.

One project takes it over: it is read once at its old name, the first save goes to the project's
own, and the old one is marked. The mark comes first, by compare-and-swap, so of two projects that
try one gets it; a run that ends between the two pushes is picked up from the version before the
mark. When the state has arrived the mark says so: it is not read there again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from smsops.errors import DamagedState, ForeignDocument, LockedError, StateError
from smsops.state import document
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo
from smsops.state.backends.gitrefs import Dangling, Refs
from smsops.state.document import Kind, Taken
from smsops.state.snapshot import MOST_BYTES, load, peek_lineage, peek_project, peek_serial
from smsops.text.messages import C, T, Text

#: What ``spec.state.name`` was in 0.1 where a project did not say it.
NAME = "default"
_STATE = f"refs/smsops/state/{NAME}"
_FILE = "state.json"


class Predecessor:
    """The state at the old name, as ``project`` sees it, which keeps its own at ``ref``.

    ``holder`` tells who holds a lock: (its ref, what it points to).
    """

    #: What runs of 0.1 hold while they write.
    lock = f"refs/smsops/lock/{NAME}"

    def __init__(
        self,
        refs: Refs,
        *,
        project: str,
        ref: str,
        holder: Callable[[str, str], LockInfo],
        warn: Callable[[Text], None],
    ) -> None:
        self._refs = refs
        self._project = project
        self._ref = ref
        self._holder = holder
        self._warn = warn
        self._seen = f"refs/smsops/seen/{refs.remote}/{NAME}"
        self._said = False
        #: What the old name points to, and whether that is our mark already.
        self._tip = ""
        self._marked = False
        #: The commit whose state was read, and its bytes.
        self.basis = ""
        self._body = b""

    @property
    def description(self) -> str:
        """The old ref and the remote."""
        return str(T("{ref} of git remote {remote}", ref=_STATE, remote=self._refs.remote))

    @property
    def left(self) -> Text:
        """What a first save that fails after :meth:`take` leaves behind."""
        return T(
            "{state} is marked as taken by project {project}, and nothing is lost: run the "
            "command again, and it goes on from there.",
            state=_STATE,
            project=self._project,
        )

    def read(self) -> bytes | None:
        """The state to take over; ``None`` when there is none for this project.

        One that is damaged is returned as it is: nobody can tell whose it was.
        """
        tip = self._refs.tip(_STATE)
        if tip is None:
            return None
        try:
            tip = self._refs.fetched(tip, _STATE, self._seen)
            commit, body = tip, self._refs.document(tip, _STATE, self._seen, _FILE, MOST_BYTES)
        except Dangling:
            raise
        except ForeignDocument:
            return None
        found, owner = document.taken(body), peek_project(body)
        if found is not None:
            before = self._refs.parent(tip)
            if found.ref != self._ref or found.complete or before is None:
                self._left(found.project)
                return None
            commit, body = before, self._refs.file(before, _FILE, MOST_BYTES)
        elif not document.replaceable(body) and document.kind_of(body) is not Kind.NEWER:
            return None
        elif owner not in (None, self._project):
            self._left(owner)
            return None
        self._tip, self._marked, self.basis, self._body = tip, found is not None, commit, body
        if found is None and owner is None and self._damaged(body):
            self._say(
                T(
                    "Warning: the state that smsops 0.1 kept at {state} is damaged, and does not "
                    "say whose it is. If project {project} never used smsops 0.1, it begins a "
                    "state of its own with `spec.state.name: {project}` in smsops.yaml.",
                    state=_STATE,
                    project=self._project,
                )
            )
            return body
        self._say(
            T(
                "Warning: the state that smsops 0.1 kept at {state} is read there once. The next "
                "save puts it at {ref}, where project {project} keeps it from now on, and "
                "marks the old one as taken.",
                state=_STATE,
                ref=self._ref,
                project=self._project,
            )
        )
        return body

    def take(self) -> None:
        """Mark the state that was read as taken by this project; to be called before its first
        save. Raises :class:`StateError` when somebody else saved or took it since, and
        :class:`LockedError` while a run of 0.1 is at work on it.
        """
        if self._marked:
            return
        lock = self._refs.tip(self.lock)
        if lock is not None:
            info = self._holder(self.lock, lock)
            raise LockedError(
                T(
                    "{description} is locked by {holder}",
                    description=self.description,
                    holder=lockinfo.holder(info),
                ),
                hint=T(
                    "Run the command again when that run has ended. If it is dead: {command}",
                    id=info.id,
                    command=C("state unlock {id}"),
                ),
            )
        commit = self._mark(self._tip, complete=False)
        now = self._refs.push(_STATE, commit, expect=self._tip, place=self.description)
        if now != commit and not self._ours(now):
            raise StateError(
                T(
                    "{description} was not taken over: somebody else saved or took it "
                    "since this run read it",
                    description=self.description,
                ),
                hint=T("Run the command again; it starts from the state as it is now."),
            )
        assert now is not None
        self._tip, self._marked = now, True

    def settle(self) -> None:
        """Say in the mark that the state has arrived at its new name. It is safe there, so a
        failure here is none: until then a new name that is gone would be filled again.
        """
        with suppress(StateError):
            commit = self._mark(self._tip, complete=True)
            self._refs.push(_STATE, commit, expect=self._tip, place=self.description)
        self._refs.forget(self._seen)

    def _mark(self, parent: str, *, complete: bool) -> str:
        body = document.mark(
            Taken(self._project, self._ref, complete),
            lineage=peek_lineage(self._body) or "",
            serial=peek_serial(self._body) or 0,
        )
        message = f"smsops: taken over by project {self._project}, now at {self._ref}"
        return self._refs.commit(_FILE, body, message, parent=parent)

    def _ours(self, commit: str | None) -> bool:
        """Whether a push of ours arrived without an answer: the mark of what was read."""
        if commit is None:
            return False
        body = self._refs.at(_STATE, commit, _FILE, MOST_BYTES)
        found = None if body is None else document.taken(body)
        wanted = Taken(self._project, self._ref, complete=False)
        return found == wanted and self._refs.parent(commit) == self.basis

    def _damaged(self, body: bytes) -> bool:
        with suppress(StateError):
            try:
                load(body, source=self.description)
            except DamagedState:
                return True
        return False

    def _left(self, project: str | None) -> None:
        """Say that another project has it."""
        if project != self._project:
            self._say(
                T(
                    "The state at {state} belongs to project {project}. Project {own} "
                    "begins a state of its own at {ref}.",
                    state=_STATE,
                    project=project,
                    own=self._project,
                    ref=self._ref,
                )
            )

    def _say(self, text: Text) -> None:
        if not self._said:
            self._warn(text)
            self._said = True
