"""(desired, recorded, observed, options, now) -> Plan. Pure: the tables decide, this asks them.

One row per address, then rows (``deposed``) for the objects that its current object superseded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops import reviewhours, rules
from smsops.clock import to_text
from smsops.compare import Comparison, compare, known
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
from smsops.rules import Guard, Rule, Sighting, Standing
from smsops.sighting import Sightings

#: So many recorded objects gone at once look like another account, not like deletions.
ALL_GONE_FROM = 3


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the command line lets a plan do. ``targets`` empty means everything."""

    targets: tuple[Address, ...] = ()
    max_deletes: int = 5
    allow_recreate: bool = False
    allow_unlisted: bool = False


def plan(
    desired: Sequence[Desired],
    state: Snapshot,
    observation: Observation,
    *,
    kinds: Mapping[str, Kind],
    options: PlanOptions,
    region: str,
    now: float,
) -> Plan:
    """What an apply would do now. Rows are sorted by address, so equal inputs give equal plans."""
    planner = _Planner(
        kinds=kinds,
        desired={item.address: item for item in desired},
        recorded=state.resources,
        sightings=Sightings(kinds, state.resources, observation, now),
        options=options,
        open_intents=frozenset(intent.address for intent in state.intents),
        now=now,
    )
    steps = planner.steps()
    recorded_ids = planner.sightings.owners
    unmanaged = tuple(
        observation.objects[key] for key in sorted(observation.objects) if key not in recorded_ids
    )
    taken = {(step.address.kind, step.remote_id) for step in steps if step.action is Action.ADOPT}
    return Plan(
        account_id=state.account_id,
        region=region,
        complete=observation.complete,
        steps=steps,
        unmanaged=tuple(item for item in unmanaged if (item.kind, item.remote_id) not in taken),
        notes=observation.notes,
    )


@dataclass(frozen=True, slots=True)
class _Planner:
    kinds: Mapping[str, Kind]
    desired: Mapping[Address, Desired]
    recorded: Mapping[Address, Recorded]
    sightings: Sightings
    options: PlanOptions
    open_intents: frozenset[Address]
    now: float

    def steps(self) -> tuple[Step, ...]:
        renames = self._renames()
        renamed = {old: new for new, old in renames.items()}
        rows: list[Step] = []
        addresses = self.desired.keys() | self.recorded.keys() | self.open_intents
        for address in sorted(addresses, key=str):
            if self.options.targets and address not in self.options.targets:
                continue
            record = self.recorded.get(address, Recorded())
            if address in self.open_intents:
                rows.append(self._open_intent(address, record))
            elif address in renamed:
                rows.append(self._renamed_away(address, record, renamed[address]))
            elif address in renames:
                rows.append(self._renamed_here(self.desired[address], renames[address]))
            elif address in self.desired:
                rows.extend(self._declared(self.desired[address], record))
            else:
                rows.extend(self._removed(address, record))
        return self._all_gone(self._too_many_deletes(self._maybe_renamed(rows)))

    # -- one address -----------------------------------------------------------------------------

    def _declared(self, item: Desired, record: Recorded) -> Iterator[Step]:
        step = self._main(item, record)
        yield step
        for old in record.retiring:
            if step.action is Action.PROMOTE and step.remote_id == old.remote_id:
                continue
            yield self._retiring(
                item.address, old, record, retire_after=item.lifecycle.retire_after
            )

    def _main(self, item: Desired, record: Recorded) -> Step:
        kind = self.kinds[item.address.kind]
        current, successor = record.current, record.successor
        sighting = self.sightings.of(kind, current) if current else Sighting.ABSENT
        there = sighting is Sighting.THERE
        now_equal = current is not None and there and self._compare(item, current).same_object

        if not now_equal:
            for old in record.retiring:
                if self._can_return(item, old):
                    return self._on(item, old, rules.ROLLBACK)
        if successor is not None:
            following = self.sightings.of(kind, successor)
            if now_equal and following is not Sighting.UNREAD:
                return self._on(item, successor, rules.ABANDON, role=Role.SUCCESSOR)
            if sighting is Sighting.ABSENT and following is Sighting.THERE:
                return self._on(item, successor, rules.CURRENT_GONE, role=Role.SUCCESSOR)
            if there:
                return self._successor(item, successor, following)
        if current is not None and there:
            return self._review(item, current)
        return self._presence(item, record, sighting)

    def _can_return(self, item: Desired, old: RecordedObject) -> bool:
        seen = self.sightings.seen(item.address.kind, old.remote_id)
        return (
            seen is not None
            and seen.review.state is ReviewState.ACTIVE
            and self._compare(item, old).same_object
        )

    def _review(self, item: Desired, current: RecordedObject) -> Step:
        seen = self._seen(item, current)
        comparison = self._compare(item, current)
        stands = rules.standing(seen.review.state, once_active=current.activated_at is not None)
        rule = rules.REVIEW[stands, comparison.delta]
        if rule.action is Action.REPLACE:
            return self._replacement(item, current, rule, discard=None)
        return self._on(item, current, rule)

    def _successor(self, item: Desired, successor: RecordedObject, following: Sighting) -> Step:
        if following in rules.SUCCESSOR_UNSEEN:
            return self._on(item, successor, rules.SUCCESSOR_UNSEEN[following], role=Role.SUCCESSOR)
        seen = self.sightings.seen(item.address.kind, successor.remote_id)
        stands = Standing.GONE
        if seen is not None:
            once = successor.activated_at is not None
            stands = rules.standing(seen.review.state, once_active=once)
        rule = rules.SUCCESSOR[stands, self._compare(item, successor).delta]
        if rule.action is Action.REPLACE:
            discard = successor if seen is not None else None
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
            return self._guard_add(kind, item, step)
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
            return self._guard_add(kind, item, self._bare(item, rule))
        if sighting is Sighting.AMBIGUOUS:
            return self._blocked_by_matches(item, rule, matches.exact or matches.near)
        if record.current is None:
            return self._bare(item, rule)
        return self._on(item, record.current, rule)

    def _removed(self, address: Address, record: Recorded) -> Iterator[Step]:
        """Every id of an address without a manifest goes; the protected ones stay."""
        kind = self.kinds[address.kind]
        objects = record.objects()
        for position, old in enumerate(objects):
            rule = rules.PRESENCE[False, True, self.sightings.of(kind, old)]
            assert rule is not None
            step = replace(
                self._off(address, old, rule), deposed=old.remote_id if position else None
            )
            if rule.action is Action.DELETE and record.lifecycle.protected:
                step = _guarded(step, Guard.PROTECTED, address=address)
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

    def _renames(self) -> Mapping[Address, Address]:
        """New address -> the removed address whose object it describes, where that is unique."""
        removed = [
            address
            for address in self.recorded
            if address not in self.desired and address not in self.open_intents
        ]
        if not removed:
            return {}
        by_key: dict[tuple[object, ...], list[Address]] = {}
        for address in removed:
            kind = self.kinds[address.kind]
            record = self.recorded[address]
            for about in (record.current, record.successor):
                seen = self.sightings.seen(kind.name, about.remote_id) if about else None
                if about is None or seen is None:
                    continue
                for spec in (seen.spec, {**seen.spec, **about.submitted}):
                    by_key.setdefault((kind.name, *kind.key(spec, kind.match)), []).append(address)
        found: dict[Address, Address] = {}
        for address, item in self.desired.items():
            if address in self.open_intents or not self._vacant(address):
                continue
            kind = self.kinds[address.kind]
            old = {
                candidate
                for candidate in by_key.get((kind.name, *kind.key(item.spec, kind.match)), ())
                if self._same_key(kind, item, candidate)
            }
            if len(old) == 1 and not old & set(found.values()):
                found[address] = old.pop()
        return found

    def _vacant(self, address: Address) -> bool:
        """Whether an address has no object that is, or may still be, there."""
        record = self.recorded.get(address)
        if record is None:
            return True
        kind = self.kinds[address.kind]
        return all(self.sightings.of(kind, item) is Sighting.ABSENT for item in record.objects())

    def _same_key(self, kind: Kind, item: Desired, old: Address) -> bool:
        record = self.recorded[old]
        for object_ in (record.current, record.successor):
            seen = self.sightings.seen(kind.name, object_.remote_id) if object_ else None
            if object_ is None or seen is None:
                continue
            comparison = compare(kind, item.spec, object_, seen)
            if not any(change.field in kind.match for change in comparison.changed):
                return True
        return False

    def _renamed_here(self, item: Desired, old: Address) -> Step:
        if self.options.targets and old not in self.options.targets:
            step = self._bare(item, rules.RENAME_NEW)
            return _guarded(step, Guard.RENAME_SPLIT, holder=old)
        current = self.recorded[old].current or self.recorded[old].successor
        assert current is not None
        step = self._on(item, current, rules.RENAME_NEW)
        return replace(step, changed=(), moved_from=old)

    def _renamed_away(self, address: Address, record: Recorded, new: Address) -> Step:
        current = record.current or record.successor
        assert current is not None
        step = self._off(address, current, rules.RENAME_OLD)
        if self.options.targets and new not in self.options.targets:
            return _guarded(step, Guard.RENAME_SPLIT, holder=new)
        return replace(step, reason=f"{step.reason} to {new}")

    def _maybe_renamed(self, rows: list[Step]) -> list[Step]:
        """Say how to keep the object when a rename and new content look like delete and create."""
        gone: dict[tuple[object, ...], Address] = {}
        for step in rows:
            kind = self.kinds[step.address.kind]
            if step.action is Action.DELETE and kind.near and step.before is not None:
                gone[kind.name, *kind.key(step.before, kind.near)] = step.address
        if not gone:
            return rows
        hinted = []
        for step in rows:
            kind = self.kinds[step.address.kind]
            old = None
            if step.action is Action.CREATE and step.after is not None:
                old = gone.get((kind.name, *kind.key(step.after, kind.near)))
            if old is not None:
                move = f"if this is {old} renamed, `smsops state mv {old} {step.address}` first"
                step = replace(step, consequence=f"{step.consequence}; {move}")
            hinted.append(step)
        return hinted

    # -- guards ----------------------------------------------------------------------------------

    def _guard_add(self, kind: Kind, item: Desired, step: Step) -> Step:
        if kind.unique:
            holder = self.sightings.holder(kind, item)
            if holder is not None:
                address, remote_id = holder
                return _guarded(step, Guard.NAME_HELD, holder=address, id=remote_id)
        if kind.name in self.sightings.unstable:
            return _guarded(step, Guard.UNSTABLE, kind=kind.name)
        listed = self.sightings.listed(kind.name)
        records_some = any(address.kind == kind.name for address in self.recorded)
        if not listed and not records_some and not self.options.allow_unlisted:
            return _guarded(step, Guard.UNLISTED, kind=kind.name, address=item.address)
        for before in kind.after:
            exists = self.sightings.any_of(before)
            targets = self.options.targets or tuple(self.desired)
            declared = any(address.kind == before for address in targets)
            if self.sightings.listed(before) and not exists and not declared:
                return _guarded(step, Guard.NO_SIGN)
        return step

    def _too_many_deletes(self, rows: list[Step]) -> list[Step]:
        count = sum(step.action is Action.DELETE for step in rows)
        if count <= self.options.max_deletes:
            return rows
        return [
            _guarded(step, Guard.TOO_MANY_DELETES, count=count, limit=self.options.max_deletes)
            if step.action is Action.DELETE
            else step
            for step in rows
        ]

    def _all_gone(self, rows: list[Step]) -> tuple[Step, ...]:
        recorded = [
            (self.kinds[address.kind], item)
            for address, record in self.recorded.items()
            for item in record.objects()
        ]
        gone = len(recorded) >= ALL_GONE_FROM and all(
            self.sightings.of(kind, item) is Sighting.ABSENT for kind, item in recorded
        )
        if not gone or self.options.allow_recreate:
            return tuple(rows)
        held = {Action.CREATE, Action.FORGET}
        return tuple(
            _guarded(step, Guard.ALL_GONE)
            if step.action in held and step.address in self.recorded
            else step
            for step in rows
        )

    # -- rows ------------------------------------------------------------------------------------

    def _compare(self, item: Desired, record: RecordedObject) -> Comparison:
        kind = self.kinds[item.address.kind]
        seen = self.sightings.seen(kind.name, record.remote_id)
        return compare(kind, item.spec, record, seen)

    def _seen(self, item: Desired, record: RecordedObject) -> Observed:
        seen = self.sightings.seen(item.address.kind, record.remote_id)
        assert seen is not None
        return seen

    def _on(
        self, item: Desired, about: RecordedObject, rule: Rule, *, role: Role = Role.CURRENT
    ) -> Step:
        """A row about a recorded object of a declared address."""
        kind = self.kinds[item.address.kind]
        seen = self.sightings.seen(kind.name, about.remote_id)
        comparison = compare(kind, item.spec, about, seen)
        waits = rule.action is Action.WAIT and seen is not None
        in_review = seen is not None and seen.review.state is ReviewState.IN_REVIEW
        expected = reviewhours.words(about.submitted_at, self.now) if waits and in_review else ""
        return Step(
            address=item.address,
            action=rule.action,
            reason=rule.reason,
            consequence=rule.consequence or expected,
            remote_id=about.remote_id,
            review=seen.review if seen else about.review,
            changed=comparison.changed,
            unverifiable=comparison.unverifiable,
            before=known(kind, about, seen),
            after=item.spec,
            role=role,
            origin=item.origin,
        )

    def _off(self, address: Address, about: RecordedObject, rule: Rule) -> Step:
        """A row about a recorded object that no manifest describes."""
        kind = self.kinds[address.kind]
        seen = self.sightings.seen(kind.name, about.remote_id)
        return Step(
            address=address,
            action=rule.action,
            reason=rule.reason,
            consequence=rule.consequence,
            remote_id=about.remote_id,
            review=seen.review if seen else about.review,
            before=known(kind, about, seen),
        )

    def _bare(self, item: Desired, rule: Rule) -> Step:
        """A row about a declared address that has no object."""
        return Step(
            address=item.address,
            action=rule.action,
            reason=rule.reason,
            consequence=rule.consequence,
            after=item.spec,
            origin=item.origin,
        )

    def _adopt(
        self, item: Desired, seen: Observed, rule: Rule, *, role: Role = Role.CURRENT
    ) -> Step:
        fresh = RecordedObject(seen.remote_id)
        kind = self.kinds[item.address.kind]
        comparison = compare(kind, item.spec, fresh, seen)
        return replace(
            self._bare(item, rule),
            remote_id=seen.remote_id,
            review=seen.review,
            before=known(kind, fresh, seen),
            unverifiable=comparison.unverifiable,
            role=role,
        )

    def _blocked_by_matches(self, item: Desired, rule: Rule, found: Sequence[Observed]) -> Step:
        ids = ", ".join(str(seen.remote_id) for seen in sorted(found, key=lambda o: o.remote_id))
        choose = f"`smsops import {item.address} ID`"
        other = ", or give it another templateName to create it anyway"
        kind = self.kinds[item.address.kind]
        reason = f"{rule.reason} (ids {ids}): {choose}{other if kind.near else ''}"
        return replace(self._bare(item, rule), reason=reason)

    def _open_intent(self, address: Address, record: Recorded) -> Step:
        rule = Rule(Action.BLOCKED, rules.GUARDS[Guard.INTENT_OPEN])
        item = self.desired.get(address)
        about = record.current
        if item is None:
            bare = Step(address=address, action=rule.action, reason=rule.reason)
            return self._off(address, about, rule) if about else bare
        return self._on(item, about, rule) if about else self._bare(item, rule)


def _guarded(step: Step, guard: Guard, **values: object) -> Step:
    reason = rules.GUARDS[guard].format(reason=step.reason, **values)
    return replace(
        step, action=Action.BLOCKED, reason=reason, consequence="", discard=None, moved_from=None
    )
