"""What is known about codes: one entry a code and category, read from data shipped with smsops.

``codes.json`` holds error, review, qualification and exit codes, and those with which a probe
refuses; ``receipts.json`` the receipt and send codes of the API document's appendix, each with a
carrier and one or more conditions;
``huawei.json`` and ``yisha.json`` those of the other vendors.
Rules come from the table of :mod:`smsops.lint`, reasons of steps from those of
:mod:`smsops.planning`. Every text is our own; Chinese terms are quoted where the console shows
them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from smsops.errors import Severity
from smsops.text.messages import NOTHING, C, T, Text, joined

_FILES = T("Found in a file of the project, while it was read.")
_SOURCES = T("Found in a file of an application by {command}.", command=C("check-app"))
_BY_SEVERITY: Mapping[Severity, Text] = {
    Severity.ERROR: T(
        "Correct the place that {command} names; commands exit with 3 until then.",
        command=C("validate"),
    ),
    Severity.WARNING: T(
        "Look at the place that {command} names; a warning stops nothing but {other}.",
        command=C("validate"),
        other=C("validate --strict"),
    ),
    Severity.INFO: T("Nothing to do: this is for your information."),
}
_IGNORABLE = T(
    "To turn the rule off, name it in spec.lint.ignore of smsops.yaml; for one text that stands "
    "approved, in lint.ignore of its manifest."
)
#: Receipt and send codes, a table for each vendor: one code means opposite things to two of them.
RECEIPTS = ("receipts.json", "huawei.json", "yisha.json")
#: The fields of an entry that are texts.
_TEXTS = ("title", "meaning", "cause", "action")
_SENTENCE_END = re.compile(r"(?<=\.) ")


class Category(StrEnum):
    """Where a code comes from, in the order in which explanations are shown."""

    ERROR = "error"
    REVIEW = "review"
    QUALIFICATION = "qualification"
    EXIT = "exit"
    RULE = "rule"
    REASON = "reason"
    PREFLIGHT = "preflight"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of one code.

    ``actions``: the API actions that document an error; ``common``: any action may answer it.
    ``carrier``: who reports a receipt. ``kinds``: whose review code it is. ``also``: other words
    that find the entry.
    """

    code: str
    category: Category
    title: Text
    meaning: Text
    cause: Text
    action: Text
    actions: tuple[str, ...] = ()
    common: bool = False
    carrier: str = ""
    kinds: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The part of an error code in front of the dot, or the whole code."""
        return self.code.partition(".")[0]


@cache
def catalogue() -> tuple[Entry, ...]:
    """Every entry, by category, then as the data orders them."""
    receipts = (entry for name in RECEIPTS for entry in _receipts(_read(name)))
    found = (*_coded(_read("codes.json")), *_rules(), *_of_sources(), *_reasons(), *receipts)
    order = {category: place for place, category in enumerate(Category)}
    return tuple(sorted(found, key=lambda entry: order[entry.category]))


def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return found


def _coded(document: Mapping[str, Any]) -> Iterator[Entry]:
    for category, items in document.items():
        for item in items:
            lists = {name: tuple(item.get(name, ())) for name in ("actions", "kinds", "also")}
            texts = {name: Text(item[name]) for name in _TEXTS}
            yield Entry(**{**item, **lists, **texts}, category=Category(category))


def _rules() -> Iterator[Entry]:
    from smsops.lint import RULES

    for rule in RULES:
        cause = _FILES
        if rule.field:
            cause = T(
                "Found in spec.{field} of a {kind} manifest.", field=rule.field, kind=rule.kind
            )
        advice = joined(" ", _BY_SEVERITY[rule.severity], _IGNORABLE if rule.optional else NOTHING)
        yield Entry(rule.code, Category.RULE, rule.title, rule.explanation, cause, advice)


def _of_sources() -> Iterator[Entry]:
    from smsops.sources.judge import RULES

    for code, rule in RULES.items():
        yield Entry(code, Category.RULE, rule.title, rule.meaning, _SOURCES, rule.action)


def _reasons() -> Iterator[Entry]:
    from smsops.explain.reasons import reasons

    for code, title, meaning, cause, action in reasons():
        also = (code.replace("_", "-"),)
        yield Entry(code, Category.REASON, title, meaning, cause, action, also=also)


def _receipts(document: Mapping[str, Any]) -> Iterator[Entry]:
    carriers: Mapping[str, str] = document["carriers"]
    conditions: Mapping[str, Mapping[str, str]] = document["conditions"]
    for code, carrier, *names in document["rows"]:
        texts = _composed([conditions[name] for name in names])
        yield Entry(code, Category.RECEIPT, *texts, carrier=carriers[carrier])


def _composed(conditions: Sequence[Mapping[str, str]]) -> tuple[Text, Text, Text, Text]:
    """Title, meaning, cause and action of a receipt; some codes stand for several conditions."""
    title, *others = (item["title"] for item in conditions)
    rest = (Text(other[0].lower() + other[1:]) for other in others)
    either = joined("; or ", Text(title), *rest)
    terms = "/".join(item["term"] for item in conditions if "term" in item)
    meaning = joined(
        " ",
        T("One code for several conditions.") if others else NOTHING,
        _each(conditions, "meaning"),
        T("Listed as {terms}.", terms=terms) if terms else NOTHING,
    )
    return either, meaning, _each(conditions, "cause"), _each(conditions, "action")


def _each(conditions: Sequence[Mapping[str, str]], name: str) -> Text:
    """The texts called ``name`` one after the other, every sentence once."""
    sentences = (part for item in conditions for part in _SENTENCE_END.split(item[name]))
    return joined(" ", *map(Text, dict.fromkeys(sentences)))


@cache
def _conditions() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code, _, *names in _read("receipts.json")["rows"]:
        found.setdefault(code, set()).update(names)
    return {code: frozenset(names) for code, names in found.items()}


def conditions(code: str) -> frozenset[str]:
    """What a receipt code of Tencent Cloud may stand for, with any carrier; none if unknown."""
    return _conditions().get(code, frozenset())
