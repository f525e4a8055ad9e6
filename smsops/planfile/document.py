"""Plan document: a plan as JSON, as ``plan --format json`` prints it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from smsops import __version__
from smsops.kinds import RESOURCES
from smsops.model import Action, Observed, Plan, Review, Step
from smsops.text import sanitise

FORMAT_VERSION = "1.1"


#: Terraform's words for our actions, so that policy tools written for its plans work.
TERRAFORM_ACTIONS: Mapping[Action, tuple[str, ...]] = {
    Action.ADOPT: ("no-op",),
    Action.CREATE: ("create",),
    Action.UPDATE: ("update",),
    Action.REPLACE: ("create", "delete"),
    Action.PROMOTE: ("update",),
    Action.RETIRE: ("delete",),
    Action.ABANDON: ("delete",),
    Action.DELETE: ("delete",),
    Action.FORGET: ("forget",),
    Action.WAIT: ("no-op",),
    Action.HELD: ("no-op",),
    Action.BLOCKED: ("no-op",),
    Action.NOOP: ("no-op",),
}


def document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values."""
    return {
        "format_version": FORMAT_VERSION,
        "smsops_version": __version__,
        **({"environment": plan.environment} if plan.environment else {}),
        "account_id": plan.account_id,
        "region": plan.region,
        "complete": plan.complete,
        "applyable": plan.applyable,
        "notes": [note.plain for note in plan.notes],
        "summary": {action.value: plan.count(action) for action in Action},
        "resource_changes": [row(step) for step in plan.steps],
        "unmanaged": [_unmanaged(item) for item in plan.unmanaged],
    }


#: What plans of format 1.0 do not have in ``smsops`` of a row.
ADDED_IN_1_1 = ("reason_code", "advice")
#: What is for people in ``smsops`` of a row: compared by nothing.
PROSE = ("reason", "consequence", "advice")


def row(step: Step) -> dict[str, Any]:
    """One row of ``resource_changes``."""
    change: dict[str, Any] = {
        "actions": list(TERRAFORM_ACTIONS[step.action]),
        "before": dict(step.before) if step.before is not None else None,
        "after": dict(step.after) if step.after is not None else None,
    }
    if step.action is Action.ADOPT:
        change["importing"] = {"id": step.remote_id}
    row: dict[str, Any] = {
        "address": str(step.address),
        "type": step.address.kind,
        "name": step.address.name,
        "change": change,
        "smsops": {
            "action": step.action.value,
            "reason": step.reason.plain,
            "reason_code": step.reason_code,
            "consequence": step.consequence.plain,
            "advice": [list(arguments) for arguments in step.advice],
            "remote_id": step.remote_id,
            "review": review(step.review),
            "changed": [
                {
                    "field": item.field,
                    "effect": item.effect.value,
                    "before": item.before,
                    "after": item.after,
                }
                for item in step.changed
            ],
            "unverifiable": list(step.unverifiable),
            "role": step.role.value,
            "discard": step.discard,
            "moved_from": str(step.moved_from) if step.moved_from is not None else None,
        },
    }
    if step.replaces is not None:
        row["smsops"]["replaces"] = step.replaces
    if step.deposed is not None:
        row["deposed"] = step.deposed
    return row


def review(seen: Review | None) -> dict[str, Any] | None:
    """A review as JSON values."""
    if seen is None:
        return None
    return {"state": seen.state.value, "code": seen.code, "reply": seen.reply}


def _unmanaged(item: Observed) -> dict[str, Any]:
    kind = RESOURCES[item.kind]
    row = {
        "type": item.kind,
        "remote_id": item.remote_id,
        "name": item.spec.get(kind.label),
        "review": review(item.review),
    }
    if kind.partition:
        row[kind.partition] = item.spec.get(kind.partition)
    return row


def encode(value: Any) -> str:
    """JSON as smsops prints it: sorted, indented, readable Chinese, one final newline.

    It can be shown in any log: what a terminal or a CI runner would obey is escaped.
    """
    return sanitise.json(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)) + "\n"
