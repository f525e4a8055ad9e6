"""Quick commands stay quick: what they load is what they need, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "examples" / "quickstart"

#: Slow to import, and needed only by commands that talk, draw or explain a violation.
SLOW = frozenset(
    (
        "asyncio",
        "deepdiff",
        "httpx",
        "jinja2",
        "jsonschema",
        "psycopg",
        "pypinyin",
        "rich",
        "ssl",
        "starlette",
        "uvicorn",
    )
)

_PROGRAM = """
import json, sys
from smsops.cli import main
code = main(sys.argv[2:])
sys.stdout.flush()
with open(sys.argv[1], "w") as report:
    json.dump({"code": code, "modules": sorted(sys.modules)}, report)
"""


def loaded(
    tmp_path: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> tuple[int, set[str]]:
    """The exit code of a command line in a process of its own, and the modules it loaded."""
    report = tmp_path / "report.json"
    subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(report), *arguments],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        timeout=60,
    )
    document = json.loads(report.read_text("utf-8"))
    return document["code"], set(document["modules"])


@pytest.mark.parametrize(
    "command",
    [
        "--version",
        "--help",
        "validate --help",
        "apply --help",
        "drift --help",
        "state --help",
        "emulator serve --help",
        "receipts --help",
        "stats --help",
        "ledger prune --help",
        "completion bash",
    ],
)
def test_commands_that_read_nothing_load_no_library_but_click(command: str, tmp_path: Path) -> None:
    code, modules = loaded(tmp_path, *command.split())

    assert code == 0
    assert modules & (SLOW | {"yaml", "filelock", "wcwidth", "importlib.metadata"}) == set()


@pytest.mark.parametrize("format", ["text", "github", "sarif"])
def test_validate_loads_yaml_and_nothing_slow(format: str, tmp_path: Path) -> None:
    code, modules = loaded(tmp_path, "-C", str(QUICKSTART), "validate", "--format", format)

    assert code == 0
    assert "yaml" in modules
    assert modules & SLOW == set()


def test_validate_loads_jsonschema_only_to_explain_a_violation(tmp_path: Path) -> None:
    (tmp_path / "smsops.yaml").write_text(
        "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: x}\nspec: {region: nowhere}\n",
        "utf-8",
    )
    code, modules = loaded(tmp_path, "-C", str(tmp_path), "validate")

    assert code == 3
    assert "jsonschema" in modules
    assert modules & SLOW <= {"jsonschema", "ssl"}  # older releases of it can fetch schemas


def test_completion_of_a_word_loads_no_library_but_click(tmp_path: Path) -> None:
    """The shell starts smsops at every press of the tab key."""
    environment = {
        "_SMSOPS_COMPLETE": "bash_complete",
        "COMP_WORDS": "smsops va",
        "COMP_CWORD": "1",
    }
    program = (
        "import sys, smsops.cli\n"
        "try:\n    smsops.cli.run()\n"
        "finally:\n    print(*sorted(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )

    assert ran.stdout == "plain,validate\n"
    assert set(ran.stderr.split()) & (SLOW | {"yaml"}) == set()


def test_a_plan_does_not_load_what_only_drift_and_pages_need(tmp_path: Path) -> None:
    target = tmp_path / "project"
    _, init = loaded(tmp_path, "-C", str(target), "init")
    code, modules = loaded(tmp_path, "-C", str(target), "--emulator", "plan")

    assert init & SLOW == set()
    assert code == 0
    assert modules & {"deepdiff", "jinja2", "jsonschema", "starlette", "uvicorn"} == set()
