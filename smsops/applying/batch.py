"""Runs the acting steps of a plan: ordered, in parallel, every outcome journalled.

State-only steps come first and share one save. Then each API action has a lane of its own, paced
by its own limit; a failing step does not stop the others. The only order is the one Tencent asks
for: a sign has to exist before the first template is added, and templates go before signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from smsops.applying.intents import Intents
from smsops.applying.ordering import Ordering
from smsops.applying.recovery import Resolution, Resolved, recorded, resolve
from smsops.cancellation import Stop, Stopped
from smsops.clock import Clock
from smsops.errors import Blocked, SmsopsError, StateError
from smsops.kinds.kind import Resource
from smsops.model import (
    Action,
    Address,
    Desired,
    Intent,
    Observation,
    Recorded,
    RemoteId,
    ReviewState,
    Step,
)
from smsops.model.operations import OPERATIONS, Operation, operation_of
from smsops.model.outcome import Progress, Result, Status, ended
from smsops.planning.account_index import SETTLING, AccountIndex
from smsops.planning.decisions import Presence
from smsops.providers.errors import CallStopped, CredentialsRefused, Meaning, Refused, Unknown
from smsops.providers.protocol import Writer
from smsops.state import changes as recording
from smsops.state.journal import Journal
from smsops.text.messages import C, T

#: Threads of a lane: enough to keep 20 calls a second busy when a reply takes 0.5 s.
WORKERS = 12

#: State-only steps: adoptions come before the forgetting that frees a renamed address.
_STATE_ONLY = (Action.ADOPT, Action.PROMOTE, Action.FORGET)


@dataclass(frozen=True, slots=True)
class BatchContext:
    """Everything an apply works with.

    ``look`` lists every kind again. ``load_images`` reads, checks and encodes the images of a
    manifest. ``rescue`` keeps an id in a second place when the state could not be saved.
    """

    kinds: Mapping[str, Resource]
    desired: Mapping[Address, Desired]
    observation: Observation
    client: Writer
    journal: Journal
    clock: Clock
    stop: Stop
    look: Callable[[], Observation]
    load_images: Callable[[Desired], Mapping[str, str]]
    progress: Progress
    rescue: Callable[[Address, RemoteId, StateError], None]


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


def _written(
    steps: Sequence[Step], context: BatchContext
) -> dict[tuple[Address, RemoteId | None], Result]:
    return {_key(result.step): result for result in Batch(steps, context).run()}


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


# -- the state only ------------------------------------------------------------------------------


def _state_only(steps: Sequence[Step], context: BatchContext) -> Iterator[Result]:
    ordered = [step for action in _STATE_ONLY for step in steps if step.action is action]
    if not ordered and not any(step.moved_from for step in steps):
        return
    now = context.clock.now()
    changes = [recording.relocated(steps)]
    changes += [
        recording.without_a_call(
            step, context.kinds, context.desired.get(step.address), context.observation, now
        )
        for step in ordered
    ]
    context.journal.commit(recording.chained(*changes))
    for step in ordered:
        result = Result(step, Status.DONE, step.remote_id)
        context.progress(step, result)
        yield result


def _id(step: Step) -> RemoteId:
    assert step.remote_id is not None, step
    return step.remote_id


# -- writes --------------------------------------------------------------------------------------


class Batch:
    """Writing steps in parallel lanes, one per API action."""

    def __init__(self, steps: Sequence[Step], context: BatchContext) -> None:
        self._steps = steps
        self._context = context
        self._sent: dict[Intent, float] = {}
        observation, snapshot = context.observation, context.journal.snapshot
        now = context.clock.now()
        account_index = AccountIndex(context.kinds, snapshot.resources, observation, now)
        self._ordering = Ordering(
            steps,
            kinds=context.kinds,
            existing={
                address.kind
                for address, record in snapshot.resources.items()
                for item in record.objects()
                if account_index.of(context.kinds[address.kind], item) is not Presence.ABSENT
            }.union(kind for kind, _ in observation.objects),
            unlisted=[name for name in context.kinds if not observation.listed(name)],
            stop=context.stop,
        )
        self._intents = Intents(
            [step for step in steps if operation_of(step) is Operation.ADD],
            kinds=context.kinds,
            desired=context.desired,
            account_index=account_index,
            journal=context.journal,
            now=now,
        )

    def run(self) -> list[Result]:
        """Run every step, one lane of threads for each operation and kind."""
        lanes: dict[tuple[Operation, str], list[Step]] = {}
        for step in self._steps:
            lanes.setdefault((operation_of(step), step.address.kind), []).append(step)
        pools = {lane: ThreadPoolExecutor(min(WORKERS, len(lanes[lane]))) for lane in lanes}
        try:
            futures = [
                pools[lane].submit(self._one, lane[0], step)
                for lane, steps in lanes.items()
                for step in steps
            ]
            results = [future.result() for future in futures]
        except BaseException:
            # A defect, which no step reports. Steps that are cancelled now never count as over.
            self._context.stop.set(SmsopsError(T("the run broke off")))
            raise
        finally:
            for pool in pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
            self._intents.drop_unopened()
        return self._resolved(results)

    def _one(self, write: Operation, step: Step) -> Result:
        kind = self._context.kinds[step.address.kind]
        result = Result(step, Status.NOT_ATTEMPTED)
        call = {
            Operation.ADD: self._add,
            Operation.MODIFY: self._modify,
            Operation.DELETE: self._delete,
        }
        try:
            self._ordering.ready(write, kind)
            self._context.stop.check()
            self._context.progress(step, None)
            result = Result(step, Status.DONE, call[write](kind, step))
        except (Stopped, CallStopped):
            return result
        except Unknown as error:
            result = Result(step, Status.UNKNOWN, step.remote_id, error)
        except (CredentialsRefused, StateError) as error:
            # Every later step would end the same way.
            self._context.stop.set(error)
            result = Result(step, Status.FAILED, step.remote_id, error)
        except SmsopsError as error:
            result = Result(step, Status.FAILED, step.remote_id, error)
        finally:
            self._ordering.finished(write, kind, done=result.status is Status.DONE)
        self._context.progress(step, result)
        return result

    # -- the three writes ------------------------------------------------------------------------

    def _add(self, kind: Resource, step: Step) -> RemoteId:
        context, address = self._context, step.address
        item = context.desired[address]
        images = context.load_images(item)
        if step.discard is not None:
            self._discard(kind, step, step.discard)
        intent = self._intents.open(address)
        try:
            remote_id = context.client.add(kind, item.spec, images, address=str(address))
        except Unknown:
            self._sent[intent] = context.clock.monotonic()
            raise
        except Refused as error:
            self._intents.close(intent)
            if error.meaning is Meaning.DUPLICATE:
                raise self._duplicate(kind, item, error) from error
            raise
        except SmsopsError:
            self._intents.close(intent)
            raise
        self._must_be_new(kind, address, remote_id, intent)
        made = recording.added(remote_id, item.spec, context.clock.now())
        close = recording.closed(frozenset({intent.id}))
        try:
            context.journal.commit(recording.chained(recorded(intent, made), close))
        except StateError as error:
            context.rescue(address, remote_id, error)
            raise
        return remote_id

    def _must_be_new(
        self, kind: Resource, address: Address, remote_id: RemoteId, intent: Intent
    ) -> None:
        """An answer with an id that is recorded already is no trustworthy answer."""
        for holder, record in self._context.journal.snapshot.resources.items():
            ids = {item.remote_id for item in record.objects()}
            if holder.kind == kind.name and remote_id in ids:
                self._sent[intent] = self._context.clock.monotonic()
                said = T(
                    "was answered with id {remote_id}, which {holder} has",
                    remote_id=remote_id,
                    holder=holder,
                )
                raise Unknown(kind.api.add, str(address), said)

    def _duplicate(self, kind: Resource, item: Desired, error: Refused) -> SmsopsError:
        """The name is taken: say by which objects, as far as a listing shows them."""
        try:
            seen = self._context.look()
        except SmsopsError:
            seen = self._context.observation
        taken = sorted(
            object_.remote_id
            for object_ in seen.objects.values()
            if object_.kind == kind.name
            and kind.key(object_.spec, kind.match) == kind.key(item.spec, kind.match)
        )
        hint = (
            T(
                "Objects with that name: {ids}. {command} shows whether "
                "one is adopted, or what stands in the way.",
                ids=", ".join(map(str, taken)),
                command=C("plan"),
            )
            if taken
            else T(
                "No listed object has that name. A name that was freed by a deletion may take a "
                "while: apply again later."
            )
        )
        return SmsopsError(error.message_text, hint=hint)

    def _modify(self, kind: Resource, step: Step) -> RemoteId:
        context, address, remote_id = self._context, step.address, _id(step)
        item = context.desired[address]
        images = context.load_images(item)
        try:
            self._idempotent(
                Operation.MODIFY,
                kind,
                step,
                remote_id,
                lambda: context.client.modify(
                    kind, remote_id, item.spec, images, address=str(address)
                ),
            )
        except Refused as error:
            if error.meaning is not Meaning.ALREADY_PASSED:
                raise
            now = context.clock.now()
            self._record(address, lambda record: recording.once_active(record, remote_id, now))
            raise Blocked(
                error.message_text,
                hint=T(
                    "It was approved in the meantime and cannot be modified: run "
                    "{command} to see what happens now.",
                    command=C("plan"),
                ),
            ) from error
        now = context.clock.now()
        self._record(address, lambda record: recording.modified(record, remote_id, item.spec, now))
        return remote_id

    def _delete(self, kind: Resource, step: Step) -> RemoteId:
        if step.action is Action.RETIRE:
            self._must_be_replaced(kind, step)
        self._discard(kind, step, _id(step))
        return _id(step)

    def _must_be_replaced(self, kind: Resource, step: Step) -> None:
        """A superseded object goes only while the current one is active, at this very moment."""
        address = step.address
        record = self._context.journal.snapshot.resources.get(address, Recorded())
        seen = None
        if record.current is not None:
            wanted = record.current.remote_id
            for partition in kind.partitions:
                if seen is None:
                    seen = self._context.client.describe(kind, [wanted], partition).get(wanted)
        if seen is None or seen.review.state is not ReviewState.ACTIVE:
            raise Blocked(
                T(
                    "{address}: {id} is kept, since its successor is not active any more",
                    address=address,
                    id=_id(step),
                ),
                hint=T("Run {command} to see what became of the successor.", command=C("plan")),
            )

    def _discard(self, kind: Resource, step: Step, remote_id: RemoteId) -> None:
        client, address = self._context.client, str(step.address)
        self._idempotent(
            Operation.DELETE,
            kind,
            step,
            remote_id,
            lambda: client.delete(kind, remote_id, address=address),
        )
        self._record(step.address, lambda record: recording.removed(record, remote_id))

    def _idempotent(
        self,
        write: Operation,
        kind: Resource,
        step: Step,
        remote_id: RemoteId,
        send: Callable[[], None],
    ) -> None:
        """Send; when no answer comes, read the object again and send once more if it is there.

        Raises the :class:`Unknown` of the send when nobody can tell.
        """
        try:
            send()
        except Unknown as lost:
            client = self._context.client
            try:
                there = any(client.describe(kind, [remote_id], each) for each in kind.partitions)
            except SmsopsError:
                raise lost from None
            if there or (write is Operation.DELETE and self._young(step.address, remote_id)):
                send()
            elif write is Operation.MODIFY:
                raise

    def _young(self, address: Address, remote_id: RemoteId) -> bool:
        """Whether an object may be there although the API does not show it yet."""
        record = self._context.journal.snapshot.resources.get(address, Recorded())
        now = self._context.clock.now()
        return any(
            item.remote_id == remote_id
            and not item.listed
            and now - (item.submitted_at or 0) < SETTLING
            for item in record.objects()
        )

    def _record(self, address: Address, change: Callable[[Recorded], Recorded]) -> None:
        self._context.journal.commit(recording.on(address, change))

    # -- unknown outcomes ------------------------------------------------------------------------

    def _resolved(self, results: list[Result]) -> list[Result]:
        """``results`` with every unknown Add looked up in the account."""
        context = self._context
        if not self._sent or context.stop:
            return results
        try:
            resolutions = resolve(
                self._sent,
                look=context.look,
                kinds=context.kinds,
                journal=context.journal,
                clock=context.clock,
                stop=context.stop,
            )
        except SmsopsError:
            return results  # the intents stay open; the next run that writes finds out
        by_address = {item.intent.address: item for item in resolutions}
        return [
            _after(result, by_address[result.step.address])
            if result.status is Status.UNKNOWN
            and operation_of(result.step) is Operation.ADD
            and result.step.address in by_address
            else result
            for result in results
        ]


def _after(result: Result, resolution: Resolution) -> Result:
    if resolution.resolved is Resolved.ADOPTED:
        return Result(result.step, Status.DONE, resolution.candidates[0])
    if resolution.resolved is Resolved.NOT_MADE:
        return Result(result.step, Status.NOT_MADE, error=result.error)
    return Result(result.step, Status.UNKNOWN, error=resolution.error)
