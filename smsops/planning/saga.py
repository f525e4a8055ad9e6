"""Decisions about a declared address: presence, review, the saga of a replacement. Pure.

The tables of :mod:`smsops.planning.decisions` are asked in the order that stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from smsops.clock import to_text
from smsops.model import (
    Action,
    Address,
    Desired,
    Recorded,
    RecordedObject,
    ReviewState,
    Role,
    Step,
)
from smsops.planning import decisions, steps
from smsops.planning.additions import Additions
from smsops.planning.decisions import Guard, Presence, Question
from smsops.planning.facts import Facts
from smsops.planning.guards import guarded
from smsops.planning.holds import held
from smsops.planning.incremental import IncrementalSteps
from smsops.planning.pairs import Pairs
from smsops.text.messages import T, joined

#: What is known of a current object where its successor may decide.
_DECIDED = (Presence.THERE, Presence.ABSENT)


@dataclass(frozen=True, slots=True)
class _Address:
    """What is asked about: a manifest, its record, and what was seen of both its objects.

    ``there``: the current object, where it is there; ``successor``: one that is recorded, unless
    it is gone together with the current object; ``following``: whether it is there.
    """

    item: Desired
    record: Recorded
    presence: Presence
    there: RecordedObject | None
    successor: RecordedObject | None
    following: Presence


@dataclass(frozen=True, slots=True)
class Saga:
    """The steps of declared addresses, one address at a time."""

    facts: Facts
    pairs: Pairs
    additions: Additions
    incremental: IncrementalSteps

    def main(self, item: Desired, record: Recorded) -> Step:
        """The step of the address itself."""
        return self._early(item, record) or self._main(item, record)

    def _early(self, item: Desired, record: Recorded) -> Step | None:
        if record.current is None or item.address in self.facts.options.replace:
            return None
        return self.incremental.step(item, record, self.facts.seen(item.address, record.current))

    def _main(self, item: Desired, record: Recorded) -> Step:
        about = self._standing(item, record)
        for question in Question:
            if (step := _ANSWERS[question](self, about)) is not None:
                return step
        raise AssertionError(f"no question decides about {item.address}")

    def _standing(self, item: Desired, record: Recorded) -> _Address:
        presence = self.facts.presence(item.address, record.current)
        successor = record.successor
        if successor is not None and self.both_gone(item, record):
            successor = None
        return _Address(
            item,
            record,
            presence,
            record.current if presence is Presence.THERE else None,
            successor,
            self.facts.presence(item.address, successor),
        )

    # -- the questions, in the order of decisions.Question ---------------------------------------

    def _rollback(self, about: _Address) -> Step | None:
        if about.there is not None and self._same(about, about.there):
            return None
        for old in about.record.retiring:
            if self.pairs.of(about.item, old).active_and_same:
                step = self.pairs.step(about.item, old, decisions.ROLLBACK)
                return self._promotion(about.item, about.record, step)
        return None

    def _uncertain(self, about: _Address) -> Step | None:
        unsure = about.following in decisions.SUCCESSOR_UNCERTAIN
        return self._of_successor(about) if unsure and about.presence in _DECIDED else None

    def _only_active(self, about: _Address) -> Step | None:
        address = about.item.address
        if about.there is None or about.successor is None:
            return None
        if self._active(address, about.there) or not self._active(address, about.successor):
            return None
        delta = self.pairs.of(about.item, about.successor).comparison.delta
        decision = decisions.ONLY_ACTIVE[delta]
        step = self.pairs.step(about.item, about.successor, decision, role=Role.SUCCESSOR)
        return self._promotion(about.item, about.record, step)

    def _abandon(self, about: _Address) -> Step | None:
        if about.there is None or about.successor is None:
            return None
        if not self._same(about, about.there) or self._same(about, about.successor):
            return None
        return self.pairs.step(about.item, about.successor, decisions.ABANDON, role=Role.SUCCESSOR)

    def _current_gone(self, about: _Address) -> Step | None:
        if about.successor is None or about.presence is not Presence.ABSENT:
            return None
        if about.following is not Presence.THERE:
            return None
        return self.pairs.step(
            about.item, about.successor, decisions.CURRENT_GONE, role=Role.SUCCESSOR
        )

    def _of_successor(self, about: _Address) -> Step | None:
        if about.successor is None or about.presence not in _DECIDED:
            return None
        if about.there is None and about.following not in decisions.SUCCESSOR_UNCERTAIN:
            return None
        return self._successor(about.item, about.record, about.successor, about.following)

    def _of_current(self, about: _Address) -> Step | None:
        return self._review(about.item, about.there) if about.there is not None else None

    def _of_nothing(self, about: _Address) -> Step | None:
        return self.additions.first(about.item, about.record, about.presence)

    def _same(self, about: _Address, recorded: RecordedObject) -> bool:
        return self.pairs.of(about.item, recorded).comparison.same_object

    # -- answers -----------------------------------------------------------------------------------

    def _active(self, address: Address, recorded: RecordedObject | None) -> bool:
        seen = self.facts.seen(address, recorded) if recorded is not None else None
        return seen is not None and seen.review.state is ReviewState.ACTIVE

    def both_gone(self, item: Desired, record: Recorded) -> bool:
        """Whether the successor is gone, and with it the object that it was to follow."""
        return all(
            self.facts.presence(item.address, object_) is Presence.ABSENT
            for object_ in (record.current, record.successor)
        )

    def dead_successor(self, item: Desired, successor: RecordedObject) -> Step:
        """The further step about a successor that is gone with the object it was to follow."""
        step = self.pairs.step(item, successor, decisions.BOTH_GONE, role=Role.SUCCESSOR)
        return replace(step, changed=(), further=True)

    def _review(self, item: Desired, current: RecordedObject) -> Step:
        pair = self.pairs.of(item, current)
        decision = steps.reviewed(pair)
        if item.address in self.facts.options.replace and pair.comparison.same_object:
            asked = decisions.REPLACE_ASKED.get(pair.standing)
            if asked is not None and pair.kind.unique:
                return guarded(
                    self.pairs.step(item, current, asked), Guard.SAME_NAME, kind=pair.kind.name
                )
            decision = asked or decision
        if decision.action is Action.REPLACE:
            return self.additions.successor(item, current, decision)
        return self.pairs.step(item, current, decision)

    def _successor(
        self, item: Desired, record: Recorded, successor: RecordedObject, following: Presence
    ) -> Step:
        if following in decisions.SUCCESSOR_UNCERTAIN:
            return self.pairs.step(
                item, successor, decisions.SUCCESSOR_UNCERTAIN[following], role=Role.SUCCESSOR
            )
        pair = self.pairs.of(item, successor)
        decision = decisions.SUCCESSOR[pair.standing, pair.comparison.delta]
        if decision.action is Action.REPLACE:
            discard = successor if pair.seen is not None else None
            return self.additions.successor(item, successor, decision, discard=discard)
        step = self.pairs.step(item, successor, decision, role=Role.SUCCESSOR)
        words, current = decisions.NOTHING_TO_REVERT.get(decision.code), record.current
        if words and current and self.pairs.of(item, current).comparison.same_object:
            step = replace(step, reason=words)
        return self._promotion(item, record, step)

    def _promotion(self, item: Desired, record: Recorded, step: Step) -> Step:
        """``step``, unless it promotes what callers are not ready for."""
        if step.action is not Action.PROMOTE:
            return step
        current = record.current
        if current is None or self.facts.presence(item.address, current) is Presence.ABSENT:
            return step  # the only one that is there
        chosen = next(each for each in record.objects() if each.remote_id == step.remote_id)
        before, after = (
            (about, self.facts.seen(item.address, about)) for about in (current, chosen)
        )
        kind = self.facts.kinds[item.address.kind]
        step = steps.promoted(step, kind, before, after)
        why = held(kind, before, after, promote=item.lifecycle.promote)
        if why is None:
            return step
        if item.address in self.facts.options.promote:
            return replace(step, reason=joined("; ", step.reason, why.changes))
        return steps.held(step, why)

    def retiring(
        self, address: Address, old: RecordedObject, record: Recorded, *, retire_after: int
    ) -> Step:
        """Step of a superseded object: kept for ``retire_after`` seconds, deleted then."""
        facts = self.facts
        active, presence = self._active(address, record.current), facts.presence(address, old)
        due_at = (old.superseded_at or 0) + retire_after
        decision = decisions.RETIRING[presence, active, facts.now >= due_at]
        step = steps.off(facts, address, old, decision)
        if decision.action is Action.WAIT and facts.now < due_at:
            until = T("{reason} ({moment})", reason=decision.reason, moment=to_text(due_at))
            step = replace(step, reason=until)
        return replace(step, further=True, role=Role.SUPERSEDED)


_ANSWERS: Mapping[Question, Callable[[Saga, _Address], Step | None]] = {
    Question.ROLLBACK: Saga._rollback,
    Question.SUCCESSOR_UNCERTAIN: Saga._uncertain,
    Question.ONLY_ACTIVE: Saga._only_active,
    Question.ABANDON: Saga._abandon,
    Question.CURRENT_GONE: Saga._current_gone,
    Question.SUCCESSOR: Saga._of_successor,
    Question.REVIEW: Saga._of_current,
    Question.PRESENCE: Saga._of_nothing,
}
