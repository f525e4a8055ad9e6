"""The workspace of a project of which only the state is read: no credentials, no call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from smsops.clock import Clock
from smsops.errors import AccountError
from smsops.kinds import on_site
from smsops.kinds.kind import Resource
from smsops.model import Address, Observation, Project, Snapshot
from smsops.planning.as_recorded import as_recorded
from smsops.state import binding, read_snapshot
from smsops.state.backend import Backend
from smsops.state.snapshot import new_snapshot
from smsops.text.messages import T, Text
from smsops.workspace import promotions
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Settings


@dataclass(frozen=True, slots=True)
class RecordedWorkspace:
    """A project and its state. ``claimed``: the account that the state has to belong to, if it
    names one.
    """

    project: Project
    backend: Backend
    kinds: Mapping[str, Resource]
    clock: Clock
    claimed: str | None

    @classmethod
    def opened(cls, settings: Settings, project: Project) -> Self:
        """The workspace of ``project``, without a client for its account."""
        environment = project.environment
        return cls(
            project=project,
            backend=open_backend(settings, project),
            kinds=on_site(project.site),
            clock=settings.clock,
            claimed=settings.options.account_id or (environment.account if environment else None),
        )

    def snapshot(self) -> Snapshot:
        """The state, bound to this project and region; a new one when there is none. Raises
        :class:`smsops.errors.AccountError` for one of another account than ``claimed``.
        """
        snapshot = read_snapshot(self.backend) or new_snapshot()
        source = self.backend.description
        snapshot = binding.owned(snapshot, binding.Owner.of(self.project), source=source)
        binding.same_region(snapshot, self.project.region)
        if self.claimed and snapshot.account_id not in (None, self.claimed):
            raise AccountError(
                T(
                    "the state at {source} belongs to account {account_id}, and account {claimed} "
                    "was expected",
                    source=source,
                    account_id=snapshot.account_id,
                    claimed=self.claimed,
                ),
                hint=T("Check --account-id, and the account of the environment in smsops.yaml."),
            )
        return snapshot

    def observe_recorded(self, snapshot: Snapshot) -> Observation:
        """Every recorded object as it was seen last."""
        return as_recorded(snapshot, self.kinds)

    def held(self, snapshot: Snapshot, observation: Observation) -> Mapping[Address, Text]:
        """Addresses whose promotion, rollback or change of places is held, and why."""
        return promotions.held(
            self.project, self.kinds, snapshot, observation, now=self.clock.now()
        )
