"""Steps of addresses that need another object: added, adopted, or a person has to choose. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smsops.model import (
    Action,
    Desired,
    FieldChange,
    ObjectId,
    Observed,
    Recorded,
    RecordedObject,
    Role,
    Step,
)
from smsops.planning import decisions
from smsops.planning.compare import compare, known
from smsops.planning.decisions import Decision, Presence
from smsops.planning.facts import Facts
from smsops.planning.guards import Guards
from smsops.planning.holds import held
from smsops.planning.pairs import Pairs
from smsops.planning.reasons import Reason
from smsops.planning.steps import bare
from smsops.text.messages import CHOICE, NOTHING, Command, T, Text, joined, listed


@dataclass(frozen=True, slots=True)
class Additions:
    """The steps that add an object, unless an unrecorded one already is exactly that."""

    facts: Facts
    pairs: Pairs
    guards: Guards

    def first(self, item: Desired, record: Recorded, presence: Presence) -> Step:
        """The step of an address whose current object is not there, or cannot be seen."""
        kind = self.facts.kinds[item.address.kind]
        matches = self.facts.account_index.matches(kind, item.spec)
        if presence is Presence.ABSENT:
            presence = matches.presence
        decision = decisions.PRESENCE[True, record.current is not None, presence]
        if decision is None:
            raise AssertionError(f"{item.address} is there and has no current object")
        if decision.action is Action.ADOPT:
            return self._adopt(item, matches.exact[0], decision)
        if decision.action is Action.CREATE and item.address in self.facts.moves.waiting:
            return self._used_elsewhere(bare(item, decision))
        if decision.action is Action.CREATE:
            return self.guards.on_add(kind, item, bare(item, decision))
        if presence is Presence.AMBIGUOUS:
            return self._candidates(item, decision, (*matches.exact, *matches.near))
        if record.current is None:
            return bare(item, decision)
        return self.pairs.step(item, record.current, decision)

    def successor(
        self,
        item: Desired,
        about: RecordedObject,
        decision: Decision,
        *,
        discard: RecordedObject | None = None,
    ) -> Step:
        """The step that submits a new successor; ``discard`` is one that goes first."""
        kind = self.facts.kinds[item.address.kind]
        matches = self.facts.account_index.matches(kind, item.spec)
        found = decisions.SUCCESSOR_FOUND[matches.exact_only]
        if found is None:
            step = self.pairs.step(item, about, decision, role=Role.SUCCESSOR)
            if item.address in self.facts.moves.waiting:
                return self._used_elsewhere(step)
            if step.unverifiable:
                # What was never submitted goes along: show all of it, not only what differs.
                step = replace(step, changed=self.pairs.of(item, about).submitted_again)
            step = self._pending(item, step)
            step = replace(step, discard=discard.remote_id if discard else None)
            return self.guards.on_add(kind, item, step)
        if found.action is Action.BLOCKED:
            return self._candidates(item, found, matches.exact, role=Role.SUCCESSOR)
        if discard is not None:
            return self.pairs.step(
                item, discard, decisions.SUCCESSOR_IN_THE_WAY, role=Role.SUCCESSOR
            )
        return self._adopt(item, matches.exact[0], found, role=Role.SUCCESSOR)

    def _pending(self, item: Desired, step: Step) -> Step:
        """``step``, which submits a successor, with what will hold its promotion."""
        record = self.facts.recorded.get(item.address)
        current = record.current if record is not None else None
        if current is None:
            return step
        why = held(
            self.facts.kinds[item.address.kind],
            (current, self.facts.seen(item.address, current)),
            (RecordedObject(0, submitted=item.spec), None),
            promote=item.lifecycle.promote,
        )
        if why is None:
            return step
        later = decisions.WILL_BE_HELD.filled(why=why.words, address=item.address)
        return replace(step, consequence=joined("; ", step.consequence, later))

    def _used_elsewhere(self, step: Step) -> Step:
        holder = self.facts.moves.waiting[step.address]
        decision = decisions.USED_ELSEWHERE
        return replace(
            step,
            action=decision.action,
            reason=decision.reason.filled(holder=holder.address, id=holder.remote_id),
            reason_code=decision.code,
            consequence=decision.consequence.filled(holder=holder.address),
        )

    def _adopt(
        self, item: Desired, seen: Observed, decision: Decision, *, role: Role = Role.CURRENT
    ) -> Step:
        kind = self.facts.kinds[item.address.kind]
        owner = self.facts.account_index.owners.get(ObjectId(kind.name, seen.remote_id))
        fresh = RecordedObject(seen.remote_id)
        if owner is not None:  # bound there, and declared by no manifest
            objects = self.facts.recorded[owner].objects()
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

    def _candidates(
        self,
        item: Desired,
        decision: Decision,
        found: Sequence[Observed],
        *,
        role: Role = Role.CURRENT,
    ) -> Step:
        """A blocked step: which of ``found`` is meant, a person has to say."""
        ordered = sorted(found, key=lambda seen: seen.remote_id)
        kind = self.facts.kinds[item.address.kind]
        differing = {
            seen.remote_id: compare(kind, item.spec, RecordedObject(seen.remote_id), seen).changed
            for seen in ordered
        }
        alone = ordered[0] if len(ordered) == 1 else None
        ids = listed(
            "; " if any(differing.values()) else ", ",
            (_candidate(seen, () if alone else differing[seen.remote_id]) for seen in ordered),
        )
        place = ("--as", "successor") if role is Role.SUCCESSOR else ()
        choices = tuple(seen.remote_id for seen in ordered)
        several = len(found) > 1 and decision.code is Reason.CANDIDATES_EXIST
        reason = T(
            "{reason} (id {ids}): {command}{which}{otherwise}"
            if alone
            else "{reason} (ids {ids}): {command}{which}{otherwise}",
            reason=decision.reason,
            ids=ids,
            command=Command.of("import", item.address, alone.remote_id, *place)
            if alone
            else Command.of("import", item.address, CHOICE, *place, choices=choices),
            which=T(" with the one that applications use") if several else NOTHING,
            otherwise=T(", or give it another {label} to create it anyway", label=kind.label)
            if kind.near
            else NOTHING,
        )
        step = replace(bare(item, decision), reason=reason)
        if alone is None:
            return step
        # What differs is shown as that of any other object is.
        return replace(
            step,
            changed=differing[alone.remote_id],
            before=known(kind, RecordedObject(alone.remote_id), alone),
        )


#: Characters of a text that tell one candidate from another.
_LONGEST = 60


def _candidate(seen: Observed, differing: Sequence[FieldChange]) -> Text:
    """One of several objects: its id, its review, and what it says instead."""
    words = T("{id} {review}", id=seen.remote_id, review=seen.review.state.words)
    for change in differing:
        text = str(change.before)
        cut = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
        words = T('{words}, {field} "{text}"', words=words, field=change.field, text=cut)
    return words
