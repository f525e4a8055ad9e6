"""A plan as a comment on a pull or merge request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from smsops.kinds import RESOURCES
from smsops.model import Action, Observed, Plan, Step, Value
from smsops.render import comment
from smsops.render.comment import Section, cell, differing, noted, table, text
from smsops.render.plan.layout import (
    ASSUMED,
    ORDER,
    about,
    apart,
    assumed,
    blocks,
    common,
    fields,
    legend,
    name,
    ordinary,
    shown,
)
from smsops.render.plan.text import summary, where
from smsops.render.style import review_words
from smsops.render.symbols import COUNTED, SYMBOLS
from smsops.text.messages import N, T, Text

#: What noop steps that are worth a word have in common.
BOUND = T("bound, not declared")
INCOMPLETE = T("Not everything could be seen.")
#: What stands below a step with fields that nobody can read.
UNREADABLE = T("Unverifiable: {fields} (the API does not return them)")
#: Up to so many steps are shown unfolded.
UNFOLDED = 10


def markdown(plan: Plan, *, seconds: float, limit: int = comment.LIMIT) -> str:
    """The counts, how complete the view is, then the steps by action."""
    steps = shown(plan)
    sections = [
        Section(
            title=f"{SYMBOLS[action]} {len(found)} {_word(action)}".strip(),
            opening="".join(f"{text(sentence)}\n\n" for sentence in legend(found)),
            rows=list(_rows(found)),
            expanded=len(steps) <= UNFOLDED or action is Action.BLOCKED,
        )
        for action in ORDER
        if (found := [step for step in steps if step.action is action])
    ]
    if plan.unmanaged:
        title = N(
            len(plan.unmanaged),
            "{count} unmanaged object, never touched",
            "{count} unmanaged objects, never touched",
        )
        sections.append(
            Section(
                title=str(title),
                opening=table(T("object"), T("name"), T("review")),
                rows=[_unmanaged(item) for item in plan.unmanaged],
            )
        )
    return comment.fit(_head(plan, seconds), sections, limit=limit)


def _word(action: Action) -> Text:
    return BOUND if action is Action.NOOP else COUNTED[action]


def _head(plan: Plan, seconds: float) -> str:
    account = text(plan.account_id) if plan.account_id else None
    lines = [f"**{summary(plan)}**", "", where(plan, account, seconds)]
    if not plan.complete:
        lines += ["", f"**{INCOMPLETE}**"]
    return "\n".join(lines) + "\n" + noted(plan.notes)


def _rows(steps: Sequence[Step]) -> Iterator[str]:
    """A row for each step, so that what is left out can be counted."""
    for block in blocks(steps):
        if len(block) == 1:
            yield _block(block[0])
            continue
        head, *rest = (f"- {_object(step, apart(step))}\n" for step in block)
        yield f"{text(common(block))}\n\n{head}"
        yield from rest[:-1]
        yield from (f"{last}\n" for last in rest[-1:])


def _object(step: Step, words: Iterable[str]) -> str:
    said = ", ".join(text(word) for word in words)
    known = name(step)
    return (
        f"**`{step.address}`**"
        + (f" ({said})" if said else "")
        + (f" {cell(known)}" if known is not None else "")
    )


def _block(step: Step) -> str:
    lines = [_object(step, about(step))]
    if not ordinary(step):
        lines[0] += f": {text(step.reason)}"
        lines[0] += f"; {text(step.consequence)}" if step.consequence else ""
    if step.review is not None and step.review.reply:
        lines += ["", str(T("Reviewer: {reply}", reply=cell(step.review.reply)))]
    if step.unverifiable:
        lines += ["", str(UNREADABLE.filled(fields=", ".join(step.unverifiable)))]
    rows = fields(step)
    if rows:
        lines += ["", table(T("field"), T("before"), T("after")).rstrip()]
        lines += [_field(step, *row) for row in rows]
    return "\n".join(lines) + "\n\n"


def _field(step: Step, field: str, before: Value, after: Value) -> str:
    old, new = differing(before, after) if step.changed else (cell(before), cell(after))
    return f"| {field} | {old}{ASSUMED if assumed(step, field) else ''} | {new} |"


def _unmanaged(item: Observed) -> str:
    known = item.spec.get(RESOURCES[item.kind].label)
    return f"| {item.kind} {item.remote_id} | {cell(known)} | {review_words(item.review)} |\n"
