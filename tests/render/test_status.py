"""Status says of each object what was seen of it, and no more."""

from __future__ import annotations

import pytest

from smsops.clock import to_text
from smsops.model import (
    Address,
    Lifecycle,
    Listing,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Review,
    Snapshot,
)
from smsops.render import status

NOW = 1_800_000_000.0
LOGIN = Address("template", "login")


@pytest.mark.parametrize("review", [None, Review(0)])
@pytest.mark.parametrize(
    ("age", "unread", "said"),
    [
        (60, True, "could not be read"),
        (86_400, True, "could not be read"),
        (60, False, "not listed yet"),
        (86_400, False, "gone"),
    ],
)
def test_what_was_not_seen_has_no_review_in_words(
    age: int, unread: bool, said: str, review: Review | None
) -> None:
    item = RecordedObject(1110, review=review, submitted_at=int(NOW) - age)
    snapshot = Snapshot("lineage", 1, resources={LOGIN: Recorded(item)})
    keys = frozenset({("template", 1110)}) if unread else frozenset()
    seen = Observation({}, {"template": Listing.LISTED}, unread=keys)
    line = status.text(snapshot, seen, now=NOW)
    assert f"id 1110       {said}" in line
    assert "  active" not in line


def test_a_superseded_object_says_until_when_it_is_kept() -> None:
    old = RecordedObject(1110, review=Review(0), superseded_at=int(NOW) - 3600)
    record = Recorded(RecordedObject(1111), None, (old,), Lifecycle(retire_after=7200))
    seen = Observation({}, {"template": Listing.LISTED})
    text = status.text(Snapshot("lineage", 1, resources={LOGIN: record}), seen, now=NOW)
    assert text.splitlines()[1].endswith(f"kept until {to_text(int(NOW) + 3600)}")


def test_an_approval_that_is_not_in_effect_is_no_go() -> None:
    item = RecordedObject(1110, review=Review(1))
    there = Observed("template", 1110, {}, Review(2))
    seen = Observation({("template", 1110): there}, {"template": Listing.LISTED})
    text = status.text(Snapshot("lineage", 1, resources={LOGIN: Recorded(item)}), seen, now=NOW)
    assert text.endswith("approved    not yet in effect\n")
