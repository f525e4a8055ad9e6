"""A hostile pull request through the action reaches no shell, command, markup, chat or output."""

from __future__ import annotations

import json
import re
import shutil
import sys

import pytest

from tests.ci.team import Team
from tests.ci.workflows import Job
from tests.support import specs
from tests.support.runners import commands

pytestmark = pytest.mark.systems

#: What a shell, the runner, Markdown and chats would obey. Names of files and branches have no
#: slash; that of </details> comes from the directory that ends before it.
RUN = "`touch pwned`$(touch${IFS}pwned)${{github.token}}"
MARKUP = "@everyone<!channel>![i](x)<!--x--><"
NAME = f"{RUN}\n::add-mask::a\n::set-output name=result::ok\n##[set-env name=A]b {MARKUP}"
TEXT = f"{NAME}/details> http://e.example/x"
BRANCH = "x`id>pwned`$(touch${IFS}pwned)${{github.token}}@everyone<!--</details>"

#: What the action sets, and nothing else.
OUTPUTS = {"changes", "blocked", "exitcode", "exit-code", "result", "plan-file", "version"}
_OBEYED = ("@everyone", "`touch", "${{", "![i]", "http://e.example", "<!channel>", "\x1b")


def harmless(team: Team, job: Job) -> None:
    """Nothing that the pull request brought was obeyed by anybody. The runner of the tests has
    looked at the log, and at the files that change later steps.
    """
    assert not list(team.root.rglob("pwned"))
    assert job.named <= OUTPUTS
    for text, comments in ((job.summary, 0), *((each, 1) for each in team.comments)):
        assert commands(text) == []
        assert [each for each in _OBEYED if each in text] == []
        assert text.count("<!--") == comments
        assert text.count("<details") == text.count("</details>")
    assert "<" not in team.said
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", job.log)


def moved(team: Team) -> None:
    """The project lies in a hostile directory of the pull request, beside other surprises."""
    (team.clone / "sms").rename(team.clone / NAME)
    team.directory = NAME
    for name in ("pip.py", "smsops.py", "sitecustomize.py"):
        (team.clone / name).write_text("open('pwned', 'w')\n")
    (team.clone / "smsops.plan").mkdir()
    (team.clone / "smsops.plan" / "old").write_text("x")
    # The real pip, which finds what Python finds.
    team.host._program(
        "python",
        f'[ "$1 $2 $3" = "-m pip install" ] && exec "{sys.executable}" -c "import pip"\n'
        f'exec "{sys.executable}" "$@"',
    )
    team.host.variables |= {"GITHUB_HEAD_REF": BRANCH, "GITHUB_WORKFLOW": TEXT}


def test_names_and_texts_of_a_pull_request_command_nobody(team: Team) -> None:
    moved(team)
    templates = team.clone / NAME / "templates"
    broken = templates / NAME / "details>.yaml"
    broken.parent.mkdir()
    broken.write_text("kind: Nothing\n", "utf-8")
    team.push(BRANCH)
    job = team.run("plan", BRANCH)
    assert (job.result, job.outputs) == ("failure", {"result": "failed", "code": "3"}), job.log
    [comment] = team.comments
    assert "There is no plan." in comment
    assert "/details" in comment
    assert "(exit code 3)" in team.said
    harmless(team, job)

    quoted = json.dumps(TEXT)
    broken.write_text(
        specs.template_manifest("evil", templateName=quoted, remark=quoted, content=quoted), "utf-8"
    )
    team.push(BRANCH)
    job = team.run("plan", BRANCH)
    assert job.outputs["code"] == "3"
    assert "There is no plan." in team.comments[0]
    harmless(team, job)

    broken.write_text(
        specs.template_manifest("evil", templateName=json.dumps(TEXT[:40]), remark=quoted), "utf-8"
    )
    team.push(BRANCH)
    job = team.run("plan", BRANCH)
    assert (job.result, job.outputs) == ("success", {"result": "changes", "code": "0"}), job.log
    [comment] = team.comments
    assert "1 to create" in comment
    assert "There is no plan." not in comment
    harmless(team, job)


def test_what_is_merged_all_the_same_commands_nobody(team: Team) -> None:
    """An apply, a refusal of the service with a hostile text, and a drift report."""
    moved(team)
    shutil.rmtree(team.clone / "smsops.plan")
    name, remark = json.dumps(TEXT[:40]), json.dumps(TEXT)
    (team.clone / NAME / "templates" / "evil.yaml").write_text(
        specs.template_manifest("evil", templateName=name, remark=remark), "utf-8"
    )
    team.project.root = team.clone / NAME
    assert team.project("plan", "-o", str(team.clone / "smsops.plan")).code == 0
    team.push("main")
    job = team.run("apply")
    assert (job.result, job.outputs["code"]) == ("success", "0"), job.log
    harmless(team, job)
    for template in team.templates():
        team.emulator.review("template", template, -1, TEXT)
    job = team.run("drift")
    assert (job.result, job.outputs["code"]) == ("failure", "2"), job.log
    [issue] = team.forge.issues
    assert [each for each in _OBEYED if each in issue["body"]] == []
    # An invisible break keeps what a title mentions apart.
    assert issue["title"].replace("\u200b", "").isprintable()
    assert [each for each in ("@everyone", "`") if each in issue["title"]] == []
    harmless(team, job)
