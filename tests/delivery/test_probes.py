"""Probes on a ledger that is a server: the same, and with no file of a ledger on the machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer
from tests.support.probes import KEY, ProbeProject, probe_project


@pytest.fixture
def project(tmp_path: Path, postgres: PostgresServer) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop", report_delay=0.0) as made:
        made.environment |= {"SMSOPS_LEDGER": postgres.fresh(), "SMSOPS_LEDGER_KEY": KEY}
        yield made


def no_file(project: ProbeProject) -> None:
    assert not list((project.root / ".smsops").glob("ledger*"))


@pytest.mark.parametrize(("last", "exit"), [("9999", 0), ("0002", 10), ("0006", 0), ("0007", 7)])
def test_probes_end_as_on_a_file(project: ProbeProject, last: str, exit: int) -> None:
    project.declare(last=last)
    assert project("probe", "--dry-run").code == 0
    row = project.one()
    assert row["exit"] == exit
    assert len(project.messages()) == (last != "0007")
    again = project.one()
    assert again["code"] == ("TooSoon" if exit != 7 else None)
    [message] = project("receipts", "--format", "json").json()["messages"]
    assert (message["probe"], message["message"]) == ("login", row["serial_no"])
    no_file(project)


def test_runs_at_once_send_once(project: ProbeProject) -> None:
    project.declare()
    project.account.time.reset()
    processes = [project.process("probe", "--auto-approve", "--format", "json") for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        ended = list(threads.map(project.ended, processes))
    assert len(project.messages()) == 1
    rows = [ran.json()["probes"][0] for ran in ended]
    assert {row["verdict"] for row in rows if row["code"] != "TooSoon"} == {"delivered"}
    no_file(project)


def test_a_server_that_is_not_there_sends_nothing(project: ProbeProject, tmp_path: Path) -> None:
    project.environment["SMSOPS_LEDGER"] = f"postgresql://smsops@/postgres?host={tmp_path}"
    project.declare()
    assert project.probe().code == 1
    assert project.messages() == []
