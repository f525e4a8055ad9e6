"""Which objects of the account an address may mean. Pure; indexed, so cost is linear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from smsops.kinds.kind import BOTH, Resource, satisfies
from smsops.model import (
    Address,
    Desired,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    RemoteId,
    Review,
    ReviewState,
    Spec,
    Value,
)
from smsops.planning.decisions import Presence

#: A listing may lag behind an Add: until it was seen once, a missing object is gone only after
#: this long (seconds).
SETTLING = 600
#: The review of an object that was submitted and never read since.
PRESUMED_IN_REVIEW = Review(1, "", ReviewState.IN_REVIEW)


def presence_of(
    kind: str, recorded: RecordedObject, observation: Observation, now: float
) -> Presence:
    """Whether a recorded object is there, gone, or cannot be told."""
    key = ObjectId(kind, recorded.remote_id)
    if key in observation.objects:
        return Presence.THERE
    if key in observation.unread:
        return Presence.UNREAD
    if recorded.listed or recorded.submitted_at is None or now - recorded.submitted_at >= SETTLING:
        return Presence.ABSENT
    return Presence.YOUNG


def last_review(
    kind: str, recorded: RecordedObject, observation: Observation, now: float
) -> Review | None:
    """The review as read now; as recorded last for an object that may be there unseen; ``None``
    for one that is gone.
    """
    presence = presence_of(kind, recorded, observation, now)
    if presence is Presence.THERE:
        return observation.objects[ObjectId(kind, recorded.remote_id)].review
    return None if presence is Presence.ABSENT else recorded.review or PRESUMED_IN_REVIEW


@dataclass(frozen=True, slots=True)
class Matches:
    """Unrecorded objects that equal a manifest (``exact``) or are suspiciously alike (``near``).

    ``exact`` is narrowed, a single one that is not rejected wins over rejected ones;
    ``all_exact`` is not.
    """

    exact: tuple[Observed, ...] = ()
    near: tuple[Observed, ...] = ()
    all_exact: tuple[Observed, ...] = ()

    @property
    def presence(self) -> Presence:
        """For a first object: an exact match that is not active yields to a near one that is."""
        if len(self.exact) > 1 or (self.near and not self.exact):
            return Presence.AMBIGUOUS
        if not self.exact:
            return Presence.ABSENT
        doubtful = not _active(self.exact[0]) and any(_active(item) for item in self.near)
        return Presence.AMBIGUOUS if doubtful else Presence.EXACT

    @property
    def exact_only(self) -> Presence:
        """For a successor: the current object itself may be near, so only exact matches count."""
        if not self.exact:
            return Presence.ABSENT
        return Presence.EXACT if len(self.exact) == 1 else Presence.AMBIGUOUS


def _active(item: Observed) -> bool:
    return item.review.state is ReviewState.ACTIVE


class Holder(NamedTuple):
    """An address and its object that another address would like to have."""

    address: Address
    remote_id: RemoteId


Key = tuple[object, ...]


class AccountIndex:
    """One observation, indexed by id and by the keys that kinds match on.

    The objects of ``bound`` addresses, which no manifest ever declared, match as if they were not
    recorded.
    """

    def __init__(
        self,
        kinds: Mapping[str, Resource],
        recorded: Mapping[Address, Recorded],
        observation: Observation,
        now: float,
        *,
        bound: Collection[Address] = (),
    ) -> None:
        self._observation = observation
        self._now = now
        self.owners: Mapping[ObjectId, Address] = {
            ObjectId(address.kind, item.remote_id): address
            for address, record in recorded.items()
            for item in record.objects()
        }
        self._exact: dict[tuple[object, ...], list[Observed]] = defaultdict(list)
        self._near: dict[tuple[object, ...], list[Observed]] = defaultdict(list)
        self._held: dict[Key, list[tuple[Holder, RecordedObject, Value]]] = defaultdict(list)
        for address, record in recorded.items():
            kind = kinds[address.kind]
            for item in record.objects():
                there = observation.objects.get(ObjectId(kind.name, item.remote_id))
                shown: Spec = there.spec if there else {}
                where = shown.get(kind.partition, item.submitted.get(kind.partition))
                if kind.unique or where == BOTH:
                    spec = {**item.submitted, **shown}
                    key = (kind.name, *kind.key(spec, kind.match))
                    self._held[key].append((Holder(address, item.remote_id), item, where))
        free: frozenset[Address | None] = frozenset({None, *bound})
        self._seen_kinds: set[str] = set()
        for key, seen in observation.objects.items():
            kind = kinds[seen.kind]
            self._seen_kinds.add(seen.kind)
            if self.owners.get(key) not in free:
                continue
            self._exact[(kind.name, *kind.key(seen.spec, kind.match))].append(seen)
            if kind.near:
                self._near[(kind.name, *kind.key(seen.spec, kind.near))].append(seen)

    def seen(self, kind: str, remote_id: RemoteId) -> Observed | None:
        """Object as observed; ``None`` when it was not seen."""
        return self._observation.objects.get(ObjectId(kind, remote_id))

    def all_of(self, kind: str) -> Iterator[Observed]:
        """Every object of the kind that was seen."""
        return (item for (name, _), item in self._observation.objects.items() if name == kind)

    def listed(self, kind: str) -> bool:
        """Whether a complete listing of the kind was read."""
        return self._observation.listed(kind)

    def unstable(self, kind: str) -> bool:
        """Whether the listing of ``kind`` was never stable."""
        return self._observation.listing.get(kind) is Listing.UNSTABLE

    def any_of(self, kind: str) -> bool:
        """Whether any object of the kind was seen at all."""
        return kind in self._seen_kinds

    def of(self, kind: Resource, recorded: RecordedObject) -> Presence:
        """Whether a recorded object is there, gone, or cannot be told."""
        return presence_of(kind.name, recorded, self._observation, self._now)

    def matches(self, kind: Resource, spec: Spec) -> Matches:
        """The unrecorded objects that may be the one that ``spec`` describes."""
        wanted = spec.get(kind.partition)
        exact = [
            item
            for item in self._exact.get((kind.name, *kind.key(spec, kind.match)), ())
            if satisfies(wanted, item.spec.get(kind.partition))
        ]
        ids = {item.remote_id for item in exact}
        near = (
            tuple(
                item
                for item in self._near.get((kind.name, *kind.key(spec, kind.near)), ())
                if item.remote_id not in ids and satisfies(wanted, item.spec.get(kind.partition))
            )
            if kind.near
            else ()
        )
        return Matches(_narrowed(exact), near, tuple(exact))

    def holder(self, kind: Resource, item: Desired) -> Holder | None:
        """Another address whose object leaves no room for this one: it has the name (unique
        kinds), or is this very object, listed in both partitions.
        """
        wanted = item.spec.get(kind.partition)
        key = (kind.name, *kind.key(item.spec, kind.match))
        for holder, record, where in self._held.get(key, ()):
            taken = satisfies(wanted, where) if kind.unique else where == BOTH
            there = self.of(kind, record) is not Presence.ABSENT
            if holder.address != item.address and taken and there:
                return holder
        return None


def _narrowed(exact: Sequence[Observed]) -> tuple[Observed, ...]:
    usable = [item for item in exact if item.review.state is not ReviewState.REJECTED]
    return tuple(usable if len(usable) == 1 else exact)
