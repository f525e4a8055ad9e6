"""How each event changes what the state records. Pure: values in, values out.

``settle`` is the only place that learns from an observation: the API's spelling, the review, and
the values that are taken for granted because nobody can read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from smsops.kinds.kind import Resource, satisfies
from smsops.kinds.spelling import accepted, turned
from smsops.model import (
    Action,
    Address,
    Desired,
    Intent,
    ObjectId,
    Observation,
    Observed,
    ProbeRecord,
    Recorded,
    RecordedObject,
    RemoteId,
    ReviewState,
    Role,
    Snapshot,
    Spec,
    Step,
    Value,
)

Change = Callable[[Snapshot], Snapshot]


def added(remote_id: RemoteId, spec: Spec, now: float) -> RecordedObject:
    """The record of an object that an Add just made."""
    return RecordedObject(remote_id, submitted=dict(spec), submitted_at=int(now))


def placed(record: Recorded, object_: RecordedObject, role: Role) -> Recorded:
    """``object_`` as current or successor; what stood there is gone or was discarded before."""
    if role is Role.SUCCESSOR:
        return replace(record, successor=object_)
    return replace(record, current=object_)


def modified(record: Recorded, remote_id: RemoteId, spec: Spec, now: float) -> Recorded:
    """After a Modify: every field was submitted, and the spelling has to be read again."""

    def change(object_: RecordedObject) -> RecordedObject:
        return replace(
            object_, submitted=dict(spec), read_back={}, assumed=(), submitted_at=int(now)
        )

    return _each(record, remote_id, change)


def once_active(record: Recorded, remote_id: RemoteId, now: float) -> Recorded:
    """A Modify was refused as already passed: the object was active once."""
    return _each(record, remote_id, lambda o: replace(o, activated_at=o.activated_at or int(now)))


def promoted(record: Recorded, remote_id: RemoteId, now: float, *, gone: bool) -> Recorded:
    """The successor, or an object that was retiring, becomes current; the current one retires.

    ``gone``: the current object is not there any more and has nothing to retire.
    """
    chosen = next(item for item in record.objects() if item.remote_id == remote_id)
    retiring = tuple(item for item in record.retiring if item.remote_id != remote_id)
    if record.current is not None and not gone:
        retiring += (replace(record.current, superseded_at=int(now)),)
    successor = record.successor
    if successor is not None and successor.remote_id == remote_id:
        successor = None
    current = replace(chosen, promoted_at=int(now), superseded_at=None)
    return replace(record, current=current, successor=successor, retiring=retiring)


def removed(record: Recorded, remote_id: RemoteId) -> Recorded:
    """``record`` without one id, wherever it stands."""
    return record.without(remote_id)


def settle(
    kind: Resource,
    wanted: Spec | None,
    recorded: RecordedObject,
    seen: Observed,
    now: float,
    *,
    listed: bool = False,
) -> RecordedObject:
    """What an observation teaches about a recorded object. ``listed``: a listing showed it.

    ``wanted`` is the manifest, for the object that it describes: readable fields that already
    equal it count as submitted, and fields that the API never returns are assumed to, as long as
    nothing was submitted. A text that differs by more than its spelling is never taken over.
    """
    spelling: dict[str, Value] = dict(recorded.read_back)
    for name, value in seen.spec.items():
        if (name not in spelling or turned(recorded, seen)) and accepted(recorded, seen, name):
            spelling[name] = value
    submitted = dict(recorded.submitted)
    assumed = set(recorded.assumed)
    if wanted is not None:
        for item in kind.fields:
            want = wanted.get(item.name)
            if want is None:
                continue  # nothing is declared, so nothing is assumed
            if item.name in seen.spec:
                if satisfies(want, seen.spec[item.name]):
                    submitted[item.name] = want
                    spelling[item.name] = seen.spec[item.name]
            elif item.name not in submitted or item.name in assumed:
                submitted[item.name] = want
                assumed.add(item.name)
    active = seen.review.state is ReviewState.ACTIVE
    # A clock that is ahead must not make an object younger than new.
    created_at = min(seen.created_at or int(now), int(now))
    return replace(
        recorded,
        submitted=submitted,
        read_back=spelling,
        assumed=tuple(sorted(assumed)),
        review=seen.review,
        submitted_at=recorded.submitted_at or created_at,
        activated_at=recorded.activated_at or (int(now) if active else None),
        listed=recorded.listed or listed,
    )


def observed(
    kinds: Mapping[str, Resource],
    desired: Mapping[Address, Desired],
    observation: Observation,
    now: float,
) -> Change:
    """Record what was seen of every recorded object, and the lifecycle settings of manifests."""

    def change(snapshot: Snapshot) -> Snapshot:
        resources = {
            address: _observed(kinds[address.kind], desired.get(address), record, observation, now)
            for address, record in snapshot.resources.items()
        }
        return replace(snapshot, resources=resources)

    return change


def _observed(
    kind: Resource, item: Desired | None, record: Recorded, observation: Observation, now: float
) -> Recorded:
    def learn(object_: RecordedObject, wanted: Spec | None) -> RecordedObject:
        key = ObjectId(kind.name, object_.remote_id)
        seen = observation.objects.get(key)
        if seen is None:
            return object_
        return settle(kind, wanted, object_, seen, now, listed=key not in observation.by_id)

    wanted = item.spec if item is not None else None
    current, successor = record.current, record.successor
    # The manifest describes the successor as long as there is one.
    return replace(
        record,
        current=learn(current, wanted if successor is None else None) if current else None,
        successor=learn(successor, wanted) if successor else None,
        retiring=tuple(learn(old, None) for old in record.retiring),
        lifecycle=item.lifecycle if item is not None else record.lifecycle,
        declared=record.declared or item is not None,
        manifest=item.origin.file if item is not None and item.origin else record.manifest,
    )


def declared(record: Recorded) -> Recorded:
    """``record`` of an address that a manifest declares, or declared when its Add was sent."""
    return replace(record, declared=True)


def on(address: Address, change: Callable[[Recorded], Recorded]) -> Change:
    """``change`` applied to one address; an address without objects disappears."""

    def apply(snapshot: Snapshot) -> Snapshot:
        resources = dict(snapshot.resources)
        record = change(resources.get(address, Recorded()))
        if record.objects():
            resources[address] = record
        else:
            resources.pop(address, None)
        return replace(snapshot, resources=resources)

    return apply


def relocated(steps: Sequence[Step]) -> Change:
    """Every move of ``steps`` at once, since records may change places: whole records first, then
    single objects that another address has let go.
    """
    whole = {step.address: step.moved_from for step in steps if step.moved_from and not step.taken}
    single = [step for step in steps if step.moved_from and step.taken]

    def apply(snapshot: Snapshot) -> Snapshot:
        resources = dict(snapshot.resources)
        moving = {new: resources.pop(old) for new, old in whole.items()}
        resources.update((new, declared(record)) for new, record in moving.items())
        handed: list[tuple[Step, RecordedObject]] = []
        for step in single:  # all leave before the first arrives: it may take another one's place
            assert step.moved_from is not None
            holder = resources[step.moved_from]
            found = next(item for item in holder.objects() if item.remote_id == step.taken)
            resources[step.moved_from] = removed(holder, found.remote_id)
            handed.append((step, replace(found, superseded_at=None)))
        for step, item in handed:
            record = resources.get(step.address, Recorded())
            resources[step.address] = declared(placed(record, item, step.takes))
        left = {address: record for address, record in resources.items() if record.objects()}
        return replace(snapshot, resources=left)

    return apply


def intended(intents: tuple[Intent, ...]) -> Change:
    """Intents are open: their Adds may be sent from the moment this is durable. Those that are
    open already, from a save that failed, are not opened again.
    """

    def apply(snapshot: Snapshot) -> Snapshot:
        known = {intent.id for intent in snapshot.intents}
        fresh = tuple(intent for intent in intents if intent.id not in known)
        return replace(snapshot, intents=snapshot.intents + fresh)

    return apply


def closed(ids: frozenset[str]) -> Change:
    """The outcome of these intents is known."""

    def apply(snapshot: Snapshot) -> Snapshot:
        left = tuple(intent for intent in snapshot.intents if intent.id not in ids)
        return replace(snapshot, intents=left)

    return apply


def probed(name: str, record: ProbeRecord) -> Change:
    """The latest send of a probe, as far as it is known now."""

    def apply(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, probes={**snapshot.probes, name: record})

    return apply


def chained(*changes: Change) -> Change:
    """Several changes as one."""

    def apply(snapshot: Snapshot) -> Snapshot:
        for change in changes:
            snapshot = change(snapshot)
        return snapshot

    return apply


def _each(
    record: Recorded, remote_id: RemoteId, change: Callable[[RecordedObject], RecordedObject]
) -> Recorded:
    def only(item: RecordedObject) -> RecordedObject:
        return change(item) if item.remote_id == remote_id else item

    return replace(
        record,
        current=only(record.current) if record.current else None,
        successor=only(record.successor) if record.successor else None,
        retiring=tuple(only(item) for item in record.retiring),
    )


# -- steps on the state alone --------------------------------------------------------------------


def without_a_call(
    step: Step,
    kinds: Mapping[str, Resource],
    item: Desired | None,
    observation: Observation,
    now: float,
) -> Change:
    """What an adopt, a promote or a forget does. ``item``: the manifest of the address, if any."""
    assert step.remote_id is not None, step
    change = _WITHOUT_A_CALL[step.action]
    return change(step, step.remote_id, kinds[step.address.kind], item, observation, now)


def _adopted(
    step: Step,
    remote_id: RemoteId,
    kind: Resource,
    item: Desired | None,
    observation: Observation,
    now: float,
) -> Change:
    if step.moved_from is not None:
        return chained()  # moving it was everything
    assert item is not None, step
    key = ObjectId(kind.name, remote_id)
    seen, listed = observation.objects[key], key not in observation.by_id
    fresh = settle(kind, item.spec, RecordedObject(remote_id), seen, now, listed=listed)
    return on(step.address, lambda record: declared(placed(record, fresh, step.role)))


def _promoted(
    step: Step,
    remote_id: RemoteId,
    kind: Resource,
    _: Desired | None,
    observation: Observation,
    now: float,
) -> Change:
    def change(record: Recorded) -> Recorded:
        current = record.current
        there = current is not None and (kind.name, current.remote_id) in observation.objects
        return promoted(record, remote_id, now, gone=not there)

    return on(step.address, change)


def _forgotten(
    step: Step,
    remote_id: RemoteId,
    kind: Resource,
    _: Desired | None,
    observation: Observation,
    __: float,
) -> Change:
    if (kind.name, remote_id) in observation.objects:
        return chained()  # it is there, so it has moved: its id is never dropped
    return on(step.address, lambda record: removed(record, remote_id))


_WITHOUT_A_CALL: Mapping[
    Action, Callable[[Step, RemoteId, Resource, Desired | None, Observation, float], Change]
] = {
    Action.ADOPT: _adopted,
    Action.PROMOTE: _promoted,
    Action.FORGET: _forgotten,
}
