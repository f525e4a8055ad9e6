"""What changes in the account between the look of a plan and the write."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.errors import Blocked, Exit
from smsops.model.outcome import Status
from tests.support.applying import ACTIVE, REJECTED, SOME_SIGN, Harness, acting, template

MANIFEST = template(content="新的{1}。", retire_after=0)


@pytest.fixture
def superseded(tmp_path: Path) -> Harness:
    """1111 was replaced by 1112 and is due to go."""
    harness = Harness(tmp_path)
    harness.seed(SOME_SIGN)
    harness.apply([template(retire_after=0)])
    [old] = harness.remote()
    harness.review(old, ACTIVE)
    harness.apply([MANIFEST])
    [_, new] = harness.remote()
    harness.review(new, ACTIVE)
    harness.apply([MANIFEST])
    harness.time.advance(4000)
    assert acting(harness.plan([MANIFEST]).steps) == ["retire template.login"]
    return harness


@pytest.mark.parametrize("what", ["rejected", "removed", "neither"])
def test_the_last_working_object_is_not_retired(superseded: Harness, what: str) -> None:
    """Its successor was active when the plan was made; the Delete asks once more."""
    harness = superseded
    old, new = sorted(harness.remote())

    def change() -> None:
        if what == "rejected":
            harness.review(new, REJECTED, "违规")
        elif what == "removed":
            harness.emulator.remove("template", new)

    outcome = harness.apply([MANIFEST], meanwhile=change)
    [retired] = outcome.results
    if what == "neither":
        assert (retired.status, sorted(harness.remote())) == (Status.DONE, [new])
        return
    assert old in harness.remote(), "it is the only one that works"
    assert retired.status is Status.FAILED
    assert isinstance(retired.error, Blocked)
    assert f"{old} is kept, since its successor is not active any more" in retired.error.message
    assert retired.error.hint == "Run `smsops plan` to see what became of the successor."
    assert outcome.exit is Exit.INVALID
    assert harness.state.intents == ()


def test_a_delete_without_an_answer_is_not_settled_by_the_add_of_its_address(
    superseded: Harness,
) -> None:
    """Both are unknown; only the Add is looked up and found."""
    harness = superseded
    old, _ = sorted(harness.remote())
    edited = template(content="再改{1}。", retire_after=0)
    assert acting(harness.plan([edited]).steps) == [
        "replace template.login",
        "retire template.login",
    ]
    harness.fault("DeleteSmsTemplate", "drop", at="before-commit")
    harness.fault("AddSmsTemplate", "drop", at="after-commit", when=1)
    outcome = harness.apply([edited])
    status = {str(row.step.action): row.status for row in outcome.results}
    assert status == {"replace": Status.DONE, "retire": Status.UNKNOWN}
    assert outcome.exit is Exit.UNKNOWN_OUTCOME
    assert old in harness.remote()
    harness.emulator.faults.order([])
    assert [str(row.step.action) for row in harness.apply([edited]).results] == ["retire"]
    assert old not in harness.remote()


def test_an_add_that_failed_is_not_sent_again_beside_a_twin_that_appeared(tmp_path: Path) -> None:
    """The second attempt looks at the account anew: late or a stranger, it is there."""
    harness = Harness(tmp_path)
    harness.seed(SOME_SIGN)
    twin = {
        "kind": "template",
        "templateName": "模板login",
        "content": "您的验证码是{1}。",
        "smsType": "verification",
        "status": "approved",
    }
    harness.fault("AddSmsTemplate", "drop", at="before-commit", when=1)
    sent: list[str] = []

    def hook(event: str, action: str) -> None:
        if action == "AddSmsTemplate":
            sent.append(event)
        elif sent and not harness.state.intents and len(harness.remote()) == 0:
            harness.seed(twin)  # the Add was found not made, and its intent is closed

    harness.emulator.hook = hook
    outcome = harness.apply([template()])
    assert len(harness.remote()) == 1
    [result] = outcome.results
    assert isinstance(result.error, Blocked)
    assert "is just like it and appeared meanwhile" in result.error.message
    assert outcome.exit is Exit.INVALID
    harness.emulator.hook = None
    assert acting(harness.plan([template()]).steps) == ["adopt template.login"]
