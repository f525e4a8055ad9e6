"""A plan for people: one block per step, then the counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smsops.kinds import RESOURCES
from smsops.model import Action, Plan, Step
from smsops.planning.unmanaged import NEXT
from smsops.render.inline_diff import Segment, compared
from smsops.render.plan.layout import (
    AGAIN,
    ASSUMED,
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
from smsops.render.style import counted, duration, paint, value, within
from smsops.render.symbols import ACTING, COLOURS, COUNTED, PASSIVE, SYMBOLS, WORDS
from smsops.text.messages import NOTHING, N, T, Text, joined
from smsops.text.sanitise import terminal
from smsops.text.width import padded, width

NO_CHANGES = T("No changes. Signs and templates match the manifests.")
#: What stands beside fields that nobody can read.
UNREADABLE = T("unverifiable: {fields} (the API does not return them)")


def summary(plan: Plan) -> str:
    """The last line of a plan."""
    if not plan.partial and all(step.action is Action.NOOP for step in plan.steps):
        return str(NO_CHANGES)
    acting, passive = (
        counted((plan.count(action), COUNTED[action]) for action in actions)
        for actions in (ACTING, PASSIVE)
    )
    counts = joined("; ", acting or T("nothing to do"), passive)
    return str(T("Plan: {counts}.", counts=counts))


def text(
    plan: Plan,
    *,
    seconds: float,
    colour: bool = False,
    ci: bool = False,
    every_field: bool = False,
) -> str:
    """The whole plan. ``seconds``: what an apply takes under the rate limits."""
    steps = shown(plan)
    parts = [_block(each, colour, ci, every_field) for each in blocks(steps)]
    parts = _together(parts)
    parts += list(_unmanaged(plan, ci=ci))
    if plan.notes:
        notes = (T("Note: {note}", note=terminal(note, ci=ci)) for note in plan.notes)
        parts.append("\n".join(map(str, notes)))
    account = terminal(plan.account_id, ci=ci) if plan.account_id else None
    last_lines = [*_legend(steps, every_field), where(plan, account, seconds), summary(plan)]
    parts.append("\n".join(last_lines))
    return "\n\n".join(parts) + "\n"


def where(plan: Plan, account: str | None, seconds: float) -> str:
    """Whose account a plan is of, and how long an apply takes: a sentence."""
    place = T(
        "Account {account}, region {region}; apply takes about {duration}."
        if plan.applyable
        else "Account {account}, region {region}.",
        account=account or T("unknown"),
        region=plan.region,
        duration=duration(seconds),
    )
    return str(within(plan.environment, place))


def _together(parts: Sequence[str]) -> list[str]:
    """Blocks of one line that follow each other as one part."""
    found: list[str] = []
    for before, part in zip(["\n", *parts], parts, strict=False):
        if "\n" in before or "\n" in part:
            found.append(part)
        else:
            found[-1] += f"\n{part}"
    return found


def _legend(steps: Sequence[Step], every_field: bool) -> list[str]:
    lines = legend(steps, always=[Action.ADOPT])
    cut = any(len(fields(step, every=False)) < len(fields(step)) for step in steps)
    if cut and not every_field:
        lines.append(str(T("`-v` shows every field that is submitted.")))
    adopted = sum(len(step.unverifiable) for step in steps if step.action is Action.ADOPT)
    if adopted and not every_field:
        lines.append(
            str(
                N(
                    adopted,
                    "`-v` names {count} field of adopted objects that the API does not return.",
                    "`-v` names {count} fields of adopted objects that the API does not return.",
                )
            )
        )
    return lines


def _block(steps: Sequence[Step], colour: bool, ci: bool, every_field: bool) -> str:
    if len(steps) > 1:
        return _alike(steps, colour=colour, ci=ci)
    return block(steps[0], colour=colour, ci=ci, every_field=every_field)


def _alike(steps: Sequence[Step], *, colour: bool, ci: bool) -> str:
    action = steps[0].action
    head = paint(_action(action), COLOURS[action], colour=colour)
    head += f" {terminal(common(steps), ci=ci)}"
    rows = [(str(step.address), _apart(step, ci=ci), _name(step, ci=ci)) for step in steps]
    widths = [max(width(row[column]) for row in rows) for column in range(2)]
    lines = [
        f"    {padded(row[0], widths[0])}  {padded(row[1], widths[1])}{row[2]}".rstrip()
        for row in rows
    ]
    return "\n".join([head, *lines])


def _apart(step: Step, *, ci: bool) -> str:
    """Waiting objects have their review in common."""
    words = list(apart(step))
    found = words[:1] if step.action is Action.WAIT else words
    return terminal(", ".join(found), ci=ci)


def _action(action: Action) -> str:
    return f"{SYMBOLS[action]} {padded(str(WORDS[action]), 8)}"


def block(step: Step, *, colour: bool = False, ci: bool = False, every_field: bool = True) -> str:
    """One step: what, to which object, field by field, why, and what follows from it."""
    head = f"{_action(step.action)} {step.address}"
    words = list(about(step))
    lines = [
        paint(head, COLOURS[step.action], colour=colour)
        + (f"  ({', '.join(words)})" if words else "")
        + _name(step, ci=ci)
    ]
    lines += _fields(step, colour=colour, ci=ci, every_field=every_field)
    unverifiable = ", ".join(step.unverifiable)
    if step.action is Action.ADOPT:
        missing = _adopted(step, every_field)
        lines[0] += f"  {terminal(missing, ci=ci)}" if missing else ""
    elif not ordinary(step):
        lines.append(f"    {T('why: {reason}', reason=terminal(step.reason, ci=ci))}")
        if step.consequence:
            then = terminal(step.consequence, ci=ci)
            lines.append(f"    {T('then: {consequence}', consequence=then)}")
    if step.review is not None and step.review.reply:
        lines.append(f"    {T('reviewer: {reply}', reply=value(step.review.reply, ci=ci))}")
    if unverifiable and step.action is not Action.ADOPT:
        lines.append(f"    {UNREADABLE.filled(fields=unverifiable)}")
    return "\n".join(lines)


def _adopted(step: Step, every_field: bool) -> Text:
    """What an adoption says beside its object. The id is recorded and nothing else happens, as the
    legend says: one line is enough.
    """
    why = () if ordinary(step) else (step.reason,)
    if not every_field:
        return joined("; ", *why)
    fields = T("unverifiable: {fields}", fields=", ".join(step.unverifiable))
    then = () if ordinary(step) else (step.consequence,)
    return joined("; ", fields if step.unverifiable else NOTHING, *why, *then)


def _name(step: Step, *, ci: bool) -> str:
    known = name(step)
    return f"  {value(known, ci=ci)}" if known is not None else ""


def _fields(step: Step, *, colour: bool, ci: bool, every_field: bool) -> list[str]:
    rows = fields(step, every=every_field)
    columns = max((width(field) for field, _, _ in rows), default=0)
    lines = []
    for field, before, after in rows:
        mark = str(ASSUMED) if step.changed and assumed(step, field) else ""
        if not step.changed:
            shown = paint(value(after, ci=ci), "32", colour=colour)
        elif before == after:
            shown = f"{value(after, ci=ci)}{mark}{AGAIN}"
        else:
            shown = _change(value(before, ci=ci), value(after, ci=ci), mark, colour=colour)
        lines.append(f"    {padded(field, columns)}  {shown}")
    return lines


def _change(before: str, after: str, mark: str, *, colour: bool) -> str:
    """Both values; where there is colour, what differs is underlined."""
    if not colour:
        return f"{before}{mark} -> {after}"
    old, new = compared(before, after)
    return f"{_underlined(old, '31')}{mark} -> {_underlined(new, '32')}"


def _underlined(parts: Iterable[Segment], code: str) -> str:
    return "".join(
        paint(part, f"{code};4" if differs else code, colour=True) for part, differs in parts
    )


def _unmanaged(plan: Plan, *, ci: bool) -> Iterable[str]:
    if not plan.unmanaged:
        return
    named = plan.unmanaged[:10]
    labels = [value(item.spec.get(RESOURCES[item.kind].label), ci=ci) for item in named]
    names = [
        f"    {item.kind} {item.remote_id}  {label}"
        for item, label in zip(named, labels, strict=True)
    ]
    more = len(plan.unmanaged) - len(named)
    if more:
        names.append(f"    {T('and {count} more', count=more)}")
    names.append(f"    {T('next: {next}', next=NEXT)}")
    head = N(
        len(plan.unmanaged),
        "Unmanaged, never touched: {count} object",
        "Unmanaged, never touched: {count} objects",
    )
    yield "\n".join([str(head), *names])
