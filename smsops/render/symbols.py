"""Symbols, colours and words of actions in every format."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.model import Action

SYMBOLS: Mapping[Action, str] = {
    Action.ADOPT: "«",
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.PROMOTE: "↑",
    Action.RETIRE: "-",
    Action.ABANDON: "-",
    Action.DELETE: "-",
    Action.FORGET: ".",
    Action.WAIT: "…",
    Action.HELD: "=",
    Action.BLOCKED: "!",
    Action.NOOP: " ",
}


#: SGR codes: green brings, yellow changes, red takes away or stops, blue moves, cyan is held, and
#: grey waits.
COLOURS: Mapping[Action, str] = {
    Action.ADOPT: "34",
    Action.CREATE: "32",
    Action.UPDATE: "33",
    Action.REPLACE: "33",
    Action.PROMOTE: "34",
    Action.RETIRE: "31",
    Action.ABANDON: "31",
    Action.DELETE: "31",
    Action.FORGET: "90",
    Action.WAIT: "90",
    Action.HELD: "36",
    Action.BLOCKED: "1;31",
    Action.NOOP: "0",
}


#: The order and the words of the last line.
ACTING_WORDS = (
    Action.ADOPT,
    Action.CREATE,
    Action.UPDATE,
    Action.REPLACE,
    Action.PROMOTE,
    Action.RETIRE,
    Action.ABANDON,
    Action.DELETE,
    Action.FORGET,
)


PASSIVE_WORDS: Mapping[Action, str] = {
    Action.WAIT: "waiting",
    Action.HELD: "held",
    Action.BLOCKED: "blocked",
}
