"""One message and no second one: runs at once, kill -9 at every step, runners without a ledger."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.emulator.wire import Reply, Request
from smsops.errors import StateError
from smsops.state.backends.local import LocalBackend
from smsops.text.messages import T
from smsops.workspace import probes
from tests.support.backends import BACKENDS
from tests.support.probes import KEY, ProbeProject, probe_project
from tests.support.project import Ran
from tests.support.served_project import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop", report_delay=0.0) as made:
        made.declare()
        yield made


# -- at once --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3])
def test_runs_at_once_send_once_and_say_the_same(project: ProbeProject, count: int) -> None:
    arguments = ("probe", "--auto-approve", "--format", "json")
    project.account.time.reset()
    processes = [project.process(*arguments) for _ in range(count)]
    with ThreadPoolExecutor(count) as threads:
        ended = list(threads.map(project.ended, processes))
    assert len(project.messages()) == 1
    rows = [ran.json()["probes"][0] for ran in ended]
    # Whoever comes when all is over is told that the number has just got its message.
    late = [row for row in rows if row["code"] == "TooSoon"]
    told = [row for row in rows if row not in late]
    assert {row["verdict"] for row in told} == {"delivered"}
    assert len({row["serial_no"] for row in told}) == 1


def test_two_states_and_one_ledger_send_once(
    project: ProbeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two checkouts, one of which sends while the other one is about to."""
    project.environment["SMSOPS_LEDGER"] = f"sqlite:{tmp_path}/shared.db"
    other = replace(project, root=Path(shutil.copytree(project.root, tmp_path / "other")))
    claim = SqliteLedger.claim
    rows: list[dict[str, Any]] = []

    def claim_later(*arguments: Any) -> Any:
        if not rows:
            rows.append({})
            rows[0] = other.one()
        return claim(*arguments)

    monkeypatch.setattr(SqliteLedger, "claim", claim_later)
    assert project.one()["code"] == "TooSoon"
    assert rows[0]["verdict"] == "delivered"
    assert len(project.messages()) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_message_that_is_known_is_not_taken_for_the_lost_one(
    project: ProbeProject, tmp_path: Path, known: bool
) -> None:
    """Somebody sent to the number right before, and its report came here or did not."""
    project.declare(last="0006")
    other = replace(project, root=Path(shutil.copytree(project.root, tmp_path / "other")))
    theirs = other.one()
    if known:
        ran = project("receipts", "pull", "--application", "shop", "--consume")
        assert "1 report" in ran.out
    ours = project.one()
    assert len(project.messages()) == 2
    if known:
        assert ours["verdict"] == "delivered"
        assert ours["serial_no"] != theirs["serial_no"]
    else:
        assert (ours["verdict"], ours["serial_no"], ours["exit"]) == ("unknown", None, 7)


# -- ReportConversion -----------------------------------------------------------------------------


def calls_of(project: ProbeProject, action: str) -> list[str]:
    """The parameters of every call of ``action`` from now on."""
    seen: list[str] = []
    handle = project.account.emulator.handle

    def look_first(request: Request) -> Reply:
        if request.headers.get("x-tc-action") == action:
            seen.append(request.body.decode())
        return handle(request)

    project.account.emulator.handle = look_first  # type: ignore[method-assign]
    return seen


def test_a_conversion_is_reported_once_by_whoever_ends_the_probe(project: ProbeProject) -> None:
    """Of two runs at once the first one; and one that finds the report in the ledger already."""
    seen = calls_of(project, "ReportConversion")
    project.declare(reportConversion=True)
    handle = project.account.emulator.handle
    other: list[Ran] = []

    def run_another_first(request: Request) -> Reply:
        if request.headers.get("x-tc-action", "").startswith("Pull") and not other:
            other.append(Ran(0, "", ""))
            other[0] = project.probe()
        return handle(request)

    project.account.emulator.handle = run_another_first  # type: ignore[method-assign]
    assert project.one()["verdict"] == "delivered"
    [message] = project.messages()
    assert other[0].code == 0
    assert len(seen) == 1
    assert message.serial in seen[0]
    project.declare("late", "0005", reportConversion=True)
    assert project.one("late", "--no-wait")["verdict"] == "pending"
    project.account.time.advance(70)
    project("receipts", "pull", "--application", "shop", "--consume")
    [late] = project("receipts", "--probe", "late", "--format", "json").json()["messages"]
    assert late["verdict"] == "delivered"
    assert project.one("late")["verdict"] == "delivered"
    assert len(seen) == 2


@pytest.mark.parametrize("last", ["9999", "0002", "0004"])
def test_nothing_is_converted_that_nobody_asked_for_or_that_did_not_arrive(
    project: ProbeProject, last: str
) -> None:
    seen = calls_of(project, "ReportConversion")
    project.declare(last=last, reportConversion=last != "9999")
    project.one()
    assert seen == []


# -- kill -9 --------------------------------------------------------------------------------------


def killed(project: ProbeProject, number: int) -> Ran:
    """A run that kills itself at its ``number``-th step."""
    project.account.time.reset()
    environment = {
        "HOME": str(project.root / "home"),
        "PATH": os.environ["PATH"],
        **project.environment,
    }
    process = subprocess.Popen(
        [
            *(sys.executable, "-B", "-m", "tests.probes.killed", str(number)),
            *project.arguments("probe", "--auto-approve"),
        ],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return project.ended(process)


def kill_and_run_again(root: Path, number: int, channel: str = "tencent") -> bool:
    """Kill at a step, then run again as often as the budget has messages. False: not killed."""
    with probe_project(root, report_delay=0.0) as project:
        project.declare(channel=channel)
        ran = killed(project, number)
        assert ran.code in (0, -signal.SIGKILL), ran
        sent = len(project.messages())
        assert sent <= 1
        again = project.one()
        # Before its claim a run has left nothing to go on with.
        assert len(project.messages()) == (1 if number == 1 else sent)
        # Its 8th step is after the answer is stored; the gateway cannot be asked for one before.
        if sent and (channel != "yisha" or number >= 8):
            done = again["code"] == "TooSoon"  # killed when everything was said and done
            assert (again["verdict"], again["exit"]) == (
                ("refused", 10) if done else ("delivered", 0)
            )
        else:
            assert again["exit"] == (0 if number == 1 else 7), again
        for _ in range(4):
            project.account.time.advance(1000)
            project.probe()
        today = [message.sent_at for message in project.messages()]
        assert len({int((at + 8 * 3600) // 86400) for at in today}) > 1 or len(today) <= 2
    return ran.code != 0


@pytest.mark.parametrize(
    ("channel", "number"), [("tencent", 2), ("tencent", 5), ("tencent", 6), ("yisha", 6)]
)
def test_a_run_that_is_killed_is_gone_on_with(tmp_path: Path, channel: str, number: int) -> None:
    """After the claim, before the call, and after it when nothing knows of the answer."""
    assert kill_and_run_again(tmp_path / "shop", number, channel)


@pytest.mark.faults
@pytest.mark.parametrize("channel", ["tencent", "tencent-2019", "yisha"])
def test_a_run_killed_at_any_step_is_gone_on_with(tmp_path: Path, channel: str) -> None:
    number = 1
    while kill_and_run_again(tmp_path / str(number), number, channel):
        number += 1
    assert number > 12


def test_the_intent_is_durable_in_ledger_and_state_before_the_call(project: ProbeProject) -> None:
    seen: list[tuple[int, int]] = []
    handle = project.account.emulator.handle

    def look_first(request: Request) -> Reply:
        if request.headers.get("x-tc-action") == "SendSms":
            path = project.root / ".smsops" / "ledger.db"
            with closing(sqlite3.connect(path)) as ledger:
                [[rows]] = ledger.execute("SELECT count(*) FROM smsops_sends")
            stored = project("state", "pull").json()["probes"]
            seen.append((rows, len(stored["login"]["sends_today"])))
        return handle(request)

    project.account.emulator.handle = look_first  # type: ignore[method-assign]
    assert project.one()["exit"] == 0
    assert seen == [(1, 1)]


# -- runners without a ledger ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("backend", "last"),
    [*(("http", last) for last in ("0004", "9999", "0006", "0007")), ("git", "0006")],
)
def test_a_runner_that_has_only_the_state_sends_nothing_more(
    tmp_path: Path, backend: str, last: str
) -> None:
    (tmp_path / "place").mkdir()
    with (
        BACKENDS[backend](tmp_path / "place") as place,
        probe_project(tmp_path / "shop", report_delay=0.0) as project,
    ):
        shutil.copy(project.state, tmp_path / "state.json")
        place.keep(project)
        assert project("state", "push", str(tmp_path / "state.json")).code == 0
        project.environment["SMSOPS_LEDGER_KEY"] = KEY
        project.declare(last=last)
        first = project.one()
        sent = len(project.messages())
        shutil.rmtree(project.root / ".smsops")
        again = project.one()
        assert len(project.messages()) == sent
        if last == "0004":
            assert (again["verdict"], again["serial_no"]) == ("pending", first["serial_no"])
        elif last == "0007":
            assert (sent, again["exit"]) == (0, 7)
        else:
            assert (first["verdict"], again["code"]) == ("delivered", "TooSoon")
        stored = project.stored()["probes"]["login"]
        assert stored["verdict"] == first["verdict"]
        assert stored["sends_today"] == [stored["sent_at"]]


@pytest.mark.parametrize("backend", ["http", "git"])
def test_runners_at_once_that_share_only_the_state_send_once(tmp_path: Path, backend: str) -> None:
    (tmp_path / "place").mkdir()
    with (
        BACKENDS[backend](tmp_path / "place") as place,
        probe_project(tmp_path / "shop", report_delay=0.0) as project,
    ):
        shutil.copy(project.state, tmp_path / "state.json")
        place.keep(project)
        assert project("state", "push", str(tmp_path / "state.json")).code == 0
        project.environment["SMSOPS_LEDGER_KEY"] = KEY
        project.declare()
        project.account.time.reset()
        arguments = ("probe", "--auto-approve", "--format", "json")
        processes = [
            project.process(*arguments, "--ledger", f"sqlite:{tmp_path}/{number}.db")
            for number in range(3)
        ]
        with ThreadPoolExecutor(3) as threads:
            ended = list(threads.map(project.ended, processes))
        [message] = project.messages()
        rows = [ran.json()["probes"][0] for ran in ended]
        told = [row for row in rows if row["code"] != "TooSoon"]
        assert {(row["verdict"], row["serial_no"]) for row in told} == {
            ("delivered", message.serial)
        }


def test_a_runner_that_has_only_the_state_keeps_to_the_budget(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    with (
        BACKENDS["http"](tmp_path / "place") as place,
        probe_project(tmp_path / "shop", report_delay=0.0) as project,
    ):
        shutil.copy(project.state, tmp_path / "state.json")
        place.keep(project)
        assert project("state", "push", str(tmp_path / "state.json")).code == 0
        project.environment["SMSOPS_LEDGER_KEY"] = KEY
        for name in ("one", "two"):
            project.declare(name, perDay=2)
        codes = []
        for name in ("one", "two", "one", "two"):
            codes.append(project.one(name)["code"])
            project.account.time.advance(60)
            shutil.rmtree(project.root / ".smsops")
        assert codes == ["DELIVRD", "DELIVRD", "DailyBudget", "DailyBudget"]
        assert len(project.messages()) == 2


@pytest.mark.parametrize("backend", ["http", "git"])
def test_a_shared_state_needs_a_key_that_is_shared(tmp_path: Path, backend: str) -> None:
    (tmp_path / "place").mkdir()
    with (
        BACKENDS[backend](tmp_path / "place") as place,
        probe_project(tmp_path / "shop") as project,
    ):
        place.keep(project)
        project.declare()
        ran = project.probe()
        assert ran.code == 64
        assert "SMSOPS_LEDGER_KEY" in ran.err
        assert project.messages() == []


def test_a_key_that_the_state_does_not_know_sends_nothing(project: ProbeProject) -> None:
    """``rm .smsops/ledger.db*`` takes the key too, and another ledger would get another one."""
    assert project.one()["code"] == "DELIVRD"
    (key,) = project.root.glob(".smsops/ledger.db.key")
    held = key.read_text("utf-8").strip()
    project.account.time.advance(60)
    elsewhere = ("--ledger", f"sqlite:{project.root}/other.db")
    for arguments in ((), elsewhere, ("--dry-run", *elsewhere)):
        if not arguments:
            for each in project.root.glob(".smsops/ledger.db*"):
                each.unlink()
        ran = project.probe(*arguments)
        assert ran.code == 1
        assert "by a key that is gone" in ran.err
        assert "forget what was sent: `smsops state rm probe.login" in ran.err
        assert len(project.messages()) == 1
    project.environment["SMSOPS_LEDGER_KEY"] = held
    assert project.one()["code"] == "DELIVRD"
    assert project.one()["code"] == "DailyBudget"
    project.environment["SMSOPS_LEDGER_KEY"] = "another-" * 4
    for options in ((), ("--dry-run",)):
        ran = project.probe("--ledger", f"sqlite:{project.root}/second.db", *options)
        assert (ran.code, "by another key than this one" in ran.err) == (1, True), ran
        assert "`smsops state rm probe.login" in ran.err
    assert len(project.messages()) == 2
    del project.environment["SMSOPS_LEDGER_KEY"]
    assert project("state", "rm", "probe.login").code == 0
    assert project.one("login", *elsewhere)["code"] == "DELIVRD"
    project.account.time.advance(86400)
    assert project.one("login", "--ledger", f"sqlite:{project.root}/third.db")["code"] == "DELIVRD"


def test_the_lock_of_the_state_is_free_while_a_call_is_made_and_while_a_probe_waits(
    project: ProbeProject,
) -> None:
    free: list[str] = []
    handle = project.account.emulator.handle

    def lock_first(request: Request) -> Reply:
        action = request.headers.get("x-tc-action", "")
        if action.startswith(("SendSms", "Pull")):
            with LocalBackend(project.state).lock("test"):
                free.append(action)
        return handle(request)

    project.account.emulator.handle = lock_first  # type: ignore[method-assign]
    project.declare(last="0005")
    assert project.one()["verdict"] == "delivered"
    assert free[0] == "SendSms"
    assert len(free) > 2


def test_what_the_state_does_not_take_is_not_sent_and_spends_nothing(
    project: ProbeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StateError(T("no room"))

    project.declare(perDay=1)
    with monkeypatch.context() as patched:
        patched.setattr(LocalBackend, "write", full)
        ran = project.probe()
    assert (ran.code, "no room" in ran.err) == (1, True)
    assert project.messages() == []
    assert project.one()["verdict"] == "delivered"


def test_what_a_busy_state_did_not_take_it_takes_later(
    project: ProbeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody applies meanwhile: it is said, and the run ends well if the last save does."""
    monkeypatch.setattr(probes, "LOCK_TIMEOUT", 0.02)
    held = ExitStack()
    handle = project.account.emulator.handle

    def lock_until_asked(request: Request) -> Reply:
        action = request.headers.get("x-tc-action", "")
        if action == "SendSms":
            held.enter_context(LocalBackend(project.state).lock("apply"))
        elif action.startswith("Pull"):
            held.close()
        return handle(request)

    project.account.emulator.handle = lock_until_asked  # type: ignore[method-assign]
    ran = project.probe()
    assert "what became of login is not saved in the state" in ran.err
    assert ran.code == 0, ran.err
    assert project.stored()["probes"]["login"]["verdict"] == "delivered"
