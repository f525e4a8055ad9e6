"""Whatever becomes of what a run says, it does and records what it was asked to."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import progress
from smsops.render.github import reports
from smsops.render.outcome import text
from smsops.render.plan import text as plan
from tests.support.account import Account
from tests.support.backends import on_server
from tests.support.breakpoint import Breakpoint
from tests.support.project import Ran
from tests.support.served_project import ServedProject, check, served_project
from tests.support.state_server import StateServer

ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
]


@pytest.fixture
def project(account: Account, tmp_path: Path) -> Iterator[ServedProject]:
    project = served_project(tmp_path / "project", account).begin(1)
    project.sign("acme", "艾克米")
    yield project
    project.end()


@contextmanager
def closed() -> Iterator[int]:
    """A pipe whose reader went away."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@contextmanager
def full() -> Iterator[int]:
    """A device on which nothing fits any more."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    ("broken", "stream"),
    [
        (closed, "stderr"),
        pytest.param(closed, "stdout", marks=pytest.mark.faults),
        pytest.param(full, "stdout", marks=pytest.mark.faults),
        pytest.param(full, "stderr", marks=pytest.mark.faults),
    ],
)
def test_a_stream_that_takes_nothing_does_not_stop_an_apply(
    broken: Any, stream: str, project: ServedProject, account: Account
) -> None:
    with broken() as descriptor:
        run = project.process("apply", "--auto-approve", **{stream: descriptor})
    out, err = run.communicate(timeout=60)

    assert run.returncode == 0, (out, err)
    assert "Exception" not in (err or "")
    if stream == "stdout" and broken is full:
        assert "The result could not be shown: No space left on device" in err
    check(project, account, ADDS)


@pytest.mark.faults
@pytest.mark.parametrize(("broken", "code"), [(closed, 1), (full, 1)])
def test_a_plan_that_cannot_be_written_is_an_error_with_our_exit_code(
    broken: Any, code: int, project: ServedProject
) -> None:
    with broken() as descriptor:
        run = project.process("plan", stdout=descriptor)
    _, err = run.communicate(timeout=60)
    assert run.returncode == code
    assert "Exception" not in err


@pytest.mark.parametrize("failure", [ValueError, MemoryError, RecursionError])
@pytest.mark.parametrize(
    ("module", "name"),
    [(text, "text"), (progress, "started"), (progress, "ended")],
)
def test_a_renderer_that_fails_changes_nothing_of_what_an_apply_does(
    module: Any,
    name: str,
    failure: type[Exception],
    project: ServedProject,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise failure("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(module, name, broken)
        ran: Ran = project.apply()

    assert ran.code == 0, ran
    check(project, account, ADDS)


def test_a_plan_that_cannot_be_rendered_is_not_applied(
    project: ServedProject, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is done that the plan did not show."""

    def broken(*_: object, **__: object) -> str:
        raise RecursionError

    monkeypatch.setattr(plan, "text", broken)
    assert project.apply().code == 1
    assert account.writes() == []


def test_what_a_code_host_cannot_be_told_does_not_fail_an_apply(
    project: ServedProject, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ValueError("a defect")

    project.environment["GITHUB_ACTIONS"] = "true"
    monkeypatch.setattr(reports, "outcome", broken)

    ran = project.apply()

    assert ran.code == 0, ran
    assert "Apply complete" in ran.out
    assert account.adds() == ADDS


@pytest.mark.faults
def test_nobody_can_approve_a_plan_that_was_not_shown(
    project: ServedProject, account: Account
) -> None:
    ours, theirs = pty.openpty()
    with closed() as stdout:
        run = project.process("apply", stdin=theirs, stdout=stdout)
    os.close(theirs)
    os.write(ours, b"yes\n")

    ran = project.ended(run)

    os.close(ours)
    assert ran.code == 1
    assert "the plan could not be shown" in ran.err
    assert account.writes() == []


@pytest.mark.faults
def test_an_interrupted_run_does_not_wait_for_an_answer_that_hangs(
    project: ServedProject, account: Account
) -> None:
    """The lock has to be free before a CI system loses its patience, after some seconds."""
    pause = Breakpoint("before-reply", "DescribeSmsTemplateList")
    account.emulator.hook = pause
    with StateServer() as server:
        on_server(server).keep(project)
        run = project.process("apply", "--auto-approve")
        assert pause.reached.wait(40)
        run.send_signal(2)
        ran = project.ended(run, 20)
        pause.opened.set()
        assert ran.code == 130
        assert server.holder() is None
