"""What changes in the account between the look of a plan and the write."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.errors import Blocked, Exit
from smsops.model.outcome import Status
from tests.lab import ACTIVE, REJECTED, SOME_SIGN, Lab, acting, template

MANIFEST = template(content="新的{1}。", retire_after=0)


@pytest.fixture
def superseded(tmp_path: Path) -> Lab:
    """1111 was replaced by 1112 and is due to go."""
    lab = Lab(tmp_path)
    lab.seed(SOME_SIGN)
    lab.apply([template(retire_after=0)])
    [old] = lab.remote()
    lab.review(old, ACTIVE)
    lab.apply([MANIFEST])
    [_, new] = lab.remote()
    lab.review(new, ACTIVE)
    lab.apply([MANIFEST])
    lab.time.pass_(4000)
    assert acting(lab.plan([MANIFEST]).steps) == ["retire template.login"]
    return lab


@pytest.mark.parametrize("what", ["rejected", "removed", "neither"])
def test_the_last_working_object_is_not_retired(superseded: Lab, what: str) -> None:
    """Its successor was active when the plan was made; the Delete asks once more."""
    lab = superseded
    old, new = sorted(lab.remote())

    def change() -> None:
        if what == "rejected":
            lab.review(new, REJECTED, "违规")
        elif what == "removed":
            lab.emulator.remove("template", new)

    outcome = lab.apply([MANIFEST], meanwhile=change)
    [retired] = outcome.results
    if what == "neither":
        assert (retired.status, sorted(lab.remote())) == (Status.DONE, [new])
        return
    assert old in lab.remote(), "it is the only one that works"
    assert retired.status is Status.FAILED
    assert isinstance(retired.error, Blocked)
    assert f"{old} is kept, since its successor is not active any more" in retired.error.message
    assert outcome.exit is Exit.INVALID
    assert lab.state.intents == ()


def test_a_delete_without_an_answer_is_not_settled_by_the_add_of_its_address(
    superseded: Lab,
) -> None:
    """Both are unknown; only the Add is looked up and found."""
    lab = superseded
    old, _ = sorted(lab.remote())
    edited = template(content="再改{1}。", retire_after=0)
    assert acting(lab.plan([edited]).steps) == ["replace template.login", "retire template.login"]
    lab.fault("DeleteSmsTemplate", "drop", at="before-commit")
    lab.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    outcome = lab.apply([edited])
    status = {str(row.step.action): row.status for row in outcome.results}
    assert status == {"replace": Status.DONE, "retire": Status.UNKNOWN}
    assert outcome.exit is Exit.UNKNOWN_OUTCOME
    assert old in lab.remote()
    lab.emulator.faults.order([])
    assert [str(row.step.action) for row in lab.apply([edited]).results] == ["retire"]
    assert old not in lab.remote()


def test_an_add_that_failed_is_not_sent_again_beside_a_twin_that_appeared(tmp_path: Path) -> None:
    """The second attempt looks at the account anew: late or a stranger, it is there."""
    lab = Lab(tmp_path)
    lab.seed(SOME_SIGN)
    twin = {
        "kind": "template",
        "templateName": "模板login",
        "content": "您的验证码是{1}。",
        "smsType": "verification",
        "status": "approved",
    }
    lab.fault("AddSmsTemplate", "drop", at="before-commit", when=1)
    sent: list[str] = []

    def hook(event: str, action: str) -> None:
        if action == "AddSmsTemplate":
            sent.append(event)
        elif sent and not lab.state.intents and len(lab.remote()) == 0:
            lab.seed(twin)  # the Add was found not made, and its intent is closed

    lab.emulator.hook = hook
    outcome = lab.apply([template()])
    assert len(lab.remote()) == 1
    [result] = outcome.results
    assert isinstance(result.error, Blocked)
    assert "is just like it and appeared meanwhile" in result.error.message
    assert outcome.exit is Exit.INVALID
    lab.emulator.hook = None
    assert acting(lab.plan([template()]).steps) == ["adopt template.login"]
