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
    come: dict[Key, Address] = {}
    for step in rows:
        key = _near_key(kinds[step.address.kind], step)
        if key is not None:
            (gone if step.action is Action.DELETE else come)[key] = step.address
    moves = {key: (gone[key], come[key]) for key in gone if key in come}
    return [_hinted(kinds[step.address.kind], step, moves) for step in rows] if moves else rows


def _near_key(kind: Kind, step: Step) -> Key | None:
    """What makes a deleted and a created object suspiciously alike."""
    spec = {Action.DELETE: step.before, Action.CREATE: step.after}.get(step.action)
    return (kind.name, *kind.key(spec, kind.near)) if spec is not None and kind.near else None


def _hinted(kind: Kind, step: Step, moves: Mapping[Key, tuple[Address, Address]]) -> Step:
    key = _near_key(kind, step)
    if key is None or key not in moves:
        return step
    old, new = moves[key]
    move = (
        f"if {new} is {old} renamed, run `smsops state mv {old} {new}` first: it keeps the object"
    )
    return replace(step, consequence=f"{move}; otherwise {step.consequence}")
