"""A plan for people: one block per step, then the counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from wcwidth import wcswidth

from smsops.kinds import KINDS
from smsops.model import Action, Plan, Role, Step, Value
from smsops.planning.unmanaged import NEXT
from smsops.render.style import counted, duration, joined, paint, review_words, value
from smsops.render.symbols import ACTING_WORDS, COLOURS, PASSIVE_WORDS, SYMBOLS
from smsops.text.sanitise import terminal

#: What noop rows that are worth a word have in common.
BOUND = "bound, not declared"
NO_CHANGES = "No changes. Signs and templates match the manifests."


def summary(plan: Plan) -> str:
    """The last line of a plan."""
    if all(step.action is Action.NOOP for step in plan.steps):
        return NO_CHANGES
    acting = counted((plan.count(action), f"to {action}") for action in ACTING_WORDS)
    passive = counted((plan.count(action), word) for action, word in PASSIVE_WORDS.items())
    return f"Plan: {joined(acting or 'nothing to do', passive)}."


def text(plan: Plan, *, seconds: float, colour: bool = False, ci: bool = False) -> str:
    """The whole plan. ``seconds``: what an apply takes under the rate limits."""
    blocks = [block(step, colour=colour, ci=ci) for step in plan.steps if worth_a_word(step)]
    blocks += list(_unmanaged(plan, ci=ci))
    if plan.notes:
        blocks.append("\n".join(f"Note: {terminal(note, ci=ci)}" for note in plan.notes))
    where = f"Account {terminal(plan.account_id or 'unknown', ci=ci)}, region {plan.region}"
    takes = f"; apply takes about {duration(seconds)}" if plan.applyable else ""
    blocks.append(f"{where}{takes}.\n{summary(plan)}")
    return "\n\n".join(blocks) + "\n"


def worth_a_word(step: Step) -> bool:
    """Whether a row is shown to people: a noop only when it says what a person may do."""
    return step.action is not Action.NOOP or bool(step.consequence)


def block(step: Step, *, colour: bool = False, ci: bool = False) -> str:
    """One step: what, to which object, field by field, why, and what follows from it."""
    head = f"{SYMBOLS[step.action]} {step.action.value:<8} {step.address}"
    words = list(about(step))
    lines = [
        paint(head, COLOURS[step.action], colour=colour)
        + (f"  ({', '.join(words)})" if words else "")
    ]
    lines += _fields(step, colour=colour, ci=ci)
    lines.append(f"    why: {terminal(step.reason, ci=ci)}")
    if step.consequence:
        lines.append(f"    then: {terminal(step.consequence, ci=ci)}")
    if step.review is not None and step.review.reply:
        lines.append(f"    reviewer: {value(step.review.reply, ci=ci)}")
    if step.unverifiable:
        names = ", ".join(step.unverifiable)
        lines.append(f"    unverifiable: {names} (the API does not return them)")
    return "\n".join(lines)


def about(step: Step) -> Iterable[str]:
    """The object of a step in words: its id and its review."""
    if step.remote_id is not None:
        yield f"{_place(step)} {step.remote_id}"
    if step.review is not None:
        yield review_words(step.review)


#: Steps whose id is the successor's where their role is that; others are about both objects.
_OF_SUCCESSORS = frozenset(
    {Action.WAIT, Action.UPDATE, Action.DELETE, Action.ABANDON, Action.FORGET, Action.HELD}
)


def _place(step: Step) -> str:
    """What a step's id is to its address."""
    if step.role is Role.SUCCESSOR and step.action in _OF_SUCCESSORS:
        return "successor id"
    return "superseded id" if step.deposed is not None else "id"


def fields(step: Step) -> list[tuple[str, Value, Value]]:
    """The fields of a step that are worth a line, before and after."""
    if step.changed:
        return [(change.field, change.before, change.after) for change in step.changed]
    if step.action is Action.CREATE and step.after is not None:
        return [(name, None, item) for name, item in step.after.items() if item is not None]
    if step.action in (Action.DELETE, Action.RETIRE, Action.ABANDON) and step.before is not None:
        label = KINDS[step.address.kind].label
        return [(label, step.before.get(label), None)]
    return []


def _fields(step: Step, *, colour: bool, ci: bool) -> list[str]:
    rows = fields(step)
    width = max((wcswidth(name) for name, _, _ in rows), default=0)
    lines = []
    for name, before, after in rows:
        sides = [(before, "31"), (after, "32")]
        if not step.changed:
            sides = sides[1:] if step.action is Action.CREATE else sides[:1]
        shown = [paint(value(side, ci=ci), code, colour=colour) for side, code in sides]
        if step.changed and assumed(step, name):
            shown[0] += ASSUMED
        if step.changed and before == after:
            shown = [f"{value(after, ci=ci)}{ASSUMED if assumed(step, name) else ''}{AGAIN}"]
        lines.append(f"    {name:<{width}}  {' -> '.join(shown)}")
    return lines


#: Marks of fields that a first replacement submits: nobody can read them, or they do not differ.
ASSUMED = " (assumed)"
AGAIN = " (goes along)"


def assumed(step: Step, name: str) -> bool:
    """Whether the value that a field has now was never submitted and cannot be read."""
    return step.action is Action.REPLACE and name in step.unverifiable


def _unmanaged(plan: Plan, *, ci: bool) -> Iterable[str]:
    if not plan.unmanaged:
        return
    shown = plan.unmanaged[:10]
    names = [
        f"    {item.kind} {item.remote_id}  {value(item.spec.get(KINDS[item.kind].label), ci=ci)}"
        for item in shown
    ]
    more = len(plan.unmanaged) - len(shown)
    if more:
        names.append(f"    and {more} more")
    names.append(f"    next: {NEXT}")
    count = len(plan.unmanaged)
    yield (
        f"Unmanaged, never touched: {count} {'object' if count == 1 else 'objects'}\n"
        + "\n".join(names)
    )
