"""Problems of manifests as a step summary or a comment. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from smsops.errors import Problem, Severity
from smsops.render import comment
from smsops.render.comment import Section, text
from smsops.render.problems.text import counting, ordered, summary
from smsops.text.messages import NOTHING, T, Text


def markdown(
    problems: Sequence[Problem], *, checked: Text = NOTHING, limit: int = comment.LIMIT
) -> str:
    """The counts, then a table for each severity. ``checked``: what an ``OK`` stands for."""
    sections = [
        Section(
            title=str(counting(severity, len(found))),
            opening=comment.table(T("where"), T("code"), T("what")),
            rows=[_row(item) for item in found],
            expanded=severity is Severity.ERROR,
        )
        for severity in Severity
        if (found := [item for item in ordered(problems) if item.severity is severity])
    ]
    return comment.fit(f"**{text(summary(problems, checked))}**\n", sections, limit=limit)


def _row(item: Problem) -> str:
    place = f"{item.file}:{max(item.line, 1)}:{max(item.column, 1)}"
    return f"| {text(place)} | {item.code} | {text(item.message)} |\n"
