"""Reasons of a plan's steps, explained from the decision tables that give them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from smsops.model import Action
from smsops.planning import decisions
from smsops.planning.decisions import Decision, Delta, Standing
from smsops.planning.reasons import WORDS, Reason
from smsops.text.capitals import in_capitals

#: What a step of each action needs; all others act.
_NEXT: Mapping[Action, str] = {
    Action.NOOP: "Nothing to do.",
    Action.WAIT: "Nothing to do: a later apply goes on once it is over.",
    Action.HELD: "Nothing has to be done; when it is due, apply it on purpose.",
    Action.BLOCKED: "Do what the reason says; smsops does nothing about the address until then.",
}
_ACTS = "`smsops apply` does it."
_ELSEWHERE = "Decided from manifests, state and account; docs/lifecycle.md has every table."
_GUARDED = "The tables ask for a step, and a guard holds it back."
_HELD = "A promotion is due and would change what callers get."
#: What a guard's reason adds to.
_BEFORE = re.compile("^…[;,] (but )?")


def reasons() -> Iterator[tuple[str, str, str, str, str]]:
    """Code, title, meaning, cause and action of every ``reason_code``."""
    for reason in Reason:
        found = [decision for decision in _decisions() if decision.code is reason]
        actions = tuple(dict.fromkeys(decision.action for decision in found))
        then = (in_capitals(each.consequence) for each in found if each.consequence)
        yield (
            reason.value,
            _BEFORE.sub("", in_capitals(WORDS[reason])),
            _meaning(actions),
            _where(reason) or _ELSEWHERE,
            _advice(actions, dict.fromkeys(then)),
        )
    for guard, words in decisions.GUARDS.items():
        title = _BEFORE.sub("", in_capitals(words))
        yield guard.value, title, _meaning([Action.BLOCKED]), _GUARDED, _NEXT[Action.BLOCKED]
    for hold, words in decisions.HOLDS.items():
        advice = in_capitals(decisions.HOLD_CONSEQUENCE).replace("COMMAND", _PROMOTE)
        yield hold.value, in_capitals(words), _meaning([Action.HELD]), _HELD, _sentence(advice)


_PROMOTE = "`smsops apply --promote ADDRESS`"


def _decisions() -> Iterator[Decision]:
    """Every decision of every table, each as often as it stands there."""
    for value in vars(decisions).values():
        cells = value.values() if isinstance(value, dict) else (value,)
        yield from (cell for cell in cells if isinstance(cell, Decision))


def _meaning(actions: Iterable[Action]) -> str:
    return f"Steps of this reason are {' or '.join(actions)} (in JSON: smsops.reason_code)."


def _where(reason: Reason) -> str:
    """Where a reason stands in the two tables of reviews."""
    tables = (("object", decisions.REVIEW), ("successor", decisions.SUCCESSOR))
    cells: dict[tuple[str, Standing], list[Delta]] = {}
    for about, table in tables:
        for (standing, delta), decision in table.items():
            if decision.code is reason:
                cells.setdefault((about, standing), []).append(delta)
    return " ".join(
        f"The {about} is {standing}; what changed: {_deltas(deltas)}."
        for (about, standing), deltas in cells.items()
    )


def _deltas(deltas: list[Delta]) -> str:
    return "anything or nothing" if len(deltas) == len(Delta) else ", ".join(deltas)


def _advice(actions: Iterable[Action], then: Iterable[str]) -> str:
    needed = dict.fromkeys(_NEXT.get(action, _ACTS) for action in actions)
    return " ".join(chain(needed, map(_sentence, then)))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
