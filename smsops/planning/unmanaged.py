"""Objects that exist and that neither the state nor a manifest knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsops.kinds.kind import Resource
from smsops.model import (
    Desired,
    ObjectId,
    Observation,
    Observed,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.planning.pending import certain, pending_objects
from smsops.text.messages import C, T

#: What a person may do about them.
NEXT = T(
    "{command} takes them over or says why not, {other} binds one",
    command=C("adopt"),
    other=C("import ADDR ID"),
)


def unmanaged(
    state: Snapshot,
    observation: Observation,
    desired: Sequence[Desired],
    *,
    kinds: Mapping[str, Resource],
    now: float,
) -> tuple[Observed, ...]:
    """By kind and id. An object that a manifest is about to adopt is in a manifest, and one that an
    open intent made is in the state, nearly.
    """
    account_index = AccountIndex(kinds, state.resources, observation, now)
    keys = observation.objects.keys() - account_index.owners.keys()
    if keys:
        keys -= {key for item in desired if (key := _adopted(item, state, kinds, account_index))}
        keys -= certain(pending_objects(state, observation, kinds))
    return tuple(observation.objects[key] for key in sorted(keys))


def _adopted(
    item: Desired, state: Snapshot, kinds: Mapping[str, Resource], account_index: AccountIndex
) -> ObjectId | None:
    """The one exact match of a manifest whose address has no object."""
    kind = kinds[item.address.kind]
    record = state.resources.get(item.address)
    current = record.current if record is not None else None
    if current is not None and account_index.of(kind, current) is not Presence.ABSENT:
        return None
    matches = account_index.matches(kind, item.spec)
    if matches.presence is not Presence.EXACT:
        return None
    return matches.exact[0].key
