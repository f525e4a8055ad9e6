"""What plan, apply, drift, status and their like share: a project, its state and its account.

Opened in the order in which a person can fix things: manifests, then the state, then credentials
and account, then the reading of the account.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from smsops.cli.context import Context
from smsops.clock import Clock
from smsops.errors import Blocked, SmsopsError, UnknownAddress
from smsops.estimate import seconds
from smsops.kind import Kind
from smsops.kinds import KINDS
from smsops.model import (
    Address,
    Desired,
    Observation,
    Observed,
    Plan,
    Project,
    Recorded,
    Snapshot,
)
from smsops.session import account, open_client
from smsops.state import binding
from smsops.state.backend import Backend
from smsops.state.snapshot import load, new_snapshot
from smsops.tencent.client import Client
from smsops.tencent.limits import rate
from smsops.tencent.observe import observe

#: Two jobs on fresh checkouts share neither a lock nor a memory: both would make everything.
LOST_WITH_THE_RUNNER = (
    "Warning: the state is a file on this machine, and there is none yet. A CI runner loses it "
    "after the job, and the next job starts from nothing: keep it with `spec.state.backend: git` "
    "or `http`, see docs/ci.md."
)

if TYPE_CHECKING:
    from smsops.checkout import Checkout
    from smsops.early import EarlyRows
    from smsops.guards import Older, PlanOptions

#: Seconds that an error of a reading waits for calls on their way, so that they end in order.
GRACE = 1.0

_log = logging.getLogger(__name__)


class Reading(NamedTuple):
    """What a plan is made of, and the rows that were decided while it was read."""

    snapshot: Snapshot
    desired: tuple[Desired, ...]
    observation: Observation
    early: EarlyRows


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open project, to plan and to write."""

    project: Project
    backend: Backend
    client: Client
    #: Whose account it is; ``None`` when nobody may tell. May ask the API, and raise.
    account: Callable[[], str | None]
    clock: Clock
    kinds: Mapping[str, Kind]
    #: What is wrong with starting a state here, for whoever is about to.
    doubt: str | None = None
    warn: Callable[[str], None] = _log.warning
    #: The git commit of the manifests, for whoever deletes.
    checkout: Checkout | None = None

    def desired(self, *, allow_empty: bool, snapshot: Snapshot) -> tuple[Desired, ...]:
        """The manifests. Raises for any error in them, and for none at all while the state holds
        resources that were declared once: that is a wrong directory more often than a wish to
        delete everything.

        Warns when a state is about to begin where it does not last.
        """
        if self.doubt is not None and not snapshot.serial:
            self.warn(self.doubt)
        from smsops import manifest

        found = manifest.require(self.project)
        once = [record for record in snapshot.resources.values() if record.declared]
        if not found and once and not allow_empty:
            count = len(once)
            resources = "1 resource" if count == 1 else f"{count} resources"
            raise Blocked(
                f"no manifests in {self.project.root}, but the state holds {resources}",
                hint="Check -C and spec.manifests, or pass --allow-empty to delete everything.",
            )
        return found

    def snapshot(self) -> Snapshot:
        """The state, bound to this account and region; a new one when there is none."""
        return bound(
            self.backend.read(),
            source=self.backend.description,
            project=self.project,
            account_id=self.account(),
        )

    def _bound(self) -> Snapshot:
        """:meth:`snapshot`; but what is wrong with the manifests is said first."""
        try:
            return self.snapshot()
        except SmsopsError:
            from smsops import manifest

            manifest.require(self.project)
            raise

    def observe(self, recorded: Mapping[Address, Recorded]) -> Observation:
        """Read the account."""
        return observe(self.client, self.kinds, recorded)

    def read(self, *, allow_empty: bool) -> Reading:
        """State, manifests and account, all at once: the account waits for the API, the others
        need the CPU, and so do rows about what has been read of the account.

        The account is listed while it is asked whose it is: nothing is written here.

        Raises what the single readings raise: errors of manifests first, the account's last.
        """
        recorded: Future[Mapping[Address, Recorded]] = Future()
        threads = ThreadPoolExecutor(1)
        pages: SimpleQueue[Sequence[Observed] | None] = SimpleQueue()
        observing = threads.submit(observe, self.client, self.kinds, recorded, arrived=pages.put)
        observing.add_done_callback(lambda _: pages.put(None))
        try:
            # What is not needed to ask is imported while the first answers are on their way.
            from smsops.early import EarlyRows

            snapshot = self._bound()
            recorded.set_result(snapshot.resources)
            desired = self.desired(allow_empty=allow_empty, snapshot=snapshot)
            early = EarlyRows(self.kinds, desired, snapshot.resources, self.clock.now())
            for page in iter(pages.get, None):
                early.saw(page)
            return Reading(snapshot, desired, observing.result(), early)
        except BaseException as error:
            self.client.stop()
            recorded.cancel()
            # What is known is said soon: a call that only reads may take long to end.
            wait((observing,), 0 if isinstance(error, KeyboardInterrupt) else GRACE)
            threads.shutdown(wait=False)
            raise

    def seconds(self, plan: Plan) -> float:
        """How long the rate limits make an apply of ``plan`` take."""
        return seconds(plan, self.kinds, lambda action: rate(action, self.project.rate_limits))

    def plan(
        self,
        desired: Sequence[Desired],
        snapshot: Snapshot,
        observation: Observation,
        options: PlanOptions,
        *,
        early: EarlyRows | None = None,
        recovered: Collection[tuple[str, int]] = (),
    ) -> Plan:
        """Plan with this account and clock. ``early``: of the same reading. ``recovered``: (kind,
        remote id) of what this run has just found and recorded.

        Raises for targets that nobody knows.
        """
        from smsops.planner import plan

        known = {item.address for item in desired} | snapshot.resources.keys()
        known |= {intent.address for intent in snapshot.intents}
        for flag, addresses in options.addresses():
            for address in addresses:
                if address not in known:
                    raise UnknownAddress(
                        f"{flag} {address}: no manifest declares it and the state does not "
                        "record it"
                    )
        made = partial(
            plan,
            desired,
            snapshot,
            observation,
            kinds=self.kinds,
            options=options,
            region=self.project.region,
            now=early.now if early else self.clock.now(),
            early=early,
            recovered=recovered,
        )
        result = made()
        if older := self._older(snapshot, options, result):
            result = made(older=older)
            result = replace(result, notes=(*result.notes, _said_older(older)))
        return replace(result, account_id=self.account() or snapshot.account_id)

    def held(self, snapshot: Snapshot, observation: Observation) -> Mapping[Address, str]:
        """Addresses whose promotion, rollback or change of places is held, and why; as far as
        manifests without errors tell. ``observation`` has read what the state records.
        """
        from smsops import manifest
        from smsops.guards import PlanOptions
        from smsops.planner import plan

        found = manifest.load(self.project)
        if found.errors:
            return {}
        made = plan(
            found.desired,
            snapshot,
            observation,
            kinds=self.kinds,
            options=PlanOptions(),
            region=self.project.region,
            now=self.clock.now(),
        )
        return {step.address: step.hold for step in made.steps if step.hold}

    def _older(self, snapshot: Snapshot, options: PlanOptions, plan: Plan) -> Older | None:
        """Whether the manifests are of an older commit than the newest one applied, or may be. Git
        is asked only where something would be done.
        """
        newest = snapshot.commit
        if newest is None or self.checkout is None or options.allow_older_commit:
            return None
        if not plan.applyable:
            return None
        return self.checkout.older_than(newest)


def _said_older(older: Older) -> str:
    newest = older.newest.sha[:12]
    if older.head is None:
        return (
            f"git cannot tell whether a newer commit ({newest}) was applied already, so nothing is "
            f"deleted: {older.why}"
        )
    return (
        f"this checkout is of commit {older.head.sha[:12]}, and a newer one ({newest}) was applied "
        "already: the plan goes back to it, and deletes nothing"
    )


def bound(body: bytes | None, *, source: str, project: Project, account_id: str | None) -> Snapshot:
    """The state in ``body`` after the checks of owner, account and region; a new one for none."""
    snapshot = load(body, source=source) if body is not None else new_snapshot()
    return binding.bind(
        snapshot,
        owner=binding.Owner.of(project),
        account_id=account_id,
        region=project.region,
        source=source,
    )


@dataclass(frozen=True, slots=True)
class Connection:
    """A project's backend, and a client for its account. ``account`` asks once whose it is, and
    says on stderr what is doubtful about it.
    """

    backend: Backend
    client: Client
    account: Callable[[], str | None]


@contextmanager
def connected(context: Context, project: Project) -> Iterator[Connection]:
    """Connect to the account of ``project``."""
    options = context.options
    backend = context.backend(project)
    with open_client(options, context.environment, project, context.clock) as client:

        @cache
        def asked() -> str | None:
            account_id, warning = account(client, options)
            for line in (warning or "").splitlines():
                context.log(f"Warning: {line}")
            return account_id

        yield Connection(backend, client, asked)


@contextmanager
def open_workspace(
    context: Context, project: Project, *, only_reads: bool = False
) -> Iterator[Workspace]:
    """Connect to the account of ``project``, with its state's backend at hand.

    Whoever writes knows first whose account it is. Who ``only_reads`` may learn it while reading.
    """
    from smsops.checkout import Checkout

    local = project.state.backend == "local" and not context.options.emulator
    with connected(context, project) as to:
        if not only_reads:
            to.account()
        yield Workspace(
            project,
            to.backend,
            to.client,
            to.account,
            context.clock,
            KINDS,
            doubt=LOST_WITH_THE_RUNNER if local and context.ci else None,
            warn=context.log,
            checkout=Checkout(project.root, context.environment, context.clock.now),
        )
