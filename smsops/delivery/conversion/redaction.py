"""Redaction: what may be kept of something that could not be read. Pure.

Names that documents have, and the shape of a value: ``9`` for a digit, ``A`` for a letter. Of
numbers and texts nothing but the length.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Fields that hold nothing about a person, in the documents of either vendor.
_SHOWN = frozenset(
    {
        *("user_receive_time", "nationcode", "report_status", "errmsg", "sid", "time"),
        *("smsMsgId", "total", "sequence", "status", "source", "updateTime", "createTime"),
        *("statusDesc", "orgCode"),
    }
)
#: Those whose values are only measured.
_MEASURED = frozenset(
    {"mobile", "description", "ext", "extend", "sign", "text", "to", "from", "body"}
)
_LONGEST = 40
_MOST = 20


def redacted(item: object) -> object:
    """What an item looked like, as JSON values."""
    if not isinstance(item, Mapping):
        return _measured(item)
    found: dict[str, object] = {}
    for name, value in list(item.items())[:_MOST]:
        if name in _SHOWN and isinstance(value, str | int) and not isinstance(value, bool):
            found[name] = _shape(str(value))
        else:
            found[name if name in _SHOWN | _MEASURED else "?"] = _measured(value)
    return found


def _measured(value: object) -> str:
    kind = type(value).__name__
    return f"{kind}({len(value)})" if isinstance(value, str | list | dict) else kind


def _shape(text: str) -> str:
    return "".join(map(_shaped, text[:_LONGEST]))


def _shaped(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A"
    return character if " " <= character <= "~" else "?"
