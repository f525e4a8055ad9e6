"""(desired, recorded, observed, options, now) -> Plan. Pure: the tables decide, this asks them.

One step per address, then further steps for the objects that its current object superseded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.kinds.kind import Resource
from smsops.model import (
    Action,
    Address,
    Desired,
    ObjectId,
    Observation,
    Older,
    Plan,
    PlanOptions,
    Recorded,
    RemoteId,
    Snapshot,
    Step,
)
from smsops.planning import decisions, steps
from smsops.planning.additions import Additions
from smsops.planning.decisions import Guard
from smsops.planning.facts import Facts
from smsops.planning.guards import Guards, guarded
from smsops.planning.idle import idle
from smsops.planning.incremental import IncrementalSteps
from smsops.planning.intent_steps import IntentSteps
from smsops.planning.move_steps import MoveSteps
from smsops.planning.moves import with_move_hints
from smsops.planning.needs import Needs
from smsops.planning.pairs import Pairs
from smsops.planning.pending import certain, pending_objects
from smsops.planning.saga import Saga
from smsops.planning.unmanaged import unmanaged
from smsops.text.messages import NOTHING, T


def plan(  # noqa: PLR0913 - all that a plan depends on, by name: nothing is looked up
    desired: Sequence[Desired],
    state: Snapshot,
    observation: Observation,
    *,
    kinds: Mapping[str, Resource],
    options: PlanOptions,
    region: str,
    now: float,
    incremental: IncrementalSteps | None = None,
    recovered: Collection[ObjectId] = (),
    older: Older | None = None,
    stray: Mapping[Address, str] | None = None,
) -> Plan:
    """What an apply would do now. Steps are sorted by address, so equal inputs give equal plans.

    ``incremental`` saves work and changes nothing: steps decided while the account was read.
    ``recovered``: (kind, remote id) of what the same run has just found and recorded. ``older``:
    where the manifests are of an older commit than the newest one applied, or may be. ``stray``:
    files that still declare what no manifest does, and are not read.
    """
    pending = pending_objects(state, observation, kinds)
    early = incremental or IncrementalSteps(kinds, (), {}, now)

    def facts_of(options: PlanOptions) -> Facts:
        return Facts.of(desired, state, observation, kinds=kinds, options=options, now=now)

    def steps_of(facts: Facts) -> tuple[Step, ...]:
        pairs, guards = Pairs(facts), Guards(facts, older, stray or {})
        planner = _Planner(
            facts,
            saga=Saga(facts, pairs, Additions(facts, pairs, guards), early),
            moving=MoveSteps(facts, pairs),
            intents=IntentSteps(facts, pairs, pending),
            recovered=recovered,
        )
        found = guards.on_steps(Needs(facts).on_steps(_let_go(list(planner.steps()))))
        return guards.on_renames(with_move_hints(found, facts.desired, facts.recorded))

    facts = facts_of(options)
    found = steps_of(facts)
    unrecorded = observation.objects.keys() - facts.account_index.owners.keys()
    strangers = tuple(observation.objects[key] for key in sorted(unrecorded))
    if options.targets:
        # What a manifest beside the targets is about to adopt is no stranger either.
        strangers = unmanaged(state, observation, desired, kinds=kinds, now=now)
    taken = {(step.address.kind, step.remote_id) for step in found if step.action is Action.ADOPT}
    taken |= certain(pending)
    useless = idle(found, options, lambda others: steps_of(facts_of(others)))
    return Plan(
        account_id=state.account_id,
        region=region,
        complete=observation.complete,
        steps=found,
        unmanaged=tuple(item for item in strangers if item.key not in taken),
        notes=(*observation.notes, *useless),
    )


_NOTHING = Recorded()


@dataclass(frozen=True, slots=True)
class _Planner:
    """Asks about one address after the other. ``recovered``: see :func:`plan`."""

    facts: Facts
    saga: Saga
    moving: MoveSteps
    intents: IntentSteps
    recovered: Collection[ObjectId]

    def steps(self) -> Iterator[Step]:
        """The steps of every address, before anything looks at the plan as a whole."""
        facts, moving = self.facts, self.moving
        groups = facts.moves.groups()
        held = moving.held(groups)
        leaving, doubts = facts.moves.targets, facts.moves.doubts
        targets = facts.options.targets
        # Nearly sorted as they come, so sorting takes no time.
        addresses = dict.fromkeys((*facts.desired, *facts.recorded, *facts.open_intents))
        for address in sorted(addresses):
            if targets and address not in targets:
                continue
            if address in facts.open_intents:
                yield self.intents.of(address)
            elif address in doubts:
                yield moving.doubted(address, doubts[address])
            elif address in groups and (left_out := moving.left_out(groups[address])):
                yield moving.split(address, left_out)
            elif address in held:
                yield moving.held_back(address, held[address])
            else:
                yield from self._of(address, leaving)

    def _of(self, address: Address, leaving: Mapping[Address, Address]) -> Iterator[Step]:
        record = self.facts.moves.records.get(address, _NOTHING)
        if address in self.facts.desired:
            yield from self._declared(self.facts.desired[address], record)
        elif address in leaving:
            yield self.moving.away(address, leaving[address])
        else:
            yield from self._removed(address, record)
        for new, taken in self.facts.moves.taken.items():
            if taken.source == address:
                yield self.moving.handed_over(address, new, taken)

    def _declared(self, item: Desired, record: Recorded) -> Iterator[Step]:
        step = self.saga.main(item, record)
        yield self.moving.here(item, step)
        if record.successor is not None and self.saga.both_gone(item, record):
            yield self.saga.dead_successor(item, record.successor)
        for old in record.retiring:
            if step.remote_id == old.remote_id:
                continue  # on its way back
            yield self.saga.retiring(
                item.address, old, record, retire_after=item.lifecycle.retire_after
            )

    def _removed(self, address: Address, record: Recorded) -> Iterator[Step]:
        """Every id of an address without a manifest goes, if one ever declared it; the protected
        ones stay.
        """
        objects = record.objects()
        # Also where the current object itself has moved away: it keeps its step.
        first = self.facts.recorded[address].current or objects[0] if objects else None
        for old in objects:
            presence = self.facts.presence(address, old)
            decision = (
                decisions.PRESENCE[False, True, presence]
                if record.declared
                else decisions.BOUND[presence]
            )
            assert decision is not None
            if not record.declared:
                decision = replace(
                    decision, consequence=decision.consequence.filled(address=address)
                )
            recovered = (address.kind, old.remote_id) in self.recovered
            if decision.action is Action.DELETE and recovered:
                decision = decisions.RECOVERED
            step = replace(
                steps.off(self.facts, address, old, decision),
                further=first is not None and old.remote_id != first.remote_id,
                role=record.role_of(old.remote_id),
            )
            if decision.action is Action.DELETE and record.lifecycle.protected:
                step = guarded(step, Guard.PROTECTED, address=address)
            yield step
            if step.action is Action.BLOCKED and record.lifecycle.protected:
                return


def _let_go(found: Sequence[Step]) -> Sequence[Step]:
    """``found`` in which a bound object that a manifest adopts is no longer bound."""
    takers: dict[tuple[str, RemoteId | None], Address] = {
        (step.address.kind, step.taken): step.address for step in found if step.taken
    }
    if not takers:
        return found
    return [
        replace(
            step,
            action=decisions.TAKEN_OLD.action,
            reason=T(
                "{reason}: {new}",
                reason=decisions.TAKEN_OLD.reason,
                new=takers[step.address.kind, step.remote_id],
            ),
            reason_code=decisions.TAKEN_OLD.code,
            consequence=NOTHING,
        )
        if step.action is Action.NOOP
        and (step.address.kind, step.remote_id) in takers
        and step.after is None
        else step
        for step in found
    ]


__all__ = ["PlanOptions", "plan"]
