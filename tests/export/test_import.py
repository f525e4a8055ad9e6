"""Binding one object by its id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smsops.errors import Exit
from smsops.model import Project as ProjectSettings
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Options, Settings
from tests.export.unmanaged import SIGNS, seeded, templates
from tests.support.project import Project, Ran


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An account with four templates and four signs, all of them unknown to the project."""
    return seeded(tmp_path / "shop", SIGNS + templates(4))


def recorded(project: Project) -> dict[str, Any]:
    """address -> what the state keeps of it."""
    if not project.state.exists():
        return {}
    found: dict[str, Any] = json.loads(project.state.read_text("utf-8"))["resources"]
    return found


def declare(project: Project, name: str, number: int = 1500, **changes: str) -> None:
    """A manifest for a seeded template."""
    item = next(row for row in templates(4) if row["id"] == number)
    fields = {"content": item["content"], "title": item["templateName"], **changes}
    project.template(name, fields.pop("content"), **fields)


def test_an_object_takes_its_place_without_a_manifest(project: Project) -> None:
    """The state has its id and its spelling; the account was only read. The warning is serious."""
    ran = project("import", "template.login", "1500")
    assert ran.code == 0
    assert ran.out == 'template.login: template 1500 "手工模板 0" (active) is its current object\n'
    assert "no valid manifest declares template.login" in ran.err
    current = recorded(project)["template.login"]["current"]
    assert current["remote_id"] == 1500
    assert current["read_back"]["content"] == "您的验证码是{1}，第0号，请勿泄露。"
    assert current["review"] == {"code": 0, "reply": ""}
    assert project.writes() == []


def test_with_a_manifest_the_next_plan_is_empty(project: Project) -> None:
    """Fields that the API does not return are assumed to be as declared."""
    declare(project, "login")
    ran = project("import", "template.login", "1500")
    assert (ran.code, ran.err) == (0, "")
    assert "No changes." in project("plan").out
    assert recorded(project)["template.login"]["current"]["assumed"] == ["remark", "smsType"]


def test_a_near_match_is_bound_and_the_plan_says_what_differs(project: Project) -> None:
    """What plan blocks as "several or near" is what import is for."""
    declare(project, "login", content="您的验证码是{1}，与控制台不同。")
    assert "blocked" in project("plan").out
    assert project("import", "template.login", "1500").code == 0
    assert "± replace  template.login  (id 1500, active)" in project("plan").out


def test_the_same_import_again_changes_nothing(project: Project) -> None:
    """It is recorded already, exactly so."""
    assert project("import", "template.login", "1500").code == 0
    before = project.state.read_bytes()
    ran = project("import", "template.login", "1500")
    assert ran.code == 0
    assert "already was its current object" in ran.out
    assert project.state.read_bytes() == before


def refused(ran: Ran, *words: str, code: int = 1) -> None:
    assert (ran.code, ran.out) == (code, "")
    for word in words:
        assert word in ran.err


def test_an_id_belongs_to_one_address(project: Project) -> None:
    """And the message names it."""
    declare(project, "login")
    assert project("import", "template.login", "1500").code == 0
    before = project.state.read_bytes()
    refused(
        project("import", "template.other", "1500"),
        "recorded already: it is the current object of template.login",
    )
    assert project.state.read_bytes() == before


def test_what_is_bound_and_not_declared_may_be_bound_elsewhere(project: Project) -> None:
    """A mistyped address is corrected by typing it again."""
    assert project("import", "template.lgoin", "1500").code == 0
    ran = project("import", "template.login", "1500")
    assert (ran.code, ran.err.count("bound, not declared")) == (0, 1)
    assert list(recorded(project)) == ["template.login"]


def test_an_address_has_one_current_object(project: Project) -> None:
    """As long as that is there."""
    assert project("import", "template.login", "1500").code == 0
    refused(
        project("import", "template.login", "1501"),
        "template.login has a current object already: id 1500",
    )


def test_a_current_object_that_is_gone_makes_room(project: Project) -> None:
    """Somebody deleted it; another one takes its place."""
    assert project("import", "template.login", "1500").code == 0
    project.console.remove("template", 1500)
    assert project("import", "template.login", "1501").code == 0
    assert recorded(project)["template.login"]["current"]["remote_id"] == 1501


def test_a_successor_needs_an_object_to_succeed(project: Project) -> None:
    """Then it stands beside it, and is promoted like any other."""
    refused(
        project("import", "template.login", "1501", "--as", "successor"),
        "no current object to succeed",
    )
    assert project("import", "template.login", "1500").code == 0
    ran = project("import", "template.login", "1501", "--as", "successor")
    assert ran.code == 0
    assert "is its successor object" in ran.out
    refused(
        project("import", "template.login", "1502", "--as", "successor"),
        "has a successor object already",
    )
    declare(project, "login", 1501, content="Your code is {1}, number 1.")
    assert recorded(project)["template.login"]["successor"]["remote_id"] == 1501


def test_a_successor_that_is_recorded_already_is_no_failure(project: Project) -> None:
    """With `--as successor` and without it; a place that was asked for and is not its own is."""
    assert project("import", "template.login", "1500").code == 0
    assert project("import", "template.login", "1501", "--as", "successor").code == 0
    before = project.state.read_bytes()
    again = project("import", "template.login", "1501", "--as", "successor")
    assert again.code == 0
    assert "already was its successor object" in again.out
    plain = project("import", "template.login", "1501")
    assert plain.code == 0
    assert "is recorded already as its successor object" in plain.out
    for ran in (again, plain):
        assert "no valid manifest declares template.login" in ran.err
        assert "state rm" not in ran.err, "it would forget the current object, too"
    named = project("import", "template.login", "1501", "--as", "current")
    refused(named, "it is the successor object of template.login", "promotes it")
    refused(
        project("import", "template.login", "1500", "--as", "successor"),
        "it is the current object of template.login",
        "nothing to import",
    )
    assert project.state.read_bytes() == before


def test_an_id_of_another_kind_is_said(project: Project) -> None:
    """Signs and templates count apart."""
    refused(
        project("import", "sign.acme", "1500"), "no sign with the id 1500", "1500 is a template"
    )
    refused(project("import", "sign.acme", "9"), "no sign with the id 9", "lists unmanaged objects")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("template.x",),
        ("template.x", "0"),
        ("template.x", "１５００"),
        ("template.x", "99999999999999999999"),
        ("nothing.x", "1"),
        ("template.X", "1"),
        ("template.x", "1", "--as", "other"),
        ("template.x", "1", "--from-tfstate", "f"),
        ("--from-tfstate", "f", "--as", "successor"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(project: Project, arguments: tuple[str, ...]) -> None:
    """Exit 64, before anything is read."""
    assert project("import", *arguments).code == Exit.USAGE
    assert not project.state.exists()


def test_a_locked_state_is_left_alone(project: Project) -> None:
    """Exit 5."""
    settings = ProjectSettings(root=project.root, name="shop", region="ap-guangzhou", manifests=())
    with open_backend(Settings(Options(emulator=True), {}), settings).lock("apply"):
        assert project("import", "template.login", "1500").code == Exit.LOCKED
    assert recorded(project) == {}


def test_what_was_only_imported_is_never_deleted(project: Project) -> None:
    """No manifest has declared it yet: apply says so, and does nothing."""
    assert project("import", "template.promo", "1501").code == 0
    before = project.state.read_bytes()
    ran = project("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "bound, not declared" in ran.out
    assert "No changes." in ran.out
    declare(project, "promo", 1501)
    assert project("apply", "--auto-approve").code == 0
    assert recorded(project)["template.promo"]["declared"]
    (project.root / "templates" / "promo.yaml").unlink()
    assert before != project.state.read_bytes()
    assert project("plan").code == 3, "no manifests at all"
    plan = project("plan", "--format", "json", "--allow-empty").json()
    rows = {row["address"]: row["smsops"]["action"] for row in plan["resource_changes"]}
    assert rows["template.promo"] == "delete"
