"""The comment on a pull or merge request: a plan, or why there is none. Pure."""

from __future__ import annotations

from enum import StrEnum

from smsops.errors import InvalidManifests, SmsopsError
from smsops.model import Action, Plan
from smsops.render.comment import text
from smsops.render.plan.markdown import markdown as plan_markdown
from smsops.render.problems.markdown import markdown as problems_markdown
from smsops.text.messages import T, Text
from smsops.text.sanitise import markdown

#: Lines of an error that are shown.
_LINES = 40


class Verdict(StrEnum):
    """How a plan went: the end of a label."""

    NO_CHANGES = "no changes"
    CHANGES = "changes"
    BLOCKED = "blocked"
    FAILED = "failed"


def verdict(plan: Plan | None) -> Verdict:
    """The verdict on a plan; ``None`` is one that could not be made."""
    if plan is None:
        return Verdict.FAILED
    if plan.count(Action.BLOCKED):
        return Verdict.BLOCKED
    return Verdict.CHANGES if plan.applyable else Verdict.NO_CHANGES


def made(plan: Plan, *, seconds: float, name: str, link: str) -> str:
    """The comment of a plan."""
    return _framed(plan_markdown(plan, seconds=seconds), name, link)


def failed(error: SmsopsError, *, name: str, link: str) -> str:
    """The comment of a plan that could not be made: why, and nothing about what it would hold."""
    head = f"**{T('There is no plan.')}**\n\n"
    if isinstance(error, InvalidManifests):
        return _framed(head + problems_markdown(error.problems), name, link)
    said = [_lines(words) for words in (error.message, error.hint) if words]
    return _framed(head + "\n\n".join(said), name, link)


def _lines(words: str | Text) -> str:
    """A message on its lines; a few, since no message needs more to be understood."""
    lines = [text(line.strip()) for line in str(words).splitlines()]
    if len(lines) > _LINES:
        lines[_LINES:] = [str(T("{count} more", count=len(lines) - _LINES))]
    return "  \n".join(lines)  # what ends in two blanks ends a line on both hosts


def _framed(body: str, name: str, link: str) -> str:
    title: Text = T("smsops plan: {name}", name=markdown(name)) if name else T("smsops plan")
    parts = [f"### {title}", body.strip()]
    if link:
        parts.append(f"[{T('The run')}]({link})")
    return "\n\n".join(parts) + "\n"
