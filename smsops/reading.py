"""A project opened to read: no lock, no write to the state, no action of the API that writes.

Read-only by construction. Neither the client nor the backend is in reach of a command that gets a
:class:`Reading`; what it can do is look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from smsops import manifest
from smsops.cli.context import Context
from smsops.clock import Clock
from smsops.kind import Kind
from smsops.kinds import KINDS
from smsops.model import Desired, Observation, Project, Snapshot
from smsops.tencent.observe import observe
from smsops.tencent.readonly import Reader, ReadOnly
from smsops.vanished import vanished
from smsops.workspace import GRACE, bound, connected

#: How often state and account are read again when the state changed in between.
READINGS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """State and account as of one moment, and the manifests.

    ``readable``: no manifest has an error, so ``desired`` is all of them. ``vanished``: where the
    state is that used to be there, if somebody knows.
    """

    snapshot: Snapshot
    observation: Observation
    desired: tuple[Desired, ...]
    readable: bool
    vanished: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An open project.

    ``stored`` reads the state's bytes, ``decoded`` turns them into a snapshot of this account;
    ``stop`` ends a reading of the account early. ``vanished`` is asked where there is no state.
    """

    project: Project
    clock: Clock
    kinds: Mapping[str, Kind]
    client: Reader
    stored: Callable[[], bytes | None]
    decoded: Callable[[bytes | None], Snapshot]
    stop: Callable[[], None]
    #: It knows the environment, which no repr shows.
    vanished: Callable[[], str | None] = field(default=lambda: None, repr=False)

    def look(self) -> Look:
        """Read everything: the account waits for the API while the manifests need the CPU."""
        threads = ThreadPoolExecutor(1)
        observing = threads.submit(self._observe)
        try:
            found = manifest.load(self.project)
            snapshot, observation = observing.result()
        except BaseException as error:
            self.stop()
            # What is known is said soon: a call that only reads may take long to end.
            wait((observing,), 0 if isinstance(error, KeyboardInterrupt) else GRACE)
            threads.shutdown(wait=False)
            raise
        threads.shutdown()
        gone = None if snapshot.serial else self.vanished()
        return Look(snapshot, observation, found.desired, not found.errors, gone)

    def _observe(self) -> tuple[Snapshot, Observation]:
        """State and account, read again while an apply changes both.

        When that does not end, no kind counts as listed and a note says why.
        """
        body = self.stored()
        for _ in range(READINGS):
            snapshot = self.decoded(body)
            observation = observe(self.client, self.kinds, snapshot.resources)
            before, body = body, self.stored()
            if body == before:
                return snapshot, observation
        note = "the state kept changing while the account was read: another run is at work"
        return snapshot, replace(
            observation,
            listed=dict.fromkeys(observation.listed, False),
            notes=(*observation.notes, note),
        )


@contextmanager
def open_reading(context: Context, project: Project) -> Iterator[Reading]:
    """Connect to the account of ``project`` to read it."""
    with connected(context, project) as to:
        source, account_id = to.backend.description, to.account()
        yield Reading(
            project=project,
            clock=context.clock,
            kinds=KINDS,
            client=ReadOnly(to.client),
            stored=to.backend.read,
            decoded=partial(bound, source=source, project=project, account_id=account_id),
            stop=to.client.stop,
            vanished=partial(
                vanished, project, context.environment, emulator=context.options.emulator
            ),
        )
