"""The main job through the real command line, on the emulator."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from smsops.model import Action
from smsops.planfile.document import TERRAFORM_ACTIONS
from tests.cli.shop import Shop, png, served

SUMMARY = "Plan: 2 to create."
NO_CHANGES = "No changes. Signs and templates match the manifests."


def test_from_nothing_to_no_changes(shop: Shop) -> None:
    first = shop("plan", "--detailed-exitcode")
    assert (first.code, first.last) == (2, SUMMARY)
    applied = shop("apply", "--auto-approve")
    assert applied.code == 0
    assert applied.last == "Apply complete: 2 created; 2 in review."
    waiting = shop("plan", "--detailed-exitcode")
    assert waiting.code == 0
    assert waiting.last == "Plan: nothing to do; 2 waiting."
    shop.approve()
    writes = shop.writes()
    last = shop("plan", "--detailed-exitcode")
    assert (last.code, last.last) == (0, NO_CHANGES)
    assert shop.writes() == writes == ["AddSmsSign", "AddSmsTemplate"]


def test_verbose_shows_every_field_of_a_new_object(shop: Shop) -> None:
    """What customers see is shown anyway."""
    saved = str(shop.root / "plan.out")
    commands = [("plan", "-o", saved), ("show", saved), ("apply", "--auto-approve")]
    for command in commands:
        assert "qualificationId" not in shop(*command).out
    shop.template("t1", content="另一个{1}，验证码。")
    commands[-1] = ("apply", "--auto-approve", "--target", "template.t1")
    for command in commands:
        assert re.search(r"^    remark +\"用户登录\"$", shop("-v", *command).out, re.MULTILINE)


def test_a_lost_state_is_adopted_again_without_a_write(live: Shop) -> None:
    live.state.unlink()
    plan = live("plan", "--format", "json").json()
    assert {row["smsops"]["action"] for row in plan["resource_changes"]} == {"adopt"}
    assert [row["change"]["importing"]["id"] for row in plan["resource_changes"]] == [1110, 1110]
    before = live.ledger()
    applied = live("apply", "--auto-approve")
    assert applied.last == "Apply complete: 2 adopted."
    assert live.ledger() == before
    assert live("plan").last == NO_CHANGES
    unverifiable = live("plan", "--format", "json").json()["resource_changes"][1]["smsops"]
    assert unverifiable["unverifiable"] == ["smsType", "remark"]


def test_the_same_over_a_socket_with_credentials_from_the_environment(tmp_path: Path) -> None:
    with served(tmp_path / "account.json") as url:
        shop = Shop(
            tmp_path / "shop",
            ("--endpoint", url),
            {"TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR", "TENCENTCLOUD_SECRET_KEY": "emulator"},
        ).begin()
        assert shop("plan", "--detailed-exitcode").code == 2
        assert shop("apply", "--auto-approve").code == 0
        assert shop.state.name == "state.json"
        assert "2 waiting" in shop("plan").last
        wrong = Shop(shop.root, shop.options, {**shop.environment, "TENCENTCLOUD_SECRET_KEY": "x"})
        refused = wrong("plan")
        assert refused.code == 4
        assert "AuthFailure.SignatureFailure" in refused.err
        assert "Traceback" not in refused.err


def test_an_unreachable_host_ends_in_seconds(tmp_path: Path) -> None:
    shop = Shop(
        tmp_path / "shop",
        ("--endpoint", "http://127.0.0.1:9"),
        {"TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR", "TENCENTCLOUD_SECRET_KEY": "emulator"},
    ).begin()
    ran = shop("plan")
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err


def test_without_credentials_it_says_where_it_looked(shop: Shop) -> None:
    ran = Shop(shop.root, ())("plan")
    assert ran.code == 4
    assert "TENCENTCLOUD_SECRET_ID" in ran.err


def test_an_edit_in_review_is_one_modify(shop: Shop) -> None:
    shop("apply", "--auto-approve")
    shop.template(content="验证码{1}，请勿泄露。")
    plan = shop("plan")
    assert "~ update   template.t0" in plan.out
    assert '"您的验证码是{1}。" -> "验证码{1}，请勿泄露。"' in plan.out
    assert "goes back to review" in plan.out
    shop("apply", "--auto-approve")
    assert shop.writes()[2:] == ["ModifySmsTemplate"]
    assert "2 waiting" in shop("plan").last


def test_an_edit_of_an_active_template_is_one_add(live: Shop) -> None:
    live.template(content="验证码{1}，请勿泄露。")
    plan = live("plan")
    assert "± replace  template.t0" in plan.out
    assert "new id" in plan.out
    live("apply", "--auto-approve")
    assert live.writes()[2:] == ["AddSmsTemplate"]


def test_a_remark_on_an_active_template_is_held(live: Shop) -> None:
    live.template(remark="换了说明")
    plan = live("plan", "--detailed-exitcode")
    assert plan.code == 0
    assert "= held     template.t0" in plan.out
    assert "1 held" in plan.last
    assert live("apply", "--auto-approve").code == 0
    assert live.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_a_removed_manifest_is_deleted_unless_protected(live: Shop) -> None:
    (live.root / "templates" / "t0.yaml").unlink()
    assert "- delete   template.t0" in live("plan").out
    path = live.root / "signs" / "acme.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "lifecycle: {protected: true}\n", "utf-8")
    assert live("apply", "--auto-approve", "--target", "sign.acme").code == 0
    path.unlink()
    blocked = live("plan", "--allow-empty", "--detailed-exitcode")
    assert blocked.code == 3
    assert "smsops state unprotect sign.acme" in blocked.out
    ran = live("apply", "--allow-empty", "--auto-approve")
    assert ran.code == 3
    assert live.writes()[2:] == ["DeleteSmsTemplate"]


def test_no_manifests_at_all_is_refused_while_the_state_holds_resources(live: Shop) -> None:
    for path in (live.root / "signs" / "acme.yaml", live.root / "templates" / "t0.yaml"):
        path.unlink()
    for command in (("plan",), ("apply", "--auto-approve")):
        ran = live(*command)
        assert ran.code == 3
        assert "--allow-empty" in ran.err
    assert live.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_invalid_manifests_stop_before_anything_is_asked(shop: Shop) -> None:
    (shop.root / "templates" / "bad.yaml").write_text("kind: Nonsense\n", encoding="utf-8")
    ran = Shop(shop.root, ("--endpoint", "http://127.0.0.1:9"))("apply", "--auto-approve")
    assert ran.code in (3, 4)
    ran = shop("apply", "--auto-approve")
    assert ran.code == 3
    assert "templates/bad.yaml:1:" in ran.err
    assert shop.writes() == []


def test_target_limits_what_is_done(shop: Shop) -> None:
    assert shop("plan", "--target", "sign.nobody").code == 64
    assert shop("plan", "--target", "nonsense").code == 64
    ran = shop("apply", "--auto-approve", "--target", "sign.acme")
    assert ran.code == 0
    assert shop.writes() == ["AddSmsSign"]


def test_the_plans_json_has_the_promised_shape(shop: Shop) -> None:
    plan = shop("plan", "--format", "json").json()
    assert set(plan) >= {
        *("format_version", "smsops_version", "account_id", "region", "complete", "applyable"),
        *("summary", "resource_changes", "unmanaged"),
    }
    assert plan["format_version"] == "1.0"
    assert set(plan["summary"]) == {action.value for action in Action}
    row = plan["resource_changes"][1]
    assert (row["address"], row["type"], row["name"]) == ("template.t0", "template", "t0")
    assert row["change"]["actions"] == ["create"]
    assert row["change"]["before"] is None
    assert row["change"]["after"]["content"] == "您的验证码是{1}。"
    assert set(row["smsops"]) >= {
        *("action", "reason", "remote_id", "review", "changed", "unverifiable"),
    }
    assert set(TERRAFORM_ACTIONS) == set(Action)
    assert shop("plan", "--format", "json").out == shop("plan", "--format", "json").out


def test_the_gitlab_widget_has_exactly_three_counts(shop: Shop) -> None:
    assert shop("plan", "--format", "gitlab").json() == {"create": 2, "update": 0, "delete": 0}


def test_json_into_keeps_the_text_on_stdout(shop: Shop) -> None:
    ran = shop("plan", "--json-into", str(shop.root / "plan.json"))
    assert ran.last == SUMMARY
    assert json.loads((shop.root / "plan.json").read_text("utf-8"))["summary"]["create"] == 2


def test_unmanaged_objects_are_reported(live: Shop) -> None:
    live.state.unlink()
    (live.root / "templates" / "t0.yaml").unlink()
    plan = live("plan", "--format", "json").json()
    assert plan["unmanaged"] == [
        {
            "type": "template",
            "remote_id": 1110,
            "name": "模板t0",
            "international": False,
            "review": {"state": "active", "code": 0, "reply": ""},
        }
    ]


def test_a_project_without_manifests_says_how_the_account_gets_some(live: Shop) -> None:
    """Other formats list the objects alone."""
    live.state.unlink()
    for manifest in live.root.glob("*/*.yaml"):
        manifest.unlink()

    ran = live("plan")

    listed, _, rest = ran.out.partition("\n\n")
    options = f"-C {live.root} --emulator"
    assert listed.splitlines() == [
        "Unmanaged, never touched: 2 objects",
        '    sign 1110  "艾克米"',
        '    template 1110  "模板t0"',
        f"    next: `smsops export DIR {options}` writes manifests for all of them, "
        f"`smsops import ADDR ID {options}` binds one",
    ]
    assert rest.splitlines()[-1] == NO_CHANGES
    for format in ("json", "markdown", "html", "gitlab"):
        assert "smsops export" not in live("plan", "--format", format).out


def test_the_gitlab_widget_counts_adoptions_nowhere(live: Shop) -> None:
    """Nothing is written to the account."""
    live.state.unlink()
    assert live("plan").last == "Plan: 2 to adopt."
    assert live("plan", "--format", "gitlab").json() == {"create": 0, "update": 0, "delete": 0}


def test_apply_as_json_keeps_stdout_clean(shop: Shop) -> None:
    ran = shop("apply", "--auto-approve", "--format", "json")
    document = ran.json()
    assert document["summary"]["created"] == 2
    assert [row["outcome"] for row in document["results"]] == ["done", "done"]
    assert document["in_review"] == 2


@pytest.mark.parametrize("verbosity", ["-v", "-vv"])
def test_a_verbose_run_tells_calls_and_no_secret(shop: Shop, verbosity: str) -> None:
    import base64

    ran = shop(verbosity, "apply", "--auto-approve")
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
    shop = Shop(tmp_path / "shop").begin(count - 1)
    ran = shop("-vv", "apply", "--auto-approve")
    assert ran.code == 0
    assert len(shop.writes()) == count
    assert "RequestLimitExceeded" not in ran.err
