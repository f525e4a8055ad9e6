"""Plans in every format, by name. Each renderer is imported when it is asked for."""

from __future__ import annotations

from smsops.model import Plan
from smsops.planfile.document import TERRAFORM_ACTIONS, encode
from smsops.planfile.document import document as plan_document


def render(
    plan: Plan,
    format: str,
    *,
    seconds: float,
    colour: bool = False,
    ci: bool = False,
    every_field: bool = False,
) -> str:
    """``plan`` in a format; ``gitlab`` is the counts of a merge request widget.

    ``seconds``: what an apply takes under the rate limits. ``every_field``: of new objects, in
    ``text``; the other formats have them anyway.
    """
    if format == "text":
        from smsops.render.plan.text import text

        return text(plan, seconds=seconds, colour=colour, ci=ci, every_field=every_field)
    if format == "markdown":
        from smsops.render.plan.markdown import markdown

        return markdown(plan, seconds=seconds)
    if format == "html":
        from smsops.render.plan.html import html

        return html(plan, seconds=seconds)
    if format == "gitlab":
        return encode(widget(plan))
    assert format == "json", format
    return encode(plan_document(plan))


def widget(plan: Plan) -> dict[str, int]:
    """GitLab's ``terraform`` report: exactly these three counts; a replacement is in two."""
    counts = {"create": 0, "update": 0, "delete": 0}
    for step in plan.steps:
        for action in TERRAFORM_ACTIONS[step.action]:
            if action in counts:
                counts[action] += 1
    return counts
