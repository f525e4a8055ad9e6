"""Whether a drift report and a plan of the same moment agree about an object that is gone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from smsops.drift import Drift, DriftClass, Finding, NextAction
from smsops.model import Action, Plan, Step

#: What a report says is next -> what the plan may do about it. Any step may be held back besides:
#: a guard blocks it, and says so in the plan.
STEPS: Mapping[NextAction, frozenset[Action]] = {
    NextAction.CREATE: frozenset({Action.CREATE}),
    NextAction.ADOPT: frozenset({Action.ADOPT}),
    NextAction.ADOPT_SUCCESSOR: frozenset({Action.ADOPT}),
    NextAction.PROMOTE: frozenset({Action.PROMOTE}),
    NextAction.ROLL_BACK: frozenset({Action.PROMOTE, Action.HELD}),
    NextAction.RESUBMIT: frozenset({Action.REPLACE}),
    NextAction.ABANDON: frozenset({Action.ABANDON}),
    NextAction.FORGET: frozenset({Action.FORGET, Action.HELD}),  # held together with a move
    NextAction.WAIT: frozenset({Action.WAIT}),
    NextAction.USED: frozenset({Action.WAIT}),
    NextAction.MOVE: frozenset(Action),
    NextAction.CHOOSE: frozenset(),
    NextAction.CHOOSE_SUCCESSOR: frozenset(),
    NextAction.RETRY: frozenset(),
    NextAction.RECOVER: frozenset(),
    NextAction.CONFIRM: frozenset(),
}


def disagreements(drift: Drift, plan: Plan) -> list[tuple[Finding, list[Step]]]:
    """Findings of missing objects that the plan treats otherwise, with the rows of their address.

    Both are about the same state, account and manifests. Suppressed findings count too.
    """
    found = chain(drift.findings, (item.finding for item in drift.suppressed))
    missing = [finding for finding in found if finding.drift is DriftClass.MISSING]
    return [(finding, _rows(finding, plan)) for finding in missing if not _agrees(finding, plan)]


def _agrees(finding: Finding, plan: Plan) -> bool:
    rows = _rows(finding, plan)
    if finding.next is NextAction.MOVE:
        held = (Action.BLOCKED, Action.HELD)
        return any(row.moved_from is not None or row.action in held for row in rows)
    # A row about this very object, wherever it is now; else what becomes of its address.
    about = [
        row
        for row in plan.steps
        if row.address.kind == finding.kind and row.deposed == finding.remote_id
    ]
    if not about and any(row.moved_from is not None for row in rows):
        return True  # the whole record gives way to the one that moves here
    about = about or [row for row in rows if row.deposed is None]
    allowed = STEPS[finding.next] | {Action.BLOCKED}
    return bool(about) and all(row.action in allowed for row in about)


def _rows(finding: Finding, plan: Plan) -> list[Step]:
    return [row for row in plan.steps if row.address == finding.address]
