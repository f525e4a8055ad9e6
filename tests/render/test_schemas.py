"""Real output of plan, apply and drift fits its JSON Schema, and nothing in it is undescribed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from smsops.manifests import schemas
from smsops.model import PlanOptions
from smsops.planfile import saved as planfile
from smsops.planfile.document import document as plan_document
from smsops.render.drift import formats
from tests.support import reports
from tests.support.project import Project

NAMES = ("plan", "drift", "apply")


def faults(name: str, document: Any) -> list[str]:
    return [
        f"{list(error.absolute_path)}: {error.message}"
        for error in Draft7Validator(schemas.load(name)).iter_errors(document)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_closed_and_described(name: str) -> None:
    """Every object refuses what it does not describe, so that these tests find new keys."""
    Draft7Validator.check_schema(dict(schemas.load(name)))

    def check(node: Any) -> None:
        if isinstance(node, dict):
            if "properties" in node:
                assert node["additionalProperties"] is False
                assert set(node.get("required", ())) <= set(node["properties"])
            for child in node.values():
                check(child)
        elif isinstance(node, list):
            for child in node:
                check(child)

    check(schemas.load(name))


def test_every_plan_fits() -> None:
    """With every action; as printed, and as saved with its options."""
    plan = reports.plan("名字")
    assert faults("plan", plan_document(plan)) == []
    for lineage in ("x", None):
        saved = planfile.dump(plan, PlanOptions(), lineage=lineage)
        assert faults("plan", json.loads(saved)) == []


@pytest.mark.parametrize("complete", [True, False])
def test_every_drift_report_fits(complete: bool) -> None:
    """With every class, suppressed and expired, complete or not."""
    assert faults("drift", formats.document(reports.drift("名字", complete=complete))) == []


def test_what_the_commands_print_fits(tmp_path: Path) -> None:
    """A plan, an apply that works, one that fails in part, and a drift report."""
    project = Project(tmp_path / "shop").begin()
    project.template("refused", content="您的验证码是{1}，退订回T。")
    assert faults("plan", project("plan", "--format", "json").json()) == []
    assert faults("apply", project("apply", "--auto-approve", "--format", "json").json()) == []
    project.template("t0", content="换了内容{1}，验证码。")
    (project.root / "signs" / "acme.yaml").write_text(
        (project.root / "signs" / "acme.yaml").read_text("utf-8").replace("1000001", "1000002"),
        "utf-8",
    )
    ran = project("apply", "--auto-approve", "--format", "json")
    failed = ran.json()
    assert failed["complete"] is False
    assert any(row["error"] for row in failed["results"])
    assert faults("apply", failed) == []
    assert faults("drift", project("drift", "--format", "json").json()) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("plan", {"format_version": "2.0"}),
        ("plan", {"surprise": 1}),
        ("plan", {"summary": {}}),
        ("drift", {"complete": "yes"}),
        ("drift", {"summary": {"config": -1}}),
        ("drift", {"findings": [{"class": "config"}]}),
    ],
)
def test_what_is_wrong_does_not_fit(name: str, change: dict[str, Any]) -> None:
    """A schema that accepts everything would describe nothing."""
    good = {
        "plan": plan_document(reports.plan("x")),
        "drift": formats.document(reports.drift("x")),
    }[name]
    assert faults(name, good) == []
    assert faults(name, {**good, **change}) != []
