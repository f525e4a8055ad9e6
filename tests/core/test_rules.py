"""The decision tables: total, as promised, and really what the planner asks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from smsops.model import Action
from smsops.planning import decisions
from smsops.planning.decisions import Delta, Presence, Standing
from tests.support import worlds
from tests.support.worlds import World

A = Action
DELTAS = (Delta.NOTHING, Delta.NOTE, Delta.CONTENT, Delta.IDENTITY)

#: The contract, written a second time: columns are DELTAS.
REVIEW = {
    Standing.ACTIVE: (A.NOOP, A.HELD, A.REPLACE, A.REPLACE),
    Standing.APPROVED: (A.WAIT, A.HELD, A.REPLACE, A.REPLACE),
    Standing.IN_REVIEW: (A.WAIT, A.UPDATE, A.UPDATE, A.REPLACE),
    Standing.REJECTED: (A.BLOCKED, A.UPDATE, A.UPDATE, A.REPLACE),
    Standing.REJECTED_ONCE_ACTIVE: (A.BLOCKED, A.UPDATE, A.REPLACE, A.REPLACE),
    Standing.UNKNOWN: (A.BLOCKED, A.BLOCKED, A.BLOCKED, A.BLOCKED),
}
SUCCESSOR = {
    Standing.ACTIVE: (A.PROMOTE, A.PROMOTE, A.REPLACE, A.REPLACE),
    Standing.APPROVED: (A.WAIT, A.WAIT, A.REPLACE, A.REPLACE),
    Standing.IN_REVIEW: (A.WAIT, A.UPDATE, A.UPDATE, A.REPLACE),
    Standing.REJECTED: (A.BLOCKED, A.UPDATE, A.UPDATE, A.REPLACE),
    Standing.REJECTED_ONCE_ACTIVE: (A.BLOCKED, A.UPDATE, A.REPLACE, A.REPLACE),
    Standing.GONE: (A.REPLACE, A.REPLACE, A.REPLACE, A.REPLACE),
    Standing.UNKNOWN: (A.BLOCKED, A.BLOCKED, A.BLOCKED, A.BLOCKED),
}
PRESENCE = {
    (True, False, Presence.ABSENT): A.CREATE,
    (True, False, Presence.EXACT): A.ADOPT,
    (True, False, Presence.AMBIGUOUS): A.BLOCKED,
    (True, True, Presence.THERE): A.NOOP,  # the review table: active, nothing changed
    (True, True, Presence.ABSENT): A.CREATE,
    (True, True, Presence.EXACT): A.ADOPT,
    (True, True, Presence.AMBIGUOUS): A.BLOCKED,
    (True, True, Presence.YOUNG): A.WAIT,
    (True, True, Presence.UNREAD): A.BLOCKED,
    (False, True, Presence.THERE): A.DELETE,
    (False, True, Presence.ABSENT): A.FORGET,
    (False, True, Presence.YOUNG): A.WAIT,
    (False, True, Presence.UNREAD): A.BLOCKED,
}
RETIRING: dict[Presence, dict[tuple[bool, ...], Action]] = {
    Presence.THERE: {(True, True): A.RETIRE},
    Presence.ABSENT: dict.fromkeys(itertools.product((True, False), repeat=2), A.FORGET),
    Presence.YOUNG: {},
    Presence.UNREAD: dict.fromkeys(itertools.product((True, False), repeat=2), A.BLOCKED),
}

Name = tuple[str, Any]
Story = tuple[Name, Callable[[], Action], Action]


def stories() -> Iterator[Story]:
    """(table and key, what the planner does in the world of that row, what the contract says)."""
    for key, expected in PRESENCE.items():
        yield ("PRESENCE", key), _acts(partial(worlds.presence, *key)), expected
    for name, table, build in (
        ("REVIEW", REVIEW, worlds.reviewed),
        ("SUCCESSOR", SUCCESSOR, worlds.succeeding),
    ):
        for standing, row in table.items():
            for delta, expected in zip(DELTAS, row, strict=True):
                yield (name, (standing, delta)), _acts(partial(build, standing, delta)), expected
    for presence, active, due in itertools.product(RETIRING, (True, False), (True, False)):
        expected = RETIRING[presence].get((active, due), A.WAIT)
        act = _acts(partial(worlds.retiring, presence, active, due), deposed=True)
        yield ("RETIRING", (presence, active, due)), act, expected


def _acts(build: Callable[[], World], *, deposed: bool = False) -> Callable[[], Action]:
    def act() -> Action:
        world = build()
        return (world.deposed() if deposed else world.row()).action

    return act


STORIES = list(stories())


@pytest.mark.parametrize(
    ("act", "expected"), [s[1:] for s in STORIES], ids=[str(s[0]) for s in STORIES]
)
def test_every_row_decides_as_the_contract_says(
    act: Callable[[], Action], expected: Action
) -> None:
    assert act() is expected


@pytest.mark.parametrize(("name", "act", "expected"), STORIES, ids=[str(s[0]) for s in STORIES])
def test_a_changed_row_changes_what_the_planner_does(
    name: Name,
    act: Callable[[], Action],
    expected: Action,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table_name, key = name
    table = dict(getattr(decisions, table_name))
    if table[key] is None:
        assert expected is A.NOOP  # the review table decides, and is tested row by row
        return
    other = A.WAIT if expected is not A.WAIT else A.HELD
    table[key] = replace(table[key], action=other)
    monkeypatch.setattr(decisions, table_name, table)
    assert act() is other


def test_the_tables_are_total() -> None:
    declared = list(itertools.product((True, False), (True, False), Presence))
    impossible = {
        key
        for key in declared
        # nothing recorded: nothing to be there, young or unread; nothing at all: no row
        if (not key[1] and key[2] in (Presence.THERE, Presence.YOUNG, Presence.UNREAD))
        or (not key[0] and not key[1])
        # nothing declared: nothing to match
        or (not key[0] and key[2] in (Presence.EXACT, Presence.AMBIGUOUS))
    }
    assert set(decisions.PRESENCE) == set(declared) - impossible == set(PRESENCE)
    present = [standing for standing in Standing if standing is not Standing.GONE]
    assert set(decisions.REVIEW) == set(itertools.product(present, DELTAS))
    assert set(decisions.SUCCESSOR) == set(itertools.product(Standing, DELTAS))
    single = (Presence.THERE, Presence.ABSENT, Presence.YOUNG, Presence.UNREAD)
    assert set(decisions.RETIRING) == set(itertools.product(single, (True, False), (True, False)))
    assert set(decisions.SUCCESSOR_UNCERTAIN) == {Presence.YOUNG, Presence.UNREAD}
    assert set(decisions.SUCCESSOR_FOUND) == {Presence.ABSENT, Presence.EXACT, Presence.AMBIGUOUS}
    assert set(decisions.GUARDS) == set(decisions.Guard)


def test_every_row_has_a_story() -> None:
    told = {story[0] for story in STORIES}
    rows = {
        (name, key)
        for name in ("PRESENCE", "REVIEW", "SUCCESSOR", "RETIRING")
        for key in getattr(decisions, name)
    }
    assert told == rows


def test_every_rule_says_why() -> None:
    for name in ("PRESENCE", "REVIEW", "SUCCESSOR", "RETIRING", "SUCCESSOR_UNCERTAIN"):
        for key, decision in getattr(decisions, name).items():
            assert decision is None or decision.reason, (name, key)
