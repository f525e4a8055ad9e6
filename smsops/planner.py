"""(desired, recorded, observed, options, now) -> Plan. Pure: the tables decide, this asks them.

One row per address, then rows (``deposed``) for the objects that its current object superseded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smsops import rows, rules
from smsops.announced import Announced, announced, surely
from smsops.clock import to_text
from smsops.compare import compare, known
from smsops.early import EarlyRows
from smsops.guards import Guards, PlanOptions, guarded
from smsops.kind import Kind
from smsops.model import (
    Action,
    Address,
    Desired,
    Observation,
    Observed,
    Plan,
    Recorded,
    RecordedObject,
    ReviewState,
    Role,
    Snapshot,
    Step,
)
from smsops.renames import renamed_addresses, with_move_hints
from smsops.rows import Pair, bare
from smsops.rules import Guard, Rule, Sighting
from smsops.sighting import Sightings
from smsops.unmanaged import unmanaged


def plan(
    desired: Sequence[Desired],
    state: Snapshot,
    observation: Observation,
    *,
    kinds: Mapping[str, Kind],
    options: PlanOptions,
    region: str,
    now: float,
    early: EarlyRows | None = None,
    recovered: Collection[tuple[str, int]] = (),
) -> Plan:
    """What an apply would do now. Rows are sorted by address, so equal inputs give equal plans.

    ``early`` saves work and changes nothing: rows that were decided while the account was read.
    ``recovered``: (kind, remote id) of what the same run has just found and recorded.
    """
    by_address = {item.address: item for item in desired}
    sightings = Sightings(kinds, state.resources, observation, now)
    planner = _Planner(
        kinds=kinds,
        desired=by_address,
        recorded=state.resources,
        sightings=sightings,
        guards=Guards(kinds, by_address, state.resources, sightings, options),
        options=options,
        open_intents=frozenset(intent.address for intent in state.intents),
        now=now,
        early=early or EarlyRows(kinds, (), {}, now),
        announced=announced(state, observation, kinds),
        recovered=recovered,
    )
    steps = planner.steps()
    recorded_ids = planner.sightings.owners
    strangers = tuple(
        observation.objects[key] for key in sorted(observation.objects) if key not in recorded_ids
    )
    if options.targets:
        # What a manifest beside the targets is about to adopt is no stranger either.
        strangers = unmanaged(state, observation, desired, kinds=kinds, now=now)
    taken = {(step.address.kind, step.remote_id) for step in steps if step.action is Action.ADOPT}
    taken |= surely(planner.announced)
    return Plan(
        account_id=state.account_id,
        region=region,
        complete=observation.complete,
        steps=steps,
        unmanaged=tuple(item for item in strangers if (item.kind, item.remote_id) not in taken),
        notes=observation.notes,
    )


#: Sightings of a current object that leave the decision to its successor.
_DECIDED = (Sighting.THERE, Sighting.ABSENT)


_NOTHING = Recorded()


@dataclass(frozen=True, slots=True)
class _Planner:
    kinds: Mapping[str, Kind]
    desired: Mapping[Address, Desired]
    recorded: Mapping[Address, Recorded]
    sightings: Sightings
    guards: Guards
    options: PlanOptions
    open_intents: frozenset[Address]
    now: float
    early: EarlyRows
    #: What open intents may have made, by address.
    announced: Mapping[Address, Announced]
    #: (kind, remote id) of what this very run has found and recorded.
    recovered: Collection[tuple[str, int]]
    #: The pair compared last: each row asks several tables about the same two objects.
    latest: list[Pair] = field(default_factory=list)

    def steps(self) -> tuple[Step, ...]:
        renames = renamed_addresses(
            self.kinds, self.desired, self.recorded, self.sightings, busy=self.open_intents
        )
        renamed = {old: new for new, old in renames.items()}
        found: list[Step] = []
        # Nearly sorted as they come, so sorting takes no time.
        addresses = dict.fromkeys((*self.desired, *self.recorded, *self.open_intents))
        for address in sorted(addresses):
            if self.options.targets and address not in self.options.targets:
                continue
            record = self.recorded.get(address, _NOTHING)
            if address in self.open_intents:
                found.append(self._open_intent(address, record))
            elif address in renamed:
                found.append(self._renamed_away(address, record, renamed[address]))
            elif address in renames:
                found.append(self._renamed_here(self.desired[address], renames[address]))
            elif address in self.desired:
                found.extend(self._declared(self.desired[address], record))
            else:
                found.extend(self._removed(address, record))
        return self.guards.on_rows(with_move_hints(self.kinds, found))

    # -- one address -----------------------------------------------------------------------------

    def _declared(self, item: Desired, record: Recorded) -> Iterator[Step]:
        step = self._early(item, record) or self._main(item, record)
        yield step
        for old in record.retiring:
            if step.action is Action.PROMOTE and step.remote_id == old.remote_id:
                continue
            yield self._retiring(
                item.address, old, record, retire_after=item.lifecycle.retire_after
            )

    def _early(self, item: Desired, record: Recorded) -> Step | None:
        if record.current is None:
            return None
        seen = self.sightings.seen(item.address.kind, record.current.remote_id)
        return self.early.row(item, record, seen)

    def _main(self, item: Desired, record: Recorded) -> Step:
        kind = self.kinds[item.address.kind]
        current, successor = record.current, record.successor
        sighting = self.sightings.of(kind, current) if current else Sighting.ABSENT
        there = sighting is Sighting.THERE
        now_equal = (
            current is not None and there and self._pair(item, current).comparison.same_object
        )

        if not now_equal:
            for old in record.retiring:
                if self._pair(item, old).active_and_same:
                    return self._on(item, old, rules.ROLLBACK)
        if successor is not None:
            following = self.sightings.of(kind, successor)
            if following in rules.SUCCESSOR_UNSEEN and sighting in _DECIDED:
                return self._successor(item, successor, following)
            if now_equal:
                return self._on(item, successor, rules.ABANDON, role=Role.SUCCESSOR)
            if sighting is Sighting.ABSENT and following is Sighting.THERE:
                return self._on(item, successor, rules.CURRENT_GONE, role=Role.SUCCESSOR)
            if there:
                return self._successor(item, successor, following)
        if current is not None and there:
            return self._review(item, current)
        return self._presence(item, record, sighting)

    def _review(self, item: Desired, current: RecordedObject) -> Step:
        rule = rows.reviewed(self._pair(item, current))
        if rule.action is Action.REPLACE:
            return self._replacement(item, current, rule, discard=None)
        return self._on(item, current, rule)

    def _successor(self, item: Desired, successor: RecordedObject, following: Sighting) -> Step:
        if following in rules.SUCCESSOR_UNSEEN:
            return self._on(item, successor, rules.SUCCESSOR_UNSEEN[following], role=Role.SUCCESSOR)
        pair = self._pair(item, successor)
        rule = rules.SUCCESSOR[pair.standing, pair.comparison.delta]
        if rule.action is Action.REPLACE:
            discard = successor if pair.seen is not None else None
            return self._replacement(item, successor, rule, discard=discard)
        return self._on(item, successor, rule, role=Role.SUCCESSOR)

    def _replacement(
        self, item: Desired, about: RecordedObject, rule: Rule, *, discard: RecordedObject | None
    ) -> Step:
        """A new successor, unless an unrecorded object already is exactly that."""
        kind = self.kinds[item.address.kind]
        matches = self.sightings.matches(kind, item.spec)
        found = rules.SUCCESSOR_FOUND[matches.exact_only]
        if found is None:
            step = self._on(item, about, rule, role=Role.SUCCESSOR)
            step = replace(step, discard=discard.remote_id if discard else None)
            return self.guards.on_add(kind, item, step)
        if found.action is Action.BLOCKED:
            return self._blocked_by_matches(item, found, matches.exact)
        if discard is not None:
            return self._on(item, discard, rules.SUCCESSOR_IN_THE_WAY, role=Role.SUCCESSOR)
        return self._adopt(item, matches.exact[0], found, role=Role.SUCCESSOR)

    def _presence(self, item: Desired, record: Recorded, sighting: Sighting) -> Step:
        kind = self.kinds[item.address.kind]
        matches = self.sightings.matches(kind, item.spec)
        if sighting is Sighting.ABSENT:
            sighting = matches.sighting
        rule = rules.PRESENCE[True, record.current is not None, sighting]
        if rule is None:
            raise AssertionError(f"{item.address} is there and has no current object")
        if rule.action is Action.ADOPT:
            return self._adopt(item, matches.exact[0], rule)
        if rule.action is Action.CREATE:
            return self.guards.on_add(kind, item, bare(item, rule))
        if sighting is Sighting.AMBIGUOUS:
            return self._blocked_by_matches(item, rule, (*matches.exact, *matches.near))
        if record.current is None:
            return bare(item, rule)
        return self._on(item, record.current, rule)

    def _removed(self, address: Address, record: Recorded) -> Iterator[Step]:
        """Every id of an address without a manifest goes; the protected ones stay."""
        kind = self.kinds[address.kind]
        objects = record.objects()
        for position, old in enumerate(objects):
            rule = rules.PRESENCE[False, True, self.sightings.of(kind, old)]
            assert rule is not None
            if rule.action is Action.DELETE and (kind.name, old.remote_id) in self.recovered:
                rule = rules.RECOVERED
            step = replace(
                self._off(address, old, rule),
                deposed=old.remote_id if position else None,
                role=Role.SUCCESSOR if old is record.successor else Role.CURRENT,
            )
            if rule.action is Action.DELETE and record.lifecycle.protected:
                step = guarded(step, Guard.PROTECTED, address=address)
            yield step
            if step.action is Action.BLOCKED and record.lifecycle.protected:
                return

    def _retiring(
        self, address: Address, old: RecordedObject, record: Recorded, *, retire_after: int
    ) -> Step:
        kind = self.kinds[address.kind]
        current = record.current
        seen = self.sightings.seen(kind.name, current.remote_id) if current else None
        active = seen is not None and seen.review.state is ReviewState.ACTIVE
        due_at = (old.superseded_at or 0) + retire_after
        rule = rules.RETIRING[self.sightings.of(kind, old), active, self.now >= due_at]
        if rule.action is Action.WAIT and self.now < due_at:
            rule = replace(rule, reason=f"{rule.reason} ({to_text(due_at)})")
        return replace(self._off(address, old, rule), deposed=old.remote_id)

    # -- renames ---------------------------------------------------------------------------------

    def _renamed_here(self, item: Desired, old: Address) -> Step:
        if self.options.targets and old not in self.options.targets:
            step = bare(item, rules.RENAME_NEW)
            return guarded(step, Guard.RENAME_SPLIT, holder=old)
        current = self.recorded[old].current or self.recorded[old].successor
        assert current is not None
        step = self._on(item, current, rules.RENAME_NEW)
        return replace(step, changed=(), moved_from=old)

    def _renamed_away(self, address: Address, record: Recorded, new: Address) -> Step:
        current = record.current or record.successor
        assert current is not None
        step = self._off(address, current, rules.RENAME_OLD)
        if self.options.targets and new not in self.options.targets:
            return guarded(step, Guard.RENAME_SPLIT, holder=new)
        return replace(step, reason=f"{step.reason} to {new}")

    # -- rows ------------------------------------------------------------------------------------

    def _pair(self, item: Desired, record: RecordedObject) -> Pair:
        if self.latest:
            pair = self.latest[0]
            if pair.item is item and pair.record is record:
                return pair
        kind = self.kinds[item.address.kind]
        pair = Pair.of(kind, item, record, self.sightings.seen(kind.name, record.remote_id))
        self.latest[:] = (pair,)
        return pair

    def _on(
        self, item: Desired, about: RecordedObject, rule: Rule, *, role: Role = Role.CURRENT
    ) -> Step:
        return rows.on(self._pair(item, about), rule, self.now, role=role)

    def _off(self, address: Address, about: RecordedObject, rule: Rule) -> Step:
        kind = self.kinds[address.kind]
        return rows.off(kind, address, about, self.sightings.seen(kind.name, about.remote_id), rule)

    def _adopt(
        self, item: Desired, seen: Observed, rule: Rule, *, role: Role = Role.CURRENT
    ) -> Step:
        fresh = RecordedObject(seen.remote_id)
        kind = self.kinds[item.address.kind]
        comparison = compare(kind, item.spec, fresh, seen)
        return replace(
            bare(item, rule),
            remote_id=seen.remote_id,
            review=seen.review,
            before=known(kind, fresh, seen),
            unverifiable=comparison.unverifiable,
            role=role,
        )

    def _blocked_by_matches(self, item: Desired, rule: Rule, found: Sequence[Observed]) -> Step:
        ordered = sorted(found, key=lambda seen: seen.remote_id)
        ids = ", ".join(f"{seen.remote_id} {seen.review.state.words}" for seen in ordered)
        choose = f"`smsops import {item.address} ID`"
        if len(found) > 1 and rule is rules.PRESENCE[True, False, Sighting.AMBIGUOUS]:
            choose += " with the one that applications use"
        other = ", or give it another templateName to create it anyway"
        kind = self.kinds[item.address.kind]
        reason = f"{rule.reason} (ids {ids}): {choose}{other if kind.near else ''}"
        return replace(bare(item, rule), reason=reason)

    def _open_intent(self, address: Address, record: Recorded) -> Step:
        item = self.desired.get(address)
        consequence = rules.INTENT_CONSEQUENCE[self.sightings.listed(address.kind)]
        if made := self.announced.get(address):
            ids = " or ".join(map(str, made.ids))
            text = rules.INTENT_MADE[made.sure, item is not None]
            consequence += f"; {text}".replace("{ids}", ids)
        rule = Rule(
            Action.BLOCKED,
            rules.GUARDS[Guard.INTENT_OPEN],
            consequence.format(address=address),
        )
        about = record.current
        if item is None:
            nothing = Step(address, rule.action, rule.reason, consequence=rule.consequence)
            return self._off(address, about, rule) if about else nothing
        return self._on(item, about, rule) if about else bare(item, rule)


__all__ = ["PlanOptions", "plan"]
