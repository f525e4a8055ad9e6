"""Safeguards of a plan: what the files and the checkout say against its deletions.

Each is asked only where something would be deleted or done, and reads nothing of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smsops.model import Action, Address, Older, Plan, Project, Snapshot
from smsops.text.messages import T, Text, shortened

if TYPE_CHECKING:
    from smsops.workspace.checkout import Checkout

#: How many addresses are named in one line.
_NAMED = 5


def stray(project: Project, snapshot: Snapshot, plan: Plan) -> Mapping[Address, str]:
    """Files that still declare what would be deleted, and are not read."""
    records = ((address, snapshot.resources.get(address)) for address in _deleted(plan))
    files = {at: each.manifest for at, each in records if each and each.manifest}
    if not files:
        return {}
    from smsops.manifests.stray import declaring

    return declaring(project, files)


def left_out(project: Project, plan: Plan) -> Text | None:
    """What goes because this environment leaves it out, though a manifest is there."""
    chosen, outside = project.environment, project.outside
    gone = _deleted(plan)
    if chosen is None or outside is None or not gone:
        return None
    from smsops.manifests.load import load_manifests

    there = {item.address for item in load_manifests(outside).desired}
    found = [each for each in gone if each in there]
    if not found:
        return None
    return T(
        "declared, and left out of environment {name} (a patch with present: false, or only): "
        "{addresses}",
        name=chosen.name,
        addresses=shortened(found, _NAMED),
    )


def older(checkout: Checkout, snapshot: Snapshot, plan: Plan) -> Older | None:
    """Whether the manifests are of an older commit than the newest one applied, or may be."""
    newest = snapshot.commit
    return checkout.older_than(newest) if newest is not None and plan.applyable else None


def told(found: Older) -> Text:
    """What :func:`older` found, for people."""
    newest = found.newest.sha[:12]
    if found.head is None:
        return T(
            "git cannot tell whether a newer commit ({newest}) was applied already, so nothing is "
            "deleted: {why}",
            newest=newest,
            why=found.why,
        )
    return T(
        "this checkout is of commit {head}, and a newer one ({newest}) was applied "
        "already: the plan goes back to it, and deletes nothing",
        head=found.head.sha[:12],
        newest=newest,
    )


def apart(checkout: Checkout, snapshot: Snapshot, plan: Plan) -> Text | None:
    """That what is deleted may be on another branch, which was applied."""
    newest = snapshot.commit
    head = checkout.apart_from(newest) if newest is not None and _deleted(plan) else None
    if newest is None or head is None:
        return None
    return T(
        "this checkout is of commit {head}, which does not contain {newest}, applied before: "
        "what is deleted may be declared there; merge the other branch first, if there is one",
        head=head.sha[:12],
        newest=newest.sha[:12],
    )


def _deleted(plan: Plan) -> list[Address]:
    return [step.address for step in plan.steps if step.action is Action.DELETE]
