"""Facts of one plan: the three models, what was asked for, and what follows from them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Desired,
    Observation,
    Observed,
    PlanOptions,
    Recorded,
    RecordedObject,
    Snapshot,
)
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.planning.moves import Moves, moves


@dataclass(frozen=True, slots=True)
class Facts:
    """What every step of a plan is decided from, the same for all of them.

    ``recorded``: the state as it is; ``moves`` has every record where it is after all moves.
    ``open_intents``: addresses with an Add of which nobody knows yet what became of it.
    """

    kinds: Mapping[str, Resource]
    desired: Mapping[Address, Desired]
    recorded: Mapping[Address, Recorded]
    account_index: AccountIndex
    open_intents: frozenset[Address]
    moves: Moves
    options: PlanOptions
    now: float

    @classmethod
    def of(
        cls,
        desired: Sequence[Desired],
        state: Snapshot,
        observation: Observation,
        *,
        kinds: Mapping[str, Resource],
        options: PlanOptions,
        now: float,
    ) -> Facts:
        """Facts of manifests, a state and an account."""
        by_address = {item.address: item for item in desired}
        bound = [
            address
            for address, record in state.resources.items()
            if not record.declared and address not in by_address
        ]
        account_index = AccountIndex(kinds, state.resources, observation, now, bound=bound)
        open_intents = frozenset(intent.address for intent in state.intents)
        found = moves(
            kinds,
            by_address,
            state.resources,
            account_index,
            busy=open_intents,
            not_renamed=options.not_renamed,
        )
        whole = {
            address: _kept(kinds[address.kind], item, found.records.get(address))
            for address, item in by_address.items()
        }
        return cls(kinds, whole, state.resources, account_index, open_intents, found, options, now)

    def seen(self, address: Address, object_: RecordedObject) -> Observed | None:
        """What the account shows of an object that is recorded at an address."""
        return self.account_index.seen(address.kind, object_.remote_id)

    def presence(self, address: Address, object_: RecordedObject | None) -> Presence:
        """Whether an object that is recorded at an address is there; no object is gone."""
        if object_ is None:
            return Presence.ABSENT
        return self.account_index.of(self.kinds[address.kind], object_)


def _kept(kind: Resource, item: Desired, record: Recorded | None) -> Desired:
    """``item`` with the optional texts that were submitted and that it does not mention: a Modify
    replaces everything (API document, ModifySmsSign), and nobody asked to erase them.
    """
    about = (record.successor or record.current) if record is not None else None
    if about is None or not kind.optional:
        return item
    kept = {
        name: about.submitted[name]
        for name in kind.optional
        if item.spec.get(name) is None and about.submitted.get(name) is not None
    }
    return replace(item, spec={**item.spec, **kept}) if kept else item
