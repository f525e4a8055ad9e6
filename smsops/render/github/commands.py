"""What GitHub's runner reads: workflow commands in the log, and files of names and values. Pure.

The runner takes ``::name properties::message`` at the start of a line of stdout or stderr for a
command. Everything that is not ours is escaped here, as the runner undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from smsops.text.sanitise import terminal

#: GitHub shows so many annotations of a level for a step, and drops the rest.
MOST = 10
#: Bytes of a step's summary; a larger one is dropped as a whole.
SUMMARY_BYTES = 1024 * 1024


class Level(StrEnum):
    """How an annotation looks, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a line of a manifest. Without a ``file`` it belongs to the run as a whole.

    ``file`` is relative to the project; lines and columns count from 1, 0 is the whole file.
    """

    level: Level
    title: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a command has to tell GitHub.

    ``summary`` makes Markdown of at most so many UTF-16 units. ``counts`` are outputs of the step:
    ``changes`` (steps that act, or findings that count) and ``blocked``; empty where nobody knows.
    """

    annotations: Sequence[Annotation]
    summary: Callable[[int], str]
    counts: Mapping[str, int] = field(default_factory=dict)


def shown(annotations: Iterable[Annotation]) -> tuple[list[Annotation], list[Annotation]]:
    """The annotations that GitHub shows, the worst first, and those over its limit."""
    kept: list[Annotation] = []
    left: list[Annotation] = []
    counts = dict.fromkeys(Level, 0)
    for item in sorted(annotations, key=lambda item: list(Level).index(item.level)):
        counts[item.level] += 1
        (kept if counts[item.level] <= MOST else left).append(item)
    return kept, left


def command(item: Annotation, *, prefix: str = "") -> str:
    """The workflow command of an annotation.

    ``prefix``: the project's directory, because annotations name files from the repository's root.
    """
    properties = {}
    if item.file:
        properties["file"] = prefix + item.file
    if item.file and item.line:
        properties |= {"line": str(item.line), "col": str(item.column)}
    properties["title"] = item.title
    written = ",".join(f"{name}={_property(each)}" for name, each in properties.items())
    return f"::{item.level} {written}::{_data(item.message)}"


def stop(token: str) -> str:
    """From here on the runner obeys nothing, until :func:`resume` with the same token."""
    return f"::stop-commands::{token}"


def resume(token: str) -> str:
    """Workflow command that ends :func:`stop`, which had the same token."""
    return f"::{token}::"


def assignment(name: str, value: str, *, delimiter: str) -> str:
    """A line block of ``$GITHUB_OUTPUT``. Raises ``ValueError`` when it could be read otherwise."""
    if delimiter in name or delimiter in value:
        raise ValueError("the delimiter of an output occurs in the output")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _data(value: str) -> str:
    """A message, escaped as the runner undoes it."""
    value = terminal(value, ci=True)
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
