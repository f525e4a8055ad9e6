"""What is said about a missing field makes sense alone, for every field that is required."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from smsops.errors import InvalidManifests
from smsops.manifests import schemas, violations, yaml_tree
from smsops.manifests.load import load_project, require_manifests
from tests.support.manifests import TEMPLATE, write

#: (schema, field) -> what is said after "is missing: "
MISSING: Mapping[tuple[str, str], str] = {
    ("sign", "apiVersion"): "smsops/v1",
    ("sign", "kind"): "Sign",
    ("sign", "metadata"): "a mapping with the name of the resource",
    ("sign", "metadata.name"): "the name of the resource; its address is sign.<name>",
    ("sign", "spec"): "the sign as it is submitted for review",
    ("sign", "spec.signName"): "the name that customers see, without 【】",
    ("sign", "lint.ignore"): "codes of rules that this manifest may break, such as SMS307",
    ("template", "apiVersion"): "smsops/v1",
    ("template", "kind"): "Template",
    ("template", "metadata"): "a mapping with the name of the resource",
    ("template", "metadata.name"): "the name of the resource; its address is template.<name>",
    ("template", "spec"): "the template as it is submitted for review",
    ("template", "spec.templateName"): "the name in the console; customers do not see it",
    ("template", "spec.content"): "the text of the message without the sign",
    ("template", "lint.ignore"): "codes of rules that this manifest may break, such as SMS307",
    ("project", "apiVersion"): "smsops/v1",
    ("project", "kind"): "Project",
    ("project", "metadata"): "a mapping with the name of the project",
    ("project", "metadata.name"): "the name of the project",
    ("project", "spec"): "the settings of the project",
    ("project", "spec.region"): "region of the API, such as ap-guangzhou",
    ("project", "spec.state.backend"): "one of local, http, git",
    ("project", "spec.drift.suppressions[0].address"): (
        "the address of the resource, such as sign.acme"
    ),
    ("project", "spec.drift.suppressions[0].class"): (
        "one of config, review, qualification, missing, objective, delivery, unmanaged, "
        "unverifiable"
    ),
    ("project", "spec.drift.suppressions[0].owner"): (
        "the person or team that answers for the finding"
    ),
    ("project", "spec.drift.suppressions[0].reason"): "why the finding is accepted",
    ("project", "spec.drift.suppressions[0].expires"): (
        "the last day of the suppression, YYYY-MM-DD"
    ),
}
#: Documents in which every required field is missing, one level at a time.
DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "sign": ("{}", "{metadata: {}, spec: {}, lint: {}}"),
    "template": ("{}", "{metadata: {}, spec: {}, lint: {}}"),
    "project": ("{}", "{metadata: {}, spec: {state: {}, drift: {suppressions: [{}]}}}"),
}


def required(node: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every required field of a schema, however deep."""
    for name in node.get("required", ()):
        yield f"{path}.{name}".removeprefix(".")
    for name, field in node.get("properties", {}).items():
        yield from required(field, f"{path}.{name}".removeprefix("."))
    if "items" in node:
        yield from required(node["items"], f"{path}[0]")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_missing_field_is_said_with_what_to_put(name: str) -> None:
    """Values where only some are allowed, as for a wrong one; else words."""
    said = set()
    for text in DOCUMENTS[name]:
        (document,), _ = yaml_tree.read(text.encode())
        value = schemas.reader(name)(document.root, [])
        said |= {
            problem.message.plain
            for problem in violations.problems("x.yaml", document.root, name, value)
            if problem.code == "SMS112"
        }
    expected = {field: what for (kind, field), what in MISSING.items() if kind == name}
    assert said == {f"{field} is missing: {what}" for field, what in expected.items()}
    assert set(expected) == set(required(schemas.load(name)))


def test_a_field_that_belongs_beside_spec_is_said_to(tmp_path: Path) -> None:
    """It is looked for inside, where most fields are."""
    root = write(tmp_path, {"templates/a.yaml": TEMPLATE + "  lifecycle: {retireAfter: 1h}\n"})
    with pytest.raises(InvalidManifests) as caught:
        require_manifests(load_project(root))
    [problem] = caught.value.problems
    assert problem.code == "SMS111"
    assert "lifecycle stands beside spec, not inside it" in problem.message.plain
