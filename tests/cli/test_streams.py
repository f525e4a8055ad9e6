"""Whatever becomes of the streams and the locale, work is done, said in UTF-8, and no traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from smsops.cli.context import Context
from smsops.workspace.settings import Options
from tests.support.project import Project


@pytest.mark.parametrize(
    "locale",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
@pytest.mark.parametrize("format", ["text", "json"])
def test_output_is_utf_8_whatever_the_locale(
    project: Project, locale: dict[str, str], format: str
) -> None:
    project.environment.update(locale)
    process = project.process("plan", "--format", format, encoding="utf-8")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "您的验证码是{1}。" in out


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "stream", "lines"),
    [
        ({"COLUMNS": "50"}, Terminal(), 6),
        ({"COLUMNS": "50"}, io.StringIO(), 1),
        ({"COLUMNS": "many"}, Terminal(), 1),
        ({}, Terminal(), 1),
        ({"COLUMNS": "50", "CI": "true"}, Terminal(), 1),
    ],
)
def test_only_a_terminal_of_a_known_width_gets_broken_lines(
    environment: dict[str, str], stream: io.StringIO, lines: int
) -> None:
    """Least of all a runner, which obeys what stands at the start of a line."""
    text = "word ::error::x " * 15
    shown = Context(Options(), environment).fitted(lambda: text, stream)
    assert len(shown.splitlines()) == lines


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_closed_stdout_hides_the_result_and_nothing_else(project: Project, format: str) -> None:
    apply = project.arguments("apply", "--auto-approve", "--format", format)
    process = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "smsops", *apply],
        env={**os.environ, "HOME": str(project.root)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "Traceback" not in process.stderr
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]


@pytest.mark.parametrize("command", ["apply", "show"])
def test_an_endless_plan_file_is_refused(project: Project, command: str) -> None:
    ran = project(command, "/dev/zero")
    assert ran.code == 1
    assert "not a plan file" in ran.err


def test_a_hostile_sign_name_does_not_reach_the_runner(project: Project) -> None:
    seeds = project.root / "seeds.json"
    seeds.write_text(
        '[{"kind": "sign", "signName": "::error::s##[command]\\u001b[31m", "status": 0}]', "utf-8"
    )
    assert project("emulator", "seed", str(seeds)).code == 0
    assert project("import", "sign.evil", "1110").code == 0
    project.environment["CI"] = "true"
    for format in ("json", "dotenv", "yaml"):
        ran = project("output", "--all", "--format", format)
        assert ran.code == 0
        assert "##[" not in ran.out
        assert "\x1b" not in ran.out
        assert not any(line.lstrip().startswith("::") for line in ran.out.splitlines())


def test_an_object_that_is_gone_is_not_shown_as_live(applied_project: Project) -> None:
    from smsops.emulator.core import Emulator

    Emulator(applied_project.root / ".smsops" / "emulator.json").remove("template", 1110)
    assert applied_project("output").json()["outputs"]["template.t0"]["review"] is None
