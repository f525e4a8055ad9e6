"""What a saved or approved plan and a fresh one both hold. Pure.

A plan that somebody looked at can only veto: the steps that run are always the fresh ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smsops.errors import StalePlan
from smsops.model import ACTING, Action, Plan, Role, Step
from smsops.planfile.document import PROSE, row
from smsops.planfile.saved import SavedPlan, row_key, short
from smsops.planning.groups import groups_of
from smsops.text.messages import C, T, Text, listed


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
        T(
            "{name}: {before} in the plan, {now} now",
            name=name,
            before=short(repr(saved.plan.get(name))),
            now=repr(now),
        )
        for name, now in (
            ("environment", fresh.environment),
            ("account_id", fresh.account_id),
            ("region", fresh.region),
        )
        if saved.plan.get(name) != now
    ]
    if saved.lineage not in (None, lineage):
        moved.append(T("lineage: the plan was made for another state"))
    agreement, changed = _compared(saved.rows, fresh)
    moved += changed
    if moved:
        raise StalePlan(
            T("the saved plan does not hold any more:{moved}", moved=_lines(moved)),
            hint=T(
                "Nothing was written. Make the plan again with {command}.",
                command=C("plan -o FILE"),
            ),
        )
    return agreement


def confirm(approved: Plan, fresh: Plan) -> Agreement:
    """The steps of a plan that somebody looked at for a while and approved.

    Raises :class:`smsops.errors.StalePlan`, naming what moved meanwhile.
    """
    agreement, moved = _compared([each for each, _ in _rows(approved)], fresh)
    if moved:
        raise StalePlan(
            T("the approved plan does not hold any more:{moved}", moved=_lines(moved)),
            hint=T(
                "Nothing was written. Run {command} again to see what holds now.",
                command=C("apply"),
            ),
        )
    return agreement


def _compared(rows: Sequence[Mapping[str, Any]], fresh: Plan) -> tuple[Agreement, list[Text]]:
    """The acting steps that rows and a fresh plan both hold, and what became of the others."""
    current = {row_key(now): (now, step) for now, step in _rows(fresh)}
    agreed: list[Step] = []
    moved: list[Text] = []
    planned = set()
    for saved in rows:
        if Action(saved["smsops"]["action"]) not in ACTING:
            continue
        key = row_key(saved)
        planned.add(key)
        now, step = current.get(key, (None, None))
        if now is None or step is None:
            moved.append(
                T(
                    "{address}: {action} is not due any more",
                    address=saved["address"],
                    action=saved["smsops"]["action"],
                )
            )
        elif _agreed_on(now) != _agreed_on(saved, now):
            moved.append(
                T("{address}: {moved}", address=saved["address"], moved=_moved(saved, now))
            )
        else:
            agreed.append(step)
    new = tuple(step for key, (_, step) in current.items() if step.acting and key not in planned)
    moved += _torn(agreed, new)
    return Agreement(tuple(agreed), new), moved


def _torn(agreed: Sequence[Step], new: Sequence[Step]) -> Iterator[Text]:
    """New moves that records of agreed ones depend on: half a chain would lose a record."""
    moving = {step.address: step.moved_from for step in (*agreed, *new) if step.moved_from}
    together = {address: group for group in groups_of(moving.items()) for address in group}
    for step in new:
        group = together.get(step.address, set()) if step.moved_from else set()
        if others := sorted({each.address for each in agreed if each.address in group}):
            yield T(
                "{address}: moves together with {others} now",
                address=step.address,
                others=listed(", ", others),
            )


def _lines(moved: Sequence[Text]) -> Text:
    return listed("", (T("\n  {line}", line=line) for line in moved))


def _rows(plan: Plan) -> Sequence[tuple[dict[str, Any], Step]]:
    # Through JSON once, so that saved and fresh rows compare as the same kind of value.
    return [(json.loads(json.dumps(row(step))), step) for step in plan.steps]


def _agreed_on(each: Mapping[str, Any], now: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What of a row two plans have to agree on: everything but the words. A row of a plan without
    reason codes takes that of ``now``.
    """
    ours = {name: value for name, value in each["smsops"].items() if name not in PROSE}
    if now is not None and "reason_code" not in ours:
        ours["reason_code"] = now["smsops"]["reason_code"]
        roles = ours.get("role"), now["smsops"]["role"]
        if roles == (Role.CURRENT, Role.SUPERSEDED):  # format 1.0 had no word for it
            ours["role"] = Role.SUPERSEDED
    if isinstance(ours.get("review"), dict):
        ours["review"] = {**ours["review"], "reply": None}
    return {**each, "smsops": ours}


def _moved(saved: Mapping[str, Any], now: Mapping[str, Any]) -> Text:
    """What became of a step, in words; the names of the fields where no word fits."""
    before, after = saved["smsops"]["action"], now["smsops"]["action"]
    if before != after:
        return T(
            "was {before}, is {after} now ({reason})",
            before=before,
            after=after,
            reason=Text(now["smsops"]["reason"]),
        )
    fields = _differences(_agreed_on(saved, now), _agreed_on(now))
    edited = [name.removeprefix("change.after.") for name in fields if ".after." in name]
    if edited:
        return T("the manifest changed: {fields}", fields=short(", ".join(edited)))
    elsewhere = [name.removeprefix("change.before.") for name in fields if ".before." in name]
    if elsewhere:
        return T("the object changed: {fields}", fields=short(", ".join(elsewhere)))
    return T("changed: {fields}", fields=short(", ".join(fields)))


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
