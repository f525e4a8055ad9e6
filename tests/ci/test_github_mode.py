"""Under GITHUB_ACTIONS=true a command annotates, summarises, sets outputs, and stays harmless."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from smsops.errors import Problem, Severity
from smsops.model import Action
from smsops.render.github import commands as github
from smsops.render.github import reports
from smsops.render.github.commands import Annotation, Level
from smsops.text.messages import Text
from tests.support.github_log import Annotation as Shown
from tests.support.github_log import Ran, Step, annotated, assignments
from tests.support.hostile_texts import CORPUS
from tests.support.project import Project
from tests.support.runners import commands, obeyed
from tests.support.specs import SIGN_MANIFEST


def applied(project: Project) -> None:
    """Everything the project declares exists and is approved."""
    assert project("apply", "--auto-approve").code == 0
    project.approve()
    assert project("apply", "--auto-approve").code == 0


# -- what is annotated -----------------------------------------------------------------------------


def test_a_plan_annotates_the_manifests_of_what_it_would_do(project: Project, step: Step) -> None:
    """At the line where each is declared, named from the top of the checkout."""
    (project.root / "templates" / "t0.yaml").write_text(
        "# a comment\n\n" + (project.root / "templates" / "t0.yaml").read_text("utf-8"), "utf-8"
    )
    ran = step("plan")

    assert [(item.level, item.file, item.line, item.title) for item in ran.annotations] == [
        ("notice", "sms/signs/acme.yaml", 1, "create sign.acme"),
        ("notice", "sms/templates/t0.yaml", 3, "create template.t0"),
    ]
    assert ran.annotations[1].message.startswith("declared, does not exist yet; goes to review")


def test_levels_tell_what_a_reader_has_to_look_at(project: Project, step: Step) -> None:
    """A replacement and a deletion warn, a blocked step is an error, waiting says nothing."""
    for name in ("gone", "waits"):
        project.template(name)
    applied(project)
    project.template("t0", "您的新验证码是{1}。")
    (project.root / "templates" / "gone.yaml").unlink()
    project.template("fresh", "全新的{1}。")
    assert project("apply", "--auto-approve", "--target", "template.fresh").code == 0
    fresh = next(
        row["remote_id"]
        for row in project("status", "--format", "json").json()["resources"]
        if row["address"] == "template.fresh"
    )
    project.review("template", fresh, "rejected", "--reply", "模板内容不合规")
    ran = step("plan")

    assert {(item.level, item.file, item.title) for item in ran.annotations} == {
        ("error", "sms/templates/fresh.yaml", "blocked template.fresh"),
        ("warning", "sms/templates/t0.yaml", "replace template.t0"),
        ("warning", None, "delete template.gone"),
    }
    assert [item.level for item in ran.annotations] == ["error", "warning", "warning"]
    assert 'the reviewer says: "模板内容不合规"' in ran.annotations[0].message
    assert ran.outputs == {"changes": "2", "blocked": "1", "exitcode": "0"}


def test_every_acting_and_every_blocked_step_has_its_level_or_none_on_purpose() -> None:
    """What a table leaves out is routine: the rest of a replacement, and what is not done."""
    assert set(Action) - set(reports.STEPS) == {
        Action.PROMOTE,
        Action.RETIRE,
        Action.ABANDON,
        Action.FORGET,
        Action.WAIT,
        Action.NOOP,
    }


def test_drift_annotates_the_manifest_of_what_drifted(project: Project, step: Step) -> None:
    applied(project)
    project.review("template", _id(project, "template.t0"), "rejected", "--reply", "投诉")
    ran = step("drift")

    (found,) = ran.annotations
    assert (ran.code, ran.outputs) == (2, {"changes": "1", "blocked": "0", "exitcode": "2"})
    assert (found.level, found.file, found.title) == (
        "error",
        "sms/templates/t0.yaml",
        "review template.t0",
    )
    assert "投诉" in found.message
    assert "**Drift: 1 review;" in ran.summary


def test_unmanaged_objects_are_annotated_only_where_they_fail_the_run(
    project: Project, step: Step, tmp_path: Path
) -> None:
    applied(project)
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps([{"kind": "sign", "signName": "某某", "status": "approved"}]))
    assert project("emulator", "seed", str(seed)).code == 0
    tolerated, failing = step("drift"), step("drift", "--fail-on", "unmanaged")

    assert (tolerated.code, tolerated.annotations) == (0, [])
    assert tolerated.outputs["changes"] == "0"
    assert (failing.code, failing.outputs["changes"]) == (2, "1")
    assert [item.title.split()[0] for item in failing.annotations] == ["unmanaged"]


def test_an_apply_annotates_what_failed_and_reports_what_it_did(
    project: Project, step: Step
) -> None:
    """The emulator's qualification 1000002 is not approved."""
    refused = (
        SIGN_MANIFEST.replace("acme", "other")
        .replace("艾克米", "另一个")
        .replace("1000001", "1000002")
    )
    (project.root / "signs" / "other.yaml").write_text(refused, "utf-8")
    ran = step("apply", "--auto-approve")

    (found,) = ran.annotations
    assert (found.level, found.file) == ("error", "sms/signs/other.yaml")
    assert found.title == "create sign.other failed"
    assert "FailedOperation.QualificationIdNotApproved" in found.message
    assert ran.code == 1
    assert ran.outputs == {"changes": "2", "blocked": "0", "exitcode": "1"}
    assert "**Apply incomplete: 2 created; 2 in review; 1 failed.**" in ran.summary
    assert "<summary>1 failed</summary>" in ran.summary
    assert "| template.t0 | create | 1110 | created |" in ran.summary


def test_broken_manifests_are_annotated_by_every_command(project: Project, step: Step) -> None:
    """A plan without a result says where the problem is, and how many changes there are not."""
    applied(project)
    project.template("t0", "您的验证码是{2}。")
    for command in ("validate", "plan", "apply", "drift"):
        ran = step(command)
        found = [item for item in ran.annotations if item.level == "error"]
        if command == "drift":
            assert (ran.code, found) == (0, [])
            continue
        assert ran.code == 3
        assert ran.outputs["exitcode"] == "3"
        assert ("changes" in ran.outputs) == (command == "validate")
        assert [(item.file, item.title) for item in found] == [("sms/templates/t0.yaml", "SMS303")]
        assert "SMS303" in ran.summary


def test_an_error_is_annotated_with_what_to_do_next(project: Project, tmp_path: Path) -> None:
    ran = Step(tmp_path, project.root, options=())("plan")

    (found,) = ran.annotations
    assert ran.code == 4
    assert (found.level, found.file, found.title) == ("error", None, "smsops plan")
    assert found.message.startswith("no credentials found")
    assert "TENCENTCLOUD_SECRET_ID" in found.message
    assert "Error: no credentials found" in ran.err
    assert "**Error: no credentials found**" in ran.summary
    assert "Exit code 4." in ran.summary
    assert ran.outputs == {"exitcode": "4"}


def test_github_shows_ten_of_a_level_and_the_summary_shows_all(
    project: Project, step: Step
) -> None:
    for number in range(14):
        project.template(f"bad-{number:02}", "您的验证码是{2}。")
    ran = step("validate")
    errors = [item for item in ran.annotations if item.level == "error"]

    assert ran.code == 3
    assert [item.file for item in errors] == [
        f"sms/templates/bad-{number:02}.yaml" for number in range(10)
    ]
    assert all(f"bad-{number:02}.yaml" in ran.summary for number in range(14))
    assert "; the step summary has all of them." in ran.log


def test_errors_come_before_warnings_and_each_level_has_its_own_ten() -> None:
    items = [Annotation(level, f"{level} {n}", "") for n in range(12) for level in reversed(Level)]
    kept, left = github.shown(items)

    assert [item.title for item in kept] == [f"{level} {n}" for level in Level for n in range(10)]
    assert [item.title for item in left] == [f"{level} {n}" for level in Level for n in (10, 11)]


# -- streams ---------------------------------------------------------------------------------------


def test_text_for_people_is_between_a_stop_and_a_resume(project: Project, step: Step) -> None:
    """Both streams, in one region; the token is fresh in every run."""
    first, second = step("plan"), step("plan")
    lines = first.out.splitlines()
    token = lines[0].removeprefix("::stop-commands::")

    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", token
    )
    end = lines.index(f"::{token}::")
    assert lines[end - 1].startswith("Plan: ")
    assert [line.split(" ")[0] for line in lines[end + 1 :]] == ["::notice", "::notice"]
    assert first.err == ""
    assert token not in second.out


def test_an_error_message_is_inside_the_region_too(project: Project, tmp_path: Path) -> None:
    log = Step(tmp_path, project.root, options=())("plan").log.splitlines()
    token = log[0].removeprefix("::stop-commands::")

    assert log[1] == "Error: no credentials found"
    assert log[-2] == f"::{token}::"
    assert log[-1].startswith("::error title=smsops plan::")


MACHINE: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "gitlab": json.loads,
    "sarif": json.loads,
    "codequality": json.loads,
    "junit": ET.fromstring,
    "html": lambda page: page.index("<!doctype html>"),
    "markdown": lambda text: text.index("**"),
}


@pytest.mark.parametrize(
    ("command", "format"),
    [
        *(("plan", format) for format in ("json", "markdown", "html", "gitlab")),
        *(("validate", format) for format in ("json", "sarif", "codequality", "junit")),
        *(("drift", format) for format in ("json", "markdown", "html", "junit")),
        ("apply --auto-approve", "json"),
    ],
)
def test_a_result_for_programs_stays_clean(
    command: str, format: str, project: Project, step: Step
) -> None:
    """The commands for the runner go to stderr then."""
    quiet = project(*command.split(), "--format", format)
    (project.root / ".smsops" / "emulator.json").unlink(missing_ok=True)
    (project.root / ".smsops" / "emulator-state.json").unlink(missing_ok=True)
    ran = step(*command.split(), "--format", format)

    assert ran.code == quiet.code
    assert commands(ran.out) == []
    MACHINE[format](ran.out)
    assert ran.err.startswith("::stop-commands::")
    assert annotated(ran.err) == annotated(ran.log)
    assert ran.outputs["exitcode"] == str(quiet.code)


def test_the_github_format_of_validate_is_what_it_always_was(project: Project, step: Step) -> None:
    """It is made of commands: none is added, and nothing stops the runner from obeying them."""
    project.template("t0", "您的验证码是{2}。")
    ran, plain = step("validate", "--format", "github"), project("validate", "--format", "github")

    assert ran.out == plain.out.replace("file=", "file=sms/")
    assert ran.err == ""
    assert [item.title for item in ran.annotations if item.level == "error"] == ["SMS303"]
    assert "SMS303" in ran.summary
    assert ran.outputs["exitcode"] == "3"


def test_a_file_gets_the_text_and_the_runner_gets_the_commands(
    project: Project, step: Step, tmp_path: Path
) -> None:
    """`smsops plan > plan.txt`: nobody reads commands in a file."""
    with (tmp_path / "plan.txt").open("wb") as out:
        ran = subprocess.run(
            [sys.executable, "-m", "smsops", *project.arguments("plan")],
            stdout=out,
            stderr=subprocess.PIPE,
            env={**os.environ, **step.environment},
            text=True,
        )

    assert (tmp_path / "plan.txt").read_text("utf-8").startswith("+ create   sign.acme\n")
    assert "::" not in (tmp_path / "plan.txt").read_text("utf-8")
    assert [item.title for item in annotated(ran.stderr)] == [
        "create sign.acme",
        "create template.t0",
    ]


def test_in_one_pipe_the_commands_are_where_they_belong(project: Project, step: Step) -> None:
    """A real process, as a runner starts it."""
    ran = subprocess.run(
        [sys.executable, "-m", "smsops", *project.arguments("apply", "--auto-approve")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **step.environment},
        text=True,
    )
    lines = ran.stdout.splitlines()

    assert ran.returncode == 0
    assert lines[0].startswith("::stop-commands::")
    assert lines[-1] == f"::{lines[0].removeprefix('::stop-commands::')}::"
    assert any(line.startswith("creating sign.acme") for line in lines)
    assert obeyed(ran.stdout) == []


def test_an_interrupted_run_lets_the_runner_obey_again(project: Project, step: Step) -> None:
    """The steps of a job go on after one was interrupted: `if: always()`."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "smsops"),
            *project.arguments("apply", "--auto-approve", "--wait", "1h"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **step.environment},
        text=True,
    ) as process:
        assert process.stdout is not None
        log = ""
        for line in process.stdout:
            log += line
            if "in review (review" in line or line.startswith("template.t0 (id"):
                process.send_signal(signal.SIGINT)
                break
        log += process.stdout.read()

    assert process.returncode == 130
    obeyed(log)  # which fails where nobody resumed
    assert assignments(step.outputs.read_text("utf-8"))["exitcode"] == "130"


def test_a_reader_that_went_away_changes_nothing(project: Project, step: Step) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "smsops", *project.arguments("apply", "--auto-approve")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **step.environment},
    )
    assert process.stdout is not None
    process.stdout.close()

    assert process.wait(60) == 0
    assert assignments(step.outputs.read_text("utf-8"))["changes"] == "2"


#: What JSON can carry.
REMOTE = [text for text in CORPUS if not re.search("[\ud800-\udfff]", text)]
#: Control characters but newline, and what hides or reorders text.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


# -- hostile texts ---------------------------------------------------------------------------------


def test_nothing_that_is_not_ours_becomes_a_command(
    project: Project, step: Step, tmp_path: Path
) -> None:
    """The whole corpus in the names, contents and replies of an account, and in drift and plan."""
    applied(project)
    seeded = [
        {"kind": "template", "templateName": f"{text}{n}", "content": text, "status": "rejected"}
        | {"reply": text, "international": False, "smsType": "verification"}
        for n, text in enumerate(REMOTE)
    ]
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(seeded))
    assert project("emulator", "seed", str(seed)).code == 0
    reply = " ".join(REMOTE)
    project.review("template", _id(project, "template.t0"), "rejected", "--reply", reply)

    for command in ("plan", "drift", "drift --fail-on unmanaged", "apply"):
        for format in ("text", "json"):
            ran = step(*command.split(), "--format", format)
            assert annotated(ran.log), command  # and fails where anything else was obeyed
            _harmless(ran)


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_an_annotation_holds_whatever_it_is_given(text: str) -> None:
    """Title, message and file name: one command with our properties, on one line."""
    problem = Problem(f"templates/{text}.yaml", 3, 4, text, Severity.ERROR, Text(text))
    (annotation,) = reports.problems([problem]).annotations
    written = github.command(annotation, prefix=f"{text}/")

    (shown,) = annotated(f"{written}\n")
    assert isinstance(shown, Shown)
    assert (shown.level, shown.line) == ("error", 3)
    assert not UNSAFE.search(written)
    assert "\n" not in written


def _harmless(ran: Ran) -> None:
    """No control character and no command in anything that a host reads."""
    for text in (ran.out, ran.err, ran.summary):
        assert not UNSAFE.search(text)
    assert commands(ran.summary) == []


def _id(project: Project, address: str) -> int:
    rows = project("status", "--format", "json").json()["resources"]
    return next(int(row["remote_id"]) for row in rows if row["address"] == address)
