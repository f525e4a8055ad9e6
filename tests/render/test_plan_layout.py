"""A plan says first what matters, says once what is the same, and marks what changed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from smsops.kinds.reviews import review_of
from smsops.model import (
    Action,
    Address,
    Effect,
    FieldChange,
    Origin,
    Plan,
    Role,
    Spec,
    Step,
)
from smsops.planning import decisions
from smsops.planning.decisions import Decision, Guard, Presence
from smsops.planning.reasons import Reason
from smsops.render.plan.html import html
from smsops.render.plan.layout import ORDER, ORDINARY
from smsops.render.plan.markdown import markdown
from smsops.render.plan.text import text
from smsops.text.messages import T

NEW = decisions.NEW
ADOPTED = decisions.PRESENCE[True, False, Presence.EXACT]
GONE = decisions.PRESENCE[True, True, Presence.ABSENT]
CODE = "您的验证码是{1}，请勿泄露。"


def spec(name: str = "登录", content: str = CODE) -> Spec:
    return {
        "templateName": name,
        "content": content,
        "smsType": "verification",
        "international": False,
        "remark": "用户登录",
    }


def step(name: str, decision: Decision | None, **more: object) -> Step:
    assert decision is not None
    return Step(
        Address("template", name),
        decision.action,
        decision.reason,
        consequence=decision.consequence,
        **more,  # type: ignore[arg-type]
    )


def waits(name: str, number: int, until: str = "11:00", **more: object) -> Step:
    decision = Decision(Action.WAIT, Reason.IN_REVIEW, T(f"review expected by {until}"))
    return step(
        name, decision, remote_id=number, review=review_of(1), before=spec(f"模板{name}"), **more
    )


def plan(*steps: Step) -> Plan:
    return Plan("1", "ap-guangzhou", True, tuple(sorted(steps, key=lambda each: str(each.address))))


def everywhere(shown: Plan) -> dict[str, str]:
    page = re.sub(r"<[^>]+>", "", html(shown, seconds=1))
    return {
        "text": text(shown, seconds=1),
        "markdown": markdown(shown, seconds=1),
        "html": page,
    }


def test_blocked_and_deletes_come_first_in_every_format() -> None:
    steps = [
        Step(Address("template", f"t-{each}"), each, T("x"), consequence=T("y")) for each in Action
    ]
    for format, shown in everywhere(plan(*steps)).items():
        places = [re.search(rf"template\.t-{each}\b", shown) for each in ORDER]
        assert all(places), format
        found = [place.start() for place in places if place is not None]
        assert found == sorted(found), format


def test_an_ordinary_create_leaves_its_reason_to_the_legend() -> None:
    new = plan(step("a", NEW, after=spec()), step("b", NEW, after=spec()))
    for format, shown in everywhere(new).items():
        assert shown.count(str(NEW.consequence)) == 1, format
        assert f"create: {NEW.consequence}." in shown, format
        assert str(NEW.reason) not in shown, format
    assert "why:" not in text(new, seconds=1)


def test_a_create_for_another_reason_says_it() -> None:
    again = plan(step("a", GONE, after=spec()))
    for format, shown in everywhere(again).items():
        assert GONE is not None
        assert str(GONE.reason) in shown, format
        assert "create: " not in shown, format


def test_the_legend_knows_the_actions_that_need_no_word() -> None:
    assert set(ORDINARY) == {Action.CREATE, Action.ADOPT}


def test_a_new_object_shows_what_customers_see_and_verbose_all_of_it() -> None:
    new = plan(
        step("a", NEW, after=spec()), step("b", NEW, after={**spec(), "international": True})
    )
    short = text(new, seconds=1)
    assert short.count("remark") == 0
    assert short.count("international") == 1
    assert 'templateName  "登录"' in short
    assert "`-v` shows every field" in short
    full = text(new, seconds=1, every_field=True)
    assert full.count("remark") == full.count("international") == 2
    assert "`-v`" not in full
    assert markdown(new, seconds=1).count("| remark |") == 2


def test_an_adoption_is_one_line() -> None:
    adopts = [
        step(
            name, ADOPTED, remote_id=7, review=review_of(0), after=spec(), unverifiable=("smsType",)
        )
        for name in ("a", "b")
    ]
    moved = step("c", decisions.RENAME_NEW, remote_id=8, review=review_of(0), after=spec())
    shown = text(plan(*adopts, moved), seconds=1)
    assert shown.splitlines()[:6] == [
        '« adopt    template.a  (id 7, active)  "登录"',
        '« adopt    template.b  (id 7, active)  "登录"',
        '« adopt    template.c  (id 8, active)  "登录"  renamed in the manifests',
        "",
        "adopt: its id is recorded, nothing is written to the API.",
        "`-v` names 2 fields of adopted objects that the API does not return.",
    ]
    every = text(plan(*adopts, moved), seconds=1, every_field=True).splitlines()
    assert every[1:3] == [
        '« adopt    template.b  (id 7, active)  "登录"  unverifiable: smsType',
        '« adopt    template.c  (id 8, active)  "登录"  '
        "renamed in the manifests; the id moves to this address, nothing is written to the API",
    ]
    assert "`-v`" not in "".join(every)


def blocked(name: str, guard: Guard = Guard.PROTECTED, **more: Any) -> Step:
    """A deletion that a guard holds back, as the guard words it for this address."""
    values = {"reason": "no longer declared", "address": Address("template", name), **more}
    row = step(name, decisions.REMOVED, remote_id=7, review=review_of(0), before=spec())
    text = decisions.GUARDS[guard].filled(**values)
    return replace(row, action=Action.BLOCKED, reason=text, reason_code=guard, consequence=T(""))


def test_what_is_blocked_by_the_same_is_one_block() -> None:
    """Whichever address the advice names; every address is there."""
    both = plan(blocked("a"), blocked("long-name"), blocked("a-b"))
    assert text(both, seconds=0).startswith(
        "! blocked  3 objects: no longer declared, but protected: `smsops state unprotect ADDR` "
        "first, or keep the manifest\n"
        '    template.a          id 7, active  "登录"\n'
        '    template.a-b        id 7, active  "登录"\n'
        '    template.long-name  id 7, active  "登录"\n\n'
    )
    for format, shown in everywhere(both).items():
        assert shown.count("unprotect ADDR") == 1, format
        for name in ("a", "a-b", "long-name"):
            assert f"template.{name}" in shown, format


def test_a_block_says_of_each_what_its_words_leave_open() -> None:
    """The place of a manifest, where the reason is about it."""
    steps = [
        replace(blocked(name), reason=T("{file}:3 is short", file=file), origin=Origin(file, 3))
        for name, file in (("a", "templates/a.yaml"), ("b", "templates/b.yaml"))
    ]
    for format, shown in everywhere(plan(*steps)).items():
        assert "FILE is short" in shown, format
        assert "templates/a.yaml:3" in shown.replace("\\", ""), format
        assert "templates/b.yaml:3" in shown.replace("\\", ""), format


def test_what_is_blocked_by_different_things_stays_apart() -> None:
    """Another reason, a reply, or a field of its own."""
    several = {"count": 2, "limit": 1}
    other = blocked("b", Guard.TOO_MANY_DELETES, **several)
    replied = replace(blocked("c"), review=review_of(0, "ok"))
    edited = replace(blocked("d"), changed=(FieldChange("remark", Effect.NOTE, "a", "b"),))
    shown = text(plan(blocked("a"), other, replied, edited), seconds=0)
    assert shown.count("! blocked  template.") == 4


@pytest.mark.parametrize(
    "more",
    [
        {"review": review_of(1, "the reviewer asks something")},
        {"changed": (FieldChange("remark", Effect.NOTE, "a", "b"),)},
    ],
)
def test_what_has_something_of_its_own_to_say_stays_apart(more: dict[str, object]) -> None:
    decision = Decision(Action.WAIT, Reason.IN_REVIEW)
    odd = step("b", decision, **{"remote_id": 2, "review": review_of(1), **more})
    plain = [
        step(name, decision, remote_id=1, review=review_of(1), before=spec()) for name in ("a", "c")
    ]
    shown = text(plan(*plain, odd), seconds=0)
    assert shown.startswith("… wait     2 in review\n")
    assert "… wait     template.b  (id 2, in review)" in shown


def test_what_a_reviewer_says_is_shown_although_others_got_the_same_words() -> None:
    decision = Decision(Action.WAIT, Reason.IN_REVIEW)
    asked = review_of(1, "please wait")
    both = [step(name, decision, remote_id=1, review=asked) for name in ("a", "b")]
    assert text(plan(*both), seconds=0).count('reviewer: "please wait"') == 2


def test_waiting_successors_are_named_as_such() -> None:
    decision = Decision(Action.WAIT, Reason.SUCCESSOR_IN_REVIEW)
    both = [
        step(name, decision, remote_id=2, review=review_of(1), role=Role.SUCCESSOR)
        for name in ("a", "b")
    ]
    shown = text(plan(*both), seconds=0)
    assert shown.startswith(
        "… wait     2 objects: the successor is in review\n    template.a  successor id 2\n"
    )


def test_a_blocked_successor_is_called_one() -> None:
    """Its current object is another one, and works."""
    blocked = Step(
        Address("template", "a"),
        Action.BLOCKED,
        T("rejected"),
        remote_id=1115,
        review=review_of(-1, "不合规"),
        role=Role.SUCCESSOR,
    )
    for format, shown in everywhere(plan(blocked)).items():
        assert "successor id 1115, rejected" in shown, format


REPLACED = plan(
    Step(
        Address("template", "a"),
        Action.REPLACE,
        T("x"),
        changed=(
            FieldChange("content", Effect.CONTENT, CODE, CODE.replace("泄露", "告诉他人")),
            FieldChange("smsType", Effect.CONTENT, "verification", "marketing"),
        ),
    )
)


def test_changed_characters_are_marked_inside_a_text() -> None:
    coloured = text(REPLACED, seconds=1, colour=True)
    assert "\x1b[31;4m泄露\x1b[0m" in coloured
    assert "\x1b[32;4m告诉他人\x1b[0m" in coloured
    assert '\x1b[31m"verification"\x1b[0m -> \x1b[32m"marketing"\x1b[0m' in coloured
    plain = text(REPLACED, seconds=1)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    assert "请勿<del>泄露</del>。" in markdown(REPLACED, seconds=1)
    assert "请勿<ins>告诉他人</ins>。" in markdown(REPLACED, seconds=1)
    page = html(REPLACED, seconds=1)
    assert "请勿<mark>泄露</mark>。" in page
    assert "请勿<mark>告诉他人</mark>。" in page


def test_the_colour_of_held_can_be_read_on_black() -> None:
    held = plan(Step(Address("template", "a"), Action.HELD, T("x")))
    assert "\x1b[36m= held" in text(held, seconds=1, colour=True)
