"""Addresses that were renamed in the manifests. Pure.

A removed manifest and a new one with the same exact-match key are one object under a new name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from smsops.compare import compare
from smsops.kind import Kind
from smsops.model import Action, Address, Desired, Recorded, Step
from smsops.rules import Sighting
from smsops.sighting import Sightings

Key = tuple[object, ...]


def renamed_addresses(
    kinds: Mapping[str, Kind],
    desired: Mapping[Address, Desired],
    recorded: Mapping[Address, Recorded],
    sightings: Sightings,
    *,
    busy: Collection[Address],
) -> Mapping[Address, Address]:
    """New address -> the removed address whose object it describes, where that is unique.

    ``busy`` addresses have an open intent and are left alone.
    """
    removed = _by_key(
        kinds,
        {a: record for a, record in recorded.items() if a not in desired and a not in busy},
        sightings,
    )
    found: dict[Address, Address] = {}
    for address, item in desired.items() if removed else ():
        kind = kinds[address.kind]
        candidates = {
            old
            for old in removed.get((kind.name, *kind.key(item.spec, kind.match)), ())
            if _describes(kind, item, recorded[old], sightings)
        }
        vacant = _vacant(kind, recorded.get(address), sightings)
        if len(candidates) == 1 and address not in busy and vacant:
            old = candidates.pop()
            if old not in found.values():
                found[address] = old
    return found


def _by_key(
    kinds: Mapping[str, Kind], removed: Mapping[Address, Recorded], sightings: Sightings
) -> Mapping[Key, Sequence[Address]]:
    """Removed addresses by the exact-match keys of their objects, observed and submitted."""
    found: dict[Key, list[Address]] = {}
    for address, record in removed.items():
        kind = kinds[address.kind]
        for about in (record.current, record.successor):
            seen = sightings.seen(kind.name, about.remote_id) if about else None
            if about is None or seen is None:
                continue
            for spec in (seen.spec, {**seen.spec, **about.submitted}):
                found.setdefault((kind.name, *kind.key(spec, kind.match)), []).append(address)
    return found


def _vacant(kind: Kind, record: Recorded | None, sightings: Sightings) -> bool:
    """Whether an address has no object that is, or may still be, there."""
    objects = record.objects() if record is not None else ()
    return all(sightings.of(kind, item) is Sighting.ABSENT for item in objects)


def _describes(kind: Kind, item: Desired, record: Recorded, sightings: Sightings) -> bool:
    """Whether the manifest has the exact-match key of an object of ``record``."""
    for about in (record.current, record.successor):
        seen = sightings.seen(kind.name, about.remote_id) if about else None
        if about is None or seen is None:
            continue
        changed = compare(kind, item.spec, about, seen).changed
        if not any(change.field in kind.match for change in changed):
            return True
    return False


def with_move_hints(kinds: Mapping[str, Kind], rows: Sequence[Step]) -> Sequence[Step]:
    """``rows``, with a word on how to keep the object where a rename together with new content
    looks like a delete and a create.
    """
    gone: dict[Key, Address] = {}
    for step in rows:
        kind = kinds[step.address.kind]
        if step.action is Action.DELETE and kind.near and step.before is not None:
            gone[kind.name, *kind.key(step.before, kind.near)] = step.address
    return [_hinted(kinds[step.address.kind], step, gone) for step in rows] if gone else rows


def _hinted(kind: Kind, step: Step, gone: Mapping[Key, Address]) -> Step:
    if step.action is not Action.CREATE or step.after is None:
        return step
    old = gone.get((kind.name, *kind.key(step.after, kind.near)))
    if old is None:
        return step
    move = f"if this is {old} renamed, `smsops state mv {old} {step.address}` first"
    return replace(step, consequence=f"{step.consequence}; {move}")
