"""Classes ``objective`` and ``delivery``: what was promised and is missed, what did not arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import COMMANDS
from smsops.drift import DriftClass
from smsops.drift.delivery import undelivered
from smsops.kinds.probe import Channel, FromEnvironment, Probe
from smsops.manifests import schemas
from smsops.model import (
    Address,
    FinishedSend,
    ProbeRecord,
    Recorded,
    RecordedObject,
    Snapshot,
    Verdict,
)
from smsops.render.drift import FORMATS
from tests.support.delivered import CART, DeliveryProject, phone
from tests.support.github_log import Step
from tests.support.pseudo import plain_words, spoken

#: What stands in a report and is no sentence.
VALUES = (
    *("smsops", "application", "sign", "template", "shop", "login", "probe", "stats"),
    *("packageBalance", "remark", "purpose", "smsType", "emulator", "true", "description"),
)
STATISTICS = ("SendStatusStatistics", "CallbackStatusStatistics", "SmsPackagesStatistics")
RATE: dict[str, Any] = {"deliveryRate": {"min": 0.95, "least": 2}}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> DeliveryProject:
    return DeliveryProject(tmp_path_factory.mktemp("begun") / "shop").begin_applied()


@pytest.fixture
def project(begun: DeliveryProject, tmp_path: Path) -> DeliveryProject:
    return begun.copy(tmp_path / "shop")


def findings(project: DeliveryProject, name: str) -> list[Mapping[str, Any]]:
    report = project.report()
    assert schemas.violations("drift", report) == []
    found = [each for each in report["findings"] if each["class"] == name]
    assert report["summary"][name] == len(found)
    return found


# -- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["plan", "apply", "drift"])
def test_without_objectives_no_call_is_made_that_was_not_made_before(
    project: DeliveryProject, command: str
) -> None:
    """Nor for probes, whose last verdicts the state knows."""
    arguments = (command, "--auto-approve") if command == "apply" else (command,)
    before = project.calls(*arguments)
    assert before["DescribeSmsSignList"] > 0
    project.promise()
    project.declare("login", "0002")
    project.environment.clear()
    assert project.calls(*arguments) == before
    project.promise(**RATE)
    asked = {"CallbackStatusStatistics": 1} if command == "drift" else {}
    assert project.calls(*arguments) == {**before, **asked}


def test_an_objective_is_asked_once_in_its_window_and_packages_only_for_theirs(
    project: DeliveryProject,
) -> None:
    project.promise(
        deliveryRate={"min": 0.9}, reportCoverage={"min": 0.9}, packageBalance={"min": 1}
    )
    of_an_hour = {"min": 0.9, "window": "1h"}
    project.promise("cart", CART, deliveryRate={"min": 0.9}, reportCoverage=of_an_hour)
    calls = project.calls("drift")
    assert [calls[action] for action in STATISTICS] == [0, 3, 1]


# -- objectives ----------------------------------------------------------------------------------


def test_a_missed_objective_is_drift(project: DeliveryProject) -> None:
    project.promise(**RATE)
    project.send(*map(phone, ("9999", "0002", "0004")))
    assert project.drift().code == 0, "of this hour nothing is said"
    project.next_hour()
    ran = project.drift()
    assert ran.code == 2
    assert ran.last == "Drift: 1 objective; 12 fields cannot be verified."
    [finding] = findings(project, "objective")
    assert finding == {
        "class": "objective",
        "type": "application",
        "address": "application.shop",
        "remote_id": 1400006666,
        "field": "deliveryRate",
        "recorded": 0.95,
        "observed": 1 / 3,
        "detail": "accepted in the last 24 h: 3",
        "detail_code": "share_missed",
        "next": "count",
        "advice": [["stats"]],
    }
    for line in ("deliveryRate wanted: 95 %", "deliveryRate got: 33.33 %"):
        assert f"    {line}\n" in ran.out
    project.send(*[phone("9999", number) for number in range(80)])
    project.next_hour()
    assert project.drift().code == 0


def test_too_few_messages_are_no_data_and_no_finding(project: DeliveryProject) -> None:
    project.promise(deliveryRate={"min": 0.95, "least": 4})
    project.send(*map(phone, ("0002", "0003", "0004")))
    project.next_hour()
    assert project.drift().code == 0
    assert findings(project, "objective") == []


def test_packages_are_findings_too(project: DeliveryProject) -> None:
    project.promise(packageBalance={"min": 100_001}, packageExpiry={"min": "9000d"})
    balance, expiry = findings(project, "objective")
    assert (balance["field"], balance["recorded"], balance["observed"]) == (
        *("packageBalance", 100_001),
        100_000,
    )
    assert (expiry["field"], expiry["recorded"]) == ("packageExpiry", 9000 * 86_400)
    assert balance["detail_code"] == expiry["detail_code"] == "packages_missed"
    out = project.drift().out
    assert "packageBalance wanted: 100,001\n" in out
    assert "packageExpiry wanted: 9000 days\n" in out


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_them_and_suppressions_take_them_out(
    project: DeliveryProject, format: str
) -> None:
    project.promise(packageBalance={"min": 100_001})
    project.declare("login", "0002")
    assert project("probe", "--auto-approve").code == 10
    ran = project.drift("--format", format, "--fail-on", "objective", "--fail-on", "delivery")
    assert ran.code == 2
    for said in ("application.shop", "packageBalance", "sign.acme", "login (NOREG)"):
        assert said in ran.out
    assert "{address}" not in ran.out
    if format != "json":
        assert ("wanted" in ran.out, "recorded: -" in ran.out) == (True, False)
        known = {*COMMANDS, *DriftClass, *VALUES}
        with spoken():
            assert plain_words(project.drift("--format", format).out, known) == []
    owned = {"owner": "平台组", "reason": "补办中", "expires": "2027-01-31"}
    project.suppress(
        {"address": "application.shop", "class": "objective", **owned},
        {"address": "sign.acme", "class": "delivery", **owned},
    )
    ran = project.drift("--format", format, "--fail-on", "objective", "--fail-on", "delivery")
    assert ran.code == 0
    assert "平台组" in ran.out


def test_an_address_of_a_suppression_has_a_kind_that_findings_have(
    project: DeliveryProject,
) -> None:
    owned = {"owner": "a", "reason": "b", "expires": "2027-01-31", "class": "delivery"}
    project.suppress({"address": "probe.login", **owned})
    ran = project("validate")
    assert ran.code == 3
    assert "no kind probe; kinds are sign, template, application" in ran.out


# -- delivery ------------------------------------------------------------------------------------


def test_a_probe_whose_sign_is_not_registered_is_drift_of_the_sign(
    project: DeliveryProject,
) -> None:
    """As the state has it: a runner of CI has no ledger. Until a probe arrives."""
    project.promise()
    project.declare("mobile", "9999")
    project.declare("unicom", "0002")
    project.declare("telecom", "0102")
    project.environment |= {"PHONE_0102": phone("0002", 7)}
    assert project("probe", "--auto-approve").code == 10
    for path in (project.root / ".smsops").glob("ledger*"):
        path.unlink()
    ran = project.drift()
    assert (ran.code, ran.last) == (2, "Drift: 1 delivery; 12 fields cannot be verified.")
    [finding] = findings(project, "delivery")
    assert finding == {
        "class": "delivery",
        "type": "sign",
        "address": "sign.acme",
        "remote_id": project.number("sign.acme"),
        "field": None,
        "recorded": None,
        "observed": "NOREG",
        "detail": "did not arrive: telecom (NOREG), unicom (NOREG)",
        "detail_code": "not_delivered",
        "next": "register",
        "advice": [["probe"]],
    }
    assert "what: did not arrive: telecom (NOREG), unicom (NOREG)\n" in ran.out
    assert "0002" not in ran.out
    # Registered at last, and seen to be.
    project.environment |= {"PHONE_0002": phone("9999", 1), "PHONE_0102": phone("9999", 2)}
    project.time.advance(3600)
    assert project("probe", "--auto-approve").code == 0
    assert project.drift().code == 0


def test_a_finding_is_annotated_where_its_application_is_declared(
    project: DeliveryProject, tmp_path: Path
) -> None:
    project.promise(packageBalance={"min": 100_001})
    [shown] = Step(tmp_path, project.root)("drift").annotations
    assert (shown.level, shown.title) == ("error", "objective application.shop")
    assert shown.file == "shop/applications/shop.yaml"


TEMPLATE = RecordedObject(11, {"content": "x{1}"})
SIGN = RecordedObject(12, {"signName": "a"}, read_back={"signName": "艾克米"})
STATE = Snapshot(
    "x",
    resources={
        Address("template", "login"): Recorded(TEMPLATE),
        Address("sign", "acme"): Recorded(SIGN),
    },
)
PROBE = Probe(Address("probe", "p"), Channel.TENCENT, FromEnvironment("X"), "shop", "acme", "login")


def blamed(probe: Probe, **sent: Any) -> list[tuple[str, str]]:
    """Address and what is next, of a probe whose latest send that finished was ``sent``."""
    default: dict[str, Any] = {
        "verdict": Verdict.FAILED,
        "code": "NOREG",
        "template": "11",
        "sign": "艾克米",
        "sent_at": 1,
    }
    finished = FinishedSend(**{**default, **sent}) if sent.get("verdict", "") is not None else None
    record = ProbeRecord("s", "00", "+86…0123", "1", "11", "艾克米", 2, finished=finished)
    state = replace(STATE, probes={"p": record})
    return [(str(each.address), each.next.value) for each in undelivered([probe], state)]


SIGN_FAILED = [("sign.acme", "register")]
CONTENT_FAILED = [("template.login", "reword")]
CASES: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("a sign that is not registered", {}, SIGN_FAILED),
    ("a text that a carrier blocks", {"code": "KEYWORD"}, CONTENT_FAILED),
    ("content", {"code": "FailedOperation.ContainSensitiveWord", "verdict": Verdict.REFUSED},
     CONTENT_FAILED),
    ("a refused sign", {"code": "FailedOperation.SignatureIncorrectOrUnapproved",
                        "verdict": Verdict.REFUSED}, SIGN_FAILED),
    ("delivered", {"verdict": Verdict.DELIVERED}, []),
    ("never finished", {"verdict": None}, []),
    ("a dead phone", {"code": "MK:0001"}, []),
    ("a code of two causes, one of them ours", {"code": "MS:0008"}, []),
    ("a code that nobody knows", {"code": "???"}, []),
    ("a sign of another name", {"sign": "旧名"}, []),
    ("a template that was replaced, for its sign", {"template": "10"}, SIGN_FAILED),
    ("a template that was replaced, for its text",
     {"template": "10", "code": "FailedOperation.ContainSensitiveWord"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("title", "sent", "expected"), CASES, ids=[each[0] for each in CASES])
def test_blamed_is_what_stands_and_nothing_else_fits(
    title: str, sent: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert blamed(PROBE, **sent) == expected


def test_what_a_probe_does_not_name_is_not_blamed() -> None:
    assert blamed(replace(PROBE, sign=None)) == []
    assert blamed(replace(PROBE, sign="other")) == []  # not recorded
    yisha = replace(PROBE, channel=Channel.YISHA, application=None)
    assert blamed(yisha, code="1005") == []
    assert list(undelivered([PROBE], STATE)) == []  # never sent
