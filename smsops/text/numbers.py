"""Phone numbers in texts of others: found and masked. Pure.

What looks like a number is taken for one: with its country code, as a mobile number of mainland
China, or as 11 to 15 digits in a row; with or without what people write between digits.
"""

from __future__ import annotations

import re

#: What stands between the digits of a number.
_GAP = r"[ ()./\u00a0\u2010-\u2015-]{0,2}"
#: A mobile number of mainland China.
_MOBILE = rf"(?:86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}"
NUMBER = re.compile(
    rf"(?<![0-9A-Za-z])(?:[+＋](?:{_GAP}\d){{7,15}}|00(?:{_GAP}\d){{8,15}}"
    rf"|{_MOBILE}|\d{{11,15}})(?![0-9A-Za-z])"
)
#: Such a number as a part of a word, such as a name; nobody writes other numbers there.
_IN_NAME = re.compile(rf"(?<![0-9]){_MOBILE}(?![0-9])")
_DIGIT = re.compile(r"\d")
#: Digits of a number that may be shown.
SHOWN = 4
#: No number has fewer.
SHORTEST = 7
_MASK = "•"


def masked(text: str) -> str:
    """``text`` with its numbers masked up to their last four digits; it stays as long as it is."""
    return NUMBER.sub(lambda found: hidden(found[0]), text)


def masked_name(text: str) -> str:
    """``text`` with its numbers masked, also those with letters beside them: ``p138…``."""
    return mobiles_masked(masked(text))


def mobiles_masked(text: str) -> str:
    """``text`` with its mobile numbers of mainland China masked, whatever stands beside them."""
    return _IN_NAME.sub(lambda found: hidden(found[0]), text)


def is_mobile(id: str) -> bool:
    """Whether digits that are given as an id are a mobile number: an SmsSdkAppId has ten."""
    return _IN_NAME.fullmatch(id) is not None


def hidden(text: str) -> str:
    """``text`` with every digit masked but the last four."""
    left = max(len(_DIGIT.findall(text)) - SHOWN, 0)
    return _DIGIT.sub(_MASK, text, count=left) if left else text


def digits(text: str) -> int:
    """How many digits a text has."""
    return len(_DIGIT.findall(text))
