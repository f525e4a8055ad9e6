"""Steps that are decided while the account is still being read. Pure.

A reading takes as long as its rate limit makes it, and the processor idles meanwhile. Most
addresses have one object and nothing else recorded. Once that object was seen, its review and how
it compares decide; other objects matter only when it has to be replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import is_

from smsops.kinds.kind import Resource
from smsops.model import Action, Address, Desired, Observed, Recorded, Step
from smsops.planning.steps import Pair, on, reviewed


class IncrementalSteps:
    """The steps of those addresses, object by object. ``now``: the moment of the plan."""

    def __init__(
        self,
        kinds: Mapping[str, Resource],
        desired: Iterable[Desired],
        recorded: Mapping[Address, Recorded],
        now: float,
    ) -> None:
        self.now = now
        self._kinds = kinds
        self._alone = {
            (item.address.kind, record.current.remote_id): (item, record, record.current)
            for item in desired
            if (record := recorded.get(item.address)) is not None
            and record.current is not None
            and record.successor is None
            and not record.retiring
        }
        self._steps: dict[Address, tuple[Desired, Recorded, Observed, Step]] = {}

    def saw(self, objects: Iterable[Observed]) -> None:
        """Decide about ``objects``. What is seen again counts as it was seen last."""
        for seen in objects:
            found = self._alone.get(seen.key)
            if found is None:
                continue
            item, record, current = found
            pair = Pair.of(self._kinds[seen.kind], item, current, seen)
            decision = reviewed(pair)
            if decision.action is not Action.REPLACE:
                self._steps[item.address] = item, record, seen, on(pair, decision, self.now)

    def step(self, item: Desired, record: Recorded, seen: Observed | None) -> Step | None:
        """The step of this manifest, record and object; ``None`` unless it was decided of these."""
        found = self._steps.get(item.address)
        if found is None:
            return None
        *about, step = found
        return step if all(map(is_, about, (item, record, seen))) else None
