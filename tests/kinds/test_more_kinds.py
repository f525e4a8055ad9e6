"""Two more kinds, registered as any: nothing outside of their own files knows them.

One is a resource, one is only declared. Their modules and schemas lie in a directory of the tests
that is searched like ``smsops/kinds``; the account is one in memory.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from smsops import kinds
from smsops.kinds.kind import Resource
from smsops.manifests import schemas
from smsops.model import ObjectId
from smsops.workspace import session
from tests.kinds.account import Account
from tests.support.project import Project

MORE = Path(__file__).parent / "more"
SENDER = "apiVersion: smsops/v1\nkind: Sender\nmetadata: {name: acme}\nspec: {senderName: NAME}\n"
CONTACT = (
    "apiVersion: smsops/v1\nkind: Contact\nmetadata: {name: legal}\nspec: {email: a@example.com}\n"
)


@pytest.fixture(autouse=True)
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both kinds in the registries, found by the search that finds the others."""
    path = [*kinds.__path__, str(MORE)]
    monkeypatch.setattr(kinds, "__path__", path)
    found = kinds.load(path)
    for name in ("sender", "contact"):
        monkeypatch.setitem(cast("dict[str, Any]", kinds.KINDS), name, found[name])
    resources = cast("dict[str, Any]", kinds.RESOURCES)
    monkeypatch.setitem(resources, "sender", kinds.resources(found)["sender"])
    directory = tmp_path / "schemas"
    shutil.copytree(schemas.directory(), directory)
    for file in MORE.glob("*.schema.json"):
        shutil.copy(file, directory)
    monkeypatch.setattr(schemas, "directory", lambda: directory)
    yield
    for name in ("sender", "contact"):
        del sys.modules[f"smsops.kinds.{name}"]
        delattr(kinds, name)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    found = Account()

    @contextmanager
    def opened(*_: object) -> Iterator[Account]:
        yield found

    monkeypatch.setattr(session, "open_client", opened)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project", options=()).begin()
    (project.root / "senders").mkdir()
    (project.root / "contacts").mkdir()
    (project.root / "contacts" / "legal.yaml").write_text(CONTACT, "utf-8")
    declare(project, "Acme")
    return project


def declare(project: Project, name: str) -> None:
    (project.root / "senders" / "acme.yaml").write_text(SENDER.replace("NAME", name), "utf-8")


def applied(project: Project, account: Account) -> Project:
    """Everything declared exists and is active, and the state knows."""
    for _ in range(2):
        ran = project("apply", "--auto-approve")
        assert ran.code == 0, ran.err
        account.approve()
    assert project("apply", "--auto-approve").code == 0
    return project


def actions(project: Project, *options: str) -> dict[str, str]:
    """Address -> action of the plan."""
    rows = project("plan", "--format", "json", *options).json()["resource_changes"]
    return {row["address"]: row["smsops"]["action"] for row in rows}


def test_both_are_found_by_their_modules() -> None:
    ours = ["sign", "template", "application", "probe"]
    assert [*kinds.KINDS] == [*ours, "sender", "contact"]
    assert [*kinds.RESOURCES] == ["sign", "template", "sender"]


def test_manifests_of_both_are_validated(project: Project) -> None:
    """By their own schemas, in their own directories."""
    ran = project("validate")
    assert (ran.code, ran.last) == (0, "OK: 1 contact, 1 sender, 1 sign, 1 template")
    declare(project, "[1]")
    (project.root / "contacts" / "legal.yaml").write_text(CONTACT.replace("email", "mail"), "utf-8")
    found = project("validate").out
    assert "senders/acme.yaml:4:20: SMS113" in found
    assert "contacts/legal.yaml:4:8: SMS111" in found
    assert "did you mean 'email'" in found
    assert '"const": "Sender"' in project("schema", "sender").out


def test_an_unknown_kind_is_told_all_of_them(project: Project) -> None:
    path = project.root / "senders" / "acme.yaml"
    path.write_text(path.read_text("utf-8").replace("Sender", "Sendr"), "utf-8")
    found = project("validate").out
    known = " or ".join(kind.manifest for kind in kinds.KINDS.values())
    assert f"unknown kind 'Sendr'; it is {known}; did you mean 'Sender'?" in found


def test_a_plan_has_the_resource_and_not_what_is_only_declared(
    project: Project, account: Account
) -> None:
    expected = {"sender.acme": "create", "sign.acme": "create", "template.t0": "create"}
    assert actions(project) == expected
    applied(project, account)
    assert {*actions(project).values()} == {"noop"}
    assert "contact" not in project.state.read_text("utf-8")


def test_a_resource_lives_through_creation_review_replacement_and_deletion(
    project: Project, account: Account
) -> None:
    applied(project, account)
    status = {
        row["address"]: row for row in project("status", "--format", "json").json()["resources"]
    }
    assert status["sender.acme"]["remote_id"] == "SENDER:1"
    assert status["sender.acme"]["review"] == "active"

    declare(project, "Other")
    plan = project.root / "a.plan"
    assert project("plan", "--out", str(plan)).code == 0
    assert "sender.acme" in project("show", str(plan)).out
    assert actions(project)["sender.acme"] == "replace"
    assert project("apply", str(plan)).code == 0
    account.approve()
    assert actions(project)["sender.acme"] == "promote"
    applied(project, account)
    later = project("status", "--format", "json").json()["resources"]
    assert {row["address"]: row["remote_id"] for row in later}["sender.acme"] == "SENDER:4"

    (project.root / "senders" / "acme.yaml").unlink()
    assert project("apply", "--auto-approve").code == 0
    writes = [write for write in account.writes if "Sender" in write[0]]
    assert writes[:2] == [("AddSender", "SENDER:1"), ("AddSender", "SENDER:4")]
    assert set(writes[2:]) == {("DeleteSender", "SENDER:4"), ("DeleteSender", "SENDER:1")}


def test_outputs_are_what_the_resource_says(project: Project, account: Account) -> None:
    applied(project, account)
    assert project("output").json()["outputs"]["sender.acme"] == {
        "sender_id": "SENDER:1",
        "sender_name": "Acme",
        "review": "active",
    }
    assert "SMSOPS_SENDER_ACME_NAME=Acme\n" in project("output", "--format", "dotenv").out


def test_drift_sees_what_was_edited_and_what_is_gone(project: Project, account: Account) -> None:
    applied(project, account)
    kind = kinds.RESOURCES["sender"]
    account.put(kind, "SENDER:1", {"senderName": "Edited"})
    account.put(kind, "FOREIGN:1", {"senderName": "Foreign"})
    ran = project("drift", "--format", "json")
    found = {
        (row["class"], row["type"], row["remote_id"], row["observed"])
        for row in ran.json()["findings"]
    }
    assert ran.code == 2
    assert ("config", "sender", "SENDER:1", "Edited") in found
    assert ("unmanaged", "sender", "FOREIGN:1", None) in {(*each[:3], None) for each in found}
    del account.objects[ObjectId("sender", "SENDER:1")]
    assert {row["class"] for row in project("drift", "--format", "json").json()["findings"]} >= {
        "missing"
    }


def test_export_writes_a_manifest_that_plans_to_nothing(project: Project, account: Account) -> None:
    applied(project, account)
    kind = kinds.RESOURCES["sender"]
    account.put(kind, "FOREIGN:7", {"senderName": "Foreign"})
    account.approve()
    ran = project("export", str(project.root / "senders"), "--adopt")
    assert ran.code == 0, ran.err
    text = (project.root / "senders" / "sender-FOREIGN:7.yaml").read_text("utf-8")
    assert "  name: s-foreign-7\n" in text
    assert '  senderName: "Foreign"\n' in text
    assert "  # market: FILL IN one of eu, us; the API does not return it\n" in text
    assert actions(project)["sender.s-foreign-7"] == "noop"


def test_ids_are_read_as_the_resource_says(project: Project, account: Account) -> None:
    applied(project, account)
    account.put(kinds.RESOURCES["sender"], "FOREIGN:7", {"senderName": "Foreign"})
    refused = project("import", "sender.other", "no id")
    assert (refused.code, refused.err) == (64, "Error: 'no id' is not an id: a SenderId\n")
    assert project("import", "template.other", "FOREIGN:7").code == 64
    assert project("import", "sender.other", "FOREIGN:7").code == 0


@pytest.mark.parametrize("command", ["state list", "state show sender.acme", "explain 0"])
def test_other_commands_take_it_as_it_is(command: str, project: Project, account: Account) -> None:
    applied(project, account)
    assert project(*command.split()).code == 0


def test_an_address_of_what_is_only_declared_has_no_remote_life(
    project: Project, account: Account
) -> None:
    ran = project("plan", "--target", "contact.legal")
    assert ran.code == 64
    said = "contact.legal: here it is about objects of the account; their kinds are sign, template"
    assert said in ran.err


def test_a_kind_is_a_resource_or_only_declared() -> None:
    assert isinstance(kinds.KINDS["sender"], Resource)
    assert not isinstance(kinds.KINDS["contact"], Resource)


def test_published_schemas_list_every_resource() -> None:
    """JSON for other programs names them one by one; the resource of this test is one too many.
    Drift is about applications, too.
    """
    names = [name for name in kinds.RESOURCES if name != "sender"]
    for document, found in (
        ("plan", names),
        ("drift", [*names, "application"]),
        ("explain", names),
    ):
        assert json.dumps({"enum": found})[1:-1] in schemas.text(document)
    outputs = schemas.load("output")["properties"]["outputs"]["patternProperties"]
    assert [*outputs] == [rf"^{name}\." for name in names]
