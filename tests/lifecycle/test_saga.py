"""The life of one template, run after run, on the emulator."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.errors import Exit
from smsops.model import Action, Address, Desired, Lifecycle, PlanOptions
from tests.support.applying import (
    ACTIVE,
    EFFECTIVE_LATER,
    PENDING,
    REJECTED,
    SOME_SIGN,
    Harness,
    acting,
    errors,
    template,
)
from tests.support.said import into

OLD = template(content="您的验证码是{1}。")
NEW = template(content="验证码{1}，请勿泄露。")
THIRD = template(content="验证码：{1}，五分钟内有效。")


@pytest.fixture
def harness() -> Harness:
    """An account with a sign and one active template, 1110, that smsops made."""
    harness = Harness()
    harness.seed(SOME_SIGN)
    harness.apply([OLD])
    harness.review(1110, ACTIVE)
    harness.apply([OLD])
    return harness


def current(harness: Harness) -> int:
    return int(harness.outputs()["template.login"]["template_id"])


def history(harness: Harness) -> list[tuple[str, int]]:
    """What was written after the first object."""
    return harness.writes()[1:]


def test_a_content_change_goes_from_replacement_to_promotion_to_retirement(
    harness: Harness,
) -> None:
    assert acting(harness.plan([NEW]).steps) == ["replace template.login"]
    harness.apply([NEW])
    assert harness.plan([NEW]).steps[0].action is Action.WAIT
    assert not harness.plan([NEW]).applyable
    assert current(harness) == 1110
    harness.review(1111, ACTIVE)
    assert acting(harness.plan([NEW]).steps) == ["promote template.login"]
    assert current(harness) == 1110, "outputs switch by an apply, not by a reviewer"
    harness.apply([NEW])
    assert current(harness) == 1111
    assert [(s.action, s.deposed) for s in harness.plan([NEW]).steps] == [
        (Action.NOOP, None),
        (Action.WAIT, 1110),
    ]
    harness.time.advance(3599)
    harness.apply([NEW])
    assert history(harness) == [("AddSmsTemplate", 1111)]
    harness.time.advance(1)
    assert acting(harness.plan([NEW]).steps) == ["retire template.login"]
    harness.apply([NEW])
    assert history(harness) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1110)]
    assert [step.action for step in harness.plan([NEW]).steps] == [Action.NOOP]


def test_every_run_is_idempotent(harness: Harness) -> None:
    for _ in range(3):
        harness.apply([NEW])
    harness.review(1111, ACTIVE)
    for _ in range(3):
        harness.apply([NEW])
    harness.time.advance(3600)
    for _ in range(3):
        harness.apply([NEW])
    assert history(harness) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1110)]


def test_approved_but_not_in_effect_never_promotes(harness: Harness) -> None:
    harness.apply([NEW])
    harness.review(1111, EFFECTIVE_LATER)
    harness.apply([NEW])
    assert current(harness) == 1110
    assert harness.state.resources[NEW.address].successor is not None


def test_nothing_retires_while_the_new_object_is_not_active(harness: Harness) -> None:
    harness.apply([NEW])
    harness.review(1111, ACTIVE)
    harness.apply([NEW])
    harness.time.advance(7200)
    harness.review(1111, REJECTED, "报备未完成")
    harness.apply([NEW])
    assert 1110 in harness.remote()
    harness.review(1111, ACTIVE)
    harness.apply([NEW])
    assert 1110 not in harness.remote()


def test_reverting_while_the_old_object_retires_brings_it_back_without_a_write(
    harness: Harness,
) -> None:
    harness.apply([NEW])
    harness.review(1111, ACTIVE)
    harness.apply([NEW])
    assert acting(harness.plan([OLD]).steps) == ["promote template.login"]
    harness.apply([OLD])
    assert current(harness) == 1110
    assert history(harness) == [("AddSmsTemplate", 1111)]
    harness.time.advance(3600)
    harness.apply([OLD])
    assert history(harness)[1:] == [("DeleteSmsTemplate", 1111)]


def test_reverting_before_the_review_abandons_the_successor(harness: Harness) -> None:
    harness.apply([NEW])
    assert acting(harness.plan([OLD]).steps) == ["abandon template.login"]
    harness.apply([OLD])
    assert history(harness) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1111)]
    assert current(harness) == 1110
    assert harness.remote()[1110] == ACTIVE


def test_a_rejected_successor_blocks_with_the_reply_until_it_is_edited(harness: Harness) -> None:
    harness.apply([NEW])
    harness.review(1111, REJECTED, "变量说明不足")
    outcome = harness.apply([NEW])
    assert outcome.exit is Exit.INVALID
    row = harness.plan([NEW]).steps[0]
    assert (row.action, row.review and row.review.reply) == (Action.BLOCKED, "变量说明不足")
    assert current(harness) == 1110
    harness.apply([THIRD])
    assert history(harness) == [("AddSmsTemplate", 1111), ("ModifySmsTemplate", 1111)]
    assert harness.remote()[1111] == PENDING
    harness.apply([OLD])
    assert history(harness)[-1] == ("DeleteSmsTemplate", 1111)
    assert harness.remote()[1110] == ACTIVE


def test_a_second_change_after_approval_resubmits(harness: Harness) -> None:
    harness.apply([NEW])
    harness.review(1111, ACTIVE)
    harness.apply([THIRD])
    assert history(harness)[1:] == [("DeleteSmsTemplate", 1111), ("AddSmsTemplate", 1112)]
    assert current(harness) == 1110


def test_a_successor_deleted_elsewhere_is_submitted_again(harness: Harness) -> None:
    harness.apply([NEW])
    harness.emulator.remove("template", 1111)
    assert harness.plan([NEW]).steps[0].action is Action.WAIT, "it may only be late in the listing"
    harness.time.advance(601)
    harness.apply([NEW])
    assert history(harness)[1:] == [("AddSmsTemplate", 1112)]


def test_a_successor_that_was_listed_is_gone_at_once(harness: Harness) -> None:
    harness.apply([NEW])
    harness.apply([NEW])
    harness.emulator.remove("template", 1111)
    assert harness.plan([NEW]).steps[0].action is Action.REPLACE


def test_the_successor_takes_over_when_the_current_object_is_deleted(harness: Harness) -> None:
    harness.apply([NEW])
    harness.time.advance(601)
    harness.emulator.remove("template", 1110)
    assert acting(harness.plan([NEW]).steps) == ["promote template.login"]
    harness.apply([NEW])
    record = harness.state.resources[NEW.address]
    assert record.current is not None
    assert (record.current.remote_id, record.successor, record.retiring) == (1111, None, ())


def test_a_protected_template_may_be_replaced(harness: Harness) -> None:
    new = replace(NEW, lifecycle=Lifecycle(protected=True, retire_after=0))
    harness.apply([new])
    harness.review(1111, ACTIVE)
    harness.apply([new])
    harness.apply([new])
    assert history(harness) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1110)]


def test_a_state_lost_in_mid_saga_never_makes_a_third_object(harness: Harness) -> None:
    harness.apply([NEW])
    harness.backend.body = None
    row = harness.plan([NEW]).steps[0]
    assert row.action is Action.BLOCKED
    assert "1110" in row.reason.plain or "1111" in row.reason.plain
    harness.review(1111, ACTIVE)
    assert acting(harness.plan([NEW]).steps) == ["adopt template.login"]
    harness.apply([NEW])
    assert len(harness.remote()) == 2
    assert harness.plan([NEW]).unmanaged[-1].remote_id == 1110


def test_a_note_on_an_active_template_is_held_until_its_next_replacement(harness: Harness) -> None:
    noted = replace(OLD, spec={**OLD.spec, "remark": "换了说明"})
    outcome = harness.apply([noted])
    assert outcome.exit is Exit.OK
    assert harness.plan([noted]).steps[0].action is Action.HELD
    both = replace(NEW, spec={**NEW.spec, "remark": "换了说明"})
    harness.apply([both])
    harness.review(1111, ACTIVE)
    harness.apply([both])
    assert harness.plan([both]).steps[0].action is Action.NOOP


def test_a_modify_that_comes_too_late_blocks_and_is_remembered() -> None:
    harness = Harness()
    harness.seed(SOME_SIGN)
    harness.apply([OLD])
    with harness.workspace() as workspace:
        from smsops.applying.run import Execution
        from smsops.cancellation import Stop

        execution = Execution.begin(workspace, Stop(), into(harness.said))
        observation = workspace.observe(execution.snapshot.resources)
        plan = workspace.plan([NEW], execution.snapshot, observation, PlanOptions())
        harness.review(1110, ACTIVE)
        outcome, _ = execution.run(
            plan.steps,
            plan=plan,
            desired=[NEW],
            observation=observation,
            progress=lambda step, result: None,
        )
    assert outcome.exit is Exit.INVALID
    assert "approved in the meantime" in errors(outcome)[0].hint
    current = harness.state.resources[OLD.address].current
    assert current is not None
    assert current.activated_at is not None
    assert acting(harness.plan([NEW]).steps) == ["replace template.login"]


def test_an_answer_with_a_recorded_id_is_no_answer() -> None:
    """The Add is looked up instead, and its real object is recorded."""
    harness = Harness()
    harness.seed(SOME_SIGN)
    harness.apply([OLD])
    other = template("other", "别的{1}内容。")
    harness.fault("AddSmsTemplate", "id", value=1110, when=1)
    assert harness.apply([OLD, other]).exit is Exit.OK
    record = harness.state.resources[other.address]
    assert record.current is not None
    assert record.current.remote_id == 1111
    assert history(harness) == [("AddSmsTemplate", 1111)]


def test_a_rename_moves_the_whole_saga(harness: Harness) -> None:
    harness.apply([NEW])
    renamed = Desired(Address("template", "sign-in"), NEW.spec, NEW.lifecycle)
    assert sorted(acting(harness.plan([renamed]).steps)) == [
        "adopt template.sign-in",
        "forget template.login",
    ]
    harness.apply([renamed])
    record = harness.state.resources[renamed.address]
    assert record.current is not None
    assert record.successor is not None
    assert (record.current.remote_id, record.successor.remote_id) == (1110, 1111)
    assert history(harness) == [("AddSmsTemplate", 1111)]


def test_a_removed_manifest_deletes_current_and_successor(harness: Harness) -> None:
    harness.apply([NEW])
    harness.apply([])
    assert sorted(history(harness)[1:]) == [
        ("DeleteSmsTemplate", 1110),
        ("DeleteSmsTemplate", 1111),
    ]
    assert harness.state.resources == {}
