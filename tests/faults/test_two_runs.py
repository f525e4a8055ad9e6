"""Two runs at once, really: one works, the other is told who does. A run that lost its lock while
it slept writes nothing any more.
"""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.support.account import Account
from tests.support.backends import BACKENDS, every_backend
from tests.support.breakpoint import Breakpoint
from tests.support.served_project import ServedProject, check, converge, served_project


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "account.json")


def new(root: Path, account: Account) -> ServedProject:
    """A sign and two templates, nothing of it applied."""
    project = served_project(root, account).begin(2)
    project.sign("acme", "艾克米")
    return project


ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
    ("AddSmsTemplate", "模板t1", "您的验证码是{1}。"),
]


@every_backend("local")
def test_of_two_applies_one_works_and_the_other_names_it(
    backend: str, account: Account, tmp_path: Path
) -> None:
    """Both start at the same moment; whoever has the lock is held up until the other has ended."""
    pause = Breakpoint("before-commit", "AddSmsSign")
    with account, BACKENDS[backend](tmp_path) as place:
        account.emulator.hook = pause
        project = new(tmp_path / "project", account)
        place.keep(project)
        runs = [project.process("apply", "--auto-approve") for _ in range(2)]
        until = time.monotonic() + 60
        while all(run.poll() is None for run in runs) and time.monotonic() < until:
            time.sleep(0.01)
        loser, winner = sorted(runs, key=lambda run: run.poll() is None)
        lost = project.ended(loser)
        assert pause.reached.is_set() or pause.reached.wait(40)
        pause.opened.set()
        won = project.ended(winner)

        assert (lost.code, won.code) == (5, 0), (lost, won)
        assert re.search(rf"is locked by \S+ pid {winner.pid} since ", lost.err)
        assert account.adds() == ADDS
        converge(project, account)
        check(project, account, ADDS)


def test_the_lock_of_a_killed_run_is_free_at_once(account: Account, tmp_path: Path) -> None:
    pause = Breakpoint("before-reply", "AddSmsSign")
    with account:
        account.emulator.hook = pause
        project = new(tmp_path / "project", account)
        holder = project.process("apply", "--auto-approve")
        assert pause.reached.wait(40)
        assert project.apply().code == 5
        holder.kill()
        project.ended(holder)
        pause.opened.set()

        ran = project.apply()

        assert ran.code == 0, ran
        assert "sign.acme: the interrupted run had created 1110; recorded." in ran.err
        check(project, account, ADDS)


@every_backend("local")
def test_a_run_that_slept_while_its_lock_was_taken_writes_no_more(
    backend: str, account: Account, tmp_path: Path
) -> None:
    """The sleeper's Add is done, its reply is on the way. Another run takes the lock, finds the
    object, finishes the plan. Then the sleeper wakes up.
    """
    pause = Breakpoint("before-reply", "AddSmsSign")
    with account, BACKENDS[backend](tmp_path) as place:
        account.emulator.hook = pause
        project = new(tmp_path / "project", account)
        place.keep(project)
        sleeper = project.process("apply", "--auto-approve")
        assert pause.reached.wait(40)
        os.kill(sleeper.pid, signal.SIGSTOP)
        locked = project.apply()
        assert locked.code == 5
        if backend == "local":
            (project.root / ".smsops" / "state.json.lock").unlink()
        else:
            stale = re.search(r"smsops state unlock (\S+)", locked.err)
            assert stale is not None
            assert project("state", "unlock", stale[1]).code == 0

        other = project.apply()
        pause.opened.set()
        os.kill(sleeper.pid, signal.SIGCONT)
        woken = project.ended(sleeper)

        assert other.code == 0, other
        assert "the interrupted run had created 1110; recorded." in other.err
        assert woken.code == 1, woken
        assert "was not written" in woken.out
        assert "sign.acme: created with id 1110, but the state could not be saved" in woken.err
        assert account.adds() == ADDS
        converge(project, account)
        check(project, account, ADDS)
