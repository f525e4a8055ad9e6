"""Renamed manifests: which record belongs to which address, decided over all addresses. Pure.

A manifest that gets another name, with or without an edit, describes the same object. Records are
therefore matched with manifests before any address is looked at by itself:

1. A record whose own manifest describes it stays.
2. Equal exact-match keys, one to one: renames, chains and swaps.
3. Alike, one to one, between records without a manifest and manifests without a record: a rename
   together with an edit.
4. Everything else stays at its address.

``rules.MOVES`` says what each outcome means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from smsops.compare import compare, known
from smsops.groups import groups_of
from smsops.kind import BOTH, Kind, satisfies
from smsops.model import (
    Address,
    Desired,
    Observed,
    Recorded,
    RecordedObject,
    ReviewState,
    Role,
    Spec,
)
from smsops.rules import Link, Sighting
from smsops.sighting import Holder, Sightings

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """One object that moves by itself: ``source`` does not need it any more."""

    source: Address
    remote_id: int
    role: Role


@dataclass(frozen=True, slots=True)
class Doubt:
    """Removed and new addresses that belong together, or not: a person has to say."""

    link: Link
    removed: tuple[Address, ...]
    declared: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """The record that every address has once everything has moved, and how it got there.

    ``sources``: address -> the address whose whole record it takes over. ``taken``: the same for
    single objects. ``waiting``: address -> who still uses just the object that it describes.
    """

    records: Mapping[Address, Recorded]
    sources: Mapping[Address, Address] = field(default_factory=dict)
    taken: Mapping[Address, Taken] = field(default_factory=dict)
    doubts: Mapping[Address, Doubt] = field(default_factory=dict)
    waiting: Mapping[Address, Holder] = field(default_factory=dict)

    @property
    def targets(self) -> Mapping[Address, Address]:
        """Address -> the address that takes over its whole record."""
        return {old: new for new, old in self.sources.items()}

    def groups(self) -> Mapping[Address, frozenset[Address]]:
        """Every address that takes part in a move, with all that move together with it."""
        pairs = [*self.sources.items(), *((new, item.source) for new, item in self.taken.items())]
        found = groups_of((new, old) for new, old in pairs)
        return {address: frozenset(group) for group in found for address in group}


def moves(
    kinds: Mapping[str, Kind],
    desired: Mapping[Address, Desired],
    recorded: Mapping[Address, Recorded],
    sightings: Sightings,
    *,
    busy: Collection[Address] = (),
    not_renamed: Collection[Address] = (),
) -> Moves:
    """Match records with manifests. ``busy`` addresses have an open intent and are left alone;
    those in ``not_renamed`` are meant to go.
    """
    return _Matching(kinds, desired, recorded, sightings, busy, not_renamed).result()


def known_by(kind: Kind, record: Recorded, sightings: Sightings) -> RecordedObject | None:
    """The object that a record is known by: the successor, else the current one, unless gone."""
    for item in (record.successor, record.current):
        if item is not None and sightings.of(kind, item) is not Sighting.ABSENT:
            return item
    return None


class _Matching:
    def __init__(
        self,
        kinds: Mapping[str, Kind],
        desired: Mapping[Address, Desired],
        recorded: Mapping[Address, Recorded],
        sightings: Sightings,
        busy: Collection[Address],
        not_renamed: Collection[Address],
    ) -> None:
        self._kinds = kinds
        self._desired = desired
        self._recorded = recorded
        self._sightings = sightings
        self._busy = busy
        self._not_renamed = not_renamed
        #: Removed addresses of which a person has to say whether they were renamed.
        self._doubtful: Collection[Address] = ()
        #: Manifests that do not describe the record of their address, or have none.
        self._manifests: dict[Address, Desired] = {}
        #: Records that their own manifest does not describe, by the object they are known by.
        self._records: dict[Address, RecordedObject] = {}
        for address, item in desired.items():
            record = recorded.get(address)
            about = (record.successor or record.current) if record is not None else None
            if about is not None and self._as_seen(item, about):
                continue
            self._loose(address, item, record)
        for address, record in recorded.items():
            if address in desired or address in busy or address in not_renamed:
                continue
            about = known_by(kinds[address.kind], record, sightings)
            if about is not None and record.declared:
                self._records[address] = about

    def _as_seen(self, item: Desired, about: RecordedObject) -> bool:
        """The quick and usual case of :meth:`_describes`."""
        kind = item.address.kind
        seen = self._sightings.seen(kind, about.remote_id)
        if seen is None:
            return False
        spec, want = seen.spec, item.spec
        return all(spec.get(name) == want.get(name) for name in self._kinds[kind].match)

    def _loose(self, address: Address, item: Desired, record: Recorded | None) -> None:
        if address in self._busy:
            return
        kind = self._kinds[address.kind]
        about = known_by(kind, record, self._sightings) if record is not None else None
        if about is not None and self._describes(kind, item, about):
            return
        self._manifests[address] = item
        if about is not None:
            self._records[address] = about

    def _describes(self, kind: Kind, item: Desired, about: RecordedObject) -> bool:
        """Whether a manifest has the exact-match key of an object, as submitted or as seen."""
        seen = self._sightings.seen(kind.name, about.remote_id)
        if seen is None:
            values = about.submitted
            return all(satisfies(item.spec.get(name), values.get(name)) for name in kind.match)
        changed = compare(kind, item.spec, about, seen).changed
        return not any(change.field in kind.match for change in changed)

    # -- whole records ---------------------------------------------------------------------------

    def result(self) -> Moves:
        if not self._manifests:
            return Moves(self._recorded)
        left_alone: set[Address] = set()
        while True:
            doubts: list[Doubt] = []
            sources = self._exact(left_alone, doubts)
            sources |= self._near(sources, left_alone, doubts)
            # An address that is still declared gives its record away only for another one.
            impossible = {
                new
                for new, old in sources.items()
                if (old in self._desired and old not in sources)
                or (self._taken_place(new) and new not in sources.values())
            }
            if not impossible:
                break
            left_alone |= impossible
        records = self._moved(sources)
        self._doubtful = {address for doubt in doubts for address in doubt.removed}
        taken = self._take(records, sources)
        return Moves(
            records,
            sources,
            taken,
            {
                address: doubt
                for doubt in doubts
                for address in (*doubt.removed, *doubt.declared)
                if address not in taken
            },
            self._waiting(records, {*sources, *taken}),
        )

    def _taken_place(self, address: Address) -> bool:
        """Whether an address has an object that is, or may be, there."""
        record = self._recorded.get(address)
        kind = self._kinds[address.kind]
        return record is not None and any(
            self._sightings.of(kind, item) is not Sighting.ABSENT for item in record.objects()
        )

    def _exact(
        self, left_alone: Collection[Address], doubts: list[Doubt]
    ) -> dict[Address, Address]:
        """New address -> old address with an equal exact-match key."""
        by_key: dict[Key, list[Address]] = {}
        for address, about in self._records.items():
            kind = self._kinds[address.kind]
            for key in dict.fromkeys(self._keys(kind, about)):
                by_key.setdefault(key, []).append(address)
        edges: list[tuple[Key, Key]] = []
        for address, item in self._manifests.items():
            if address in left_alone:
                continue
            kind = self._kinds[address.kind]
            found = [
                old
                for old in by_key.get((kind.name, *kind.key(item.spec, kind.match)), ())
                if old != address and self._describes(kind, item, self._records[old])
            ]
            removed = [old for old in found if old not in self._desired]
            if len(removed) == 1:
                found = removed
            edges += [(("new", address), ("old", old)) for old in found]
        return self._one_to_one(edges, doubts)

    def _keys(self, kind: Kind, about: RecordedObject) -> Iterator[Key]:
        """The exact-match keys of an object: as it is seen, and as it was submitted."""
        seen = self._sightings.seen(kind.name, about.remote_id)
        for spec in [seen.spec, {**seen.spec, **about.submitted}] if seen else [about.submitted]:
            yield (kind.name, *kind.key(spec, kind.match))

    def _near(
        self,
        exact: Mapping[Address, Address],
        left_alone: Collection[Address],
        doubts: list[Doubt],
    ) -> dict[Address, Address]:
        """New address -> old address that is alike: a rename together with an edit."""
        given = set(exact.values())
        spoken_for = {address for doubt in doubts for address in (*doubt.removed, *doubt.declared)}
        edges: list[tuple[Key, Key]] = []
        for address, about in self._records.items():
            stays = address in self._desired and address not in exact
            if stays or address in given or address in spoken_for:
                continue
            kind = self._kinds[address.kind]
            seen = self._sightings.seen(kind.name, about.remote_id)
            spec = known(kind, about, seen)
            where = spec.get("international")
            for value in (False, True) if where == BOTH else (where,):
                keys = _alike(kind, {**spec, "international": value})
                edges += [(("old", address), key) for key in keys]
        for address, item in self._manifests.items() if edges else ():
            kind = self._kinds[address.kind]
            if address in exact or address in left_alone or address in spoken_for:
                continue
            if self._taken_place(address) and address not in given:
                continue
            if self._sightings.matches(kind, item.spec).sighting is Sighting.EXACT:
                continue
            edges += [(("new", address), key) for key in _alike(kind, item.spec)]
        return self._one_to_one(edges, doubts, near=True)

    def _one_to_one(
        self, edges: Iterable[tuple[Key, Key]], doubts: list[Doubt], *, near: bool = False
    ) -> dict[Address, Address]:
        """The groups of one old and one new address; every other one is a doubt, if it has both."""
        found: dict[Address, Address] = {}
        for group in groups_of(edges):
            old = sorted(_address(key) for key in group if key[0] == "old")
            new = sorted(_address(key) for key in group if key[0] == "new")
            if len(old) == len(new) == 1:
                if not near or self._same_type(new[0], old[0]):
                    found[new[0]] = old[0]
                else:
                    doubts.append(Doubt(Link.OTHER_TYPE, tuple(old), tuple(new)))
                continue
            removed = tuple(address for address in old if address not in self._desired)
            fresh = tuple(address for address in new if not self._taken_place(address))
            if removed and fresh:
                doubts.append(Doubt(Link.UNCLEAR, removed, fresh))
        return found

    def _same_type(self, new: Address, old: Address) -> bool:
        """Whether a near move keeps the fields that make an object another thing."""
        kind, about = self._kinds[new.kind], self._records[old]
        return all(
            about.submitted.get(name) in (None, self._desired[new].spec.get(name))
            or name in about.assumed
            for name in kind.kept_by_moves
        )

    def _moved(self, sources: Mapping[Address, Address]) -> dict[Address, Recorded]:
        if not sources:
            return dict(self._recorded)
        leaving = set(sources.values())
        stay = {address: item for address, item in self._recorded.items() if address not in leaving}
        return {**stay, **{new: self._recorded[old] for new, old in sources.items()}}

    # -- single objects --------------------------------------------------------------------------

    def _take(
        self, records: dict[Address, Recorded], sources: Mapping[Address, Address]
    ) -> dict[Address, Taken]:
        """Objects that their address lets go and that another manifest describes exactly.

        Changes ``records``.
        """
        spare: dict[Key, list[tuple[Address, RecordedObject, Observed]]] = {}
        for address, record in records.items():
            if address in self._busy:
                continue
            kind = self._kinds[address.kind]
            for item in self._spare(kind, address, record):
                seen = self._sightings.seen(kind.name, item.remote_id)
                if seen is not None:
                    key = (kind.name, *kind.key(seen.spec, kind.match))
                    spare.setdefault(key, []).append((address, item, seen))
        taken: dict[Address, Taken] = {}
        for address, wanted in self._manifests.items() if spare else ():
            kind = self._kinds[address.kind]
            found = [
                (holder, item, seen)
                for holder, item, seen in spare.get(
                    (kind.name, *kind.key(wanted.spec, kind.match)), ()
                )
                if holder != address
                and satisfies(wanted.spec.get("international"), seen.spec.get("international"))
            ]
            # The one that can send, where there is a choice.
            found.sort(key=lambda each: (not _active(each[2]), each[1].remote_id))
            if not found or address in sources:
                continue
            holder, item, seen = found[0]
            role = self._free_place(address, records.get(address), seen)
            if role is None or any(each.remote_id == item.remote_id for each in taken.values()):
                continue
            taken[address] = Taken(holder, item.remote_id, role)
            records[holder] = _without(records[holder], item.remote_id)
            fresh = replace(item, superseded_at=None)
            if role is Role.CURRENT:
                records[address] = Recorded(current=fresh)
            else:
                records[address] = replace(records[address], successor=fresh)
        return taken

    def _spare(self, kind: Kind, address: Address, record: Recorded) -> Iterator[RecordedObject]:
        """The objects that an address has no use for."""
        yield from record.retiring
        successor, item = record.successor, self._desired.get(address)
        if item is None:
            removed = record.declared and address not in (*self._not_renamed, *self._doubtful)
            seen = record.current and self._sightings.seen(kind.name, record.current.remote_id)
            if removed and record.current and seen and _active(seen):
                yield record.current
        if successor is not None and item is not None:
            seen = self._sightings.seen(kind.name, successor.remote_id)
            if seen is not None and _active(seen) and not self._describes(kind, item, successor):
                yield successor

    def _free_place(self, address: Address, record: Recorded | None, seen: Observed) -> Role | None:
        """Where an object may stand at an address that describes it."""
        if record is None or not self._taken_place(address):
            matches = self._sightings.matches(
                self._kinds[address.kind], self._desired[address].spec
            )
            return Role.CURRENT if _active(seen) or not matches.all_exact else None
        if record.current is None or record.successor is not None or not _active(seen):
            return None
        there = self._sightings.of(self._kinds[address.kind], record.current)
        return Role.SUCCESSOR if there is Sighting.THERE else None

    def _waiting(
        self, records: Mapping[Address, Recorded], served: Collection[Address]
    ) -> Mapping[Address, Holder]:
        """Manifests that describe an object which another address still uses."""
        wanting = [address for address in self._manifests if address not in served]
        if not wanting:
            return {}
        used: dict[Key, list[tuple[Address, RecordedObject]]] = {}
        for address, record in records.items():
            if address not in self._desired and address not in self._busy:
                continue
            kind = self._kinds[address.kind]
            for item in (record.current, record.successor):
                if item is None or self._sightings.of(kind, item) is Sighting.ABSENT:
                    continue
                for key in dict.fromkeys(self._keys(kind, item)):
                    used.setdefault(key, []).append((address, item))
        found: dict[Address, Holder] = {}
        for address in wanting:
            kind, wanted = self._kinds[address.kind], self._manifests[address]
            for holder, about in used.get((kind.name, *kind.key(wanted.spec, kind.match)), ()):
                own = self._desired.get(holder)
                # Filed under both values of international it describes both, and serves one.
                if holder == address or (own is not None and self._describes(kind, own, about)):
                    continue
                if self._describes(kind, wanted, about):
                    found[address] = Holder(holder, about.remote_id)
        return found


def _active(seen: Observed) -> bool:
    return seen.review.state is ReviewState.ACTIVE


def _alike(kind: Kind, spec: Spec) -> Iterator[Key]:
    """What makes two objects alike: one equal field, the same international, as many parameters."""
    for name in kind.alike:
        if spec.get(name) is not None:
            where, count = spec.get("international"), kind.parameters(spec)
            yield ("alike", kind.name, name, spec[name], where, count)


def _address(key: Key) -> Address:
    found = key[1]
    assert isinstance(found, Address)
    return found


def _without(record: Recorded, remote_id: int) -> Recorded:
    current, successor = record.current, record.successor
    return replace(
        record,
        current=current if current and current.remote_id != remote_id else None,
        successor=successor if successor and successor.remote_id != remote_id else None,
        retiring=tuple(item for item in record.retiring if item.remote_id != remote_id),
    )
