"""A state that is damaged, old or somebody else's: never used, never taken for none, and a lost
one costs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from smsops.clock import Clock
from tests.support.account import Account
from tests.support.backends import BACKENDS, every_backend
from tests.support.served_project import ServedProject, check, converge, served_project

ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
    ("AddSmsTemplate", "模板t1", "您的验证码是{1}。"),
]
#: Commands that look at the state, and their exit code when they cannot trust it.
READERS = (
    ("apply", "--auto-approve"),
    ("plan",),
    ("drift",),
    ("status",),
    ("output",),
    ("wait", "--timeout", "0s"),
    ("state", "list"),
    ("state", "rm", "template.t0"),
)


@pytest.fixture
def project(account: Account, tmp_path: Path) -> ServedProject:
    """Everything applied and approved."""
    project = served_project(tmp_path / "project", account).begin(2)
    project.sign("acme", "艾克米")
    converge(project, account)
    return project


def swapped(body: bytes) -> bytes:
    return body[len(body) // 2 :] + body[: len(body) // 2]


def flipped(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "blank": lambda body: b" \n",
    "zeros": lambda body: bytes(len(body)),
    "torn early": lambda body: body[:100],
    "torn late": lambda body: body[:-1],
    "flipped": flipped,
    "swapped": swapped,
    "doubled": lambda body: body + body,
    "no keys": lambda body: b"{}",
    "edited": lambda body: body.replace(b'"remote_id":1110', b'"remote_id":1111'),
    "newer": lambda body: re.sub(rb'"format_version":"[0-9.]+"', b'"format_version":"9.0"', body),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_state_stops_every_command_and_stays_as_it_is(
    damage: str, project: ServedProject, account: Account
) -> None:
    damaged = DAMAGE[damage](project.state.read_bytes())
    project.state.write_bytes(damaged)
    calls = len(account.emulator.calls)
    for command in READERS:
        ran = project(*command)
        assert ran.code == 1, (command, ran)
        assert "state" in ran.err
        assert (
            "format_version 9.0" in ran.err if damage == "newer" else "restore" in ran.err.lower()
        )
    assert project.state.read_bytes() == damaged
    assert account.adds() == ADDS
    assert not [call for call in list(account.emulator.calls)[calls:] if call.action[:3] == "Add"]


def test_the_backup_beside_a_damaged_state_takes_its_place(
    project: ServedProject, account: Account
) -> None:
    project.state.write_bytes(project.state.read_bytes()[:200])
    backup = project.state.with_name("state.json.backup")
    assert project("state", "push", "--force", str(backup)).code == 0
    converge(project, account)
    check(project, account, ADDS)


def test_a_lost_state_is_adopted_again(project: ServedProject, account: Account) -> None:
    for path in project.state.parent.iterdir():
        path.unlink()
    plan = project("plan")
    assert "Plan: 3 to adopt." in plan.out
    converge(project, account)
    check(project, account, ADDS)


@every_backend("local", "http")
def test_an_older_state_adopts_what_it_does_not_know(
    backend: str, account: Account, tmp_path: Path
) -> None:
    """Somebody puts back the state of before two objects were made. Locally that is noticed."""
    with BACKENDS[backend](tmp_path) as place:
        project = served_project(tmp_path / "project", account).begin()
        place.keep(project)
        project.sign("acme", "艾克米")
        converge(project, account)
        old = project("state", "pull").out
        for name in ("t0", "t1"):
            project.template(name)
        converge(project, account)
        if backend == "local":
            project.state.write_text(old, "utf-8")
            noticed = project("plan").err
            assert "older" in noticed
        else:
            (tmp_path / "old.json").write_text(old, "utf-8")
            assert project("state", "push", "--force", str(tmp_path / "old.json")).code == 0
        assert "Plan: 2 to adopt." in project("plan").out
        converge(project, account)
        check(project, account, ADDS)


def test_an_older_state_whose_intents_were_settled_since_settles_them_again(
    project: ServedProject, account: Account
) -> None:
    """The file of the moment at which everything was under way."""
    project.template("t2")
    kept: list[bytes] = []

    def keep(event: str, action: str) -> None:
        if (event, action) == ("before-commit", "AddSmsTemplate"):
            kept.append(project.state.read_bytes())

    account.emulator.hook = keep
    assert project.apply().code == 0
    [under_way] = kept
    assert json.loads(under_way)["intents"]
    project.state.write_bytes(under_way)

    ran = project.apply()

    assert ran.code == 0, ran
    assert "template.t2: the interrupted run had created 1112; recorded." in ran.err
    converge(project, account)
    check(project, account, [*ADDS, ("AddSmsTemplate", "模板t2", "您的验证码是{1}。")])


@pytest.mark.parametrize("command", [("apply", "--auto-approve"), ("plan",), ("drift",)])
def test_credentials_of_another_account_are_refused(
    command: tuple[str, ...], project: ServedProject, account: Account, tmp_path: Path
) -> None:
    settings = {"account_id": "100000000002"}
    with Account(tmp_path / "other.json", settings, time=account.time) as other:
        project.options = ("--endpoint", other.url)
        ran = project(*command)
        assert ran.code == 4, ran
        assert "100000000001" in ran.err
        assert "100000000002" in ran.err
        assert other.writes() == []


@pytest.mark.parametrize("command", [("apply", "--auto-approve"), ("plan",), ("drift",)])
def test_a_state_of_another_region_is_refused(
    command: tuple[str, ...], project: ServedProject
) -> None:
    settings = project.root / "smsops.yaml"
    settings.write_text(settings.read_text("utf-8").replace("guangzhou", "beijing"), "utf-8")
    ran = project(*command)
    assert ran.code == 1, ran
    assert "ap-guangzhou" in ran.err


@pytest.mark.parametrize(("minutes", "words"), [(-10, "min behind"), (10, "min ahead of")])
def test_a_wrong_clock_is_named_and_nothing_is_written(
    minutes: int, words: str, project: ServedProject, account: Account
) -> None:
    project.template("t2")
    right = account.time.clock
    project.clock = Clock(lambda: right.now() + minutes * 60, right.monotonic, right.sleep)
    ran = project.apply()
    assert ran.code == 4, ran
    assert re.search(rf"clock is \d+ {words} the server's", ran.err)
    assert account.adds() == ADDS


@pytest.mark.parametrize("jump", [-3600, 3600, 15 * 365 * 86400])
def test_a_clock_that_jumps_between_runs_makes_nothing_twice(
    jump: int, project: ServedProject, account: Account
) -> None:
    """An hour to either side, and past the year 2038."""
    project.template("t0", "第二版{1}。", retire_after="0s")
    assert project.apply().code == 0
    account.time.ahead += jump
    converge(project, account)
    adds = sorted([*ADDS, ("AddSmsTemplate", "模板t0", "第二版{1}。")])
    check(project, account, adds)
