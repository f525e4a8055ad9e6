"""Held promotions: an active object that takes over only when somebody says so. Pure.

The moment an address has an id with another number of parameters, callers that pass the old number
fail. ``smsops apply --promote ADDR`` says that they are ready.
"""

from __future__ import annotations

from dataclasses import dataclass

from smsops.kinds.kind import Resource
from smsops.model import (
    ObjectId,
    Observation,
    Observed,
    Promotion,
    Recorded,
    RecordedObject,
    ReviewState,
)
from smsops.planning import decisions
from smsops.planning.compare import known
from smsops.planning.decisions import Hold
from smsops.text.messages import NOTHING, T, Text, joined


@dataclass(frozen=True, slots=True)
class Held:
    """Why a promotion waits, with the numbers of parameters before and after it."""

    causes: tuple[Hold, ...]
    before: int
    after: int

    @property
    def changes(self) -> Text:
        """``parameters 2 -> 1``; says nothing where their number stays."""
        if self.before == self.after:
            return NOTHING
        return T("parameters {before} -> {after}", before=self.before, after=self.after)

    @property
    def words(self) -> Text:
        """``held: parameters 2 -> 1, ...``"""
        texts = (decisions.HOLDS[cause] for cause in self.causes)
        return joined("; ", *(text.filled(before=self.before, after=self.after) for text in texts))


def held(
    kind: Resource,
    before: tuple[RecordedObject, Observed | None],
    after: tuple[RecordedObject, Observed | None],
    *,
    promote: Promotion = Promotion.AUTO,
) -> Held | None:
    """Why the id of ``after`` may not just take the place of that of ``before``, if so."""
    counts = [kind.parameters(known(kind, record, seen)) for record, seen in (before, after)]
    causes = (Hold.PARAMETERS,) * (counts[0] != counts[1])
    causes += (Hold.MANUAL,) * (promote is Promotion.MANUAL)
    return Held(causes, counts[0], counts[1]) if causes else None


def held_successor(kind: Resource, record: Recorded, observation: Observation) -> Held | None:
    """Why the active successor of an address does not take over with the next apply, if so.

    Nothing is held where the current object is gone: then the successor is all there is.
    """
    current, successor = record.current, record.successor
    if current is None or successor is None:
        return None
    now, then = (
        observation.objects.get(ObjectId(kind.name, item.remote_id))
        for item in (current, successor)
    )
    if now is None or then is None or then.review.state is not ReviewState.ACTIVE:
        return None
    return held(kind, (current, now), (successor, then), promote=record.lifecycle.promote)
