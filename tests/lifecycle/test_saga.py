"""The life of one template, run after run, on the emulator."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.errors import Exit
from smsops.model import Action, Address, Desired, Lifecycle, PlanOptions
from tests.lab import (
    ACTIVE,
    EFFECTIVE_LATER,
    PENDING,
    REJECTED,
    SOME_SIGN,
    Lab,
    acting,
    errors,
    template,
)

OLD = template(content="您的验证码是{1}。")
NEW = template(content="验证码{1}，请勿泄露。")
THIRD = template(content="验证码：{1}，五分钟内有效。")


@pytest.fixture
def lab() -> Lab:
    """An account with a sign and one active template, 1110, that smsops made."""
    lab = Lab()
    lab.seed(SOME_SIGN)
    lab.apply([OLD])
    lab.review(1110, ACTIVE)
    lab.apply([OLD])
    return lab


def current(lab: Lab) -> int:
    return int(lab.outputs()["template.login"]["template_id"])


def history(lab: Lab) -> list[tuple[str, int]]:
    """What was written after the first object."""
    return lab.writes()[1:]


def test_a_content_change_goes_from_replacement_to_promotion_to_retirement(lab: Lab) -> None:
    assert acting(lab.plan([NEW]).steps) == ["replace template.login"]
    lab.apply([NEW])
    assert lab.plan([NEW]).steps[0].action is Action.WAIT
    assert not lab.plan([NEW]).applyable
    assert current(lab) == 1110
    lab.review(1111, ACTIVE)
    assert acting(lab.plan([NEW]).steps) == ["promote template.login"]
    assert current(lab) == 1110, "outputs switch by an apply, not by a reviewer"
    lab.apply([NEW])
    assert current(lab) == 1111
    assert [(s.action, s.deposed) for s in lab.plan([NEW]).steps] == [
        (Action.NOOP, None),
        (Action.WAIT, 1110),
    ]
    lab.time.pass_(3599)
    lab.apply([NEW])
    assert history(lab) == [("AddSmsTemplate", 1111)]
    lab.time.pass_(1)
    assert acting(lab.plan([NEW]).steps) == ["retire template.login"]
    lab.apply([NEW])
    assert history(lab) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1110)]
    assert [step.action for step in lab.plan([NEW]).steps] == [Action.NOOP]


def test_every_run_is_idempotent(lab: Lab) -> None:
    for _ in range(3):
        lab.apply([NEW])
    lab.review(1111, ACTIVE)
    for _ in range(3):
        lab.apply([NEW])
    lab.time.pass_(3600)
    for _ in range(3):
        lab.apply([NEW])
    assert history(lab) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1110)]


def test_approved_but_not_in_effect_never_promotes(lab: Lab) -> None:
    lab.apply([NEW])
    lab.review(1111, EFFECTIVE_LATER)
    lab.apply([NEW])
    assert current(lab) == 1110
    assert lab.state.resources[NEW.address].successor is not None


def test_nothing_retires_while_the_new_object_is_not_active(lab: Lab) -> None:
    lab.apply([NEW])
    lab.review(1111, ACTIVE)
    lab.apply([NEW])
    lab.time.pass_(7200)
    lab.review(1111, REJECTED, "报备未完成")
    lab.apply([NEW])
    assert 1110 in lab.remote()
    lab.review(1111, ACTIVE)
    lab.apply([NEW])
    assert 1110 not in lab.remote()


def test_reverting_while_the_old_object_retires_brings_it_back_without_a_write(lab: Lab) -> None:
    lab.apply([NEW])
    lab.review(1111, ACTIVE)
    lab.apply([NEW])
    assert acting(lab.plan([OLD]).steps) == ["promote template.login"]
    lab.apply([OLD])
    assert current(lab) == 1110
    assert history(lab) == [("AddSmsTemplate", 1111)]
    lab.time.pass_(3600)
    lab.apply([OLD])
    assert history(lab)[1:] == [("DeleteSmsTemplate", 1111)]


def test_reverting_before_the_review_abandons_the_successor(lab: Lab) -> None:
    lab.apply([NEW])
    assert acting(lab.plan([OLD]).steps) == ["abandon template.login"]
    lab.apply([OLD])
    assert history(lab) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1111)]
    assert current(lab) == 1110
    assert lab.remote()[1110] == ACTIVE


def test_a_rejected_successor_blocks_with_the_reply_until_it_is_edited(lab: Lab) -> None:
    lab.apply([NEW])
    lab.review(1111, REJECTED, "变量说明不足")
    outcome = lab.apply([NEW])
    assert outcome.exit is Exit.INVALID
    row = lab.plan([NEW]).steps[0]
    assert (row.action, row.review and row.review.reply) == (Action.BLOCKED, "变量说明不足")
    assert current(lab) == 1110
    lab.apply([THIRD])
    assert history(lab) == [("AddSmsTemplate", 1111), ("ModifySmsTemplate", 1111)]
    assert lab.remote()[1111] == PENDING
    lab.apply([OLD])
    assert history(lab)[-1] == ("DeleteSmsTemplate", 1111)
    assert lab.remote()[1110] == ACTIVE


def test_a_second_change_after_approval_resubmits(lab: Lab) -> None:
    lab.apply([NEW])
    lab.review(1111, ACTIVE)
    lab.apply([THIRD])
    assert history(lab)[1:] == [("DeleteSmsTemplate", 1111), ("AddSmsTemplate", 1112)]
    assert current(lab) == 1110


def test_a_successor_deleted_elsewhere_is_submitted_again(lab: Lab) -> None:
    lab.apply([NEW])
    lab.emulator.remove("template", 1111)
    assert lab.plan([NEW]).steps[0].action is Action.WAIT, "it may only be late in the listing"
    lab.time.pass_(601)
    lab.apply([NEW])
    assert history(lab)[1:] == [("AddSmsTemplate", 1112)]


def test_a_successor_that_was_listed_is_gone_at_once(lab: Lab) -> None:
    lab.apply([NEW])
    lab.apply([NEW])
    lab.emulator.remove("template", 1111)
    assert lab.plan([NEW]).steps[0].action is Action.REPLACE


def test_the_successor_takes_over_when_the_current_object_is_deleted(lab: Lab) -> None:
    lab.apply([NEW])
    lab.time.pass_(601)
    lab.emulator.remove("template", 1110)
    assert acting(lab.plan([NEW]).steps) == ["promote template.login"]
    lab.apply([NEW])
    record = lab.state.resources[NEW.address]
    assert record.current is not None
    assert (record.current.remote_id, record.successor, record.retiring) == (1111, None, ())


def test_a_protected_template_may_be_replaced(lab: Lab) -> None:
    new = replace(NEW, lifecycle=Lifecycle(protected=True, retire_after=0))
    lab.apply([new])
    lab.review(1111, ACTIVE)
    lab.apply([new])
    lab.apply([new])
    assert history(lab) == [("AddSmsTemplate", 1111), ("DeleteSmsTemplate", 1110)]


def test_a_state_lost_in_mid_saga_never_makes_a_third_object(lab: Lab) -> None:
    lab.apply([NEW])
    lab.backend.body = None
    row = lab.plan([NEW]).steps[0]
    assert row.action is Action.BLOCKED
    assert "1110" in row.reason.plain or "1111" in row.reason.plain
    lab.review(1111, ACTIVE)
    assert acting(lab.plan([NEW]).steps) == ["adopt template.login"]
    lab.apply([NEW])
    assert len(lab.remote()) == 2
    assert lab.plan([NEW]).unmanaged[-1].remote_id == 1110


def test_a_note_on_an_active_template_is_held_until_its_next_replacement(lab: Lab) -> None:
    noted = replace(OLD, spec={**OLD.spec, "remark": "换了说明"})
    outcome = lab.apply([noted])
    assert outcome.exit is Exit.OK
    assert lab.plan([noted]).steps[0].action is Action.HELD
    both = replace(NEW, spec={**NEW.spec, "remark": "换了说明"})
    lab.apply([both])
    lab.review(1111, ACTIVE)
    lab.apply([both])
    assert lab.plan([both]).steps[0].action is Action.NOOP


def test_a_modify_that_comes_too_late_blocks_and_is_remembered() -> None:
    lab = Lab()
    lab.seed(SOME_SIGN)
    lab.apply([OLD])
    with lab.workspace() as workspace:
        from smsops.applying.run import Execution
        from smsops.cancellation import Stop

        execution = Execution.begin(workspace, Stop(), lab.said.append)
        observation = workspace.observe(execution.snapshot.resources)
        plan = workspace.plan([NEW], execution.snapshot, observation, PlanOptions())
        lab.review(1110, ACTIVE)
        outcome, _ = execution.run(
            plan.steps,
            plan=plan,
            desired=[NEW],
            observation=observation,
            progress=lambda step, result: None,
        )
    assert outcome.exit is Exit.INVALID
    assert "approved in the meantime" in errors(outcome)[0].hint
    current = lab.state.resources[OLD.address].current
    assert current is not None
    assert current.activated_at is not None
    assert acting(lab.plan([NEW]).steps) == ["replace template.login"]


def test_an_answer_with_a_recorded_id_is_no_answer() -> None:
    """The Add is looked up instead, and its real object is recorded."""
    lab = Lab()
    lab.seed(SOME_SIGN)
    lab.apply([OLD])
    other = template("other", "别的{1}内容。")
    lab.fault("AddSmsTemplate", "id", value=1110, when=1)
    assert lab.apply([OLD, other]).exit is Exit.OK
    record = lab.state.resources[other.address]
    assert record.current is not None
    assert record.current.remote_id == 1111
    assert history(lab) == [("AddSmsTemplate", 1111)]


def test_a_rename_moves_the_whole_saga(lab: Lab) -> None:
    lab.apply([NEW])
    renamed = Desired(Address("template", "sign-in"), NEW.spec, NEW.lifecycle)
    assert sorted(acting(lab.plan([renamed]).steps)) == [
        "adopt template.sign-in",
        "forget template.login",
    ]
    lab.apply([renamed])
    record = lab.state.resources[renamed.address]
    assert record.current is not None
    assert record.successor is not None
    assert (record.current.remote_id, record.successor.remote_id) == (1110, 1111)
    assert history(lab) == [("AddSmsTemplate", 1111)]


def test_a_removed_manifest_deletes_current_and_successor(lab: Lab) -> None:
    lab.apply([NEW])
    lab.apply([])
    assert sorted(history(lab)[1:]) == [("DeleteSmsTemplate", 1110), ("DeleteSmsTemplate", 1111)]
    assert lab.state.resources == {}
