"""Parity of two environments: whether customers of both read the same approved texts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Effect,
    ObjectId,
    Observation,
    Recorded,
    RemoteId,
    Review,
    ReviewState,
    Snapshot,
    Value,
)


class Parity(StrEnum):
    """How an address stands in two environments."""

    SAME = "same"
    DIFFERS = "differs"  # both approved, with different texts
    FIRST = "first"  # approved in the first environment alone
    SECOND = "second"  # approved in the second environment alone
    NEITHER = "neither"  # approved in none of them


@dataclass(frozen=True, slots=True)
class Side:
    """The current object of an address in one environment, with what customers see of it."""

    remote_id: RemoteId
    review: Review | None
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def approved(self) -> bool:
        """Whether it can be sent with."""
        return self.review is not None and self.review.state is ReviewState.ACTIVE


@dataclass(frozen=True, slots=True)
class Compared:
    """One address in both environments; ``differs`` names fields of approved objects."""

    address: Address
    sides: tuple[Side | None, Side | None]
    differs: tuple[str, ...] = ()

    @property
    def parity(self) -> Parity:
        """What an application that moves from one to the other meets."""
        first, second = (side is not None and side.approved for side in self.sides)
        if first and second:
            return Parity.DIFFERS if self.differs else Parity.SAME
        if first or second:
            return Parity.FIRST if first else Parity.SECOND
        return Parity.NEITHER


#: What makes two environments different.
UNEQUAL = (Parity.DIFFERS, Parity.FIRST, Parity.SECOND)


def compare(
    states: tuple[Snapshot, Snapshot],
    kinds: Mapping[str, Resource],
    seen: tuple[Observation | None, Observation | None] = (None, None),
) -> Sequence[Compared]:
    """Every address that one of two states records, sorted. ``seen``: the accounts, where they
    were asked; what they say counts then, else what the states recorded last.
    """
    found = []
    for address in sorted({*states[0].resources, *states[1].resources}):
        kind = kinds[address.kind]
        sides = tuple(
            _side(address, state.resources.get(address), kind, looked)
            for state, looked in zip(states, seen, strict=True)
        )
        found.append(Compared(address, (sides[0], sides[1]), _differing(sides[0], sides[1])))
    return found


def _side(
    address: Address, record: Recorded | None, kind: Resource, seen: Observation | None
) -> Side | None:
    current = record.current if record else None
    if current is None:
        return None
    known = {**current.submitted, **current.read_back}
    review = current.review
    if seen is not None:
        observed = seen.objects.get(ObjectId(address.kind, current.remote_id))
        if observed is None:
            return None
        known |= observed.spec
        review = observed.review
    visible = [each.name for each in kind.fields if each.effect is not Effect.NOTE]
    values = {name: known[name] for name in visible if known.get(name) is not None}
    return Side(current.remote_id, review, values)


def _differing(first: Side | None, second: Side | None) -> tuple[str, ...]:
    """The fields that both know and that differ; what was never read proves nothing."""
    if first is None or second is None or not (first.approved and second.approved):
        return ()
    both = [name for name in first.values if name in second.values]
    return tuple(name for name in both if first.values[name] != second.values[name])
