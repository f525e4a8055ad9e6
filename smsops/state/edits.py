"""What a person may change in the state by hand. Pure; nothing here reaches the account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from smsops.errors import StateError
from smsops.model import Address, Intent, ProbeRecord, Recorded, RemoteId, Role, Snapshot
from smsops.state import changes
from smsops.text.messages import C, T


def forget(snapshot: Snapshot, addresses: Iterable[Address]) -> Snapshot:
    """Without these addresses. Raises :class:`StateError` when one is not recorded, or has an open
    intent: an object may exist that nobody would know of any more.
    """
    resources = dict(snapshot.resources)
    for address in dict.fromkeys(addresses):
        record(snapshot, address)
        if _open(snapshot, address):
            raise StateError(
                T("{address} has an open intent: an Add got no answer", address=address),
                hint=T(
                    "Resolve it first: smsops state resolve {address} --adopt ID, or --abandon.",
                    address=address,
                ),
            )
        del resources[address]
    return replace(snapshot, resources=resources)


def forget_probes(snapshot: Snapshot, names: Iterable[str]) -> Snapshot:
    """Without what is known of these probes. Raises :class:`StateError` when one never sent."""
    probes = dict(snapshot.probes)
    for name in dict.fromkeys(names):
        probe(snapshot, name)
        del probes[name]
    return replace(snapshot, probes=probes)


def probe(snapshot: Snapshot, name: str) -> ProbeRecord:
    """What is known of a probe. Raises :class:`StateError` when nothing is."""
    found = snapshot.probes.get(name)
    if found is None:
        raise StateError(
            T("probe.{name} is not in the state", name=name),
            hint=T("{command} shows what is.", command=C("state list")),
        )
    return found


def move(snapshot: Snapshot, old: Address, new: Address) -> Snapshot:
    """The record of ``old`` and its open intents under ``new``. Raises :class:`StateError`."""
    if old.kind != new.kind:
        raise StateError(
            T(
                "{old} is a {kind} and cannot become a {other}",
                old=old,
                kind=old.kind,
                other=new.kind,
            )
        )
    if not _open(snapshot, old):
        record(snapshot, old)
    if new in snapshot.resources or _open(snapshot, new):
        raise StateError(T("{new} is in the state already", new=new), hint=T("Nothing was moved."))
    return replace(
        snapshot,
        # Bound, not declared: a name that was mistyped must not delete anything.
        resources={
            new if address == old else address: replace(item, declared=False, manifest=None)
            if address == old
            else item
            for address, item in snapshot.resources.items()
        },
        intents=tuple(
            replace(intent, address=new) if intent.address == old else intent
            for intent in snapshot.intents
        ),
    )


def protect(snapshot: Snapshot, address: Address, *, protected: bool) -> Snapshot:
    """With the protection of ``address`` on or off. Raises :class:`StateError`."""
    item = record(snapshot, address)
    lifecycle = replace(item.lifecycle, protected=protected)
    resources = {**snapshot.resources, address: replace(item, lifecycle=lifecycle)}
    return replace(snapshot, resources=resources)


def adopt(snapshot: Snapshot, address: Address, remote_id: RemoteId) -> Snapshot:
    """``remote_id`` is what the unanswered Add of ``address`` made.

    Raises :class:`StateError` when there is no such Add, when the id is recorded already, or when
    the object was there before the Add.
    """
    intent = _intent(snapshot, address)
    for other, item in snapshot.resources.items():
        if other.kind == address.kind and remote_id in {o.remote_id for o in item.objects()}:
            raise StateError(
                T(
                    "{kind} {remote_id} is recorded already, at {other}",
                    kind=address.kind,
                    remote_id=remote_id,
                    other=other,
                )
            )
    if remote_id in intent.listed:
        raise StateError(
            T(
                "{kind} {remote_id} was there before {action} was sent, so it is "
                "not what that call made",
                kind=address.kind,
                remote_id=remote_id,
                action=intent.action,
            ),
            hint=T(
                "To use it all the same: smsops state resolve {address} --abandon, "
                "then smsops import {address} {remote_id}",
                address=address,
                remote_id=remote_id,
            ),
        )
    made = changes.added(remote_id, intent.submitted, intent.started_at)
    change = changes.chained(
        changes.on(address, lambda item: changes.placed(item, made, intent.role)),
        changes.closed(frozenset((intent.id,))),
    )
    return change(snapshot)


def abandon(snapshot: Snapshot, address: Address) -> Snapshot:
    """The unanswered Adds of ``address`` made nothing. Raises :class:`StateError`."""
    _intent(snapshot, address)
    ids = frozenset(intent.id for intent in _open(snapshot, address))
    return changes.closed(ids)(snapshot)


def record(snapshot: Snapshot, address: Address) -> Recorded:
    """What is recorded of ``address``. Raises :class:`StateError` when nothing is."""
    found = snapshot.resources.get(address)
    if found is None:
        raise StateError(
            T("{address} is not in the state", address=address),
            hint=T("{command} shows what is.", command=C("state list")),
        )
    return found


def replaced(snapshot: Snapshot, address: Address) -> RemoteId | None:
    """The id whose place an adopted object of ``address`` takes; it is taken to be gone."""
    intent = _intent(snapshot, address)
    item = snapshot.resources.get(address, Recorded())
    place = item.successor if intent.role is Role.SUCCESSOR else item.current
    return None if place is None else place.remote_id


def _intent(snapshot: Snapshot, address: Address) -> Intent:
    """The oldest open intent of ``address``."""
    found = _open(snapshot, address)
    if not found:
        others = ", ".join(sorted({str(intent.address) for intent in snapshot.intents}))
        raise StateError(
            T("{address} has no open intent", address=address),
            hint=T("Open intents: {others}.", others=others)
            if others
            else T("No address has one."),
        )
    return min(found, key=lambda intent: intent.started_at)


def _open(snapshot: Snapshot, address: Address) -> tuple[Intent, ...]:
    return tuple(intent for intent in snapshot.intents if intent.address == address)
