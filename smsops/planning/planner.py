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
    RecordedObject,
    RemoteId,
    Role,
    Snapshot,
    Step,
)
from smsops.planning import decisions
from smsops.planning import steps as rows
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Decision, Guard, Presence
from smsops.planning.guards import Guards, guarded
from smsops.planning.handovers import Taken
from smsops.planning.holds import Held, held
from smsops.planning.incremental import IncrementalSteps
from smsops.planning.matching import known_by
from smsops.planning.moves import Doubt, Moves, moves, with_move_hints
from smsops.planning.needs import Needs
from smsops.planning.pending import PendingObject, certain, pending_objects
from smsops.planning.saga import Saga
from smsops.planning.steps import bare
from smsops.planning.unmanaged import unmanaged
from smsops.text.messages import NOTHING, Command, T, Text, joined


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
) -> Plan:
    """What an apply would do now. Rows are sorted by address, so equal inputs give equal plans.

    ``incremental`` saves work and changes nothing: steps decided while the account was read.
    ``recovered``: (kind, remote id) of what the same run has just found and recorded. ``older``:
    where the manifests are of an older commit than the newest one applied, or may be.
    """
    by_address = {item.address: item for item in desired}
    bound = [
        address
        for address, record in state.resources.items()
        if not record.declared and address not in by_address
    ]
    account_index = AccountIndex(kinds, state.resources, observation, now, bound=bound)
    busy = frozenset(intent.address for intent in state.intents)
    found = moves(
        kinds,
        by_address,
        state.resources,
        account_index,
        busy=busy,
        not_renamed=options.not_renamed,
    )
    guards = Guards(
        kinds, by_address, state.resources, account_index, options, older, found.sources
    )
    planner = _Planner(
        kinds=kinds,
        desired=by_address,
        recorded=state.resources,
        moves=found,
        account_index=account_index,
        saga=Saga(
            kinds=kinds,
            recorded=state.resources,
            account_index=account_index,
            guards=guards,
            options=options,
            waiting=found.waiting,
            now=now,
            incremental=incremental or IncrementalSteps(kinds, (), {}, now),
        ),
        guards=guards,
        needs=Needs(kinds, by_address, state.resources, found.records, account_index, options),
        options=options,
        open_intents=busy,
        pending_objects=pending_objects(state, observation, kinds),
        recovered=recovered,
    )
    steps = planner.steps()
    recorded_ids = planner.account_index.owners
    strangers = tuple(
        observation.objects[key] for key in sorted(observation.objects) if key not in recorded_ids
    )
    if options.targets:
        # What a manifest beside the targets is about to adopt is no stranger either.
        strangers = unmanaged(state, observation, desired, kinds=kinds, now=now)
    taken = {(step.address.kind, step.remote_id) for step in steps if step.action is Action.ADOPT}
    taken |= certain(planner.pending_objects)
    return Plan(
        account_id=state.account_id,
        region=region,
        complete=observation.complete,
        steps=steps,
        unmanaged=tuple(item for item in strangers if item.key not in taken),
        notes=observation.notes,
    )


_NOTHING = Recorded()


@dataclass(frozen=True, slots=True)
class _Planner:
    kinds: Mapping[str, Resource]
    desired: Mapping[Address, Desired]
    recorded: Mapping[Address, Recorded]
    moves: Moves
    account_index: AccountIndex
    saga: Saga
    guards: Guards
    needs: Needs
    options: PlanOptions
    open_intents: frozenset[Address]
    #: What open intents may have made, by address.
    pending_objects: Mapping[Address, PendingObject]
    #: (kind, remote id) of what this very run has found and recorded.
    recovered: Collection[ObjectId]

    def steps(self) -> tuple[Step, ...]:
        found: list[Step] = []
        groups = self.moves.groups()
        held = self._held(groups)
        leaving = self.moves.targets
        # Nearly sorted as they come, so sorting takes no time.
        addresses = dict.fromkeys((*self.desired, *self.recorded, *self.open_intents))
        for address in sorted(addresses):
            if self.options.targets and address not in self.options.targets:
                continue
            if address in self.open_intents:
                found.append(self._open_intent(address, self.recorded.get(address, _NOTHING)))
            elif address in self.moves.doubts:
                found.append(self._doubted(address, self.moves.doubts[address]))
            elif left_out := self._left_out(groups.get(address, frozenset())):
                found.append(self._split(address, left_out))
            elif address in held:
                found.append(self._held_back(address, held[address]))
            else:
                found.extend(self._rows(address, leaving))
        rows = self.guards.on_rows(self.needs.on_rows(_let_go(found)))
        return with_move_hints(rows, self.desired, self.recorded)

    def _rows(self, address: Address, leaving: Mapping[Address, Address]) -> Iterator[Step]:
        record = self.moves.records.get(address, _NOTHING)
        if address in self.desired:
            yield from self._declared(self.desired[address], record)
        elif address in leaving:
            yield self._moved_away(address, leaving[address])
        else:
            yield from self._removed(address, record)
        for new, taken in self.moves.taken.items():
            if taken.source == address:
                yield self._handed_over(address, new, taken)

    # -- one address -----------------------------------------------------------------------------

    def _declared(self, item: Desired, record: Recorded) -> Iterator[Step]:
        step = self.saga.main(item, record)
        yield self._moved_here(item, step)
        if record.successor is not None and self.saga.both_gone(item, record):
            dead = self.saga.on(item, record.successor, decisions.BOTH_GONE, role=Role.SUCCESSOR)
            yield replace(dead, changed=(), further=True)
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
        kind = self.kinds[address.kind]
        objects = record.objects()
        # Also where the current object itself has moved away: it keeps its row.
        first = self.recorded[address].current or objects[0] if objects else None
        for old in objects:
            presence = self.account_index.of(kind, old)
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
            if decision.action is Action.DELETE and (kind.name, old.remote_id) in self.recovered:
                decision = decisions.RECOVERED
            step = replace(
                self._off(address, old, decision),
                further=first is not None and old.remote_id != first.remote_id,
                role=record.role_of(old.remote_id),
            )
            if decision.action is Action.DELETE and record.lifecycle.protected:
                step = guarded(step, Guard.PROTECTED, address=address)
            yield step
            if step.action is Action.BLOCKED and record.lifecycle.protected:
                return

    # -- moves -----------------------------------------------------------------------------------

    def _moved_here(self, item: Desired, step: Step) -> Step:
        """``step`` of an address that takes over a record or an object: moving it is due anyway."""
        source = self.moves.sources.get(item.address)
        taken = self.moves.taken.get(item.address)
        if source is None and taken is None:
            return step
        record = self.moves.records[item.address]
        about = known_by(self.kinds[item.address.kind], record, self.account_index)
        both = step.moved_from is not None  # a bound object would come here as well: next time
        step = replace(
            step,
            moved_from=source if taken is None else taken.source,
            taken=None if taken is None else taken.remote_id,
            takes=Role.CURRENT if taken is None else taken.role,
        )
        if both or (step.remote_id is None and not step.acting):
            step = replace(step, action=Action.WAIT, remote_id=about.remote_id if about else None)
        moved = rows.only_moved(step)
        both_words = T("{reason} ({moved})", reason=step.reason, moved=moved.reason)
        return replace(step, reason=both_words) if step.acting else moved

    def _moved_away(self, address: Address, new: Address) -> Step:
        kind, record = self.kinds[address.kind], self.recorded[address]
        about = known_by(kind, record, self.account_index)
        assert about is not None, address
        step = self._off(address, about, decisions.RENAME_OLD)
        return replace(step, reason=T("{reason} to {new}", reason=step.reason, new=new))

    def _handed_over(self, address: Address, new: Address, taken: Taken) -> Step:
        record = self.recorded[self.moves.sources.get(address, address)]
        about = _object(record, taken.remote_id)
        step = self._off(address, about, decisions.TAKEN_OLD)
        given = T("{reason}: {new}", reason=step.reason, new=new)
        role = record.role_of(about.remote_id)
        return replace(step, reason=given, further=role is not Role.CURRENT, role=role)

    def _left_out(self, group: Collection[Address]) -> Sequence[Address]:
        """The members of a group that --target leaves out, where it names others of it."""
        targets = self.options.targets
        return sorted(address for address in group if targets and address not in targets)

    def _split(self, address: Address, others: Sequence[Address]) -> Step:
        names = " and ".join(map(str, others))
        return guarded(self._plain(address), Guard.RENAME_SPLIT, others=names)

    def _doubted(self, address: Address, doubt: Doubt) -> Step:
        guard = decisions.MOVES[doubt.link]
        assert guard is not None, doubt
        # The advice names this row's own address, where it is one of several.
        old = address if address in doubt.removed else doubt.removed[0]
        new = address if address in doubt.declared else doubt.declared[0]
        return guarded(
            self._plain(address),
            guard,
            removed=" or ".join(map(str, doubt.removed)),
            declared=" or ".join(map(str, doubt.declared)),
            old=old,
            new=new,
            fields=" or ".join(self.kinds[address.kind].kept_by_moves),
            # What is recorded there is gone, and in the way.
            first=T("{command} and ", command=Command.of("state", "rm", new))
            if new in self.recorded
            else NOTHING,
        )

    def _plain(self, address: Address) -> Step:
        """The row that a removed or new address would have by itself."""
        record = self.recorded.get(address, _NOTHING)
        kind = self.kinds[address.kind]
        about = known_by(kind, record, self.account_index)
        item = self.desired.get(address)
        if item is None:
            about = about or record.objects()[0]  # only a superseded one is left of it
            return self._off(address, about, decisions.REMOVED)
        if about is None:
            gone = decisions.PRESENCE[True, True, Presence.ABSENT]
            return bare(item, decisions.NEW if address not in self.recorded or not gone else gone)
        return self.saga.on(item, about, decisions.RENAME_NEW)

    def _held(
        self, groups: Mapping[Address, frozenset[Address]]
    ) -> Mapping[Address, Mapping[Address, Held]]:
        """Addresses of moves that would give declared addresses ids with another number of
        parameters -> which addresses of their group these are, and the numbers.
        """
        changes: dict[Address, Held] = {}
        for address in self.moves.sources:
            kind = self.kinds[address.kind]
            before, after = (
                record.current if record is not None else None
                for record in (self.recorded.get(address), self.moves.records.get(address))
            )
            if before is None or after is None or address in self.options.promote:
                continue
            if self.account_index.of(kind, before) is Presence.ABSENT:
                continue
            then = (
                (about, self.account_index.seen(kind.name, about.remote_id))
                for about in (before, after)
            )
            if (why := held(kind, *then)) is not None:
                changes[address] = why
        return {
            address: {each: changes[each] for each in sorted(groups[address] & changes.keys())}
            for changed in changes
            for address in groups[changed]
        }

    def _held_back(self, address: Address, changes: Mapping[Address, Held]) -> Step:
        step = replace(self._plain(address), changed=())
        why = changes.get(address)
        if why is None:
            others = " and ".join(map(str, changes))
            together = T("moves together with {others}", others=others)
            step = replace(step, reason=joined("; ", step.reason, together))
        step = rows.held(step, why or next(iter(changes.values())))
        return replace(step, consequence=rows.hold_consequence(*changes))

    # -- rows ------------------------------------------------------------------------------------

    def _off(self, address: Address, about: RecordedObject, decision: Decision) -> Step:
        kind = self.kinds[address.kind]
        return rows.off(
            kind, address, about, self.account_index.seen(kind.name, about.remote_id), decision
        )

    def _open_intent(self, address: Address, record: Recorded) -> Step:
        item = self.desired.get(address)
        consequence = decisions.INTENT_CONSEQUENCE[self.account_index.listed(address.kind)]
        consequence = _resolving(consequence, address)
        if made := self.pending_objects.get(address):
            text = decisions.INTENT_MADE[made.sure, item is not None]
            consequence = joined("; ", consequence, _resolving(text, address, made.ids))
        about, due = record.current, decisions.RECOVERY_DUE
        if about is None:
            step = bare(item, due) if item is not None else _without_object(address, due)
        elif item is None:
            step = self._off(address, about, due)
        else:
            step = self.saga.on(item, about, due)
        return replace(step, consequence=consequence)


def _without_object(address: Address, decision: Decision) -> Step:
    """A step about an address that neither a manifest nor a recorded object stands at."""
    return Step(address, decision.action, decision.reason, reason_code=decision.code)


def _resolving(text: Text, address: Address, ids: Sequence[RemoteId] = ()) -> Text:
    """``text`` about an open intent, with the ids that it may have made."""
    named = text.filled(address=address, ids=" or ".join(map(str, ids)))
    return named.choosing(map(str, ids))


def _object(record: Recorded, remote_id: RemoteId | None) -> RecordedObject:
    return next(item for item in record.objects() if item.remote_id == remote_id)


def _let_go(rows: Sequence[Step]) -> Sequence[Step]:
    """``rows`` in which a bound object that a manifest adopts is no longer bound."""
    takers: dict[tuple[str, RemoteId | None], Address] = {
        (step.address.kind, step.taken): step.address for step in rows if step.taken
    }
    if not takers:
        return rows
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
        for step in rows
    ]


__all__ = ["PlanOptions", "plan"]
