"""Declared and submitted: what a manifest may leave out, and what that never means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.errors import Exit
from tests.support.project import Project, served
from tests.support.specs import template_manifest
from tests.support.timed_project import TimedProject

LONG_AGO = 1_700_000_000
TEXT = "您的验证码是{1}，请勿泄露。"
OLD_STYLE = "新品上市，回T退订"
UNSAID: dict[str, Any] = {"smsType": None, "remark": None}


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> TimedProject:
    """A project with an approved sign, on an account whose templates it does not know."""
    return TimedProject(tmp_path_factory.mktemp("approved") / "shop").begin(0).approved()


@pytest.fixture
def project(approved: TimedProject, tmp_path: Path) -> Project:
    """A copy of that."""
    return approved.copy(tmp_path / "shop")


def exists(project: Project, **fields: Any) -> None:
    """An approved template that nobody manages."""
    found = {"kind": "template", "id": 1500, "created": LONG_AGO, "templateName": "登录"}
    project.console.seed([{**found, "content": TEXT, **fields}])


def declare(project: Project, content: str = TEXT, more: str = "", **fields: Any) -> None:
    text = template_manifest(content=f'"{content}"', **fields)
    (project.root / "templates" / "login.yaml").write_text(text + more, "utf-8")


def fills(project: Project, setting: str) -> None:
    """Let smsops.yaml say something about lint."""
    path = project.root / "smsops.yaml"
    path.write_text(
        path.read_text("utf-8").replace("ap-guangzhou}", f"ap-guangzhou, lint: {setting}}}"),
        "utf-8",
    )


def row(project: Project) -> Any:
    [found] = [
        each
        for each in project("plan", "--format", "json").json()["resource_changes"]
        if each["address"] == "template.login"
    ]
    return found


def test_what_describe_returns_is_enough_for_a_manifest(project: Project) -> None:
    declare(project, **UNSAID)
    ran = project("validate")
    assert ran.code == 0
    assert "templates/login.yaml:5:3: SMS130 smsType and remark are not declared; " in ran.out


@pytest.mark.parametrize(
    ("setting", "code", "severities"),
    [("allow", 0, []), ("warn", 0, ["warning"]), ("error", 3, ["error"])],
)
def test_the_project_decides_how_much_it_is(
    project: Project, setting: str, code: int, severities: list[str]
) -> None:
    declare(project, **UNSAID)
    fills(project, f"{{incomplete: {setting}}}")
    ran = project("validate", "--format", "json")
    assert ran.code == code
    assert [problem["severity"] for problem in ran.json()["problems"]] == severities
    assert project("plan").code == code


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        (UNSAID, "smsType and remark"),
        ({"smsType": None}, "smsType"),
        ({"remark": None}, "remark"),
    ],
)
def test_what_would_be_submitted_is_blocked_with_the_place_and_the_fields(
    project: Project, fields: dict[str, Any], missing: str
) -> None:
    declare(project, **fields)
    found = row(project)
    assert found["smsops"]["action"] == "blocked"
    assert found["smsops"]["reason_code"] == "incomplete"
    assert f"but templates/login.yaml:1 does not declare {missing}," in found["smsops"]["reason"]
    assert project("plan", "--detailed-exitcode").code == Exit.INVALID
    calls = project.writes()
    assert project.apply().code == Exit.INVALID
    assert project.writes() == calls


def test_an_object_that_exists_is_adopted_and_nothing_is_assumed(project: Project) -> None:
    exists(project)
    declare(project, **UNSAID)
    assert row(project)["smsops"]["action"] == "adopt"
    assert project.apply().code == 0
    found = row(project)
    assert found["smsops"]["action"] == "noop"
    assert found["smsops"]["unverifiable"] == []
    assert found["change"]["after"]["smsType"] is None
    assert "assumed" not in project("state", "show", "template.login").out
    assert project("drift").code == 0


def test_a_new_text_is_blocked_until_the_fields_are_there_and_then_replaces(
    project: Project,
) -> None:
    exists(project)
    declare(project, **UNSAID)
    assert project.apply().code == 0
    declare(project, TEXT + "！", **UNSAID)
    assert "does not declare smsType and remark" in row(project)["smsops"]["reason"]
    declare(project, TEXT + "！")
    assert row(project)["smsops"]["action"] == "replace"


def test_fields_that_are_filled_in_later_are_assumed_and_change_nothing(project: Project) -> None:
    exists(project)
    declare(project, **UNSAID)
    assert project.apply().code == 0
    declare(project)
    found = row(project)
    assert found["smsops"]["action"] == "noop"
    assert found["smsops"]["unverifiable"] == ["smsType", "remark"]


def test_a_field_that_is_taken_out_again_is_no_change(project: Project) -> None:
    """It was submitted once; nobody says what it has to be now."""
    declare(project)
    project.approved()
    declare(project, **UNSAID)
    assert row(project)["smsops"]["action"] == "noop"
    assert project("plan", "--detailed-exitcode").code == 0
    assert project("drift").code == 0


def test_a_template_needs_a_sign_that_can_be_submitted(tmp_path: Path) -> None:
    """An incomplete sign is not about to exist."""
    project = Project(tmp_path / "shop").begin(1)
    path = project.root / "signs" / "acme.yaml"
    path.write_text(path.read_text("utf-8").replace("  qualificationId: 1000001\n", ""), "utf-8")
    rows = project("plan", "--format", "json").json()["resource_changes"]
    assert {each["address"]: each["smsops"]["reason_code"] for each in rows} == {
        "sign.acme": "incomplete",
        "template.t0": "no_prerequisite",
    }


# -- rules know whether something would be submitted ---------------------------------------------


def test_a_text_of_earlier_years_is_adopted_as_it_stands(project: Project) -> None:
    """validate sees no account and says it as it would of a new text."""
    exists(project, content=OLD_STYLE)
    declare(project, OLD_STYLE, smsType="marketing")
    assert "SMS307" in project("validate").out
    assert project("validate").code == Exit.INVALID
    assert row(project)["smsops"]["action"] == "adopt"
    assert project.apply().code == 0
    assert row(project)["smsops"]["action"] == "noop"
    for command in ("plan", "drift", "status", "output"):
        assert project(command).code == 0, command


def test_the_same_text_is_refused_where_it_would_be_submitted(project: Project) -> None:
    declare(project, OLD_STYLE, smsType="marketing")
    for command in ("plan", "apply"):
        ran = project(command)
        assert ran.code == Exit.INVALID
        assert "templates/login.yaml:6:12: SMS307 " in ran.err


def test_an_edit_of_such_a_text_is_refused(project: Project) -> None:
    exists(project, content=OLD_STYLE)
    declare(project, OLD_STYLE, smsType="marketing")
    assert project.apply().code == 0
    declare(project, "换季上市，回T退订", smsType="marketing")
    assert project("plan").code == Exit.INVALID
    declare(project, "换季上市，拒收请回复R", smsType="marketing")
    assert row(project)["smsops"]["action"] == "replace"


def test_only_what_a_target_submits_counts(project: Project) -> None:
    declare(project, OLD_STYLE, smsType="marketing")
    project.template("other")
    assert project("plan", "--target", "template.other").code == 0
    assert project("plan", "--target", "template.login").code == Exit.INVALID


EXCEPTION = "lint: {ignore: [SMS307], reason: approved in 2019}\n"


def test_a_manifest_may_make_an_exception(project: Project) -> None:
    exists(project, content=OLD_STYLE)
    declare(project, OLD_STYLE, EXCEPTION, smsType="marketing")
    assert project("validate", "--strict").code == 0
    assert row(project)["smsops"]["action"] == "adopt"


def test_an_exception_is_no_licence_to_submit(project: Project) -> None:
    """The reviewer does not read it."""
    declare(project, OLD_STYLE, EXCEPTION, smsType="marketing")
    assert project("validate").code == 0
    ran = project("plan")
    assert ran.code == Exit.INVALID
    assert "SMS307" in ran.err


@pytest.mark.parametrize(
    ("exception", "code", "words"),
    [
        ("lint: {ignore: [SMS307]}\n", "SMS131", "say why in lint.reason"),
        ("lint: {ignore: [SMS999], reason: x}\n", "SMS117", "SMS999 is not a rule"),
        ("lint: {ignore: [SMS313], reason: x}\n", "SMS117", "SMS313 cannot be ignored;"),
        (
            "lint: {ignore: [SMS202], reason: x}\n",
            "SMS117",
            "SMS202 cannot be ignored here: it is about a sign;",
        ),
    ],
)
def test_an_exception_that_does_not_fit_is_said(
    project: Project, exception: str, code: str, words: str
) -> None:
    declare(project, more=exception)
    found = project("validate", "--format", "json").json()["problems"]
    assert [problem["code"] for problem in found] == [code]
    assert words in found[0]["message"]
    assert found[0]["line"] == 9


# -- near misses ---------------------------------------------------------------------------------


def test_one_object_that_is_nearly_it_is_shown_with_what_differs(project: Project) -> None:
    exists(project, content="您的验证码是{1}。")
    declare(project)
    ran = project("plan")
    assert '    content  "您的验证码是{1}。" -> "您的验证码是{1}，请勿泄露。"\n' in ran.out
    command = f"`smsops import template.login 1500 -C {project.root} --emulator`"
    assert f"objects that may be this one exist (id 1500 active): {command}, or give it" in ran.out
    assert row(project)["smsops"]["advice"] == [["import", "template.login", "1500"]]


def test_several_are_told_apart_by_what_they_say(project: Project) -> None:
    exists(project, content="您的验证码是{1}。")
    exists(project, id=1501, content="另一个文本{1}" + "很长" * 40)
    declare(project)
    said = row(project)["smsops"]["reason"]
    assert (
        '(ids 1500 active, content "您的验证码是{1}。"; 1501 active, content "另一个文本{1}' in said
    )
    assert "很长…" in said
    assert [each[-1] for each in row(project)["smsops"]["advice"]] == ["1500", "1501"]


# -- the sample image of init --------------------------------------------------------------------


def test_the_sample_image_is_for_the_emulator_alone(tmp_path: Path) -> None:
    """Whoever forgets to change it hears so before the reviewer does."""
    for account, code in (("100000000001", 0), ("100000000002", Exit.INVALID)):
        project = Project(tmp_path / account, ())
        project.root.mkdir()
        assert project("init").code == 0
        assert project("validate").out.startswith("OK:")
        with served(project.root / "data.json", "--account-id", account) as url:
            keys = {"TENCENTCLOUD_SECRET_ID": SECRET_ID, "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}
            away = Project(project.root, ("--endpoint", url), keys)
            ran = away("plan")
        assert ran.code == code, ran.err
        assert ("signs/acme.yaml:12:15: SMS213 this is the sample image of init" in ran.err) == (
            code != 0
        )


def test_a_text_is_refused_before_a_state_that_cannot_be_read(project: Project) -> None:
    """What can be said of the files is said first."""
    declare(project, OLD_STYLE, smsType="marketing")
    project.state.write_text("{", "utf-8")
    ran = project("plan")
    assert ran.code == Exit.INVALID
    assert "SMS307" in ran.err


# -- what was found by trying to break it --------------------------------------------------------


def test_a_replacement_that_is_blocked_is_about_the_object_that_stays(project: Project) -> None:
    declare(project)
    project.approved()
    declare(project, TEXT + "！", **UNSAID)
    found = row(project)["smsops"]
    assert (found["action"], found["role"]) == ("blocked", "current")
    assert "successor" not in project("plan").out


def test_a_modify_erases_no_note_that_nobody_mentions(tmp_path: Path) -> None:
    """It replaces everything, so the remark of before goes along."""
    project = Project(tmp_path / "shop").begin(0)
    project.sign("acme", "艾克米", "官网登录")
    assert project.apply().code == 0
    path = project.root / "signs" / "acme.yaml"
    text = re.sub("  remark: .*\n", "", path.read_text("utf-8"))
    path.write_text(text.replace("three-in-one", "business-license"), "utf-8")
    assert project.apply().code == 0
    said = project("state", "show", "sign.acme").out
    assert 'documentType: "business-license"' in said
    assert 'remark: "官网登录"' in said


def test_a_rename_that_leaves_something_out_deletes_nothing(project: Project) -> None:
    """Another name, another text, and the new manifest cannot be submitted yet: the old object is
    the last thing that works.
    """
    declare(project)
    project.approved()
    text = template_manifest("entry", templateName="进入", content='"另一段文字{1}。"', **UNSAID)
    (project.root / "templates" / "login.yaml").write_text(text, "utf-8")
    rows = project("plan", "--format", "json").json()["resource_changes"]
    found = {each["address"]: each["smsops"] for each in rows}
    assert found["template.login"]["reason_code"] == "rename_unclear"
    assert found["template.entry"]["reason_code"] == "incomplete"
    said = found["template.login"]["reason"] + found["template.entry"]["consequence"]
    assert said.count("`smsops state mv template.login template.entry`") == 2
    calls = project.writes()
    assert project.apply().code == Exit.INVALID
    assert project.writes() == calls
    ran = project("plan", "--not-renamed", "template.login")
    assert ran.last == "Plan: 1 to delete; 1 blocked."


def test_a_modify_after_a_rename_erases_no_note_either(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop").begin(0)
    project.sign("acme", "艾克米", "官网登录")
    assert project.apply().code == 0
    old = project.root / "signs" / "acme.yaml"
    text = re.sub("  remark: .*\n", "", old.read_text("utf-8")).replace("name: acme", "name: neu")
    old.write_text(text.replace("three-in-one", "business-license"), "utf-8")
    assert project("plan").last == "Plan: 1 to update, 1 to forget."
    assert project.apply().code == 0
    said = project("state", "show", "sign.neu").out
    assert 'documentType: "business-license"' in said
    assert 'remark: "官网登录"' in said


def test_a_text_and_what_is_missing_are_said_in_one_go(project: Project) -> None:
    exists(project, content=OLD_STYLE)
    declare(project, OLD_STYLE, EXCEPTION, **UNSAID)
    assert project.apply().code == 0
    declare(project, "换季上市，回T退订", EXCEPTION, smsType="marketing", remark=None)
    ran = project("plan")
    assert ran.code == Exit.INVALID
    assert "the exception in lint.ignore of the manifest does not hold for a text" in ran.err
    assert "remark is not declared" in ran.err


def test_only_what_a_manifest_ever_declared_keeps_a_gate_closed(project: Project) -> None:
    exists(project, status="rejected")
    assert project("import", "template.old", "1500").code == 0
    assert project("wait", "--timeout", "0s").code == 0
    assert project("wait", "template.old", "--timeout", "0s").code == 9


def test_a_plan_says_that_validate_warns_of_what_it_submits(project: Project) -> None:
    """Whoever only plans and applies would submit #code# without a word."""
    declare(project, "您的验证码是#code#，请勿泄露。")
    note = "1 warning about a text that would be submitted (SMS317): `smsops validate"
    assert note in project("plan").out
    exists(project, content="您的验证码是#code#，请勿泄露。")
    assert row(project)["smsops"]["action"] == "adopt"
    assert "warning" not in project("plan").out, "what stands approved costs no review"


def test_drift_promises_no_creation_of_what_is_incomplete(project: Project) -> None:
    exists(project)
    declare(project, **UNSAID)
    assert project.apply().code == 0
    assert project("emulator", "remove", "template", "1500").code == 0
    said = project("drift").out
    assert "names the fields to fill in; apply submits it then" in said
    assert "creates it again" not in said
