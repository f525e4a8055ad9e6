"""What people and deployments are told of objects that the account does not show yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smsops.emulator.faults import Fault
from tests.support.account import Account
from tests.support.served_project import ServedProject, served_project

LISTING = "DescribeSmsTemplateList"


@pytest.fixture
def project(account: Account, tmp_path: Path) -> ServedProject:
    """A sign and template.t0, active, applied more than ten minutes ago."""
    project = served_project(tmp_path / "project", account).begin(1)
    project.sign("acme", "艾克米")
    assert project.apply().code == 0
    account.approve()
    assert project.apply().code == 0
    account.time.advance(700)
    return project


def status(project: ServedProject, address: str) -> tuple[str, dict[str, Any]]:
    """What ``smsops status`` says of one address: the lines of its text, and its JSON."""
    text = project("status")
    document = project("status", "--format", "json")
    assert (text.code, document.code) == (0, 0), text
    block = text.out[text.out.index(address) :]
    [row] = [row for row in document.json()["resources"] if row["address"] == address]
    return block, row


def test_an_object_that_is_not_listed_yet_is_not_called_gone(
    project: ServedProject, account: Account
) -> None:
    """The same rule as in a plan: gone is what was submitted more than ten minutes ago."""
    account.order(Fault(LISTING, "hide", seconds=3600))
    project.template("t1")
    assert project.apply().code == 0
    assert "not listed yet" in project("plan").out

    text, row = status(project, "template.t1")
    assert "not listed yet" in text
    assert "gone" not in text
    assert row["review"] == "in_review", "it was submitted, and nobody has heard of a verdict"
    everything = project("output", "--all").json()["outputs"]
    assert everything["template.t1"]["review"] == "in_review"
    waited = project("wait", "template.t1", "--timeout", "0s")
    assert waited.code == 8
    assert "gone" not in waited.err

    account.time.advance(700)
    text, row = status(project, "template.t1")
    assert "gone" in text
    assert "not listed yet" not in text
    assert row["review"] is None
    assert project("output", "--all").json()["outputs"]["template.t1"]["review"] is None
    assert project("wait", "template.t1", "--timeout", "0s").code == 1


def test_a_review_that_was_read_once_stands_while_the_listing_lags(
    project: ServedProject, account: Account
) -> None:
    """A successor that is seen no more is not announced for promotion: a plan waits for it."""
    project.template("t0", "第二版{1}。")
    assert project.apply().code == 0
    account.approve()
    assert project("wait", "template.t0", "--timeout", "0s").code == 0
    assert "promotes it" in status(project, "template.t0")[0]

    account.order(Fault(LISTING, "hide", seconds=600))
    text, row = status(project, "template.t0")
    assert "not listed yet" in text
    assert "promotes it" not in text
    assert row["review"] == "active"
    assert row["successor"]["review"] == "active"
    everything = project("output", "--all").json()["outputs"]
    assert everything["template.t0"]["successor"]["review"] is None, "nobody should send with it"
    assert "is not listed yet" in project("plan").out


def test_what_was_listed_once_and_is_missing_is_gone_at_once(
    project: ServedProject, account: Account
) -> None:
    """Everywhere alike: nobody waits for it, hands it out or announces its promotion."""
    project.template("t0", "第二版{1}。")
    assert project.apply().code == 0
    assert project.apply().code == 0, "the second one lists what the first one made"
    account.approve()
    assert "promotes it" in status(project, "template.t0")[0]

    account.order(Fault(LISTING, "hide", seconds=600))
    text, row = status(project, "template.t0")
    assert "successor" in text
    assert "gone" in text
    assert "not listed yet" not in text
    assert "promotes it" not in text
    assert row["successor"]["review"] is None
    everything = project("output", "--all").json()["outputs"]
    assert everything["template.t0"]["successor"]["review"] is None
    drift = project("drift")
    assert drift.code == 2
    assert "the successor; not in the listing" in drift.out
    assert "submits another successor" in drift.out
    assert "the successor was deleted outside smsops" in project("plan").out
    waited = project("wait", "template.t0", "--timeout", "0s")
    assert waited.code == 1
    assert "gone" in waited.err
