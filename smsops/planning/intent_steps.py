"""Steps of addresses whose last Add has no known outcome yet: recovery comes first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.model import Address, Recorded, RemoteId, Step
from smsops.planning import decisions, steps
from smsops.planning.decisions import Decision
from smsops.planning.facts import Facts
from smsops.planning.pairs import Pairs
from smsops.planning.pending import PendingObject
from smsops.text.messages import Text, joined

_NOTHING = Recorded()


@dataclass(frozen=True, slots=True)
class IntentSteps:
    """The steps of open intents. ``pending_objects``: what they may have made, by address."""

    facts: Facts
    pairs: Pairs
    pending_objects: Mapping[Address, PendingObject]

    def of(self, address: Address) -> Step:
        """The step of an address with an open intent."""
        item = self.facts.desired.get(address)
        consequence = decisions.INTENT_CONSEQUENCE[self.facts.account_index.listed(address.kind)]
        consequence = _resolving(consequence, address)
        if made := self.pending_objects.get(address):
            text = decisions.INTENT_MADE[made.sure, item is not None]
            consequence = joined("; ", consequence, _resolving(text, address, made.ids))
        about = self.facts.recorded.get(address, _NOTHING).current
        due = decisions.RECOVERY_DUE
        if about is None:
            step = steps.bare(item, due) if item is not None else _without_object(address, due)
        elif item is None:
            step = steps.off(self.facts, address, about, due)
        else:
            step = self.pairs.step(item, about, due)
        return replace(step, consequence=consequence)


def _without_object(address: Address, decision: Decision) -> Step:
    """A step about an address that neither a manifest nor a recorded object stands at."""
    return Step(address, decision.action, decision.reason, reason_code=decision.code)


def _resolving(text: Text, address: Address, ids: Sequence[RemoteId] = ()) -> Text:
    """``text`` about an open intent, with the ids that it may have made."""
    named = text.filled(address=address, ids=" or ".join(map(str, ids)))
    return named.choosing(map(str, ids))
