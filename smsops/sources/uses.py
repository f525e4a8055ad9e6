"""Sends and literal ids in a source file, by simple patterns. Pure.

A pattern is a row of :data:`FIELDS` or :data:`CALLS`; docs/consuming.md lists them for people. What
a pattern finds and cannot tell is a use all the same: nobody may take it for fine.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from smsops.sources.expressions import (
    Expression,
    arguments,
    assigned,
    count,
    expression,
    literal,
)
from smsops.sources.kept import LONG, Kept, kept
from smsops.sources.lexemes import Sort, Source, Token

#: Canonical name of a field or of its setter -> which part of a send it is.
FIELDS: Mapping[str, str] = {
    "templateid": "id",
    "settemplateid": "id",
    "templateparamset": "list",
    "settemplateparamset": "list",
}
#: Keys of one array that together are a send, where the file speaks of them: overtrue/easy-sms.
EASY_SMS: Mapping[str, str] = {"template": "id", "data": "list"}
_EASY_SMS = re.compile(r"easy-?sms", re.IGNORECASE)
#: Canonical name of a call -> (which argument is the id, which the list), and how many there are at
#: least. sendWithParam: the former SDKs; sendMessage: sms4j, whose map the file does not tell.
CALLS: Mapping[str, tuple[int, int, int]] = {
    "sendwithparam": (2, 3, 4),
    "sendmessage": (1, 2, 3),
}
_WORTH = re.compile(
    rf"template|tpl|send_?with_?param|send_?message|[0-9](?:_?[0-9]){{{LONG - 1}}}", re.IGNORECASE
)
#: Arguments of such a call by their names.
_KEYWORDS: Mapping[str, str] = {"templateid": "id", "params": "list"}
#: A number in a text: of a request in JSON, of an address.
_INSIDE = re.compile(rf"(?<![\w.])[0-9]{{{LONG},19}}(?!\w)")
#: The default of a setting: @Value("${sms.template-id:1110}").
_DEFAULT = re.compile(r"\$\{[\w.-]*(?:template|tpl)[\w.-]*:-?(?P<id>[0-9]+)", re.IGNORECASE)
#: A text that holds a request.
_REQUEST = re.compile(r"template_?(?:id|param_?set)\\*[\"']\s*:", re.IGNORECASE)
#: The id in a request that is no whole JSON.
_WRITTEN = re.compile(
    r"template_?id\\*[\"']\s*:\s*\\*[\"']?(?P<id>[0-9]{1,19})(?!\w)", re.IGNORECASE
)
_DIGITS = re.compile(r"[0-9]{1,19}")
#: A variable or constant that output writes.
_CONSTANT = re.compile(r"(?:SMSOPS_)?([A-Z][A-Z0-9_]*_ID)")
#: In a declaration such a word stands where a value would: TemplateId: string.
_TYPES = frozenset(
    {"str", "string", "int", "number", "any", "object", "optional", "long", "integer"}
)

#: After such a word, what follows a name and a colon is a type.
_DECLARING = frozenset({"const", "let", "var"})


class Why:
    """Why a send cannot be judged, as codes."""

    ID = "id"
    LIST = "list"
    NO_ID = "no-id"
    NO_LIST = "no-list"
    SEVERAL = "several"
    TEXT = "text"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a template is named, or sent with.

    ``id``: the literal; ``constant``: what output calls it, where such a name stands there.
    ``passed``: how many parameters; ``why``: what the file does not tell. ``kept``: how surely the
    number is the id of a template.
    """

    line: int
    column: int
    id: str | None = None
    constant: str | None = None
    passed: int | None = None
    why: str | None = None
    kept: Kept = Kept.NAMED


class _Part(NamedTuple):
    part: str
    at: int
    value: Expression


def worth_reading(text: str) -> bool:
    """Whether a file can hold a use: most hold none, and to tell that takes no tokens."""
    return _WORTH.search(text) is not None


def uses(source: Source, text: str) -> Iterator[Use]:
    """Every use in a file; ``text`` is the whole of it."""
    taken: set[int] = set()
    groups: dict[object, list[_Part]] = defaultdict(list)
    for group, part in _parts(source, easy=_EASY_SMS.search(text) is not None):
        groups[group].append(part)
        # What an id is chosen from is an id, too.
        if part.part == "list" or literal(part.value) is not None:
            taken.update(range(part.value.start, part.value.end))
    for group, parts in groups.items():
        yield from _send(source, parts, alone=group is None)
    for at, token in enumerate(source.lexemes):
        if (
            at not in taken
            and _DIGITS.fullmatch(token.value)
            and token.sort
            in (
                Sort.TEXT,
                Sort.NUMBER,
            )
        ):
            under = kept(source, at)
            if under is not Kept.NOWHERE or len(token.value) >= LONG:
                yield Use(token.line, token.column, id=token.value, kept=under)
        elif at not in taken and token.sort in (Sort.TEXT, Sort.PUT_TOGETHER, Sort.ENDLESS):
            yield from _inside(token)


def _inside(token: Token) -> Iterator[Use]:
    """What a text holds: a request in JSON, or numbers that may be ids."""
    if token.sort is Sort.ENDLESS and _WORTH.search(token.value):
        yield Use(token.line, token.column, why=Why.TEXT)
    elif _REQUEST.search(token.value):
        request = _request(token)
        yield request
        if request.id is not None:
            return
    for number, line in enumerate(token.value.split("\n")):
        first = 1 if number else token.column + 1
        defaults = {match.start("id") for match in _DEFAULT.finditer(line)}
        for match in _INSIDE.finditer(line):
            place = (token.line + number, first + match.start())
            under = Kept.NAMED if match.start() in defaults else Kept.NOWHERE
            yield Use(*place, id=match.group(), kept=under)


def _request(token: Token) -> Use:
    place = (token.line, token.column)
    try:
        found = json.loads(token.value.replace('\\"', '"')) if token.sort is Sort.TEXT else None
    except (ValueError, RecursionError):
        found = None
    given = found if isinstance(found, dict) else {}
    id_, params = str(given.get("TemplateId", "")), given.get("TemplateParamSet")
    if found is None and (written := _WRITTEN.search(token.value)):
        # A text with values in it: the id is told, the list is not.
        return Use(*place, id=written["id"], why=Why.LIST)
    if _DIGITS.fullmatch(id_) is None:
        return Use(*place, why=Why.ID)
    if isinstance(params, list):
        return Use(*place, id=id_, passed=len(params))
    return Use(*place, id=id_, why=Why.NO_LIST if params is None else Why.LIST)


def _parts(source: Source, *, easy: bool) -> Iterator[tuple[object, _Part]]:
    """The parts of sends, each with what tells to which send it belongs; ``None``: to none."""
    epochs: dict[str, int] = defaultdict(int)
    for at, token in enumerate(source.lexemes):
        if token.sort not in (Sort.NAME, Sort.TEXT):
            continue
        if token.sort is Sort.NAME and source.mark(at + 1) in ("=", ":="):
            epochs[token.value] = at  # another request from here on
        if token.canonical in CALLS and source.mark(at + 1) == "(" and _invoked(source, at):
            yield from _call(source, at)
            continue
        part = FIELDS.get(token.canonical) or _easy(source, at, token, easy=easy)
        if part is None or _argument(source, at):
            continue
        found = _field(source, at, token)
        if found is None:
            continue
        receiver, start = found
        value = (
            expression(source, start)
            if source.mark(start - 1) != "("
            else Expression(source, start, source.closing.get(start - 1, start))
        )
        if value.end <= start or _declares(source, value):
            continue
        group: object = receiver
        if isinstance(receiver, str):
            group = (receiver, epochs[receiver])
        yield group, _Part(part, at, value)


def _field(source: Source, at: int, token: Token) -> tuple[object, int] | None:
    """(what the field belongs to, where its value begins). A name is that of a variable; a number
    that of the bracket around a key; ``None`` first where it is a variable of its own.
    """
    after = source.mark(at + 1)
    # A builder's call is a setter's: .templateId("1110")
    called = after == "(" and source.mark(at - 1) in (".", "->", "?.")
    setter = token.canonical.startswith("set") or called
    receiver = source.name(at - 2) if source.mark(at - 1) in (".", "->", "?.") else ""
    if token.sort is Sort.TEXT and after == "]" and source.mark(at - 1) == "[":
        name = source.name(at - 2)
        return (name, at + 3) if name and source.mark(at + 2) == "=" else None
    if setter:
        if after != "(" or token.sort is Sort.TEXT or not _invoked(source, at):
            return None
        return receiver or _chain(source, at), at + 2
    if _shorthand(source, at, token):
        return source.parent[at], at
    if after == ":":
        value = assigned(source, at)
        if value is not None:  # template_id: str = "1110"
            return None, value
        if source.name(at - 1) in _DECLARING:
            return None
    if after in (":", "=>"):
        return source.parent[at], at + 2
    if after in ("=", ":="):
        if receiver in ("this", "self") and source.name(at + 2) == token.value:
            return None  # a class that holds it: this.templateId = templateId
        if receiver:
            return receiver, at + 2
        bracket = source.parent[at]
        return (bracket if source.mark(bracket) == "(" else None), at + 2
    return None


def _chain(source: Source, at: int) -> str:
    """What calls of one chain have in common: where it begins. Those before are known already."""
    link = at
    while source.mark(link - 1) in (".", "->", "?.", "::"):
        link -= 2
        while link in source.opening:
            link = source.opening[link] - 1
        link = source.chains.get(link, link)
    source.chains[at] = link
    return f"at {link}"


def _shorthand(source: Source, at: int, token: Token) -> bool:
    """Whether a name is field and value at once, as in ``{ TemplateId, TemplateParamSet }``, and
    nothing is taken apart there.
    """
    brace = source.parent[at]
    if (
        source.language not in ("javascript", "typescript")
        or token.sort is not Sort.NAME
        or source.mark(brace) != "{"
        or source.mark(at - 1) not in ("{", ",")
        or source.mark(at + 1) not in (",", "}")
        or source.name(brace - 1) in ("import", "export")
    ):
        return False
    around = source.closing.get(source.parent[brace], -2) + 1
    parameter = source.mark(source.parent[brace]) == "(" and source.mark(around) in ("=>", "{")
    return not parameter and source.mark(source.closing.get(brace, -2) + 1) != "="


def _call(source: Source, at: int) -> Iterator[tuple[object, _Part]]:
    name = source.lexemes[at].canonical
    which, params, least = CALLS[name]
    found = arguments(source, at + 1)
    if len(found) < least:
        return
    given = dict(enumerate(each for each in found if source.mark(each.start + 1) != "="))
    for each in found:  # in any order: template_id=1110, params=[code]
        part = _KEYWORDS.get(source.lexemes[each.start].canonical)
        if part is not None and source.mark(each.start + 1) == "=":
            given[which if part == "id" else params] = Expression(source, each.start + 2, each.end)
    if name == "sendmessage":
        text = literal(given[which]) if which in given else None
        if text is None or _DIGITS.fullmatch(text) is None:
            return  # any program sends messages
    for part, place in (("id", which), ("list", params)):
        if place in given:
            yield f"call at {at}", _Part(part, at, given[place])


def _argument(source: Source, at: int) -> bool:
    """Whether the name is that of an argument of a call in :data:`CALLS`, which has it already."""
    bracket = source.parent[at]
    called = source.mark(bracket) == "(" and source.name(bracket - 1)
    return (
        bool(called)
        and source.mark(at + 1) == "="
        and source.lexemes[bracket - 1].canonical in CALLS
        and _invoked(source, bracket - 1)
    )


def _invoked(source: Source, at: int) -> bool:
    """Whether the call is none that is being defined."""
    return source.name(at - 1) not in ("def", "func", "function") and (
        source.mark(source.closing.get(at + 1, at) + 1) != "{"
    )


def _easy(source: Source, at: int, token: Token, *, easy: bool) -> str | None:
    if easy and token.sort is Sort.TEXT and source.mark(at + 1) == "=>":
        return EASY_SMS.get(token.value)
    return None


def _declares(source: Source, value: Expression) -> bool:
    first = source.lexemes[value.start]
    return first.sort is Sort.NAME and first.canonical in _TYPES and value.end == value.start + 1


def _send(source: Source, parts: list[_Part], *, alone: bool) -> Iterator[Use]:
    ids = [part for part in parts if part.part == "id"]
    lists = [part for part in parts if part.part == "list"]
    for part in ids:
        found = literal(part.value)
        if found is not None and _DIGITS.fullmatch(found) is None:
            found = None  # of another vendor, SMS_1234, or a name for something
        constant = _constant(part.value) if found is None else None
        place = _place(source, part)
        if alone:
            if found is not None:
                yield Use(*place, id=found)
        elif found is None and constant is None:
            yield Use(*place, why=Why.ID)
        elif (len(ids) > 1 and lists) or len(lists) > 1:
            yield Use(*place, id=found, constant=constant, why=Why.SEVERAL)
        elif not lists:
            yield Use(*place, id=found, constant=constant, why=Why.NO_LIST)
        else:
            passed = count(lists[0].value)
            why = Why.LIST if passed is None else None
            yield Use(*place, id=found, constant=constant, passed=passed, why=why)
    if lists and not ids:
        for part in lists if not alone else ():
            yield Use(*_place(source, part), why=Why.NO_ID)


def _place(source: Source, part: _Part) -> tuple[int, int]:
    token = source.lexemes[min(part.value.start, len(source.lexemes) - 1)]
    return token.line, token.column


def _constant(value: Expression) -> str | None:
    for word in value.words():
        if match := _CONSTANT.fullmatch(word):
            return match[1]
    return None
