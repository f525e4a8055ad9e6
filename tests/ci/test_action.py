"""``action.yml``, every script of it run: comments, issues, promotion, and what fails how."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci.repository import CREDENTIALS, ID, KEY, Repository
from tests.ci.workflows import ROOT, GitHub, Job
from tests.support.chats import Chats, chats
from tests.support.clock import FakeClock
from tests.support.forges import TOKEN, Host, host

WORKFLOW = """\
jobs:
  smsops:
    steps:
      - uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10
        with: {persist-credentials: false}
      - uses: OWNER/smsops@0000000000000000000000000000000000000000
        id: smsops
        with: {command: COMMAND, directory: sms, comment: true, notify: true}
        env:
          TENCENTCLOUD_SECRET_ID: ${{ secrets.TENCENTCLOUD_SECRET_ID }}
          TENCENTCLOUD_SECRET_KEY: ${{ secrets.TENCENTCLOUD_SECRET_KEY }}
    outputs:
      result: ${{ steps.smsops.outputs.result }}
      code: ${{ steps.smsops.outputs.exit-code }}
"""
HOSTILE = "x<!everyone></details>`id`@everyone${{ secrets }}::add-mask::x"


class Team(Repository):
    """A repository on GitHub whose workflows use the action."""

    def __init__(
        self, root: Path, emulator: Emulator, url: str, smsops: str, forge: Host, robots: Chats
    ) -> None:
        super().__init__(root, emulator, url, "{backend: git, remote: origin, name: prod}")
        self.forge, self.robots = forge, robots
        variables = {
            **forge.environment("github"),
            **robots.environment("SLACK"),
            "SMSOPS_ENDPOINT": url,
            "GITHUB_EVENT_NAME": "pull_request",
        }
        self.host = GitHub(root, self.origin, {"": CREDENTIALS}, variables, smsops)

    def run(self, command: str, ref: str = "main") -> Job:
        workflow = self.root / "workflow.yml"
        workflow.write_text(WORKFLOW.replace("COMMAND", command), "utf-8")
        return self.host.run(workflow, {}, ref=ref)["smsops"]

    @property
    def said(self) -> str:
        return str(self.robots.taken["slack"][-1]["text"])


@pytest.fixture
def team(tmp_path: Path, smsops: str) -> Iterator[Team]:
    emulator = Emulator(None, Settings(limits=False, secret_id=ID, secret_key=KEY))
    with serving(emulator) as url, host() as forge, chats(FakeClock()) as robots:
        team = Team(tmp_path, emulator, url, smsops, forge, robots)
        team.apply()
        team.judge(0)
        yield team


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
