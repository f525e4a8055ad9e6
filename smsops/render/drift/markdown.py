"""A drift report as a comment or as the body of an issue. Pure."""

from __future__ import annotations

from smsops.drift import Drift
from smsops.render import comment
from smsops.render.comment import Section, noted, text
from smsops.render.drift.tables import Table, notes, tables
from smsops.render.drift.text import verdict, where
from smsops.render.names import Names


def markdown(drift: Drift, *, known: Names | None = None, limit: int = comment.LIMIT) -> str:
    """The counts and the verdict, then a table for each class."""
    head = f"**{verdict(drift)}**\n\n{text(where(drift))}.\n{noted(notes(drift))}"
    return comment.fit(head, [_section(table) for table in tables(drift, known or {})], limit=limit)


def _section(table: Table) -> Section:
    advice = f"{table.advice}\n\n" if table.next else ""
    return Section(
        title=f"{table.sign} {table.title}: {table.meaning}",
        opening=advice + comment.table(*table.columns),
        rows=[_row([text(cell) for cell in row]) for row in table.rows],
        expanded=table.counts,
    )


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
