"""Steps of a plan, one address and one object at a time. Pure: the tables have decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smsops.kinds.kind import Resource
from smsops.model import (
    Action,
    Address,
    Desired,
    Effect,
    FieldChange,
    Observed,
    RecordedObject,
    ReviewState,
    Role,
    Step,
)
from smsops.planning import decisions, review_hours
from smsops.planning.compare import Comparison, compare, known
from smsops.planning.decisions import Decision, Standing
from smsops.planning.facts import Facts
from smsops.planning.holds import Held
from smsops.text.messages import NOTHING, Command, T, Text, joined


@dataclass(frozen=True, slots=True)
class Pair:
    """A manifest, one object of its address as recorded and as seen, and how they compare."""

    kind: Resource
    item: Desired
    recorded: RecordedObject
    seen: Observed | None
    comparison: Comparison

    @classmethod
    def of(
        cls, kind: Resource, item: Desired, recorded: RecordedObject, seen: Observed | None
    ) -> Pair:
        """Pair of a manifest and an object, compared field by field."""
        return cls(kind, item, recorded, seen, compare(kind, item.spec, recorded, seen))

    @property
    def standing(self) -> Standing:
        """How the object stands with the review."""
        if self.seen is None:
            return Standing.GONE
        once = self.recorded.activated_at is not None
        return decisions.standing(self.seen.review.state, once_active=once)

    @property
    def submitted_again(self) -> tuple[FieldChange, ...]:
        """Every field that a replacement submits, also those that do not differ."""
        before = known(self.kind, self.recorded, self.seen)
        return tuple(
            FieldChange(
                item.name, item.effect, before.get(item.name), self.item.spec.get(item.name)
            )
            for item in self.kind.fields
            if (before.get(item.name), self.item.spec.get(item.name)) != (None, None)
        )

    @property
    def active_and_same(self) -> bool:
        """Whether the object can send what the manifest says."""
        return (
            self.seen is not None
            and self.seen.review.state is ReviewState.ACTIVE
            and self.comparison.same_object
        )


def promoted(
    step: Step,
    kind: Resource,
    current: tuple[RecordedObject, Observed | None],
    chosen: tuple[RecordedObject, Observed | None],
) -> Step:
    """A promotion that says which id outputs have now, and what customers read and will read."""
    before, after = known(kind, *current), known(kind, *chosen)
    changed = tuple(
        FieldChange(item.name, item.effect, before.get(item.name), after.get(item.name))
        for item in kind.fields
        if item.effect is Effect.CONTENT and before.get(item.name) != after.get(item.name)
    )
    return replace(step, replaces=current[0].remote_id, before=before, changed=changed)


def held(step: Step, why: Held) -> Step:
    """A step whose id may not take over yet."""
    return replace(
        step,
        action=Action.HELD,
        reason=joined("; ", step.reason, why.words),
        reason_code=why.causes[0],
        hold=why.words,
        consequence=hold_consequence(step.address),
    )


def hold_consequence(*addresses: Address) -> Text:
    """How to promote what is held at ``addresses``."""
    flags = (part for address in addresses for part in ("--promote", address))
    return decisions.HOLD_CONSEQUENCE.filled(command=Command.of("apply", *flags))


def only_moved(step: Step) -> Step:
    """The step of an address that takes over a record or an object and does nothing else yet."""
    assert step.moved_from is not None, step
    decision = decisions.TAKEN_NEW if step.taken is not None else decisions.RENAME_NEW
    return replace(
        step,
        action=decision.action,
        reason=T("{reason}, from {source}", reason=decision.reason, source=step.moved_from),
        reason_code=decision.code,
        consequence=decision.consequence,
        changed=(),
        discard=None,
    )


def reviewed(pair: Pair) -> Decision:
    """What the review table says of a current object that is there."""
    return decisions.REVIEW[pair.standing, pair.comparison.delta]


def on(pair: Pair, decision: Decision, now: float, *, role: Role = Role.CURRENT) -> Step:
    """A step about a recorded object of a declared address."""
    item, recorded, seen = pair.item, pair.recorded, pair.seen
    expected = NOTHING
    if decision.action is Action.WAIT and seen and seen.review.state is ReviewState.IN_REVIEW:
        expected = review_hours.words(recorded.submitted_at, now)
    return Step(
        address=item.address,
        action=decision.action,
        reason=decision.reason,
        reason_code=decision.code,
        consequence=decision.consequence or expected,
        remote_id=recorded.remote_id,
        review=seen.review if seen else recorded.review,
        changed=pair.comparison.changed,
        unverifiable=pair.comparison.unverifiable,
        before=known(pair.kind, recorded, seen),
        after=item.spec,
        role=role,
        origin=item.origin,
    )


def off(facts: Facts, address: Address, about: RecordedObject, decision: Decision) -> Step:
    """A step about a recorded object that no manifest describes."""
    seen = facts.seen(address, about)
    return Step(
        address=address,
        action=decision.action,
        reason=decision.reason,
        reason_code=decision.code,
        consequence=decision.consequence,
        remote_id=about.remote_id,
        review=seen.review if seen else about.review,
        before=known(facts.kinds[address.kind], about, seen),
    )


def bare(item: Desired, decision: Decision) -> Step:
    """A step about a declared address that has no object."""
    return Step(
        address=item.address,
        action=decision.action,
        reason=decision.reason,
        reason_code=decision.code,
        consequence=decision.consequence,
        after=item.spec,
        origin=item.origin,
    )
