"""Binding of existing objects to addresses: what is allowed, and what it records. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from smsops.errors import SmsopsError
from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    RemoteId,
    Role,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.state import changes
from smsops.text.messages import C, T, Text


@dataclass(frozen=True, slots=True)
class Binding:
    """An object that is to take a place at an address. ``source`` is Terraform's name for it;
    ``named``: somebody said which place.
    """

    address: Address
    remote_id: RemoteId
    role: Role = Role.CURRENT
    source: str = ""
    named: bool = False

    @property
    def key(self) -> ObjectId:
        """Kind and id of the object, the key of observations."""
        return ObjectId(self.address.kind, self.remote_id)


class Unbindable(SmsopsError):
    """The verdict on a binding that would be wrong, and why."""


class NotThere(Unbindable):
    """No object of that kind has the id."""


@dataclass(frozen=True, slots=True)
class Recordable:
    """The verdict on a binding that may be recorded: the object, as it was seen."""

    seen: Observed


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """The verdict on a binding that needs nothing: where the object stands at its address."""

    place: Role


def check(
    binding: Binding,
    state: Snapshot,
    observation: Observation,
    account_index: AccountIndex,
    kind: Resource,
    *,
    free: Collection[Address] = (),
) -> Recordable | AlreadyRecorded | Unbindable:
    """What becomes of ``binding``. A successor counts as recorded already, too, when nobody said
    which place was meant.

    ``observation`` has read the object and whatever is recorded at the address;
    ``account_index`` is of both. ``free`` addresses are bound and declared by no manifest: their
    objects may be bound elsewhere.
    """
    address, remote_id = binding.address, binding.remote_id
    record = state.resources.get(address, Recorded())
    owner = account_index.owners.get(binding.key)
    if owner is not None and (owner == address or owner not in free):
        place = state.resources[owner].role_of(remote_id)
        if owner == address and (
            place is binding.role or (place is Role.SUCCESSOR and not binding.named)
        ):
            return AlreadyRecorded(place)
        where = f"{'a' if place is Role.SUPERSEDED else 'the'} {place} object of"
        hint = T(
            "If that is wrong, {command} first, or {other}.",
            owner=owner,
            command=C("state rm {owner}"),
            other=C("state mv {owner} ADDR"),
        )
        return Unbindable(
            T(
                "{name} {remote_id} is recorded already: it is {where} {owner}",
                name=kind.name,
                remote_id=remote_id,
                where=where,
                owner=owner,
            ),
            hint=_OWN_PLACE[place] if owner == address else hint,
        )
    if binding.key in observation.unread:
        return Unbindable(
            T(
                "{name} {remote_id} could not be read; run the command again",
                name=kind.name,
                remote_id=remote_id,
            )
        )
    seen = observation.objects.get(binding.key)
    if seen is None:
        return NotThere(
            T(
                "there is no {name} with the id {remote_id} in this account and region",
                name=kind.name,
                remote_id=remote_id,
            ),
            hint=T("{command} lists unmanaged objects with their ids.", command=C("plan")),
        )
    if any(intent.address == address for intent in state.intents):
        return Unbindable(
            T("{address}: an interrupted apply is not resolved yet", address=address),
            hint=T(
                "{command} says that this is its result.",
                address=address,
                remote_id=remote_id,
                command=C("state resolve {address} --adopt {remote_id}"),
            ),
        )
    if binding.role is Role.SUCCESSOR and record.current is None:
        return Unbindable(
            T("{address} has no current object to succeed", address=address),
            hint=T("Leave out --as successor."),
        )
    holder = record.successor if binding.role is Role.SUCCESSOR else record.current
    if holder is not None and account_index.of(kind, holder) is not Presence.ABSENT:
        return Unbindable(
            T(
                "{address} has a {role} object already: id {remote_id}",
                address=address,
                role=binding.role,
                remote_id=holder.remote_id,
            ),
            hint=T(
                "{command} forgets it; the object itself stays.",
                address=address,
                command=C("state rm {address}"),
            ),
        )
    return Recordable(seen)


def change(
    binding: Binding, kind: Resource, seen: Observed, desired: Desired | None, now: float
) -> changes.Change:
    """What recording ``binding`` does to the state. ``desired``: its manifest, if there is one."""

    def unbind(snapshot: Snapshot) -> Snapshot:
        for owner, record in snapshot.resources.items():
            ids = {item.remote_id for item in record.objects()}
            if owner.kind == kind.name and binding.remote_id in ids:
                return changes.on(owner, lambda record: changes.removed(record, binding.remote_id))(
                    snapshot
                )
        return snapshot

    def bind(record: Recorded) -> Recorded:
        described = binding.role is Role.SUCCESSOR or record.successor is None
        wanted = desired.spec if desired is not None and described else None
        object_ = changes.settle(kind, wanted, RecordedObject(binding.remote_id), seen, now)
        return changes.placed(record, object_, binding.role)

    return changes.chained(unbind, changes.on(binding.address, bind))


#: Where an object stands at its address already -> how it gets to the place that was asked for.
_OWN_PLACE: Mapping[Role, Text] = {
    Role.CURRENT: T("It is in use: there is nothing to import."),
    Role.SUCCESSOR: T("Once it is active, the next {command} promotes it.", command=C("apply")),
    Role.SUPERSEDED: T(
        "When the manifest equals it again, the next {command} promotes it.", command=C("apply")
    ),
}
