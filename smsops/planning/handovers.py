"""Single objects that their address lets go and another manifest describes exactly. Pure.

A superseded object, a successor that its manifest does not want any more, or the object of a
removed manifest is taken over instead of deleted; an object that is still in use is waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from smsops.kinds.kind import Resource, satisfies
from smsops.model import (
    Address,
    ObjectId,
    Observed,
    Recorded,
    RecordedObject,
    RemoteId,
    ReviewState,
    Role,
)
from smsops.planning.account_index import Holder
from smsops.planning.decisions import Presence
from smsops.planning.matching import Key, Matching


@dataclass(frozen=True, slots=True)
class Taken:
    """One object that moves by itself: ``source`` does not need it any more."""

    source: Address
    remote_id: RemoteId
    role: Role


class Handovers:
    """Who takes which object, and who waits for one.

    ``records``: every record where it is after moves; :meth:`take` changes it. ``doubtful``:
    removed addresses of which a person has to say whether they were renamed.
    """

    def __init__(
        self,
        matching: Matching,
        records: dict[Address, Recorded],
        doubtful: Collection[Address],
    ) -> None:
        self._m = matching
        self._where = records
        self._doubtful = doubtful

    def take(self, sources: Mapping[Address, Address]) -> dict[Address, Taken]:
        """Objects that their address lets go and that another manifest describes exactly."""
        spare: dict[Key, list[tuple[Address, RecordedObject, Observed]]] = {}
        for address, record in self._where.items():
            if address in self._m.busy:
                continue
            kind = self._m.kinds[address.kind]
            for item in self._spare(kind, address, record):
                seen = self._m.account_index.seen(kind.name, item.remote_id)
                if seen is not None:
                    key = (kind.name, *kind.key(seen.spec, kind.match))
                    spare.setdefault(key, []).append((address, item, seen))
        taken: dict[Address, Taken] = {}
        gone: set[ObjectId] = set()
        for address, wanted in self._m.manifests.items() if spare else ():
            kind = self._m.kinds[address.kind]
            found = [
                (holder, item, seen)
                for holder, item, seen in spare.get(
                    (kind.name, *kind.key(wanted.spec, kind.match)), ()
                )
                if holder != address
                and satisfies(wanted.spec.get(kind.partition), seen.spec.get(kind.partition))
            ]
            # The one that can send, where there is a choice.
            found.sort(key=lambda each: (not _active(each[2]), each[1].remote_id))
            if not found or address in sources:
                continue
            holder, item, seen = found[0]
            role = self._free_place(address, self._where.get(address), seen)
            if role is None or seen.key in gone:
                continue
            gone.add(seen.key)
            taken[address] = Taken(holder, item.remote_id, role)
            self._where[holder] = self._where[holder].without(item.remote_id)
            fresh = replace(item, superseded_at=None)
            if role is Role.CURRENT:
                self._where[address] = Recorded(current=fresh)
            else:
                self._where[address] = replace(self._where[address], successor=fresh)
        return taken

    def _spare(
        self, kind: Resource, address: Address, record: Recorded
    ) -> Iterator[RecordedObject]:
        """The objects that an address has no use for."""
        yield from record.retiring
        successor, item = record.successor, self._m.desired.get(address)
        if item is None:
            decided = address in self._m.not_renamed or address in self._doubtful
            seen = record.current and self._m.account_index.seen(
                kind.name, record.current.remote_id
            )
            decided = decided or record.lifecycle.protected  # it stays where it is
            if record.declared and not decided and record.current and seen and _active(seen):
                yield record.current
        if successor is not None and item is not None:
            seen = self._m.account_index.seen(kind.name, successor.remote_id)
            if seen is not None and _active(seen) and not self._m.describes(kind, item, successor):
                yield successor

    def _free_place(self, address: Address, record: Recorded | None, seen: Observed) -> Role | None:
        """Where an object may stand at an address that describes it."""
        if record is None or not self._m.occupied(address):
            matches = self._m.account_index.matches(
                self._m.kinds[address.kind], self._m.desired[address].spec
            )
            return Role.CURRENT if _active(seen) or not matches.all_exact else None
        if record.current is None or record.successor is not None or not _active(seen):
            return None
        there = self._m.account_index.of(self._m.kinds[address.kind], record.current)
        return Role.SUCCESSOR if there is Presence.THERE else None

    def waiting(self, served: Collection[Address]) -> Mapping[Address, Holder]:
        """Manifests that describe an object which another address still uses."""
        wanting = [address for address in self._m.manifests if address not in served]
        if not wanting:
            return {}
        used: dict[Key, list[tuple[Address, RecordedObject]]] = {}
        for address, record in self._where.items():
            if address not in self._m.desired and address not in self._m.busy:
                continue
            kind = self._m.kinds[address.kind]
            for item in (record.current, record.successor):
                if item is None or self._m.account_index.of(kind, item) is Presence.ABSENT:
                    continue
                for key in dict.fromkeys(self._m.keys(kind, item)):
                    used.setdefault(key, []).append((address, item))
        found: dict[Address, Holder] = {}
        for address in wanting:
            kind, wanted = self._m.kinds[address.kind], self._m.manifests[address]
            for holder, about in used.get((kind.name, *kind.key(wanted.spec, kind.match)), ()):
                own = self._m.desired.get(holder)
                # Listed in both partitions it describes both, and serves one.
                if holder == address or (own is not None and self._m.describes(kind, own, about)):
                    continue
                if self._m.describes(kind, wanted, about):
                    found[address] = Holder(holder, about.remote_id)
        return found


def _active(seen: Observed) -> bool:
    return seen.review.state is ReviewState.ACTIVE
