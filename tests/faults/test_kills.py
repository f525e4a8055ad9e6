"""kill -9 of a real process at every write to the account, and at every write to the state.

The next run is told nothing: it has to find out what happened. What counts in the end is the
account's own ledger.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.account import Moment, Strike, kill
from tests.support.backends import on_server
from tests.support.served_project import Before, accounted_for, busy, check, converge, modest
from tests.support.state_server import StateServer

#: Every write of the busy apply: (action, the how many-th of it).
OPERATIONS = (
    ("AddSmsSign", 1),
    ("AddSmsSign", 2),
    ("ModifySmsSign", 1),
    ("DeleteSmsSign", 1),
    ("AddSmsTemplate", 1),
    ("AddSmsTemplate", 2),
    ("AddSmsTemplate", 3),
    ("ModifySmsTemplate", 1),
    ("DeleteSmsTemplate", 1),
    ("DeleteSmsTemplate", 2),
    ("DeleteSmsTemplate", 3),
)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Before:
    return Before.make(tmp_path_factory.mktemp("works") / "before", busy)


def strike_and_converge(before: Before, to: Path, action: str, number: int, at: Moment) -> None:
    """The account kills its client at a moment of the ``number``-th ``action``."""
    with before.copy(to) as (project, account):
        process = project.process("apply", "--auto-approve")
        account.strike = Strike(kill(process.pid), at, number, action)
        assert project.ended(process).code == -signal.SIGKILL
        accounted_for(project, account)

        converge(project, account)

        check(project, account, before.adds)


@pytest.mark.faults
@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(("action", "number"), OPERATIONS)
def test_a_run_killed_at_any_write_leaves_nothing_twice_and_nothing_lost(
    action: str, number: int, moment: Moment, before: Before, tmp_path: Path
) -> None:
    strike_and_converge(before, tmp_path / "copy", action, number, moment)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Before:
    return Before.make(tmp_path_factory.mktemp("works") / "before", modest)


def kill_and_converge(small: Before, to: Path, call: str, number: int) -> bool:
    """Kill a run right before its ``number``-th ``call``; false when it makes fewer."""
    with small.copy(to) as (project, account):
        ran = project.struck(f"{call}:KILL:{number}", "apply", "--auto-approve")
        assert ran.code in (0, -signal.SIGKILL), ran
        accounted_for(project, account)
        converge(project, account)
        check(project, account, small.adds)
    return ran.code != 0


def test_a_killed_run_leaves_nothing_twice_and_nothing_lost(small: Before, tmp_path: Path) -> None:
    """The quick version of the two below: a write, and a save."""
    strike_and_converge(small, tmp_path / "write", "AddSmsTemplate", 1, Moment.AFTER_COMMIT)
    assert kill_and_converge(small, tmp_path / "save", "fsync", 6)


@pytest.mark.faults
@pytest.mark.parametrize(("call", "least"), [("write", 11), ("fsync", 10), ("rename", 16)])
def test_a_run_killed_at_any_call_of_any_save_leaves_nothing_twice_and_nothing_lost(
    call: str, least: int, small: Before, tmp_path: Path
) -> None:
    """Every ``call`` of the whole apply, one after the other, until a run is not killed."""
    number = 1
    while kill_and_converge(small, tmp_path / f"copy-{number}", call, number):
        number += 1
    assert number > least


@dataclass
class Deadly(StateServer):
    """A server of states that kills its client before or after it stores the ``write``-th save."""

    pid: int = 0
    write: int = 0
    done: bool = False

    def decide(
        self, operation: str, query: Mapping[str, list[str]], body: bytes
    ) -> tuple[int, bytes]:
        self.write -= operation == "write"
        struck = operation == "write" and self.write == 0
        answer = (500, b"") if struck and not self.done else super().decide(operation, query, body)
        if struck:
            os.kill(self.pid, signal.SIGKILL)
        return answer


@pytest.mark.faults
@pytest.mark.parametrize("done", [False, True], ids=["before it is stored", "after"])
def test_a_run_killed_at_any_save_on_a_server_leaves_nothing_twice_and_nothing_lost(
    done: bool, small: Before, tmp_path: Path
) -> None:
    """Save after save, until a run is not killed. The lock of a killed one has to be broken."""
    number, killed = 1, True
    while killed:
        server = Deadly()
        with small.copy(tmp_path / str(number)) as (project, account), server:
            server.versions[0] = project.state.read_bytes()
            on_server(server).keep(project)
            process = project.process("apply", "--auto-approve")
            server.pid, server.write, server.done = process.pid, number, done
            killed = project.ended(process).code == -signal.SIGKILL
            accounted_for(project, account)
            if killed:
                holder = server.holder()
                assert holder is not None
                assert project("state", "unlock", holder).code == 0
            converge(project, account)
            check(project, account, small.adds)
        number += 1
    assert number > 5
