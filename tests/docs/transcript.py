"""Runs the console blocks of a page in one shell, and compares what they print.

In a block a line that starts with ``$ `` is a command, what follows is its output. A line ``...``
stands for any lines; moments, ages and digests may differ.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_VARIES = [
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\dZ)?"), "MOMENT"),
    (re.compile(r"\b\d+ (s|min) ago"), "AGE"),
    (re.compile(r"takes about \d+ s"), "TAKES"),
    (re.compile(r"sha256:[0-9a-f]+"), "DIGEST"),
]
_END = "\x1e"


@dataclass(frozen=True)
class Exchange:
    """One command and what the page says it prints."""

    command: str
    output: tuple[str, ...]


def exchanges(blocks: list[str]) -> list[Exchange]:
    found: list[tuple[str, list[str]]] = []
    for block in blocks:
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [Exchange(command, tuple(output)) for command, output in found]


def run(commands: list[Exchange], directory: Path) -> list[tuple[str, int]]:
    """What each command printed, stdout and stderr as on a terminal, and its exit code."""
    script = 'smsops() { "$PYTHON" -P -m smsops "$@"; }\n'
    for item in commands:
        script += f"{item.command}\nprintf '{_END}%d{_END}' $?\n"
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHON": sys.executable,
            "HOME": str(directory),
            "PYTHONUTF8": "1",
        },
        timeout=110,
    )
    parts = ran.stdout.split(_END)
    return [(parts[at], int(parts[at + 1])) for at in range(0, len(parts) - 1, 2)]


def fits(expected: tuple[str, ...], printed: str) -> bool:
    """Whether ``printed`` is what the page shows."""
    pattern = ""
    for line in expected:
        pattern += r"(?:.*\n)*" if line == "..." else re.escape(_plain(line)) + r"\n"
    return re.fullmatch(pattern, _plain(printed)) is not None


def _plain(text: str) -> str:
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text
