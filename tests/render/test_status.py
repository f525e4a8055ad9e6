"""Status says of each object what was seen of it, and no more."""

from __future__ import annotations

import pytest

from smsops.clock import to_text
from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Lifecycle,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Review,
    Snapshot,
    Value,
)
from smsops.render import status

NOW = 1_800_000_000.0
LOGIN = Address("template", "login")


@pytest.mark.parametrize("review", [None, review_of(0)])
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
    keys = frozenset({ObjectId("template", 1110)}) if unread else frozenset()
    seen = Observation({}, {"template": Listing.LISTED}, unread=keys)
    head, line, *_ = status.text(snapshot, seen, now=NOW).splitlines()
    assert line[head.index("review") :].startswith(said)
    assert "active" not in line


def test_a_superseded_object_says_until_when_it_is_kept() -> None:
    old = RecordedObject(1110, review=review_of(0), superseded_at=int(NOW) - 3600)
    record = Recorded(RecordedObject(1111), None, (old,), Lifecycle(retire_after=7200))
    seen = Observation({}, {"template": Listing.LISTED})
    text = status.text(Snapshot("lineage", 1, resources={LOGIN: record}), seen, now=NOW)
    assert text.splitlines()[2].endswith(f"kept until {to_text(int(NOW) + 3600)}")


def test_an_approval_that_is_not_in_effect_is_no_go() -> None:
    item = RecordedObject(1110, review=review_of(1))
    there = Observed("template", 1110, {}, review_of(2))
    seen = Observation({ObjectId("template", 1110): there}, {"template": Listing.LISTED})
    text = status.text(Snapshot("lineage", 1, resources={LOGIN: Recorded(item)}), seen, now=NOW)
    assert text.endswith("template.login  1110  approved  not yet in effect\n")


def listed(*items: RecordedObject, code: int = 1) -> list[str]:
    """Status of an address for each of ``items``."""
    resources = {Address("template", f"t{n}"): Recorded(item) for n, item in enumerate(items)}
    objects = {
        ObjectId("template", item.remote_id): Observed(
            "template", item.remote_id, {"templateName": f"模板{item.remote_id}"}, review_of(code)
        )
        for item in items
    }
    snapshot = Snapshot("lineage", 1, resources=resources)
    return status.text(
        snapshot, Observation(objects, {"template": Listing.LISTED}), now=NOW
    ).splitlines()


def test_an_estimate_is_a_column_and_explained_once() -> None:
    minute, hours = int(NOW) - 60, int(NOW) - 4 * 3600
    lines = listed(RecordedObject(7, submitted_at=minute), RecordedObject(1110, submitted_at=hours))
    assert lines == [
        "address      id    review     name        expected          submitted",
        'template.t0  7     in review  "模板7"     2027-01-15 17:59  60 s ago',
        'template.t1  1110  in review  "模板1110"  overdue           4.0 h ago',
        "expected: an estimate in Asia/Shanghai; a review usually takes 2 working hours.",
    ]


def test_after_a_day_a_date_says_more_than_an_age() -> None:
    [_, line] = listed(RecordedObject(7, submitted_at=int(NOW) - 86_400), code=0)
    assert line.endswith('active  "模板7"  2027-01-14')


def test_a_moment_that_is_no_submission_expects_nothing() -> None:
    """The clock of another machine was wrong."""
    lines = listed(RecordedObject(7, submitted_at=int(NOW) + 200_000))
    assert lines[0].split() == ["address", "id", "review", "name", "submitted"]
    assert len(lines) == 2


def test_a_name_is_that_of_the_account_and_else_the_submitted_one() -> None:
    gone = RecordedObject(7, {"templateName": "旧\x1b[2J"}, submitted_at=1_700_000_000)
    snapshot = Snapshot("lineage", 1, resources={LOGIN: Recorded(gone)})
    text = status.text(snapshot, Observation({}, {"template": Listing.LISTED}), now=NOW)
    assert '"旧\\x1b[2J"' in text
    assert '"模板7"' in listed(RecordedObject(7, {"templateName": "旧"}))[1]
    nameless = Observed("template", 7, {}, review_of(0))
    seen = Observation({ObjectId("template", 7): nameless}, {"template": Listing.LISTED})
    assert '"旧' in status.text(snapshot, seen, now=NOW)


def test_a_narrow_terminal_gets_fewer_columns() -> None:
    """No line of the table is broken: what says least is left out."""
    address = Address("template", "login")
    item = RecordedObject(1110, submitted_at=0, listed=True)
    spec: dict[str, Value] = {
        "templateName": "一个很长很长的模板名称",
        "content": "x",
        "international": False,
    }
    there = Observed("template", 1110, spec, review_of(0))
    look = Observation({there.key: there}, {"template": Listing.LISTED})
    state = Snapshot("x", resources={address: Recorded(item)})
    heads = [
        status.text(state, look, now=10**6, columns=columns).splitlines()[0].split()
        for columns in (None, 200, 60, 30)
    ]
    assert heads[0] == heads[1] == ["address", "id", "review", "name", "submitted"]
    assert heads[2] == ["address", "id", "review", "submitted"]
    assert heads[3] == ["address", "id", "review"]
