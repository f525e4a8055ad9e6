"""The page of fields is complete, true, and its examples can be copied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from smsops.kinds import RESOURCES
from smsops.manifests import schemas, yaml_tree
from smsops.manifests.compiled import plain
from smsops.manifests.load import load_manifests, read_project
from tests.support.manifests import PNG, write
from tests.support.pages import ROOT, Page

PAGE = Page(ROOT / "docs" / "manifests.md")
#: Heading -> the schema of its example and of its tables.
PARTS = {"smsops.yaml": "project"} | {kind.manifest: kind.name for kind in RESOURCES.values()}


def part(heading: str) -> str:
    """The page below a heading, to the next one."""
    return PAGE.text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def example(heading: str) -> str:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", part(heading), re.MULTILINE | re.DOTALL)
    return str(block)


def rows(heading: str) -> dict[str, list[str]]:
    """Field -> the other cells of its row, in whichever table."""
    cells = [
        line.strip("| ").split(" | ") for line in part(heading).splitlines() if line[:1] == "|"
    ]
    fields = [row for row in cells if re.fullmatch(r"`[\w.\[\]]+`", row[0])]
    found = {row[0].strip("`"): row[1:] for row in fields}
    assert len(found) == len(fields)
    return found


def properties(node: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The path of every property of a schema."""
    for name, inner in node.get("properties", {}).items():
        yield path + name
        yield from properties(inner, f"{path}{name}.")
        yield from properties(inner.get("items", {}), f"{path}{name}[].")
        yield from properties(inner.get("additionalProperties") or {}, f"{path}{name}.NAME.")


def written(value: Any, path: str = "") -> Iterator[str]:
    """The path of everything that a document gives a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path + name
            yield from written(inner, f"{path}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from written(inner, f"{path.rstrip('.')}[].")


@pytest.mark.parametrize(("heading", "name"), PARTS.items())
def test_every_field_of_a_schema_has_one_row(heading: str, name: str) -> None:
    assert rows(heading).keys() == set(properties(schemas.load(name)))


@pytest.mark.parametrize(("heading", "name"), PARTS.items())
def test_an_example_shows_every_field(heading: str, name: str) -> None:
    """Of the rates, which are all alike, it shows some."""
    documents, faults = yaml_tree.read(example(heading).encode())
    assert faults == []
    found = written(plain(documents[0].root))
    named = (
        re.sub(r"^spec\.environments\.[a-z]+", "spec.environments.NAME", each) for each in found
    )
    shown = set(named) - {"spec.environments.NAME"}
    rates = {path for path in properties(schemas.load(name)) if path.startswith("spec.rateLimits.")}

    assert set(properties(schemas.load(name))) - rates == {
        path for path in shown if not path.startswith(("spec.rateLimits.", "metadata.labels."))
    }
    assert bool(shown & rates) == bool(rates)


def test_the_examples_are_a_project_without_a_single_finding(tmp_path: Path) -> None:
    """Not even an info."""
    files: dict[str, str | bytes] = {
        f"{kind.name}s/x.yaml": example(kind.manifest) for kind in RESOURCES.values()
    }
    files |= {f"signs/proofs/{name}.png": PNG for name in ("license", "letter")}
    root = write(tmp_path, files, project=example("smsops.yaml"))

    project = read_project(root)
    manifests = load_manifests(project.require())
    assert [*project.problems, *manifests.problems] == []
    assert [str(item.address) for item in manifests.desired] == [
        "sign.acme",
        "template.login-code",
    ]
    assert project.require().suppressions[0].expires == "2027-03-31"


@pytest.mark.parametrize(
    ("heading", "field", "default", "required", "more"),
    [
        ("smsops.yaml", "spec.region", "", "yes", []),
        ("smsops.yaml", "spec.state", "", "no", []),
        ("smsops.yaml", "spec.state.backend", "`local`", "with `state`", []),
        ("smsops.yaml", "spec.policy.maxDeletes", "", "no", []),
        ("smsops.yaml", "spec.drift.suppressions[].owner", "", "in each", []),
        ("Sign", "metadata.name", "", "yes", []),
        ("Sign", "lifecycle.protected", "`false`", "no", []),
        ("Sign", "spec.signName", "", "yes", ["content: replace", "yes"]),
        ("Sign", "spec.international", "`false`", "no", ["identity: replace", "yes"]),
        (
            "Sign",
            "spec.qualificationId",
            "",
            "to submit, where it applies",
            ["note: held", "yes"],
        ),
        ("Sign", "spec.proofImage", "", "to submit", ["note: held", "no"]),
        ("Sign", "spec.remark", "", "no", ["note: held", "no"]),
        ("Template", "spec.templateName", "", "yes", ["note: held", "yes"]),
        ("Template", "spec.smsType", "", "to submit", ["content: replace", "no"]),
        ("Template", "spec.remark", "", "to submit", ["note: held", "no"]),
    ],
)
def test_a_row_says_default_need_and_what_a_change_means(
    heading: str, field: str, default: str, required: str, more: list[str]
) -> None:
    cells = rows(heading)[field]

    assert [cell.strip() for cell in cells[1:-1]] == [default, required, *more]
    assert cells[-1]


def test_a_duration_of_two_units_is_ruled_out() -> None:
    """People who know Go try it."""
    for kind in RESOURCES.values():
        form, *_, meaning = rows(kind.manifest)["lifecycle.retireAfter"]
        assert form == "up to six digits and s, m, h or d, such as 24h"
        assert meaning.endswith("1h30m is not accepted.")


def test_no_word_of_a_schema_becomes_markup() -> None:
    """GitHub would drop ``<name>`` as a tag."""
    assert "sign.\\<name>" in rows("Sign")["metadata.name"][-1]
    assert re.findall(r"(?<!\\)<", PAGE.prose) == []
