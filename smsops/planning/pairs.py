"""Comparisons of manifests with the objects of their addresses. Pure."""

from __future__ import annotations

from smsops.model import Desired, RecordedObject, Role, Step
from smsops.planning import steps
from smsops.planning.decisions import Decision
from smsops.planning.facts import Facts
from smsops.planning.steps import Pair


class Pairs:
    """Pairs of one plan, with a memo of the last one: each step asks several tables about the same
    objects.
    """

    __slots__ = ("_facts", "_latest")

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._latest: Pair | None = None

    def of(self, item: Desired, recorded: RecordedObject) -> Pair:
        """How a manifest and an object compare."""
        pair = self._latest
        if pair is None or pair.item is not item or pair.recorded is not recorded:
            seen = self._facts.seen(item.address, recorded)
            kind = self._facts.kinds[item.address.kind]
            pair = self._latest = Pair.of(kind, item, recorded, seen)
        return pair

    def step(
        self,
        item: Desired,
        recorded: RecordedObject,
        decision: Decision,
        *,
        role: Role = Role.CURRENT,
    ) -> Step:
        """The step of a decision about one object of a declared address."""
        return steps.on(self.of(item, recorded), decision, self._facts.now, role=role)
