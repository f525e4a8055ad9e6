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
from tests.cli.shop import Shop
from tests.kinds.account import Account

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
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop", options=()).begin()
    (shop.root / "senders").mkdir()
    (shop.root / "contacts").mkdir()
    (shop.root / "contacts" / "legal.yaml").write_text(CONTACT, "utf-8")
    declare(shop, "Acme")
    return shop


def declare(shop: Shop, name: str) -> None:
    (shop.root / "senders" / "acme.yaml").write_text(SENDER.replace("NAME", name), "utf-8")


def applied(shop: Shop, account: Account) -> Shop:
    """Everything declared exists and is active, and the state knows."""
    for _ in range(2):
        ran = shop("apply", "--auto-approve")
        assert ran.code == 0, ran.err
        account.approve()
    assert shop("apply", "--auto-approve").code == 0
    return shop


def actions(shop: Shop, *options: str) -> dict[str, str]:
    """Address -> action of the plan."""
    rows = shop("plan", "--format", "json", *options).json()["resource_changes"]
    return {row["address"]: row["smsops"]["action"] for row in rows}


def test_both_are_found_by_their_modules() -> None:
    assert [*kinds.KINDS] == ["sign", "template", "sender", "contact"]
    assert [*kinds.RESOURCES] == ["sign", "template", "sender"]


def test_manifests_of_both_are_validated(shop: Shop) -> None:
    """By their own schemas, in their own directories."""
    ran = shop("validate")
    assert (ran.code, ran.last) == (0, "OK: 1 contact, 1 sender, 1 sign, 1 template")
    declare(shop, "[1]")
    (shop.root / "contacts" / "legal.yaml").write_text(CONTACT.replace("email", "mail"), "utf-8")
    found = shop("validate").out
    assert "senders/acme.yaml:4:20: SMS113" in found
    assert "contacts/legal.yaml:4:8: SMS111" in found
    assert "did you mean 'email'" in found
    assert '"const": "Sender"' in shop("schema", "sender").out


def test_an_unknown_kind_is_told_all_of_them(shop: Shop) -> None:
    path = shop.root / "senders" / "acme.yaml"
    path.write_text(path.read_text("utf-8").replace("Sender", "Sendr"), "utf-8")
    found = shop("validate").out
    assert "it is Sign or Template or Sender or Contact; did you mean 'Sender'?" in found


def test_a_plan_has_the_resource_and_not_what_is_only_declared(
    shop: Shop, account: Account
) -> None:
    expected = {"sender.acme": "create", "sign.acme": "create", "template.t0": "create"}
    assert actions(shop) == expected
    applied(shop, account)
    assert {*actions(shop).values()} == {"noop"}
    assert "contact" not in shop.state.read_text("utf-8")


def test_a_resource_lives_through_creation_review_replacement_and_deletion(
    shop: Shop, account: Account
) -> None:
    applied(shop, account)
    status = {row["address"]: row for row in shop("status", "--format", "json").json()["resources"]}
    assert status["sender.acme"]["remote_id"] == "SENDER:1"
    assert status["sender.acme"]["review"] == "active"

    declare(shop, "Other")
    plan = shop.root / "a.plan"
    assert shop("plan", "--out", str(plan)).code == 0
    assert "sender.acme" in shop("show", str(plan)).out
    assert actions(shop)["sender.acme"] == "replace"
    assert shop("apply", str(plan)).code == 0
    account.approve()
    assert actions(shop)["sender.acme"] == "promote"
    applied(shop, account)
    later = shop("status", "--format", "json").json()["resources"]
    assert {row["address"]: row["remote_id"] for row in later}["sender.acme"] == "SENDER:4"

    (shop.root / "senders" / "acme.yaml").unlink()
    assert shop("apply", "--auto-approve").code == 0
    writes = [write for write in account.writes if "Sender" in write[0]]
    assert writes[:2] == [("AddSender", "SENDER:1"), ("AddSender", "SENDER:4")]
    assert set(writes[2:]) == {("DeleteSender", "SENDER:4"), ("DeleteSender", "SENDER:1")}


def test_outputs_are_what_the_resource_says(shop: Shop, account: Account) -> None:
    applied(shop, account)
    assert shop("output").json()["outputs"]["sender.acme"] == {
        "sender_id": "SENDER:1",
        "sender_name": "Acme",
        "review": "active",
    }
    assert "SMSOPS_SENDER_ACME_NAME=Acme\n" in shop("output", "--format", "dotenv").out


def test_drift_sees_what_was_edited_and_what_is_gone(shop: Shop, account: Account) -> None:
    applied(shop, account)
    kind = kinds.RESOURCES["sender"]
    account.put(kind, "SENDER:1", {"senderName": "Edited"})
    account.put(kind, "FOREIGN:1", {"senderName": "Foreign"})
    ran = shop("drift", "--format", "json")
    found = {
        (row["class"], row["type"], row["remote_id"], row["observed"])
        for row in ran.json()["findings"]
    }
    assert ran.code == 2
    assert ("config", "sender", "SENDER:1", "Edited") in found
    assert ("unmanaged", "sender", "FOREIGN:1", None) in {(*each[:3], None) for each in found}
    del account.objects[ObjectId("sender", "SENDER:1")]
    assert {row["class"] for row in shop("drift", "--format", "json").json()["findings"]} >= {
        "missing"
    }


def test_export_writes_a_manifest_that_plans_to_nothing(shop: Shop, account: Account) -> None:
    applied(shop, account)
    kind = kinds.RESOURCES["sender"]
    account.put(kind, "FOREIGN:7", {"senderName": "Foreign"})
    account.approve()
    ran = shop("export", str(shop.root / "senders"), "--adopt")
    assert ran.code == 0, ran.err
    text = (shop.root / "senders" / "sender-FOREIGN:7.yaml").read_text("utf-8")
    assert "  name: s-foreign-7\n" in text
    assert '  senderName: "Foreign"\n' in text
    assert "  # market: FILL IN one of eu, us; the API does not return it\n" in text
    assert actions(shop)["sender.s-foreign-7"] == "noop"


def test_ids_are_read_as_the_resource_says(shop: Shop, account: Account) -> None:
    applied(shop, account)
    account.put(kinds.RESOURCES["sender"], "FOREIGN:7", {"senderName": "Foreign"})
    refused = shop("import", "sender.other", "no id")
    assert (refused.code, refused.err) == (64, "Error: 'no id' is not an id: a SenderId\n")
    assert shop("import", "template.other", "FOREIGN:7").code == 64
    assert shop("import", "sender.other", "FOREIGN:7").code == 0


@pytest.mark.parametrize("command", ["state list", "state show sender.acme", "explain 0"])
def test_other_commands_take_it_as_it_is(command: str, shop: Shop, account: Account) -> None:
    applied(shop, account)
    assert shop(*command.split()).code == 0


def test_an_address_of_what_is_only_declared_has_no_remote_life(
    shop: Shop, account: Account
) -> None:
    ran = shop("plan", "--target", "contact.legal")
    assert ran.code == 64
    assert "there is no kind contact; kinds are sign, template, sender" in ran.err


def test_a_kind_is_a_resource_or_only_declared() -> None:
    assert isinstance(kinds.KINDS["sender"], Resource)
    assert not isinstance(kinds.KINDS["contact"], Resource)


def test_published_schemas_list_every_resource() -> None:
    """JSON for other programs names them one by one; the resource of this test is one too many."""
    names = [name for name in kinds.RESOURCES if name != "sender"]
    for document in ("plan", "drift", "explain"):
        assert json.dumps({"enum": names})[1:-1] in schemas.text(document)
    outputs = schemas.load("output")["properties"]["outputs"]["patternProperties"]
    assert [*outputs] == [rf"^{name}\." for name in names]
