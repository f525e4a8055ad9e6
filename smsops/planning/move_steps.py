"""Steps of addresses that take part in a move, or that may. Pure; see :mod:`.moves`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.model import Action, Address, Desired, Recorded, RecordedObject, RemoteId, Role, Step
from smsops.planning import decisions, steps
from smsops.planning.decisions import Guard, Presence
from smsops.planning.facts import Facts
from smsops.planning.guards import guarded
from smsops.planning.handovers import Taken
from smsops.planning.holds import Held, held
from smsops.planning.matching import known_by
from smsops.planning.moves import Doubt
from smsops.planning.pairs import Pairs
from smsops.text.messages import NOTHING, Command, T, joined

_NOTHING = Recorded()


@dataclass(frozen=True, slots=True)
class MoveSteps:
    """The steps of moves: made, doubted, split by ``--target``, or held back."""

    facts: Facts
    pairs: Pairs

    def here(self, item: Desired, step: Step) -> Step:
        """``step`` of an address that takes over a record or an object: moving it is due anyway."""
        facts = self.facts
        source = facts.moves.sources.get(item.address)
        taken = facts.moves.taken.get(item.address)
        if source is None and taken is None:
            return step
        record = facts.moves.records[item.address]
        about = known_by(facts.kinds[item.address.kind], record, facts.account_index)
        both = step.moved_from is not None  # a bound object would come here as well: next time
        step = replace(
            step,
            moved_from=source if taken is None else taken.source,
            taken=None if taken is None else taken.remote_id,
            takes=Role.CURRENT if taken is None else taken.role,
        )
        if both or (step.remote_id is None and not step.acting):
            step = replace(step, action=Action.WAIT, remote_id=about.remote_id if about else None)
        moved = steps.only_moved(step)
        both_reasons = T("{reason} ({moved})", reason=step.reason, moved=moved.reason)
        return replace(step, reason=both_reasons) if step.acting else moved

    def away(self, address: Address, new: Address) -> Step:
        """The step of an address whose record goes to another one."""
        record = self.facts.recorded[address]
        about = known_by(self.facts.kinds[address.kind], record, self.facts.account_index)
        assert about is not None, address
        step = steps.off(self.facts, address, about, decisions.RENAME_OLD)
        return replace(step, reason=T("{reason} to {new}", reason=step.reason, new=new))

    def handed_over(self, address: Address, new: Address, taken: Taken) -> Step:
        """The step about one object that another address takes over."""
        record = self.facts.recorded[self.facts.moves.sources.get(address, address)]
        about = _object(record, taken.remote_id)
        step = steps.off(self.facts, address, about, decisions.TAKEN_OLD)
        reason = T("{reason}: {new}", reason=step.reason, new=new)
        role = record.role_of(about.remote_id)
        return replace(step, reason=reason, further=role is not Role.CURRENT, role=role)

    def left_out(self, group: Collection[Address]) -> Sequence[Address]:
        """The members of a group that ``--target`` leaves out, where it names others of it."""
        targets = self.facts.options.targets
        return sorted(address for address in group if targets and address not in targets)

    def split(self, address: Address, others: Sequence[Address]) -> Step:
        """The step of an address of which ``--target`` leaves ``others`` out."""
        names = " and ".join(map(str, others))
        return guarded(self._plain(address), Guard.RENAME_SPLIT, others=names)

    def doubted(self, address: Address, doubt: Doubt) -> Step:
        """The step of an address that was renamed, or not."""
        guard = decisions.MOVES[doubt.link]
        assert guard is not None, doubt
        # The advice names this step's own address, where it is one of several.
        old = address if address in doubt.removed else doubt.removed[0]
        new = address if address in doubt.declared else doubt.declared[0]
        return guarded(
            self._plain(address),
            guard,
            removed=" or ".join(map(str, doubt.removed)),
            declared=" or ".join(map(str, doubt.declared)),
            old=old,
            new=new,
            fields=" or ".join(self.facts.kinds[address.kind].kept_by_moves),
            # What is recorded there is gone, and in the way.
            first=T("{command} and ", command=Command.of("state", "rm", new))
            if new in self.facts.recorded
            else NOTHING,
        )

    def _plain(self, address: Address) -> Step:
        """The step that a removed or new address would have by itself."""
        facts = self.facts
        record = facts.recorded.get(address, _NOTHING)
        about = known_by(facts.kinds[address.kind], record, facts.account_index)
        item = facts.desired.get(address)
        if item is None:
            about = about or record.objects()[0]  # only a superseded one is left of it
            return steps.off(facts, address, about, decisions.REMOVED)
        if about is None:
            gone = decisions.PRESENCE[True, True, Presence.ABSENT]
            decision = decisions.NEW if address not in facts.recorded or not gone else gone
            return steps.bare(item, decision)
        return self.pairs.step(item, about, decisions.RENAME_NEW)

    def held(
        self, groups: Mapping[Address, frozenset[Address]]
    ) -> Mapping[Address, Mapping[Address, Held]]:
        """Addresses of moves that would give declared addresses ids with another number of
        parameters -> which addresses of their group these are, and the numbers.
        """
        facts, changes = self.facts, dict[Address, Held]()
        for address in facts.moves.sources:
            before, after = (
                record.current if record is not None else None
                for record in (facts.recorded.get(address), facts.moves.records.get(address))
            )
            if before is None or after is None or address in facts.options.promote:
                continue
            if facts.presence(address, before) is Presence.ABSENT:
                continue
            then = ((about, facts.seen(address, about)) for about in (before, after))
            if (why := held(facts.kinds[address.kind], *then)) is not None:
                changes[address] = why
        return {
            address: {each: changes[each] for each in sorted(groups[address] & changes.keys())}
            for changed in changes
            for address in groups[changed]
        }

    def held_back(self, address: Address, changes: Mapping[Address, Held]) -> Step:
        """The step of an address of a group in which ``changes`` are held."""
        step = replace(self._plain(address), changed=())
        why = changes.get(address)
        if why is None:
            others = " and ".join(map(str, changes))
            together = T("moves together with {others}", others=others)
            step = replace(step, reason=joined("; ", step.reason, together))
        step = steps.held(step, why or next(iter(changes.values())))
        return replace(step, consequence=steps.hold_consequence(*changes))


def _object(record: Recorded, remote_id: RemoteId | None) -> RecordedObject:
    return next(item for item in record.objects() if item.remote_id == remote_id)
