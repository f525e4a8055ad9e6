"""Rows that are decided while the account is read: which, and when they do not count.

That they equal the rows decided afterwards is asserted for every story of the planner
(:meth:`tests.support.worlds.World.plan`) and for every plan of the lifecycle machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from smsops.kinds import RESOURCES
from smsops.model import Action, Address, Observed, Recorded, Step
from smsops.planning.decisions import Delta, Standing
from smsops.planning.incremental import IncrementalSteps
from tests.support import worlds
from tests.support.worlds import ADDRESS, LONG_AGO, NOW, OTHER, World, record, seen, written


def decided(world: World, *pages: tuple[Observed, ...]) -> Step | None:
    """The row of the world's address when ``pages`` have come, and the last is how it stays."""
    incremental = IncrementalSteps(RESOURCES, world.desired, world.recorded, NOW)
    for page in pages or (world.observed,):
        incremental.saw(page)
    last = next((item for item in reversed(world.observed) if item.remote_id == 1), None)
    return incremental.step(world.desired[0], world.recorded.get(ADDRESS, Recorded()), last)


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.GONE])
@pytest.mark.parametrize("delta", Delta)
def test_all_but_replacements_are_decided_by_the_object_alone(
    standing: Standing, delta: Delta
) -> None:
    world = worlds.reviewed(standing, delta)
    row = world.row()
    replaced = row.action is Action.REPLACE or row.remote_id != 1
    assert decided(world) == (None if replaced else row)


@pytest.mark.parametrize(
    "recorded",
    [
        {},
        record(written(1), written(2)),
        record(None, written(1)),
        record(written(1), None, (replace(written(3, OTHER), superseded_at=LONG_AGO),)),
    ],
    ids=["unrecorded", "with a successor", "only a successor", "retiring"],
)
def test_addresses_with_more_than_one_object_wait_for_the_whole_account(
    recorded: Mapping[Address, Recorded],
) -> None:
    world = World((worlds.desired(),), recorded, (seen(1), seen(2), seen(3, OTHER)))
    assert decided(world) is None


def test_a_row_counts_only_for_the_object_as_it_was_seen_last() -> None:
    """A listing that shifted is read again, and the object may have changed in between."""
    before = seen(1, standing=Standing.IN_REVIEW)
    world = World((worlds.desired(),), record(written(1)), (before, seen(1)))
    assert decided(world, (before,)) is None
    row = decided(world, (before,), world.observed)
    assert row is not None
    assert row.action is Action.NOOP


def test_a_row_counts_only_for_its_manifest_and_its_record() -> None:
    world = World((worlds.desired(),), record(written(1)), (seen(1),))
    incremental = IncrementalSteps(RESOURCES, world.desired, world.recorded, NOW)
    incremental.saw(world.observed)
    item, known, there = world.desired[0], world.recorded[ADDRESS], world.observed[0]
    assert incremental.step(item, known, there) is not None
    assert incremental.step(worlds.desired(Delta.CONTENT), known, there) is None
    assert incremental.step(item, replace(known, successor=written(2)), there) is None
    assert incremental.step(item, known, None) is None


def test_a_plan_takes_the_rows_that_were_decided() -> None:
    """So that the equality asserted elsewhere is one of two ways, not of one with itself."""
    world = World((worlds.desired(),), record(written(1)), (seen(1),))
    incremental = IncrementalSteps(RESOURCES, world.desired, world.recorded, NOW)
    incremental.saw(world.observed)
    row = incremental.step(world.desired[0], world.recorded[ADDRESS], world.observed[0])
    assert row is not None
    assert world.planned(incremental).steps[0] is row
