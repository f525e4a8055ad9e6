"""JSON values that can be stored and listed: Unicode text, and numbers that programs can read.

Python reads more than that from JSON: half a character (a lone surrogate), NaN, numbers without
end. Whatever lists such a value later cannot write it, or cannot compute with it, so that nothing
from outside is stored before :func:`flaw` has seen it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeGuard

#: The last second of the year 9999, in epoch seconds: no later moment can be written as a date.
LATEST = 253_402_300_799
#: Ids are below it, so that programs that read numbers as doubles keep them apart.
ID_LIMIT = 2**53
_INTEGER_LIMIT = 2**63
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"\w{1,64}", re.ASCII)
#: What the text of a data file holds if a value in it may be one that cannot be stored.
_SUSPECT = (b"\\ud", b"\\uD", b"NaN", b"Infinity", b"e+")


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    return text.isascii() or _SURROGATE.search(text) is None


def is_moment(value: object) -> TypeGuard[float]:
    """Whether a value is epoch seconds of a moment that can be written as a date."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LATEST  # NaN is not


def flaw(value: object, where: str = "") -> str:
    """The first thing in a JSON value that cannot be stored, as ``FIELD: why``; ``""`` if none."""
    for place, found in _leaves(value, where):
        why = _why(found)
        if why:
            return f"{place}: {why}" if place else why
    return ""


def _why(value: object) -> str:
    if isinstance(value, str):
        return "" if is_unicode(value) else "half a character (a lone surrogate) is no text"
    if isinstance(value, int):
        return "" if abs(value) < _INTEGER_LIMIT else "a number beyond 63 bits"
    if isinstance(value, float):
        return "" if abs(value) <= LATEST else "a number that is too large, or none"
    return ""


def _leaves(value: object, where: str) -> Iterator[tuple[str, object]]:
    """Texts, numbers and names of members with their places. Without recursion: nesting is free."""
    waiting = [(where, value)]
    while waiting:
        place, found = waiting.pop()
        if isinstance(found, dict):
            for name, inner in reversed(found.items()):
                named = name if _PLAIN.fullmatch(str(name)) else ascii(name)[:64]
                inside = f"{place}.{named}" if place else str(named)
                waiting += [(inside, inner), (inside, name)]
        elif isinstance(found, list | tuple):
            waiting += reversed([(f"{place}[{index}]", each) for index, each in enumerate(found)])
        else:
            yield place, found


def is_suspect(raw: bytes) -> bool:
    """Whether JSON may hold what cannot be stored: worth a look at every value, by its bytes."""
    return any(sign in raw for sign in _SUSPECT)


def mended(value: Any) -> Any:
    """``value`` with U+FFFD for half characters and 0 for numbers that cannot be stored."""
    if isinstance(value, dict):
        return {mended(name): mended(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [mended(each) for each in value]
    if not _why(value):
        return value
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else 0
