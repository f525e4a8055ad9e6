"""Runs the acting steps of a plan: ordered, in parallel, every outcome journalled.

State-only steps come first and share one save. Then each API action has a lane of its own, paced
by its own limit; a failing step does not stop the others. The only order is the one Tencent asks
for: a sign has to exist before the first template is added, and templates go before signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from smsops.applying import lost
from smsops.applying.context import BatchContext
from smsops.applying.intents import Intents
from smsops.applying.lanes import Lanes
from smsops.applying.ordering import Ordering
from smsops.applying.writes import Add, Delete, Modify
from smsops.errors import SmsopsError
from smsops.model import Action, Address, Observation, RemoteId, Step
from smsops.model.operations import OPERATIONS, Operation, operation_of
from smsops.model.outcome import Result, Status, ended
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.state import changes

#: State-only steps: adoptions come before the forgetting that frees a renamed address.
_STATE_ONLY = (Action.ADOPT, Action.PROMOTE, Action.FORGET)


def run(steps: Sequence[Step], context: BatchContext) -> tuple[Result, ...]:
    """Run the acting ones of ``steps``; one result each, in their order.

    Raises :class:`smsops.errors.StateError` when the state cannot be saved before any write.
    """
    acting = [step for step in steps if step.acting]
    results = {_key(result.step): result for result in _state_only(acting, context)}
    results |= _written([step for step in acting if OPERATIONS[step.action] is not None], context)
    # An Add that was not made after all may be sent once more in the same run.
    again = [result.step for result in results.values() if result.status is Status.NOT_MADE]
    if again and not context.stop and (fresh := _looked(context)) is not None:
        results |= _written(again, replace(context, observation=fresh))
    return tuple(ended(results[_key(step)]) for step in acting)


def _looked(context: BatchContext) -> Observation | None:
    """The account once more: what appeared since the plan stands in the way of an Add, be it ours
    and late, or an unmanaged object. ``None`` when it cannot be read.
    """
    try:
        return context.look()
    except SmsopsError:
        return None


def _key(step: Step) -> tuple[Address, RemoteId | None]:
    return step.address, step.deposed


def _state_only(steps: Sequence[Step], context: BatchContext) -> Iterator[Result]:
    ordered = [step for action in _STATE_ONLY for step in steps if step.action is action]
    if not ordered and not any(step.moved_from for step in steps):
        return
    now = context.clock.now()
    together = [changes.relocated(steps)]
    together += [
        changes.without_a_call(
            step, context.kinds, context.desired.get(step.address), context.observation, now
        )
        for step in ordered
    ]
    context.journal.commit(changes.chained(*together))
    for step in ordered:
        result = Result(step, Status.DONE, step.remote_id)
        context.progress(step, result)
        yield result


def _written(
    steps: Sequence[Step], context: BatchContext
) -> dict[tuple[Address, RemoteId | None], Result]:
    """One pass over writing steps: all of them are sent, then the lost answers looked up."""
    if not steps:
        return {}
    snapshot, now = context.journal.snapshot, context.clock.now()
    account_index = AccountIndex(context.kinds, snapshot.resources, context.observation, now)
    intents = Intents(
        [step for step in steps if operation_of(step) is Operation.ADD],
        kinds=context.kinds,
        desired=context.desired,
        account_index=account_index,
        journal=context.journal,
        now=now,
    )
    delete = Delete(context)
    lanes = Lanes(
        kinds=context.kinds,
        writes={
            Operation.ADD: Add(context, intents, delete),
            Operation.MODIFY: Modify(context),
            Operation.DELETE: delete,
        },
        ordering=_ordering(steps, context, account_index),
        stop=context.stop,
        progress=context.progress,
    )
    try:
        results = lanes.run(steps)
    finally:
        intents.drop_unopened()
    return {_key(result.step): result for result in lost.resolved(results, context)}


def _ordering(
    steps: Sequence[Step], context: BatchContext, account_index: AccountIndex
) -> Ordering:
    observation = context.observation
    existing = {
        address.kind
        for address, record in context.journal.snapshot.resources.items()
        for item in record.objects()
        if account_index.of(context.kinds[address.kind], item) is not Presence.ABSENT
    }
    return Ordering(
        steps,
        kinds=context.kinds,
        existing=existing.union(kind for kind, _ in observation.objects),
        unlisted=[name for name in context.kinds if not observation.listed(name)],
        stop=context.stop,
    )
