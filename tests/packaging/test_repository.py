"""Files of the repository that other programs read: hooks, issue forms, the Makefile."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.packaging.conftest import ROOT

(LOCAL,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in LOCAL["hooks"]}
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
#: What may stand in an issue form, by GitHub's documents.
ELEMENTS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def test_nothing_is_fetched_for_a_hook() -> None:
    assert LOCAL["repo"] == "local"
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}
    assert not any("additional_dependencies" in hook for hook in HOOKS.values())


@pytest.mark.parametrize("name", HOOKS)
def test_the_command_of_a_hook_exists(name: str) -> None:
    """The program is one of the environment, and knows the words that the hook gives it."""
    program, *words = shlex.split(HOOKS[name]["entry"])
    directory, _, tool = program.rpartition("/")
    here = Path(sys.executable).parent / tool

    assert directory == ".venv/bin"
    assert here.exists(), f"{tool} is not in the environment"
    ran = subprocess.run(
        [here, *words, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("path", "hook", "runs"),
    [
        ("docs/state.md", "docs", False),
        ("docs/rules.md", "docs", True),
        ("smsops/planning/decisions.py", "docs", True),
        ("smsops/lint/signs.py", "docs", True),
        ("schemas/sign.schema.json", "docs", True),
        ("editors/schemastore.json", "docs", True),
        ("editors/vscode/tasks.json", "docs", False),
        ("examples/quickstart/.smsops.schema.json", "docs", True),
        ("smsops/cli/options.py", "docs", False),
        ("smsops/cli/options.py", "man", True),
        ("smsops/planning/decisions.py", "man", False),
        ("docs/state.md", "examples", False),
        ("examples/quickstart/signs/acme.yaml", "examples", True),
        ("smsops/lint/signs.py", "examples", True),
    ],
)
def test_a_hook_runs_when_its_files_change(path: str, hook: str, runs: bool) -> None:
    assert bool(re.search(HOOKS[hook]["files"], path)) == runs


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_can_be_filled_in(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    fields = [element for element in form["body"] if element["type"] != "markdown"]

    assert form["name"]
    assert form["description"]
    assert {element["type"] for element in form["body"]} <= ELEMENTS
    assert len({element["id"] for element in fields}) == len(fields) > 0
    assert all(element["attributes"]["label"] for element in fields)


def test_there_are_issue_forms() -> None:
    assert FORMS


#: How a make tells the makes below it of its own command line.
MADE = frozenset({"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL", "COVERAGE"})


@pytest.mark.parametrize(
    ("words", "measured"),
    [
        (["test"], True),
        (["COVERAGE=", "test"], False),
        (["suite"], False),
        (["test-newest"], False),
    ],
)
def test_one_command_tests_and_measures(words: list[str], measured: bool) -> None:
    """With the bound that pyproject.toml sets; what only tries other versions measures nothing."""
    # What the make that runs this test was told is not what is asked here.
    own = {name: value for name, value in os.environ.items() if name not in MADE}
    ran = subprocess.run(
        ["make", "--dry-run", *words],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=60,
    )
    (command,) = [line for line in ran.stdout.splitlines() if " -m pytest" in line]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["coverage"]

    assert ("--cov" in command.split()) == measured
    assert '-m "not faults"' in command, "whole systems are tested, too"
    assert settings["report"]["fail_under"] >= 97
    assert settings["run"]["branch"]
