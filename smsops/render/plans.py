"""Plans in every format, by name. Each renderer is imported when it is asked for."""

from __future__ import annotations

from smsops import planfile
from smsops.model import Plan
from smsops.render.sanitise import runner


def render(
    plan: Plan, format: str, *, seconds: float, colour: bool = False, ci: bool = False
) -> str:
    """``plan`` as ``text``, ``json`` or ``gitlab`` (the counts of a merge request widget)."""
    if format == "text":
        from smsops.render.plan import text

        return text(plan, seconds=seconds, colour=colour, ci=ci)
    if format == "json":
        return planfile.encode(planfile.document(plan))
    if format == "gitlab":
        return planfile.encode(widget(plan))
    raise AssertionError(runner(format))


def widget(plan: Plan) -> dict[str, int]:
    """GitLab's ``terraform`` report: exactly these three counts; a replacement is in two."""
    counts = {"create": 0, "update": 0, "delete": 0}
    for step in plan.steps:
        for action in planfile.TERRAFORM_ACTIONS[step.action]:
            if action in counts:
                counts[action] += 1
    return counts
