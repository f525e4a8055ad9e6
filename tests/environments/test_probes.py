"""Probes of a project with environments: each through its own account, to its own number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.environments import NAMES, Shared
from tests.support.probes import KEY, phone

APPLICATION = (
    "apiVersion: smsops/v1\nkind: Application\nmetadata: {name: shop}\n"
    "spec: {sdkAppId: 1400006666}\n"
)
PROBE = """\
apiVersion: smsops/v1
kind: Probe
metadata: {name: login}
spec:
  channel: tencent
  application: shop
  sign: acme
  template: login
  params: [{digits: 6}]
  to: {env: SMSOPS_PROBE_PHONE}
  perDay: 1
"""


@pytest.fixture
def probing(both: Shared) -> Shared:
    """The same with a probe, applied and approved in both."""
    for name, text in (("applications", APPLICATION), ("probes", PROBE)):
        (both.project.root / name).mkdir()
        (both.project.root / name / "a.yaml").write_text(text, "utf-8")
    for name in NAMES:
        both.approved(name)
    return both


def test_no_environment_goes_on_with_the_probe_of_another(probing: Shared, tmp_path: Path) -> None:
    """They share a ledger, an application and a phone."""
    project = probing.project
    project.environment |= {
        "SMSOPS_PROBE_PHONE": phone("0004"),
        "SMSOPS_LEDGER": f"sqlite:{tmp_path / 'shared.db'}",
        "SMSOPS_LEDGER_KEY": KEY,
    }
    arguments = ("probe", "--auto-approve", "--no-wait", "--format", "json")
    assert project("-e", "staging", *arguments).json()["probes"][0]["verdict"] == "pending"
    assert project("-e", "prod", *arguments).json()["probes"][0]["code"] == "UnderWay"
    assert probing.accounts["prod"].emulator.messages() == []
    assert project("-e", "staging", *arguments).json()["probes"][0]["verdict"] == "pending"
    assert len(probing.accounts["staging"].emulator.messages()) == 1


def test_a_shared_ledger_keeps_what_each_environment_sent_apart(
    probing: Shared, tmp_path: Path
) -> None:
    """Its number gets no more messages than it may, whoever sends them."""
    project = probing.project
    project.environment |= {
        "SMSOPS_PROBE_PHONE": phone("9999"),
        "PROD__SMSOPS_PROBE_PHONE": phone("0002"),
        "SMSOPS_LEDGER": f"sqlite:{tmp_path / 'shared.db'}",
        "SMSOPS_LEDGER_KEY": KEY,
    }
    for name in NAMES:
        ran = project("-e", name, "probe", "--auto-approve", "--format", "json")
        assert ran.json()["probes"][0]["verdict"] in ("delivered", "failed")
    listing = ("receipts", "--probe", "login", "--format", "json")
    sent = {
        name: [each["verdict"] for each in project("-e", name, *listing).json()["messages"]]
        for name in NAMES
    }
    assert sent == {"staging": ["delivered"], "prod": ["failed"]}
    # Both numbers are one now, which got its message of today.
    other = project.environment | {"PROD__SMSOPS_PROBE_PHONE": phone("9999")}
    before, project.environment = project.environment, other
    ran = project("-e", "prod", "probe", "--auto-approve", "--format", "json")
    assert ran.json()["probes"][0]["code"] == "DailyBudget"
    project.environment = before
    chosen = project("receipts", "--format", "json")
    assert {each["verdict"] for each in chosen.json()["messages"]} == {"delivered", "failed"}
    project.environment["SMSOPS_ENVIRONMENT"] = "prod"
    assert len(project("receipts", "--format", "json").json()["messages"]) == 1
    ledger = project.environment.pop("SMSOPS_LEDGER")
    project.environment["PROD__SMSOPS_LEDGER"] = ledger
    assert len(project("receipts", "--format", "json").json()["messages"]) == 1
    project.clock.sleep(7200)
    [shop] = project("stats", "--ledger", ledger, "--format", "json").json()["applications"]
    assert (shop["accepted"], shop["delivered"]) == (1, 0)
    # Who says where the ledger is needs no environment, but for the names of applications.
    del project.environment["SMSOPS_ENVIRONMENT"]
    for arguments in (
        ("stats",),
        ("stats", "1400006666"),
        ("receipts", "--application", "1400006666"),
    ):
        ran = project(*arguments, "--ledger", ledger)
        assert (ran.code, "1400006666" in ran.out) == (0, True), ran
    for arguments in (("stats", "shop"), ("receipts", "--application", "shop")):
        ran = project(*arguments, "--ledger", ledger)
        assert (ran.code, "say which environment: staging, prod" in ran.err) == (64, True), ran
    # The drift of an environment knows the verdicts of its own probes alone.
    assert project("-e", "staging", "drift").code == 0
    assert "did not arrive: login" in project("-e", "prod", "drift").out


def test_a_probe_is_sent_in_the_environment_that_is_chosen(probing: Shared) -> None:
    both, project = probing, probing.project
    project.environment |= {
        "SMSOPS_PROBE_PHONE": phone("9999"),
        "PROD__SMSOPS_PROBE_PHONE": phone("0002"),
    }
    assert project("probe", "--auto-approve").code == 64
    for name, last, exit in (("staging", "9999", 0), ("prod", "0002", 10)):
        others = [account for other, account in both.accounts.items() if other != name]
        before = [len(account.emulator.messages()) for account in others]
        ran = project("-e", name, "probe", "--auto-approve", "--format", "json")
        assert (ran.code, ran.json()["probes"][0]["to"]) == (exit, f"+86…{last}")
        [message] = both.accounts[name].emulator.messages()
        assert message.number == phone(last)
        assert [len(account.emulator.messages()) for account in others] == before
        assert (project.root / ".smsops" / name / "ledger.db").exists()
        kept = project("-e", name, "state", "list", "--format", "json").json()["probes"]
        assert [row["to"] for row in kept] == [f"+86…{last}"]
    assert not (project.root / ".smsops" / "ledger.db").exists()
