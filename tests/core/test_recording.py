"""What each event leaves in the state, field by field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    Desired,
    Intent,
    Lifecycle,
    Listing,
    ObjectId,
    Observation,
    Observed,
    Recorded,
    RecordedObject,
    Role,
    Snapshot,
    Spec,
    Step,
    Value,
)
from smsops.state import changes
from smsops.text.messages import T

KIND = RESOURCES["template"]
LOGIN, NEWS = Address("template", "login"), Address("template", "news")
SPEC: Spec = {
    "templateName": "登录",
    "content": "您的验证码是{1}。",
    "smsType": "verification",
    "international": False,
    "remark": "用户登录",
}
OLD = RecordedObject(
    1110, SPEC, {"content": "旧"}, ("remark",), review_of(0, "好"), 1, 2, promoted_at=3
)
NEW = RecordedObject(1111, SPEC, submitted_at=4)
RETIRED = RecordedObject(1109, SPEC, superseded_at=5)
FULL = Recorded(OLD, NEW, (RETIRED,), Lifecycle(protected=True))
NOW = 1000.9


def seen(remote_id: int = 1110, code: int = 1, **spec: Value) -> Observed:
    readable: Spec = {
        "templateName": "登录",
        "content": "您的验证码是{1}。",
        "international": False,
    }
    return Observed("template", remote_id, {**readable, **spec}, review_of(code), created_at=77)


def test_an_add_records_what_was_sent_and_when() -> None:
    assert changes.added(1112, SPEC, NOW) == RecordedObject(1112, SPEC, submitted_at=1000)


def test_an_object_takes_the_place_it_was_meant_for() -> None:
    made = RecordedObject(1112)
    assert changes.placed(FULL, made, Role.CURRENT) == replace(FULL, current=made)
    assert changes.placed(FULL, made, Role.SUCCESSOR) == replace(FULL, successor=made)


@pytest.mark.parametrize("remote_id", [1110, 1111, 1109, 1])
def test_a_modify_is_recorded_at_its_object_and_nowhere_else(remote_id: int) -> None:
    """The spelling has to be read again, and nothing is assumed any more."""
    spec = {**SPEC, "remark": "换了"}
    after = changes.modified(FULL, remote_id, spec, NOW)
    for was, item in zip(FULL.objects(), after.objects(), strict=True):
        if was.remote_id != remote_id:
            assert item == was
            continue
        assert item == replace(was, submitted=spec, read_back={}, assumed=(), submitted_at=1000)
    assert after.lifecycle == FULL.lifecycle


def test_a_modify_of_an_address_without_objects_changes_nothing() -> None:
    assert changes.modified(Recorded(), 1, SPEC, NOW) == Recorded()


def test_once_active_is_remembered_from_the_first_time_on() -> None:
    assert changes.once_active(FULL, 1111, NOW) == replace(
        FULL, successor=replace(NEW, activated_at=1000)
    )
    assert changes.once_active(FULL, 1110, NOW) == FULL, "it was before"


def test_a_successor_becomes_current_and_the_current_one_retires() -> None:
    assert changes.promoted(FULL, 1111, NOW, gone=False) == replace(
        FULL,
        current=replace(NEW, promoted_at=1000),
        successor=None,
        retiring=(RETIRED, replace(OLD, superseded_at=1000)),
    )


def test_what_is_gone_has_nothing_to_retire() -> None:
    after = changes.promoted(FULL, 1111, NOW, gone=True)
    assert after.retiring == (RETIRED,)
    without = replace(FULL, current=None)
    assert changes.promoted(without, 1111, NOW, gone=False).retiring == (RETIRED,)


def test_a_rollback_brings_a_retiring_object_back_and_leaves_a_successor_alone() -> None:
    assert changes.promoted(FULL, 1109, NOW, gone=False) == replace(
        FULL,
        current=replace(RETIRED, promoted_at=1000, superseded_at=None),
        retiring=(replace(OLD, superseded_at=1000),),
    )


def test_one_id_is_removed_wherever_it_stands() -> None:
    assert changes.removed(FULL, 1110) == replace(FULL, current=None)
    assert changes.removed(FULL, 1111) == replace(FULL, successor=None)
    assert changes.removed(FULL, 1109) == replace(FULL, retiring=())
    assert changes.removed(FULL, 1) == FULL
    assert changes.removed(Recorded(), 1) == Recorded()


# -- what an observation teaches -----------------------------------------------------------------


def test_the_first_reading_takes_the_spelling() -> None:
    record = changes.added(1110, SPEC, NOW)
    after = changes.settle(KIND, SPEC, record, seen(content=" 您的验证码是{1}｡"), NOW)
    assert after.read_back["content"] == " 您的验证码是{1}｡"
    assert not after.listed, "read by its id, which a listing may lag behind"
    assert changes.settle(KIND, SPEC, after, seen(), NOW, listed=True).listed
    assert after.submitted == SPEC
    assert after.assumed == ()
    assert after.review == review_of(1)
    assert after.submitted_at == 1000
    assert after.activated_at is None


def test_a_spelling_stays_until_the_object_turns() -> None:
    """Otherwise an edit in the console would never be seen."""
    old = "您的验证码是{1}｡"
    record = replace(OLD, read_back={"content": old}, review=review_of(0))
    assert changes.settle(KIND, None, record, seen(code=0), NOW).read_back["content"] == old
    turning = replace(record, review=review_of(1))
    after = changes.settle(KIND, None, turning, seen(code=0), NOW)
    assert after.read_back["content"] == "您的验证码是{1}。"


@pytest.mark.parametrize("code", [0, 1, 2, -1])
@pytest.mark.parametrize("before", [None, 1])
@pytest.mark.parametrize(
    "text",
    ["您的验证码是{1}，请勿泄露。", "您的验证码是{2}。", "您的验证码是｛1｝。", "验证码是{1}。"],
)
def test_another_text_is_never_taken_for_a_spelling(
    text: str, before: int | None, code: int
) -> None:
    """Not at the first reading, and not together with the approval."""
    record = changes.added(1110, SPEC, NOW)
    if before is not None:
        record = changes.settle(KIND, SPEC, record, seen(code=before), NOW)
    after = changes.settle(KIND, SPEC, record, seen(code=code, content=text), NOW)
    assert after.read_back.get("content", SPEC["content"]) == SPEC["content"]
    assert after.submitted == SPEC


def test_a_clock_that_is_ahead_makes_nothing_young() -> None:
    ahead = replace(seen(), created_at=int(NOW) + 10**6)
    assert changes.settle(KIND, SPEC, RecordedObject(1110), ahead, NOW).submitted_at == int(NOW)


def test_a_readable_field_that_equals_the_manifest_counts_as_submitted() -> None:
    record = RecordedObject(1110, {**SPEC, "content": "别的"}, {"content": "别的"})
    after = changes.settle(KIND, SPEC, record, seen(), NOW)
    assert after.submitted == SPEC
    assert after.read_back["content"] == SPEC["content"]
    edited = changes.settle(KIND, {**SPEC, "content": "新的"}, record, seen(), NOW)
    assert edited.submitted["content"] == "别的"


def test_fields_that_nobody_can_read_are_assumed_for_an_adopted_object_only() -> None:
    adopted = changes.settle(KIND, SPEC, RecordedObject(1110), seen(), NOW)
    assert adopted.submitted == SPEC
    assert adopted.assumed == ("remark", "smsType")
    assert adopted.submitted_at == 77, "when it was made"
    again = changes.settle(KIND, {**SPEC, "remark": "换了"}, adopted, seen(), NOW)
    assert again.submitted["remark"] == "换了", "a corrected assumption is the new assumption"
    assert again.assumed == ("remark", "smsType")
    written = changes.added(1110, SPEC, NOW)
    kept = changes.settle(KIND, {**SPEC, "remark": "换了"}, written, seen(), NOW)
    assert kept.submitted["remark"] == "用户登录", "what was submitted is no assumption"
    nobody = changes.settle(KIND, None, RecordedObject(1110), seen(), NOW)
    assert (nobody.submitted, nobody.assumed) == ({}, ())


def test_active_is_noted_once() -> None:
    record = RecordedObject(1110, SPEC)
    assert changes.settle(KIND, None, record, seen(code=2), NOW).activated_at is None
    active = changes.settle(KIND, None, record, seen(code=0), NOW)
    assert active.activated_at == 1000
    assert changes.settle(KIND, None, active, seen(code=0), NOW + 9).activated_at == 1000
    assert changes.settle(KIND, None, active, seen(code=-1), NOW + 9).activated_at == 1000


@pytest.mark.parametrize(
    ("recorded_at", "created_at", "expected"), [(5, 77, 5), (None, 77, 77), (None, None, 1000)]
)
def test_the_moment_of_submission_is_the_best_that_is_known(
    recorded_at: int | None, created_at: int | None, expected: int
) -> None:
    record = RecordedObject(1110, SPEC, submitted_at=recorded_at)
    there = replace(seen(), created_at=created_at)
    assert changes.settle(KIND, None, record, there, NOW).submitted_at == expected


def test_a_successor_without_a_current_object_is_observed_too() -> None:
    record = Recorded(successor=RecordedObject(1111, SPEC))
    observation = Observation(
        {ObjectId("template", 1111): seen(1111, 0)}, {"template": Listing.LISTED}
    )
    change = changes.observed(RESOURCES, {}, observation, NOW)
    after = change(Snapshot("lineage", resources={LOGIN: record})).resources[LOGIN]
    assert after.current is None
    assert after.successor is not None
    assert after.successor.review == review_of(0)


def test_an_observation_reaches_every_object_and_the_manifest_describes_the_successor() -> None:
    spec = {**SPEC, "content": "第二版{1}。"}
    record = Recorded(
        RecordedObject(1110, SPEC), RecordedObject(1111, SPEC), (RecordedObject(1109, SPEC),)
    )
    items = [seen(1110, 0), seen(1111, 1, content="第二版{1}。"), seen(1109, -1)]
    observation = Observation({o.key: o for o in items}, {"template": Listing.LISTED})
    item = Desired(LOGIN, spec, Lifecycle(protected=True, retire_after=5))
    snapshot = Snapshot("lineage", resources={LOGIN: record, NEWS: record})

    change = changes.observed(RESOURCES, {LOGIN: item}, observation, NOW)
    after = change(snapshot).resources

    login, news = after[LOGIN], after[NEWS]
    assert [o.review and o.review.code for o in login.objects()] == [0, 1, -1]
    assert login.successor is not None
    assert login.successor.submitted == spec
    assert login.current is not None
    assert login.current.submitted == SPEC
    assert login.lifecycle == item.lifecycle
    assert news.lifecycle == record.lifecycle, "its manifest is gone"
    assert news.successor is not None
    assert news.successor.submitted == SPEC
    alone = Snapshot("lineage", resources={LOGIN: replace(record, successor=None)})
    current = change(alone).resources[LOGIN].current
    assert current is not None
    assert current.submitted == SPEC, "not what was observed"


def test_what_nobody_can_read_is_assumed_of_the_object_that_the_manifest_describes() -> None:
    """The successor while there is one, else the current object; never of one that retires."""
    adopted = [RecordedObject(number) for number in (1110, 1111, 1109)]
    items = [seen(int(item.remote_id)) for item in adopted]
    observation = Observation({o.key: o for o in items}, {"template": Listing.LISTED})
    change = changes.observed(RESOURCES, {LOGIN: Desired(LOGIN, SPEC)}, observation, NOW)
    record = Recorded(adopted[0], adopted[1], (adopted[2],))
    for given, described in ((record, 1111), (replace(record, successor=None), 1110)):
        after = change(Snapshot("lineage", resources={LOGIN: given})).resources[LOGIN]
        assumed = [item.remote_id for item in after.objects() if item.assumed]
        assert assumed == [described]


def test_what_was_not_seen_stays_as_it_was() -> None:
    nothing = Observation({}, {"template": Listing.LISTED})
    snapshot = Snapshot("lineage", resources={LOGIN: FULL})
    assert changes.observed(RESOURCES, {}, nothing, NOW)(snapshot) == snapshot


# -- changes of a snapshot -----------------------------------------------------------------------

INTENT = Intent("a", LOGIN, "AddSmsTemplate", Role.CURRENT, SPEC, (), 1)
OTHER = replace(INTENT, id="b", address=NEWS)
SNAPSHOT = Snapshot("lineage", 3, "1", "ap-guangzhou", {LOGIN: FULL}, (INTENT, OTHER))


def test_a_change_of_one_address_leaves_the_others_and_an_empty_one_disappears() -> None:
    after = changes.on(NEWS, lambda record: replace(record, current=NEW))(SNAPSHOT)
    assert after == replace(SNAPSHOT, resources={LOGIN: FULL, NEWS: Recorded(NEW)})
    emptied = changes.on(NEWS, lambda record: replace(record, current=None))(after)
    assert emptied == SNAPSHOT
    assert changes.on(NEWS, lambda record: record)(SNAPSHOT) == SNAPSHOT


def move(old: Address, new: Address, **values: Any) -> Step:
    return Step(new, Action.ADOPT, T("renamed"), moved_from=old, **values)


def test_records_change_places_all_at_once() -> None:
    """Chains and swaps: no record is lost because its place was taken first."""
    other, third = Address("template", "other"), Address("template", "third")
    alone = Recorded(RecordedObject(7))
    state = replace(SNAPSHOT, resources={LOGIN: FULL, other: alone})
    swap = changes.relocated([move(LOGIN, other), move(other, LOGIN)])(state)
    assert swap.resources == {
        other: replace(FULL, declared=True),
        LOGIN: replace(alone, declared=True),
    }
    chain = changes.relocated([move(other, third), move(LOGIN, other)])(state)
    assert chain.resources == {
        other: replace(FULL, declared=True),
        third: replace(alone, declared=True),
    }


def test_a_single_object_moves_without_the_rest_of_its_record() -> None:
    new = Address("template", "sign-in")
    old = replace(RETIRED, superseded_at=500)
    state = replace(SNAPSHOT, resources={LOGIN: replace(FULL, retiring=(old,))})
    after = changes.relocated([move(LOGIN, new, taken=old.remote_id)])(state)
    assert after.resources[LOGIN] == replace(FULL, retiring=())
    assert after.resources[new] == Recorded(replace(old, superseded_at=None), declared=True)
    successor = changes.relocated([move(LOGIN, new, taken=old.remote_id, takes=Role.SUCCESSOR)])(
        replace(state, resources={**state.resources, new: Recorded(RecordedObject(7))})
    )
    assert successor.resources[new].successor == replace(old, superseded_at=None)


def test_an_id_that_is_there_is_never_forgotten() -> None:
    """A record that moved has taken it along; whatever else a plan says, it is not dropped."""
    step = Step(LOGIN, Action.FORGET, T("gone"), remote_id=1110)
    there = Observation({ObjectId("template", 1110): seen()}, {"template": Listing.LISTED})
    gone = replace(there, objects={})
    kept, dropped = (
        changes.without_a_call(step, RESOURCES, None, look, NOW)(SNAPSHOT) for look in (there, gone)
    )
    assert kept == SNAPSHOT
    assert dropped.resources[LOGIN].current is None


def test_intents_open_and_close_by_their_ids() -> None:
    third = replace(INTENT, id="c")
    opened = changes.intended((third,))(SNAPSHOT)
    assert opened == replace(SNAPSHOT, intents=(INTENT, OTHER, third))
    assert changes.closed(frozenset({"a", "c"}))(opened) == replace(SNAPSHOT, intents=(OTHER,))
    assert changes.closed(frozenset())(SNAPSHOT) == SNAPSHOT


def test_changes_are_applied_in_their_order() -> None:
    both = changes.chained(
        changes.on(NEWS, lambda record: replace(record, current=NEW)),
        changes.on(NEWS, lambda record: changes.removed(record, 1111)),
    )
    assert both(SNAPSHOT) == SNAPSHOT
    assert changes.chained()(SNAPSHOT) == SNAPSHOT
