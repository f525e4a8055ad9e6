"""Whatever writes a manifest gives it the line by which editors find its schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smsops.manifests import schemas
from tests.export.test_terraform import managed, take_over
from tests.export.tfstates import sign as managed_sign
from tests.export.unmanaged import SIGNS, seeded, templates
from tests.support.pages import ROOT
from tests.support.project import Project
from tests.support.specs import png

_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def schema_of(path: Path) -> Path:
    """The schema that a file names, once, in its first line."""
    text = path.read_text("utf-8")
    first, *_ = text.splitlines()
    found = _LINE.fullmatch(first)
    assert found is not None, (path, first)
    assert text.count("$schema=") == 1, path
    return (path.parent / found[1]).resolve()


def manifests(root: Path) -> list[Path]:
    return sorted((*root.rglob("*.yaml"), *root.rglob("*.yml")))


def shipped(path: Path) -> bool:
    return path.read_text("utf-8") == schemas.text("manifest")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ((), 3),
        (("--empty",), 1),
        (("--backend", "http"), 3),
        (("--environments",), 4),
        (("--empty", "--environments", "eu,us"), 1),
    ],
)
def test_init(options: tuple[str, ...], count: int, tmp_path: Path) -> None:
    project = Project(tmp_path / "my shop")
    project.root.mkdir()
    project("init", *options)
    paths = manifests(project.root)
    assert len(paths) == count
    assert {schema_of(path) for path in paths} == {project.root / ".smsops.schema.json"}
    assert shipped(project.root / ".smsops.schema.json")


def test_init_leaves_a_schema_alone_that_is_there(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    project.root.mkdir()
    schema = project.root / ".smsops.schema.json"
    schema.write_text("{}\n")
    ran = project("init")
    assert (ran.code, "schema" in ran.out) == (0, False)
    assert schema.read_text() == "{}\n"


@pytest.mark.parametrize("words", [("adopt",), ("adopt", "--guess"), ("export", "--adopt")])
def test_adopting(words: tuple[str, ...], tmp_path: Path) -> None:
    """The note comes once; what is there keeps its bytes, also without such a line."""
    project = seeded(tmp_path / "shop", [*SIGNS[:2], *templates(2)])
    project.template("old")
    old = project.root / "templates" / "old.yaml"
    settings = project.root / "smsops.yaml"
    into = (str(project.root),) if words[0] == "export" else ()
    schema = project.root / ".smsops.schema.json"
    before = {path: path.read_bytes() for path in (old, settings)}
    ran = project(*words, *into)
    assert ran.code == 0, ran.err
    assert f"Note: editors check the manifests by {schema}: commit it with them.\n" in ran.err
    written = [path for path in manifests(project.root) if path not in before]
    assert len(written) == 4
    assert {schema_of(path) for path in written} == {schema}
    assert shipped(schema)
    assert project("validate").code == 0

    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    project.console.seed([{"created": 1_700_000_000, **templates(3)[2]}])
    ran = project(*words, *into)
    assert (ran.code, "editors" in ran.err) == (0, False)
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    kept = {path for path in before if ".smsops/" not in str(path)}
    assert {path: after[path] for path in kept} == {path: before[path] for path in kept}
    (new,) = [path for path in manifests(project.root) if path not in before]
    assert schema_of(new) == schema


def test_importing_from_terraform(tmp_path: Path) -> None:
    project = seeded(tmp_path / "shop", [*SIGNS[:1], *templates(1)])
    ran = take_over(
        project,
        managed_sign("acme", "2001#0", png()),
        managed(1500, "first", templates(1)[0]["templateName"]),
    )
    assert ran.code == 0, ran.err
    written = [*project.root.glob("signs/*.yaml"), *project.root.glob("templates/*.yaml")]
    assert len(written) == 2
    assert {schema_of(path) for path in written} == {project.root / ".smsops.schema.json"}


def test_an_export_outside_of_the_project_has_its_own_schema(tmp_path: Path) -> None:
    project = seeded(tmp_path / "shop", templates(2))
    into = tmp_path / "for somebody" / "else"
    ran = project("export", str(into))
    assert ran.code == 0, ran.err
    assert {schema_of(path) for path in manifests(into)} == {into / ".smsops.schema.json"}
    assert shipped(into / ".smsops.schema.json")
    assert not (project.root / ".smsops.schema.json").exists()


def test_a_link_out_of_the_project_leads_to_a_place_outside(tmp_path: Path) -> None:
    """Steps upwards are taken from where a file is, not from where a link to it is."""
    project = seeded(tmp_path / "shop", templates(1))
    (tmp_path / "real").mkdir()
    (project.root / "out").symlink_to(tmp_path / "real")
    assert project("export", str(project.root / "out")).code == 0
    (path,) = manifests(tmp_path / "real")
    assert schema_of(path) == tmp_path / "real" / ".smsops.schema.json"
    assert shipped(schema_of(path))


@pytest.mark.parametrize("path", manifests(ROOT / "examples"), ids=lambda path: path.name)
def test_no_example_leads_out_of_itself(path: Path) -> None:
    """In every document that is ours; what others read, such as workflows, has no such line."""
    named = _LINE.findall(path.read_text("utf-8"))
    root = ROOT / "examples" / path.relative_to(ROOT / "examples").parts[0]
    documents = path.read_text("utf-8").count("apiVersion: smsops/v1")
    assert len(named) == documents
    for each in named:
        assert (path.parent / each).resolve() == root / ".smsops.schema.json"
        assert shipped((path.parent / each).resolve())
