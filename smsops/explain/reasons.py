"""Reasons of a plan's steps, explained from the decision tables that give them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsops.model import Action
from smsops.planning import decisions
from smsops.planning.decisions import Decision, Delta, Standing
from smsops.planning.reasons import WORDS, Reason
from smsops.text.capitals import capitals
from smsops.text.messages import C, T, Text, joined, listed

#: What a step of each action needs; all others act.
_NEXT: Mapping[Action, Text] = {
    Action.NOOP: T("Nothing to do."),
    Action.WAIT: T("Nothing to do: a later apply goes on once it is over."),
    Action.HELD: T("Nothing has to be done; when it is due, apply it on purpose."),
    Action.BLOCKED: T("Do what the reason says; smsops does nothing about the address until then."),
}
_ACTS = T("{command} does it.", command=C("apply"))
_ELSEWHERE = T("Decided from manifests, state and account; docs/lifecycle.md has every table.")
_GUARDED = T("The tables ask for a step, and a guard holds it back.")
_HELD = T("A promotion is due and would change what callers get.")
#: What a guard's reason adds to.
_BEFORE = re.compile(r"^\{reason\}[;,] (but )?")


def reasons() -> Iterator[tuple[str, Text, Text, Text, Text]]:
    """Code, title, meaning, cause and action of every ``reason_code``."""
    for reason in Reason:
        found = [decision for decision in _decisions() if decision.code is reason]
        actions = tuple(dict.fromkeys(decision.action for decision in found))
        then = (each.consequence for each in found if each.consequence)
        yield (
            reason.value,
            _title(WORDS[reason]),
            _meaning(actions),
            _where(reason) or _ELSEWHERE,
            _advice(actions, dict.fromkeys(then)),
        )
    for guard, words in decisions.GUARDS.items():
        title = _title(words)
        yield guard.value, title, _meaning([Action.BLOCKED]), _GUARDED, _NEXT[Action.BLOCKED]
    for hold, words in decisions.HOLDS.items():
        advice = decisions.HOLD_CONSEQUENCE.filled(command=C("apply --promote ADDRESS"))
        yield hold.value, _title(words), _meaning([Action.HELD]), _HELD, _sentence(advice)


def _title(words: Text) -> Text:
    return capitals(Text(_BEFORE.sub("", words.template), words.values))


def _decisions() -> Iterator[Decision]:
    """Every decision of every table, each as often as it stands there."""
    for value in vars(decisions).values():
        cells = value.values() if isinstance(value, dict) else (value,)
        yield from (cell for cell in cells if isinstance(cell, Decision))


def _meaning(actions: Iterable[Action]) -> Text:
    return T(
        "Steps of this reason are {actions} (in JSON: smsops.reason_code).",
        actions=listed(" or ", (Text(action.value) for action in actions)),
    )


def _where(reason: Reason) -> Text:
    """Where a reason stands in the two tables of reviews."""
    tables = (
        (T("The object is {standing}; what changed: {deltas}."), decisions.REVIEW),
        (T("The successor is {standing}; what changed: {deltas}."), decisions.SUCCESSOR),
    )
    cells: dict[tuple[Text, Standing], list[Delta]] = {}
    for about, table in tables:
        for (standing, delta), decision in table.items():
            if decision.code is reason:
                cells.setdefault((about, standing), []).append(delta)
    return joined(
        " ",
        *(
            about.filled(standing=Text(standing), deltas=_deltas(deltas))
            for (about, standing), deltas in cells.items()
        ),
    )


def _deltas(deltas: list[Delta]) -> Text:
    return T("anything or nothing") if len(deltas) == len(Delta) else listed(", ", deltas)


def _advice(actions: Iterable[Action], then: Iterable[Text]) -> Text:
    needed = dict.fromkeys(_NEXT.get(action, _ACTS) for action in actions)
    return joined(" ", *needed, *map(_sentence, then))


def _sentence(words: Text) -> Text:
    begun = Text(f"{words.template[:1].upper()}{words.template[1:]}", words.values)
    return T("{words}.", words=capitals(begun))
