"""JSON from files that anybody may have written: everything doubtful is refused.

The one door for reading state and plan files. Duplicate keys, NaN and Infinity, floats, numbers
beyond 63 bits, lone surrogates, deep nesting and oversize input raise ``ValueError``, never
anything else.
"""

from __future__ import annotations

import json
from typing import Any

from smsops.text.messages import T

#: Digits of 2**63 with a sign; longer numbers are refused before Python multiplies them out.
_MOST_DIGITS = 20
#: Fewer are always within the bounds.
_ALWAYS_FIT = 19


def loads(body: bytes, *, most: int) -> object:
    """The value of ``body``, which is UTF-8 and at most ``most`` bytes long."""
    if len(body) > most:
        raise ValueError(T("it is larger than {most} bytes", most=most))
    try:
        found: object = _DECODER.decode(body.decode())
    except UnicodeDecodeError as error:
        raise ValueError(T("it is not UTF-8 (byte {place})", place=error.start)) from None
    except json.JSONDecodeError as error:
        words = T("it is not JSON ({reason}, byte {place})", reason=error.msg, place=error.pos)
        raise ValueError(words) from None
    except RecursionError:
        raise ValueError(T("it is nested too deeply")) from None
    if b"\\ud" in body or b"\\uD" in body:
        _refuse_lone_surrogates(found)
    return found


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError(T("a text holds half a character (a lone surrogate)")) from None
    except RecursionError:
        raise ValueError(T("it is nested too deeply")) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(T("the key {key} occurs twice", key=repr(twice)))
    return found


def _integer(digits: str) -> int:
    if len(digits) < _ALWAYS_FIT:
        return int(digits)
    number = int(digits) if len(digits) <= _MOST_DIGITS else 2**63
    if not -(2**63) < number < 2**63:
        raise ValueError(T("a number is beyond 63 bits"))
    return number


def _float(digits: str) -> float:
    raise ValueError(T("{digits} is not a whole number", digits=digits[:_MOST_DIGITS]))


def _constant(name: str) -> float:
    raise ValueError(T("{name} is not JSON", name=name))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
)
