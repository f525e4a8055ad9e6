"""A plan as a comment on a pull or merge request. Pure."""

from __future__ import annotations

from smsops.kinds import RESOURCES
from smsops.model import Action, Observed, Plan, Step
from smsops.render import comment
from smsops.render.comment import Section, cell, noted, text
from smsops.render.plan.text import ASSUMED, BOUND, about, assumed, fields, summary, worth_a_word
from smsops.render.style import duration, review_words
from smsops.render.symbols import PASSIVE_WORDS, SYMBOLS

#: What a reviewer has to see first comes first, and is the last to be left out.
ORDER = (
    Action.BLOCKED,
    Action.DELETE,
    Action.REPLACE,
    Action.UPDATE,
    Action.CREATE,
    Action.RETIRE,
    Action.ABANDON,
    Action.PROMOTE,
    Action.ADOPT,
    Action.FORGET,
    Action.HELD,
    Action.WAIT,
    Action.NOOP,
)
#: Up to so many steps are shown unfolded.
UNFOLDED = 10


def markdown(plan: Plan, *, seconds: float, limit: int = comment.LIMIT) -> str:
    """The counts, how complete the view is, then the steps by action."""
    shown = sum(map(worth_a_word, plan.steps))
    sections = [
        Section(
            title=f"{SYMBOLS[action]} {len(steps)} {_word(action)}".strip(),
            opening="",
            rows=[_block(step) for step in steps],
            expanded=shown <= UNFOLDED or action is Action.BLOCKED,
        )
        for action in ORDER
        if (steps := [step for step in plan.steps if step.action is action and worth_a_word(step)])
    ]
    if plan.unmanaged:
        count = len(plan.unmanaged)
        noun = "object" if count == 1 else "objects"
        sections.append(
            Section(
                title=f"{count} unmanaged {noun}, never touched",
                opening="| object | name | review |\n|---|---|---|\n",
                rows=[_unmanaged(item) for item in plan.unmanaged],
            )
        )
    return comment.fit(_head(plan, seconds), sections, limit=limit)


def _word(action: Action) -> str:
    return BOUND if action is Action.NOOP else PASSIVE_WORDS.get(action, f"to {action}")


def _head(plan: Plan, seconds: float) -> str:
    where = f"Account {text(plan.account_id or 'unknown')}, region {text(plan.region)}"
    takes = f"; apply takes about {duration(seconds)}" if plan.applyable else ""
    lines = [f"**{summary(plan)}**", "", f"{where}{takes}."]
    if not plan.complete:
        lines += ["", "**Not everything could be seen.**"]
    return "\n".join(lines) + "\n" + noted(plan.notes)


def _block(step: Step) -> str:
    words = ", ".join(about(step))
    inside = f" ({words})" if words else ""
    lines = [f"**`{step.address}`**{inside}: {text(step.reason)}"]
    if step.consequence:
        lines[0] += f"; {text(step.consequence)}"
    if step.review is not None and step.review.reply:
        lines += ["", f"Reviewer: {cell(step.review.reply)}"]
    if step.unverifiable:
        names = ", ".join(step.unverifiable)
        lines += ["", f"Unverifiable: {names} (the API does not return them)"]
    rows = fields(step)
    if rows:
        lines += ["", "| field | before | after |", "|---|---|---|"]
        lines += [
            f"| {name} | {cell(before)}{ASSUMED if assumed(step, name) else ''} | {cell(after)} |"
            for name, before, after in rows
        ]
    return "\n".join(lines) + "\n\n"


def _unmanaged(item: Observed) -> str:
    name = item.spec.get(RESOURCES[item.kind].label)
    return f"| {item.kind} {item.remote_id} | {cell(name)} | {review_words(item.review)} |\n"
