"""A drift report as tables of words, for renderers that draw them: Markdown and HTML. Pure.

The cells are not sanitised for any sink; whoever draws them does that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smsops.drift import CLASSES, Drift, DriftClass, Finding
from smsops.render.drift.advice import following, usually
from smsops.render.drift.text import SIGNS, by_object, fields, name, values
from smsops.render.names import Names, beside
from smsops.render.style import value
from smsops.text.messages import N, T, Text, shortened

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
    def advice(self) -> str:
        """What is next, as a sentence."""
        return str(T("Next: {next}.", next=self.next))

    @property
    def counts(self) -> bool:
        """Whether these findings count as drift."""
        return self.drift is not None and CLASSES[self.drift].counts


#: What each column is headed with.
_HEADS: Mapping[str, Text] = {
    "object": T("object"),
    "id": T("id"),
    "name": T("name"),
    "field": T("field"),
    "fields": T("fields"),
    "recorded": T("recorded"),
    "observed": T("observed"),
    "what": T("what"),
    "next": T("next"),
    "objective": T("objective"),
    "wanted": T("wanted"),
    "got": T("got"),
    "class": T("class"),
    "owner": T("owner"),
    "reason": T("reason"),
    "until": T("until"),
}


def _columns(*names: str) -> tuple[str, ...]:
    return tuple(str(_HEADS[name]) for name in names)


def keys() -> tuple[str, ...]:
    """The heads of columns that are short and not broken over lines."""
    return _columns("object", "id", "field", "class")


def tables(drift: Drift, known: Names) -> Iterator[Table]:
    """One table for each class that has findings, then the suppressed ones."""
    for each in DriftClass:
        found = drift.of(each)
        if found:
            meaning = CLASSES[each]
            title = str(T("{count} {what}", count=len(found), what=each))
            columns, rows = _rows(each, found, known)
            usual = any(finding.next is meaning.next for finding in found)
            advice = str(usually(each)) if usual else ""
            yield Table(each, SIGNS[each][0], title, str(meaning.meaning), advice, columns, rows)
    if drift.suppressed:
        yield _suppressed(drift)


def notes(drift: Drift) -> list[str]:
    """What a reader has to know besides the findings: unread objects, notes, old suppressions."""
    said = list(drift.notes)
    if drift.unread:
        objects = [
            T("{address} (id {id})", address=address, id=number) for address, number in drift.unread
        ]
        unread = N(
            len(objects),
            "{count} object could not be read: {shown}",
            "{count} objects could not be read: {shown}",
            shown=shortened(objects, _NAMED),
        )
        said.insert(0, unread)
    said += [
        T(
            "the suppression of {drift} at {address} ended {expires} "
            "({owner}: {reason}); renew or remove it in smsops.yaml",
            drift=by.drift,
            address=by.address,
            expires=by.expires,
            owner=by.owner,
            reason=by.reason,
        )
        for by in drift.expired
    ]
    return [str(each) for each in said]


#: What field and values of a class are headed with, where it is something else; or nothing, where
#: the detail says it all.
_PAIRS: Mapping[DriftClass, tuple[str, ...]] = {
    DriftClass.OBJECTIVE: ("objective", "wanted", "got"),
    DriftClass.DELIVERY: (),
}


def _rows(
    drift: DriftClass, found: Sequence[Finding], known: Names
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    if drift is DriftClass.UNMANAGED:
        return _columns("object", "name", "what"), [
            (_about(item), value(item.observed), str(item.detail)) for item in found
        ]
    if drift is DriftClass.UNVERIFIABLE:
        return _columns("object", "id", "name", "fields"), [
            (_about(items[0]), str(items[0].remote_id), _name(items[0], known), fields(items))
            for items in by_object(found)
        ]
    usual = CLASSES[drift].next
    names = _PAIRS.get(drift, ("field", "recorded", "observed"))
    rows: list[tuple[str, ...]] = [
        (
            _about(item),
            str(item.remote_id),
            _name(item, known),
            *((item.field or "", *values(item)) if names else ()),
            str(item.detail),
        )
        for item in found
    ]
    columns = _columns("object", "id", "name", *names, "what")
    if all(item.next is usual for item in found):
        return columns, rows
    return (*columns, *_columns("next")), [
        (*row, "" if item.next is usual else str(following(item)))
        for row, item in zip(rows, found, strict=True)
    ]


def _suppressed(drift: Drift) -> Table:
    return Table(
        drift=None,
        sign="=",
        title=str(T("{count} suppressed", count=len(drift.suppressed))),
        meaning=str(T("somebody owns and accepts these for now")),
        next="",
        columns=_columns("class", "object", "field", "owner", "reason", "until"),
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
