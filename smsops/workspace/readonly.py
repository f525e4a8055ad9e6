"""Read-only workspace: a project, its state and its account, opened without anything that writes.

Read-only by construction: neither the writing half of the client nor the backend is in reach of a
command that gets a :class:`ReadOnlyWorkspace`. (Pulumi's Automation API means the same by the word
workspace; Terraform means something else.)

Opened in the order in which a person can fix things: manifests, then the state, then credentials
and account, then the reading of the account.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from smsops.clock import Clock
from smsops.emulator import ACCOUNT_ID
from smsops.errors import (
    Blocked,
    InvalidManifests,
    SmsopsError,
    UnknownAddress,
)
from smsops.kinds import on_site
from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Desired,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Plan,
    Project,
    Recorded,
    Snapshot,
)
from smsops.providers.protocol import Reader, ReadOnly
from smsops.providers.tencent.observe import observe, observe_recorded
from smsops.state import binding
from smsops.state.snapshot import load, new_snapshot
from smsops.text.messages import N, T, Text
from smsops.workspace import safeguards
from smsops.workspace.read import beside
from smsops.workspace.session import Connection, connected, seconds
from smsops.workspace.settings import Settings
from smsops.workspace.vanished import vanished

if TYPE_CHECKING:
    from smsops.delivery.objectives import Judged
    from smsops.kinds.application import Application
    from smsops.kinds.probe import Probe
    from smsops.model import PlanOptions
    from smsops.planning.incremental import IncrementalSteps
    from smsops.providers.tencent.client import Client
    from smsops.workspace.checkout import Checkout

    Promised = Mapping[Application, Sequence[Judged]]
    Judge = Callable[[Sequence[Application], float], Promised]

#: Two jobs on fresh checkouts share neither a lock nor a memory: both would make everything.
LOST_WITH_THE_RUNNER = T(
    "Warning: the state is a file on this machine, and there is none yet. A CI runner loses it "
    "after the job, and the next job starts from nothing: keep it with `spec.state.backend: git` "
    "or `http`, see docs/ci.md."
)
#: Rules about what only a real account refuses.
EMULATED = frozenset({"SMS213"})
#: How often state and account are read again when the state changed in between.
READINGS = 3
#: How many addresses a note names.
_NAMED = 5

_log = logging.getLogger(__name__)


class PlanInput(NamedTuple):
    """What a plan is made of, and the steps that were decided while it was read."""

    snapshot: Snapshot
    desired: tuple[Desired, ...]
    observation: Observation
    incremental: IncrementalSteps


@dataclass(frozen=True, slots=True)
class Look:
    """State and account as of one moment, and the manifests.

    ``readable``: no manifest has an error, so ``desired`` is all of them. ``vanished``: where the
    state is that used to be there, if somebody knows. ``declared``: manifests of every kind.
    ``promised``: objectives with what there is of them.
    """

    snapshot: Snapshot
    observation: Observation
    desired: tuple[Desired, ...]
    readable: bool
    vanished: Text | None = None
    declared: tuple[Desired, ...] = ()
    promised: Mapping[Application, Sequence[Judged]] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()


def _judge(client: Client, site: str, applications: Sequence[Application], now: float) -> Promised:
    from smsops.workspace.statistics import judged

    return judged(client, site, applications, now)


def _require_none(settings: Settings, project: Project, account_id: str | None) -> None:
    from smsops.workspace.former import require_none

    require_none(settings, project, account_id)


@dataclass(frozen=True, slots=True)
class ReadOnlyWorkspace:
    """An open project, to look at and to plan.

    ``stored`` reads the state's bytes, ``source`` names where they are; ``account`` tells whose
    account it is, ``None`` when nobody may tell: it may ask the API, and raise. ``stop`` ends a
    reading of the account early. ``vanished`` is asked where there is no state.
    """

    project: Project
    reader: Reader
    stored: Callable[[], bytes | None]
    source: str
    account: Callable[[], str | None]
    clock: Clock
    kinds: Mapping[str, Resource]
    stop: Callable[[], None]
    #: What is wrong with starting a state here, for whoever is about to.
    doubt: Text | None = None
    warn: Callable[[Text], None] = _log.warning
    #: Asks what was counted of applications, and judges their objectives.
    judge: Judge | None = None
    #: The account is the emulator's.
    emulated: bool = False
    #: The git commit of the manifests, for whoever deletes.
    checkout: Checkout | None = None
    #: It knows the environment, which no repr shows.
    vanished: Callable[[], Text | None] = field(default=lambda: None, repr=False)
    #: Refuses to begin a state for an account whose state is left at a place of before.
    require_none: Callable[[str | None], None] = field(default=lambda _: None, repr=False)

    @classmethod
    def opened(cls, settings: Settings, project: Project, to: Connection, **more: Any) -> Self:
        """The workspace of ``project`` on an open connection."""
        from smsops.workspace.checkout import Checkout

        emulator = settings.options.emulator
        local = project.state.backend == "local" and not emulator
        return cls(
            project=project,
            reader=ReadOnly(to.client),
            stored=to.backend.read,
            source=to.backend.description,
            account=to.account,
            clock=settings.clock,
            kinds=on_site(project.site),
            stop=to.client.stop,
            doubt=LOST_WITH_THE_RUNNER if local and settings.ci else None,
            warn=settings.warn,
            judge=partial(_judge, to.client, project.site),
            emulated=emulator,
            checkout=Checkout(project.root, settings.environment, settings.clock.now),
            vanished=partial(vanished, project, settings.environment, emulator=emulator),
            require_none=partial(_require_none, settings, project),
            **more,
        )

    # -- manifests and state ---------------------------------------------------------------------

    def desired(self, *, allow_empty: bool, snapshot: Snapshot) -> tuple[Desired, ...]:
        """The manifests. Raises for any error in them, and for none at all while the state holds
        resources that were declared once: that is a wrong directory more often than a wish to
        delete everything.

        Warns when a state is about to begin where it does not last.
        """
        if self.doubt is not None and not snapshot.serial:
            self.warn(self.doubt)
        from smsops.manifests.load import require_manifests

        found = require_manifests(self.project)
        once = [record for record in snapshot.resources.values() if record.declared]
        chosen = self.project.environment
        if not found and once and not allow_empty:
            raise Blocked(
                N(
                    len(once),
                    "no manifests in {root}, but the state holds {count} resource",
                    "no manifests in {root}, but the state holds {count} resources",
                    root=self.project.root,
                ),
                hint=T(
                    "Environment {name} leaves manifests out (only: in smsops.yaml). Check that, "
                    "or pass --allow-empty to delete everything.",
                    name=chosen.name,
                )
                if chosen and chosen.only
                else T("Check -C and spec.manifests, or pass --allow-empty to delete everything."),
            )
        return found

    def snapshot(self) -> Snapshot:
        """The state, bound to this account and region; a new one when there is none."""
        return self._decoded(self.stored())

    def _decoded(self, body: bytes | None) -> Snapshot:
        snapshot = load(body, source=self.source) if body is not None else new_snapshot()
        account_id = self.account()
        if body is None:
            self.require_none(account_id)
        return binding.bind(
            snapshot,
            owner=binding.Owner.of(self.project),
            account_id=account_id,
            region=self.project.region,
            source=self.source,
        )

    def _bound(self) -> Snapshot:
        """:meth:`snapshot`; but what is wrong with the manifests is said first."""
        try:
            return self.snapshot()
        except SmsopsError:
            from smsops.manifests.load import require_manifests

            require_manifests(self.project, strict=True)
            raise

    # -- the account -----------------------------------------------------------------------------

    def observe(self, recorded: Mapping[Address, Recorded]) -> Observation:
        """Read the account: list every kind, look up by id what was not listed."""
        return observe(self.reader, self.kinds, recorded)

    def observe_recorded(
        self,
        recorded: Mapping[Address, Recorded],
        *,
        include: Collection[ObjectId] = (),
    ) -> Observation:
        """Read recorded objects, and the (kind, remote id) of ``include``, by id."""
        return observe_recorded(self.reader, self.kinds, recorded, include=include)

    # -- both at the same time -------------------------------------------------------------------

    def read(self, *, allow_empty: bool) -> PlanInput:
        """State, manifests and account, all at once: the account waits for the API, the others
        need the CPU, and so do steps about what has been read of the account.

        The account is listed while it is asked whose it is: nothing is written here.

        Raises what the single readings raise: errors of manifests first, the account's last.
        """
        recorded: Future[Mapping[Address, Recorded]] = Future()
        pages: SimpleQueue[Sequence[Observed] | None] = SimpleQueue()

        def stop() -> None:
            self.stop()
            recorded.cancel()

        work = partial(observe, self.reader, self.kinds, recorded, arrived=pages.put)
        with beside(work, stop=stop) as observing:
            observing.add_done_callback(lambda _: pages.put(None))
            # What is not needed to ask is imported while the first answers are on their way.
            from smsops.planning.incremental import IncrementalSteps

            snapshot = self._bound()
            recorded.set_result(snapshot.resources)
            desired = self.desired(allow_empty=allow_empty, snapshot=snapshot)
            incremental = IncrementalSteps(
                self.kinds, desired, snapshot.resources, self.clock.now()
            )
            for page in iter(pages.get, None):
                incremental.saw(page)
            return PlanInput(snapshot, desired, observing.result(), incremental)

    def look(self) -> Look:
        """State, account and manifests, whatever is wrong with the last."""
        from smsops.manifests.load import load_manifests

        with beside(self._observe, stop=self.stop) as observing:
            found = load_manifests(self.project)
            snapshot, observation = observing.result()
        gone = None if snapshot.serial else self.vanished()
        return Look(
            snapshot,
            observation,
            found.desired,
            not found.errors,
            gone,
            found.declared,
            self.judged(found.applications),
            found.probes,
        )

    def judged(self, applications: Sequence[Application]) -> Mapping[Application, Sequence[Judged]]:
        """The objectives of applications with what there is; nothing is asked where there are
        none.
        """
        held = [each for each in applications if each.objectives]
        return self.judge(held, self.clock.now()) if held and self.judge else {}

    def _observe(self) -> tuple[Snapshot, Observation]:
        """State and account, read again while an apply changes both.

        When that does not end, no kind counts as listed, and a note says why.
        """
        body = self.stored()
        for _ in range(READINGS):
            snapshot = self._decoded(body)
            observation = self.observe(snapshot.resources)
            before, body = body, self.stored()
            if body == before:
                return snapshot, observation
        note = T("the state kept changing while the account was read: another run is at work")
        return snapshot, replace(
            observation,
            listing=dict.fromkeys(observation.listing, Listing.UNSTABLE),
            notes=(*observation.notes, note),
        )

    # -- planning --------------------------------------------------------------------------------

    def seconds(self, plan: Plan) -> float:
        """How long the rate limits make an apply of ``plan`` take."""
        return seconds(plan, self.project.rate_limits)

    def plan(
        self,
        desired: Sequence[Desired],
        snapshot: Snapshot,
        observation: Observation,
        options: PlanOptions,
        *,
        incremental: IncrementalSteps | None = None,
        recovered: Collection[ObjectId] = (),
    ) -> Plan:
        """Plan with this account and clock. ``early``: of the same reading. ``recovered``: (kind,
        remote id) of what this run has just found and recorded.

        Raises for targets that nobody knows, and :class:`smsops.errors.InvalidManifests` for what
        the plan would submit and reviewers would refuse.
        """
        from smsops.planning import reminders
        from smsops.planning.planner import plan
        from smsops.planning.refusals import refused

        known = {item.address for item in desired} | snapshot.resources.keys()
        known |= {intent.address for intent in snapshot.intents}
        for flag, addresses in options.addresses():
            for address in addresses:
                if address not in known:
                    raise UnknownAddress(
                        T(
                            "{flag} {address}: no manifest declares it and the state does not "
                            "record it",
                            flag=flag,
                            address=address,
                        )
                    )
        made = partial(
            plan,
            desired,
            snapshot,
            observation,
            kinds=self.kinds,
            options=options,
            region=self.project.region,
            now=incremental.now if incremental else self.clock.now(),
            incremental=incremental,
            recovered=recovered,
        )
        result = made()
        account_id = self.account() or snapshot.account_id
        by_address = {item.address: item for item in desired}
        ignored = EMULATED if self.emulated or account_id == ACCOUNT_ID else ()
        if problems := refused(result.steps, by_address, self.kinds, ignored=ignored):
            raise InvalidManifests(problems)
        if stray := safeguards.stray(self.project, snapshot, result):
            made = partial(made, stray=stray)
            result = made()
        apart: Text | None = None
        if self.checkout is not None and not options.allow_older_commit:
            if older := safeguards.older(self.checkout, snapshot, result):
                result = made(older=older)
                result = replace(result, notes=(*result.notes, safeguards.told(older)))
            else:
                apart = safeguards.apart(self.checkout, snapshot, result)
        said = (
            apart,
            safeguards.left_out(self.project, result),
            reminders.warned(result.steps, by_address),
            reminders.unprotected(desired, snapshot.resources),
            reminders.terraform(desired),
        )
        if any(said):
            result = replace(result, notes=(*result.notes, *filter(None, said)))
        chosen = self.project.environment
        return replace(result, account_id=account_id, environment=chosen.name if chosen else None)

    def held(self, snapshot: Snapshot, observation: Observation) -> Mapping[Address, Text]:
        """Addresses whose promotion, rollback or change of places is held, and why; as far as
        manifests without errors tell. ``observation`` has read what the state records.
        """
        from smsops.workspace.promotions import held

        return held(self.project, self.kinds, snapshot, observation, now=self.clock.now())


@contextmanager
def open_reading(settings: Settings, project: Project) -> Iterator[ReadOnlyWorkspace]:
    """Connect to the account of ``project`` to read it."""
    with connected(settings, project) as to:
        yield ReadOnlyWorkspace.opened(settings, project, to)
