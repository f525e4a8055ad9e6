"""SIGINT and SIGTERM at every stage of an apply: in order the first time, at once the second."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from smsops.emulator.faults import Fault
from tests.support.account import Account
from tests.support.backends import on_server
from tests.support.breakpoint import Breakpoint
from tests.support.served_project import ServedProject, check, converge, served_project
from tests.support.state_server import StateServer

CODES = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
SOME_CODES = [pytest.param(signal.SIGINT, 130, marks=pytest.mark.faults), (signal.SIGTERM, 143)]
ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
    ("AddSmsTemplate", "模板t1", "您的验证码是{1}。"),
]


@dataclass
class Stage:
    """A project with one sign and two templates, its account, and the server of its state, whose
    lock does not go away by itself.
    """

    project: ServedProject
    account: Account
    server: StateServer

    def hold(self, event: str, action: str) -> Breakpoint:
        """Start nothing yet: the first such call will be held."""
        pause = Breakpoint(event, action)
        self.account.emulator.hook = pause
        return pause

    def start(self) -> subprocess.Popen[str]:
        return self.project.process("apply", "--auto-approve")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Account(tmp_path / "account.json") as account, StateServer() as server:
        project = served_project(tmp_path / "project", account).begin(2)
        project.sign("acme", "艾克米")
        on_server(server).keep(project)
        yield Stage(project, account, server)
        project.end()


def until(run: subprocess.Popen[str], words: str) -> None:
    """Wait until a run says ``words`` on stderr."""
    assert run.stderr is not None
    for line in run.stderr:
        if words in line:
            return
    raise AssertionError(f"never said {words}")


@pytest.mark.parametrize(("number", "code"), SOME_CODES)
def test_a_signal_while_the_account_is_read_leaves_no_lock(
    number: int, code: int, stage: Stage
) -> None:
    pause = stage.hold("before-reply", "DescribeSmsTemplateList")
    run = stage.start()
    assert pause.reached.wait(40)
    assert stage.server.holder() is not None

    run.send_signal(number)
    ran = stage.project.ended(run, 20)
    pause.opened.set()

    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    assert stage.server.holder() is None
    assert stage.account.writes() == []


@pytest.mark.parametrize(("number", "code"), SOME_CODES)
def test_a_signal_lets_the_call_on_its_way_end_and_starts_nothing(
    number: int, code: int, stage: Stage
) -> None:
    pause = stage.hold("before-reply", "AddSmsSign")
    run = stage.start()
    assert pause.reached.wait(40)

    run.send_signal(number)
    until(run, "Stopping")
    pause.opened.set()
    ran = stage.project.ended(run)

    assert ran.code == code, ran
    assert stage.server.holder() is None
    assert stage.account.adds() == ADDS[:1]
    assert stage.project.recorded() == {("sign", 1110)}
    assert stage.project.stored()["intents"] == []
    converge(stage.project, stage.account)
    check(stage.project, stage.account, ADDS)


@pytest.mark.faults
@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_second_signal_ends_the_run_at_once_and_nothing_is_lost(
    number: int, code: int, stage: Stage
) -> None:
    stage.project.keep_state("local")
    pause = stage.hold("before-reply", "AddSmsSign")
    run = stage.start()
    assert pause.reached.wait(40)

    run.send_signal(number)
    until(run, "Stopping")
    assert run.poll() is None
    run.send_signal(number)
    ran = stage.project.ended(run, 20)

    assert ran.code == code, ran
    assert [intent["address"] for intent in stage.project.stored()["intents"]] == ["sign.acme"]
    pause.opened.set()
    converge(stage.project, stage.account)
    check(stage.project, stage.account, ADDS)


@pytest.mark.faults
def test_a_signal_after_another_failure_is_still_the_first_one(stage: Stage) -> None:
    """Refused credentials end a run in order as well; a signal meanwhile does not cut that off."""
    converge(stage.project, stage.account)
    stage.account.time.reset()
    stage.project.sign("other", "另一个")
    stage.project.template("t2")
    stage.account.order(Fault("AddSmsSign", "error", code="AuthFailure.TokenFailure"))
    pause = Breakpoint("before-reply", "AddSmsTemplate")

    def hook(event: str, action: str) -> None:
        """The sign is refused when the template is on its way."""
        pause(event, action)
        if action == "AddSmsSign":
            pause.reached.wait(40)

    stage.account.emulator.hook = hook
    run = stage.start()
    assert pause.reached.wait(40)
    while not any(call.code.startswith("AuthFailure") for call in stage.account.emulator.calls):
        time.sleep(0.01)
    time.sleep(0.1)

    run.send_signal(signal.SIGINT)
    until(run, "Stopping")
    assert run.poll() is None
    pause.opened.set()
    ran = stage.project.ended(run)

    assert ran.code == 130, ran
    assert "AuthFailure.TokenFailure" in ran.out
    assert stage.project.recorded() == stage.account.ids()
    assert stage.project.stored()["intents"] == []


@pytest.mark.faults
@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_at_the_question_leaves_no_lock(number: int, code: int, stage: Stage) -> None:
    ours, theirs = pty.openpty()
    run = stage.project.process("apply", stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"accepted: " not in shown:
        shown += os.read(ours, 65536)
    assert stage.server.holder() is not None

    run.send_signal(number)

    assert run.wait(20) == code
    os.close(ours)
    assert stage.server.holder() is None
    assert stage.account.writes() == []


@pytest.mark.faults
@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_while_recovering_leaves_the_intent_for_the_next_run(
    number: int, code: int, stage: Stage
) -> None:
    pause = stage.hold("before-reply", "AddSmsSign")
    killed = stage.start()
    assert pause.reached.wait(40)
    killed.kill()
    stage.project.ended(killed)
    pause.opened.set()
    holder = stage.server.holder()
    assert holder is not None
    assert stage.project("state", "unlock", holder).code == 0
    run = stage.start()
    until(run, "Recovering sign.acme")

    run.send_signal(number)
    ran = stage.project.ended(run, 20)

    assert ran.code == code, ran
    assert stage.server.holder() is None
    assert [intent["address"] for intent in stage.project.stored()["intents"]] == ["sign.acme"]
    converge(stage.project, stage.account)
    check(stage.project, stage.account, ADDS)


@dataclass
class Interrupting(StateServer):
    """A server of states that signals its client when that asks to unlock, and fails once."""

    pid: int = 0
    number: int = 0

    def decide(
        self, operation: str, query: Mapping[str, list[str]], body: bytes
    ) -> tuple[int, bytes]:
        if operation == "unlock" and self.pid:
            os.kill(self.pid, self.number)
            self.pid = 0
            return 500, b""
        return super().decide(operation, query, body)


@pytest.mark.faults
@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_while_the_lock_is_released_waits_for_that(
    number: int, code: int, tmp_path: Path
) -> None:
    """Nobody could write until the lock is broken by hand."""
    server = Interrupting(number=number)
    with Account(tmp_path / "account.json") as account, server:
        project = served_project(tmp_path / "project", account).begin(1)
        project.sign("acme", "艾克米")
        on_server(server).keep(project)
        run = project.process("apply", "--auto-approve")
        server.pid = run.pid
        ran = project.ended(run)
        assert ran.code == code, ran
        assert server.holder() is None
        assert "Apply complete" in ran.out


#: A run whose main thread waits, and hears of a signal only when that is over.
DEAF = """
import signal, sys, threading
from smsops.cancellation import Stop
from smsops.signals import SIGNALS, on_signals

said = threading.Event()
with on_signals(Stop(), lambda _: said.set()):
    signal.raise_signal(signal.SIGTERM)
    said.wait()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    print("Stopping", file=sys.stderr, flush=True)
    threading.Semaphore(0).acquire()
"""


def test_a_second_signal_ends_a_run_that_waits_and_does_not_hear_it() -> None:
    run = subprocess.Popen([sys.executable, "-c", DEAF], stderr=subprocess.PIPE, text=True)
    with run:
        try:
            until(run, "Stopping")
            run.send_signal(signal.SIGINT)
            assert run.wait(20) == 130
        finally:
            run.kill()
