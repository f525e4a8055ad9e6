"""Symbols, colours and words of actions in every format."""

from __future__ import annotations

from collections.abc import Mapping

from smsops.model import Action
from smsops.text.messages import T, Text

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


#: What each action is called beside the objects that it is about.
WORDS: Mapping[Action, Text] = {
    Action.ADOPT: T("adopt"),
    Action.CREATE: T("create"),
    Action.UPDATE: T("update"),
    Action.REPLACE: T("replace"),
    Action.PROMOTE: T("promote"),
    Action.RETIRE: T("retire"),
    Action.ABANDON: T("abandon"),
    Action.DELETE: T("delete"),
    Action.FORGET: T("forget"),
    Action.WAIT: T("wait"),
    Action.HELD: T("held"),
    Action.BLOCKED: T("blocked"),
    Action.NOOP: T("noop"),
}


#: The order of the last line.
ACTING = (
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


#: Its words, of steps that act and of those that do not.
COUNTED: Mapping[Action, Text] = {
    Action.ADOPT: T("to adopt"),
    Action.CREATE: T("to create"),
    Action.UPDATE: T("to update"),
    Action.REPLACE: T("to replace"),
    Action.PROMOTE: T("to promote"),
    Action.RETIRE: T("to retire"),
    Action.ABANDON: T("to abandon"),
    Action.DELETE: T("to delete"),
    Action.FORGET: T("to forget"),
    Action.WAIT: T("waiting"),
    Action.HELD: T("held"),
    Action.BLOCKED: T("blocked"),
}
PASSIVE = (Action.WAIT, Action.HELD, Action.BLOCKED)
