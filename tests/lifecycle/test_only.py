"""``apply --only``: the hourly job finishes what was approved and begins nothing."""

from __future__ import annotations

import json
from pathlib import Path

from smsops.manifests import schemas
from tests.support.account import Account
from tests.support.project import Project
from tests.support.served_project import busy, modest


def test_only_promotes_and_retires(tmp_path: Path) -> None:
    with Account(tmp_path / "account.json") as account:
        project = busy(tmp_path / "project", account)
        before = len(account.writes())
        asked = ("apply", "--auto-approve", "--only", "promote,retire")
        ran = project(*asked, "--format", "json")
        assert ran.code == 0, ran.err
        found = json.loads(ran.out)
        assert {row["action"] for row in found["results"]} == {"promote"}
        left = {(row["address"], row["action"]) for row in found["not_asked"]}
        assert {("sign.fresh", "create"), ("template.gone", "delete")} <= left
        assert not {action for _, action in left} & {"promote", "retire", "wait"}
        assert len(account.writes()) == before
        again = project(*asked)
        assert again.code == 0
        assert {action for action, _ in account.writes()[before:]} == {"DeleteSmsTemplate"}
        assert "Not asked for: create sign.fresh, template.fresh." in again.out
        assert "retired" in again.out
        both = project("apply", "--only", "promote", "--only", "create")
        assert both.code == 64, "there is something to create"
        assert "Not asked for: create" not in both.out


def test_nothing_asked_for_is_no_question(tmp_path: Path) -> None:
    with Account(tmp_path / "account.json") as account:
        project = modest(tmp_path / "project", account)
        before = account.writes()
        ran = project("apply", "--only", "retire")
        assert ran.code == 0, ran.err
        assert "Not asked for: delete template.gone." in ran.out
        assert account.writes() == before
        wrong = project("apply", "--only", "retire,blocked")
        assert wrong.code == 64
        assert "'blocked' is none of adopt, create" in wrong.err


def test_what_is_blocked_counts_where_its_action_was_asked_for(tmp_path: Path) -> None:
    """A delete over the limit is no success of `--only delete`, and nothing of `--only promote`."""
    with Account(tmp_path / "account.json") as account:
        project = modest(tmp_path / "project", account)
        before = account.writes()
        limited = ("apply", "--auto-approve", "--max-deletes", "0", "--only")
        ran = project(*limited, "delete")
        assert ran.code == 3
        assert "! blocked  template.gone" in ran.out
        assert "policy.maxDeletes is 0" in ran.out
        assert "No changes" not in ran.out
        (row,) = project(*limited, "delete", "--format", "json").json()["blocked"]
        assert row["address"] == "template.gone"
        other = project(*limited, "retire")
        assert other.code == 0, other.err
        assert "Not asked for: blocked template.gone." in other.out
        assert "No changes" not in other.out
        assert account.writes() == before


def test_what_matches_is_not_said_of_a_part(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop").begin().approved()
    project.template("new")
    ran = project("apply", "--only", "retire")
    assert (ran.code, "No changes" in ran.out) == (0, False)
    assert "Plan: nothing to do." in ran.out
    assert "Not asked for: create template.new." in ran.out
    project.remove("template", "new")
    assert "No changes." in project("apply", "--only", "retire").out


def test_an_old_object_that_is_gone_is_named_and_forgotten_where_that_is_asked_for(
    tmp_path: Path,
) -> None:
    """Nothing is left to retire; `forget` is an action of its own."""
    project = Project(tmp_path / "shop").begin().approved()
    project.template("t0", "您的新验证码是{1}。")
    project.apply()
    project.approve()
    assert "1 promoted" in project.apply("--only", "promote").out
    assert project("emulator", "remove", "template", "1110").code == 0

    def retiring() -> list[object]:
        rows = project("status", "--format", "json").json()["resources"]
        return next(row["retiring"] for row in rows if row["address"] == "template.t0")

    ran = project.apply("--only", "promote,retire")
    assert (ran.code, len(retiring())) == (0, 1)
    assert "Not asked for: forget template.t0 (1110)." in ran.out
    ran = project.apply("--only", "promote,retire,forget")
    assert (ran.code, retiring()) == (0, [])
    assert "1 forgotten" in ran.out


def test_half_a_move_is_not_made(tmp_path: Path) -> None:
    """The record of a renamed manifest stays where it is unless its new address takes it over."""
    with Account(tmp_path / "account.json") as account:
        project = modest(tmp_path / "project", account)
        while "No changes." not in project.apply().out:
            account.approve()
        project.remove("template", "edit")
        project.template("renamed", "改过的{1}。", retire_after="0s")
        before = project.stored()["resources"]
        ran = project("apply", "--auto-approve", "--only", "forget")
        assert ran.code == 0, ran.err
        assert project.stored()["resources"].keys() == before.keys()
        ran = project("apply", "--auto-approve", "--only", "adopt")
        assert ran.code == 0, ran.err
        assert "template.renamed" in project.stored()["resources"]
        assert "template.edit" not in project.stored()["resources"]


def test_a_promotion_shows_both_ids_and_texts(tmp_path: Path) -> None:
    with Account(tmp_path / "account.json") as account:
        project = modest(tmp_path / "project", account)
        record = next(
            each for each in project.stored()["resources"].values() if each.get("successor")
        )
        old, new = record["current"]["remote_id"], record["successor"]["remote_id"]
        shown = project("plan").out
        assert f"(id {old} -> {new}, active)" in shown
        assert '"您的验证码是{1}。" -> "第二版{1}。"' in shown
        assert f"id {old} -&#62; {new}" in project("plan", "--format", "markdown").out
        document = project("plan", "--format", "json").json()
        assert schemas.violations("plan", document) == []
        (row,) = [
            each for each in document["resource_changes"] if each["smsops"]["action"] == "promote"
        ]
        assert (row["smsops"]["replaces"], row["smsops"]["remote_id"]) == (old, new)
        assert row["change"]["before"]["content"] == "您的验证码是{1}。"
        assert row["change"]["after"]["content"] == "第二版{1}。"
        saved = str(tmp_path / "plan.json")
        assert project("plan", "-o", saved).code == 0
        ran = project("apply", saved, "--only", "promote", "--format", "json")
        assert ran.code == 0, ran.err
        assert f"promoted (id {old} -> {new})" in ran.err
        (result,) = ran.json()["results"]
        assert schemas.violations("apply", ran.json()) == []
        assert (result["replaces"], result["remote_id"]) == (old, new)
