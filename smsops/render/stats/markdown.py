"""Statistics of applications for a comment, an issue or a job's summary. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smsops.delivery.objectives import Statistics
from smsops.delivery.statistics import Window
from smsops.render import comment
from smsops.render.comment import Section
from smsops.render.comment import text as inline
from smsops.render.objectives import WORDS, there, wanted
from smsops.render.stats.words import day, failures, figures, number, span, title, verdict
from smsops.text.messages import T


def markdown(found: Sequence[Statistics], window: Window, *, limit: int = comment.LIMIT) -> str:
    """The verdict, then the objectives and the numbers of each application."""
    head = f"**{inline(verdict(found))}**\n\n{inline(span(window))}.\n"
    return comment.fit(head, [_section(each) for each in found], limit=limit)


def _section(each: Statistics) -> Section:
    return Section(
        title=inline(title(each)),
        opening=comment.table(T("what"), T("count"), T("of accepted")),
        rows=[*_figures(each), *_packages(each), *_objectives(each)],
        expanded=True,
    )


def _figures(each: Statistics) -> Iterator[str]:
    for what, count, share in figures(each):
        yield _row(str(what), number(count), share)
    for name, count in failures(each):
        yield _row(str(T("failed: {what}", what=name)), number(count), "")


def _packages(each: Statistics) -> Iterator[str]:
    """A table of its own, below the numbers."""
    if each.packages:
        yield "\n" + comment.table(T("package"), T("left"), T("of"), T("until"))
    for package in each.packages:
        until = day(package.expires_at)
        yield _row(str(package.id), number(package.left), number(package.amount), until)


def _objectives(each: Statistics) -> Iterator[str]:
    if each.objectives:
        yield "\n" + comment.table(T("objective"), T("wanted"), T("got"), T("verdict"))
    for judged in each.objectives:
        met = str(WORDS[judged.met])
        word = f"**{met}**" if judged.missed else met
        yield _row(judged.objective.name, str(wanted(judged)), str(there(judged)), word, raw=True)


def _row(*cells: str, raw: bool = False) -> str:
    """A line of a table. ``raw``: the last cell is Markdown already."""
    last = len(cells) - 1
    shown = [each if raw and place == last else inline(each) for place, each in enumerate(cells)]
    return f"| {' | '.join(shown)} |\n"
