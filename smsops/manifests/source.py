"""Source lines of problems, read again for people who look at them on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from smsops.errors import Problem
from smsops.manifests import confined, yaml_tree
from smsops.text.numbers import masked_name

#: Line breaks of YAML 1.1, by which libyaml counts.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: (file, line) -> the text of that line.
Lines = Mapping[tuple[str, int], str]


def lines(root: Path, problems: Iterable[Problem]) -> Lines:
    """The line of each problem, as far as its file can be read as manifests are, with phone numbers
    masked.
    """
    wanted: dict[str, set[int]] = {}
    for problem in problems:
        if problem.line:
            wanted.setdefault(problem.file, set()).add(problem.line)
    found: dict[tuple[str, int], str] = {}
    for file, numbers in wanted.items():
        try:
            raw = confined.read(root, confined.inside(file), limit=yaml_tree.MAX_BYTES)
        except confined.FileRefused:
            continue  # the problem says why
        text = raw.decode("utf-8-sig", "replace")
        for number, line in enumerate(_BREAK.split(text), start=1):
            if number in numbers:
                found[file, number] = masked_name(line)
    return found
