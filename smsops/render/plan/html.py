"""A plan as one page that can be kept, mailed and read on a phone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsops.kinds import KINDS
from smsops.model import Action, Plan, Step
from smsops.render.page import OPEN, page
from smsops.render.plan.text import ASSUMED, about, assumed, fields, summary, worth_a_word
from smsops.render.style import duration, review_words, value
from smsops.render.symbols import PASSIVE_WORDS, SYMBOLS

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
    steps = [step for step in plan.steps if worth_a_word(step)]
    return page(
        "plan",
        account=plan.account_id or "unknown",
        region=plan.region,
        after_region=f"; apply takes about {duration(seconds)}" if plan.applyable else "",
        summary=summary(plan),
        counts=[
            {
                "sign": SYMBOLS[action],
                "number": count,
                "word": PASSIVE_WORDS.get(action, f"to {action}"),
                "colour": COLOURS[action],
            }
            for action in Action
            if action is not Action.NOOP and (count := plan.count(action))
        ],
        complete=plan.complete,
        notes=plan.notes,
        steps=[_step(step) for step in steps],
        unfolded=OPEN if len(steps) <= UNFOLDED else "",
        unmanaged=[
            {
                "object": f"{item.kind} {item.remote_id}",
                "name": value(item.spec.get(KINDS[item.kind].label)),
                "review": review_words(item.review),
            }
            for item in plan.unmanaged
        ],
    )


def _step(step: Step) -> dict[str, Any]:
    review = step.review
    return {
        "sign": SYMBOLS[step.action],
        "action": step.action.value,
        "colour": COLOURS[step.action],
        "address": str(step.address),
        "about": ", ".join(about(step)),
        "reason": str(step.reason),
        "consequence": str(step.consequence),
        "reply": value(review.reply) if review is not None and review.reply else "",
        "unverifiable": ", ".join(step.unverifiable),
        "fields": [
            (name, value(before) + (ASSUMED if assumed(step, name) else ""), value(after))
            for name, before, after in fields(step)
        ],
    }
