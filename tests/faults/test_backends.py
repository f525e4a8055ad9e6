"""The whole life of a template on every backend that people share, one working copy after the
other; and servers of the state that fail at the worst moment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.support.account import Account, Moment, Strike, kill
from tests.support.backends import BACKENDS, every_backend, on_server
from tests.support.git import git
from tests.support.served_project import ServedProject, check, converge, served_project
from tests.support.state_server import LOSE, Fault, StateServer

OLD, NEW, THIRD = "您的验证码是{1}。", "第二版{1}。", "第三版{1}。"


class Turns:
    """Two working copies with the same manifests and one state; they take turns."""

    def __init__(self, *copies: ServedProject) -> None:
        self.copies = copies
        self._turns = cycle(copies)

    def edit(self, content: str) -> None:
        for project in self.copies:
            project.template("login", content, retire_after="1h")

    def apply(self) -> str:
        """What the plan of the next one's apply said, its last line."""
        project = next(self._turns)
        ran = project.apply()
        assert ran.code == 0, ran
        [line] = re.findall(r"^(?:Plan: .*|No changes\..*)$", ran.out, re.MULTILINE)
        return str(line)

    def id(self) -> int:
        """The id that applications use, which both have to agree on."""
        found = {
            project("output", "--format", "json").json()["outputs"]["template.login"]["template_id"]
            for project in self.copies
        }
        assert len(found) == 1
        return int(found.pop())


@every_backend("http", but="local")
def test_two_working_copies_take_a_template_through_its_life_in_turns(
    backend: str, account: Account, tmp_path: Path
) -> None:
    with BACKENDS[backend](tmp_path) as place:
        copies = [served_project(tmp_path / name, account).begin() for name in ("a", "b")]
        for project in copies:
            place.keep(project)
            project.sign("acme", "艾克米")
        turns = Turns(*copies)

        turns.edit(OLD)
        assert "2 to create" in turns.apply()
        assert "2 waiting" in turns.apply()
        account.approve()
        assert turns.apply().startswith("No changes.")
        assert turns.id() == 1110

        turns.edit(NEW)
        assert "1 to replace" in turns.apply()
        assert "1 waiting" in turns.apply()
        assert turns.id() == 1110, "the successor is in review"
        account.emulator.review("template", 1111, -1, "说明不足")
        blocked = next(turns._turns).apply()
        assert blocked.code == 3
        assert "说明不足" in blocked.out
        turns.edit(THIRD)
        assert "1 to update" in turns.apply()
        account.approve()
        assert turns.id() == 1110, "outputs switch by an apply"
        assert "1 to promote" in turns.apply()
        assert turns.id() == 1111

        turns.edit(OLD)
        assert "1 to promote" in turns.apply()
        assert turns.id() == 1110, "rolled back without a write"
        turns.edit(THIRD)
        assert "1 to promote" in turns.apply()
        assert "1 waiting" in turns.apply()
        account.time.advance(3700)
        assert "1 to retire" in turns.apply()
        assert turns.apply().startswith("No changes.")

        for project in copies:
            project.remove("template", "login")
        assert "1 to delete" in turns.apply()
        assert turns.apply().startswith("No changes.")

        assert [action for action, _ in account.writes()] == [
            "AddSmsSign",
            "AddSmsTemplate",
            "AddSmsTemplate",
            "ModifySmsTemplate",
            "DeleteSmsTemplate",
            "DeleteSmsTemplate",
        ]
        states = [project("state", "pull").out for project in copies]
        assert states[0] == states[1]
        check(copies[0], account, account.adds())
        if backend == "git":
            history = git(tmp_path / "up.git", "log", "--format=%s", "refs/smsops/state/prod")
            serials = [int(line.rpartition(" ")[2]) for line in history.splitlines()]
            assert serials == list(range(len(serials), 0, -1))
            assert "refs/smsops/lock" not in git(tmp_path / "up.git", "for-each-ref")


@pytest.mark.faults
@every_backend(but="local")
def test_what_one_working_copy_left_open_another_one_settles(
    backend: str, account: Account, tmp_path: Path
) -> None:
    """The first is killed when its Add is done, so its lock stays: the second has to break it."""
    with BACKENDS[backend](tmp_path) as place:
        copies = [served_project(tmp_path / name, account).begin(1) for name in ("a", "b")]
        for project in copies:
            place.keep(project)
            project.sign("acme", "艾克米")
        first, second = copies
        process = first.process("apply", "--auto-approve")
        account.strike = Strike(kill(process.pid), Moment.AFTER_COMMIT, 2)
        first.ended(process)
        locked = second.apply()
        assert locked.code == 5
        stale = re.search(r"`smsops state unlock (\S+) ", locked.err)
        assert stale is not None, locked
        assert second("state", "unlock", stale[1]).code == 0

        converge(second, account)

        adds = [("AddSmsSign", "艾克米", ""), ("AddSmsTemplate", "模板t0", OLD)]
        check(second, account, adds)
        assert "No changes." in first("plan").out


#: An error before anything was done.
BEFORE = Fault(502, commit=False)


# -- servers that fail ---------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[StateServer]:
    with StateServer() as server:
        yield server


@pytest.fixture
def project(account: Account, server: StateServer, tmp_path: Path) -> ServedProject:
    project = served_project(tmp_path / "project", account).begin(1)
    on_server(server).keep(project)
    project.sign("acme", "艾克米")
    return project


ADDS = [("AddSmsSign", "艾克米", ""), ("AddSmsTemplate", "模板t0", OLD)]


@pytest.mark.parametrize("operation", ["read", "write", "lock", "unlock"])
@pytest.mark.parametrize(
    "fault",
    [LOSE, *(pytest.param(item, marks=pytest.mark.faults) for item in (Fault(500), BEFORE))],
)
def test_a_reply_of_the_state_server_that_is_lost_changes_nothing(
    fault: Fault, operation: str, project: ServedProject, account: Account, server: StateServer
) -> None:
    """Every second reply of one operation, before and after the server did it."""
    server.faults[operation] = [fault, None] * 10
    ran = project.apply()
    assert ran.code == 0, ran
    assert server.holder() is None
    server.faults.clear()
    converge(project, account)
    check(project, account, ADDS)


def test_a_lock_that_cannot_be_released_does_not_change_how_the_work_ended(
    project: ServedProject, account: Account, server: StateServer
) -> None:
    server.faults["unlock"] = [Fault(500, commit=False)] * 10
    ran = project.apply()
    assert ran.code == 0, ran
    holder = server.holder()
    assert holder is not None
    assert f"state unlock {holder}" in ran.err
    server.faults.clear()
    assert project.apply().code == 5
    assert project("state", "unlock", holder).code == 0
    converge(project, account)
    check(project, account, ADDS)


@pytest.mark.parametrize("moment", [2, 3, 4])
@pytest.mark.parametrize(
    "fault",
    [LOSE, *(pytest.param(item, marks=pytest.mark.faults) for item in (Fault(503), BEFORE))],
)
def test_a_state_server_that_goes_down_in_mid_apply_loses_no_id(
    fault: Fault, moment: int, project: ServedProject, account: Account, server: StateServer
) -> None:
    """From one write on, nothing is answered any more, whether it was stored or not."""
    server.faults["write"] = [*[None] * (moment - 1), *[fault] * 200]
    server.faults["read"] = [*[None] * (moment + 1), *[Fault(503, commit=False)] * 200]
    ran = project.apply()
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err
    made = [number for action, number in account.writes() if action.startswith("Add")]
    known = json.loads(server.latest or b"{}")
    recorded = json.dumps(known.get("resources", {}))
    for action, number in account.writes():
        kind = "sign" if "Sign" in action else "template"
        opened = [intent["address"].startswith(kind) for intent in known.get("intents", ())]
        assert f'"remote_id": {number}' in recorded or any(opened), (made, known)
    server.faults.clear()
    server.lock = None
    converge(project, account)
    check(project, account, ADDS)


def test_a_state_server_that_is_down_stops_a_run_before_it_writes(
    project: ServedProject, account: Account, server: StateServer
) -> None:
    server.faults["write"] = [Fault(503, commit=False)] * 100
    ran = project.apply()
    assert ran.code == 1
    assert account.writes() == []
    assert server.holder() is None


@pytest.mark.parametrize("status", [403, 503])
def test_a_save_that_is_refused_leaves_every_step_not_attempted(
    status: int, project: ServedProject, account: Account, server: StateServer
) -> None:
    """A token that may read and lock, and not write. What did not happen is counted and named."""
    server.faults["write"] = [Fault(status, commit=False)] * 100
    text = project.apply()
    json_ = project("apply", "--auto-approve", "--format", "json")

    code = 4 if status == 403 else 1
    assert (text.code, json_.code) == (code, code)
    assert "Not attempted: sign.acme, template.t0." in text.out
    assert "Apply incomplete: nothing done; 2 not attempted." in text.out
    assert [(item["address"], item["outcome"]) for item in json_.json()["results"]] == [
        ("sign.acme", "not_attempted"),
        ("template.t0", "not_attempted"),
    ]
    assert json_.json()["exit_code"] == code
    assert account.writes() == []
    server.faults.clear()
    converge(project, account)
    check(project, account, ADDS)
