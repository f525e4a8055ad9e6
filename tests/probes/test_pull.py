"""``smsops receipts pull``: what waits for an application, taken once and kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.emulator.faults import Fault
from smsops.errors import LedgerUnavailable
from smsops.text.messages import T
from tests.support.probes import APPLICATION, ProbeProject, phone, probe_project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop") as made:
        yield made


def pull(project: ProbeProject, *arguments: str) -> str:
    ran = project("receipts", "pull", "--application", "shop", "--consume", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def test_without_consume_nothing_is_taken(project: ProbeProject) -> None:
    ran = project("receipts", "pull", "--application", "shop")
    assert ran.code == 64
    assert "--consume" in ran.err


def test_an_application_that_nobody_declared_is_an_error(project: ProbeProject) -> None:
    ran = project("receipts", "pull", "--application", "cart", "--consume")
    assert ran.code == 64
    assert "shop" in ran.err


def test_where_nothing_waits_nothing_is_taken(project: ProbeProject) -> None:
    assert pull(project) == "Pulled: 0 reports, 0 replies.\n"


def test_what_waits_is_taken_once_and_is_what_the_probe_saw(project: ProbeProject) -> None:
    reply = {"within": "10m", "matches": "^R"}
    project.declare(last="0008", expect={"within": "2m", "reply": reply})
    assert project.one()["exit"] == 0
    assert pull(project) == "Pulled: 1 report, 1 reply.\n"
    assert pull(project, "--ledger", f"sqlite:{project.root}/.smsops/ledger.db") == (
        "Pulled: 0 reports, 0 replies.\n"
    )
    rows = [json.loads(line) for line in project("ledger", "export").out.splitlines()]
    text = json.dumps(rows, ensure_ascii=False)
    assert text.count('"repeats": 1') == 2, "a report or a reply is there twice"
    assert phone("0008") not in text


def test_the_id_of_an_application_is_a_name_too(project: ProbeProject) -> None:
    ran = project("receipts", "pull", "--application", APPLICATION, "--consume")
    assert ran.code == 0


def test_an_answer_that_is_lost_is_said_to_be_lost(project: ProbeProject) -> None:
    project.account.order(Fault(action="PullSmsSendStatus", kind="drop"))
    ran = project("receipts", "pull", "--application", "shop", "--consume")
    assert ran.code in (1, 7)
    assert "gone from this queue" in ran.err


def test_a_ledger_that_takes_nothing_is_told_with_what_is_gone(
    project: ProbeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.declare()
    assert project.one()["verdict"] == "delivered"

    def full(*_: Any) -> None:
        raise LedgerUnavailable(T("no room"), hint=T("Make some."))

    monkeypatch.setattr(SqliteLedger, "append", full)
    ran = project("receipts", "pull", "--application", "shop", "--consume")
    assert ran.code == 1
    assert "no room" in ran.err
    assert "is not kept, and gone from this queue: 1. " in ran.err
    assert "Make some." in ran.err
