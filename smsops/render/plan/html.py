"""A plan as one page that can be kept, mailed and read on a phone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from smsops.kinds import RESOURCES
from smsops.model import Action, Plan, Step, Value
from smsops.render.inline_diff import Segment, compared
from smsops.render.page import OPEN, page
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
from smsops.render.plan.markdown import INCOMPLETE, UNREADABLE
from smsops.render.plan.text import summary, where
from smsops.render.style import review_words, value
from smsops.render.symbols import COUNTED, SYMBOLS, WORDS
from smsops.text.messages import T

#: The style class of each action; the colours are those of the terminal.
COLOURS: Mapping[Action, str] = {
    Action.ADOPT: "blue",
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.REPLACE: "yellow",
    Action.PROMOTE: "blue",
    Action.RETIRE: "red",
    Action.ABANDON: "red",
    Action.DELETE: "red",
    Action.FORGET: "grey",
    Action.WAIT: "grey",
    Action.HELD: "grey",
    Action.BLOCKED: "red",
    Action.NOOP: "grey",
}
#: Up to so many steps are shown unfolded.
UNFOLDED = 50


def html(plan: Plan, *, seconds: float) -> str:
    """The counts, then every step."""
    steps = shown(plan)
    return page(
        "plan",
        where=where(plan, plan.account_id, seconds).removesuffix("."),
        summary=summary(plan),
        counts=[
            {
                "symbol": SYMBOLS[action],
                "number": count,
                "word": str(COUNTED[action]),
                "colour": COLOURS[action],
            }
            for action in ORDER
            if action is not Action.NOOP and (count := plan.count(action))
        ],
        complete=plan.complete,
        notes=[str(note) for note in plan.notes],
        blocks=[_block(block) for block in blocks(steps)],
        legend=legend(steps),
        words=_words(plan),
        unfolded=OPEN if len(steps) <= UNFOLDED else "",
        unmanaged=[
            {
                "object": f"{item.kind} {item.remote_id}",
                "name": value(item.spec.get(RESOURCES[item.kind].label)),
                "review": str(review_words(item.review)),
            }
            for item in plan.unmanaged
        ],
    )


def _words(plan: Plan) -> Mapping[str, str]:
    """What the page says besides the plan."""
    count = len(plan.unmanaged)
    unmanaged = T("{count} unmanaged, never touched", count=count)
    words = {
        "heading": T("Plan"),
        "incomplete": INCOMPLETE,
        "unmanaged": unmanaged,
        "field": T("field"),
        "before": T("before"),
        "after": T("after"),
        "object": T("object"),
        "name": T("name"),
        "review": T("review"),
    }
    return {name: str(text) for name, text in words.items()}


def _block(steps: Sequence[Step]) -> dict[str, Any]:
    step = steps[0]
    head: dict[str, Any] = {
        "symbol": SYMBOLS[step.action],
        "action": str(WORDS[step.action]),
        "colour": COLOURS[step.action],
        "objects": [],
    }
    if len(steps) > 1:
        objects = [_object(each, apart(each)) for each in steps]
        return {**head, "common": common(steps), "objects": objects}
    review = step.review
    return {
        **head,
        **_object(step, about(step)),
        "reason": "" if ordinary(step) else str(step.reason),
        "consequence": "" if ordinary(step) else str(step.consequence),
        "reply": str(T("Reviewer: {reply}", reply=value(review.reply)))
        if review is not None and review.reply
        else "",
        "unverifiable": str(UNREADABLE.filled(fields=", ".join(step.unverifiable)))
        if step.unverifiable
        else "",
        "fields": [_field(step, *row) for row in fields(step)],
    }


def _object(step: Step, words: Iterable[str]) -> dict[str, str]:
    known = name(step)
    return {
        "address": str(step.address),
        "about": ", ".join(words),
        "name": value(known) if known is not None else "",
    }


def _field(
    step: Step, field: str, before: Value, after: Value
) -> tuple[str, Sequence[Segment], str, Sequence[Segment]]:
    old, new = value(before), value(after)
    sides = compared(old, new) if step.changed else ([(old, False)], [(new, False)])
    return field, sides[0], str(ASSUMED) if assumed(step, field) else "", sides[1]
