"""The comparison itself: recorded against observed, without files or sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.drift import CLASSES, RANK, Drift, DriftClass, detect
from smsops.errors import Exit
from smsops.kinds import RESOURCES
from smsops.kinds.kind import BOTH
from smsops.kinds.reviews import review_of
from smsops.model import (
    Address,
    Intent,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Qualification,
    Recorded,
    RecordedObject,
    ReviewState,
    Role,
    Snapshot,
    Suppression,
    Value,
)
from tests.support.worlds import ADDRESS, JUST_NOW, LONG_AGO, NOW, SIGN_SPEC, SPEC, seen, spelled

ACTIVE, IN_REVIEW, APPROVED, REJECTED, STRANGE = 0, 1, 2, -1, 7
CODES = {
    ReviewState.ACTIVE: ACTIVE,
    ReviewState.APPROVED: APPROVED,
    ReviewState.IN_REVIEW: IN_REVIEW,
    ReviewState.REJECTED: REJECTED,
    ReviewState.UNKNOWN: STRANGE,
}
RECORD = RecordedObject(
    1, submitted=SPEC, read_back=spelled(SPEC), review=review_of(ACTIVE), submitted_at=LONG_AGO
)
SEEN = seen(1)


def compared(
    record: RecordedObject = RECORD,
    *observed: Observed,
    listed: bool = True,
    unread: frozenset[ObjectId] = frozenset(),
    suppressions: tuple[Suppression, ...] = (),
    intents: tuple[Intent, ...] = (),
) -> Drift:
    return detect(
        Snapshot("x", resources={ADDRESS: Recorded(record)}, intents=intents),
        Observation(
            {item.key: item for item in observed},
            listing=dict.fromkeys(
                ("sign", "template"), Listing.LISTED if listed else Listing.UNLISTED
            ),
            unread=unread,
        ),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
        suppressions=suppressions,
    )


def classes(drift: Drift) -> list[str]:
    return [item.drift for item in drift.findings if item.drift is not DriftClass.UNVERIFIABLE]


def test_six_classes_count_as_drift() -> None:
    """Every class has a meaning, and the table is total."""
    assert set(CLASSES) == set(DriftClass)
    assert all(row.meaning for row in CLASSES.values())
    assert [each.value for each, row in CLASSES.items() if row.counts] == [
        "config",
        "review",
        "qualification",
        "missing",
        "objective",
        "delivery",
    ]


def test_an_object_as_recorded_has_no_finding_but_what_cannot_be_verified() -> None:
    """Only the fields that the API never returns."""
    drift = compared(RECORD, SEEN)
    assert [(item.drift, item.field) for item in drift.findings] == [
        (DriftClass.UNVERIFIABLE, "remark"),
        (DriftClass.UNVERIFIABLE, "smsType"),
    ]
    assert drift.complete
    assert not drift.differs
    assert drift.exit() is Exit.OK


@pytest.mark.parametrize("before", ReviewState)
@pytest.mark.parametrize("after", ReviewState)
def test_a_review_that_got_worse_is_one_finding(before: ReviewState, after: ReviewState) -> None:
    """Better or equal is none, as long as the reply is the same."""
    record = replace(RECORD, review=review_of(CODES[before], "原因"))
    drift = compared(record, replace(SEEN, review=review_of(CODES[after], "原因")))
    worse = RANK[after] < RANK[before]
    assert classes(drift) == (["review"] if worse else [])


@pytest.mark.parametrize("before", ReviewState)
@pytest.mark.parametrize("after", ReviewState)
def test_a_reply_that_changed_is_one_finding(before: ReviewState, after: ReviewState) -> None:
    """Unless it came with the good news that everybody waited for."""
    record = replace(RECORD, review=review_of(CODES[before], "旧"))
    drift = compared(record, replace(SEEN, review=review_of(CODES[after], "新")))
    awaited = (CODES[before], CODES[after]) in ((1, 0), (1, 2), (2, 0), (-1, 0), (-1, 2))
    assert classes(drift) == ([] if awaited else ["review"])


def test_an_object_that_was_never_observed_counts_as_in_review() -> None:
    """Its apply ended before it read back: a rejection since then is news, an approval is not."""
    record = replace(RECORD, review=None, read_back={})
    assert classes(compared(record, SEEN)) == []
    assert classes(compared(record, replace(SEEN, review=review_of(REJECTED)))) == ["review"]


def test_a_spelling_that_changes_with_the_approval_is_no_drift() -> None:
    """The API may settle on its own spelling when an object turns 0 or 2, and only then."""
    respelled = replace(SEEN, spec={**SEEN.spec, "content": "您的验证码是{1}｡"})
    assert classes(compared(replace(RECORD, review=review_of(IN_REVIEW)), respelled)) == []
    assert classes(compared(RECORD, respelled)) == ["config"]


def test_what_was_accepted_counts_and_not_what_was_submitted() -> None:
    """A service that normalises text causes no drift."""
    spelling = {**spelled(SPEC), "content": "您的验证码是{1}｡"}
    record = replace(RECORD, read_back=spelling)
    assert classes(compared(record, replace(SEEN, spec=spelling))) == []
    assert classes(compared(record, SEEN)) == ["config"]


def test_a_spelling_that_was_never_read_back_is_said_to_be_unverifiable() -> None:
    """Neither drift nor "no drift": the next apply takes it."""
    record = replace(RECORD, read_back={})
    other = replace(SEEN, spec={**SEEN.spec, "content": f" {SPEC['content']}\n"})
    found = [item for item in compared(record, other).findings if item.field == "content"]
    assert [item.drift for item in found] == [DriftClass.UNVERIFIABLE]


@pytest.mark.parametrize("content", ["别的", "您的验证码是{2}。"])
def test_a_text_that_was_never_read_back_and_is_no_spelling_is_drift(content: str) -> None:
    """Somebody changed it before an apply could look: no apply takes it over."""
    record = replace(RECORD, read_back={})
    other = replace(SEEN, spec={**SEEN.spec, "content": content})
    found = [item for item in compared(record, other).findings if item.field == "content"]
    assert [(item.drift, item.recorded, item.observed) for item in found] == [
        (DriftClass.CONFIG, SPEC["content"], content)
    ]


def test_a_template_filed_under_both_values_satisfies_either() -> None:
    """International 3 is no change of ``false``; losing it again is one."""
    both = {**SEEN.spec, "international": BOTH}
    assert classes(compared(RECORD, replace(SEEN, spec=both))) == []
    assert classes(compared(replace(RECORD, read_back=both), SEEN)) == ["config"]


def test_several_fields_are_several_config_findings() -> None:
    """Sorted by field."""
    other = replace(SEEN, spec={**SEEN.spec, "content": "别的", "templateName": "别名"})
    found = [item for item in compared(RECORD, other).findings if item.drift is DriftClass.CONFIG]
    assert [(item.field, item.recorded, item.observed) for item in found] == [
        ("content", SPEC["content"], "别的"),
        ("templateName", SPEC["templateName"], "别名"),
    ]


def test_missing_is_only_what_was_submitted_more_than_ten_minutes_ago() -> None:
    """A young object may still be listed; the report cannot be complete without it."""
    assert classes(compared(RECORD)) == ["missing"]
    young = compared(replace(RECORD, submitted_at=JUST_NOW))
    assert classes(young) == []
    assert not young.complete
    assert "less than 10 minutes ago" in str(young.notes[0])
    assert young.exit() is Exit.OK


def test_an_unread_object_is_an_error_and_not_missing() -> None:
    """Exit 1 wins over findings."""
    drift = compared(RECORD, unread=frozenset({ObjectId("template", 1)}))
    assert classes(drift) == []
    assert drift.unread == ((ADDRESS, 1),)
    assert not drift.complete
    assert drift.exit() is Exit.ERROR


def test_without_a_listing_the_findings_decide() -> None:
    """Recorded objects were read by id."""
    drift = compared(RECORD, replace(SEEN, review=review_of(REJECTED)), listed=False)
    assert not drift.complete
    assert drift.exit() is Exit.DIFFERENCES
    assert compared(RECORD, SEEN, listed=False).exit() is Exit.OK


def test_superseded_objects_and_successors_are_compared_too() -> None:
    """Whatever the state records."""
    record = Recorded(RECORD, replace(RECORD, remote_id=2), (replace(RECORD, remote_id=3),))
    drift = detect(
        Snapshot("x", resources={ADDRESS: record}),
        Observation(
            {ObjectId("template", 1): SEEN}, {"sign": Listing.LISTED, "template": Listing.LISTED}
        ),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
    )
    assert [(item.drift, item.remote_id) for item in drift.findings[:2]] == [
        (DriftClass.MISSING, 2),
        (DriftClass.MISSING, 3),
    ]
    assert drift.checked == 3


def test_everything_missing_at_once_is_said() -> None:
    """It looks like another account."""
    resources = {
        Address("template", f"t{n}"): Recorded(replace(RECORD, remote_id=n)) for n in range(3)
    }
    drift = detect(
        Snapshot("x", resources=resources),
        Observation({}, {"sign": Listing.LISTED, "template": Listing.LISTED}),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
    )
    assert drift.count(DriftClass.MISSING) == 3
    assert "check the account" in str(drift.notes[0])


def test_an_open_intent_is_said() -> None:
    """What it made, if anything, may look unmanaged until the next apply."""
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.SUCCESSOR, SPEC, (), LONG_AGO)
    drift = compared(RECORD, SEEN, intents=(intent,))
    assert "interrupted apply" in str(drift.notes[0])
    assert drift.complete


@pytest.mark.parametrize(
    ("paper", "found"),
    [
        (Qualification(7, "资质", 1), []),
        (Qualification(7, "资质", 2), ["qualification"]),
        (Qualification(7, "资质", 0), ["qualification"]),
        (Qualification(7, "", 99), ["qualification"]),
        (Qualification(0, "", 0), []),
        (None, []),
    ],
)
def test_a_qualification_that_is_not_approved(
    paper: Qualification | None, found: list[str]
) -> None:
    """Status 1 is approved; id 0 is a sign from before there were qualifications."""
    address = Address("sign", "acme")
    spec: dict[str, Value] = {"signName": "艾克米", "international": False}
    record = RecordedObject(5, SIGN_SPEC, spec, review=review_of(0), submitted_at=LONG_AGO)
    drift = detect(
        Snapshot("x", resources={address: Recorded(record)}),
        Observation(
            {ObjectId("sign", 5): Observed("sign", 5, spec, review_of(0), LONG_AGO, paper)},
            {"sign": Listing.LISTED, "template": Listing.LISTED},
        ),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
    )
    assert classes(drift) == found
    # An older API does not return the id that was submitted: nobody can tell.
    assert "qualificationId" in [item.field for item in drift.findings]


def test_fields_that_were_assumed_or_never_submitted_say_so() -> None:
    """An adopted object has no moment of submission to name."""
    assumed = replace(RECORD, assumed=("smsType",), submitted={**SPEC})
    by = {item.field: item.detail.plain for item in compared(assumed, SEEN).findings}
    assert by["smsType"] == "never submitted by smsops; assumed to be as declared"
    bare = replace(RECORD, submitted={})
    by = {item.field: item.detail.plain for item in compared(bare, SEEN).findings}
    assert by["smsType"] == "never submitted by smsops"


REVIEWED = Suppression("template.login", "review", "平台组", "与运营商沟通中", "2027-01-15")


def test_a_suppressed_finding_is_apart_and_does_not_count() -> None:
    """Through the last day of the suppression, by UTC; NOW is 2027-01-15."""
    worse = replace(SEEN, review=review_of(REJECTED))
    drift = compared(RECORD, worse, suppressions=(REVIEWED,))
    assert classes(drift) == []
    assert [item.finding.drift for item in drift.suppressed] == [DriftClass.REVIEW]
    assert drift.exit() is Exit.OK


@pytest.mark.parametrize(
    "other",
    [
        replace(REVIEWED, drift="config"),
        replace(REVIEWED, address="template.other"),
        replace(REVIEWED, expires="2027-01-14"),
    ],
)
def test_another_class_another_address_or_yesterday_suppress_nothing(other: Suppression) -> None:
    """Only an expired one is reported."""
    drift = compared(RECORD, replace(SEEN, review=review_of(REJECTED)), suppressions=(other,))
    assert classes(drift) == ["review"]
    assert drift.exit() is Exit.DIFFERENCES
    assert drift.expired == ((other,) if other.expires < "2027-01-15" else ())


def test_a_renewed_suppression_beside_its_expired_self_suppresses() -> None:
    """The order in the file does not matter."""
    old = replace(REVIEWED, expires="2026-01-01")
    for both in ((old, REVIEWED), (REVIEWED, old)):
        drift = compared(RECORD, replace(SEEN, review=review_of(REJECTED)), suppressions=both)
        assert (len(drift.suppressed), drift.expired) == (1, (old,))


def test_an_unmanaged_object_is_suppressed_by_the_name_that_export_gives_it() -> None:
    """It has no address of its own."""
    by = Suppression("template.t-2", "unmanaged", "平台组", "市场部的", "2030-01-01")
    drift = compared(RECORD, SEEN, seen(2), seen(3), suppressions=(by,))
    assert [item.remote_id for item in drift.of(DriftClass.UNMANAGED)] == [3]
    assert drift.exit((DriftClass.UNMANAGED,)) is Exit.DIFFERENCES
    assert drift.exit() is Exit.OK
