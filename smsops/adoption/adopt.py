"""Adoption under the lock: which existing objects are recorded, at which addresses, in one save.

``import``, ``export --adopt`` and every test that binds call these functions; the command line
keeps options, files and words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from smsops.adoption import bind
from smsops.adoption.bind import AlreadyRecorded, Binding, NotThere, Recordable, Unbindable
from smsops.applying.run import Execution
from smsops.model import Address, Desired, ObjectId, Observation, Observed, RecordedObject, Role
from smsops.planning.account_index import AccountIndex
from smsops.state import changes
from smsops.text.messages import T


@dataclass(frozen=True, slots=True)
class Bound:
    """An object that is recorded at its address now. ``place``: where it was recorded already;
    ``declared``: a valid manifest declares the address.
    """

    binding: Binding
    seen: Observed | None
    place: Role | None
    declared: bool


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
        declared = by_address.get(item.address)
        seen = observation.objects.get(item.key)
        place: Role | None = None
        match bind.check(item, state, observation, account_index, kind, free=free):
            case Unbindable() as error:
                raise _explained(execution, item, error)
            case Recordable(seen):
                recorded.append(bind.change(item, kind, seen, declared, now))
            case AlreadyRecorded(place):
                pass
        results.append(Bound(item, seen, place, declared is not None))
    if recorded:
        execution.journal.commit(changes.chained(*recorded))
    return tuple(results)


def record(execution: Execution, found: Mapping[Address, Observed]) -> None:
    """Record each object of ``found`` at its address, in one save."""
    workspace = execution.workspace
    now = workspace.clock.now()
    recorded: list[changes.Change] = []
    for address, item in found.items():
        kind = workspace.kinds[item.kind]
        fresh = RecordedObject(item.remote_id)
        object_ = changes.settle(kind, None, fresh, item, now, listed=True)
        place = partial(changes.placed, object_=object_, role=Role.CURRENT)
        recorded.append(changes.on(address, place))
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
