"""From what a person types to entries.

Codes come from logs, consoles and error messages, so the look-up forgives: case, surrounding
punctuation, a missing family in front of the dot, words like ``exit`` in front of a number that
means something in several categories. It never guesses between codes: all that fit are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache

from smsops.errors import SmsopsError
from smsops.explain.catalogue import Category, Entry, catalogue
from smsops.text.messages import T, Text, joined
from smsops.text.numbers import masked_name

Scope = Callable[[Entry], bool]


class Match(StrEnum):
    """How the entries of an answer were found."""

    EXACT = "exact"
    SUFFIX = "suffix"
    FAMILY = "family"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The entries that fit. ``family``: for a general error code, the codes below it."""

    match: Match
    entries: tuple[Entry, ...]
    family: tuple[Entry, ...] = ()


class UnknownCode(SmsopsError):
    """No entry fits. The hint names codes that look alike."""


def _category(category: Category) -> Scope:
    return lambda entry: entry.category is category


def _kind(name: str) -> Scope:
    return lambda entry: name in entry.kinds


_CATEGORIES: Mapping[str, tuple[str, ...]] = {
    Category.ERROR: ("error", "errors"),
    Category.REVIEW: ("review", "reviews", "status", "statuscode"),
    Category.QUALIFICATION: ("qualification", "qualifications"),
    Category.EXIT: ("exit", "exits"),
    Category.RULE: ("rule", "rules", "lint"),
    Category.REASON: ("reason", "reasons"),
    Category.PREFLIGHT: ("preflight",),
    Category.RECEIPT: ("receipt", "receipts", "send"),
}


@cache
def _scopes() -> Mapping[str, Scope]:
    """Words in front of a code that say which category is meant, or which kind."""
    kinds = {kind for entry in catalogue() for kind in entry.kinds}
    return {
        **{
            word: _category(Category(category))
            for category, words in _CATEGORIES.items()
            for word in words
        },
        **{kind: _kind(kind) for kind in kinds},
    }


#: Words that people put between: "exit code 7".
_FILLERS = frozenset({"code", "codes"})
_AROUND = "\"'`()[]<>{},;:.= \t\r\n"
#: What a code looks like inside a pasted message.
_PASTED = re.compile(r"[A-Za-z]+\.[A-Za-z]+|SMS[0-9]{3}")
#: Shorter fragments would find half of the catalogue.
_LEAST_SUFFIX = 4
_LEAST_PREFIX = 2
#: Longer queries are no codes; comparing them would only take time.
_MOST_COMPARED = 100


def listing(words: Sequence[str]) -> Lookup:
    """All entries, or those of the categories that ``words`` name.

    Raises :class:`UnknownCode` for a word that names none.
    """
    chosen = [word.casefold() for word in words if word.casefold() not in _FILLERS]
    for word in chosen:
        if word not in _scopes():
            raise UnknownCode(
                T("there is no category {word}", word=word),
                hint=T("The categories are {names}.", names=", ".join(Category)),
            )
    scopes = [_scopes()[word] for word in chosen]
    found = tuple(
        entry for entry in catalogue() if not scopes or any(scope(entry) for scope in scopes)
    )
    return Lookup(Match.LIST, found)


def look_up(words: Sequence[str]) -> Lookup:
    """What ``words`` (a code, perhaps after the name of its category) stand for.

    Raises :class:`UnknownCode` when nothing fits.
    """
    words = " ".join(words).split()
    scope, query = _scoped(words)
    exact = _exact(" ".join(words))
    if exact and scope is not None and not query:
        return Lookup(Match.EXACT, exact)  # "ERROR" is a receipt code, too
    if not query and scope is not None:
        return listing(words)
    known = tuple(entry for entry in catalogue() if scope is None or scope(entry))
    for fragment in dict.fromkeys((query, query.strip(_AROUND))):
        answer = _find(known, scope, fragment)
        if answer is not None:
            return answer
    pasted = tuple(
        entry for code in dict.fromkeys(_PASTED.findall(query)) for entry in _exact(code, scope)
    )
    if pasted:
        return Lookup(Match.EXACT, pasted)
    raise UnknownCode(
        T("no code {query} is known", query=masked_name(query)),
        hint=_hint(known, query.strip(_AROUND)),
    )


def _scoped(words: Sequence[str]) -> tuple[Scope | None, str]:
    """The scope that the first word names, if it does, and the rest of the words."""
    rest = [word for word in words if word.casefold() not in _FILLERS] or list(words)
    scope = _scopes().get(rest[0].casefold()) if rest else None
    return scope, " ".join(rest if scope is None else rest[1:])


def _find(known: Sequence[Entry], scope: Scope | None, query: str) -> Lookup | None:
    exact = _exact(query, scope)
    if exact:
        return Lookup(Match.EXACT, exact, _below(known, exact))
    wanted = query.casefold()
    errors = [entry for entry in known if entry.category is Category.ERROR]
    last = tuple(entry for entry in errors if entry.code.casefold().endswith(f".{wanted}"))
    if last and wanted:
        return Lookup(Match.SUFFIX, last)
    if len(wanted) >= _LEAST_SUFFIX:
        ends = tuple(entry for entry in errors if entry.code.casefold().endswith(wanted))
        if ends:
            return Lookup(Match.SUFFIX, ends)
    if len(wanted) >= _LEAST_PREFIX and any(character.isalpha() for character in wanted):
        begins = tuple(entry for entry in known if entry.code.casefold().startswith(wanted))
        if begins:
            return Lookup(Match.FAMILY, begins)
    return None


def _exact(query: str, scope: Scope | None = None) -> tuple[Entry, ...]:
    found = _by_word().get(query.casefold(), ())
    return tuple(entry for entry in found if scope is None or scope(entry))


@cache
def _by_word() -> Mapping[str, Sequence[Entry]]:
    """Entries by the words that find them, in lower case."""
    found: dict[str, list[Entry]] = {}
    for entry in catalogue():
        for word in dict.fromkeys((entry.code.casefold(), *entry.also)):
            if word:
                found.setdefault(word, []).append(entry)
    return found


def _below(known: Sequence[Entry], exact: Sequence[Entry]) -> tuple[Entry, ...]:
    """The members of the families whose general code was asked for."""
    heads = {entry.code for entry in exact if entry.category is Category.ERROR}
    if all("." in head for head in heads):
        return ()  # a family is what stands in front of a dot
    return tuple(entry for entry in known if entry.family in heads and entry.code not in heads)


def _hint(known: Sequence[Entry], query: str) -> Text:
    wanted = query.casefold()[:_MOST_COMPARED]
    spellings: dict[str, str] = {}
    for entry in known:
        for word in (entry.code, *entry.also):
            spellings.setdefault(word.casefold(), word)
        if entry.category is Category.ERROR:
            spellings.setdefault(entry.code.casefold().rpartition(".")[2], entry.code)
    close = get_close_matches(wanted, spellings, n=5)
    inside = [
        code for spelling, code in spellings.items() if len(wanted) > 3 and wanted in spelling
    ]
    alike = list(dict.fromkeys([*(spellings[name] for name in close), *inside]))[:5]
    head = spellings.get(wanted.partition(".")[0])
    parts = []
    if "." in query and head is not None:
        parts.append(T("Its family is known: smsops explain {code}.", code=head))
    if alike:
        parts.append(T("Did you mean {codes}?", codes=", ".join(alike)))
    parts.append(T("smsops explain --list shows every code."))
    return joined(" ", *parts)
