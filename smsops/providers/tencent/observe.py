"""One reading of the account: what is there, and how much of it could be seen.

Every kind is listed under both values of ``international``. A kind that cannot be listed is read
by the ids that the state knows; so are recorded objects that a listing does not show, because an
object is gone only when a Describe by id does not find it either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property, partial

from smsops.kinds.kind import Kind
from smsops.model import Address, Listing, Observation, Observed, Recorded, RecordedObject
from smsops.providers.errors import (
    ApiError,
    CredentialsRefused,
    InconsistentListing,
    ListingRefused,
    NotSent,
)
from smsops.providers.parallel import concurrently
from smsops.providers.protocol import Arrived, Reader, ignored
from smsops.providers.tencent.paging import SUB_ACCOUNT

#: (kind, remote id)
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Listed:
    """One listing: its objects, or why there is none."""

    kind: Kind
    objects: Sequence[Observed] = ()
    note: str = ""
    unstable: bool = False


def observe(
    client: Reader,
    kinds: Mapping[str, Kind],
    recorded: Mapping[Address, Recorded] | Future[Mapping[Address, Recorded]],
    *,
    include: Collection[Key] = (),
    arrived: Arrived = ignored,
) -> Observation:
    """List every kind, and look up by id whatever is recorded and was not listed.

    ``recorded`` may still be on its way: listing begins without it. ``include``: further objects
    to look up, recorded or not. ``arrived``: is told of each page of a list. Raises
    :class:`ApiError` when the account cannot be read at all: credentials refused, host
    unreachable, a listing unanswered.
    """
    sought = _Sought(recorded, include)
    tasks = [(kind, value) for kind in kinds.values() for value in (False, True)]
    listings = concurrently(lambda task: _list(client, *task, sought, arrived), tasks)
    refused = {item.kind.name for item in listings if item.note}
    unstable = {item.kind.name for item in listings if item.unstable}
    objects = {
        (item.kind, item.remote_id): item
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
        recorded: Mapping[Address, Recorded] | Future[Mapping[Address, Recorded]],
        include: Collection[Key],
    ) -> None:
        self._recorded = recorded
        self._include = include

    @cached_property
    def wanted(self) -> Mapping[Key, tuple[bool, ...]]:
        """Every object, with the values of ``international`` to find it under. May wait."""
        recorded = self._recorded
        known = recorded.result() if isinstance(recorded, Future) else recorded
        return _wanted(known, self._include)

    @cached_property
    def _counts(self) -> Counter[tuple[str, bool]]:
        return Counter((kind, value) for (kind, _), (value, *_) in self.wanted.items())

    def expected(self, kind: str, international: bool) -> int:
        """How many objects a list should have; 0 as long as that is not known."""
        if isinstance(self._recorded, Future) and not self._recorded.done():
            return 0
        return self._counts[kind, international]


def observe_recorded(
    client: Reader,
    kinds: Mapping[str, Kind],
    recorded: Mapping[Address, Recorded],
    *,
    include: Collection[Key] = (),
) -> Observation:
    """Read recorded objects by id, and nothing else: no kind counts as listed."""
    found, unread, notes = _look_up(client, kinds, _wanted(recorded, include))
    return Observation(
        objects=found,
        listing=dict.fromkeys(kinds, Listing.UNLISTED),
        unread=frozenset(unread),
        notes=tuple(notes),
        by_id=frozenset(found),
    )


def _wanted(
    recorded: Mapping[Address, Recorded], include: Collection[Key]
) -> dict[Key, tuple[bool, ...]]:
    """Every object to look at, with the values of ``international`` to find it under."""
    wanted: dict[Key, tuple[bool, ...]] = dict.fromkeys(include, (False, True))
    for address, record in recorded.items():
        for item in record.objects():
            wanted[address.kind, item.remote_id] = _values(item)
    return wanted


def _values(item: RecordedObject) -> tuple[bool, ...]:
    for spec in (item.read_back, item.submitted):
        value = spec.get("international")
        if isinstance(value, bool):
            return (value,)
    # International 3 is found under both; an object of unknown kind under one of them.
    return (False, True)


def _list(
    client: Reader, kind: Kind, international: bool, sought: _Sought, arrived: Arrived
) -> _Listed:
    expected = partial(sought.expected, kind.name, international)
    try:
        objects = client.list(kind, international, expected=expected, arrived=arrived)
        return _Listed(kind, objects)
    except ListingRefused as error:
        why = (
            "this account lists them only for its main account"
            if error.code == SUB_ACCOUNT
            else "this version of the API describes them only by id"
        )
        return _Listed(
            kind,
            note=f"{kind.name}s cannot be listed: {why} ({error.code}). "
            f"Recorded {kind.name}s are read by id; unmanaged ones could not be seen.",
        )
    except InconsistentListing as error:
        return _Listed(
            kind,
            note=f"{kind.name}s could not be listed: {error.why}. "
            f"Recorded {kind.name}s are read by id; unmanaged ones could not be seen.",
            unstable=True,
        )


def _look_up(
    client: Reader, kinds: Mapping[str, Kind], wanted: Mapping[Key, tuple[bool, ...]]
) -> tuple[dict[Key, Observed], set[Key], list[str]]:
    """Describe by id: what was found, what could not be read, and why not."""
    found: dict[Key, Observed] = {}
    unread = {key for key in wanted if key[0] not in kinds}
    notes: list[str] = []
    #: A second round for those that were not under the first value.
    for attempt in range(2):
        batches: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for key, values in wanted.items():
            if attempt < len(values) and key not in found and key not in unread:
                batches[key[0], values[attempt]].append(key[1])
        tasks = [(kinds[name], value, ids) for (name, value), ids in batches.items()]
        for kind, ids, items, problem in concurrently(lambda task: _describe(client, *task), tasks):
            found.update({(kind.name, item.remote_id): item for item in items})
            if problem:
                unread.update((kind.name, remote_id) for remote_id in ids)
                notes.append(problem)
    return found, unread - found.keys(), notes


def _describe(
    client: Reader, kind: Kind, international: bool, ids: Sequence[int]
) -> tuple[Kind, Sequence[int], Iterable[Observed], str]:
    try:
        return kind, ids, client.describe(kind, ids, international).values(), ""
    except (CredentialsRefused, NotSent):
        raise
    except ApiError as error:
        count = f"{len(ids)} {kind.name}{'' if len(ids) == 1 else 's'}"
        return kind, ids, (), f"{count} could not be read by id: {error.message}"
