"""Signs: one name, one object; only the name goes through a replacement."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.errors import Exit
from smsops.manifests import images
from smsops.model import Action, Address, Desired, Lifecycle, PlanOptions, RemoteId, Value
from tests.cli.shop import png
from tests.lab import ACTIVE, REJECTED, Lab, acting, errors


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    (tmp_path / "license.png").write_bytes(png())
    return Lab(tmp_path)


def sign(lab: Lab, address: str = "acme", **changes: Value) -> Desired:
    path = lab.root / "license.png"
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


def test_a_new_name_goes_through_the_saga(lab: Lab) -> None:
    lab.apply([sign(lab)])
    lab.review(1110, ACTIVE, kind="sign")
    new = sign(lab, signName="新艾克米")
    lab.apply([new])
    assert lab.outputs()["sign.acme"]["sign_name"] == "艾克米"
    lab.review(1111, ACTIVE, kind="sign")
    lab.apply([new])
    assert lab.outputs()["sign.acme"]["sign_name"] == "新艾克米"
    lab.time.pass_(3600)
    lab.apply([new])
    assert lab.writes() == [("AddSmsSign", 1110), ("AddSmsSign", 1111), ("DeleteSmsSign", 1110)]


@pytest.mark.parametrize(
    "changes",
    [{"remark": "说明"}, {"documentType": "business-license"}, {"qualificationId": 1000003}],
)
def test_anything_else_on_an_active_sign_is_held(lab: Lab, changes: dict[str, Value]) -> None:
    lab.apply([sign(lab)])
    lab.review(1110, ACTIVE, kind="sign")
    edited = sign(lab, "acme", **changes)
    step = lab.plan([edited]).steps[0]
    assert step.action is Action.HELD
    assert lab.apply([edited]).exit is Exit.OK
    assert lab.writes() == [("AddSmsSign", 1110)]


def test_a_new_image_of_an_active_sign_is_held(lab: Lab) -> None:
    lab.apply([sign(lab)])
    lab.review(1110, ACTIVE, kind="sign")
    (lab.root / "license.png").write_bytes(png(shade=9))
    assert lab.plan([sign(lab)]).steps[0].action is Action.HELD


def test_a_rejected_sign_is_never_resubmitted_just_because_it_is_rejected(lab: Lab) -> None:
    lab.apply([sign(lab)])
    lab.review(1110, ACTIVE, kind="sign")
    lab.apply([sign(lab)])
    lab.review(1110, REJECTED, "未完成首次报备", kind="sign")
    outcome = lab.apply([sign(lab)])
    assert outcome.exit is Exit.INVALID
    assert lab.writes() == [("AddSmsSign", 1110)]


def test_a_taken_name_names_the_objects_that_hold_it(lab: Lab) -> None:
    """Somebody else adds the same sign between the plan and the call."""
    taken = {"kind": "sign", "signName": "艾克米", "status": "pending"}
    with lab.workspace() as workspace:
        from smsops.applying.run import Execution
        from smsops.cancellation import Stop

        execution = Execution.begin(workspace, Stop(), lab.said.append)
        observation = workspace.observe({})
        plan = workspace.plan([sign(lab)], execution.snapshot, observation, PlanOptions())
        lab.seed(taken)
        outcome, _ = execution.run(
            plan.steps,
            plan=plan,
            desired=[sign(lab)],
            observation=observation,
            progress=lambda step, result: None,
        )
    error = errors(outcome)[0]
    assert "SignExistAndUnapproved" in error.message
    assert "1110" in error.hint
    assert lab.state.intents == ()
    assert acting(lab.plan([sign(lab)]).steps) == ["adopt sign.acme"]


def test_a_freed_name_that_is_not_free_yet_is_said(lab: Lab) -> None:
    lab.fault("AddSmsSign", "error", code="InvalidParameterValue.SignAlreadyPassedCheck", when=1)
    outcome = lab.apply([sign(lab)])
    assert "may take a while" in errors(outcome)[0].hint
    assert lab.apply([sign(lab)]).exit is Exit.OK


def current_ids(lab: Lab) -> dict[str, RemoteId]:
    records = lab.state.resources.items()
    return {str(address): record.current.remote_id for address, record in records if record.current}


def test_two_addresses_that_swap_names_swap_their_objects(lab: Lab) -> None:
    first, second = sign(lab, "first"), sign(lab, "second", signName="别名")
    lab.apply([first, second])
    for number in (1110, 1111):
        lab.review(number, ACTIVE, kind="sign")
    lab.apply([first, second])
    swapped = [sign(lab, "first", signName="别名"), sign(lab, "second")]
    before, ids = lab.writes(), current_ids(lab)
    lab.apply(swapped)
    assert lab.writes() == before
    assert current_ids(lab) == {
        "sign.first": ids["sign.second"],
        "sign.second": ids["sign.first"],
    }
    assert [step.action for step in lab.plan(swapped).steps] == [Action.NOOP] * 2
