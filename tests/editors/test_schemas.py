"""Every schema says who it is, holds everything that it refers to, and is never fetched."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smsops.kinds import KINDS
from smsops.manifests import schemas
from smsops.reference.__main__ import main as write_files
from smsops.reference.editors import FILES, WRITTEN
from smsops.reference.manifests import EXAMPLES
from tests.support.pages import ROOT
from tests.support.project import Project

PATCH = "apiVersion: smsops/v1\nkind: Patch\nmetadata: {address: sign.acme}\npresent: false\n"


def values(node: Any, key: str) -> Iterator[str]:
    """Every text that stands at ``key`` anywhere in ``node``."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == key and isinstance(inner, str):
                yield inner
            yield from values(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner, key)


def test_every_schema_has_its_own_id_below_one_address() -> None:
    names = schemas.names()
    ids = {name: list(values(schemas.load(name), "$id")) for name in names}
    assert ids == {name: [f"{schemas.HOME}{name}.schema.json"] for name in names}
    assert schemas.HOME.startswith("https://")
    assert schemas.HOME.endswith("/schemas/")


@pytest.mark.parametrize("name", schemas.names())
def test_what_a_schema_refers_to_is_inside_of_it(name: str) -> None:
    """From wherever a copy is read, and although its base is an address on the web."""
    loaded = schemas.load(name)
    for reference in set(values(loaded, "$ref")):
        assert reference.startswith("#/"), reference
        node: Any = loaded
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_no_schema_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every reference is followed, and broken manifests are explained, with the network gone."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    schemas._validator.cache_clear()
    for name in schemas.names():
        schemas.violations(name, {"kind": "Sign", "spec": {"nothing": 1}})
        schemas.violations(name, [])
    project = Project(tmp_path / "shop")
    project.root.mkdir()
    assert project("init").code == 0
    broken = project.root / "templates" / "login-code.yaml"
    broken.write_text(broken.read_text("utf-8").replace("remark", "remarks"), "utf-8")
    ran = project("validate")
    assert ran.code == 3
    assert "templates/login-code.yaml:9:3: SMS111" in ran.out


def parsed(text: str, name: str) -> dict[str, Any]:
    """A document as its own schema reads it."""
    from smsops.manifests import yaml_tree

    documents, faults = yaml_tree.read(text.encode())
    assert faults == []
    value = schemas.reader(name)(documents[0].root, [])
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", WRITTEN)
def test_the_schema_of_everything_says_of_a_document_what_its_own_says(name: str) -> None:
    """Right or wrong, in each of its fields; and of no other kind."""
    text = PATCH if name == "patch" else EXAMPLES[name]
    document = parsed(text, name)
    assert schemas.violations("manifest", document) == []
    wrong: list[dict[str, Any]] = [{**document, "another": 1}]
    wrong += [{**document, key: 0.5} for key in document]
    wrong += [{each: value for each, value in document.items() if each != key} for key in document]
    for each in wrong:
        own = schemas.violations(name, each)
        assert bool(schemas.violations("manifest", each)) == bool(own), each
        if "kind" in each and each["kind"] == document["kind"]:
            paths = {(found.path, found.keyword) for found in schemas.violations("manifest", each)}
            assert {(found.path, found.keyword) for found in own} <= paths


def test_the_schema_of_everything_has_every_kind() -> None:
    assert set(WRITTEN) == {*KINDS, "project", "patch"}
    kinds = schemas.load("manifest")["properties"]["kind"]["enum"]
    assert kinds == ["Project", *(kind.manifest for kind in KINDS.values()), "Patch"]
    assert schemas.violations("manifest", {"apiVersion": "smsops/v1", "kind": "Sing"})
    assert schemas.violations("manifest", {"apiVersion": "smsops/v1"})


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == FILES[name](), "run: make docs"


def test_one_command_writes_them_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And only what is not up to date, so that a hook stops for nothing else."""
    pages, top = tmp_path / "docs", tmp_path / "top"
    pages.mkdir()
    for name in FILES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    (top / "editors/schemastore.json").write_text("{}", "utf-8")
    assert write_files([str(pages), "--top", str(top)]) == 0
    written = [line for line in capsys.readouterr().out.splitlines() if str(top) in line]
    assert written == [f"{top / 'editors/schemastore.json'}: written"]
    assert json.loads((top / "editors/schemastore.json").read_text("utf-8"))["name"] == "smsops"


def test_another_owner_of_the_repository_is_written_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schemas, "HOME", "https://example.com/s/")
    texts = {name: text() for name, text in FILES.items()}
    assert [name for name, text in texts.items() if "OWNER" in text] == []
    for name in ("sign", "manifest"):
        text = texts[f"schemas/{name}.schema.json"]
        assert text.count(f'"$id": "https://example.com/s/{name}.schema.json"') == 1
        assert text.count('"$id"') == 1


def test_validate_says_when_editors_check_by_another_schema(tmp_path: Path) -> None:
    """On standard error, with what writes it again; the result is the same."""
    project = Project(tmp_path / "my shop")
    project.root.mkdir()
    assert project("init").code == 0
    schema = project.root / ".smsops.schema.json"
    ours = schema.read_bytes()
    assert project("validate").err == ""
    schema.write_bytes(ours.replace(b"\n", b"\r\n"))  # as Git may check it out
    assert project("validate").err == ""
    for other in (ours + b" ", ours[:-9], b""):
        schema.write_bytes(other)
        ran = project("validate", "--strict")
        assert (ran.code, ran.out) == (0, "OK: 1 sign, 1 template\n")
        assert "is of another version of smsops" in ran.err
        assert "schema manifest" in ran.err
        assert ran.err.endswith(f"> '{schema}'` writes this one's.\n")
    assert project("validate", "--format", "json").err == ""
    schema.unlink()
    assert project("validate").err == ""
    os.mkfifo(schema)  # nobody waits for it
    assert project("validate").err == ""
