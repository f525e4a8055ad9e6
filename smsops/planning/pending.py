"""Objects that an open intent may have made: there, not recorded yet, and no strangers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Intent,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RemoteId,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex

#: CreateTime breaks ties when it is this close to the intent (seconds).
TIE = 600


class PendingObject(NamedTuple):
    """What an open intent may have made. ``sure``: a single object, exactly as submitted."""

    ids: tuple[RemoteId, ...]
    sure: bool


def pending_objects(
    state: Snapshot, observation: Observation, kinds: Mapping[str, Resource]
) -> Mapping[Address, PendingObject]:
    """What the open intent of each address may have made, where there is anything."""
    made: dict[Address, PendingObject] = {}
    for intent in state.intents:
        kind = kinds[intent.address.kind]
        found = candidates(intent, kind, state, observation, others=state.intents)
        if found:
            exact = kind.key(found[0].spec, kind.match) == kind.key(intent.submitted, kind.match)
            ids = tuple(item.remote_id for item in found)
            made[intent.address] = PendingObject(ids, exact and len(found) == 1)
    return made


def certain(made: Mapping[Address, PendingObject]) -> set[ObjectId]:
    """(kind, remote id) of what the next recovery records."""
    return {ObjectId(at.kind, each.ids[0]) for at, each in made.items() if each.sure}


def candidates(
    intent: Intent,
    kind: Resource,
    snapshot: Snapshot,
    seen: Observation,
    *,
    others: Collection[Intent] = (),
) -> list[Observed]:
    """Unrecorded objects that this intent may have made: exact matches, else near ones, that did
    not exist when it was opened, and that are not just what one of ``others`` submitted. CreateTime
    only breaks ties.
    """
    account_index = AccountIndex(
        {kind.name: kind}, _of_kind(snapshot, kind), _only(seen, kind), 0.0
    )
    matches = account_index.matches(kind, intent.submitted)
    fresh = [item for item in matches.all_exact if item.remote_id not in intent.listed]
    if not fresh:
        # A service that normalises text spells our object differently: alike is not ours for sure,
        # but it must not be made twice either.
        theirs = {
            item.remote_id
            for other in others
            if other.address.kind == kind.name and other.address != intent.address
            for item in account_index.matches(kind, other.submitted).all_exact
            if item.remote_id not in other.listed
        }
        known = theirs.union(intent.listed)
        fresh = [item for item in matches.near if item.remote_id not in known]
    if len(fresh) > 1:
        near_in_time = [
            item
            for item in fresh
            if item.created_at is not None and abs(item.created_at - intent.started_at) <= TIE
        ]
        if len(near_in_time) == 1:
            return near_in_time
    return sorted(fresh, key=lambda item: item.remote_id)


def _of_kind(snapshot: Snapshot, kind: Resource) -> Mapping[Address, Recorded]:
    return {a: record for a, record in snapshot.resources.items() if a.kind == kind.name}


def _only(seen: Observation, kind: Resource) -> Observation:
    objects = {key: item for key, item in seen.objects.items() if key[0] == kind.name}
    return replace(seen, objects=objects)
