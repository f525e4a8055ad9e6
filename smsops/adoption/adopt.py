"""Adoption under the lock: which existing objects are recorded, at which addresses, in one save.

``import``, ``export --adopt`` and every test that binds call these functions; the command line
keeps options, files and words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smsops.adoption import bind, takeover, trial, writing
from smsops.adoption.bind import Binding, NotThere, Unbindable
from smsops.adoption.takeover import Claim, Known, NotTaken, Same, World
from smsops.adoption.tfstate import Managed
from smsops.applying.run import Execution
from smsops.manifests.load import load_manifests
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    RecordedObject,
    Role,
    name_of,
)
from smsops.planning.account_index import AccountIndex
from smsops.state import changes
from smsops.text.messages import T, Text


@dataclass(frozen=True, slots=True)
class Bound:
    """An object that is recorded at its address now. ``place``: where it was recorded already;
    ``declared``: a valid manifest declares the address.
    """

    binding: Binding
    seen: Observed | None
    place: Role | None
    declared: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """An object of Terraform's that is recorded now. ``path``: the manifest that was written for
    it, of what is ``known``; ``refused``: why none could be.
    """

    claim: Claim
    path: Path | None = None
    known: Known | None = None
    refused: tuple[Text, ...] = ()


#: What became of an object of Terraform's.
Outcome = Taken | NotTaken | Same


def bind_all(
    execution: Execution, wanted: Sequence[Binding], desired: Sequence[Desired]
) -> tuple[Bound, ...]:
    """Record ``wanted`` in one save; ``desired`` are the valid manifests.

    Raises :class:`Unbindable` for the first that cannot be recorded.
    """
    workspace, state = execution.workspace, execution.snapshot
    by_address = {item.address: item for item in desired}
    observation = _look(execution, wanted)
    now = workspace.clock.now()
    account_index = AccountIndex(workspace.kinds, state.resources, observation, now)
    free = {
        address
        for address, record in state.resources.items()
        if not record.declared and address not in by_address
    }
    recorded: list[changes.Change] = []
    results: list[Bound] = []
    for item in wanted:
        kind = workspace.kinds[item.address.kind]
        try:
            fresh = bind.check(item, state, observation, account_index, kind, free=free)
        except Unbindable as error:
            raise _explained(execution, item, error) from None
        seen = observation.objects.get(item.key)
        if fresh and seen is not None:
            recorded.append(bind.change(item, kind, seen, by_address.get(item.address), now))
        place = None if fresh else state.resources[item.address].role_of(item.remote_id)
        results.append(Bound(item, seen, place, item.address in by_address))
    if recorded:
        execution.journal.commit(changes.chained(*recorded))
    return tuple(results)


def take_over(execution: Execution, items: Sequence[Managed]) -> tuple[Outcome, ...]:
    """Write manifests for ``items``, where they have none, and record their ids in one save; what
    became of each, in their order.

    Manifests come first: they are found again by a second run, should the state not be saved.
    """
    workspace, state = execution.workspace, execution.snapshot
    project = workspace.project
    manifests = load_manifests(project)
    keys = {ObjectId(item.kind, item.remote_id) for item in items if item.remote_id is not None}
    # What is recorded anywhere may be in the way of an object, or gone.
    observation = workspace.observe_recorded(state.resources, include=keys)
    now = workspace.clock.now()
    index = AccountIndex(workspace.kinds, state.resources, observation, now)
    world = World(workspace.kinds, state, observation, index, manifests.desired, manifests.claimed)
    choices = takeover.choose(items, world)
    written = _write(execution, [each for each in choices if isinstance(each, Claim)])
    by_address = {item.address: item for item in load_manifests(project).desired}
    recorded = [
        bind.change(
            each.binding,
            workspace.kinds[each.item.kind],
            each.seen,
            by_address.get(each.binding.address),
            now,
        )
        for each in choices
        if isinstance(each, Claim) and each.fresh
    ]
    if recorded:
        execution.journal.commit(changes.chained(*recorded))
    return tuple(
        written.get(each.binding.address, Taken(each)) if isinstance(each, Claim) else each
        for each in choices
    )


def _write(execution: Execution, claims: Sequence[Claim]) -> Mapping[Address, Taken]:
    """Write the manifests that are missing, without anything that `validate` would refuse."""
    project, kinds = execution.workspace.project, execution.workspace.kinds
    account_id = execution.snapshot.account_id
    results: dict[Address, Taken] = {}
    open_: dict[Address, Claim] = {}
    for each in claims:
        unsayable = takeover.unsayable(each.seen)
        if each.unwritten and unsayable:
            results[each.binding.address] = Taken(each, refused=unsayable)
        elif each.unwritten:
            open_[each.binding.address] = each
    out: dict[Address, dict[str, Text]] = {address: {} for address in open_}
    while open_:
        known = {
            address: takeover.known(kinds[address.kind], each, out[address])
            for address, each in open_.items()
        }
        drafts = {
            address: takeover.draft(
                kinds[address.kind],
                each,
                known[address],
                account_id=account_id,
                region=project.region,
            )
            for address, each in open_.items()
        }
        faults = trial.faults(project, tuple(drafts.values()))
        if not faults:
            paths = writing.write(project, tuple(drafts.values()))
            for address, each in open_.items():
                results[address] = Taken(each, paths[address], known[address])
            break
        for address, problems in faults.items():
            words = {
                trial.field_of(drafts[address], problem): T(
                    "{code}: {message}", code=problem.code, message=problem.message
                )
                for problem in problems
            }
            # What the account says of an object cannot be left out, and once is enough.
            if words.keys() & {"", *open_[address].seen.spec, *out[address]}:
                results[address] = Taken(open_.pop(address), refused=tuple(words.values()))
            else:
                out[address].update(words)
    return results


def record_exported(execution: Execution, found: Sequence[Observed]) -> None:
    """Record ``found`` at the addresses that their exported manifests declare, in one save."""
    workspace = execution.workspace
    now = workspace.clock.now()
    recorded: list[changes.Change] = []
    for item in found:
        kind = workspace.kinds[item.kind]
        fresh = RecordedObject(item.remote_id)
        object_ = changes.settle(kind, None, fresh, item, now, listed=True)
        place = partial(changes.placed, object_=object_, role=Role.CURRENT)
        recorded.append(changes.on(name_of(item.kind, item.remote_id), place))
    if recorded:
        execution.journal.commit(changes.chained(*recorded))


def _look(execution: Execution, bindings: Sequence[Binding]) -> Observation:
    """Read the objects, and whatever is recorded at their addresses."""
    recorded = execution.snapshot.resources
    near = {item.address: recorded[item.address] for item in bindings if item.address in recorded}
    keys = {item.key for item in bindings}
    return execution.workspace.observe_recorded(near, include=keys)


def _explained(execution: Execution, item: Binding, error: Unbindable) -> Unbindable:
    """``error``, saying so when the id belongs to an object of another kind."""
    if isinstance(error, NotThere):
        workspace = execution.workspace
        others = {
            ObjectId(name, item.remote_id) for name in workspace.kinds if name != item.address.kind
        }
        seen = workspace.observe_recorded({}, include=others)
        for kind, number in seen.objects:
            error.advise(
                T("{number} is a {kind}: its address is {kind}.NAME.", number=number, kind=kind)
            )
    return error
