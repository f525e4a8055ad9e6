"""Reasons of a plan's steps, explained from the decision tables that give them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from smsops.model import Action
from smsops.planning import decisions
from smsops.planning.decisions import Decision, Delta, Standing
from smsops.planning.reasons import WORDS, Reason
from smsops.text.capitals import in_capitals
from smsops.text.messages import C, Command, T, Text, joined, listed, verbatim

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
_BEFORE = re.compile("^…[;,] (but )?")


def reasons() -> Iterator[tuple[str, Text, Text, Text, Text]]:
    """Code, title, meaning, cause and action of every ``reason_code``."""
    for reason in Reason:
        found = [decision for decision in _decisions() if decision.code is reason]
        actions = tuple(dict.fromkeys(decision.action for decision in found))
        then = dict.fromkeys(in_capitals(each.consequence) for each in found if each.consequence)
        yield (
            reason.value,
            verbatim(_BEFORE.sub("", in_capitals(WORDS[reason]))),
            _meaning(actions),
            _where(reason) or _ELSEWHERE,
            joined(
                " ",
                *dict.fromkeys(_NEXT.get(action, _ACTS) for action in actions),
                *map(_sentence, then),
            ),
        )
    for guard, words in decisions.GUARDS.items():
        title = verbatim(_BEFORE.sub("", in_capitals(words)))
        yield guard.value, title, _meaning([Action.BLOCKED]), _GUARDED, _NEXT[Action.BLOCKED]
    for hold, words in decisions.HOLDS.items():
        advice = in_capitals(decisions.HOLD_CONSEQUENCE).replace("COMMAND", _PROMOTE.plain)
        title = verbatim(in_capitals(words))
        yield hold.value, title, _meaning([Action.HELD]), _HELD, _sentence(advice)


_PROMOTE = Command.of("apply", "--promote", "ADDRESS")


def _decisions() -> Iterator[Decision]:
    """Every decision of every table, each as often as it stands there."""
    for value in vars(decisions).values():
        cells = value.values() if isinstance(value, dict) else (value,)
        yield from (cell for cell in cells if isinstance(cell, Decision))


def _meaning(actions: Iterable[Action]) -> Text:
    return T(
        "Steps of this reason are {actions} (in JSON: smsops.reason_code).",
        actions=listed(" or ", actions),
    )


def _where(reason: Reason) -> Text:
    """Where a reason stands in the two tables of reviews."""
    tables = (
        (T("The object is {standing}; what changed: {deltas}."), decisions.REVIEW),
        (T("The successor is {standing}; what changed: {deltas}."), decisions.SUCCESSOR),
    )
    cells: dict[tuple[Text, Standing], list[Delta]] = {}
    for words, table in tables:
        for (standing, delta), decision in table.items():
            if decision.code is reason:
                cells.setdefault((words, standing), []).append(delta)
    return joined(
        " ",
        *(
            words.filled(standing=standing, deltas=_deltas(deltas))
            for (words, standing), deltas in cells.items()
        ),
    )


def _deltas(deltas: list[Delta]) -> Text:
    return T("anything or nothing") if len(deltas) == len(Delta) else listed(", ", deltas)


def _sentence(words: str) -> Text:
    return verbatim(f"{words[:1].upper()}{words[1:]}.")
