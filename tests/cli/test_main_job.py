"""The main job through the real command line, on the emulator."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from smsops.model import Action
from smsops.planfile.document import TERRAFORM_ACTIONS
from tests.support.project import Project, served
from tests.support.specs import png

SUMMARY = "Plan: 2 to create."
NO_CHANGES = "No changes. Signs and templates match the manifests."


def test_from_nothing_to_no_changes(project: Project) -> None:
    first = project("plan", "--detailed-exitcode")
    assert (first.code, first.last) == (2, SUMMARY)
    applied = project("apply", "--auto-approve")
    assert applied.code == 0
    assert applied.last == "Apply complete: 2 created; 2 in review."
    waiting = project("plan", "--detailed-exitcode")
    assert waiting.code == 0
    assert waiting.last == "Plan: nothing to do; 2 waiting."
    project.approve()
    writes = project.writes()
    last = project("plan", "--detailed-exitcode")
    assert (last.code, last.last) == (0, NO_CHANGES)
    assert project.writes() == writes == ["AddSmsSign", "AddSmsTemplate"]


def test_verbose_shows_every_field_of_a_new_object(project: Project) -> None:
    """What customers see is shown anyway."""
    saved = str(project.root / "plan.out")
    commands = [("plan", "-o", saved), ("show", saved), ("apply", "--auto-approve")]
    for command in commands:
        assert "qualificationId" not in project(*command).out
    project.template("t1", content="另一个{1}，验证码。")
    commands[-1] = ("apply", "--auto-approve", "--target", "template.t1")
    for command in commands:
        assert re.search(r"^    remark +\"用户登录\"$", project("-v", *command).out, re.MULTILINE)


def test_a_lost_state_is_adopted_again_without_a_write(applied_project: Project) -> None:
    applied_project.state.unlink()
    plan = applied_project("plan", "--format", "json").json()
    assert {row["smsops"]["action"] for row in plan["resource_changes"]} == {"adopt"}
    assert [row["change"]["importing"]["id"] for row in plan["resource_changes"]] == [1110, 1110]
    before = applied_project.ledger()
    applied = applied_project("apply", "--auto-approve")
    assert applied.last == "Apply complete: 2 adopted."
    assert applied_project.ledger() == before
    assert applied_project("plan").last == NO_CHANGES
    unverifiable = applied_project("plan", "--format", "json").json()["resource_changes"][1][
        "smsops"
    ]
    assert unverifiable["unverifiable"] == ["smsType", "remark"]


def test_the_same_over_a_socket_with_credentials_from_the_environment(tmp_path: Path) -> None:
    with served(tmp_path / "account.json") as url:
        project = Project(
            tmp_path / "shop",
            ("--endpoint", url),
            {"TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR", "TENCENTCLOUD_SECRET_KEY": "emulator"},
        ).begin()
        assert project("plan", "--detailed-exitcode").code == 2
        assert project("apply", "--auto-approve").code == 0
        assert project.state.name == "state.json"
        assert "2 waiting" in project("plan").last
        wrong = Project(
            project.root, project.options, {**project.environment, "TENCENTCLOUD_SECRET_KEY": "x"}
        )
        refused = wrong("plan")
        assert refused.code == 4
        assert "AuthFailure.SignatureFailure" in refused.err
        assert "Traceback" not in refused.err


def test_an_unreachable_host_ends_in_seconds(tmp_path: Path) -> None:
    project = Project(
        tmp_path / "shop",
        ("--endpoint", "http://127.0.0.1:9"),
        {"TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR", "TENCENTCLOUD_SECRET_KEY": "emulator"},
    ).begin()
    ran = project("plan")
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err


def test_without_credentials_it_says_where_it_looked(project: Project) -> None:
    ran = Project(project.root, ())("plan")
    assert ran.code == 4
    assert "TENCENTCLOUD_SECRET_ID" in ran.err


def test_an_edit_in_review_is_one_modify(project: Project) -> None:
    project("apply", "--auto-approve")
    project.template(content="验证码{1}，请勿泄露。")
    plan = project("plan")
    assert "~ update   template.t0" in plan.out
    assert '"您的验证码是{1}。" -> "验证码{1}，请勿泄露。"' in plan.out
    assert "goes back to review" in plan.out
    project("apply", "--auto-approve")
    assert project.writes()[2:] == ["ModifySmsTemplate"]
    assert "2 waiting" in project("plan").last


def test_an_edit_of_an_active_template_is_one_add(applied_project: Project) -> None:
    applied_project.template(content="验证码{1}，请勿泄露。")
    plan = applied_project("plan")
    assert "± replace  template.t0" in plan.out
    assert "new id" in plan.out
    applied_project("apply", "--auto-approve")
    assert applied_project.writes()[2:] == ["AddSmsTemplate"]


def test_a_remark_on_an_active_template_is_held(applied_project: Project) -> None:
    applied_project.template(remark="换了说明")
    plan = applied_project("plan", "--detailed-exitcode")
    assert plan.code == 0
    assert "= held     template.t0" in plan.out
    assert "1 held" in plan.last
    assert applied_project("apply", "--auto-approve").code == 0
    assert applied_project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_a_removed_manifest_is_deleted_unless_protected(applied_project: Project) -> None:
    (applied_project.root / "templates" / "t0.yaml").unlink()
    assert "- delete   template.t0" in applied_project("plan").out
    path = applied_project.root / "signs" / "acme.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "lifecycle: {protected: true}\n", "utf-8")
    assert applied_project("apply", "--auto-approve", "--target", "sign.acme").code == 0
    path.unlink()
    blocked = applied_project("plan", "--allow-empty", "--detailed-exitcode")
    assert blocked.code == 3
    assert "smsops state unprotect sign.acme" in blocked.out
    ran = applied_project("apply", "--allow-empty", "--auto-approve")
    assert ran.code == 3
    assert applied_project.writes()[2:] == ["DeleteSmsTemplate"]


def test_no_manifests_at_all_is_refused_while_the_state_holds_resources(
    applied_project: Project,
) -> None:
    for path in (
        applied_project.root / "signs" / "acme.yaml",
        applied_project.root / "templates" / "t0.yaml",
    ):
        path.unlink()
    for command in (("plan",), ("apply", "--auto-approve")):
        ran = applied_project(*command)
        assert ran.code == 3
        assert "--allow-empty" in ran.err
    assert applied_project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_invalid_manifests_stop_before_anything_is_asked(project: Project) -> None:
    (project.root / "templates" / "bad.yaml").write_text("kind: Nonsense\n", encoding="utf-8")
    ran = Project(project.root, ("--endpoint", "http://127.0.0.1:9"))("apply", "--auto-approve")
    assert ran.code in (3, 4)
    ran = project("apply", "--auto-approve")
    assert ran.code == 3
    assert "templates/bad.yaml:1:" in ran.err
    assert project.writes() == []


def test_target_limits_what_is_done(project: Project) -> None:
    assert project("plan", "--target", "sign.nobody").code == 64
    assert project("plan", "--target", "nonsense").code == 64
    ran = project("apply", "--auto-approve", "--target", "sign.acme")
    assert ran.code == 0
    assert project.writes() == ["AddSmsSign"]


def test_the_plans_json_has_the_promised_shape(project: Project) -> None:
    plan = project("plan", "--format", "json").json()
    assert set(plan) >= {
        *("format_version", "smsops_version", "account_id", "region", "complete", "applyable"),
        *("summary", "resource_changes", "unmanaged"),
    }
    assert plan["format_version"] == "1.1"
    assert set(plan["summary"]) == {action.value for action in Action}
    row = plan["resource_changes"][1]
    assert (row["address"], row["type"], row["name"]) == ("template.t0", "template", "t0")
    assert row["change"]["actions"] == ["create"]
    assert row["change"]["before"] is None
    assert row["change"]["after"]["content"] == "您的验证码是{1}。"
    assert set(row["smsops"]) >= {
        *(
            "action",
            "reason",
            "reason_code",
            "advice",
            "remote_id",
            "review",
            "changed",
            "unverifiable",
        ),
    }
    assert set(TERRAFORM_ACTIONS) == set(Action)
    assert project("plan", "--format", "json").out == project("plan", "--format", "json").out


def test_the_gitlab_widget_has_exactly_three_counts(project: Project) -> None:
    assert project("plan", "--format", "gitlab").json() == {"create": 2, "update": 0, "delete": 0}


def test_json_into_keeps_the_text_on_stdout(project: Project) -> None:
    ran = project("plan", "--json-into", str(project.root / "plan.json"))
    assert ran.last == SUMMARY
    assert json.loads((project.root / "plan.json").read_text("utf-8"))["summary"]["create"] == 2


def test_unmanaged_objects_are_reported(applied_project: Project) -> None:
    applied_project.state.unlink()
    (applied_project.root / "templates" / "t0.yaml").unlink()
    plan = applied_project("plan", "--format", "json").json()
    assert plan["unmanaged"] == [
        {
            "type": "template",
            "remote_id": 1110,
            "name": "模板t0",
            "international": False,
            "review": {"state": "active", "code": 0, "reply": ""},
        }
    ]


def test_a_project_without_manifests_says_how_the_account_gets_some(
    applied_project: Project,
) -> None:
    """Other formats list the objects alone."""
    applied_project.state.unlink()
    for manifest in applied_project.root.glob("*/*.yaml"):
        manifest.unlink()

    ran = applied_project("plan")

    listed, _, rest = ran.out.partition("\n\n")
    options = f"-C {applied_project.root} --emulator"
    assert listed.splitlines() == [
        "Unmanaged, never touched: 2 objects",
        '    sign 1110  "艾克米"',
        '    template 1110  "模板t0"',
        f"    next: `smsops adopt {options}` takes them over or says why not, "
        f"`smsops import ADDR ID {options}` binds one",
    ]
    assert rest.splitlines()[-1] == NO_CHANGES
    for format in ("json", "markdown", "html", "gitlab"):
        assert "smsops export" not in applied_project("plan", "--format", format).out


def test_the_gitlab_widget_counts_adoptions_nowhere(applied_project: Project) -> None:
    """Nothing is written to the account."""
    applied_project.state.unlink()
    assert applied_project("plan").last == "Plan: 2 to adopt."
    assert applied_project("plan", "--format", "gitlab").json() == {
        "create": 0,
        "update": 0,
        "delete": 0,
    }


def test_apply_as_json_keeps_stdout_clean(project: Project, tmp_path: Path) -> None:
    """It can be written besides, too."""
    path = tmp_path / "apply.json"
    ran = project("apply", "--auto-approve", "--format", "json", "--json-into", str(path))
    assert path.read_text("utf-8") == ran.out
    document = ran.json()
    assert document["summary"]["created"] == 2
    assert [row["outcome"] for row in document["results"]] == ["done", "done"]
    assert document["in_review"] == 2


@pytest.mark.parametrize("verbosity", ["-v", "-vv"])
def test_a_verbose_run_tells_calls_and_no_secret(project: Project, verbosity: str) -> None:
    import base64

    ran = project(verbosity, "apply", "--auto-approve")
    assert ran.code == 0
    image = base64.b64encode(png()).decode()
    said = ran.out + ran.err
    for secret in ("TC3-HMAC", "Signature=", image[:40], "AKIDEMULATOR", "Authorization"):
        assert secret not in said
    assert "AddSmsSign" in ran.err
    assert "sign.acme" in ran.err
    assert ("RequestId" in ran.err) == (verbosity == "-vv")


@pytest.mark.parametrize("count", [6, pytest.param(30, marks=pytest.mark.faults)])
def test_an_apply_is_paced_below_the_limits(tmp_path: Path, count: int) -> None:
    """In real time: the emulator counts arrivals as the API does. Thirty take 15 s."""
    project = Project(tmp_path / "shop").begin(count - 1)
    ran = project("-vv", "apply", "--auto-approve")
    assert ran.code == 0
    assert len(project.writes()) == count
    assert "RequestLimitExceeded" not in ran.err
