"""The entry for schemastore.org is one that it takes, and means the files that it should."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

from jsonschema import Draft7Validator

from smsops.manifests import schemas
from tests.support.pages import ROOT
from tests.support.project import Project

ENTRY = json.loads((ROOT / "editors" / "schemastore.json").read_text("utf-8"))
#: What its catalogue takes as an entry, by its own schema and rules for contributors.
RULES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "description", "url"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string", "minLength": 1, "pattern": "[^.:]$"},
        "fileMatch": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": r"\.ya?ml$"},
        },
        "url": {"type": "string", "pattern": "^https://"},
    },
}


def matches(path: str) -> bool:
    """As editors match: a pattern without a directory means a file in any."""
    return any(
        fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], pattern)
        for pattern in ENTRY["fileMatch"]
    )


def test_the_entry_is_one_for_the_catalogue() -> None:
    assert [error.message for error in Draft7Validator(RULES).iter_errors(ENTRY)] == []
    assert ENTRY["url"] == schemas.load("project")["$id"]


def test_it_means_smsops_yaml_alone(tmp_path: Path) -> None:
    """A directory of templates is everybody's; those files say themselves what they are."""
    project = Project(tmp_path / "shop")
    project.root.mkdir()
    assert project("init", "--environments").code == 0
    files = [path for path in project.root.rglob("*") if path.is_file()]
    names = [path.relative_to(tmp_path).as_posix() for path in files]
    assert [name for name in names if matches(name)] == ["shop/smsops.yaml"]
    assert matches("smsops.yaml")
    for name in ("templates/deployment.yaml", "signs/a.yaml", "my-smsops.yaml", "smsops.yaml.j2"):
        assert not matches(name)
    for path in files:
        if path.suffix == ".yaml":
            assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=")
