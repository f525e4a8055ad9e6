"""Deletions that need a wish, and promotions that need a word: guards, needs and holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from smsops.kinds import RESOURCES
from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    Commit,
    DeleteLimit,
    Desired,
    Lifecycle,
    Listing,
    Observation,
    Observed,
    Older,
    Origin,
    PlanOptions,
    Promotion,
    Recorded,
    RecordedObject,
    Role,
    Spec,
    Step,
)
from smsops.planning import decisions
from smsops.planning.decisions import Delta, Hold, Need, Presence, Standing
from smsops.planning.holds import held_successor
from smsops.text.messages import T
from tests.support import worlds
from tests.support.worlds import (
    ADDRESS,
    LONG_AGO,
    NOW,
    OTHER,
    SIGN_SPEC,
    SPEC,
    World,
    adopted,
    record,
    seen,
    written,
)

A = Action
KIND = RESOURCES["template"]
TWO = {**SPEC, "content": "验证码{1}，{2}分钟内有效。"}


def declared(name: str, file: str, number: int) -> Recorded:
    spec = {**SPEC, "templateName": name, "content": f"编号{number}：{{1}}。"}
    return Recorded(written(number, spec), declared=True, manifest=file)


def manifest(name: str, file: str, number: int) -> Desired:
    spec = {**SPEC, "templateName": name, "content": f"编号{number}：{{1}}。"}
    return Desired(Address("template", name), spec, origin=Origin(file, 1))


def project(**files: str) -> tuple[Mapping[Address, Recorded], tuple[Observed, ...]]:
    """Templates by name, each with the file that declared it; their objects are active."""
    records = {
        Address("template", name): declared(name, file, number)
        for number, (name, file) in enumerate(files.items(), 1)
    }
    there = tuple(
        seen(int(item.current.remote_id), item.current.submitted)
        for item in records.values()
        if item.current is not None
    )
    return records, there


def actions(world: World) -> dict[str, Action]:
    return {str(step.address.name): step.action for step in world.rows()}


# -- guards --------------------------------------------------------------------------------------


def test_a_kind_without_any_manifest_deletes_nothing_unasked() -> None:
    records, there = project(a="templates/a.yaml", b="templates/b.yaml")
    sign = Desired(Address("sign", "acme"), SIGN_SPEC, origin=Origin("signs/acme.yaml", 1))
    world = World(desired=(sign,), recorded=records, observed=there, a_sign_exists=False)
    rows = {step.address.name: step for step in world.rows()}
    assert {name: step.action for name, step in rows.items()} == {
        "acme": A.CREATE,  # other rows run
        "a": A.BLOCKED,
        "b": A.BLOCKED,
    }
    assert "no manifest declares a template any more, and 2 are recorded" in rows["a"].reason.plain
    meant = replace(world, options=PlanOptions(allow_empty=True))
    assert actions(meant) == {"acme": A.CREATE, "a": A.DELETE, "b": A.DELETE}


def test_a_directory_without_any_manifest_deletes_nothing_unasked() -> None:
    records, there = project(
        a="templates/a.yaml", b="templates/shop/b.yaml", c="templates/shop/c.yaml"
    )
    world = World(desired=(manifest("a", "templates/a.yaml", 1),), recorded=records, observed=there)
    rows = {step.address.name: step for step in world.rows()}
    assert {name: step.action for name, step in rows.items()} == {
        "a": A.NOOP,
        "b": A.BLOCKED,
        "c": A.BLOCKED,
    }
    assert (
        "no manifest is left in templates/shop/, which held 2 manifests" in rows["b"].reason.plain
    )
    moved = replace(world, desired=(manifest("a", "templates/shop/a.yaml", 1),))
    assert actions(moved) == {"a": A.NOOP, "b": A.DELETE, "c": A.DELETE}


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ({"a": "templates/a.yaml", "b": "templates/b.yaml", "c": "templates/c.yaml"}, "bc"),
        ({"a": "templates/x/a.yaml", "b": "templates/b.yaml"}, "b"),
        ({"a": "templates/a.yaml", "b": "templates/x/b.yaml"}, "b"),
        ({"a": "templates/a.yaml"}, ""),
    ],
)
def test_an_ordinary_removal_needs_no_flag(files: Mapping[str, str], kept: str) -> None:
    """One manifest of several, the only one of its directory, the only one of its kind."""
    records, there = project(**files)
    numbers = dict(zip(files, range(1, 9), strict=False))
    world = World(
        desired=tuple(manifest(name, files[name], numbers[name]) for name in kept),
        recorded=records,
        observed=there,
    )
    assert actions(world)["a"] is A.DELETE


def test_a_file_that_is_there_and_not_read_is_no_wish() -> None:
    records, there = project(a="templates/a.yaml", b="templates/b.yaml")
    a, kept = Address("template", "a"), (manifest("b", "templates/b.yaml", 2),)
    world = World(desired=kept, recorded=records, observed=there, stray={a: "templates/a.yaml.bak"})
    rows = {step.address.name: step for step in world.rows()}
    assert {name: step.action for name, step in rows.items()} == {"a": A.BLOCKED, "b": A.NOOP}
    assert rows["a"].reason_code == "not_read"
    assert "templates/a.yaml.bak still declares it" in rows["a"].reason.plain
    meant = replace(world, options=PlanOptions(not_renamed=(a,)))
    assert actions(meant) == {"a": A.DELETE, "b": A.NOOP}
    empty = replace(world, options=PlanOptions(allow_empty=True))
    assert actions(empty) == {"a": A.BLOCKED, "b": A.NOOP}, "it is there"
    gone = replace(world, observed=tuple(each for each in there if each.remote_id != 1))
    assert actions(gone) == {"a": A.FORGET, "b": A.NOOP}


def test_records_that_no_manifest_declared_do_not_count_for_the_guards() -> None:
    records, there = project(a="templates/a.yaml", b="templates/b.yaml")
    b = Address("template", "b")
    bound = {**records, b: replace(records[b], declared=False, manifest=None)}
    world = World(recorded=bound, observed=there)
    assert actions(world) == {"a": A.DELETE, "b": A.NOOP}


NEWEST, HEAD = Commit("b" * 40, 2000), Commit("a" * 40, 1000)


def test_an_older_commit_deletes_nothing_unasked() -> None:
    records, there = project(a="templates/a.yaml", b="templates/b.yaml")
    kept = (manifest("b", "templates/b.yaml", 2),)
    world = World(desired=kept, recorded=records, observed=there, older=Older(NEWEST, HEAD))
    rows = {step.address.name: step for step in world.rows()}
    assert {name: step.action for name, step in rows.items()} == {"a": A.BLOCKED, "b": A.NOOP}
    assert "a newer commit (bbbbbbbbbbbb) was applied already and this one is aaaaaaaaaaaa" in (
        rows["a"].reason.plain
    )
    meant = replace(world, options=PlanOptions(allow_older_commit=True))
    assert actions(meant) == {"a": A.DELETE, "b": A.NOOP}


def test_an_older_commit_retires_and_abandons_nothing_unasked_either() -> None:
    """Its texts come back, and what the newer commit brought is not deleted for that."""
    superseded = replace(written(3, OTHER), superseded_at=LONG_AGO - 3600)
    retiring = World(
        desired=(worlds.desired(),),
        recorded=record(written(1), None, (superseded,)),
        observed=(seen(1), seen(3, OTHER)),
        older=Older(NEWEST, HEAD),
    )
    assert retiring.deposed().action is A.BLOCKED
    assert replace(retiring, older=None).deposed().action is A.RETIRE
    review = Standing.IN_REVIEW
    abandoning = World(
        desired=(worlds.desired(),),
        recorded=record(written(1), written(2, OTHER, standing=review)),
        observed=(seen(1), seen(2, OTHER, standing=review)),
        older=Older(NEWEST, HEAD),
    )
    assert abandoning.row().action is A.BLOCKED
    assert replace(abandoning, older=None).row().action is A.ABANDON


def test_where_git_cannot_tell_the_commit_nothing_is_deleted_unasked() -> None:
    records, there = project(a="templates/a.yaml", b="templates/b.yaml")
    kept = (manifest("b", "templates/b.yaml", 2),)
    older = Older(NEWEST, None, T("dubious ownership"))
    world = World(desired=kept, recorded=records, observed=there, older=older)
    rows = {step.address.name: step for step in world.rows()}
    assert rows["a"].action is A.BLOCKED
    assert "git cannot tell whether this one is older: dubious ownership" in rows["a"].reason.plain


def test_a_guard_does_not_wear_off_when_objects_are_forgotten() -> None:
    """Somebody removes one in the console while the directory is still empty."""
    records, there = project(a="templates/x/a.yaml", b="templates/x/b.yaml", c="templates/c.yaml")
    kept = (manifest("c", "templates/c.yaml", 3),)
    world = World(desired=kept, recorded=records, observed=there[1:])
    assert actions(world) == {"a": A.BLOCKED, "b": A.BLOCKED, "c": A.NOOP}
    empty = replace(world, desired=())
    assert {actions(empty)[name] for name in "abc"} == {A.BLOCKED}


def test_what_only_moved_to_another_directory_does_not_count_for_the_guard() -> None:
    """A directory is renamed and one of its manifests dropped: the first run and every later one
    say the same.
    """
    records, there = project(a="templates/x/a.yaml", b="templates/x/b.yaml", c="templates/x/c.yaml")
    kept = (manifest("a", "templates/y/a.yaml", 1), manifest("b", "templates/y/b.yaml", 2))
    world = World(desired=kept, recorded=records, observed=there)
    assert actions(world) == {"a": A.NOOP, "b": A.NOOP, "c": A.DELETE}


def test_two_manifests_of_one_file_are_named_together_when_nothing_is_alike() -> None:
    """A rename with a new title and a new text looks like two templates; people do that too."""
    records, there = project(a="templates/x.yaml", b="templates/b.yaml")
    kept = manifest("b", "templates/b.yaml", 2)
    world = World(
        desired=(kept, manifest("c", "templates/x.yaml", 9)), recorded=records, observed=there
    )
    rows = {step.address.name: step for step in world.rows()}
    assert {name: step.action for name, step in rows.items()} == {
        "a": A.DELETE,
        "b": A.NOOP,
        "c": A.CREATE,
    }
    for name in ("a", "c"):
        assert "run `smsops state mv template.a template.c` first" in rows[name].consequence.plain
    elsewhere = replace(world, desired=(kept, manifest("c", "templates/c.yaml", 9)))
    assert all("state mv" not in step.consequence.plain for step in elsewhere.rows())


@pytest.mark.parametrize(
    ("limit", "removed", "action"),
    [
        (DeleteLimit(), 3, A.DELETE),
        (DeleteLimit(), 4, A.BLOCKED),  # 30 % of 12
        (DeleteLimit(4, None), 4, A.DELETE),
        (DeleteLimit(None, 50, 0), 6, A.DELETE),
        (DeleteLimit(None, 50, 0), 7, A.BLOCKED),
    ],
)
def test_a_share_of_all_objects_limits_deletes(
    limit: DeleteLimit, removed: int, action: Action
) -> None:
    files = {f"t{number}": f"templates/t{number}.yaml" for number in range(1, 13)}
    records, there = project(**files)
    kept = [manifest(name, file, int(name[1:])) for name, file in files.items()][removed:]
    world = World(
        desired=tuple(kept),
        recorded=records,
        observed=there,
        options=PlanOptions(max_deletes=limit),
    )
    rows = [step for step in world.rows() if step.action is not A.NOOP]
    assert {step.action for step in rows} == {action}
    assert len(rows) == removed


# -- the last of its kind ------------------------------------------------------------------------


def pair(standing: Standing, **changes: str) -> World:
    """``old`` is removed and active; ``new`` is there, alike, and stands so."""
    spec = {**SPEC, "content": "另一个内容{1}。", **changes}
    old, new = Address("template", "old"), Address("template", "new")
    return World(
        desired=(Desired(new, spec),),
        recorded={
            old: Recorded(written(1), declared=True),
            new: Recorded(written(2, spec, standing=standing), declared=True),
        },
        observed=(seen(1), seen(2, spec, standing=standing)),
    )


def test_what_is_alike_is_kept_until_the_other_one_is_active() -> None:
    world = pair(Standing.IN_REVIEW)
    [row] = [step for step in world.rows() if step.address.name == "old"]
    decision = decisions.KEPT[Need.REPLACEMENT]
    assert row.action is decision.action is A.WAIT
    assert (
        row.reason.plain
        == "no longer declared; kept until template.new is active, which is alike, and deleted then"
    )
    assert "`smsops apply --not-renamed template.old`" in row.consequence.plain
    assert actions(pair(Standing.ACTIVE))["old"] is A.DELETE
    assert actions(pair(Standing.REJECTED))["old"] is A.WAIT
    other = pair(Standing.IN_REVIEW, templateName="另一个")
    assert actions(other)["old"] is A.DELETE, "nothing in common"
    meant = PlanOptions(not_renamed=(Address("template", "old"),))
    assert actions(replace(world, options=meant))["old"] is A.DELETE


def test_what_is_not_active_is_not_kept() -> None:
    world = pair(Standing.IN_REVIEW)
    review = replace(world.observed[0], review=review_of(-1))
    assert actions(replace(world, observed=(review, world.observed[1])))["old"] is A.DELETE


def test_retiring_waits_for_another_manifest_that_is_alike() -> None:
    old = replace(written(3, OTHER), superseded_at=LONG_AGO - 3600)
    copy = Address("template", "copy")
    world = World(
        desired=(worlds.desired(), Desired(copy, {**OTHER, "templateName": "别的"})),
        recorded={
            **record(written(1), None, (old,)),
            copy: Recorded(
                written(4, {**OTHER, "templateName": "别的"}, standing=Standing.IN_REVIEW),
                declared=True,
            ),
        },
        observed=(
            seen(1),
            seen(3, OTHER),
            seen(4, {**OTHER, "templateName": "别的"}, standing=Standing.IN_REVIEW),
        ),
    )
    assert world.deposed().action is A.WAIT
    active = (*world.observed[:2], seen(4, {**OTHER, "templateName": "别的"}))
    assert replace(world, observed=active).deposed().action is A.RETIRE


def sign(name: str, number: int) -> tuple[Address, Recorded]:
    spec = {**SIGN_SPEC, "signName": name}
    item = RecordedObject(
        number, submitted=spec, review=review_of(0), submitted_at=LONG_AGO, activated_at=LONG_AGO
    )
    return Address("sign", f"s{number}"), Recorded(item, declared=True)


def sign_seen(name: str, number: int, code: int = 0, where: bool = False) -> Observed:
    spec: Spec = {"signName": name, "international": where}
    return Observed("sign", number, spec, review_of(code), LONG_AGO)


def test_a_sign_is_kept_until_the_declared_one_is_active() -> None:
    fresh = Desired(Address("sign", "new"), {**SIGN_SPEC, "signName": "新名"})
    world = World(
        desired=(fresh, worlds.desired()),
        recorded={**dict([sign("旧名", 11)]), **record(written(1))},
        observed=(sign_seen("旧名", 11), seen(1)),
        a_sign_exists=False,
    )
    [row] = [step for step in world.rows() if step.address.name == "s11"]
    assert row.action is decisions.KEPT[Need.STAND_IN].action is A.WAIT
    assert "kept until sign.new is active" in row.reason.plain
    recorded = {**world.recorded, fresh.address: Recorded(RecordedObject(12), declared=True)}
    later = replace(world, recorded=recorded, observed=(*world.observed, sign_seen("新名", 12)))
    assert actions(later)["s11"] is A.DELETE


def test_the_last_active_sign_stays_while_templates_need_one() -> None:
    world = World(
        desired=(worlds.desired(),),
        recorded={**dict([sign("旧名", 11)]), **record(written(1))},
        observed=(sign_seen("旧名", 11), seen(1)),
        a_sign_exists=False,
    )
    [row] = [step for step in world.rows() if step.address.name == "s11"]
    assert row.action is A.BLOCKED
    assert "it is the last active sign and template.login needs one" in row.reason.plain
    another = (*world.observed, sign_seen("别的", 12))
    assert actions(replace(world, observed=another))["s11"] is A.DELETE
    abroad = (*world.observed, sign_seen("Other", 12, where=True))
    assert actions(replace(world, observed=abroad))["s11"] is A.BLOCKED
    inactive = (*world.observed, sign_seen("别的", 12, code=1))
    assert actions(replace(world, observed=inactive))["s11"] is A.BLOCKED
    alone = replace(world, desired=(), recorded=dict([sign("旧名", 11)]))
    assert actions(alone)["s11"] is A.DELETE, "nothing needs it"


def test_two_signs_that_go_together_are_the_last_ones_together() -> None:
    world = World(
        desired=(worlds.desired(),),
        recorded={**dict([sign("甲名", 11), sign("乙名", 12)]), **record(written(1))},
        observed=(sign_seen("甲名", 11), sign_seen("乙名", 12), seen(1)),
        a_sign_exists=False,
        options=PlanOptions(allow_empty=True),
    )
    assert {actions(world)[name] for name in ("s11", "s12")} == {A.BLOCKED}


# -- the only active object ----------------------------------------------------------------------


@pytest.mark.parametrize("delta", Delta)
@pytest.mark.parametrize("current", [Standing.REJECTED_ONCE_ACTIVE, Standing.IN_REVIEW])
def test_an_active_successor_takes_over_where_the_current_object_is_not_active(
    current: Standing, delta: Delta
) -> None:
    world = World(
        desired=(worlds.desired(delta),),
        recorded=record(written(1, OTHER, standing=current), written(2)),
        observed=(seen(1, OTHER, standing=current), seen(2)),
    )
    row = world.row()
    assert (row.action, row.remote_id) == (decisions.ONLY_ACTIVE[delta].action, 2)
    assert row.reason == decisions.ONLY_ACTIVE[delta].reason
    assert row.action is A.PROMOTE


def test_it_takes_over_even_when_the_manifest_went_back() -> None:
    """Abandoning it would delete the only object that works."""
    current = Standing.REJECTED_ONCE_ACTIVE
    world = World(
        desired=(Desired(ADDRESS, OTHER),),
        recorded=record(written(1, OTHER, standing=current), written(2)),
        observed=(seen(1, OTHER, standing=current), seen(2)),
    )
    assert (world.row().action, world.row().remote_id) == (A.PROMOTE, 2)
    project = replace(
        world, recorded=record(written(1, OTHER), written(2)), observed=(seen(1, OTHER), seen(2))
    )
    assert (project.row().action, project.row().remote_id) == (A.ABANDON, 2)


def test_when_current_and_successor_are_gone_nothing_dead_is_kept() -> None:
    world = World(desired=(worlds.desired(),), recorded=record(written(1, OTHER), written(2)))
    rows = [(step.action, step.remote_id, step.deposed) for step in world.rows()]
    assert rows == [(A.CREATE, None, None), (A.FORGET, 2, 2)]
    found = replace(world, observed=(seen(5),))
    rows = [(step.action, step.remote_id, step.deposed) for step in found.rows()]
    assert rows == [(A.ADOPT, 5, None), (A.FORGET, 2, 2)]


# -- holds ---------------------------------------------------------------------------------------


def successor(after: Spec = TWO, promote: Promotion = Promotion.AUTO) -> World:
    """An active successor whose text has two parameters, where one was enough before."""
    item = Desired(ADDRESS, {**SPEC, **after}, Lifecycle(promote=promote))
    return World(
        desired=(item,),
        recorded=record(written(1), written(2, item.spec)),
        observed=(seen(1), seen(2, item.spec)),
    )


PROMOTE = PlanOptions(promote=(ADDRESS,))


@pytest.mark.parametrize(
    ("world", "causes"),
    [
        (successor(OTHER), ()),
        (successor(), (Hold.PARAMETERS,)),
        (successor(OTHER, promote=Promotion.MANUAL), (Hold.MANUAL,)),
        (successor(promote=Promotion.MANUAL), (Hold.PARAMETERS, Hold.MANUAL)),
    ],
)
def test_a_promotion_is_held_for_each_cause(world: World, causes: tuple[Hold, ...]) -> None:
    row = world.row()
    assert row.action is (A.HELD if causes else A.PROMOTE)
    for hold, text in decisions.HOLDS.items():
        assert (text.filled(before=1, after=2).plain in row.reason.plain) == (hold in causes)
    promoted = replace(world, options=PROMOTE).row()
    assert ("parameters 1 -> 2" in promoted.reason.plain) == (Hold.PARAMETERS in causes)
    submitted = replace(world, recorded=record(written(1)), observed=(seen(1),)).row()
    assert submitted.action is A.REPLACE
    held = "its promotion will be held" in submitted.consequence.plain
    assert held == bool(causes), "said before the review, not after it"
    if causes:
        assert (
            row.consequence.plain
            == "once callers are ready: `smsops apply --promote template.login`"
        )
        assert (row.remote_id, row.role) == (2, Role.SUCCESSOR)
        assert promoted.action is A.PROMOTE
    life = world.desired[0].lifecycle
    recorded = replace(world.recorded[ADDRESS], lifecycle=life)
    found = held_successor(KIND, recorded, observation(world))
    assert (found.causes if found else ()) == causes, "status and output say the same"


def observation(world: World) -> Observation:
    return Observation({item.key: item for item in world.observed}, {"template": Listing.LISTED})


def test_a_successor_that_is_not_active_holds_nothing_yet() -> None:
    world = successor()
    review = replace(world.observed[1], review=review_of(1))
    waiting = replace(world, observed=(world.observed[0], review))
    assert held_successor(KIND, world.recorded[ADDRESS], observation(waiting)) is None
    assert held_successor(KIND, Recorded(), observation(world)) is None


def test_where_the_current_object_is_gone_nothing_is_held() -> None:
    world = successor(promote=Promotion.MANUAL)
    gone = replace(world, observed=world.observed[1:])
    assert gone.row().action is A.PROMOTE
    assert held_successor(KIND, world.recorded[ADDRESS], observation(gone)) is None


def test_a_rollback_to_another_number_of_parameters_is_held() -> None:
    old = replace(written(1), superseded_at=int(NOW) - 60)
    world = World(
        desired=(worlds.desired(),),
        recorded=record(written(2, TWO), None, (old,)),
        observed=(seen(1), seen(2, TWO)),
    )
    rows = world.rows()
    assert [(step.action, step.remote_id) for step in rows] == [(A.HELD, 1)]
    assert "parameters 2 -> 1" in rows[0].reason.plain
    assert replace(world, options=PROMOTE).row().action is A.PROMOTE
    late = replace(old, superseded_at=LONG_AGO - 86_400)
    overdue = replace(world, recorded=record(written(2, TWO), None, (late,)))
    assert [step.action for step in overdue.rows()] == [A.HELD], "and not retired meanwhile"


# -- replacements that are asked for, and what adopted objects know ------------------------------


@pytest.mark.parametrize("standing", decisions.REPLACE_ASKED)
@pytest.mark.parametrize("delta", [Delta.NOTHING, Delta.NOTE])
def test_a_replacement_is_submitted_when_it_is_asked_for(standing: Standing, delta: Delta) -> None:
    world = worlds.reviewed(standing, delta)
    asked = replace(world, options=PlanOptions(replace=(ADDRESS,)))
    if (standing, delta) in {
        (Standing.REJECTED, Delta.NOTE),
        (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTE),
    }:
        assert world.row().action is A.UPDATE
    row = asked.row()
    assert (row.action, row.reason) == (A.REPLACE, decisions.REPLACE_ASKED[standing].reason)


def test_a_replacement_that_was_asked_for_is_not_abandoned_by_the_next_plan() -> None:
    world = World(
        desired=(worlds.desired(),),
        recorded=record(written(1), written(2, standing=Standing.IN_REVIEW)),
        observed=(seen(1), seen(2, standing=Standing.IN_REVIEW)),
    )
    assert (world.row().action, world.row().role) == (A.WAIT, Role.SUCCESSOR)


def test_a_sign_cannot_be_replaced_under_its_own_name() -> None:
    address, recorded = sign("艾克米", 11)
    world = World(
        desired=(Desired(address, SIGN_SPEC),),
        recorded={address: recorded},
        observed=(sign_seen("艾克米", 11),),
        options=PlanOptions(replace=(address,)),
        a_sign_exists=False,
    )
    [row] = world.rows()
    assert row.action is A.BLOCKED
    assert "refuses a second sign of the same name" in row.reason.plain


def test_a_corrected_assumption_is_no_change() -> None:
    row = adopted(smsType="notification", remark="别的").row()
    assert row.action is A.NOOP
    assert set(row.unverifiable) == {"smsType", "remark"}
    written_by_us = replace(adopted(smsType="notification"), recorded=record(written(1)))
    assert written_by_us.row().action is A.REPLACE


def test_the_first_replacement_of_an_adopted_object_shows_all_that_is_submitted() -> None:
    row = adopted(content="另一个内容{1}。", remark="别的").row()
    assert row.action is A.REPLACE
    assert {change.field: (change.before, change.after) for change in row.changed} == {
        "templateName": (SPEC["templateName"], SPEC["templateName"]),
        "content": (SPEC["content"], "另一个内容{1}。"),
        "smsType": ("verification", "verification"),
        "international": (False, False),
        "remark": (SPEC["remark"], "别的"),
    }
    assert set(row.unverifiable) == {"smsType", "remark"}
    ours = replace(adopted(content="另一个内容{1}。"), recorded=record(written(1)))
    assert [change.field for change in ours.row().changed] == ["content"]


def test_advice_about_successors_says_that_they_are_successors() -> None:
    spec = worlds.desired(Delta.CONTENT).spec
    world = replace(
        worlds.reviewed(Standing.ACTIVE, Delta.CONTENT),
        observed=(seen(1), seen(5, spec), seen(6, spec)),
    )
    assert "`smsops import template.login ID --as successor`" in world.row().reason.plain


# -- seen is seen --------------------------------------------------------------------------------


@pytest.mark.parametrize(("listed", "presence"), [(True, Presence.ABSENT), (False, Presence.YOUNG)])
def test_only_what_was_never_seen_may_be_late_in_the_listing(
    listed: bool, presence: Presence
) -> None:
    fresh = replace(written(1, submitted_at=worlds.JUST_NOW), listed=listed)
    world = World(desired=(worlds.desired(),), recorded=record(fresh))
    assert world.row().action is rules_action(presence)


def rules_action(presence: Presence) -> Action:
    decision = decisions.PRESENCE[True, True, presence]
    assert decision is not None
    return decision.action


def test_every_table_of_wishes_is_total() -> None:
    single = {Presence.THERE, Presence.ABSENT, Presence.YOUNG, Presence.UNREAD}
    assert set(decisions.BOUND) == single
    assert set(decisions.ONLY_ACTIVE) == set(Delta)
    assert set(decisions.HOLDS) == set(Hold)
    assert set(decisions.KEPT) == set(Need)
    assert set(decisions.MOVES) == set(decisions.Link)


@pytest.mark.parametrize("presence", decisions.BOUND)
def test_what_is_bound_and_not_declared_is_never_deleted(presence: Presence) -> None:
    world = worlds.presence(False, True, presence)
    bound = {ADDRESS: replace(world.recorded[ADDRESS], declared=False)}
    row: Step = replace(world, recorded=bound).row()
    assert row.action is decisions.BOUND[presence].action
    assert row.action is not A.DELETE
