"""Markdown that fits a comment of GitHub or GitLab: counts first, whole rows left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smsops.model import Value
from smsops.render.inline_diff import Segment, compared
from smsops.render.style import value
from smsops.text.messages import T, Text
from smsops.text.sanitise import markdown, terminal

#: Characters of a GitHub comment; GitLab takes more.
LIMIT = 65_536
#: Left for whoever posts the comment: a marker to find it again, a heading, a link to the run.
RESERVE = 1_536
#: A longer text in a row is cut.
LONGEST = 300
#: A command of ours in a text; nothing in it means anything to a host or a runner.
_COMMAND = re.compile(r"`(smsops [A-Za-z0-9 ._/=-]{1,200})`")
#: Notes beyond this many are counted only.
NOTES = 10


@dataclass(frozen=True, slots=True)
class Section:
    """A collapsible part. ``title`` is Markdown that fits a ``<summary>``, on one line.

    ``opening`` stands before the rows, a table's head for example; every row ends its own line.
    """

    title: str
    opening: str
    rows: Sequence[str]
    expanded: bool = False


def size(text: str) -> int:
    """The length of ``text`` as the strictest host counts it: in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def fit(head: str, sections: Sequence[Section], *, limit: int = LIMIT) -> str:
    """``head``, then the sections with as many of their rows as fit, each with what is missing.

    Rows of earlier sections come first. Every title is there, whatever happens to its rows.
    """
    openings = [_opening(section) for section in sections]
    left = limit - RESERVE - size(head)
    left -= sum(size(opening) + len(_CLOSING) + len(_more(10**7)) for opening in openings)
    parts = [head]
    for section, opening in zip(sections, openings, strict=True):
        parts.append(opening)
        missing = 0
        for row in section.rows:
            if (length := size(row)) <= left:
                parts.append(row)
                left -= length
            else:
                missing += 1
        parts.append((_more(missing) if missing else "") + _CLOSING)
    return "".join(parts)


_CLOSING = "\n</details>\n"


def _opening(section: Section) -> str:
    state = " open" if section.expanded else ""
    return f"\n<details{state}><summary>{section.title}</summary>\n\n{section.opening}"


def _more(count: int) -> str:
    return f"\n{T('{count} more', count=count)}\n"


def text(words: str | Text) -> str:
    """Any text as literal Markdown on one line, cut when it is long. Commands can be copied."""
    parts = _COMMAND.split(terminal(clipped(str(words))))
    # A code span is literal by itself: nothing in it formats, links or is acted on.
    return "".join(
        f"`{part}`" if number % 2 else markdown(part) for number, part in enumerate(parts) if part
    )


def table(*columns: str | Text) -> str:
    """The head of a table."""
    return f"| {' | '.join(map(str, columns))} |\n|{'---|' * len(columns)}\n"


def cell(item: Value) -> str:
    """A field's value for a table cell."""
    return markdown(value(clipped(item) if isinstance(item, str) else item))


def differing(before: Value, after: Value) -> tuple[str, str]:
    """Two values for table cells, marked where their texts differ; a text that is cut is not."""
    if any(isinstance(item, str) and len(item) > LONGEST for item in (before, after)):
        return cell(before), cell(after)
    old, new = compared(value(before), value(after))
    return _marked(old, "del"), _marked(new, "ins")


def _marked(parts: Sequence[Segment], tag: str) -> str:
    """A tag is between any two parts, so that a host reads no word across them."""
    return "".join(
        f"<{tag}>{markdown(part)}</{tag}>" if differs else markdown(part) for part, differs in parts
    )


def clipped(words: str) -> str:
    """``words``, cut after :data:`LONGEST` characters with a note of how many there were."""
    if len(words) <= LONGEST:
        return words
    return str(T("{start}… ({count} characters)", start=words[:LONGEST], count=len(words)))


def noted(notes: Sequence[str | Text]) -> str:
    """Notes as a list; empty when there are none."""
    lines = [f"- {text(note)}\n" for note in notes[:NOTES]]
    if len(notes) > NOTES:
        lines.append(f"- {T('{count} more', count=len(notes) - NOTES)}\n")
    return "\n" + "".join(lines) if lines else ""
