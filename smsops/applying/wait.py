"""Polling reviews: a growing interval, a hundred ids a call, one report per change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from smsops.cancellation import Stop
from smsops.clock import Clock
from smsops.errors import Exit
from smsops.model import (
    Address,
    ObjectId,
    Observation,
    Recorded,
    RecordedObject,
    RemoteId,
    Review,
    ReviewState,
)
from smsops.planning.account_index import PRESUMED_IN_REVIEW, presence_of
from smsops.planning.decisions import Presence
from smsops.providers.errors import CallStopped, NotSent

#: Reviews that are over for ``wait``: only an active object can send.
USABLE = frozenset({ReviewState.ACTIVE, ReviewState.REJECTED})
#: Reviews that are over for ``apply --wait``: the reviewer has decided.
DECIDED = USABLE | {ReviewState.APPROVED}


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds between two looks: from ``first``, half as much more each time, up to ``most``."""

    first: float = 30.0
    most: float = 300.0

    def after(self, looks: int) -> float:
        """The pause after so many looks (1, 2, ...)."""
        return min(self.most, self.first * 1.5 ** min(looks - 1, 30))


class Awaited(NamedTuple):
    """One address and the object whose review matters: its successor, or its current object.

    ``record`` has that object alone; ``whole`` also the one that a successor is to follow.
    """

    address: Address
    remote_id: RemoteId
    submitted_at: int | None
    record: Recorded
    successor: bool = False
    whole: Recorded | None = None

    @classmethod
    def of(cls, address: Address, record: Recorded) -> Awaited | None:
        """What to wait for at an address; ``None`` where nothing but superseded objects is."""
        item = record.successor or record.current
        if item is None:
            return None
        alone = Recorded(current=item)
        succeeds = record.successor is not None
        whole = replace(record, retiring=())
        return cls(address, item.remote_id, item.submitted_at, alone, succeeds, whole)

    @property
    def object(self) -> RecordedObject:
        """The object itself."""
        assert self.record.current is not None
        return self.record.current

    @property
    def key(self) -> ObjectId:
        """Its kind and id, as observations have them."""
        return ObjectId(self.address.kind, self.remote_id)


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait ended: the last review of each object, ``None`` for one that is gone."""

    reviews: Mapping[Address, Review | None]
    observation: Observation | None
    over: frozenset[ReviewState]

    def exit(self) -> Exit:
        """9 when one was rejected, 8 when one is not over, 1 when one is gone, else 0."""
        states = [review.state if review else None for review in self.reviews.values()]
        if None in states:
            return Exit.ERROR
        if ReviewState.REJECTED in states:
            return Exit.REJECTED
        return Exit.OK if all(state in self.over for state in states) else Exit.PENDING


Tell = Callable[[Awaited, Review | None], None]


def poll(  # noqa: PLR0913 - the account, time and listeners are handed in, each by name
    awaited: Sequence[Awaited],
    *,
    look: Callable[[Sequence[Awaited]], Observation],
    over: frozenset[ReviewState],
    timeout: float,
    pace: Backoff,
    clock: Clock,
    stop: Stop,
    tell: Tell,
    pausing: Callable[[float], None],
    missed: Callable[[NotSent], None],
) -> Waited:
    """Look until every review is over or ``timeout`` seconds have passed; at least once.

    ``tell`` hears of every first sight and every change, ``pausing`` of every pause, ``missed`` of
    a look that nobody could take: a wait of hours outlasts a network that is gone for minutes.
    """
    began = clock.monotonic()
    reviews: dict[Address, Review | None] = {}
    observation: Observation | None = None
    looks = 0
    while awaited:
        left = [item for item in awaited if not _over(reviews, item, over)]
        looks += 1
        try:
            latest = look(left)
        except NotSent as error:
            if observation is None or isinstance(error, CallStopped):
                raise
            missed(error)
        else:
            for item in left:
                before = reviews.get(item.address, PRESUMED_IN_REVIEW)
                review = _review(item, latest, before, clock.now())
                if item.address not in reviews or review != before:
                    tell(item, review)
                reviews[item.address] = review
            observation = _merged(observation, latest)
        remaining = timeout - (clock.monotonic() - began)
        if remaining <= 0 or all(_over(reviews, item, over) for item in awaited):
            break
        pause = min(pace.after(looks), remaining)
        pausing(pause)
        stop.sleep(clock, pause)
    return Waited(reviews, observation, over)


def _review(item: Awaited, latest: Observation, before: Review | None, now: float) -> Review | None:
    """The review now; as before for an object that cannot be seen at the moment."""
    presence = presence_of(item.address.kind, item.object, latest, now)
    if presence is Presence.THERE:
        return latest.objects[item.key].review
    return None if presence is Presence.ABSENT else before


def _over(
    reviews: Mapping[Address, Review | None], item: Awaited, over: frozenset[ReviewState]
) -> bool:
    if item.address not in reviews:
        return False
    review = reviews[item.address]
    return review is None or review.state in over


def _merged(before: Observation | None, now: Observation) -> Observation:
    """Everything seen so far; what was read again counts as it is now."""
    if before is None:
        return now
    return replace(now, objects={**before.objects, **now.objects}, by_id=before.by_id | now.by_id)
