"""How long the API lets an apply take. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from smsops.kinds.kind import Resource, api_action
from smsops.model import Plan
from smsops.model.operations import OPERATIONS


def seconds(plan: Plan, kinds: Mapping[str, Resource], rate: Callable[[str], float]) -> float:
    """The slowest lane: calls of one API action divided by its calls a second."""
    calls: Counter[str] = Counter()
    for step in plan.steps:
        write = OPERATIONS.get(step.action)
        if write is None:
            continue
        api = kinds[step.address.kind].api
        calls[api_action(write, api)] += 1
        if step.discard is not None:
            calls[api.delete] += 1
    return max((count / rate(action) for action, count in calls.items()), default=0.0)
