"""What the state keeps of probes: every command that writes it, and those that look into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from smsops.state.snapshot import load
from tests.support.legacy import dumped
from tests.support.probes import ProbeProject, phone, probe_project

SCHEMA = Path(__file__).parents[2] / "schemas" / "state-list.schema.json"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop") as made:
        made.declare()
        assert made.one()["exit"] == 0
        yield made


def test_whatever_writes_the_state_keeps_it(project: ProbeProject, tmp_path: Path) -> None:
    kept = project.stored()["probes"]
    assert [*kept] == ["login"]
    project.template("more", "另一个{1}。")
    copy = tmp_path / "state.json"
    for arguments in (
        ("state", "protect", "template.login"),
        ("state", "unprotect", "template.login"),
        ("state", "mv", "template.login", "template.other"),
        ("state", "rm", "sign.acme"),
        ("import", "template.login", str(project.account.items("template")[0].id)),
        ("apply", "--auto-approve", "--allow-empty"),
        ("state", "assign", "--project", "another"),
        ("state", "assign", "--project", project.stored()["project"]),
    ):
        before = project.stored()["serial"]
        ran = project(*arguments)
        stored = project.stored()
        assert stored["probes"] == kept, (arguments, ran)
        assert (ran.code, stored["serial"] > before) == (0, True), (arguments, ran)
    copy.write_text(project("state", "pull").out, "utf-8")
    project.state.unlink()
    assert project("state", "push", str(copy)).code == 0
    assert project.stored()["probes"] == kept


def test_it_is_listed_shown_and_forgotten_under_its_address(project: ProbeProject) -> None:
    record = project.stored()["probes"]["login"]
    assert project("state", "list").out.splitlines()[-1] == "probe.login"
    document = project("state", "list", "--format", "json").json()
    Draft7Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    [row] = document["probes"]
    assert (row["address"], row["verdict"], row["to"]) == ("probe.login", "delivered", "+86…9999")
    for arguments in (("state", "show"), ("state", "show", "probe.login")):
        said = project(*arguments).out
        assert f"  id {record['serial']}: delivered (DELIVRD)\n" in said
        assert phone("9999")[3:] not in said
    shown = project("state", "show", "probe.login", "--format", "json").json()
    assert shown == {"probes": {"login": record}}
    assert project("state", "rm", "probe.other").code == 1
    assert project("state", "rm", "probe.login", "template.login").code == 0
    assert "probes" not in project.stored()
    assert "template.login" not in project.stored()["resources"]
    assert project("state", "show", "probe.login").code == 1


def test_a_state_of_an_older_version_has_none_and_gets_some(project: ProbeProject) -> None:
    body = project.state.read_bytes()
    project.state.write_bytes(dumped(load(body, source="state")))
    (project.root / ".smsops" / "ledger.db").unlink()
    assert "probe.login" not in project("state", "list").out
    assert project("state", "list", "--format", "json").json()["probes"] == []
    project.account.time.advance(60)
    assert project.one()["verdict"] == "delivered"
    assert [*project.stored()["probes"]] == ["login"]
