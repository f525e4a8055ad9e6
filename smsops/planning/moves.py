"""Renamed manifests: which record belongs to which address, decided over all addresses. Pure.

A manifest that gets another name, with or without an edit, describes the same object. Records are
therefore matched with manifests before any address is looked at by itself:

1. A record whose own manifest describes it stays.
2. Equal exact-match keys, one to one: renames, chains and swaps.
3. Alike, one to one, between records without a manifest and manifests without a record: a rename
   together with an edit.
4. Everything else stays at its address.

``decisions.MOVES`` says what each outcome means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smsops.kinds.kind import Resource
from smsops.model import Action, Address, Desired, Recorded, Spec, Step
from smsops.planning import decisions
from smsops.planning.account_index import AccountIndex, Holder
from smsops.planning.compare import known
from smsops.planning.decisions import Link, Presence
from smsops.planning.groups import groups_of
from smsops.planning.handovers import Handovers, Taken
from smsops.planning.matching import Key, Matching
from smsops.text.messages import joined


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
    kinds: Mapping[str, Resource],
    desired: Mapping[Address, Desired],
    recorded: Mapping[Address, Recorded],
    account_index: AccountIndex,
    *,
    busy: Collection[Address] = (),
    not_renamed: Collection[Address] = (),
) -> Moves:
    """Match records with manifests. ``busy`` addresses have an open intent and are left alone;
    those in ``not_renamed`` are meant to go.
    """
    return _Moving(Matching(kinds, desired, recorded, account_index, busy, not_renamed)).result()


class _Moving:
    """The matching of whole records."""

    def __init__(self, matching: Matching) -> None:
        self._m = matching

    def result(self) -> Moves:
        if not self._m.manifests:
            return Moves(self._m.recorded)
        left_alone: set[Address] = set()
        while True:
            doubts: list[Doubt] = []
            sources = self._exact(left_alone, doubts)
            sources |= self._near(sources, left_alone, doubts)
            # An address that is still declared gives its record away only for another one.
            impossible = {
                new
                for new, old in sources.items()
                if (old in self._m.desired and old not in sources)
                or (self._m.occupied(new) and new not in sources.values())
            }
            if not impossible:
                break
            left_alone |= impossible
        records = self._moved(sources)
        doubtful = {address for doubt in doubts for address in doubt.removed}
        handovers = Handovers(self._m, records, doubtful)
        taken = handovers.take(sources)
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
            handovers.waiting({*sources, *taken}),
        )

    def _exact(
        self, left_alone: Collection[Address], doubts: list[Doubt]
    ) -> dict[Address, Address]:
        """New address -> old address with an equal exact-match key."""
        by_key: dict[Key, list[Address]] = {}
        for address, about in self._m.records.items():
            kind = self._m.kinds[address.kind]
            for key in dict.fromkeys(self._m.keys(kind, about)):
                by_key.setdefault(key, []).append(address)
        edges: list[tuple[Key, Key]] = []
        for address, item in self._m.manifests.items():
            if address in left_alone:
                continue
            kind = self._m.kinds[address.kind]
            found = [
                old
                for old in by_key.get((kind.name, *kind.key(item.spec, kind.match)), ())
                if old != address and self._m.describes(kind, item, self._m.records[old])
            ]
            removed = [old for old in found if old not in self._m.desired]
            if len(removed) == 1:
                found = removed
            edges += [(("new", address), ("old", old)) for old in found]
        return self._one_to_one(edges, doubts)

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
        for address, about in self._m.records.items():
            stays = address in self._m.desired and address not in exact
            if stays or address in given or address in spoken_for:
                continue
            kind = self._m.kinds[address.kind]
            seen = self._m.account_index.seen(kind.name, about.remote_id)
            spec = known(kind, about, seen)
            for partition in kind.placed(spec):
                keys = _alike(kind, {**spec, kind.partition: partition})
                edges += [(("old", address), key) for key in keys]
        for address, item in self._m.manifests.items() if edges else ():
            kind = self._m.kinds[address.kind]
            if address in exact or address in left_alone or address in spoken_for:
                continue
            if self._m.occupied(address) and address not in given:
                continue
            if self._m.account_index.matches(kind, item.spec).presence is Presence.EXACT:
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
            removed = tuple(address for address in old if address not in self._m.desired)
            fresh = tuple(address for address in new if not self._m.occupied(address))
            if removed and fresh:
                doubts.append(Doubt(Link.UNCLEAR, removed, fresh))
        return found

    def _same_type(self, new: Address, old: Address) -> bool:
        """Whether a near move keeps the fields that make an object another thing."""
        kind, about = self._m.kinds[new.kind], self._m.records[old]
        return all(
            None
            in (before := about.submitted.get(name), after := self._m.desired[new].spec.get(name))
            or before == after
            or name in about.assumed
            for name in kind.kept_by_moves
        )

    def _moved(self, sources: Mapping[Address, Address]) -> dict[Address, Recorded]:
        if not sources:
            return dict(self._m.recorded)
        leaving = set(sources.values())
        stay = {
            address: item for address, item in self._m.recorded.items() if address not in leaving
        }
        return {**stay, **{new: self._m.recorded[old] for new, old in sources.items()}}


def _alike(kind: Resource, spec: Spec) -> Iterator[Key]:
    """What makes two objects alike: one equal field, the same partition, as many parameters."""
    for name in kind.alike:
        if spec.get(name) is not None:
            where, count = spec.get(kind.partition), kind.parameters(spec)
            yield ("alike", kind.name, name, spec[name], where, count)


def _address(key: Key) -> Address:
    found = key[1]
    assert isinstance(found, Address)
    return found


#: What becomes of an object whose manifest is gone.
_REMOVALS = frozenset({Action.DELETE, Action.BLOCKED})


def with_move_hints(
    steps: Sequence[Step],
    desired: Mapping[Address, Desired],
    recorded: Mapping[Address, Recorded],
) -> tuple[Step, ...]:
    """``steps`` with a word on how to keep an object whose file declares another address by now:
    nothing in the two is alike, but people rename that way too.
    """
    gone: dict[tuple[str, str | None], Address] = {
        (step.address.kind, recorded[step.address].manifest): step.address
        for step in steps
        if step.action in _REMOVALS and step.address in recorded and step.address not in desired
    }
    come: dict[tuple[str, str | None], Address] = {
        (step.address.kind, step.origin.file): step.address
        for step in steps
        if (step.action is Action.CREATE or step.reason_code == decisions.Guard.INCOMPLETE)
        and step.remote_id is None
        and step.origin is not None
    }
    advice = {
        address: decisions.MAY_BE_RENAMED.filled(old=gone[file], new=come[file])
        for file in gone.keys() & come.keys()
        for address in (gone[file], come[file])
    }
    return tuple(
        replace(step, consequence=joined("; otherwise ", word, step.consequence))
        if step.deposed is None and (word := advice.get(step.address))
        else step
        for step in steps
    )
