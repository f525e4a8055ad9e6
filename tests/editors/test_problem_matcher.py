"""What `smsops validate` prints becomes entries in the list of problems of VS Code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from smsops.errors import Problem, Severity
from smsops.lint import BY_CODE
from smsops.render.problems import text
from smsops.text.messages import verbatim
from tests.support.pages import ROOT
from tests.support.project import Project

(TASK,) = json.loads((ROOT / "editors/vscode/tasks.json").read_text("utf-8"))["tasks"]
MATCHER = TASK["problemMatcher"]
PATTERN = MATCHER["pattern"]
#: What VS Code reads in the group of a severity, in any case.
SEVERITIES = {"error", "warning", "info"}


def found(line: str) -> dict[str, Any] | None:
    """The problem that VS Code makes of a line."""
    match = re.search(PATTERN["regexp"], line)
    if match is None:
        return None
    named = {key: match[group] for key, group in PATTERN.items() if key != "regexp"}
    named["severity"] = named["severity"] or MATCHER["severity"]
    assert named["severity"] in SEVERITIES
    return named


def listed(lines: Iterable[str]) -> list[dict[str, Any]]:
    return [problem for problem in map(found, lines) if problem is not None]


@pytest.fixture
def broken(tmp_path: Path) -> Project:
    """A project with problems of all severities, one name in Chinese and one with a space."""
    project = Project(tmp_path / "shop").begin()
    files = {
        "验证码.yaml": "templateName: 登录\n  content: 您的验证码是{1}{2}\n  smsType: verification",
        "a b.yaml": "templateName: x\n  content: 您好（{1}）\n  smsTyp: 通知",
        **{f"n{n}.yaml": f"templateName: n{n}\n  content: 第{n}次登录成功" for n in range(5)},
    }
    for number, (name, spec) in enumerate(files.items()):
        (project.root / "templates" / name).write_text(
            "apiVersion: smsops/v1\nkind: Template\n"
            f"metadata: {{name: t-{number}}}\nspec:\n  {spec}\n",
            "utf-8",
        )
    (project.root / "templates" / "syntax.yaml").write_text("a: [\n", "utf-8")
    return project


def test_the_task_lists_every_problem_once(broken: Project) -> None:
    """As `--format json` has them, in a directory where the task runs."""
    ran = broken(*TASK["args"])
    assert ran.code == 3
    known = broken("validate", "--format", "json").json()["problems"]
    wanted = [
        {key: str(row[key]) for key in ("file", "line", "column", "code", "message", "severity")}
        for row in known
    ]
    got = listed([*ran.out.splitlines(), *ran.err.splitlines()])
    key = json.dumps
    assert sorted(map(key, (dict(sorted(row.items())) for row in got))) == sorted(
        map(key, (dict(sorted(row.items())) for row in wanted))
    )
    assert {row["severity"] for row in got} >= {"error", "warning"}
    assert {"templates/验证码.yaml", "templates/a b.yaml"} <= {row["file"] for row in got}
    for row in got:
        assert (broken.root / row["file"]).is_file()


@pytest.mark.parametrize("words", [("validate",), ("-v", "validate"), ("plan",)])
def test_lines_of_other_commands_fit_too(words: tuple[str, ...], broken: Project) -> None:
    """And a count of lines that are left out is no part of a message."""
    ran = broken(*words)
    lines = [*ran.out.splitlines(), *ran.err.splitlines()]
    got = listed(lines)
    assert len(got) == sum(": SMS" in line for line in lines) > 3
    assert {"error", "warning"} <= {row["severity"] for row in got}
    assert [row for row in got if "more like it" in row["message"]] == []


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize(
    ("file", "message"),
    [
        (r"C:\shop\templates\a.yaml", "plain"),
        (r"templates\a.yaml", "ends in brackets (such as this)"),
        ("templates/a:1:2: b.yaml", "says (warning) inside, and goes on"),
        ("templates/（一）.yaml", "内容：含有“冒号”: 3:4: 和（括号）"),
    ],
)
def test_a_line_is_taken_apart_as_it_was_put_together(
    file: str, message: str, severity: Severity
) -> None:
    problem = Problem(file, 12, 7, "SMS305", severity, verbatim(message))
    for more in (0, 5) if severity is not Severity.ERROR else (0,):  # errors are all listed
        assert found(text.line(problem, more=more)) == {
            "file": file,
            "line": "12",
            "column": "7",
            "code": "SMS305",
            "message": message,
            "severity": str(severity),
        }


@pytest.mark.parametrize(
    "line",
    [
        "1 error, 6 warnings in 7 files",
        "OK: 1 sign, 1 template",
        "  5 |   smsTyp: 通知",
        "Error: templates/a.yaml cannot be read",
        "12:30:01 SMS305 no place",
    ],
)
def test_other_lines_are_no_problems(line: str) -> None:
    assert found(line) is None


def test_every_code_of_a_rule_fits() -> None:
    assert [code for code in BY_CODE if found(f"a.yaml:1:1: {code} x") is None] == []


def test_javascript_reads_the_pattern_alike(broken: Project) -> None:
    """VS Code is written in it."""
    if shutil.which("node") is None:
        pytest.skip("the pattern is not tried in JavaScript: there is no node here")
    lines = [*broken(*TASK["args"]).out.splitlines(), r"C:\a.yaml:1:2: SMS111 内容 (info)"]
    program = (
        "const [pattern, lines] = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(lines.map(line => new RegExp(pattern).exec(line))))"
    )
    ran = subprocess.run(
        ["node", "-e", program],
        input=json.dumps([PATTERN["regexp"], lines]),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    matched = [re.search(PATTERN["regexp"], line) for line in lines]
    assert json.loads(ran.stdout) == [
        None if match is None else [match[0], *match.groups()] for match in matched
    ]
