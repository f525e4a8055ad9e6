"""A command of smsops in a step of a workflow, and what the runner makes of its log and files."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from smsops.cli import main
from smsops.cli.context import Context
from smsops.workspace.settings import Options
from tests.support.runners import obeyed


@dataclass(frozen=True)
class Annotation:
    """An annotation as GitHub shows it."""

    level: str
    file: str | None
    line: int | None
    title: str
    message: str


def annotated(log: str) -> list[Annotation]:
    """Every annotation of a log, and proof that the runner obeyed nothing else."""
    return [_annotation(command) for command in obeyed(log)]


def _annotation(command: str) -> Annotation:
    match = re.fullmatch(r"(error|warning|notice) ([^:]*)::(.*)", command)
    assert match, f"the runner was made to obey {command!r}"
    level, written, message = match.groups()
    properties = dict(pair.split("=", 1) for pair in written.split(","))
    assert properties.keys() <= {"file", "line", "col", "title"}
    line = properties.get("line")
    file = properties.get("file")
    return Annotation(
        level,
        unquote(file) if file else None,
        int(line) if line else None,
        unquote(properties["title"]),
        unquote(message),
    )


def assignments(text: str) -> dict[str, str]:
    """What the runner reads from a file of outputs; the last value of a name counts."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if not line:
            continue
        name, separator, rest = line.partition("<<")
        if not separator or "=" in name:
            name, _, found[name] = line.partition("=")
            continue
        value = []
        for each in lines:
            if each == rest:
                break
            value.append(each)
        else:
            raise AssertionError(f"the output {name} has no end")
        found[name] = "\n".join(value)
    return found


@dataclass
class Step:
    """The files of one step in ``root``. ``project`` lies in the workspace ``root``; ``before`` is
    what the summary holds already.
    """

    root: Path
    project: Path
    options: tuple[str, ...] = ("--emulator",)
    before: str = ""

    def __post_init__(self) -> None:
        self.summary.touch()
        self.outputs.touch()

    @property
    def summary(self) -> Path:
        return self.root / "summary.md"

    @property
    def outputs(self) -> Path:
        return self.root / "outputs"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.root / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.root),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.outputs),
        }

    def __call__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
        """Run in this process; the log has both streams in the order of writing."""
        out, err, log = io.StringIO(), io.StringIO(), io.StringIO()
        values = {**self.environment, **(environment or {})}
        context = Context(Options(), values)
        stdin, sys.stdin = sys.stdin, io.StringIO()
        self.outputs.write_text("")
        self.summary.write_text(self.before)
        try:
            with redirect_stdout(_Tee(out, log)), redirect_stderr(_Tee(err, log)):
                code = main(["-C", str(self.project), *self.options, *arguments], context=context)
        finally:
            sys.stdin = stdin
        return Ran(
            int(code),
            out.getvalue(),
            err.getvalue(),
            log.getvalue(),
            self.summary.read_text("utf-8"),
            assignments(self.outputs.read_text("utf-8")),
        )


class _Tee(io.StringIO):
    """A stream that is written to several others."""

    def __init__(self, *others: io.StringIO) -> None:
        super().__init__()
        self._others = others

    def write(self, text: str) -> int:
        for other in self._others:
            other.write(text)
        return len(text)


@dataclass(frozen=True)
class Ran:
    """How one command ended in a step."""

    code: int
    out: str
    err: str
    log: str
    summary: str
    outputs: Mapping[str, str]

    @property
    def annotations(self) -> list[Annotation]:
        return annotated(self.log)
