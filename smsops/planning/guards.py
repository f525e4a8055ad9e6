"""Guards: steps that the tables ask for and that are held back all the same. Pure.

Each turns a step into a blocked one whose reason says how to go on; the texts are a table in
:mod:`smsops.planning.decisions`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate

from smsops.kinds.kind import Resource
from smsops.model import (
    SUBMITTING,
    Action,
    Address,
    Desired,
    Older,
    RemoteId,
    Role,
    Step,
)
from smsops.planning import decisions
from smsops.planning.decisions import Guard, Presence
from smsops.planning.facts import Facts
from smsops.planning.steps import only_moved
from smsops.text.messages import NOTHING, T, Text, joined, listing

#: So many recorded objects gone at once look like another account, not like deletions.
ALL_GONE_FROM = 3


#: Actions that delete the object of their step; a replacement deletes what it discards.
DELETING = frozenset({Action.DELETE, Action.RETIRE, Action.ABANDON})


def guarded(step: Step, guard: Guard, **values: object) -> Step:
    """``step``, blocked by ``guard``. ``values`` fill the guard's text.

    A record that moves, moves all the same: its old address has given it away.
    """
    if step.moved_from is not None:
        return only_moved(step)
    # A replacement that is not submitted is about the object that stays.
    alone = step.action is Action.REPLACE and step.discard is None
    return replace(
        step,
        action=Action.BLOCKED,
        stopped=step.stopped or step.action,
        role=Role.CURRENT if alone else step.role,
        reason=decisions.GUARDS[guard].filled(reason=step.reason, **values),
        reason_code=guard,
        consequence=NOTHING,
        discard=None,
    )


@dataclass(frozen=True)
class Guards:
    """The guards of one plan.

    ``older``: where the manifests are of an older commit than the newest one applied, or may be.
    ``stray``: files that still declare what no manifest does, and are not read.
    """

    facts: Facts
    older: Older | None = None
    stray: Mapping[Address, str] = field(default_factory=dict)

    def on_add(self, kind: Resource, item: Desired, step: Step) -> Step:
        """``step``, which adds an object, or why it must not."""
        holder = self.facts.account_index.holder(kind, item)
        if holder is not None and holder.address != self.facts.moves.sources.get(item.address):
            guard = Guard.NAME_HELD if kind.unique else Guard.SERVED
            return guarded(step, guard, holder=holder.address, id=holder.remote_id, **_names(kind))
        if self.facts.account_index.unstable(kind.name):
            return guarded(step, Guard.UNSTABLE, kind=kind.name)
        if not self.facts.options.allow_unlisted and self._unlisted_and_unrecorded(kind):
            return guarded(step, Guard.UNLISTED, kind=kind.name, address=item.address)
        for before in kind.after:
            if self._missing(before):
                return guarded(
                    step,
                    Guard.NO_PREREQUISITE,
                    before=before,
                    kind=kind.name,
                    advice=self._advice(kind),
                )
        if not self.facts.account_index.listed(kind.name):
            return replace(step, consequence=joined("; ", step.consequence, decisions.NOT_LISTED))
        return step

    def _unlisted_and_unrecorded(self, kind: Resource) -> bool:
        return not self.facts.account_index.listed(kind.name) and not any(
            address.kind == kind.name for address in self.facts.recorded
        )

    def _missing(self, kind: str) -> bool:
        """Whether no object of ``kind`` exists, and none is about to be added."""
        if self.facts.account_index.any_of(kind) or not self.facts.account_index.listed(kind):
            return False
        desired = self.facts.desired
        planned = self.facts.options.targets or desired
        return not any(
            address.kind == kind
            and (
                address not in desired or not self.facts.kinds[kind].missing(desired[address].spec)
            )
            for address in planned
        )

    def _advice(self, kind: Resource) -> Text:
        """How a kind that has to exist first comes to exist."""
        declared = sorted(address for address in self.facts.desired if address.kind in kind.after)
        if declared and self.facts.options.targets:
            return T("add --target {address}", address=declared[0])
        if declared:
            return T("{address} has to be complete first", address=declared[0])
        return T("declare a {kinds}", kinds=" or ".join(kind.after))

    def on_steps(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """``steps`` after the guards that look at a plan as a whole."""
        steps = [self._wished(step) for step in _one_taker(steps, self.facts.kinds)]
        deletes = sum(step.action is Action.DELETE for step in steps)
        limit = self.facts.options.max_deletes.of(len(self.facts.account_index.owners))
        all_gone = not self.facts.options.allow_recreate and self._all_gone()
        steps = [self._complete(step) for step in steps]
        return tuple(
            guarded(step, Guard.TOO_MANY_DELETES, count=deletes, limit=limit)
            if step.action is Action.DELETE and deletes > limit
            else guarded(step, Guard.ALL_GONE)
            if step.action in _DOUBTFUL and all_gone and step.address in self.facts.recorded
            else step
            for step in steps
        )

    def on_renames(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """``steps`` in which nothing goes whose file declares something else by now that cannot be
        submitted yet: it may be the same, renamed and rewritten.
        """
        come = {
            (step.address.kind, step.origin.file): step.address
            for step in steps
            if step.reason_code == Guard.INCOMPLETE and step.remote_id is None and step.origin
        }
        return tuple(
            guarded(
                step,
                Guard.RENAME_UNCLEAR,
                declared=new,
                removed=step.address,
                old=step.address,
                new=new,
                first=NOTHING,
            )
            if step.action is Action.DELETE
            and step.address not in self.facts.options.not_renamed
            and (record := self.facts.recorded.get(step.address)) is not None
            and (new := come.get((step.address.kind, record.manifest or ""))) is not None
            else step
            for step in steps
        )

    def _complete(self, step: Step) -> Step:
        """``step``, unless it would submit a manifest that does not say everything."""
        item = self.facts.desired.get(step.address) if step.action in SUBMITTING else None
        missing = self.facts.kinds[step.address.kind].missing(item.spec) if item is not None else ()
        if item is None or not missing:
            return step
        origin = item.origin
        place = f"{origin.file}:{origin.line}" if origin is not None else str(item.address)
        return guarded(step, Guard.INCOMPLETE, place=place, fields=listing(missing))

    def _wished(self, step: Step) -> Step:
        """``step``, unless it deletes only because a manifest is not there that should be, or is an
        older one.
        """
        if self._absent(step) and not self.facts.options.allow_empty:
            kind = step.address.kind
            count = self._left_behind.get(kind, 0)
            if count > 1 and all(address.kind != kind for address in self.facts.desired):
                return guarded(step, Guard.KIND_EMPTY, kind=kind, count=count)
            for directory in _above(self.facts.recorded[step.address].manifest):
                count = self._left_behind.get(directory, 0)
                if count > 1 and directory not in self._directories:
                    return guarded(step, Guard.DIRECTORY_EMPTY, directory=directory, count=count)
        # Also where nothing may be left: what is still written down is not gone.
        file = self.stray.get(step.address) if step.action is Action.DELETE else None
        if file is not None and step.address not in self.facts.options.not_renamed:
            return guarded(step, Guard.NOT_READ, file=file, address=step.address)
        deletes = step.action in DELETING or step.discard is not None
        if deletes and self.older is not None and not self.facts.options.allow_older_commit:
            newest, head = self.older.newest.sha[:12], self.older.head
            if head is None:
                return guarded(step, Guard.COMMIT_UNKNOWN, newest=newest, why=self.older.why)
            return guarded(step, Guard.OLDER_COMMIT, newest=newest, head=head.sha[:12])
        return step

    def _absent(self, step: Step) -> bool:
        """Whether a step deletes or forgets what was declared once and is no more. What is
        forgotten counts too: else the number of records falls until the guard lets go.
        """
        if step.action not in _LEAVING or step.address in self._sources:
            return False
        record = self.facts.recorded.get(step.address)
        return record is not None and record.declared and step.address not in self.facts.desired

    @cached_property
    def _sources(self) -> frozenset[Address]:
        """The addresses that give their record away."""
        return frozenset(self.facts.moves.sources.values())

    @cached_property
    def _left_behind(self) -> Mapping[str, int]:
        """How many records were declared and are no more, by kind and by directory (with a slash).
        What only moved to another file or address does not count.
        """
        found: Counter[str] = Counter()
        for address, record in self.facts.recorded.items():
            moved = address in self.facts.desired or address in self._sources
            if record.declared and not moved:
                found[address.kind] += 1
                found.update(_above(record.manifest))
        return found

    @cached_property
    def _directories(self) -> frozenset[str]:
        """The directories that hold a manifest now, and all above them."""
        files = {
            item.origin.file for item in self.facts.desired.values() if item.origin is not None
        }
        return frozenset(directory for file in files for directory in _above(file))

    def _all_gone(self) -> bool:
        recorded = [
            (self.facts.kinds[address.kind], item)
            for address, record in self.facts.recorded.items()
            for item in record.objects()
        ]
        return len(recorded) >= ALL_GONE_FROM and all(
            self.facts.account_index.of(kind, item) is Presence.ABSENT for kind, item in recorded
        )


def _above(file: str | None) -> Iterator[str]:
    """The directories above a manifest: ``templates/``, then ``templates/shop/``."""
    parts = file.split("/")[:-1] if file is not None else []
    return accumulate(f"{part}/" for part in parts)


def _names(kind: Resource) -> Mapping[str, str]:
    """What the fields of a kind are called in reasons."""
    return {"label": kind.label, "partition": kind.partition}


def _one_taker(steps: Sequence[Step], kinds: Mapping[str, Resource]) -> Sequence[Step]:
    """``steps`` in which the first address that adopts an object is the only one."""
    takers: dict[tuple[str, RemoteId | None], Address] = {}
    single = []
    for step in steps:
        key = (step.address.kind, step.remote_id)
        if step.action is Action.ADOPT and takers.setdefault(key, step.address) != step.address:
            alone = replace(step, moved_from=None, taken=None)
            names = _names(kinds[step.address.kind])
            step = guarded(alone, Guard.SERVED, holder=takers[key], id=step.remote_id, **names)
        single.append(step)
    return single


#: Actions after which an address has no record.
_LEAVING = frozenset({Action.DELETE, Action.FORGET})
#: What is not believed when everything recorded is gone at once.
_DOUBTFUL = frozenset({Action.CREATE, Action.FORGET})
