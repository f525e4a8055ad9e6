"""Lost answers: what became of a write that was sent and never answered.

A Modify or a Delete is read again and sent again. An Add is not idempotent: its result carries the
intent that was sent, and the account is asked for all of them once every thread has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smsops.applying.context import BatchContext
from smsops.applying.recovery import Resolution, Resolved, resolve
from smsops.errors import SmsopsError
from smsops.kinds.kind import Resource
from smsops.model import Intent, RemoteId, Step
from smsops.model.outcome import Result, Status
from smsops.planning.account_index import SETTLING
from smsops.providers.errors import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAdd(Result):
    """The result of an Add without an answer that can be trusted: what it sent, and when (in
    monotonic seconds). The intent stays open until the account was asked.
    """

    intent: Intent
    sent_at: float


def resolved(results: Sequence[Result], context: BatchContext) -> Sequence[Result]:
    """``results`` with every lost Add looked up in the account."""
    sent = {result.intent: result.sent_at for result in results if isinstance(result, LostAdd)}
    if not sent or context.stop:
        return results
    try:
        resolutions = resolve(
            sent,
            look=context.look,
            kinds=context.kinds,
            journal=context.journal,
            clock=context.clock,
            stop=context.stop,
        )
    except SmsopsError:
        return results  # the intents stay open; the next run that writes finds out
    by_intent = {resolution.intent: resolution for resolution in resolutions}
    return [
        _after(result, by_intent[result.intent]) if isinstance(result, LostAdd) else result
        for result in results
    ]


def _after(result: Result, resolution: Resolution) -> Result:
    if resolution.resolved is Resolved.ADOPTED:
        return Result(result.step, Status.DONE, resolution.candidates[0])
    if resolution.resolved is Resolved.NOT_MADE:
        return Result(result.step, Status.NOT_MADE, error=result.error)
    return Result(result.step, Status.UNKNOWN, error=resolution.error)


def idempotent(
    send: Callable[[], None], *, there: Callable[[], bool], done_when_gone: bool
) -> None:
    """Send; when no answer comes, ask whether the object is there, and send once more if so.

    Raises the :class:`Unknown` of the send when nobody can tell.
    """
    try:
        send()
    except Unknown as lost:
        try:
            found = there()
        except SmsopsError:
            raise lost from None
        if found:
            send()
        elif not done_when_gone:
            raise


def is_there(context: BatchContext, kind: Resource, remote_id: RemoteId) -> bool:
    """Whether the API shows an object."""
    client = context.client
    return any(client.describe(kind, [remote_id], each) for each in kind.partitions)


def is_young(context: BatchContext, step: Step, remote_id: RemoteId) -> bool:
    """Whether an object may be there although the API does not show it yet."""
    now = context.clock.now()
    return any(
        item.remote_id == remote_id
        and not item.listed
        and now - (item.submitted_at or 0) < SETTLING
        for item in context.recorded(step.address).objects()
    )
