"""A drift report as one page. Pure."""

from __future__ import annotations

from smsops.drift import Drift, DriftClass
from smsops.render.drift.tables import keys, notes, tables
from smsops.render.drift.text import SIGNS, verdict, where
from smsops.render.names import Names
from smsops.render.page import KEY, OPEN, page
from smsops.text.messages import T

#: The style class of each class of drift.
COLOURS = {
    DriftClass.CONFIG: "yellow",
    DriftClass.REVIEW: "red",
    DriftClass.QUALIFICATION: "red",
    DriftClass.MISSING: "red",
    DriftClass.OBJECTIVE: "red",
    DriftClass.DELIVERY: "red",
    DriftClass.UNMANAGED: "blue",
    DriftClass.UNVERIFIABLE: "grey",
}


def html(drift: Drift, *, known: Names | None = None) -> str:
    """The verdict, the counts, then a table for each class."""
    mood = "bad" if drift.differs or drift.failed else "good" if drift.complete else ""
    return page(
        "drift",
        where=where(drift),
        heading=str(T("Drift")),
        verdict=verdict(drift),
        mood=mood,
        counts=[
            {
                "symbol": SIGNS[each][0],
                "number": count,
                "word": each.value,
                "colour": COLOURS[each],
            }
            for each in DriftClass
            if (count := drift.count(each))
        ],
        notes=notes(drift),
        key=KEY,
        keys=keys(),
        sections=[
            {
                "table": table,
                "colour": COLOURS[table.drift] if table.drift else "grey",
                "unfolded": OPEN if table.counts else "",
            }
            for table in tables(drift, known or {})
        ],
    )
