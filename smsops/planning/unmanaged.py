"""Objects that exist and that neither the state nor a manifest knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsops.kinds.kind import Kind
from smsops.model import Desired, Observation, Observed, Snapshot
from smsops.planning.account_index import Sightings
from smsops.planning.decisions import Sighting
from smsops.planning.pending import announced, surely

#: What a person may do about them.
NEXT = "`smsops export DIR` writes manifests for all of them, `smsops import ADDR ID` binds one"


def unmanaged(
    state: Snapshot,
    observation: Observation,
    desired: Sequence[Desired],
    *,
    kinds: Mapping[str, Kind],
    now: float,
) -> tuple[Observed, ...]:
    """By kind and id. An object that a manifest is about to adopt is in a manifest, and one that an
    open intent made is in the state, nearly.
    """
    sightings = Sightings(kinds, state.resources, observation, now)
    keys = observation.objects.keys() - sightings.owners.keys()
    if keys:
        keys -= {key for item in desired if (key := _adopted(item, state, kinds, sightings))}
        keys -= surely(announced(state, observation, kinds))
    return tuple(observation.objects[key] for key in sorted(keys))


def _adopted(
    item: Desired, state: Snapshot, kinds: Mapping[str, Kind], sightings: Sightings
) -> tuple[str, int] | None:
    """The one exact match of a manifest whose address has no object."""
    kind = kinds[item.address.kind]
    record = state.resources.get(item.address)
    current = record.current if record is not None else None
    if current is not None and sightings.of(kind, current) is not Sighting.ABSENT:
        return None
    matches = sightings.matches(kind, item.spec)
    if matches.sighting is not Sighting.EXACT:
        return None
    return kind.name, matches.exact[0].remote_id
