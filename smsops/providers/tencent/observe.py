"""One reading of the account: what is there, and how much of it could be seen.

Every kind is listed partition by partition. A kind that cannot be listed is read
by the ids that the state knows; so are recorded objects that a listing does not show, because an
object is gone only when a Describe by id does not find it either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property, partial

from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    RemoteId,
    Value,
)
from smsops.providers.errors import (
    ApiError,
    CredentialsRefused,
    InconsistentListing,
    ListingRefused,
    NoCredentials,
    NotSent,
)
from smsops.providers.parallel import concurrently
from smsops.providers.protocol import Arrived, Reader, ignored
from smsops.providers.tencent.paging import SUB_ACCOUNT
from smsops.text.messages import NOTHING, N, T, Text


@dataclass(frozen=True, slots=True)
class _Listed:
    """One listing: its objects, or why there is none."""

    kind: Resource
    objects: Sequence[Observed] = ()
    note: Text = NOTHING
    unstable: bool = False


def observe(
    client: Reader,
    kinds: Mapping[str, Resource],
    recorded: Mapping[Address, Recorded] | Future[Mapping[Address, Recorded]],
    *,
    include: Collection[ObjectId] = (),
    arrived: Arrived = ignored,
) -> Observation:
    """List every kind, and look up by id whatever is recorded and was not listed.

    ``recorded`` may still be on its way: listing begins without it. ``include``: further objects
    to look up, recorded or not. ``arrived``: is told of each page of a list. Raises
    :class:`ApiError` when the account cannot be read at all: credentials refused, host
    unreachable, a listing unanswered.
    """
    sought = _Sought(kinds, recorded, include)
    tasks = [(kind, partition) for kind in kinds.values() for partition in kind.partitions]
    listings = concurrently(lambda task: _list(client, *task, sought, arrived), tasks)
    refused = {item.kind.name for item in listings if item.note}
    unstable = {item.kind.name for item in listings if item.unstable}
    objects = {
        item.key: item
        for listing in listings
        if listing.kind.name not in refused
        for item in listing.objects
    }
    missing = {key: values for key, values in sought.wanted.items() if key not in objects}
    found, unread, notes = _look_up(client, kinds, missing)
    return Observation(
        objects={**objects, **found},
        listing={
            name: Listing.UNSTABLE
            if name in unstable
            else Listing.UNLISTED
            if name in refused
            else Listing.LISTED
            for name in kinds
        },
        unread=frozenset(unread),
        notes=tuple(dict.fromkeys([item.note for item in listings if item.note] + notes)),
        by_id=frozenset(found),
    )


class _Sought:
    """The objects that a reading looks for. Thread-safe."""

    def __init__(
        self,
        kinds: Mapping[str, Resource],
        recorded: Mapping[Address, Recorded] | Future[Mapping[Address, Recorded]],
        include: Collection[ObjectId],
    ) -> None:
        self._kinds = kinds
        self._recorded = recorded
        self._include = include

    @cached_property
    def wanted(self) -> Mapping[ObjectId, tuple[Value, ...]]:
        """Every object, with the partitions to find it in. May wait."""
        recorded = self._recorded
        known = recorded.result() if isinstance(recorded, Future) else recorded
        return _wanted(self._kinds, known, self._include)

    @cached_property
    def _counts(self) -> Counter[tuple[str, Value]]:
        return Counter((kind, value) for (kind, _), (value, *_) in self.wanted.items())

    def expected(self, kind: str, partition: Value) -> int:
        """How many objects a list should have; 0 as long as that is not known."""
        if isinstance(self._recorded, Future) and not self._recorded.done():
            return 0
        return self._counts[kind, partition]


def observe_recorded(
    client: Reader,
    kinds: Mapping[str, Resource],
    recorded: Mapping[Address, Recorded],
    *,
    include: Collection[ObjectId] = (),
) -> Observation:
    """Read recorded objects by id, and nothing else: no kind counts as listed."""
    found, unread, notes = _look_up(client, kinds, _wanted(kinds, recorded, include))
    return Observation(
        objects=found,
        listing=dict.fromkeys(kinds, Listing.UNLISTED),
        unread=frozenset(unread),
        notes=tuple(notes),
        by_id=frozenset(found),
    )


def _wanted(
    kinds: Mapping[str, Resource],
    recorded: Mapping[Address, Recorded],
    include: Collection[ObjectId],
) -> dict[ObjectId, tuple[Value, ...]]:
    """Every object to look at, with the partitions to find it in."""
    wanted = {key: kinds[key[0]].partitions if key[0] in kinds else (None,) for key in include}
    for address, record in recorded.items():
        for item in record.objects():
            wanted[ObjectId(address.kind, item.remote_id)] = _partitions(
                kinds.get(address.kind), item
            )
    return wanted


def _partitions(kind: Resource | None, item: RecordedObject) -> tuple[Value, ...]:
    if kind is None:
        return (None,)  # it cannot be read at all
    for spec in (item.read_back, item.submitted):
        value = spec.get(kind.partition)
        if value in kind.partitions:
            return (value,)
    # What is listed in several is found in each; what nobody knows in one of them.
    return kind.partitions


def _list(
    client: Reader, kind: Resource, partition: Value, sought: _Sought, arrived: Arrived
) -> _Listed:
    expected = partial(sought.expected, kind.name, partition)
    try:
        objects = client.list(kind, partition, expected=expected, arrived=arrived)
        return _Listed(kind, objects)
    except ListingRefused as error:
        why = (
            T("this account lists them only for its main account")
            if error.code == SUB_ACCOUNT
            else T("this version of the API describes them only by id")
        )
        note = T(
            "{kind}s cannot be listed: {why} ({code}). "
            "Recorded {kind}s are read by id; unmanaged ones could not be seen.",
            kind=kind.name,
            why=why,
            code=error.code,
        )
        return _Listed(kind, note=note)
    except InconsistentListing as error:
        note = T(
            "{kind}s could not be listed: {why}. "
            "Recorded {kind}s are read by id; unmanaged ones could not be seen.",
            kind=kind.name,
            why=error.why,
        )
        return _Listed(kind, note=note, unstable=True)


def _look_up(
    client: Reader, kinds: Mapping[str, Resource], wanted: Mapping[ObjectId, tuple[Value, ...]]
) -> tuple[dict[ObjectId, Observed], set[ObjectId], list[Text]]:
    """Describe by id: what was found, what could not be read, and why not."""
    found: dict[ObjectId, Observed] = {}
    unread = {key for key in wanted if key[0] not in kinds}
    notes: list[Text] = []
    #: Another round for those that were not in the first partition.
    for attempt in range(max(map(len, wanted.values()), default=0)):
        batches: dict[tuple[str, Value], list[RemoteId]] = defaultdict(list)
        for key, values in wanted.items():
            if attempt < len(values) and key not in found and key not in unread:
                batches[key[0], values[attempt]].append(key[1])
        tasks = [(kinds[name], value, ids) for (name, value), ids in batches.items()]
        for kind, ids, items, problem in concurrently(lambda task: _describe(client, *task), tasks):
            found.update({item.key: item for item in items})
            if problem:
                unread.update(ObjectId(kind.name, remote_id) for remote_id in ids)
                notes.append(problem)
    return found, unread - found.keys(), notes


def _describe(
    client: Reader, kind: Resource, partition: Value, ids: Sequence[RemoteId]
) -> tuple[Resource, Sequence[RemoteId], Iterable[Observed], Text]:
    try:
        return kind, ids, client.describe(kind, ids, partition).values(), NOTHING
    except (CredentialsRefused, NoCredentials, NotSent):
        raise
    except ApiError as error:
        problem = N(
            len(ids),
            "{count} {kind} could not be read by id: {message}",
            "{count} {kind}s could not be read by id: {message}",
            kind=kind.name,
            message=error.message_text,
        )
        return kind, ids, (), problem
