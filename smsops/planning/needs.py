"""Deletions of active objects that somebody still needs. Pure.

An active object is the last thing that works, until its replacement is active as well: a deletion
that a missing manifest or a replacement asks for waits for that. The texts are tables in
:mod:`smsops.planning.decisions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.kinds.kind import Resource
from smsops.model import (
    Action,
    Address,
    Recorded,
    RemoteId,
    ReviewState,
    Spec,
    Step,
    Value,
)
from smsops.planning import decisions
from smsops.planning.decisions import Guard, Need
from smsops.planning.facts import Facts
from smsops.planning.guards import DELETING, guarded
from smsops.planning.steps import only_moved
from smsops.text.messages import NOTHING

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """Who needs what, over a whole plan, which may hold only some of the moves."""

    facts: Facts

    def on_steps(self, steps: Sequence[Step]) -> Sequence[Step]:
        """``steps`` in which no active object goes that is still needed."""
        if not any(self._active(step, _deleted(step)) for step in steps):
            return steps
        waiting = self._without_active(steps)
        kept = [self._kept(step, waiting) for step in steps]
        return self._with_prerequisites(kept)

    def _active(self, step: Step, remote_id: RemoteId | None) -> bool:
        if remote_id is None:
            return False
        seen = self.facts.account_index.seen(step.address.kind, remote_id)
        return seen is not None and seen.review.state is ReviewState.ACTIVE

    def _without_active(self, steps: Sequence[Step]) -> Mapping[Key, Address]:
        """The declared addresses that have no active object, by what a stand-in is known by."""
        adopting = {
            step.address
            for step in steps
            if step.action is Action.ADOPT
            and step.review is not None
            and step.review.state is ReviewState.ACTIVE
        }
        moving = {step.address for step in steps if step.moved_from is not None and step.acting}
        found: dict[Key, Address] = {}
        for address in sorted(self.facts.desired):
            kind, own = self.facts.kinds[address.kind], _ids(self.facts.moves.records.get(address))
            if address not in moving:
                own &= _ids(self.facts.recorded.get(address))
            seen = (self.facts.account_index.seen(kind.name, remote_id) for remote_id in own)
            if address in adopting or any(
                one is not None and one.review.state is ReviewState.ACTIVE for one in seen
            ):
                continue
            for key in _keys(kind, self.facts.desired[address].spec):
                found.setdefault(key, address)
        return found

    def _kept(self, step: Step, waiting: Mapping[Key, Address]) -> Step:
        remote_id = _deleted(step)
        if step.address in self.facts.options.not_renamed or not self._active(step, remote_id):
            return step
        assert remote_id is not None
        kind = self.facts.kinds[step.address.kind]
        seen = self.facts.account_index.seen(kind.name, remote_id)
        assert seen is not None
        for key in _keys(kind, seen.spec):
            other = waiting.get(key)
            if other is not None:
                need = Need.STAND_IN if kind.interchangeable else Need.REPLACEMENT
                return _kept(step, need, other)
        return step

    def _with_prerequisites(self, steps: Sequence[Step]) -> Sequence[Step]:
        """``steps`` that leave an active object of every kind that another kind needs."""
        going = {
            (step.address.kind, _deleted(step))
            for step in steps
            if self._active(step, _deleted(step))
        }
        last = {
            (kind.name, where): dependent
            for kind in self.facts.kinds.values()
            for where in kind.partitions
            if (dependent := self._needing(kind, where)) is not None
            and not any(
                seen.review.state is ReviewState.ACTIVE and (kind.name, seen.remote_id) not in going
                for seen in self.facts.account_index.all_of(kind.name)
                if where in kind.placed(seen.spec)
            )
        }
        return [self._unless_last(step, last) for step in steps] if last else steps

    def _needing(self, kind: Resource, where: Value) -> Address | None:
        """A declared address that can do nothing without an object of ``kind``."""
        return min(
            (
                address
                for address, item in self.facts.desired.items()
                if kind.name in (dependent := self.facts.kinds[address.kind]).after
                and item.spec.get(dependent.partition) is where
            ),
            default=None,
        )

    def _unless_last(self, step: Step, last: Mapping[tuple[str, Value], Address]) -> Step:
        remote_id = _deleted(step)
        if not self._active(step, remote_id):
            return step
        assert remote_id is not None
        seen = self.facts.account_index.seen(step.address.kind, remote_id)
        assert seen is not None
        for (kind, where), dependent in last.items():
            if kind == step.address.kind and where in self.facts.kinds[kind].placed(seen.spec):
                return guarded(
                    step,
                    Guard.LAST_PREREQUISITE,
                    kind=kind,
                    other=dependent,
                    dependent=dependent.kind,
                )
        return step


def _ids(record: Recorded | None) -> set[RemoteId]:
    return {item.remote_id for item in record.objects()} if record is not None else set()


def _deleted(step: Step) -> RemoteId | None:
    """The id that a step deletes."""
    return step.remote_id if step.action in DELETING else step.discard


def _keys(kind: Resource, spec: Spec) -> Iterator[Key]:
    if kind.interchangeable:
        for partition in kind.placed(spec):
            yield kind.name, partition
    for name in kind.alike:
        if spec.get(name) is not None:
            yield kind.name, name, spec[name]


def _kept(step: Step, need: Need, other: Address) -> Step:
    if step.moved_from is not None:
        return only_moved(step)  # moving is due all the same
    decision = decisions.KEPT[need]
    return replace(
        step,
        action=decision.action,
        reason=decision.reason.filled(reason=step.reason, other=other, kind=other.kind),
        reason_code=decision.code,
        consequence=decision.consequence.filled(address=step.address)
        if decision.consequence
        else NOTHING,
        discard=None,
    )
