"""Planner stories beyond single rows: order of the questions, matches, renames, guards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    DeleteLimit,
    Desired,
    Intent,
    ObjectId,
    Observed,
    PlanOptions,
    Recorded,
    RecordedObject,
    Role,
    Spec,
)
from smsops.planning.decisions import Delta, Standing
from smsops.render.plan.layout import about
from tests.support import worlds
from tests.support.worlds import (
    ADDRESS,
    LONG_AGO,
    OTHER,
    SIGN_SPEC,
    SPEC,
    World,
    record,
    seen,
    written,
)

A = Action
NEW = Address("template", "sign-in")


def test_rollback_comes_before_abandon_and_costs_no_write() -> None:
    old = replace(written(3, SPEC), superseded_at=LONG_AGO)
    third = {**SPEC, "content": "第三版{1}。"}
    world = World(
        desired=(worlds.desired(),),
        recorded=record(written(1, OTHER), written(2, third, standing=Standing.IN_REVIEW), (old,)),
        observed=(seen(1, OTHER), seen(2, third, standing=Standing.IN_REVIEW), seen(3, SPEC)),
    )
    row = world.row()
    assert (row.action, row.remote_id) == (A.PROMOTE, 3)
    assert len(world.rows()) == 1


def test_rollback_needs_an_active_object() -> None:
    old = replace(written(3, SPEC), superseded_at=LONG_AGO)
    world = World(
        desired=(worlds.desired(),),
        recorded=record(written(1, OTHER), None, (old,)),
        observed=(seen(1, OTHER), seen(3, SPEC, standing=Standing.REJECTED)),
    )
    assert world.row().action is A.REPLACE


def test_a_manifest_that_equals_the_current_object_abandons_the_successor() -> None:
    world = World(
        desired=(worlds.desired(Delta.NOTE),),
        recorded=record(written(1), written(2, OTHER, standing=Standing.IN_REVIEW)),
        observed=(seen(1), seen(2, OTHER, standing=Standing.IN_REVIEW)),
    )
    row = world.row()
    assert (row.action, row.remote_id) == (A.ABANDON, 2)


def test_a_successor_is_promoted_when_the_current_object_is_gone() -> None:
    world = World(
        desired=(worlds.desired(),),
        recorded=record(written(1, OTHER), written(2, SPEC, standing=Standing.IN_REVIEW)),
        observed=(seen(2, SPEC, standing=Standing.IN_REVIEW),),
    )
    row = world.row()
    assert (row.action, row.remote_id) == (A.PROMOTE, 2)


def test_a_young_successor_is_waited_for() -> None:
    world = World(
        desired=(worlds.desired(),),
        recorded=record(written(1, OTHER), written(2, SPEC, submitted_at=worlds.JUST_NOW)),
        observed=(seen(1, OTHER),),
    )
    assert world.row().action is A.WAIT


def test_a_replacement_adopts_a_successor_that_already_exists() -> None:
    world = replace(
        worlds.reviewed(Standing.ACTIVE, Delta.CONTENT),
        observed=(
            seen(1),
            seen(5, worlds.desired(Delta.CONTENT).spec, standing=Standing.IN_REVIEW),
        ),
    )
    row = world.row()
    assert (row.action, row.remote_id, row.role) == (A.ADOPT, 5, Role.SUCCESSOR)


def test_several_possible_successors_block_a_replacement() -> None:
    spec = worlds.desired(Delta.CONTENT).spec
    world = replace(
        worlds.reviewed(Standing.ACTIVE, Delta.CONTENT),
        observed=(seen(1), seen(5, spec), seen(6, spec)),
    )
    row = world.row()
    assert row.action is A.BLOCKED
    assert "5 active, 6 active" in row.reason.plain
    assert "smsops import template.login ID" in row.reason.plain


@pytest.mark.parametrize("standing", [Standing.REJECTED, Standing.REJECTED_ONCE_ACTIVE])
def test_reverting_is_advised_only_where_it_drops_a_rejected_successor(standing: Standing) -> None:
    """A replacement that was only asked for differs from the current object in nothing."""
    edited = World(
        desired=(worlds.desired(),),
        recorded=record(written(1, OTHER), written(2, standing=standing)),
        observed=(seen(1, OTHER), seen(2, standing=standing)),
    )
    assert edited.row().action is A.BLOCKED
    assert "revert it to drop the successor" in edited.row().reason.plain
    asked = replace(
        edited,
        recorded=record(written(1), written(2, standing=standing)),
        observed=(seen(1), seen(2, standing=standing)),
    )
    assert (asked.row().action, asked.row().reason_code) == (A.BLOCKED, edited.row().reason_code)
    assert "edit the manifest" in asked.row().reason.plain
    assert "revert" not in asked.row().reason.plain


def test_a_recorded_successor_makes_way_for_one_that_matches() -> None:
    spec = worlds.desired(Delta.IDENTITY).spec
    world = World(
        desired=(worlds.desired(Delta.IDENTITY),),
        recorded=record(written(1, OTHER), written(2, SPEC, standing=Standing.IN_REVIEW)),
        observed=(seen(1, OTHER), seen(2, SPEC, standing=Standing.IN_REVIEW), seen(5, spec)),
    )
    assert (world.row().action, world.row().remote_id) == (A.ABANDON, 2)


@pytest.mark.parametrize(
    ("observed", "action"),
    [
        ((seen(2, standing=Standing.REJECTED),), A.ADOPT),
        ((seen(2), seen(3, standing=Standing.REJECTED)), A.ADOPT),
        ((seen(2, standing=Standing.REJECTED), seen(3, standing=Standing.REJECTED)), A.BLOCKED),
        ((seen(2), seen(3, OTHER)), A.ADOPT),
        ((seen(2, standing=Standing.IN_REVIEW), seen(3, OTHER)), A.BLOCKED),
        ((seen(3, OTHER, standing=Standing.REJECTED),), A.BLOCKED),
        ((seen(2, {**SPEC, "international": True}),), A.CREATE),
        ((seen(2, {**SPEC, "international": "both"}),), A.ADOPT),
    ],
)
def test_matching_prefers_what_can_be_meant(observed: tuple[Observed, ...], action: Action) -> None:
    row = World(desired=(worlds.desired(),), observed=observed).row()
    assert row.action is action
    if action is A.ADOPT:
        assert row.remote_id == 2


def test_an_adopted_object_lists_what_nobody_can_verify() -> None:
    row = World(desired=(worlds.desired(),), observed=(seen(2),)).row()
    assert row.unverifiable == ("smsType", "remark")


def test_an_id_belongs_to_one_address() -> None:
    twin = Desired(NEW, SPEC)
    world = World(
        desired=(worlds.desired(), twin), recorded=record(written(1)), observed=(seen(1),)
    )
    assert {step.address: step.action for step in world.rows()} == {ADDRESS: A.NOOP, NEW: A.CREATE}


def test_a_rename_moves_the_id_without_a_write() -> None:
    world = World(
        desired=(Desired(NEW, SPEC),),
        recorded=record(written(1), protected=True),
        observed=(seen(1),),
    )
    rows = {step.address: step for step in world.rows()}
    assert (rows[NEW].action, rows[NEW].remote_id, rows[NEW].moved_from) == (A.ADOPT, 1, ADDRESS)
    assert rows[ADDRESS].action is A.FORGET


def test_half_a_rename_is_blocked() -> None:
    world = World(
        desired=(Desired(NEW, SPEC),),
        recorded=record(written(1)),
        observed=(seen(1),),
        options=PlanOptions(targets=(NEW,)),
    )
    assert [step.action for step in world.rows()] == [A.BLOCKED]
    assert "template.login" in world.rows()[0].reason.plain


def test_a_removed_manifest_deletes_every_id_of_its_address() -> None:
    old = replace(written(3, OTHER), superseded_at=LONG_AGO)
    world = World(
        recorded=record(written(1), written(2, OTHER), (old,)),
        observed=(seen(1), seen(2, OTHER), seen(3, OTHER)),
    )
    rows = [(step.action, step.remote_id, step.deposed) for step in world.rows()]
    assert rows == [(A.DELETE, 1, None), (A.DELETE, 2, 2), (A.DELETE, 3, 3)]


def test_protection_outlives_the_manifest() -> None:
    world = World(recorded=record(written(1), protected=True), observed=(seen(1),))
    row = world.row()
    assert row.action is A.BLOCKED
    assert "state unprotect template.login" in row.reason.plain


def test_too_many_deletes_block_all_of_them() -> None:
    many = {
        Address("template", f"t{number}"): Recorded(written(number), declared=True)
        for number in range(1, 8)
    }
    world = World(
        recorded=many,
        observed=tuple(seen(number) for number in range(1, 8)),
        options=PlanOptions(allow_empty=True),
    )
    assert {step.action for step in world.rows()} == {A.BLOCKED}
    assert (
        "this plan has 7 to delete and policy.maxDeletes is 5: `smsops apply --max-deletes 7`"
        in (world.rows()[0].reason.plain)
    )
    allowed = replace(world, options=PlanOptions((), DeleteLimit(7, None), True))
    assert {step.action for step in allowed.rows()} == {A.DELETE}


def test_one_delete_too_many_is_not_called_objects() -> None:
    world = World(recorded=record(written(1)), observed=(seen(1),))
    row = replace(world, options=PlanOptions(max_deletes=DeleteLimit(0, None))).row()
    assert row.action is A.BLOCKED
    assert "this plan has 1 to delete and policy.maxDeletes is 0" in row.reason.plain


def test_everything_gone_at_once_is_not_believed() -> None:
    addresses = [Address("template", f"t{number}") for number in range(3)]
    specs = [{**SPEC, "templateName": f"模板{number}"} for number in range(3)]
    world = World(
        desired=tuple(map(Desired, addresses, specs)),
        recorded={a: Recorded(written(n + 1, specs[n])) for n, a in enumerate(addresses)},
    )
    assert {step.action for step in world.rows()} == {A.BLOCKED}
    assert "--allow-recreate" in world.rows()[0].reason.plain
    sure = replace(world, options=PlanOptions(allow_recreate=True))
    assert {step.action for step in sure.rows()} == {A.CREATE}
    two = replace(world, recorded=dict(list(world.recorded.items())[:2]))
    assert {step.action for step in two.rows()} == {A.CREATE}


def test_what_cannot_be_listed_is_not_created_into_an_empty_state() -> None:
    world = World(desired=(worlds.desired(),), listed={"sign": True, "template": False})
    assert world.row().action is A.BLOCKED
    assert "--allow-unlisted" in world.row().reason.plain
    assert not world.plan().complete
    sure = replace(world, options=PlanOptions(allow_unlisted=True))
    assert sure.row().action is A.CREATE


def test_nothing_is_created_after_a_listing_that_never_came_to_rest() -> None:
    address = Address("template", "other")
    world = World(
        desired=(worlds.desired(), Desired(address, OTHER)),
        recorded={address: Recorded(written(1, OTHER), declared=True)},
        observed=(seen(1, OTHER),),
        listed={"sign": True, "template": False},
        unstable=frozenset({"template"}),
    )
    row = next(step for step in world.rows() if step.address == ADDRESS)
    assert row.action is A.BLOCKED
    assert "run the command again" in row.reason.plain
    legacy = replace(world, unstable=frozenset())
    assert next(s for s in legacy.rows() if s.address == ADDRESS).action is A.CREATE


def test_templates_need_a_sign() -> None:
    world = World(desired=(worlds.desired(),), a_sign_exists=False)
    assert world.row().action is A.BLOCKED
    assert "declare a sign" in world.row().reason.plain
    sign = Desired(Address("sign", "acme"), SIGN_SPEC)
    both = replace(world, desired=(sign, worlds.desired()))
    assert [step.action for step in both.rows()] == [A.CREATE, A.CREATE]
    only = replace(both, options=PlanOptions(targets=(ADDRESS,)))
    assert only.row().action is A.BLOCKED


def sign_seen(remote_id: int, name: str) -> Observed:
    spec: Spec = {"signName": name, "international": False, "qualificationId": 1000001}
    return Observed("sign", remote_id, spec, review_of(0), LONG_AGO)


def test_a_sign_name_held_by_another_address_blocks() -> None:
    first, second = Address("sign", "first"), Address("sign", "second")
    held = RecordedObject(
        11, submitted=SIGN_SPEC, review=review_of(0), submitted_at=LONG_AGO, activated_at=LONG_AGO
    )
    renamed = {**SIGN_SPEC, "signName": "新名字"}
    world = World(
        desired=(Desired(first, renamed), Desired(second, SIGN_SPEC)),
        recorded={first: Recorded(held)},
        observed=(sign_seen(11, "艾克米"),),
    )
    rows = {step.address: step for step in world.rows()}
    assert rows[first].action is A.REPLACE
    assert rows[second].action is A.WAIT
    assert "sign.first still uses just this object (id 11)" in rows[second].reason.plain
    under_way = Recorded(RecordedObject(12, submitted=renamed, review=review_of(0)), held)
    blocked = replace(
        world,
        recorded={first: under_way},
        observed=(sign_seen(12, "新名字"), replace(sign_seen(11, "艾克米"), review=review_of(7))),
    )
    rows = {step.address: step for step in blocked.rows()}
    assert rows[second].action is A.WAIT


def both(remote_id: int) -> Observed:
    return seen(remote_id, {**SPEC, "international": "both"})


def test_one_object_for_both_values_of_international_belongs_to_one_address() -> None:
    abroad = Desired(NEW, {**SPEC, "international": True})
    world = World(desired=(worlds.desired(), abroad), observed=(both(5),))
    rows = {step.address: step for step in world.rows()}
    assert (rows[ADDRESS].action, rows[ADDRESS].remote_id) == (A.ADOPT, 5)
    assert rows[NEW].action is A.BLOCKED
    assert "template.login has that object (id 5" in rows[NEW].reason.plain
    later = replace(world, recorded=record(written(5)))
    rows = {step.address: step for step in later.rows()}
    assert (rows[ADDRESS].action, rows[NEW].action) == (A.NOOP, A.BLOCKED)


def test_a_young_successor_is_not_gone_because_the_current_object_is() -> None:
    young = written(2, SPEC, submitted_at=worlds.JUST_NOW)
    world = World(desired=(worlds.desired(),), recorded=record(written(1, OTHER), young))
    assert world.row().action is A.WAIT
    unread = replace(world, unread=frozenset({ObjectId("template", 2)}))
    assert unread.row().action is A.BLOCKED
    reverted = World(
        desired=(worlds.desired(),),
        recorded=record(written(1), replace(young, submitted=OTHER)),
        observed=(seen(1),),
    )
    assert reverted.row().action is A.WAIT, "deleting what is not listed yet would lose its id"


def test_an_open_intent_blocks_its_address() -> None:
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), LONG_AGO)
    world = World(desired=(worlds.desired(),), observed=(seen(2),), intents=(intent,))
    assert world.row().action is A.BLOCKED
    assert world.row().reason.plain == "recovery due, apply resolves it"
    removed = replace(world, desired=(), observed=())
    assert [step.action for step in removed.rows()] == [A.BLOCKED]


@pytest.mark.parametrize("is_declared", [True, False])
def test_what_an_open_intent_may_have_made_is_no_stranger(is_declared: bool) -> None:
    """The next apply records it, and deletes it when no manifest declares it."""
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (4,), LONG_AGO)
    declared = (worlds.desired(),) if is_declared else ()
    plan = World(declared, {}, (seen(4), seen(5)), intents=(intent,)).plan()
    assert [item.remote_id for item in plan.unmanaged] == [9, 4]
    [row] = plan.steps
    assert "id 5 is what it made" in row.consequence.plain
    assert ("a later apply deletes it" in row.consequence.plain) is not is_declared


def test_what_another_manifest_is_about_to_adopt_is_no_stranger() -> None:
    """Whether that manifest is among the targets or not."""
    sign = Address("sign", "acme")
    world = World((worlds.desired(), Desired(sign, SIGN_SPEC)), observed=(seen(5),))
    targeted = replace(world, options=PlanOptions(targets=(sign,)))
    for each in (world, targeted):
        assert [item.remote_id for item in each.plan().unmanaged] == [9]


def test_what_may_be_a_strangers_is_left_to_a_person() -> None:
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), LONG_AGO)
    for observed in ((seen(5), seen(6)), (seen(5, OTHER),)):
        plan = World((worlds.desired(),), {}, observed, intents=(intent,)).plan()
        assert {item.remote_id for item in plan.unmanaged} == {9, *(o.remote_id for o in observed)}
        [row] = plan.steps
        assert "`smsops state resolve template.login --adopt ID`" in row.consequence.plain


def test_what_this_run_recovered_it_does_not_delete() -> None:
    world = World(recorded=record(written(1)), observed=(seen(1),))
    assert world.row().action is A.DELETE
    [row] = world.planned(recovered=(ObjectId("template", 1),)).steps
    assert (row.action, row.consequence.plain) == (A.WAIT, "the next apply deletes it")
    [other] = world.planned(recovered=(ObjectId("template", 2),)).steps
    assert other.action is A.DELETE, "only what was recovered is spared"


def test_an_object_that_works_is_named_beside_an_exact_one_that_does_not() -> None:
    """A state lost between submission and approval: the current object is not to be overlooked."""
    world = World(
        desired=(worlds.desired(),), observed=(seen(1, OTHER), seen(2, standing=Standing.IN_REVIEW))
    )
    row = world.row()
    assert row.action is A.BLOCKED
    assert '(ids 1 active, content "别的内容{1}。"; 2 in review)' in row.reason.plain
    assert "with the one that applications use" in row.reason.plain
    bound = replace(world, recorded=record(written(1, OTHER)))
    assert (bound.row().action, bound.row().remote_id) == (A.ADOPT, 2)
    assert bound.row().role is Role.SUCCESSOR


def test_a_successor_that_goes_with_its_manifest_is_called_one() -> None:
    old = replace(written(3, OTHER), superseded_at=LONG_AGO)
    world = World(
        recorded=record(written(1), written(2), (old,)), observed=(seen(1), seen(2), seen(3, OTHER))
    )
    assert [(row.remote_id, row.role) for row in world.rows()] == [
        (1, Role.CURRENT),
        (2, Role.SUCCESSOR),
        (3, Role.SUPERSEDED),
    ]
    assert [next(iter(about(row))) for row in world.rows()] == [
        "id 1",
        "successor id 2",
        "superseded id 3",
    ]


def test_a_template_waits_for_the_sign_that_a_target_leaves_out() -> None:
    sign = Address("sign", "acme")
    world = World(
        (worlds.desired(), Desired(sign, SIGN_SPEC)),
        options=PlanOptions(targets=(ADDRESS,)),
        a_sign_exists=False,
    )
    assert world.row().reason.plain.endswith("until one does: add --target sign.acme")
    alone = World((worlds.desired(),), options=PlanOptions(targets=(ADDRESS,)), a_sign_exists=False)
    assert alone.row().reason.plain.endswith("until one does: declare a sign")


def test_unmanaged_objects_are_reported_and_never_touched() -> None:
    plan = World(observed=(seen(4), seen(5))).plan()
    assert plan.steps == ()
    assert [item.remote_id for item in plan.unmanaged] == [9, 4, 5]
    assert not plan.applyable


def test_a_service_that_respells_text_causes_no_change() -> None:
    quoted = written(1, standing=Standing.IN_REVIEW)
    respelled = {**SPEC, "content": "您的验证码是 {1}｡"}
    read_back = replace(quoted, read_back=worlds.spelled(respelled))
    world = World(
        desired=(worlds.desired(),),
        recorded=record(read_back),
        observed=(seen(1, respelled, standing=Standing.IN_REVIEW),),
    )
    assert world.row().action is A.WAIT
    world = replace(world, recorded=record(replace(read_back, submitted=respelled)))
    world = replace(world, desired=(worlds.desired(content=str(respelled["content"])),))
    later = replace(world, observed=(seen(1, {**SPEC, "content": "您的验证码是\u3000{1}。"}),))
    assert later.row().action is A.NOOP, "the spelling is taken again when the review ends"
    edited = replace(world, observed=(seen(1, {**SPEC, "content": "改过了{1}"}),))
    assert edited.row().action is A.REPLACE, "another text is a change, whenever it came"
    edited = replace(world, observed=(seen(1, OTHER, standing=Standing.IN_REVIEW),))
    assert edited.row().action is A.UPDATE


def test_a_console_edit_to_the_manifests_value_is_no_change() -> None:
    world = World(
        desired=(worlds.desired(Delta.CONTENT),),
        recorded=record(written(1)),
        observed=(seen(1, worlds.desired(Delta.CONTENT).spec),),
    )
    assert world.row().action is A.NOOP


def test_rows_are_sorted_and_equal_inputs_give_equal_plans() -> None:
    addresses = [Address("template", name) for name in ("b", "a", "c")]
    specs = [{**SPEC, "templateName": name} for name in "bac"]
    one = World(desired=tuple(map(Desired, addresses, specs)))
    other = World(desired=tuple(reversed(one.desired)))
    assert [step.address.name for step in one.rows()] == ["a", "b", "c"]
    assert one.plan() == other.plan()
