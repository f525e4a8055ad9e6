"""Plans as JSON: what ``plan --format json`` prints, what ``-o`` saves, and when a saved one holds.

A saved plan is powerless. ``apply FILE`` computes the plan again with the saved options; the file
can only veto, never instruct, so nothing in it has to be trusted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smsops import __version__
from smsops.errors import SmsopsError, StalePlan
from smsops.guards import ADDRESSES, ALLOWED, PlanOptions
from smsops.kinds import KINDS
from smsops.model import ACTING, Action, Address, DeleteLimit, Observed, Plan, Review, Step
from smsops.render import sanitise
from smsops.strictjson import loads

FORMAT_VERSION = "1.0"
#: For a plan file that is not there.
HOW = "`smsops plan -o FILE` saves a plan."
#: No honest plan is larger (bytes).
MAX_SIZE = 64 * 1024 * 1024

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
        "account_id": plan.account_id,
        "region": plan.region,
        "complete": plan.complete,
        "applyable": plan.applyable,
        "notes": list(plan.notes),
        "summary": {action.value: plan.count(action) for action in Action},
        "resource_changes": [_row(step) for step in plan.steps],
        "unmanaged": [_unmanaged(item) for item in plan.unmanaged],
    }


def _row(step: Step) -> dict[str, Any]:
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
            "reason": step.reason,
            "consequence": step.consequence,
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
    if step.deposed is not None:
        row["deposed"] = step.deposed
    return row


def review(seen: Review | None) -> dict[str, Any] | None:
    """A review as JSON values."""
    if seen is None:
        return None
    return {"state": seen.state.value, "code": seen.code, "reply": seen.reply}


def _unmanaged(item: Observed) -> dict[str, Any]:
    return {
        "type": item.kind,
        "remote_id": item.remote_id,
        "name": item.spec.get(KINDS[item.kind].label),
        "international": item.spec.get("international"),
        "review": review(item.review),
    }


def encode(value: Any) -> str:
    """JSON as smsops prints it: sorted, indented, readable Chinese, one final newline.

    It can be shown in any log: what a terminal or a CI runner would obey is escaped.
    """
    return sanitise.json(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)) + "\n"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan file: the plan's JSON values and the options that made it."""

    source: str
    plan: Mapping[str, Any]
    options: PlanOptions
    lineage: str | None

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = self.plan["resource_changes"]
        return rows


def dump(plan: Plan, options: PlanOptions, *, lineage: str | None) -> str:
    """The text of a plan file. ``lineage`` is ``None`` when there is no state yet."""
    saved = {
        **document(plan),
        "lineage": lineage,
        "options": {
            "max_deletes": _limit_json(options.max_deletes),
            **{name: list(map(str, getattr(options, name))) for name in ADDRESSES},
            **{name: getattr(options, name) for name in ALLOWED},
        },
    }
    return encode({**saved, "digest": _digest(saved)})


def _digest(saved: Mapping[str, Any]) -> str:
    canonical = json.dumps(saved, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def plan_of(saved: SavedPlan) -> Plan:
    """The plan that ``saved`` was made of; its unmanaged objects have what the JSON has.

    Raises :class:`smsops.errors.SmsopsError` for anything that :func:`document` does not write.
    """
    from smsops.planparse import parse

    try:
        plan = parse(saved.plan)
    except ValueError as error:
        raise SmsopsError(
            f"{saved.source} is not a plan of this version of smsops: {error}",
            hint="Make the plan again with `smsops plan -o FILE`.",
        ) from error
    wanted = {**document(plan), "smsops_version": saved.plan.get("smsops_version")}
    for name, value in wanted.items():
        # Compared as texts, because True == 1 in Python.
        if json.dumps(saved.plan.get(name), sort_keys=True) != json.dumps(value, sort_keys=True):
            raise SmsopsError(
                f"{saved.source} is not a plan of this version of smsops: "
                f"the field {name} is not what smsops writes",
                hint="Make the plan again with `smsops plan -o FILE`.",
            )
    return plan


def _limit_json(limit: DeleteLimit) -> int | str | None:
    """As ``policy.maxDeletes`` spells it; ``None`` for the defaults."""
    if limit == DeleteLimit():
        return None
    return limit.count if limit.count is not None else f"{limit.share}%"


def _limit(value: object) -> DeleteLimit:
    """The inverse of :func:`_limit_json`. Raises ``ValueError``."""
    if value is None:
        return DeleteLimit()
    if type(value) is int and value >= 0:
        return DeleteLimit(value, None)
    if isinstance(value, str) and re.fullmatch(r"(0|[1-9][0-9]?|100)%", value):
        return DeleteLimit(None, int(value[:-1]), share_from=0)
    raise ValueError("neither a number nor a share")


#: Options that plan files of earlier versions do not have.
_ADDED = frozenset({"allow_older_commit", "replace", "promote", "not_renamed"})


def load(text: bytes, *, source: str) -> SavedPlan:
    """Read a plan file.

    Raises :class:`smsops.errors.SmsopsError` when it is no plan of this format, and
    :class:`smsops.errors.StalePlan` when it was changed after it was saved.
    """
    try:
        saved = loads(text, most=MAX_SIZE)
    except ValueError as error:
        raise SmsopsError(
            f"{source} is not a plan file: {error}", hint="Make one with `smsops plan -o FILE`."
        ) from error
    if not isinstance(saved, dict) or "format_version" not in saved or "digest" not in saved:
        raise SmsopsError(
            f"{source} is not a plan file", hint="Make one with `smsops plan -o FILE`."
        )
    version = saved["format_version"]
    if not isinstance(version, str) or version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        raise SmsopsError(
            f"{source} has format {version!r}; this smsops reads {FORMAT_VERSION}",
            hint="Make the plan again with this version of smsops.",
        )
    digest = saved.pop("digest")
    if digest != _digest(saved):
        raise StalePlan(
            f"{source} was changed after it was saved: its digest does not match",
            hint="Make the plan again with `smsops plan -o FILE`.",
        )
    return SavedPlan(
        source=source,
        plan=saved,
        options=_options(saved, source),
        lineage=saved.get("lineage"),
    )


def _options(saved: Mapping[str, Any], source: str) -> PlanOptions:
    options = saved.get("options")
    known = {"max_deletes", *ADDRESSES, *ALLOWED}
    if not isinstance(options, dict) or set(options) | _ADDED != known:
        raise StalePlan(f"{source}: the field options is not what smsops writes")
    for name in options.keys() & set(ALLOWED):
        if type(options[name]) is not bool:
            raise StalePlan(f"{source}: the field options.{name} is not what smsops writes")
    try:
        max_deletes = _limit(options["max_deletes"])
        addresses: dict[str, Any] = {name: _addresses(options.get(name, [])) for name in ADDRESSES}
    except ValueError as error:
        raise StalePlan(f"{source}: the field options: {error}") from error
    rows = saved.get("resource_changes")
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise StalePlan(f"{source}: the field resource_changes is not what smsops writes")
    return PlanOptions(
        max_deletes=max_deletes,
        **{name: options.get(name, False) for name in ALLOWED},
        **addresses,
    )


def _addresses(value: object) -> tuple[Address, ...]:
    if not isinstance(value, list):
        raise ValueError("there is no list of addresses where one belongs")
    return tuple(Address.parse(str(text)) for text in value)


def _is_row(row: object) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("address"), str):
        return False
    ours, deposed = row.get("smsops"), row.get("deposed", 0)
    action = ours.get("action") if isinstance(ours, dict) else None
    known = isinstance(action, str) and action in {each.value for each in Action}
    return known and type(deposed) is int


@dataclass(frozen=True, slots=True)
class Agreement:
    """The steps to run, and the acting ones that appeared since the plan was saved."""

    steps: tuple[Step, ...]
    new: tuple[Step, ...]


def agree(saved: SavedPlan, fresh: Plan, *, lineage: str) -> Agreement:
    """The steps that the saved plan and the fresh one both hold.

    Raises :class:`smsops.errors.StalePlan`, naming what moved, when an acting step of the saved
    plan is missing now or differs in any field.
    """
    moved = [
        f"{name}: {saved.plan.get(name)!r} in the plan, {now!r} now"
        for name, now in (
            ("account_id", fresh.account_id),
            ("region", fresh.region),
        )
        if saved.plan.get(name) != now
    ]
    if saved.lineage not in (None, lineage):
        moved.append("lineage: the plan was made for another state")
    agreement, changed = _compared(saved.rows, fresh)
    moved += changed
    if moved:
        raise StalePlan(
            "the saved plan does not hold any more:\n  " + "\n  ".join(moved),
            hint="Nothing was written. Make the plan again with `smsops plan -o FILE`.",
        )
    return agreement


def confirm(approved: Plan, fresh: Plan) -> Agreement:
    """The steps of a plan that somebody looked at for a while and approved.

    Raises :class:`smsops.errors.StalePlan`, naming what moved meanwhile.
    """
    agreement, moved = _compared([row for row, _ in _rows(approved)], fresh)
    if moved:
        raise StalePlan(
            "the approved plan does not hold any more:\n  " + "\n  ".join(moved),
            hint="Nothing was written. Run `smsops apply` again to see what holds now.",
        )
    return agreement


def _compared(rows: Sequence[Mapping[str, Any]], fresh: Plan) -> tuple[Agreement, list[str]]:
    """The acting steps that rows and a fresh plan both hold, and what became of the others."""
    current = {_row_key(row): (row, step) for row, step in _rows(fresh)}
    agreed: list[Step] = []
    moved: list[str] = []
    planned = set()
    for row in rows:
        if Action(row["smsops"]["action"]) not in ACTING:
            continue
        key = _row_key(row)
        planned.add(key)
        now_row, step = current.get(key, (None, None))
        if now_row is None or step is None:
            moved.append(f"{row['address']}: {row['smsops']['action']} is not due any more")
        elif now_row != row:
            moved.append(f"{row['address']}: {_moved(row, now_row)}")
        else:
            agreed.append(step)
    new = tuple(step for row, step in _rows(fresh) if step.acting and _row_key(row) not in planned)
    return Agreement(tuple(agreed), new), moved


def _rows(plan: Plan) -> Sequence[tuple[dict[str, Any], Step]]:
    # Through JSON once, so that saved and fresh rows compare as the same kind of value.
    return [(json.loads(json.dumps(_row(step))), step) for step in plan.steps]


def _row_key(row: Mapping[str, Any]) -> tuple[str, int | None]:
    return row["address"], row.get("deposed")


def _moved(saved: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What became of a step, in words; the names of the fields where no word fits."""
    before, after = saved["smsops"]["action"], now["smsops"]["action"]
    if before != after:
        return f"was {before}, is {after} now ({now['smsops']['reason']})"
    fields = _differences(saved, now)
    edited = [name.removeprefix("change.after.") for name in fields if ".after." in name]
    if edited:
        return f"the manifest changed: {', '.join(edited)}"
    elsewhere = [name.removeprefix("change.before.") for name in fields if ".before." in name]
    if elsewhere:
        return f"the object changed: {', '.join(elsewhere)}"
    return f"changed: {', '.join(fields)}"


def _differences(saved: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The dotted names of the fields that differ."""
    found: list[str] = []
    for name in sorted(saved.keys() | now.keys()):
        before, after = saved.get(name), now.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            found += _differences(before, after, f"{prefix}{name}.")
        elif before != after:
            found.append(f"{prefix}{name}")
    return found
