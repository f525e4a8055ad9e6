"""Writes: what each operation sends, and what is recorded before and after it."""

from __future__ import annotations

from dataclasses import dataclass

from smsops.applying import lost
from smsops.applying.context import BatchContext
from smsops.applying.intents import Intents
from smsops.applying.recovery import recorded
from smsops.errors import Blocked, SmsopsError, StateError
from smsops.kinds.kind import Resource
from smsops.model import Action, Address, Desired, Intent, RemoteId, ReviewState, Step
from smsops.model.outcome import Result, Status
from smsops.providers.errors import Meaning, Refused, Unknown
from smsops.state import changes
from smsops.text.messages import C, T


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletions: of removed, superseded and abandoned objects."""

    context: BatchContext

    def send(self, step: Step) -> Result:
        """Delete the object of a step."""
        remote_id = _id(step)
        if step.action is Action.RETIRE:
            self._must_be_replaced(step, remote_id)
        self.discard(step, remote_id)
        return Result(step, Status.DONE, remote_id)

    def discard(self, step: Step, remote_id: RemoteId) -> None:
        """Delete an object at the address of a step, and record that it is gone."""
        context, kind = self.context, self.context.kind_of(step)
        lost.idempotent(
            lambda: context.client.delete(kind, remote_id, address=str(step.address)),
            there=lambda: (
                lost.is_there(context, kind, remote_id) or lost.is_young(context, step, remote_id)
            ),
            done_when_gone=True,
        )
        context.record(step.address, lambda record: changes.removed(record, remote_id))

    def _must_be_replaced(self, step: Step, remote_id: RemoteId) -> None:
        """A superseded object goes only while the current one is active, at this very moment."""
        context, kind = self.context, self.context.kind_of(step)
        current = context.recorded(step.address).current
        seen = None
        if current is not None:
            wanted = current.remote_id
            for partition in kind.partitions:
                if seen is None:
                    seen = context.client.describe(kind, [wanted], partition).get(wanted)
        if seen is None or seen.review.state is not ReviewState.ACTIVE:
            raise Blocked(
                T(
                    "{address}: {id} is kept, since its successor is not active any more",
                    address=step.address,
                    id=remote_id,
                ),
                hint=T("Run {command} to see what became of the successor.", command=C("plan")),
            )


@dataclass(frozen=True, slots=True)
class Modify:
    """Updates of objects that are not approved yet."""

    context: BatchContext

    def send(self, step: Step) -> Result:
        """Submit the manifest of a step's address in place of what its object holds."""
        context, kind, address = self.context, self.context.kind_of(step), step.address
        remote_id, item = _id(step), context.desired[address]
        images = context.load_images(item)
        try:
            lost.idempotent(
                lambda: context.client.modify(
                    kind, remote_id, item.spec, images, address=str(address)
                ),
                there=lambda: lost.is_there(context, kind, remote_id),
                done_when_gone=False,
            )
        except Refused as error:
            if error.meaning is not Meaning.ALREADY_PASSED:
                raise
            now = context.clock.now()
            context.record(address, lambda record: changes.once_active(record, remote_id, now))
            raise Blocked(
                error.message_text,
                hint=T(
                    "It was approved in the meantime and cannot be modified: run "
                    "{command} to see what happens now.",
                    command=C("plan"),
                ),
            ) from error
        now = context.clock.now()
        context.record(address, lambda record: changes.modified(record, remote_id, item.spec, now))
        return Result(step, Status.DONE, remote_id)


@dataclass(frozen=True, slots=True)
class Add:
    """Additions: of first objects and of successors. Not idempotent, hence the intents."""

    context: BatchContext
    intents: Intents
    delete: Delete

    def send(self, step: Step) -> Result:
        """Submit the manifest of a step's address as a new object."""
        context, kind, address = self.context, self.context.kind_of(step), step.address
        item = context.desired[address]
        images = context.load_images(item)
        if step.discard is not None:
            self.delete.discard(step, step.discard)
        intent = self.intents.open(address)
        try:
            remote_id = context.client.add(kind, item.spec, images, address=str(address))
            self._must_be_new(kind, address, remote_id)
        except Unknown as error:
            return lost.LostAdd(
                step,
                Status.UNKNOWN,
                step.remote_id,
                error,
                intent=intent,
                sent_at=context.clock.monotonic(),
            )
        except Refused as error:
            self.intents.close(intent)
            if error.meaning is Meaning.DUPLICATE:
                raise self._duplicate(kind, item, error) from error
            raise
        except SmsopsError:
            self.intents.close(intent)
            raise
        self._record(intent, item, remote_id)
        return Result(step, Status.DONE, remote_id)

    def _record(self, intent: Intent, item: Desired, remote_id: RemoteId) -> None:
        context = self.context
        fresh = changes.added(remote_id, item.spec, context.clock.now())
        close = changes.closed(frozenset({intent.id}))
        try:
            context.journal.commit(changes.chained(recorded(intent, fresh), close))
        except StateError as error:
            context.rescue(item.address, remote_id, error)
            raise

    def _must_be_new(self, kind: Resource, address: Address, remote_id: RemoteId) -> None:
        """An answer with an id that is recorded already is no trustworthy answer."""
        for holder, record in self.context.journal.snapshot.resources.items():
            ids = {item.remote_id for item in record.objects()}
            if holder.kind == kind.name and remote_id in ids:
                message = T(
                    "was answered with id {remote_id}, which {holder} has",
                    remote_id=remote_id,
                    holder=holder,
                )
                raise Unknown(kind.api.add, str(address), message)

    def _duplicate(self, kind: Resource, item: Desired, error: Refused) -> SmsopsError:
        """The name is taken: name the objects that have it, as far as a listing shows them."""
        try:
            seen = self.context.look()
        except SmsopsError:
            seen = self.context.observation
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


def _id(step: Step) -> RemoteId:
    assert step.remote_id is not None, step
    return step.remote_id
