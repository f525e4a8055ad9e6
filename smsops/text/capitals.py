"""Messages without their values, for pages and explanations. Pure."""

from __future__ import annotations

import re

from smsops.text.messages import Text

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def in_capitals(words: Text) -> str:
    """:func:`capitals` as it is written."""
    return capitals(words).plain


def capitals(words: Text) -> Text:
    """A message with the names of its missing values in capitals, and what it adds to as an
    ellipsis.
    """
    names = _PLACEHOLDER.findall(words.template) + [
        name
        for command in words.commands()
        for argument in command.arguments
        for name in _PLACEHOLDER.findall(argument)
    ]
    given = {name for name, _ in words.values}
    values = {name: name.upper() for name in names if name not in given}
    return words.filled(**{**values, **({"reason": "…"} if "reason" in values else {})})
