"""Adoption of an account under the lock: manifests for what nobody manages, and its ids.

Files come first and ids after them: what is interrupted in between is adopted by the next run, or
by an apply, since the manifests describe it exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smsops.adoption import export, trial, writing
from smsops.adoption.adopt import record
from smsops.adoption.drafts import Draft, free_address
from smsops.adoption.naming import romanised
from smsops.adoption.selection import WORDS, Left, LeftOut, Selection, Wanted, select
from smsops.adoption.trial import Fault
from smsops.applying.run import Execution
from smsops.errors import InvalidManifests
from smsops.kinds.kind import Resource
from smsops.manifests.load import Manifests, load_manifests
from smsops.model import (
    Action,
    Address,
    ObjectId,
    Observation,
    Observed,
    PlanOptions,
    Project,
    Step,
)
from smsops.model.outcome import Result, Status
from smsops.planning.account_index import AccountIndex
from smsops.planning.unmanaged import unmanaged
from smsops.text.messages import NOTHING, Text


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What an adoption did. ``written``: address -> its new manifest; ``objects``: what is recorded
    where; ``adopted``: manifests that were there already and got their objects. ``unmatched``:
    what was asked for and means no unmanaged object.
    """

    written: Mapping[Address, Path]
    objects: Mapping[Address, Observed]
    adopted: tuple[Result, ...]
    left: tuple[LeftOut, ...]
    unmatched: tuple[str, ...]
    observation: Observation
    #: The fields that the API did not return, by kind: what nobody could write.
    unknown: Mapping[str, tuple[str, ...]]


def take_over(
    execution: Execution,
    wanted: Wanted,
    *,
    guess: bool = False,
    into: Mapping[str, Path] | None = None,
) -> TakenOver:
    """Write manifests for the unmanaged objects that are ``wanted``, record their ids, and adopt
    what manifests describe already. ``guess``: likely values of unreadable fields, too; ``into``:
    kind -> directory, by default where the project reads it.

    Raises :class:`smsops.errors.SmsopsError` when a file cannot be written: then nothing was.
    """
    workspace = execution.workspace
    snapshot, project = execution.snapshot, workspace.project
    observation = workspace.observe(snapshot.resources)
    manifests = load_manifests(project)
    now = workspace.clock.now()
    account_index = AccountIndex(workspace.kinds, snapshot.resources, observation, now)
    found = unmanaged(snapshot, observation, manifests.declared, kinds=workspace.kinds, now=now)
    selection = select(
        workspace.kinds, found, manifests.desired, snapshot.resources, account_index, wanted
    )
    taken_names = {*snapshot.resources, *(item.address for item in manifests.declared)}
    addresses = dict(_addresses(workspace.kinds, selection, taken_names))
    desk = _Desk(project, snapshot.account_id, workspace.kinds, guess)
    drafts, unwritable = desk.drafts({addresses[item.key]: item for item in selection.taken})
    written = writing.write(project, drafts, into=into)
    left_out = {item.seen.key for item in unwritable}
    objects = {
        addresses[item.key]: item
        for item in (*selection.taken, *selection.bound)
        if item.key not in left_out
    }
    if objects:
        record(execution, objects)
    return TakenOver(
        written=written,
        objects=objects,
        adopted=_adopt_declared(execution, manifests, observation, wanted),
        left=(*selection.left, *unwritable),
        unmatched=wanted.unmatched(workspace.kinds, found),
        observation=observation,
        unknown=_unknown(workspace.kinds, objects.values(), guess=guess),
    )


def _addresses(
    kinds: Mapping[str, Resource], selection: Selection, taken: set[Address]
) -> Iterator[tuple[tuple[str, int | str], Address]]:
    for item in (*selection.taken, *selection.bound):
        label = str(item.spec.get(kinds[item.kind].label) or "")
        address = free_address(item.kind, item.remote_id, [romanised(label)], taken)
        taken.add(address)
        yield item.key, address


def _unknown(
    kinds: Mapping[str, Resource], objects: Collection[Observed], *, guess: bool
) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in objects:
        kind = kinds[item.kind]
        known = found.get(item.kind, ())
        missing = kind.missing({**dict.fromkeys(kind.names), **item.spec})
        guessed = {field.name for field in kind.fields if guess and field.guess is not None}
        found[item.kind] = tuple(
            name for name in kind.names if name in {*known, *missing} - guessed
        )
    return found


@dataclass(frozen=True)
class _Desk:
    """Where manifests are drawn up, and read again before anything is written."""

    project: Project
    account_id: str | None
    kinds: Mapping[str, Resource]
    guess: bool

    def drafts(
        self, objects: Mapping[Address, Observed]
    ) -> tuple[Sequence[Draft], Sequence[LeftOut]]:
        """The manifests of ``objects``, and those objects that no valid manifest can describe.

        They are tried with every guess: a rule may look at what a person fills in later.
        """
        faults: dict[Address, tuple[Fault, ...]] = {}
        sayable: dict[Address, Observed] = {}
        unwritable: list[LeftOut] = []
        for address, seen in objects.items():
            words = next(iter(export.unsayable(seen)), NOTHING)
            if words:
                unwritable.append(_unwritable(seen, words))
            else:
                sayable[address] = seen
        if sayable:
            drawn = [
                Draft(address, self._text(address, seen, guess=True))
                for address, seen in sayable.items()
            ]
            faults.update(trial.faults(self.project, drawn))
        drafts: list[Draft] = []
        for address, seen in sayable.items():
            found = faults.get(address, ())
            if lasting := [each for each in found if not each.judged]:
                unwritable.append(_unwritable(seen, lasting[0].message))
                continue
            exceptions = tuple(dict.fromkeys(each.code for each in found))
            text = self._text(address, seen, guess=self.guess, exceptions=exceptions)
            drafts.append(Draft(address, text))
        return drafts, unwritable

    def _text(
        self, address: Address, seen: Observed, *, guess: bool, exceptions: tuple[str, ...] = ()
    ) -> str:
        return export.manifest(
            self.kinds[seen.kind],
            seen,
            account_id=self.account_id,
            region=self.project.region,
            style=export.Style(address.name, guess, exceptions),
        )


def _unwritable(seen: Observed, fault: Text) -> LeftOut:
    return LeftOut(seen, Left.UNWRITABLE, WORDS[Left.UNWRITABLE].filled(fault=fault))


def _adopt_declared(
    execution: Execution, manifests: Manifests, observation: Observation, wanted: Wanted
) -> tuple[Result, ...]:
    """Adopt the objects that manifests describe which were there before, as an apply would."""
    workspace = execution.workspace
    if manifests.errors:
        return ()
    try:
        plan = workspace.plan(manifests.desired, execution.snapshot, observation, PlanOptions())
    except InvalidManifests:
        return ()  # a text that would be submitted: plan and apply say so
    steps = [step for step in plan.steps if _due(step, workspace.kinds, observation, wanted)]
    if not steps:
        return ()
    desired = [item for item in manifests.desired if item.address in {s.address for s in steps}]
    outcome, _ = execution.run(
        steps,
        plan=replace(plan, steps=tuple(steps)),
        desired=desired,
        observation=observation,
        progress=lambda *_: None,
    )
    for error in outcome.errors:
        raise error
    return tuple(item for item in outcome.results if item.status is Status.DONE)


def _due(
    step: Step, kinds: Mapping[str, Resource], observation: Observation, wanted: Wanted
) -> bool:
    if step.action is not Action.ADOPT or step.moved_from is not None or step.remote_id is None:
        return False
    seen = observation.objects.get(ObjectId(step.address.kind, step.remote_id))
    return seen is not None and wanted.asks_for(kinds[step.address.kind], seen)
