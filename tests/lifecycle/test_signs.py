"""Signs: one name, one object; only the name goes through a replacement."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.errors import Exit
from smsops.manifests import images
from smsops.model import Action, Address, Desired, Lifecycle, PlanOptions, Value
from tests.support.applying import ACTIVE, REJECTED, Harness, acting, errors
from tests.support.said import into
from tests.support.specs import png


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    (tmp_path / "license.png").write_bytes(png())
    return Harness(tmp_path)


def sign(harness: Harness, address: str = "acme", **changes: Value) -> Desired:
    path = harness.root / "license.png"
    spec: dict[str, Value] = {
        "signName": "艾克米",
        "international": False,
        "signType": "company",
        "documentType": "three-in-one",
        "purpose": "own-use",
        "qualificationId": 1000001,
        "proofImage": images.digest(path.read_bytes()),
        "commissionImage": None,
        "remark": None,
        **changes,
    }
    life = Lifecycle(retire_after=3600)
    return Desired(Address("sign", address), spec, life, images={"proofImage": path})


def test_a_new_name_goes_through_the_saga(harness: Harness) -> None:
    harness.apply([sign(harness)])
    harness.review(1110, ACTIVE, kind="sign")
    new = sign(harness, signName="新艾克米")
    harness.apply([new])
    assert harness.outputs()["sign.acme"]["sign_name"] == "艾克米"
    harness.review(1111, ACTIVE, kind="sign")
    harness.apply([new])
    assert harness.outputs()["sign.acme"]["sign_name"] == "新艾克米"
    harness.time.advance(3600)
    harness.apply([new])
    assert harness.writes() == [("AddSmsSign", 1110), ("AddSmsSign", 1111), ("DeleteSmsSign", 1110)]


@pytest.mark.parametrize(
    "changes",
    [{"remark": "说明"}, {"documentType": "business-license"}, {"qualificationId": 1000003}],
)
def test_anything_else_on_an_active_sign_is_held(
    harness: Harness, changes: dict[str, Value]
) -> None:
    harness.apply([sign(harness)])
    harness.review(1110, ACTIVE, kind="sign")
    edited = sign(harness, "acme", **changes)
    step = harness.plan([edited]).steps[0]
    assert step.action is Action.HELD
    assert harness.apply([edited]).exit is Exit.OK
    assert harness.writes() == [("AddSmsSign", 1110)]


def test_a_new_image_of_an_active_sign_is_held(harness: Harness) -> None:
    harness.apply([sign(harness)])
    harness.review(1110, ACTIVE, kind="sign")
    (harness.root / "license.png").write_bytes(png(shade=9))
    assert harness.plan([sign(harness)]).steps[0].action is Action.HELD


def test_a_rejected_sign_is_never_resubmitted_just_because_it_is_rejected(harness: Harness) -> None:
    harness.apply([sign(harness)])
    harness.review(1110, ACTIVE, kind="sign")
    harness.apply([sign(harness)])
    harness.review(1110, REJECTED, "未完成首次报备", kind="sign")
    outcome = harness.apply([sign(harness)])
    assert outcome.exit is Exit.INVALID
    assert harness.writes() == [("AddSmsSign", 1110)]


def test_a_taken_name_names_the_objects_that_hold_it(harness: Harness) -> None:
    """Somebody else adds the same sign between the plan and the call."""
    taken = {"kind": "sign", "signName": "艾克米", "status": "pending"}
    with harness.workspace() as workspace:
        from smsops.applying.run import Execution
        from smsops.cancellation import Stop

        execution = Execution.begin(workspace, Stop(), into(harness.said))
        observation = workspace.observe({})
        plan = workspace.plan([sign(harness)], execution.snapshot, observation, PlanOptions())
        harness.seed(taken)
        outcome, _ = execution.run(
            plan.steps,
            plan=plan,
            desired=[sign(harness)],
            observation=observation,
            progress=lambda step, result: None,
        )
    error = errors(outcome)[0]
    assert "SignExistAndUnapproved" in error.message
    assert "1110" in error.hint
    assert harness.state.intents == ()
    assert acting(harness.plan([sign(harness)]).steps) == ["adopt sign.acme"]


def test_a_freed_name_that_is_not_free_yet_is_said(harness: Harness) -> None:
    harness.fault(
        "AddSmsSign", "error", code="InvalidParameterValue.SignAlreadyPassedCheck", when=1
    )
    outcome = harness.apply([sign(harness)])
    assert "may take a while" in errors(outcome)[0].hint
    assert harness.apply([sign(harness)]).exit is Exit.OK


def current_ids(harness: Harness) -> dict[str, int]:
    records = harness.state.resources.items()
    return {
        str(address): int(record.current.remote_id) for address, record in records if record.current
    }


def test_two_addresses_that_swap_names_swap_their_objects(harness: Harness) -> None:
    first, second = sign(harness, "first"), sign(harness, "second", signName="别名")
    harness.apply([first, second])
    for number in (1110, 1111):
        harness.review(number, ACTIVE, kind="sign")
    harness.apply([first, second])
    swapped = [sign(harness, "first", signName="别名"), sign(harness, "second")]
    before, ids = harness.writes(), current_ids(harness)
    harness.apply(swapped)
    assert harness.writes() == before
    assert current_ids(harness) == {
        "sign.first": ids["sign.second"],
        "sign.second": ids["sign.first"],
    }
    assert [step.action for step in harness.plan(swapped).steps] == [Action.NOOP] * 2
