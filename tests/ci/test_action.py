"""``action.yml``, every script of it run: comments, issues, promotion, and what fails how."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.ci.repository import CREDENTIALS
from tests.ci.team import Team
from tests.ci.workflows import ROOT
from tests.support.forges import TOKEN

pytestmark = pytest.mark.systems

HOSTILE = "x<!everyone></details>`id`@everyone${{ secrets }}::add-mask::x"


def test_from_a_comment_to_a_promotion(team: Team) -> None:
    team.project.template("t0", "您的新验证码是{1}。")
    team.push("change")
    job = team.run("plan", "change")
    assert (job.result, job.outputs) == ("success", {"result": "changes", "code": "0"}), job.log
    [comment] = team.forge.comments
    assert "1 to replace" in comment["body"]
    team.project.template("t0", "您的登录验证码是{1}。")
    team.push("change")
    team.run("plan", "change")
    assert len(team.forge.comments) == 1
    assert "登录" in comment["body"]
    team.merge("change")
    team.apply()
    team.judge(0)
    job = team.run("promote")
    assert (job.result, "1 promoted" in job.log) == ("success", True), job.log
    assert TOKEN not in job.log + job.summary
    installed = (team.root / "installed").read_text("utf-8").splitlines()
    assert all("--require-hashes" in line for line in installed[::2])


def test_a_plan_that_fails_says_why_in_comment_and_chat(team: Team) -> None:
    team.project.template("t0", "您的验证码是{2}。")
    team.push("change")
    job = team.run("plan", "change")
    assert (job.result, job.outputs) == ("failure", {"result": "failed", "code": "3"})
    assert "There is no plan." in team.forge.comments[0]["body"]
    assert "(exit code 3)" in team.said
    team.project.template("t0")
    team.push("change")
    team.host.environments = {"": dict.fromkeys(CREDENTIALS, "AKIDother")}
    assert team.run("plan", "change").outputs["code"] == "4"
    assert "There is no plan." in team.forge.comments[0]["body"]
    assert "(exit code 4)" in team.said


def test_drift_is_an_issue_until_it_is_over(team: Team) -> None:
    assert team.run("drift").outputs == {"result": "ok", "code": "0"}
    [template] = team.templates()
    team.emulator.review("template", template, -1, HOSTILE)
    job = team.run("drift")
    assert (job.result, job.outputs) == ("failure", {"result": "changes", "code": "2"}), job.log
    [issue] = team.forge.issues
    for each in ("@everyone", "`id`", "${{", "</details>`"):
        assert each not in issue["body"]
    assert "<!everyone>" not in team.said
    team.emulator.review("template", template, 0)
    assert team.run("drift").result == "success"
    assert issue["state"] == "closed"


def test_no_script_holds_an_expression_and_every_action_is_pinned() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)
    [used] = [step["uses"] for step in steps if "uses" in step]
    assert re.fullmatch(r"actions/setup-python@[0-9a-f]{40}", used)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"NOTIFY": "none"}, "notify is true, false, or some of drift, review, apply"),
        ({"NOTIFY": "drift *"}, "notify is true, false, or some of drift, review, apply"),
        ({"COMMENT": "yes"}, "comment is true, new or false"),
        ({"COMMAND": "aply"}, "command is validate, plan, apply, promote, drift, probe, stats"),
    ],
)
def test_a_wrong_input_says_what_is_right(tmp_path: Path, given: dict[str, str], said: str) -> None:
    ran = run_alone(tmp_path, given)
    assert (ran.returncode, "::error" in ran.stdout, said in ran.stdout) == (64, True, True), ran


def test_a_check_that_finds_nothing_tells_nobody(tmp_path: Path) -> None:
    ran = run_alone(tmp_path, {"NOTIFY": "drift,apply"}, "exit 0")
    assert (ran.returncode, ran.stdout) == (0, "-C . validate\n"), ran
    ran = run_alone(tmp_path, {"NOTIFY": "drift,apply"}, 'test "$1" = notify || exit 3')
    assert (ran.returncode, "notify --on drift --on apply --exit-code 3" in ran.stdout) == (3, True)


def run_alone(
    tmp_path: Path, given: dict[str, str], smsops: str = "exit 9"
) -> subprocess.CompletedProcess[str]:
    """The last step of the action, with these inputs, and ``smsops`` in the place of smsops."""
    program = tmp_path / "smsops"
    program.write_text(f'#!/bin/sh\necho "$@"\n{smsops}\n', "utf-8")
    program.chmod(0o755)
    script = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"][-1]["run"]
    (tmp_path / "output").touch()
    inputs = {"COMMAND": "validate", "DIRECTORY": ".", "COMMENT": "false", "PLAN": "smsops.plan"}
    runner = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_SERVER_URL": "https://git.example",
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"ENVIRONMENT": "", "OPTIONS": "", **runner, **inputs, **given},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )


def test_git_reaches_the_state_with_the_token_and_keeps_it_nowhere(tmp_path: Path) -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    lines = [line for line in steps[-1]["run"].splitlines() if line.startswith("export GIT_")]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GH_TOKEN": TOKEN,
        "GITHUB_SERVER_URL": "https://git.example",
    }
    given = subprocess.run(
        ["bash", "-ec", "\n".join([*lines, "git credential fill"])],
        input="protocol=https\nhost=git.example\n\n",
        env=environment,
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert f"password={TOKEN}\n" in given.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_plan_that_no_longer_holds_is_told_and_applied_by_nobody(team: Team) -> None:
    team.project.template("t0", "您的新验证码是{1}。")
    assert team.project("plan", "-o", str(team.clone / "smsops.plan")).code == 0
    team.push("main")
    [template] = team.templates()
    team.emulator.remove("template", template)
    writes = list(team.writes)
    job = team.run("apply")
    assert (job.result, job.outputs) == ("failure", {"result": "failed", "code": "6"}), job.log
    assert "the saved plan no longer holds; nothing was written" in team.said
    assert team.writes == writes


def test_a_new_comment_hides_the_old_one(team: Team) -> None:
    team.project.template("t0", "您的新验证码是{1}。")
    team.push("change")
    assert team.run("plan", "change").result == "success"
    team.project.template("t0", "您的登录验证码是{1}。")
    team.push("change")
    job = team.run("plan", "change", comment="new")
    assert job.result == "success", job.log
    old, new = team.comments
    assert ("登录" in new, "登录" in old) == (True, False)
    assert team.forge.hidden == ["IC_1"]
    refused = team.run("plan", "change", comment="yes")
    assert (refused.result, len(team.comments)) == ("failure", 2)
    assert [each.message for each in refused.annotations] == ["comment is true, new or false"]


def test_a_lock_is_told_with_its_holder_and_what_ends_it(team: Team) -> None:
    """A run that died has left it. Plans are made all the same."""
    team.project.template("t0", "您的新验证码是{1}。")
    team.push("main")
    assert team.project("plan", "-o", str(team.clone / "smsops.plan")).code == 0
    team.push("main")
    lock = {"ID": "0b3c-lock", "Who": "runner@dead pid 7", "Operation": "apply"}
    (team.clone / "lock.json").write_text(json.dumps(lock), "utf-8")
    team.git("add", "lock.json")
    team.git("commit", "--quiet", "--message", "lock")
    team.git("push", "--quiet", "origin", "HEAD:refs/smsops/lock/prod")
    writes = list(team.writes)

    job = team.run("apply", options="--lock-timeout=0s")
    assert (job.result, job.outputs) == ("failure", {"result": "failed", "code": "5"}), job.log
    [told] = [each.message for each in job.annotations]
    for each in ("runner@dead pid 7", "state unlock 0b3c-lock"):
        assert each in told
        assert each in job.log
        assert each in job.summary.replace("&#8203;", "")
    assert "another run holds the lock (exit code 5) → run it again" in team.said
    assert team.writes == writes
    assert team.run("plan").result == "success"
    [comment] = team.comments
    assert "1 to replace" in comment

    assert team.project("state", "unlock", "0b3c-lock").code == 0
    assert team.run("apply").result == "success"
    assert "apply complete: 1 replaced" in team.said
