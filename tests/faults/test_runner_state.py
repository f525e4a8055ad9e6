"""A state that begins on a machine which forgets it after the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.account import Account
from tests.support.backends import BACKENDS
from tests.support.served_project import ServedProject, served_project

WORDS = "A CI runner loses it after the job, and the next job starts from nothing"


@pytest.fixture
def project(account: Account, tmp_path: Path) -> ServedProject:
    """A project on a runner, with the default state."""
    project = served_project(tmp_path / "project", account).begin(1)
    project.sign("acme", "艾克米")
    project.environment["CI"] = "true"
    return project


def test_a_state_that_begins_on_a_runner_is_warned_of_once(project: ServedProject) -> None:
    """In one line, which names what to do; the next apply finds a state and is silent."""
    ran = project.apply()
    assert ran.code == 0, ran
    [line] = [line for line in ran.err.splitlines() if WORDS in line]
    assert line.startswith("Warning: ")
    for words in ("`spec.state.backend: git`", "`http`", "docs/ci.md"):
        assert words in line
    assert "Warning" not in ran.out
    assert WORDS not in project.apply().err


def test_who_only_reads_is_not_warned(project: ServedProject) -> None:
    """But a plan is, which is about the apply that follows."""
    for command in ("status", "drift", "output"):
        assert WORDS not in project(command).err, command
    assert project("plan").err.count(WORDS) == 1


def test_elsewhere_than_on_a_runner_a_local_state_is_fine(project: ServedProject) -> None:
    del project.environment["CI"]
    assert WORDS not in project.apply().err


def test_the_emulator_keeps_its_state_with_its_account(project: ServedProject) -> None:
    project.options = ("--emulator",)
    assert WORDS not in project.apply().err


def test_a_state_on_a_server_outlives_the_runner(project: ServedProject, tmp_path: Path) -> None:
    with BACKENDS["http"](tmp_path) as place:
        place.keep(project)
        ran = project.apply()
        assert ran.code == 0, ran
        assert WORDS not in ran.err
