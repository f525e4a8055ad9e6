"""Reason codes: each has words, none goes away, and every step of a plan carries one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from smsops.errors import StalePlan
from smsops.model import Action, Address, PlanOptions, Role
from smsops.model import Intent as OpenIntent
from smsops.planfile.agreement import agree
from smsops.planfile.document import row
from smsops.planfile.saved import SavedPlan
from smsops.planning import decisions, reasons
from smsops.planning.decisions import Decision, Delta, Guard, Hold, Presence, Standing
from smsops.planning.reasons import WORDS, Reason
from smsops.text.messages import Command, T, Text, advice
from tests.support import worlds
from tests.support.worlds import ADDRESS, JUST_NOW, SPEC, World, record, seen, written

#: What programs may rely on: codes that were released. One may be added, none may go.
RELEASED = frozenset(
    [
        "new",
        "removed",
        "exists_as_declared",
        "candidates_exist",
        "deleted_elsewhere",
        "deleted_elsewhere_other_exists",
        "deleted_elsewhere_candidates_exist",
        "not_listed_yet",
        "unread",
        "removed_already_gone",
        "bound",
        "bound_already_gone",
        "bound_not_listed_yet",
        "used_elsewhere",
        "as_declared",
        "note_differs",
        "approved_differs",
        "identity_differs",
        "approved",
        "in_review",
        "in_review_differs",
        "rejected",
        "rejected_differs",
        "not_active_any_more",
        "once_approved_differs",
        "review_unknown",
        "replacement_asked",
        "successor_active",
        "successor_active_note_differs",
        "successor_approved_differs",
        "successor_approved",
        "successor_approved_note_differs",
        "successor_in_review",
        "successor_in_review_differs",
        "successor_rejected",
        "successor_rejected_differs",
        "successor_not_active_any_more",
        "successor_once_approved_differs",
        "successor_deleted_elsewhere",
        "only_successor_active",
        "only_successor_active_note_differs",
        "successor_not_listed_yet",
        "successor_unread",
        "retire_after_over",
        "retire_after_not_over",
        "kept_while_current_not_active",
        "superseded_already_gone",
        "superseded_not_listed",
        "superseded_unread",
        "equals_retiring",
        "equals_current_again",
        "both_deleted_elsewhere",
        "current_deleted_elsewhere",
        "successor_exists_as_declared",
        "successor_candidates_exist",
        "other_successor_exists",
        "recovery_due",
        "recovered_just_now",
        "renamed",
        "let_go_elsewhere",
        "declared_elsewhere",
        "kept_until_replacement_active",
        "kept_until_stand_in_active",
        "protected",
        "too_many_deletes",
        "all_gone",
        "unlisted",
        "unstable",
        "served",
        "name_held",
        "no_prerequisite",
        "rename_split",
        "rename_unclear",
        "rename_other_type",
        "kind_empty",
        "directory_empty",
        "not_read",
        "older_commit",
        "commit_unknown",
        "last_prerequisite",
        "same_name",
        "incomplete",
        "parameters_change",
        "promote_manual",
    ]
)
CODES = [*Reason, *Guard, *Hold]


def test_no_released_code_goes_away() -> None:
    assert set(CODES) == RELEASED, "add new codes to the list; never take one out"
    assert len(CODES) == len(set(CODES)), "a code means one thing"
    assert all(re.fullmatch(r"[a-z_]+", code) for code in CODES)


def test_every_code_has_words() -> None:
    assert list(WORDS) == list(Reason)
    assert list(decisions.GUARDS) == list(Guard)
    assert list(decisions.HOLDS) == list(Hold)
    words = [text.template for text in (*WORDS.values(), *decisions.GUARDS.values())]
    assert all(words)
    assert len(words) == len(set(words))


def decided() -> Iterator[Decision]:
    """Every row of every table."""
    for value in vars(decisions).values():
        found = value.values() if isinstance(value, Mapping) else (value,)
        yield from (each for each in found if isinstance(each, Decision))


def test_every_code_is_used() -> None:
    assert {each.code for each in decided()} == set(Reason)


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("delta", list(Delta))
def test_a_step_carries_the_code_of_its_row(standing: Standing, delta: Delta) -> None:
    if standing is Standing.GONE:
        return
    step = worlds.reviewed(standing, delta).row()
    expected = decisions.REVIEW[standing, delta]
    assert (step.action, step.reason_code) == (expected.action, expected.code)
    assert row(step)["smsops"]["reason_code"] == expected.code
    assert row(step)["smsops"]["reason"] == expected.reason.plain


def test_a_guard_gives_its_own_code() -> None:
    step = World(desired=(worlds.desired(),), a_sign_exists=False).row()
    assert (step.action, step.reason_code) == (Action.BLOCKED, Guard.NO_PREREQUISITE)


def test_an_open_intent_gives_its_own_code() -> None:
    intent = OpenIntent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), JUST_NOW)
    step = World(desired=(worlds.desired(),), observed=(seen(7),), intents=(intent,)).row()
    assert step.reason_code == Reason.RECOVERY_DUE
    assert (step.action, step.address) == (Action.BLOCKED, ADDRESS)


# -- advice --------------------------------------------------------------------------------------


def test_advice_names_real_ids() -> None:
    """One command for each object that may be the one."""
    near = {**SPEC, "content": "别的{1}内容。"}
    world = World(desired=(worlds.desired(),), observed=(seen(5, near), seen(6, near)))
    step = world.row()
    assert step.reason_code == Reason.CANDIDATES_EXIST
    assert row(step)["smsops"]["advice"] == [
        ["import", "template.login", "5"],
        ["import", "template.login", "6"],
    ]
    assert "`smsops import template.login ID`" in step.reason.plain


def test_advice_is_what_the_words_recommend_each_once() -> None:
    bound = {ADDRESS: replace(record(written(1))[ADDRESS], declared=False)}
    world = replace(worlds.reviewed(Standing.ACTIVE, Delta.NOTHING), desired=(), recorded=bound)
    step = world.row()
    assert step.reason_code == Reason.BOUND
    assert step.advice == (
        ("state", "show", "template.login"),
        ("state", "rm", "template.login"),
    )
    for arguments in step.advice:
        assert f"`smsops {' '.join(arguments)}`" in step.consequence.plain


def test_what_nobody_can_run_as_it_stands_is_no_advice() -> None:
    assert advice(T("{command}", command=Command.of("import", "sign.a", "ID"))) == ()


def test_no_recommended_command_stands_in_a_template() -> None:
    """It would be prose: no program could take it, and nothing could complete it."""
    texts: list[Text] = [*WORDS.values(), *decisions.GUARDS.values(), *decisions.HOLDS.values()]
    texts += [each.consequence for each in decided()]
    inline = [text.template for text in texts if "`smsops " in text.template]
    assert inline == []


# -- words -----------------------------------------------------------------------------------------


def test_rewording_a_reason_changes_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the words."""
    world = worlds.reviewed(Standing.ACTIVE, Delta.CONTENT)
    before = row(world.row())
    monkeypatch.setitem(reasons.WORDS, Reason.APPROVED_DIFFERS, T("said in another way"))
    after = row(world.row())
    assert after["smsops"]["reason"] == "said in another way"
    before["smsops"].pop("reason"), after["smsops"].pop("reason")
    assert before == after


def test_the_codes_of_presence_tell_every_row_apart() -> None:
    found = {key: each.code for key, each in decisions.PRESENCE.items() if each is not None}
    assert found[True, False, Presence.ABSENT] == Reason.NEW
    assert found[True, True, Presence.ABSENT] == Reason.DELETED_ELSEWHERE
    assert Address.parse("template.login") == ADDRESS


# -- plans of format 1.0 -------------------------------------------------------------------------


def test_a_retirement_of_a_plan_without_codes_still_holds() -> None:
    """Format 1.0 had neither reason codes nor a word for what is superseded."""
    plan = worlds.retiring(Presence.THERE, True, True).plan()
    [retire] = [step for step in plan.steps if step.acting]
    assert (retire.action, retire.role) == (Action.RETIRE, Role.SUPERSEDED)
    rows = [json.loads(json.dumps(row(step))) for step in plan.steps]
    for each in rows:
        del each["smsops"]["reason_code"], each["smsops"]["advice"]
        each["smsops"]["role"] = each["smsops"]["role"].replace("superseded", "current")
    head = {"account_id": plan.account_id, "region": plan.region, "resource_changes": rows}
    saved = SavedPlan("a.plan", head, PlanOptions(), None)
    assert agree(saved, plan, lineage="x").steps == (retire,)
    rows[-1]["smsops"]["role"] = "successor"
    with pytest.raises(StalePlan, match=r"changed: smsops\.role"):
        agree(saved, plan, lineage="x")
