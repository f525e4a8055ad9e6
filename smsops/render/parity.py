"""Parity of two environments: a table for people, and JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smsops.drift.parity import UNEQUAL, Compared, Parity, Side
from smsops.planfile.document import encode, review
from smsops.render.style import review_words, value
from smsops.text.messages import N, T, Text
from smsops.text.width import padded, width

FORMAT_VERSION = "1.0"
_WORDS: Mapping[Parity, Text] = {
    Parity.SAME: T("same"),
    Parity.DIFFERS: T("differs"),
    Parity.FIRST: T("only in {first}"),
    Parity.SECOND: T("only in {second}"),
    Parity.NEITHER: T("approved in none"),
}


def document(
    names: tuple[str, str], rows: Sequence[Compared], *, complete: bool = True
) -> dict[str, Any]:
    """The comparison as JSON values. ``complete``: everything could be read."""
    return {
        "format_version": FORMAT_VERSION,
        "environments": list(names),
        "complete": complete,
        "summary": {each.value: _count(rows, each) for each in Parity},
        "resources": [
            {
                "address": str(row.address),
                "parity": row.parity.value,
                "differs": list(row.differs),
                "environments": {
                    name: _side(side) for name, side in zip(names, row.sides, strict=True)
                },
            }
            for row in rows
        ],
    }


def json(names: tuple[str, str], rows: Sequence[Compared], *, complete: bool = True) -> str:
    """JSON document of the comparison."""
    return encode(document(names, rows, complete=complete))


def text(
    names: tuple[str, str], rows: Sequence[Compared], *, ci: bool = False, every: bool = False
) -> str:
    """One line for each address that is not the same, with its texts below. ``every``: those that
    are the same, too.
    """
    shown = [row for row in rows if every or row.parity is not Parity.SAME]
    lines = list(_table(names, shown, ci=ci)) if shown else []
    same = _count(rows, Parity.SAME)
    unequal = sum(_count(rows, each) for each in UNEQUAL)
    total = N(same, "{count} is the same", "{count} are the same")
    if neither := _count(rows, Parity.NEITHER):
        total = N(
            neither,
            "{total}, {count} is approved in none",
            "{total}, {count} are approved in none",
            total=total,
        )
    said = (
        N(unequal, "{count} address differs, {same}.", "{count} addresses differ, {same}.")
        if unequal
        else T("No differences: {same}.")
    )
    lines.append(str(said.filled(same=total)))
    return "\n".join(lines) + "\n"


def _table(names: tuple[str, str], rows: Sequence[Compared], *, ci: bool) -> Iterator[str]:
    cells: list[tuple[str, ...]] = [(str(T("address")), *names, "")]
    cells += [
        (
            str(row.address),
            *map(_cell, row.sides),
            str(_WORDS[row.parity].filled(first=names[0], second=names[1])),
        )
        for row in rows
    ]
    widths = [max(width(row[column]) for row in cells) for column in range(3)]
    longest = max(map(width, names))
    for number, line in enumerate(cells):
        columns = (padded(cell, size) for cell, size in zip(line, widths, strict=False))
        yield "  ".join((*columns, line[-1])).rstrip()
        if number and rows[number - 1].differs:
            yield from _texts(names, rows[number - 1], longest, ci=ci)
    yield ""


def _texts(names: tuple[str, str], row: Compared, longest: int, *, ci: bool) -> Iterator[str]:
    for name in row.differs:
        for place, side in zip(names, row.sides, strict=True):
            assert side is not None
            yield f"    {name}  {padded(place, longest)}  {value(side.values[name], ci=ci)}"


def _cell(side: Side | None) -> str:
    if side is None:
        return "-"
    return f"{side.remote_id} {review_words(side.review)}" if side.review else str(side.remote_id)


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "remote_id": side.remote_id,
        "review": review(side.review),
        "values": dict(side.values),
    }


def _count(rows: Sequence[Compared], parity: Parity) -> int:
    return sum(row.parity is parity for row in rows)
