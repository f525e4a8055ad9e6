"""Layout of a plan for people: which steps are shown, in which order, and what is said once. Pure.

The same for text, Markdown and HTML; programs get every step by address.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from smsops.kinds import RESOURCES
from smsops.model import Action, Effect, Plan, Role, Step, Value
from smsops.planning import decisions
from smsops.planning.decisions import Decision, Presence
from smsops.render.style import review_words
from smsops.render.symbols import WORDS
from smsops.text.messages import T, Text

#: What a reader has to see first comes first, and is the last to be left out.
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
_ADOPTED = decisions.PRESENCE[True, False, Presence.EXACT]
#: Decisions that need no word on each step, because the action says it all: a legend does.
ORDINARY: Mapping[Action, Decision] = {
    decision.action: decision for decision in (decisions.NEW, _ADOPTED) if decision is not None
}


def shown(plan: Plan) -> list[Step]:
    """The steps that people see, by :data:`ORDER`, and by address in each action."""
    return sorted(filter(worth_a_word, plan.steps), key=lambda step: ORDER.index(step.action))


def worth_a_word(step: Step) -> bool:
    """Whether a step is shown to people: a noop only when it says what a person may do."""
    return step.action is not Action.NOOP or bool(step.consequence)


def ordinary(step: Step) -> bool:
    """Whether the legend says why, and what follows."""
    usual = ORDINARY.get(step.action)
    return usual is not None and _words(step) == (str(usual.reason), str(usual.consequence))


def _words(step: Step) -> tuple[str, str]:
    """Why, and what follows; a step read from a saved plan has words and no values."""
    return str(step.reason), str(step.consequence)


def legend(steps: Iterable[Step], *, always: Collection[Action] = ()) -> list[str]:
    """One sentence for each action that has ordinary steps; of those in ``always``, any steps."""
    actions = {step.action for step in steps if step.action in always or ordinary(step)}
    return [
        str(T("{action}: {consequence}.", action=WORDS[action], consequence=decision.consequence))
        for action, decision in ORDINARY.items()
        if action in actions
    ]


def blocks(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The steps one by one; those that wait for the same, or are blocked by the same, in one block,
    where its first one is.
    """
    found: dict[object, list[Step]] = {}
    for number, step in enumerate(steps):
        alike = _shared(step)
        found.setdefault(number if alike is None else alike, []).append(step)
    return [tuple(block) for block in found.values()]


def _shared(step: Step) -> object:
    """What a step has in common with others of its block; ``None`` for one that stands alone."""
    if step.changed or (step.review is not None and step.review.reply):
        return None
    if step.action is Action.WAIT:
        return _words(step), step.review
    return (step.reason_code, *_general(step)) if step.action is Action.BLOCKED else None


def _general(step: Step) -> tuple[str, str]:
    """The words of a step, whatever it is about: its address is ``ADDR`` and its place ``FILE``."""
    reason, consequence = _words(step)
    names = [(str(step.address), "ADDR")]
    if place := _origin(step):
        names.insert(0, (place, "FILE"))
    for name, general in names:
        pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
        reason, consequence = pattern.sub(general, reason), pattern.sub(general, consequence)
    return reason, consequence


def _origin(step: Step) -> str:
    origin = step.origin
    return f"{origin.file}:{origin.line}" if origin is not None else ""


def common(block: Sequence[Step]) -> str:
    """What a block has in common: ``6 in review; review expected by ...``."""
    step = block[0]
    reason, consequence = _general(step) if step.action is Action.BLOCKED else _words(step)
    of_review = step.review is not None and reason == str(review_words(step.review))
    head = T(
        "{count} {reason}" if of_review else "{count} objects: {reason}",
        count=len(block),
        reason=reason,
    )
    return f"{head}; {consequence}" if consequence else str(head)


def name(step: Step) -> Value:
    """The name that people know an existing object by."""
    spec = step.before or step.after or {}
    return None if step.action is Action.CREATE else spec.get(RESOURCES[step.address.kind].label)


def about(step: Step) -> Iterator[str]:
    """The object of a step in words: its id and its review."""
    if step.replaces is not None and step.action is Action.PROMOTE:
        yield str(T("id {old} -> {id}", old=step.replaces, id=step.remote_id))
    elif step.remote_id is not None:
        yield str(_place(step).filled(id=step.remote_id))
    if step.review is not None:
        yield str(review_words(step.review))


def apart(step: Step) -> Iterator[str]:
    """What a step of a block says of itself: its object, and where its manifest is if that is what
    the words of the block leave open.
    """
    yield from about(step)
    place = _origin(step)
    if step.action is Action.BLOCKED and place and place in str(step.reason):
        yield place


#: Steps whose id is the successor's where their role is that; others are about both objects.
_OF_SUCCESSORS = frozenset(
    {
        Action.WAIT,
        Action.UPDATE,
        Action.DELETE,
        Action.ABANDON,
        Action.FORGET,
        Action.HELD,
        Action.BLOCKED,
    }
)


def _place(step: Step) -> Text:
    """What a step's id is to its address."""
    if step.role is Role.SUCCESSOR and step.action in _OF_SUCCESSORS:
        return T("successor id {id}")
    return T("superseded id {id}") if step.role is Role.SUPERSEDED else T("id {id}")


def fields(step: Step, *, every: bool = True) -> list[tuple[str, Value, Value]]:
    """The fields of a step that are worth a line, before and after.

    Of a new object without ``every``: what customers see, its name, and what sets it apart.
    """
    if step.changed:
        return [(change.field, change.before, change.after) for change in step.changed]
    if step.action is Action.CREATE and step.after is not None:
        return [
            (field, None, item)
            for field, item in step.after.items()
            if item is not None and (every or _telling(step, field, item))
        ]
    return []


def _telling(step: Step, field: str, item: Value) -> bool:
    kind = RESOURCES[step.address.kind]
    effect = kind.effect(field)
    return (
        effect is Effect.CONTENT
        or field == kind.label
        or (effect is Effect.IDENTITY and item is not False)
    )


#: Marks of fields that a first replacement submits: nobody can read them, or they do not differ.
ASSUMED = T(" (assumed)")
AGAIN = T(" (goes along)")


def assumed(step: Step, field: str) -> bool:
    """Whether the value that a field has now was never submitted and cannot be read."""
    return step.action is Action.REPLACE and field in step.unverifiable
