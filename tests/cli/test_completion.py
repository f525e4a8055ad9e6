"""Addresses at the tab key: those of the manifests and of the state of the project at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from smsops.cli import smsops
from smsops.cli.context import Context
from smsops.workspace.settings import Options
from tests.support.environments import SETTINGS
from tests.support.project import Project


def offered(*words: str, root: Path) -> list[str]:
    """What a shell offers for the last of ``words``."""
    environment = {"SMSOPS_HTTP_ADDRESS": "http://127.0.0.1:9/state"}  # nobody may ask there
    context = Context(Options(directory=root), environment)
    complete = ShellComplete(smsops, {"obj": context}, "smsops", "_SMSOPS_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    "command",
    [
        "wait",
        "plan --target",
        "apply --target",
        "import",
        "state show",
        "state rm",
        "state mv",
        "state mv sign.acme",
        "state protect",
        "state unprotect",
        "state resolve",
    ],
)
def test_every_command_that_takes_an_address_offers_them(project: Project, command: str) -> None:
    project.template("t1")
    assert offered(*command.split(), "template.", root=project.root) == [
        "template.t0",
        "template.t1",
    ]


def test_what_only_the_state_knows_is_offered_too(applied_project: Project) -> None:
    (applied_project.root / "templates" / "t0.yaml").unlink()
    assert offered("state", "rm", "t", root=applied_project.root) == []
    assert offered("--emulator", "state", "rm", "t", root=applied_project.root) == ["template.t0"]
    assert offered("state", "--emulator", "rm", "t", root=applied_project.root) == ["template.t0"]
    assert offered("state", "rm", "--emulator", "", root=applied_project.root) == [
        "sign.acme",
        "template.t0",
    ]


def test_a_state_on_a_server_is_not_asked(project: Project) -> None:
    settings = project.root / "smsops.yaml"
    text = settings.read_text("utf-8")
    assert "ap-guangzhou}" in text
    changed = text.replace("ap-guangzhou}", "ap-guangzhou, state: {backend: http}}")
    settings.write_text(changed, "utf-8")
    assert offered("wait", "t", root=project.root) == ["template.t0"]


@pytest.mark.parametrize(
    ("broken", "left"), [("smsops.yaml", []), (".smsops/state.json", ["template.t0"])]
)
def test_what_cannot_be_read_offers_nothing_and_says_nothing(
    project: Project, broken: str, left: list[str]
) -> None:
    (project.root / ".smsops").mkdir()
    (project.root / broken).write_text("{", "utf-8")
    assert offered("wait", "t", root=project.root) == left


def test_outside_a_project_nothing_is_offered(tmp_path: Path) -> None:
    assert offered("wait", "t", root=tmp_path) == []


def test_a_shell_is_told_and_minds_the_directory_that_was_typed(
    project: Project, tmp_path: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "smsops"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={
            **os.environ,
            "_SMSOPS_COMPLETE": "bash_complete",
            "COMP_WORDS": f"smsops -C {project.root} wait t",
            "COMP_CWORD": "4",
        },
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "plain,template.t0\n", "")


def test_schemas_and_codes_are_offered_too(tmp_path: Path) -> None:
    assert offered("schema", "S", root=tmp_path) == [
        "sign",
        "state",
        "state-list",
        "stats",
        "status",
    ]
    assert "exit" in offered("explain", "", root=tmp_path)
    assert "SMS301" not in offered("explain", "", root=tmp_path), "hundreds are no choice"
    assert offered("explain", "SMS30", root=tmp_path) == [f"SMS30{n}" for n in range(1, 10)]
    assert offered("explain", "rule", "SMS11", root=tmp_path)[0] == "SMS110"


@pytest.mark.parametrize(
    "command", ["-e", "plan -e", "compare", "compare staging", "state assign --environment"]
)
def test_environments_are_offered(tmp_path: Path, command: str) -> None:
    project = Project(tmp_path / "project").begin()
    (project.root / "smsops.yaml").write_text(SETTINGS, encoding="utf-8")
    assert offered(*command.split(), "", root=project.root) == ["staging", "prod"]
    assert offered(*command.split(), "p", root=project.root) == ["prod"]
    assert offered(*command.split(), "", root=tmp_path) == []
