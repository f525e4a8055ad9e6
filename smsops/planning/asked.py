"""The part of a plan that ``apply --only`` asks for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from smsops.model import Action, Address, Plan, Step
from smsops.planning.groups import groups_of


def asked_for(plan: Plan, only: Collection[Action]) -> Plan:
    """``plan`` without the acting steps of other actions and what is blocked for another reason
    than a guard on one of ``only``; all of it when ``only`` is empty.
    """
    if not only:
        return plan
    groups = _groups(plan)
    steps = tuple(each for each in plan.steps if _asked(each, only, groups))
    return replace(plan, steps=steps, partial=len(steps) < len(plan.steps))


def not_asked_for(plan: Plan, only: Collection[Action]) -> tuple[Step, ...]:
    """What :func:`asked_for` leaves out."""
    kept = {id(step) for step in asked_for(plan, only).steps}
    return tuple(step for step in plan.steps if id(step) not in kept)


def _groups(plan: Plan) -> Mapping[Address, tuple[Step, ...]]:
    """For each address whose record moves, the acting steps that are made together with its own:
    half a move would lose a record.
    """
    moving = {step.address: step.moved_from for step in plan.steps if step.moved_from}
    found = {}
    for group in groups_of(moving.items()):
        steps = tuple(step for step in plan.steps if step.acting and step.address in group)
        found.update(dict.fromkeys(group, steps))
    return found


def _asked(
    step: Step, only: Collection[Action], groups: Mapping[Address, tuple[Step, ...]]
) -> bool:
    if step.action is Action.BLOCKED:
        return step.stopped in only
    if not step.acting:
        return True
    together = groups.get(step.address)
    if together is None or step.further:
        return step.action in only
    # The record's leaving is a part of its coming.
    arriving = [each for each in together if each.action is not Action.FORGET and not each.further]
    return bool(arriving) and all(each.action in only for each in arriving)
