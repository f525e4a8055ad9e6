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

from tests.faults.account import Account
from tests.faults.gate import Gate
from tests.faults.homes import HOMES
from tests.faults.works import Works, check, converge, project

#: The shared ones take longer.
SOME_HOMES = [
    "local",
    pytest.param("http", marks=pytest.mark.faults),
    pytest.param("git", marks=pytest.mark.faults),
]


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "account.json")


def new(root: Path, account: Account) -> Works:
    """A sign and two templates, nothing of it applied."""
    works = project(root, account).begin(2)
    works.sign("acme", "艾克米")
    return works


ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
    ("AddSmsTemplate", "模板t1", "您的验证码是{1}。"),
]


@pytest.mark.parametrize("home", SOME_HOMES)
def test_of_two_applies_one_works_and_the_other_names_it(
    home: str, account: Account, tmp_path: Path
) -> None:
    """Both start at the same moment; whoever has the lock is held up until the other has ended."""
    gate = Gate("before-commit", "AddSmsSign")
    with account, HOMES[home](tmp_path) as move_in:
        account.emulator.hook = gate
        works = new(tmp_path / "project", account)
        move_in(works)
        runs = [works.process("apply", "--auto-approve") for _ in range(2)]
        until = time.monotonic() + 60
        while all(run.poll() is None for run in runs) and time.monotonic() < until:
            time.sleep(0.01)
        loser, winner = sorted(runs, key=lambda run: run.poll() is None)
        lost = works.ended(loser)
        assert gate.reached.is_set() or gate.reached.wait(40)
        gate.opened.set()
        won = works.ended(winner)

        assert (lost.code, won.code) == (5, 0), (lost, won)
        assert re.search(rf"is locked by \S+ pid {winner.pid} since ", lost.err)
        assert account.adds() == ADDS
        converge(works, account)
        check(works, account, ADDS)


def test_the_lock_of_a_killed_run_is_free_at_once(account: Account, tmp_path: Path) -> None:
    gate = Gate("before-reply", "AddSmsSign")
    with account:
        account.emulator.hook = gate
        works = new(tmp_path / "project", account)
        holder = works.process("apply", "--auto-approve")
        assert gate.reached.wait(40)
        assert works.apply().code == 5
        holder.kill()
        works.ended(holder)
        gate.opened.set()

        ran = works.apply()

        assert ran.code == 0, ran
        assert "sign.acme: the interrupted run had created 1110; recorded." in ran.err
        check(works, account, ADDS)


@pytest.mark.parametrize("home", SOME_HOMES)
def test_a_run_that_slept_while_its_lock_was_taken_writes_no_more(
    home: str, account: Account, tmp_path: Path
) -> None:
    """The sleeper's Add is done, its reply is on the way. Another run takes the lock, finds the
    object, finishes the plan. Then the sleeper wakes up.
    """
    gate = Gate("before-reply", "AddSmsSign")
    with account, HOMES[home](tmp_path) as move_in:
        account.emulator.hook = gate
        works = new(tmp_path / "project", account)
        move_in(works)
        sleeper = works.process("apply", "--auto-approve")
        assert gate.reached.wait(40)
        os.kill(sleeper.pid, signal.SIGSTOP)
        locked = works.apply()
        assert locked.code == 5
        if home == "local":
            (works.root / ".smsops" / "state.json.lock").unlink()
        else:
            stale = re.search(r"smsops state unlock (\S+)", locked.err)
            assert stale is not None
            assert works("state", "unlock", stale[1]).code == 0

        other = works.apply()
        gate.opened.set()
        os.kill(sleeper.pid, signal.SIGCONT)
        woken = works.ended(sleeper)

        assert other.code == 0, other
        assert "the interrupted run had created 1110; recorded." in other.err
        assert woken.code == 1, woken
        assert "was not written" in woken.out
        assert "sign.acme: created with id 1110, but the state could not be saved" in woken.err
        assert account.adds() == ADDS
        converge(works, account)
        check(works, account, ADDS)
