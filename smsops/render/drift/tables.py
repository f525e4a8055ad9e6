"""A drift report as tables of words, for renderers that draw them: Markdown and HTML. Pure.

The cells are not sanitised for any sink; whoever draws them does that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smsops.drift import CLASSES, Drift, DriftClass, Finding
from smsops.render.drift.advice import following, usually
from smsops.render.drift.text import SIGNS, by_object, fields, name, values
from smsops.render.names import Names, beside
from smsops.render.style import plural, value

#: Objects that could not be read and that are named; the JSON has all of them.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Table:
    """One class of findings, or what is suppressed (``drift`` is ``None``)."""

    drift: DriftClass | None
    sign: str
    title: str
    meaning: str
    next: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    @property
    def counts(self) -> bool:
        """Whether these findings count as drift."""
        return self.drift is not None and CLASSES[self.drift].counts


def tables(drift: Drift, known: Names) -> Iterator[Table]:
    """One table for each class that has findings, then the suppressed ones."""
    for each in DriftClass:
        found = drift.of(each)
        if found:
            meaning = CLASSES[each]
            title = f"{len(found)} {each}"
            columns, rows = _rows(each, found, known)
            usual = any(finding.next is meaning.next for finding in found)
            advice = str(usually(each)) if usual else ""
            yield Table(each, SIGNS[each][0], title, meaning.meaning, advice, columns, rows)
    if drift.suppressed:
        yield _suppressed(drift)


def notes(drift: Drift) -> list[str]:
    """What a reader has to know besides the findings: unread objects, notes, old suppressions."""
    said = list(drift.notes)
    if drift.unread:
        shown = ", ".join(f"{address} (id {number})" for address, number in drift.unread[:_NAMED])
        left = len(drift.unread) - _NAMED
        more = f" and {left} more" if left > 0 else ""
        said.insert(0, f"{plural(len(drift.unread), 'object')} could not be read: {shown}{more}")
    said += [
        f"the suppression of {by.drift} at {by.address} ended {by.expires} "
        f"({by.owner}: {by.reason}); renew or remove it in smsops.yaml"
        for by in drift.expired
    ]
    return said


def _rows(
    drift: DriftClass, found: Sequence[Finding], known: Names
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    if drift is DriftClass.UNMANAGED:
        return ("object", "name", "what"), [
            (_about(item), value(item.observed), str(item.detail)) for item in found
        ]
    if drift is DriftClass.UNVERIFIABLE:
        return ("object", "id", "name", "fields"), [
            (_about(items[0]), str(items[0].remote_id), _name(items[0], known), fields(items))
            for items in by_object(found)
        ]
    usual = CLASSES[drift].next
    rows: list[tuple[str, ...]] = [
        (
            _about(item),
            str(item.remote_id),
            _name(item, known),
            item.field or "",
            *values(item),
            str(item.detail),
        )
        for item in found
    ]
    columns = ("object", "id", "name", "field", "recorded", "observed", "what")
    if all(item.next is usual for item in found):
        return columns, rows
    return (*columns, "next"), [
        (*row, "" if item.next is usual else str(following(item)))
        for row, item in zip(rows, found, strict=True)
    ]


def _suppressed(drift: Drift) -> Table:
    return Table(
        drift=None,
        sign="=",
        title=f"{len(drift.suppressed)} suppressed",
        meaning="somebody owns and accepts these for now",
        next="",
        columns=("class", "object", "field", "owner", "reason", "until"),
        rows=[
            (
                item.finding.drift.value,
                _about(item.finding),
                item.finding.field or "",
                item.suppression.owner,
                item.suppression.reason,
                item.suppression.expires,
            )
            for item in drift.suppressed
        ],
    )


def _name(finding: Finding, known: Names) -> str:
    return beside(known, finding.kind, finding.remote_id)


def _about(finding: Finding) -> str:
    return name(finding.kind, finding.remote_id, finding.address)
