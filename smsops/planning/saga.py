"""Decisions about a declared address: presence, review, the saga of a replacement. Pure.

The tables of :mod:`smsops.planning.decisions` are asked in the order that stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smsops.clock import to_text
from smsops.kinds.kind import Resource
from smsops.model import (
    Action,
    Address,
    Desired,
    ObjectId,
    Observed,
    PlanOptions,
    Recorded,
    RecordedObject,
    ReviewState,
    Role,
    Step,
)
from smsops.planning import decisions, steps
from smsops.planning.account_index import AccountIndex, Holder
from smsops.planning.compare import compare, known
from smsops.planning.decisions import Decision, Guard, Presence, Question
from smsops.planning.guards import Guards, guarded
from smsops.planning.holds import held
from smsops.planning.incremental import IncrementalSteps
from smsops.planning.reasons import Reason
from smsops.planning.steps import Pair, bare
from smsops.text.messages import CHOICE, NOTHING, Command, T, joined, listed

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


class LatestPair:
    """Memo of the comparison made last: each step asks several tables about the same objects."""

    __slots__ = ("_pair",)

    def __init__(self) -> None:
        self._pair: Pair | None = None

    def of(
        self, kind: Resource, item: Desired, record: RecordedObject, account_index: AccountIndex
    ) -> Pair:
        """How ``item`` and ``record`` compare."""
        pair = self._pair
        if pair is None or pair.item is not item or pair.record is not record:
            seen = account_index.seen(kind.name, record.remote_id)
            pair = self._pair = Pair.of(kind, item, record, seen)
        return pair


@dataclass(frozen=True, slots=True)
class Saga:
    """The rows of declared addresses, one address at a time.

    ``recorded``: the state, every record where it is now. ``waiting``: manifests that describe an
    object which another address still uses.
    """

    kinds: Mapping[str, Resource]
    recorded: Mapping[Address, Recorded]
    account_index: AccountIndex
    guards: Guards
    options: PlanOptions
    waiting: Mapping[Address, Holder]
    now: float
    incremental: IncrementalSteps
    pairs: LatestPair = field(default_factory=LatestPair)

    def _early(self, item: Desired, record: Recorded) -> Step | None:
        if record.current is None or item.address in self.options.replace:
            return None
        seen = self.account_index.seen(item.address.kind, record.current.remote_id)
        return self.incremental.row(item, record, seen)

    def main(self, item: Desired, record: Recorded) -> Step:
        """The row of the address itself."""
        return self._early(item, record) or self._main(item, record)

    def _main(self, item: Desired, record: Recorded) -> Step:
        about = self._standing(item, record)
        for question in Question:
            if (step := _ANSWERS[question](self, about)) is not None:
                return step
        raise AssertionError(f"no question decides about {item.address}")

    def _standing(self, item: Desired, record: Recorded) -> _Address:
        kind, current = self.kinds[item.address.kind], record.current
        presence = self.account_index.of(kind, current) if current else Presence.ABSENT
        there = current is not None and presence is Presence.THERE
        successor = record.successor
        if successor is not None and self.both_gone(item, record):
            successor = None
        return _Address(
            item,
            record,
            presence,
            current if there else None,
            successor,
            self.account_index.of(kind, successor) if successor else Presence.ABSENT,
        )

    # -- the questions, in the order of decisions.Question ---------------------------------------

    def _rollback(self, about: _Address) -> Step | None:
        if about.there is not None and self._same(about, about.there):
            return None
        for old in about.record.retiring:
            if self._pair(about.item, old).active_and_same:
                step = self.on(about.item, old, decisions.ROLLBACK)
                return self._promotion(about.item, about.record, step)
        return None

    def _uncertain(self, about: _Address) -> Step | None:
        unsure = about.following in decisions.SUCCESSOR_UNCERTAIN
        return self._of_successor(about) if unsure and about.presence in _DECIDED else None

    def _only_active(self, about: _Address) -> Step | None:
        kind = self.kinds[about.item.address.kind]
        if about.there is None or about.successor is None:
            return None
        if self._active(kind, about.there) or not self._active(kind, about.successor):
            return None
        delta = self._pair(about.item, about.successor).comparison.delta
        decision = decisions.ONLY_ACTIVE[delta]
        step = self.on(about.item, about.successor, decision, role=Role.SUCCESSOR)
        return self._promotion(about.item, about.record, step)

    def _abandon(self, about: _Address) -> Step | None:
        if about.there is None or about.successor is None:
            return None
        if not self._same(about, about.there) or self._same(about, about.successor):
            return None
        return self.on(about.item, about.successor, decisions.ABANDON, role=Role.SUCCESSOR)

    def _current_gone(self, about: _Address) -> Step | None:
        if about.successor is None or about.presence is not Presence.ABSENT:
            return None
        if about.following is not Presence.THERE:
            return None
        return self.on(about.item, about.successor, decisions.CURRENT_GONE, role=Role.SUCCESSOR)

    def _of_successor(self, about: _Address) -> Step | None:
        if about.successor is None or about.presence not in _DECIDED:
            return None
        if about.there is None and about.following not in decisions.SUCCESSOR_UNCERTAIN:
            return None
        return self._successor(about.item, about.record, about.successor, about.following)

    def _of_current(self, about: _Address) -> Step | None:
        return self._review(about.item, about.there) if about.there is not None else None

    def _of_nothing(self, about: _Address) -> Step | None:
        return self._presence(about.item, about.record, about.presence)

    def _same(self, about: _Address, record: RecordedObject) -> bool:
        return self._pair(about.item, record).comparison.same_object

    # -- answers -----------------------------------------------------------------------------------

    def _active(self, kind: Resource, about: RecordedObject | None) -> bool:
        seen = self.account_index.seen(kind.name, about.remote_id) if about is not None else None
        return seen is not None and seen.review.state is ReviewState.ACTIVE

    def both_gone(self, item: Desired, record: Recorded) -> bool:
        """Whether the successor is gone, and with it the object that it was to follow."""
        kind = self.kinds[item.address.kind]
        return all(
            about is None or self.account_index.of(kind, about) is Presence.ABSENT
            for about in (record.current, record.successor)
        )

    def _review(self, item: Desired, current: RecordedObject) -> Step:
        pair = self._pair(item, current)
        decision = steps.reviewed(pair)
        if item.address in self.options.replace and pair.comparison.same_object:
            asked = decisions.REPLACE_ASKED.get(pair.standing)
            if asked is not None and pair.kind.unique:
                return guarded(self.on(item, current, asked), Guard.SAME_NAME, kind=pair.kind.name)
            decision = asked or decision
        if decision.action is Action.REPLACE:
            return self._replacement(item, current, decision, discard=None)
        return self.on(item, current, decision)

    def _successor(
        self, item: Desired, record: Recorded, successor: RecordedObject, following: Presence
    ) -> Step:
        if following in decisions.SUCCESSOR_UNCERTAIN:
            return self.on(
                item, successor, decisions.SUCCESSOR_UNCERTAIN[following], role=Role.SUCCESSOR
            )
        pair = self._pair(item, successor)
        decision = decisions.SUCCESSOR[pair.standing, pair.comparison.delta]
        if decision.action is Action.REPLACE:
            discard = successor if pair.seen is not None else None
            return self._replacement(item, successor, decision, discard=discard)
        step = self.on(item, successor, decision, role=Role.SUCCESSOR)
        return self._promotion(item, record, step)

    def _promotion(self, item: Desired, record: Recorded, step: Step) -> Step:
        """``step``, unless it promotes what callers are not ready for."""
        if step.action is not Action.PROMOTE:
            return step
        kind, current = self.kinds[item.address.kind], record.current
        if current is None or self.account_index.of(kind, current) is Presence.ABSENT:
            return step  # the only one that is there
        chosen = next(each for each in record.objects() if each.remote_id == step.remote_id)
        before, after = (
            (about, self.account_index.seen(kind.name, about.remote_id))
            for about in (current, chosen)
        )
        why = held(kind, before, after, promote=item.lifecycle.promote)
        if why is None:
            return step
        if item.address in self.options.promote:
            return replace(step, reason=joined("; ", step.reason, why.changes))
        return steps.held(step, why)

    def _replacement(
        self,
        item: Desired,
        about: RecordedObject,
        decision: Decision,
        *,
        discard: RecordedObject | None,
    ) -> Step:
        """A new successor, unless an unrecorded object already is exactly that."""
        kind = self.kinds[item.address.kind]
        matches = self.account_index.matches(kind, item.spec)
        found = decisions.SUCCESSOR_FOUND[matches.exact_only]
        if found is None:
            step = self.on(item, about, decision, role=Role.SUCCESSOR)
            if item.address in self.waiting:
                return self._used_elsewhere(step)
            if step.unverifiable:
                # What was never submitted goes along: say all of it, not only what differs.
                step = replace(step, changed=self._pair(item, about).submitted_again)
            step = self._pending(item, step)
            step = replace(step, discard=discard.remote_id if discard else None)
            return self.guards.on_add(kind, item, step)
        if found.action is Action.BLOCKED:
            return self._blocked_by_matches(item, found, matches.exact, role=Role.SUCCESSOR)
        if discard is not None:
            return self.on(item, discard, decisions.SUCCESSOR_IN_THE_WAY, role=Role.SUCCESSOR)
        return self._adopt(item, matches.exact[0], found, role=Role.SUCCESSOR)

    def _pending(self, item: Desired, step: Step) -> Step:
        """``step``, which submits a successor, with what will hold its promotion."""
        kind, current = self.kinds[item.address.kind], self.recorded.get(item.address)
        about = current.current if current is not None else None
        if about is None:
            return step
        seen = self.account_index.seen(kind.name, about.remote_id)
        why = held(
            kind,
            (about, seen),
            (RecordedObject(0, submitted=item.spec), None),
            promote=item.lifecycle.promote,
        )
        if why is None:
            return step
        later = decisions.WILL_BE_HELD.filled(why=why.words, address=item.address)
        return replace(step, consequence=joined("; ", step.consequence, later))

    def _used_elsewhere(self, step: Step) -> Step:
        holder = self.waiting[step.address]
        decision = decisions.USED_ELSEWHERE
        return replace(
            step,
            action=decision.action,
            reason=decision.reason.filled(holder=holder.address, id=holder.remote_id),
            reason_code=decision.code,
            consequence=decision.consequence.filled(holder=holder.address),
        )

    def _presence(self, item: Desired, record: Recorded, presence: Presence) -> Step:
        kind = self.kinds[item.address.kind]
        matches = self.account_index.matches(kind, item.spec)
        if presence is Presence.ABSENT:
            presence = matches.presence
        decision = decisions.PRESENCE[True, record.current is not None, presence]
        if decision is None:
            raise AssertionError(f"{item.address} is there and has no current object")
        if decision.action is Action.ADOPT:
            return self._adopt(item, matches.exact[0], decision)
        if decision.action is Action.CREATE and item.address in self.waiting:
            return self._used_elsewhere(bare(item, decision))
        if decision.action is Action.CREATE:
            return self.guards.on_add(kind, item, bare(item, decision))
        if presence is Presence.AMBIGUOUS:
            return self._blocked_by_matches(item, decision, (*matches.exact, *matches.near))
        if record.current is None:
            return bare(item, decision)
        return self.on(item, record.current, decision)

    def retiring(
        self, address: Address, old: RecordedObject, record: Recorded, *, retire_after: int
    ) -> Step:
        """Step of a superseded object: kept for ``retire_after`` seconds, deleted then."""
        kind = self.kinds[address.kind]
        current = record.current
        seen = self.account_index.seen(kind.name, current.remote_id) if current else None
        active = seen is not None and seen.review.state is ReviewState.ACTIVE
        due_at = (old.superseded_at or 0) + retire_after
        decision = decisions.RETIRING[self.account_index.of(kind, old), active, self.now >= due_at]
        if decision.action is Action.WAIT and self.now < due_at:
            until = T("{reason} ({moment})", reason=decision.reason, moment=to_text(due_at))
            step = replace(self._off(address, old, decision), reason=until)
        else:
            step = self._off(address, old, decision)
        return replace(step, further=True, role=Role.SUPERSEDED)

    def _pair(self, item: Desired, record: RecordedObject) -> Pair:
        kind = self.kinds[item.address.kind]
        return self.pairs.of(kind, item, record, self.account_index)

    def on(
        self, item: Desired, about: RecordedObject, decision: Decision, *, role: Role = Role.CURRENT
    ) -> Step:
        """Step of a decision about one object of a declared address."""
        return steps.on(self._pair(item, about), decision, self.now, role=role)

    def _adopt(
        self, item: Desired, seen: Observed, decision: Decision, *, role: Role = Role.CURRENT
    ) -> Step:
        kind = self.kinds[item.address.kind]
        owner = self.account_index.owners.get(ObjectId(kind.name, seen.remote_id))
        fresh = RecordedObject(seen.remote_id)
        if owner is not None:  # bound there, and declared by no manifest
            objects = self.recorded[owner].objects()
            fresh = next(each for each in objects if each.remote_id == seen.remote_id)
        comparison = compare(kind, item.spec, fresh, seen)
        return replace(
            bare(item, decision),
            moved_from=owner,
            taken=seen.remote_id if owner is not None else None,
            takes=role,
            remote_id=seen.remote_id,
            review=seen.review,
            before=known(kind, fresh, seen),
            unverifiable=comparison.unverifiable,
            role=role,
        )

    def _blocked_by_matches(
        self,
        item: Desired,
        decision: Decision,
        found: Sequence[Observed],
        *,
        role: Role = Role.CURRENT,
    ) -> Step:
        ordered = sorted(found, key=lambda seen: seen.remote_id)
        ids = listed(
            ", ",
            (
                T("{id} {review}", id=seen.remote_id, review=seen.review.state.words)
                for seen in ordered
            ),
        )
        place = ("--as", "successor") if role is Role.SUCCESSOR else ()
        choices = tuple(seen.remote_id for seen in ordered)
        kind = self.kinds[item.address.kind]
        several = len(found) > 1 and decision.code is Reason.CANDIDATES_EXIST
        reason = T(
            "{reason} (ids {ids}): {command}{which}{otherwise}",
            reason=decision.reason,
            ids=ids,
            command=Command.of("import", item.address, CHOICE, *place, choices=choices),
            which=T(" with the one that applications use") if several else NOTHING,
            otherwise=T(", or give it another {label} to create it anyway", label=kind.label)
            if kind.near
            else NOTHING,
        )
        return replace(bare(item, decision), reason=reason)

    def _off(self, address: Address, about: RecordedObject, decision: Decision) -> Step:
        kind = self.kinds[address.kind]
        return steps.off(
            kind, address, about, self.account_index.seen(kind.name, about.remote_id), decision
        )


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
