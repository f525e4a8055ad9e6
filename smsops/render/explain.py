"""Explanations of codes, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from unicodedata import east_asian_width

from smsops.explain import Category, Entry, Lookup, Match
from smsops.text import sanitise
from smsops.text.messages import T, Text, joined, listed

WIDTH = 100
HEADINGS: Mapping[Category, Text] = {
    Category.ERROR: T("API error"),
    Category.REVIEW: T("Review code (StatusCode)"),
    Category.QUALIFICATION: T("Qualification code (QualificationStatusCode)"),
    Category.EXIT: T("Exit code of smsops"),
    Category.RULE: T("Rule of smsops"),
    Category.REASON: T("Reason of a step (reason_code)"),
    Category.PREFLIGHT: T("Refusal of smsops probe, before anything is sent"),
    Category.RECEIPT: T("Receipt or send code"),
}
#: Where titles start in a list; a longer code has its title on the next line.
_COLUMN = 46
_LABEL = 9


def text(answer: Lookup, *, ci: bool = False) -> str:
    """``answer`` in lines of at most :data:`WIDTH` columns.

    A few entries are shown in full. Lists, families and several endings are one line an entry.
    """
    short = answer.match in (Match.LIST, Match.FAMILY) or _many(answer)
    if short and len(answer.entries) > 1:
        lines = list(_table(answer.entries))
    else:
        lines = list(_pages(answer.entries))
    if answer.family:
        lines += [
            "",
            str(T("Codes below {family}", family=answer.family[0].family)),
            *_rows(answer.family),
        ]
    return "".join(sanitise.terminal(line, ci=ci) + "\n" for line in lines)


def as_json(answer: Lookup) -> str:
    """``answer`` as ``schemas/explain.schema.json`` describes it."""
    document = {
        "format_version": "1.0",
        "match": answer.match.value,
        "entries": [_object(entry) for entry in answer.entries],
        "family": [entry.code for entry in answer.family],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _object(entry: Entry) -> dict[str, object]:
    found: dict[str, object] = {
        "code": entry.code,
        "category": entry.category.value,
        "title": entry.title.plain,
        "meaning": entry.meaning.plain,
        "cause": entry.cause.plain,
        "action": entry.action.plain,
    }
    if entry.category is Category.ERROR:
        found |= {"actions": list(entry.actions), "common": entry.common}
    if entry.category is Category.RECEIPT:
        found["carrier"] = entry.carrier
    if entry.category is Category.REVIEW:
        found["kinds"] = list(entry.kinds)
    return found


def _many(answer: Lookup) -> bool:
    """Whether codes share nothing but an ending."""
    return answer.match is Match.SUFFIX and len({_last(entry) for entry in answer.entries}) > 1


def _last(entry: Entry) -> str:
    return entry.code.rpartition(".")[2]


def _pages(entries: Sequence[Entry]) -> Iterator[str]:
    for index, (category, group) in enumerate(groupby(entries, lambda entry: entry.category)):
        if index:
            yield ""
        yield str(HEADINGS[category])
        for entry, carriers in _merged(group):
            yield ""
            yield from wrapped(str(entry.title), indent=4, first=f"  {entry.code}  ")
            for label, value in _labelled(entry, carriers):
                first = f"    {padded(str(label), _LABEL)}"
                yield from wrapped(str(value), indent=4 + _LABEL, first=first)


def _merged(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Text]]:
    """``entries`` with those that differ in nothing but the carrier as one, and their carriers."""
    for same, group in groupby(entries, lambda entry: replace(entry, carrier="")):
        yield same, joined(", ", *(Text(entry.carrier) for entry in group))


def _labelled(entry: Entry, carriers: Text) -> Iterator[tuple[Text, Text]]:
    if carriers:
        yield T("Carrier"), carriers
    if entry.kinds:
        kinds = (T("{kind}s", kind=kind) for kind in entry.kinds)
        yield T("Of"), listed(" and ", kinds)
    yield T("Meaning"), entry.meaning
    yield T("Cause"), entry.cause
    yield T("Action"), entry.action
    if entry.category is Category.ERROR:
        anyone = (T("any action"),) if entry.common else ()
        yield T("From"), listed(", ", (*entry.actions, *anyone))


def _table(entries: Sequence[Entry]) -> Iterator[str]:
    for index, (category, group) in enumerate(groupby(entries, lambda entry: entry.category)):
        if index:
            yield ""
        yield str(HEADINGS[category])
        yield from _rows(tuple(group))


def _rows(entries: Sequence[Entry]) -> Iterator[str]:
    column = min(_COLUMN, max(columns(entry.code) for entry in entries) + 4)
    for entry in entries:
        carrier = f" [{Text(entry.carrier)}]" if entry.carrier else ""
        head = f"  {entry.code}"
        if columns(head) + 2 > column:
            yield head
            head = ""
        first = head + " " * (column - columns(head))
        yield from wrapped(f"{entry.title}{carrier}", indent=column, first=first)


def wrapped(value: str, *, indent: int, first: str) -> Iterator[str]:
    """``value`` in lines of at most :data:`WIDTH` columns, after ``first`` or ``indent`` blanks."""
    line, empty = first, True
    for word in value.split():
        if not empty and columns(line) + 1 + columns(word) > WIDTH:
            yield line
            line, empty = " " * indent, True
        line += word if empty else f" {word}"
        empty = False
    yield line


def padded(value: str, most: int) -> str:
    """``value`` with blanks up to ``most`` columns."""
    return value + " " * (most - columns(value))


def columns(value: str) -> int:
    """How many columns of a terminal ``value`` takes; Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in value)
