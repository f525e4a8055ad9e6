"""The examples that try this project itself every day: with the lock, and without it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.ci.test_structure import WORKFLOWS, steps
from tests.ci.workflows import ACTION, ROOT
from tests.support.pythons import PYTHONS

SCHEDULE = ROOT / ".ci" / "schedule"
GITHUB, GITLAB = SCHEDULE / "github.yml", SCHEDULE / "gitlab.yml"
COMMAND = 'make PYTHON=python "$TARGET"'


def every_day(name: str) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load((SCHEDULE / name).read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}


def test_both_hosts_run_the_locked_and_the_newest_releases() -> None:
    targets = ["test", "test-newest"]
    ends = [PYTHONS[0], PYTHONS[-1]]
    job = every_day("github.yml")["jobs"]["every-day"]
    other = every_day("gitlab.yml")["every-day"]

    assert job["strategy"] == {"fail-fast": False, "matrix": {"target": targets, "python": ends}}
    assert job["steps"][-1]["env"] == {"TARGET": "${{ matrix.target }}"}
    assert job["steps"][-1]["run"] == COMMAND
    assert other["parallel"] == {"matrix": [{"TARGET": targets, "VERSION": ends}]}
    assert other["image"] == "python:$VERSION"
    assert other["script"] == [COMMAND]


def test_they_run_on_a_schedule_without_rights() -> None:
    workflow = every_day("github.yml")

    assert set(workflow["on"]) == {"schedule", "workflow_dispatch"}
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["every-day"]["permissions"] == {"contents": "read"}
    assert "secrets." not in GITHUB.read_text("utf-8")
    assert every_day("gitlab.yml")["every-day"]["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "schedule"'}
    ]


def test_actions_have_the_pins_of_the_examples() -> None:
    known = {
        step["uses"] for path in [*WORKFLOWS, ACTION] for step in steps(path) if "uses" in step
    }
    assert {step["uses"] for step in steps(GITHUB) if "uses" in step} <= known
    for line in re.findall(r"uses: .*", GITHUB.read_text("utf-8")):
        assert re.fullmatch(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_make_knows_what_they_run() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("test", "test-newest"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
