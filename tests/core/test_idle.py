"""A wish that changes nothing is told: somebody expected otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.model import Action, PlanOptions
from smsops.planning.decisions import Delta, Standing
from tests.support import worlds
from tests.support.worlds import ADDRESS, World, record, seen, written

QUIET = worlds.reviewed(Standing.ACTIVE, Delta.NOTHING)
IN_REVIEW = worlds.reviewed(Standing.IN_REVIEW, Delta.NOTHING)
REMOVED = World(recorded=record(written(1)), observed=(seen(1),))


def notes(world: World, **wishes: bool) -> tuple[str, ...]:
    options = PlanOptions(**dict.fromkeys(wishes, (ADDRESS,)))  # type: ignore[arg-type]
    return tuple(note.plain for note in replace(world, options=options).plan().notes)


@pytest.mark.parametrize(
    ("world", "wish", "note"),
    [
        (QUIET, "promote", "--promote template.login changes nothing: the step is noop"),
        (QUIET, "not_renamed", "--not-renamed template.login changes nothing: the step is noop"),
        (IN_REVIEW, "replace", "--replace template.login changes nothing: the step is wait"),
        (
            World(),
            "promote",
            "--promote template.login changes nothing: it has no step",
        ),
    ],
)
def test_a_wish_without_effect_is_told(world: World, wish: str, note: str) -> None:
    assert notes(world) == ()
    assert notes(world, **{wish: True}) == (note,)


def test_a_wish_that_is_met_is_not() -> None:
    """Because of it, or anyway: then nobody is surprised."""
    asked = replace(QUIET, options=PlanOptions(replace=(ADDRESS,)))
    assert (asked.row().action, asked.plan().notes) == (Action.REPLACE, ())
    removed = replace(REMOVED, options=PlanOptions(not_renamed=(ADDRESS,)))
    assert (removed.row().action, removed.plan().notes) == (Action.DELETE, ())
