"""Renames: which record belongs to which manifest, told as stories of whole projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from smsops.model import (
    Action,
    Address,
    Commit,
    Desired,
    Intent,
    Lifecycle,
    Observed,
    Older,
    PlanOptions,
    Recorded,
    Role,
    Step,
    Value,
)
from smsops.planning import decisions
from smsops.planning.decisions import Link, Standing
from smsops.text.messages import T
from tests.support import worlds
from tests.support.worlds import NOW, SPEC, World, seen, written

A = Action
X = "您的验证码是{1}。"
Y = "验证码{1}，请勿泄露。"
Z = "验证码：{1}，五分钟内有效。"
TWO = "验证码{1}，{2}分钟内有效。"


def at(name: str) -> Address:
    return Address("template", name)


def manifest(name: str, title: str, text: str, **changes: Value) -> Desired:
    spec = {**SPEC, "templateName": title, "content": text, **changes}
    return Desired(at(name), spec)


@dataclass(frozen=True)
class Story:
    """What was applied, and what the manifests say now. Objects are numbered as they come."""

    recorded: Mapping[str, Recorded]
    manifests: Sequence[Desired]
    seen: tuple[Observed, ...]
    options: PlanOptions = field(default_factory=PlanOptions)
    intents: tuple[Intent, ...] = ()

    def plan(self) -> Sequence[Step]:
        return self.world.rows()

    @property
    def world(self) -> World:
        return World(
            desired=tuple(self.manifests),
            recorded={at(name): record for name, record in self.recorded.items()},
            observed=self.seen,
            options=self.options,
            intents=self.intents,
        )

    def rows(self) -> list[str]:
        """``["otp adopt 1 < login", "login forget 1"]``, as they stand in the plan."""
        return [
            f"{step.address.name} {step.action}"
            + (f" {step.remote_id}" if step.remote_id is not None else "")
            + (f" < {step.moved_from.name}" if step.moved_from is not None else "")
            for step in self.plan()
        ]


def applied(**objects: tuple[str, str]) -> tuple[dict[str, Recorded], tuple[Observed, ...]]:
    """Active objects by name, as (title, text); their ids count from 1."""
    recorded, there = {}, []
    for number, (name, (title, text)) in enumerate(objects.items(), 1):
        spec = {**SPEC, "templateName": title, "content": text}
        recorded[name] = Recorded(written(number, spec), declared=True)
        there.append(seen(number, spec))
    return recorded, tuple(there)


def story(objects: Mapping[str, tuple[str, str]], *manifests: Desired, **more: Any) -> Story:
    recorded, there = applied(**objects)
    return Story(recorded, manifests, there, **more)


ONE = {"login": ("登录", X)}
PAIR = {"login": ("登录", X), "pay": ("支付", Y)}


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        pytest.param(ONE, [manifest("otp", "登录", X)], ["login forget 1", "otp adopt 1 < login"], id="renamed"),
        pytest.param(ONE, [manifest("otp", "登录", Y)], ["login forget 1", "otp replace 1 < login"], id="renamed, text edited"),
        pytest.param(ONE, [manifest("otp", "登录码", X)], ["login forget 1", "otp adopt 1 < login"], id="renamed, title edited: held from then on"),
        pytest.param(ONE, [manifest("otp", "登录码", Y)], ["login delete 1", "otp create"], id="nothing in common: another template"),
        pytest.param(ONE, [manifest("otp", "登录", TWO)], ["login wait 1", "otp create"], id="other parameters: kept until the other one is active"),
        pytest.param(ONE, [manifest("otp", "登录", X, international=True)], ["login wait 1", "otp create"], id="another international is another template: kept until that is active"),
        pytest.param(ONE, [manifest("otp", "登录", Y, smsType="notification")], ["login blocked 1", "otp blocked"], id="renamed, text and type edited"),
        pytest.param(ONE, [manifest("otp", "登录", X, smsType="notification")], ["login forget 1", "otp replace 1 < login"], id="equal texts, another type: a rename and an edit"),
        pytest.param(PAIR, [manifest("pay", "登录", X), manifest("order", "支付", Y)], ["login forget 1", "order adopt 2 < pay", "pay adopt 1 < login"], id="a chain"),
        pytest.param(PAIR, [manifest("login", "支付", Y), manifest("pay", "登录", X)], ["login adopt 2 < pay", "pay adopt 1 < login"], id="a swap"),
        pytest.param(PAIR, [manifest("pay", "登录", X), manifest("order", "支付", Z)], ["login forget 1", "order replace 2 < pay", "pay adopt 1 < login"], id="a chain whose end is edited"),
        pytest.param(ONE, [manifest("login", "登录", Y), manifest("copy", "登录", X)], ["copy wait", "login replace 1"], id="copied, then the original edited"),
        pytest.param(ONE, [manifest("login", "登录", X), manifest("copy", "登录", Y)], ["copy create", "login noop 1"], id="copied, then the copy edited"),
        pytest.param(ONE, [manifest("a", "登录", Y), manifest("b", "登录", Z)], ["a blocked", "b blocked", "login blocked 1"], id="two may be the renamed one"),
        pytest.param({"a": ("通知", X), "b": ("通知", Y)}, [manifest("c", "通知", Z)], ["a blocked 1", "b blocked 2", "c blocked"], id="one may be either of two"),
        pytest.param({"a": ("通知", X), "b": ("通知", Y), "c": ("通知", Z)}, [manifest("b", "通知", Y), manifest("c", "通知", Z)], ["a delete 1", "b noop 2", "c noop 3"], id="many of one name: removing one deletes one"),
        pytest.param({"a": ("通知", X), "b": ("通知", Y)}, [manifest("b", "通知", Y), manifest("c", "通知", Z)], ["a forget 1", "b noop 2", "c replace 1 < a"], id="many of one name, one renamed and edited"),
        pytest.param(PAIR, [manifest("pay", "支付", Y)], ["login delete 1", "pay noop 2"], id="removed"),
        pytest.param(PAIR, [manifest("login", "登录", Y), manifest("pay", "支付", X)], ["login replace 1", "pay replace 2"], id="texts swapped, titles kept: two edits"),
        pytest.param(PAIR, [manifest("pay", "登录", X)], ["login forget 1", "pay promote 1 < login"], id="removed, and the other one renamed to it"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_record(
    before: Mapping[str, tuple[str, str]], after: Sequence[Desired], rows: Sequence[str]
) -> None:
    assert story(before, *after).rows() == rows


@pytest.mark.parametrize("link", Link)
def test_the_table_decides_what_a_link_means(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """A doubt blocks both rows with the guard of its row."""
    worlds_of = {
        Link.EXACT: story(ONE, manifest("otp", "登录", X)),
        Link.NEAR: story(ONE, manifest("otp", "登录", Y)),
        Link.OTHER_TYPE: story(ONE, manifest("otp", "登录", Y, smsType="notification")),
        Link.UNCLEAR: story(ONE, manifest("a", "登录", Y), manifest("b", "登录", Z)),
    }
    guard = decisions.MOVES[link]
    rows = worlds_of[link].plan()
    if guard is None:
        assert any(step.moved_from for step in rows)
        return
    assert {step.action for step in rows} == {A.BLOCKED}
    monkeypatch.setitem(decisions.GUARDS, guard, T("as the table says"))
    assert {step.reason.plain for step in worlds_of[link].plan()} == {"as the table says"}


def test_a_doubt_names_what_a_person_may_type() -> None:
    reasons = {
        step.address.name: step.reason.plain
        for step in story(ONE, manifest("a", "登录", Y), manifest("b", "登录", Z)).plan()
    }
    assert "`smsops state mv template.login template.b`" in reasons["b"]
    assert "--not-renamed template.login" in reasons["b"]
    assert "template.a or template.b may be template.login renamed" in reasons["login"]
    other = story(ONE, manifest("otp", "登录", Y, smsType="notification")).plan()
    assert "template.otp is template.login renamed with another smsType" in other[0].reason.plain


def test_a_removal_that_is_meant_is_no_rename() -> None:
    meant = PlanOptions(not_renamed=(at("login"),))
    for text, kind in ((Y, "verification"), (Y, "notification"), (TWO, "verification")):
        told = story(ONE, manifest("otp", "登录", text, smsType=kind), options=meant)
        assert told.rows() == ["login delete 1", "otp create"]
    several = story(ONE, manifest("a", "登录", Y), manifest("b", "登录", Z), options=meant)
    assert several.rows() == ["a create", "b create", "login delete 1"]


def test_an_assumed_type_does_not_stop_a_move() -> None:
    told = story(ONE, manifest("otp", "登录", Y, smsType="notification"))
    current = told.recorded["login"].current
    assert current is not None
    guessed = Recorded(replace(current, assumed=("smsType", "remark")), declared=True)
    told = replace(told, recorded={"login": guessed})
    assert told.rows() == ["login forget 1", "otp replace 1 < login"]


@pytest.mark.parametrize("targets", [("otp",), ("login",)])
def test_half_a_move_is_blocked(targets: Sequence[str]) -> None:
    options = PlanOptions(targets=tuple(map(at, targets)))
    told = story(ONE, manifest("otp", "登录", Y), options=options)
    [row] = told.plan()
    assert row.action is A.BLOCKED
    left_out = "template.otp" if targets == ("login",) else "template.login"
    assert f"moves together with {left_out}, which --target leaves out" in row.reason.plain
    both = replace(told, options=PlanOptions(targets=(at("login"), at("otp"))))
    assert both.rows() == ["login forget 1", "otp replace 1 < login"]


def test_a_chain_is_split_by_any_of_its_targets() -> None:
    told = story(PAIR, manifest("pay", "登录", X), manifest("order", "支付", Y))
    for targets in (("pay",), ("pay", "order"), ("login", "order")):
        options = PlanOptions(targets=tuple(map(at, targets)))
        rows = replace(told, options=options).plan()
        assert {step.action for step in rows} == {A.BLOCKED}


def test_a_protected_record_moves_like_any_other() -> None:
    told = story(ONE, manifest("otp", "登录", Y))
    record = replace(told.recorded["login"], lifecycle=Lifecycle(protected=True))
    told = replace(told, recorded={"login": record})
    assert told.rows() == ["login forget 1", "otp replace 1 < login"]


def successor_under_way(standing: Standing = Standing.IN_REVIEW) -> Story:
    """``login`` is being replaced: its object 1 says X, the successor 2 says Y."""
    spec = {**SPEC, "templateName": "登录", "content": Y}
    recorded, there = applied(**ONE)
    successor = written(2, spec, standing=standing)
    record = replace(recorded["login"], successor=successor)
    return Story({"login": record}, [], (*there, seen(2, spec, standing=standing)))


def test_a_record_is_known_by_its_successor() -> None:
    told = successor_under_way()
    renamed = replace(told, manifests=[manifest("otp", "登录", Y)])
    assert renamed.rows() == ["login forget 2", "otp adopt 2 < login"]
    back = replace(told, manifests=[manifest("otp", "登录", X)])
    assert back.rows() == ["login forget 2", "otp abandon 2 < login"]


def test_move_and_promotion_are_one_step() -> None:
    told = replace(successor_under_way(Standing.ACTIVE), manifests=[manifest("otp", "登录", Y)])
    assert told.rows() == ["login forget 2", "otp promote 2 < login"]


def superseded() -> Story:
    """``login`` says Y since its object 1 (X) was superseded by 2."""
    spec = {**SPEC, "templateName": "登录", "content": Y}
    recorded, there = applied(**ONE)
    old = recorded["login"].current
    assert old is not None
    record = Recorded(
        written(2, spec), None, (replace(old, superseded_at=int(NOW) - 10**6),), declared=True
    )
    return Story({"login": record}, [manifest("login", "登录", Y)], (*there, seen(2, spec)))


def test_a_superseded_object_is_adopted_by_the_manifest_that_describes_it() -> None:
    told = superseded()
    assert told.rows() == ["login noop 2", "login retire 1"]
    copied = replace(told, manifests=[*told.manifests, manifest("copy", "登录", X)])
    assert copied.rows() == ["copy adopt 1 < login", "login noop 2", "login forget 1"]
    [row] = [step for step in copied.plan() if step.address == at("copy")]
    assert (row.taken, row.takes) == (1, Role.CURRENT)
    for targets in (("copy",), ("login",)):
        options = PlanOptions(targets=tuple(map(at, targets)))
        assert {s.action for s in replace(copied, options=options).plan()} == {A.BLOCKED}


def test_a_superseded_object_succeeds_where_it_is_wanted() -> None:
    """Another address asks for just the text that login has left: no review is needed."""
    told = superseded()
    spec = {**SPEC, "templateName": "通知", "content": Z}
    told = replace(
        told,
        recorded={**told.recorded, "news": Recorded(written(3, spec), declared=True)},
        seen=(*told.seen, seen(3, spec)),
        manifests=[*told.manifests, manifest("news", "登录", X)],
    )
    assert told.rows() == ["login noop 2", "login forget 1", "news promote 1 < login"]
    [row] = [step for step in told.plan() if step.address == at("news")]
    assert (row.taken, row.takes) == (1, Role.SUCCESSOR)


def test_a_wanted_successor_is_not_abandoned() -> None:
    """login goes back to X, and another manifest now describes the active successor."""
    told = successor_under_way(Standing.ACTIVE)
    told = replace(told, manifests=[manifest("login", "登录", X), manifest("otp", "登录", Y)])
    assert told.rows() == ["login noop 1", "login forget 2", "otp adopt 2 < login"]


def test_a_manifest_waits_for_an_object_that_is_still_in_use() -> None:
    told = story(ONE, manifest("login", "登录", Y), manifest("copy", "登录", X))
    [row] = [step for step in told.plan() if step.address == at("copy")]
    assert row.action is A.WAIT
    assert row.reason.plain == "template.login still uses just this object (id 1)"
    assert "--replace template.login" in row.consequence.plain


def test_a_title_that_is_kept_while_held_is_no_second_object() -> None:
    """The title of an approved object cannot change: another manifest of the old title waits."""
    told = story(ONE, manifest("login", "登录码", X), manifest("copy", "登录", X))
    assert told.rows() == ["copy wait", "login held 1"]


def test_an_object_of_both_values_serves_one_address() -> None:
    both = seen(1, {**SPEC, "templateName": "登录", "content": X, "international": "both"})
    told = replace(story(ONE, manifest("otp", "登录", X, international=True)), seen=(both,))
    assert told.rows() == ["login forget 1", "otp adopt 1 < login"]
    two = replace(told, manifests=[manifest("a", "登录", X), *told.manifests])
    assert two.rows() == ["a blocked", "login blocked 1", "otp blocked"]


def test_an_object_that_is_gone_moves_nowhere() -> None:
    told = replace(story(ONE, manifest("otp", "登录", X)), seen=())
    assert told.rows() == ["login forget 1", "otp create"]


def test_an_object_that_is_not_listed_yet_moves_all_the_same() -> None:
    """Otherwise a rename right after an apply would submit a second object."""
    told = story(ONE, manifest("otp", "登录", X))
    fresh = written(1, {**SPEC, "templateName": "登录"}, submitted_at=worlds.JUST_NOW)
    young = Recorded(fresh, declared=True)
    told = replace(told, recorded={"login": young}, seen=())
    assert told.rows() == ["login forget 1", "otp adopt 1 < login"]


def test_an_open_intent_keeps_its_address_out_of_moves() -> None:
    told = story(ONE, manifest("otp", "登录", X))
    intent = Intent("a", at("login"), "AddSmsTemplate", Role.SUCCESSOR, SPEC, (), int(NOW))
    assert replace(told, intents=(intent,)).rows() == ["login blocked 1", "otp wait"]


def test_what_was_only_bound_counts_as_not_recorded() -> None:
    """Exactly as declared: adopted from there. Nearly: a person says which it is."""
    recorded, there = applied(imported=("登录", X))
    bound = {"imported": replace(recorded["imported"], declared=False)}
    alone = Story(bound, [], there)
    assert alone.rows() == ["imported noop 1"]
    [row] = alone.plan()
    assert row.reason.plain == "bound, not declared"
    assert "`smsops state rm template.imported`" in row.consequence.plain
    exact = replace(alone, manifests=[manifest("login", "登录", X)])
    assert exact.rows() == ["imported forget 1", "login adopt 1 < imported"]
    near = replace(alone, manifests=[manifest("login", "登录", Y)])
    assert near.rows() == ["imported noop 1", "login blocked"]
    declared = replace(alone, manifests=[manifest("imported", "登录", X)])
    assert declared.rows() == ["imported noop 1"]
    gone = replace(alone, seen=())
    assert gone.rows() == ["imported forget 1"]


def test_a_move_between_declared_addresses_is_held_when_callers_would_break() -> None:
    before = {"login": ("登录", X), "pay": ("支付", TWO)}
    swapped = [manifest("login", "支付", TWO), manifest("pay", "登录", X)]
    told = story(before, *swapped)
    assert told.rows() == ["login held 1", "pay held 2"]
    login, pay = told.plan()
    assert "parameters 1 -> 2" in login.reason.plain
    assert "parameters 2 -> 1" in pay.reason.plain
    both_flags = "`smsops apply --promote template.login --promote template.pay`"
    assert both_flags in login.consequence.plain
    assert both_flags in pay.consequence.plain
    one = replace(told, options=PlanOptions(promote=(at("login"),)))
    assert one.rows() == ["login held 1", "pay held 2"], "the other one would break"
    both = replace(told, options=PlanOptions(promote=(at("login"), at("pay"))))
    assert both.rows() == ["login adopt 2 < pay", "pay adopt 1 < login"]


def test_a_record_moves_also_where_its_next_step_has_to_wait() -> None:
    """The successor that would be discarded is still needed elsewhere: the rest moves all the same,
    or its id would be in no record.
    """
    told = successor_under_way(Standing.ACTIVE)
    told = replace(told, manifests=[manifest("otp", "登录", Z), manifest("news", "登录", TWO)])
    assert told.rows() == ["login forget 2", "news create", "otp adopt 2 < login"]
    back = replace(told, manifests=[manifest("otp", "登录", X), manifest("news", "登录", TWO)])
    assert back.rows() == ["login forget 2", "news create", "otp adopt 2 < login"]


def test_whatever_holds_a_row_back_no_record_is_given_away_for_nothing() -> None:
    """Every address that gives its record away has one that takes it, in the same plan."""
    older = Older(Commit("b" * 40, 2), Commit("a" * 40, 1))
    told = replace(successor_under_way(Standing.ACTIVE), manifests=[manifest("otp", "登录", Z)])
    for world in (told.world, replace(told.world, older=older)):
        rows = world.rows()
        given = {
            step.address for step in rows if "renamed in the manifests to" in step.reason.plain
        }
        assert given == {step.moved_from for step in rows if step.moved_from and step.acting}


def test_a_protected_object_is_not_taken_over() -> None:
    """It stays at its address, blocked, and keeps its protection."""
    told = story(PAIR, manifest("pay", "登录", X))
    protected = replace(told.recorded["login"], lifecycle=Lifecycle(protected=True))
    told = replace(told, recorded={**told.recorded, "login": protected})
    rows = {step.address.name: step for step in told.plan()}
    assert rows["login"].action is not A.DELETE
    assert rows["pay"].moved_from is None or rows["login"].action is A.FORGET
    assert all(step.taken is None for step in told.plan())


def test_two_manifests_do_not_take_one_object() -> None:
    """It is filed under both values of international, and superseded where it was."""
    told = superseded()
    both = seen(1, {**SPEC, "templateName": "登录", "content": X, "international": "both"})
    told = replace(
        told,
        seen=(both, *told.seen[1:]),
        manifests=[
            *told.manifests,
            manifest("abroad", "登录", X, international=True),
            manifest("copy", "登录", X),
        ],
    )
    takers = [step for step in told.plan() if step.taken is not None]
    assert [step.address.name for step in takers] == ["abroad"]


def test_what_a_target_leaves_out_does_not_count_as_moved() -> None:
    """``copy`` would take over object 1 and be active, but not in this run."""
    told = superseded()
    spec = {**SPEC, "templateName": "登录", "content": TWO}
    told = replace(
        told,
        recorded={**told.recorded, "gone": Recorded(written(3, spec), declared=True)},
        seen=(*told.seen, seen(3, spec)),
        manifests=[*told.manifests, manifest("copy", "登录", X)],
    )
    assert "gone delete 3" in told.rows()
    targeted = replace(told, options=PlanOptions(targets=(at("gone"),)))
    assert targeted.rows() == ["gone wait 3"]


def test_a_record_and_a_bound_object_do_not_come_at_once() -> None:
    """First the record moves; the next plan adopts what was bound as its successor."""
    told = story(ONE, manifest("otp", "登录", X))
    x = {**SPEC, "templateName": "登录", "content": X}
    under_way = replace(told.recorded["login"], successor=written(2, x))  # asked for, gone since
    bound = Recorded(written(7, x), declared=False)
    told = replace(
        told,
        recorded={"login": under_way, "imported": bound},
        seen=(*told.seen, seen(7, x)),
    )
    assert told.rows() == ["imported noop 7", "login forget 1", "otp adopt 1 < login"]


def test_every_row_has_a_key_of_its_own() -> None:
    """A current object that moves away leaves its successor a row with the successor's id."""
    recorded, there = applied(login=("登录", X))
    two = {**SPEC, "templateName": "登录", "content": TWO}
    under_way = replace(recorded["login"], successor=written(2, two, standing=Standing.IN_REVIEW))
    told = Story(
        {"login": under_way},
        [manifest("otp", "登录", X)],
        (*there, seen(2, two, standing=Standing.IN_REVIEW)),
    )
    keys = [(step.address, step.deposed) for step in told.plan()]
    assert len(set(keys)) == len(keys)
    assert {step.remote_id for step in told.plan() if step.address == at("login")} == {1, 2}


def test_equal_projects_give_equal_plans_whatever_the_order() -> None:
    told = story(PAIR, manifest("pay", "登录", X), manifest("order", "支付", Z))
    turned = replace(
        told,
        manifests=tuple(reversed(told.manifests)),
        recorded=dict(reversed(list(told.recorded.items()))),
        seen=tuple(reversed(told.seen)),
    )
    assert turned.plan() == told.plan()


def test_ten_thousand_renames_of_one_title_are_matched_in_time() -> None:
    """One title for everything is common; pairs are never compared one by one."""
    count = 2_000
    texts = [f"您的验证码是{{1}}，编号{number}。" for number in range(count)]
    before = {f"t{number}": ("通知", text) for number, text in enumerate(texts)}
    after = [manifest(f"n{number}", "通知", text) for number, text in enumerate(texts)]
    rows = story(before, *after).plan()
    assert sum(step.action is A.ADOPT for step in rows) == count
