"""Status says of each object what was seen of it, and no more."""

from __future__ import annotations

import pytest

from smsops.model import Address, Observation, Recorded, RecordedObject, Review, Snapshot
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
    seen = Observation({}, {"template": True}, unread=keys)
    line = status.text(snapshot, seen, now=NOW)
    assert f"id 1110       {said}" in line
    assert "  active" not in line
