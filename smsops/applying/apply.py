"""One apply under the lock: recover, plan, agree, run, read back.

The command line, the lifecycle machine and every test that applies call :func:`apply`; what differs
between them are the callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from smsops.applying import recovery
from smsops.applying.run import Execution
from smsops.errors import StalePlan, UnknownAddress
from smsops.model import Action, Desired, ObjectId, Observed, Plan, PlanOptions, Step
from smsops.model.outcome import Outcome, Progress
from smsops.planfile import agreement as agreements
from smsops.planfile.saved import SavedPlan
from smsops.planning.asked import asked_for, not_asked_for
from smsops.text.messages import C, T


def _go_on(_: Plan) -> bool:
    return False


def _silent(_: int) -> AbstractContextManager[Progress]:
    return nullcontext(lambda *_: None)


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What an apply asks and tells.

    ``agree`` sees the plan before anything is written: it raises to end the run, and returns true
    when a person thought about the plan meanwhile, so that the account has to be read again.
    It sees only what was asked for.
    ``left_out``: an acting step that the agreed plan does not hold and that is not run.
    ``progress`` takes the number of steps. ``interruptible`` surrounds what a signal may end in
    order.
    """

    agree: Callable[[Plan], bool] = _go_on
    left_out: Callable[[Step], None] = lambda _: None
    progress: Callable[[int], AbstractContextManager[Progress]] = _silent
    interruptible: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did, and every managed object as seen last."""

    plan: Plan
    outcome: Outcome
    seen: Sequence[Observed]


def apply(
    execution: Execution,
    options: PlanOptions,
    callbacks: Callbacks,
    *,
    saved: SavedPlan | None = None,
    only: Collection[Action] = (),
    desired: Sequence[Desired] | None = None,
) -> Applied:
    """Make the account match the manifests (``desired``, by default those of the project), or do
    what ``saved`` and the plan of now both hold; of that the actions ``only``, by default all. The
    lock is held by the caller.

    Raises :class:`smsops.errors.StalePlan` when the agreed plan does not hold any more, and
    whatever reading manifests, state and account raises; nothing was written then.
    """
    workspace = execution.workspace
    if desired is None:
        desired = workspace.desired(allow_empty=options.allow_empty, snapshot=execution.snapshot)
    with callbacks.interruptible():
        resolutions = execution.recover()
    recovered = {
        ObjectId(item.intent.address.kind, item.candidates[0])
        for item in resolutions
        if item.resolved is recovery.Resolved.ADOPTED
    }
    snapshot = execution.snapshot

    observation = workspace.observe(snapshot.resources)
    try:
        plan = workspace.plan(desired, snapshot, observation, options, recovered=recovered)
    except UnknownAddress as error:
        if saved is None:
            raise
        # Stored options were right when they were stored: what they name has gone since.
        raise StalePlan(
            T(
                "{source} does not hold any more: {message}",
                source=saved.source,
                message=error.message_text,
            ),
            hint=T(
                "Nothing was written. Make the plan again with {command}.",
                command=C("plan -o FILE"),
            ),
        ) from error
    steps: Sequence[Step] = [step for step in plan.steps if step.acting]
    new: Sequence[Step] = ()
    if saved is not None:
        agreement = agreements.agree(saved, plan, lineage=snapshot.lineage)
        steps, new = agreement.steps, agreement.new
    elif callbacks.agree(asked_for(plan, only)):
        # A person may think for long, and the account does not wait.
        observation = workspace.observe(snapshot.resources)
        fresh = workspace.plan(desired, snapshot, observation, options, recovered=recovered)
        agreement = agreements.confirm(asked_for(plan, only), asked_for(fresh, only))
        plan, steps, new = fresh, agreement.steps, agreement.new
    asked = asked_for(plan, only)
    if only:
        kept = set(map(id, asked.steps))
        steps, new = ([step for step in part if id(step) in kept] for part in (steps, new))
    for step in new:
        callbacks.left_out(step)
    with callbacks.interruptible(), callbacks.progress(len(steps)) as progress:
        outcome, seen = execution.run(
            steps,
            plan=asked,
            desired=desired,
            observation=observation,
            progress=progress,
            unresolved=recovery.unresolved(resolutions),
            back=options.allow_older_commit,
        )
    if only:
        outcome = replace(outcome, not_asked=not_asked_for(plan, only))
    return Applied(plan, outcome, seen)
