"""A notice: what a message to people says, before any service shapes it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate

from smsops.text.messages import N, Text
from smsops.text.sanitise import terminal


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of a title, lines and the address of the run that it is about.

    Texts of anybody stand in it as they came; :func:`written` makes them harmless.
    """

    title: Text
    lines: tuple[Text, ...] = ()
    link: str = ""

    def written(self) -> tuple[str, list[str]]:
        """Title and lines, each on one line, without what a terminal would obey."""
        return terminal(self.title), [terminal(line) for line in self.lines]


def fitted(lines: list[str], room: int) -> list[str]:
    """As many of ``lines`` as fit ``room`` bytes with their ends, the rest counted."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        rest = len(lines) - number
        more = str(N(rest, "{count} more line", "{count} more lines"))
        needed = size(line) + (size(more) if rest > 1 else 0)
        if needed > room:
            cut = shortened(line, room - size(more)) if not kept else ""
            return [*kept, cut, more] if cut else [*kept, more]
        kept.append(line)
        room -= size(line)
    return kept


def size(line: str) -> int:
    """Bytes of a line with its end, as JSON escapes them: bodies are measured, too."""
    return len(json.dumps(line, ensure_ascii=False).encode())


def shortened(line: str, room: int) -> str:
    """The beginning of ``line`` that fits ``room`` bytes, with a mark that it was cut."""
    if size(line) <= room:
        return line
    totals = accumulate(size(each) - 2 for each in line)
    kept = sum(total <= room - size("…") for total in totals)
    return f"{line[:kept]}…"
