"""What keeps ids from switching, as far as manifests without errors tell."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.kinds.kind import Resource
from smsops.model import Address, Observation, PlanOptions, Project, Snapshot
from smsops.text.messages import Text


def held(
    project: Project,
    kinds: Mapping[str, Resource],
    snapshot: Snapshot,
    observation: Observation,
    *,
    now: float,
) -> Mapping[Address, Text]:
    """Addresses whose promotion, rollback or change of places is held, and why. ``observation`` has
    what the state records.
    """
    from smsops.manifests.load import load_manifests
    from smsops.planning.planner import plan

    found = load_manifests(project)
    if found.errors:
        return {}
    made = plan(
        found.desired,
        snapshot,
        observation,
        kinds=kinds,
        options=PlanOptions(),
        region=project.region,
        now=now,
    )
    return {step.address: step.hold for step in made.steps if step.hold}
