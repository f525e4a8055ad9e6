"""The JSON that status and output print fits the schemas that ship with smsops."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from smsops.manifests import schemas
from tests.support.project import Project

#: The commands whose JSON is checked, and the schema each has to fit.
DOCUMENTS = {
    ("status", "--format", "json"): "status",
    ("output",): "output",
    ("output", "--all"): "output",
}


def stages(project: Project) -> Iterator[str]:
    """A life in stages, each of which gives the documents another shape."""
    yield "nothing recorded"
    project("apply", "--auto-approve")
    yield "in review"
    project.approve()
    project("apply", "--auto-approve")
    yield "active"
    project.template("t0", "您的登录验证码是{1}。", retire_after="1h")
    project("apply", "--auto-approve")
    yield "a successor in review"
    project.review("template", 1111, "rejected", "--reply", "内容不完整")
    yield "a successor rejected, with a reply"
    project.review("template", 1111, "approved")
    project("apply", "--auto-approve")
    yield "a superseded object retiring"
    project.review("sign", 1110, "effective-later")
    yield "approved, not yet in effect"
    (project.root / ".smsops" / "emulator.json").unlink()
    yield "everything gone"


def test_every_stage_of_a_life_fits_the_schemas(project: Project) -> None:
    reviews = set()
    for stage in stages(project):
        for command, name in DOCUMENTS.items():
            document = project(*command).json()

            assert schemas.violations(name, document) == [], (stage, command)
            reviews |= set(_values(document, "review"))
    # The stages really were different ones.
    assert reviews == {"active", "approved", "in_review", "rejected", None}


def test_yaml_output_is_the_same_document_as_json(applied_project: Project) -> None:
    import yaml

    assert (
        yaml.safe_load(applied_project("output", "--format", "yaml").out)
        == applied_project("output").json()
    )


def _without(*path: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        del document[path[-1]]

    return change


def _with(value: Any, *path: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return change


SIGN, LOGIN = ("outputs", "sign.acme"), ("outputs", "template.t0")


@pytest.mark.parametrize(
    ("command", "change"),
    [
        pytest.param(("status", "--format", "json"), change, id=f"status: {title}")
        for title, change in {
            "a version is missing": _without("format_version"),
            "a resource has no address": _without("resources", 0, "address"),
            "an id is a text": _with("1110", "resources", 0, "remote_id"),
            "a review state is invented": _with("pending", "resources", 0, "review"),
            "a moment has no zone": _with("2026-11-22T08:00:00", "resources", 0, "submitted_at"),
            "a member is new": _with(1, "resources", 0, "attempts"),
            "a retiring object is incomplete": _with([{}], "resources", 0, "retiring"),
        }.items()
    ]
    + [
        pytest.param(("output",), change, id=f"output: {title}")
        for title, change in {
            "an id has no name": _without(*SIGN, "sign_name"),
            "a count is missing": _without(*LOGIN, "parameter_count"),
            "a count is negative": _with(-1, *LOGIN, "parameter_count"),
            "a sign has a template's member": _with(1, *SIGN, "template_id"),
            "a kind is unknown": _with({}, "outputs", "qualification.acme"),
            "a successor comes without retiring": _with(None, *LOGIN, "successor"),
        }.items()
    ],
)
def test_a_schema_refuses_what_the_command_would_never_print(
    applied_project: Project, command: tuple[str, ...], change: Callable[[Any], None]
) -> None:
    document = applied_project(*command).json()
    changed = copy.deepcopy(document)
    change(changed)

    assert schemas.violations(DOCUMENTS[command], document) == []
    assert schemas.violations(DOCUMENTS[command], changed) != []


@pytest.mark.parametrize("path", sorted(schemas.directory().glob("*.json")), ids=lambda p: p.name)
def test_every_schema_is_valid_draft_07_for_editors(path: Path) -> None:
    """Editors know schemas by draft-07; a typo in one would make it accept anything."""
    loaded = json.loads(path.read_text("utf-8"))
    Draft7Validator.check_schema(loaded)

    assert loaded["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert loaded["title"]
    assert loaded["description"]
    rows = [*loaded.get("oneOf", ()), *(each["then"] for each in loaded.get("allOf", ()))]
    alternatives = [row["$ref"].rpartition("/")[2] for row in rows]
    for each in [loaded["definitions"][name] for name in alternatives] or [loaded]:
        assert each["additionalProperties"] is False


def _values(document: Any, name: str) -> Iterator[Any]:
    if isinstance(document, dict):
        for key, value in document.items():
            if key == name:
                yield value
            else:
                yield from _values(value, name)
    elif isinstance(document, list):
        for item in document:
            yield from _values(item, name)
