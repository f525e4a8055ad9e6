"""What a command leaves for GitHub in files: outputs and a summary, appended, never too large."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from smsops.render.github import commands as github
from tests.support.github_log import Step, assignments
from tests.support.project import Project
from tests.support.runners import commands

LIMIT = 1024 * 1024


def test_outputs_and_summary_are_appended(project: Project, step: Step) -> None:
    """Other commands of the step have written there before."""
    environment = {**os.environ, **step.environment}
    step.summary.write_text("before\n")
    step.outputs.write_text("theirs=1\n")
    for command in ("validate", "plan --detailed-exitcode"):
        subprocess.run(
            [sys.executable, "-m", "smsops", *project.arguments(*command.split())],
            capture_output=True,
            env=environment,
        )
    summary = step.summary.read_text("utf-8")
    outputs = step.outputs.read_text("utf-8")

    assert summary.startswith("before\n## smsops validate in ")
    assert summary.count("## smsops ") == 2
    assert "Exit code 2." in summary
    assert assignments(outputs) == {
        "theirs": "1",
        "changes": "2",
        "blocked": "0",
        "exitcode": "2",
    }
    delimiters = re.findall(r"<<(ghadelimiter_[0-9a-f-]{36})\n", outputs)
    assert len(delimiters) == 6
    assert len(set(delimiters)) == 2


def test_an_output_cannot_end_early() -> None:
    written = github.assignment("name", "a\nb=c\nx<<y", delimiter="d1")
    assert assignments(written) == {"name": "a\nb=c\nx<<y"}
    with pytest.raises(ValueError, match="delimiter"):
        github.assignment("name", "a\nd1\nother=1", delimiter="d1")


@pytest.mark.parametrize("name", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
@pytest.mark.parametrize("path", ["", ".", "missing/file"])
def test_a_file_that_cannot_be_written_is_a_warning(
    name: str, path: str, step: Step, tmp_path: Path
) -> None:
    """An empty variable is no file at all."""
    where = str(tmp_path / path) if path else ""
    ran = step("plan", environment={name: where})

    assert ran.code == 0
    assert [item.title for item in ran.annotations] == ["create sign.acme", "create template.t0"]
    assert ("cannot be written" in ran.err) == bool(path)
    assert bool(ran.outputs) != (name == "GITHUB_OUTPUT")
    assert bool(ran.summary) != (name == "GITHUB_STEP_SUMMARY")


@pytest.mark.parametrize("used", [0, LIMIT - 200_000, LIMIT - 3_000, LIMIT - 20, LIMIT + 5])
def test_a_summary_never_outgrows_what_github_takes(
    used: int, project: Project, step: Step
) -> None:
    """Rows go first, then the counts; what others wrote stays whole."""
    for number in range(60):
        project.template(
            f"t{number}", f"您的验证码是{{1}}，{number}分钟内有效。", remark="用户登录" * 12
        )
    filler = "x" * used
    step.before = filler
    ran = step("plan")
    size = step.summary.stat().st_size

    assert ran.code == 0
    assert ran.summary.startswith(filler)
    added = ran.summary.removeprefix(filler)
    assert size < LIMIT or not added
    if used <= LIMIT - 200_000:
        assert added.count("**`template.t") == 60
    elif used <= LIMIT - 3_000:
        assert "**Plan: 61 to create.**" in added
        assert re.search(r"^\d+ more$", added, re.MULTILINE)
    else:
        assert added == ""
        assert "the step summary is full" in ran.err


@pytest.mark.parametrize("value", ["", "false", "1", "TRUE"])
def test_elsewhere_nothing_of_this_happens(value: str, project: Project, step: Step) -> None:
    ran = step("plan", environment={"GITHUB_ACTIONS": value})

    assert ran.out == project("plan").out
    assert (ran.err, ran.summary, ran.outputs) == ("", "", {})


def test_other_commands_report_nothing(project: Project, step: Step) -> None:
    """`smsops output >> "$GITHUB_ENV"` stays what it is."""
    assert project("apply", "--auto-approve").code == 0
    ran = step("output", "--format", "dotenv")

    assert commands(ran.log) == []
    assert (ran.summary, ran.outputs) == ("", {})
