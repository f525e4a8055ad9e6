"""A project opened to read: no lock, no write to the state, no action of the API that writes.

Read-only by construction. Neither the client nor the backend is in reach of a command that gets a
:class:`Reading`; what it can do is look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from smsops import manifest
from smsops.cli.context import Context
from smsops.clock import Clock
from smsops.kind import Kind
from smsops.kinds import KINDS
from smsops.model import Desired, Observation, Project, Snapshot
from smsops.session import account, open_client
from smsops.tencent.observe import observe
from smsops.tencent.readonly import Reader, ReadOnly
from smsops.workspace import bound

#: How often state and account are read again when the state changed in between.
READINGS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """An open project. ``warnings`` are for stderr; ``stored`` reads the state anew."""

    project: Project
    account_id: str | None
    clock: Clock
    kinds: Mapping[str, Kind]
    warnings: tuple[str, ...]
    client: Reader
    stored: Callable[[], Snapshot]

    def look(self) -> tuple[Snapshot, Observation]:
        """State and account as of one moment: read again while an apply changes both.

        When that does not end, no kind counts as listed and a note says why.
        """
        snapshot = self.stored()
        for _ in range(READINGS):
            observation = observe(self.client, self.kinds, snapshot.resources)
            before, snapshot = snapshot, self.stored()
            # A state that was never saved has a new lineage at every reading.
            if replace(snapshot, lineage=before.lineage) == before:
                return snapshot, observation
        note = "the state kept changing while the account was read: another run is at work"
        return before, replace(
            observation,
            listed=dict.fromkeys(observation.listed, False),
            notes=(*observation.notes, note),
        )

    def desired(self) -> tuple[tuple[Desired, ...], bool]:
        """The manifests that can be read, and whether those are all of them."""
        found = manifest.load(self.project)
        return found.desired, not found.errors


@contextmanager
def open_reading(context: Context, project: Project) -> Iterator[Reading]:
    """Connect to the account of ``project`` to read it."""
    options = context.options
    backend = context.backend(project)
    with open_client(options, context.environment, project, context.clock) as client:
        account_id, warning = account(client, options)
        yield Reading(
            project=project,
            account_id=account_id,
            clock=context.clock,
            kinds=KINDS,
            warnings=(warning,) if warning else (),
            client=ReadOnly(client),
            stored=lambda: bound(backend, project, account_id),
        )
