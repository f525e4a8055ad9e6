"""Characters in messages: their names, where they stand, and which of them are Chinese. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from smsops.text.messages import T, Text, joined, verbatim

#: Characters that are written without spaces between them: Chinese, kana, full-width letters.
_IDEOGRAPHS = (
    "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff10-\uff19\uff21-\uff3a"
    "\uff41-\uff5a\U00020000-\U000323af"
)
#: Punctuation that no space stands beside.
_WIDE_MARKS = (
    "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff3d\uff5b-\uff65"
)
#: Punctuation that Chinese and English share: quotation marks, dash, ellipsis, middle dot.
_SHARED_MARKS = "\u2018\u2019\u201c\u201d\u2014\u2026\u00b7"

IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_WIDE_MARK = re.compile(f"[{_WIDE_MARKS}]")
_CHINESE = re.compile(f"[{_IDEOGRAPHS}{_WIDE_MARKS}{_SHARED_MARKS}]")

#: A message names so many places; the rest is counted.
_NAMED = 6
_VARIABLE_BEFORE = re.compile(r"\{[0-9]{1,9}\}\Z", re.ASCII)
_VARIABLE_AFTER = re.compile(r"\{[0-9]{1,9}\}", re.ASCII)


def close(before: str, after: str) -> bool:
    """Whether two characters are written without a space between them."""
    if _WIDE_MARK.match(before) or _WIDE_MARK.match(after):
        return True
    both = _CHINESE.match(before) and _CHINESE.match(after)
    return bool(both and (IDEOGRAPH.match(before) or IDEOGRAPH.match(after)))


def code(character: str) -> str:
    """``U+2605``."""
    return f"U+{ord(character):04X}"


def named(characters: str) -> Text:
    """``★ (U+2605 BLACK STAR)``; what cannot be seen without itself."""
    first, rest = characters[0], characters[1:]
    name = unicodedata.name(first, "")
    if not name:
        private = unicodedata.category(first) == "Co"
        said = T("{code} private use", code=code(first)) if private else verbatim(code(first))
    else:
        said = verbatim(f"{code(first)} {name}")
    if rest:
        said = T("{first}, with {rest}", first=said, rest=" ".join(map(code, rest)))
    return T("{shown} ({name})", shown=characters, name=said) if _visible(first) else said


def place(text: str, start: int, end: int) -> Text:
    """Where the characters from ``start`` to ``end`` stand: by what is before and after them."""
    before, after = text[:start][-12:], text[end : end + 12]
    if not before and not after:
        return T("alone")
    if not before:
        return T("at the start, before {after}", after=_after(after))
    if not after:
        return T("at the end, after {before}", before=_before(before))
    return between(before, after)


def between(before: str, after: str) -> Text:
    """Between two texts: the last character or variable of one and the first of the other."""
    return T("between {before} and {after}", before=_before(before), after=_after(after))


def some(texts: Iterable[Text], separator: str = ", ") -> Text:
    """The first of ``texts``, each once, and how many more there are."""
    each = list(dict.fromkeys(texts))
    listed = joined(separator, *each[:_NAMED])
    if len(each) <= _NAMED:
        return listed
    return T("{listed} and {count} more", listed=listed, count=len(each) - _NAMED)


def _visible(character: str) -> bool:
    # Marks that combine would be drawn over what stands before them.
    combines = unicodedata.category(character) in ("Mn", "Me")
    return character.isprintable() and not combines and character not in _BLANK


#: Printable characters that are drawn as nothing.
_BLANK = " \u115f\u1160\u2800\u3164\uffa0"


def _before(text: str) -> Text:
    variable = _VARIABLE_BEFORE.search(text)
    return verbatim(variable.group()) if variable else _neighbour(text[-1])


def _after(text: str) -> Text:
    variable = _VARIABLE_AFTER.match(text)
    return verbatim(variable.group()) if variable else _neighbour(text[0])


def _neighbour(character: str) -> Text:
    if character == " ":
        return T("a space")
    if character == "\n":
        return T("a line break")
    return verbatim(character if _visible(character) else code(character))
