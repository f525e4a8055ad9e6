"""Fields of what vendors push and answer: words, numbers, moments. Pure.

Whoever writes JSON may write a number where the document says text; nothing else is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from smsops.delivery.model import Number
from smsops.delivery.numbers import e164, hidden
from smsops.text.messages import T, Text

#: Seconds that Beijing is ahead of UTC, all the year.
BEIJING = 8 * 3600
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()
_A_DAY = 86_400
#: Digits of epoch seconds; more would be no moment.
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_MAINLAND = re.compile(r"1[0-9]{10}", re.ASCII)
_COUNTED = re.compile(r"[0-9]{1,4}", re.ASCII)

#: What stands for bytes that are no text, such as half of a character.
_UNREADABLE = "\ufffd"

Item = Mapping[str, object]


class Unusable(ValueError):
    """It is no report and no reply. The text repeats no value of it."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


def word(item: Item, name: str) -> str:
    """The text of a field; empty where it is missing or null."""
    value = item.get(name)
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    raise Unusable(T("{name} is no text", name=name))


def needed(item: Item, name: str) -> str:
    """The text of a field that makes no sense without one."""
    found = word(item, name)
    if not found or found.isspace():
        raise Unusable(T("{name} is missing", name=name))
    if _UNREADABLE in found:
        raise Unusable(T("{name} holds bytes that are no text", name=name))
    return found


def counted(item: Item, name: str) -> int:
    """A small number; 1 where it is missing."""
    text = word(item, name).strip()
    if not text:
        return 1
    if _COUNTED.fullmatch(text) is None:
        raise Unusable(T("{name} is no small number", name=name))
    return int(text)


def joined_number(nation: str, subscriber: str) -> str | None:
    """Country code and number within it in E.164 form, if that is what they are."""
    if nation == "86" and _MAINLAND.fullmatch(subscriber):
        return f"+86{subscriber}"  # nearly all of them
    nation, subscriber = nation.strip().removeprefix("+"), subscriber.strip()
    if subscriber.startswith("+"):
        return whole_number(subscriber)
    if not (nation and _DIGITS.fullmatch(nation) and _DIGITS.fullmatch(subscriber)):
        return None
    return whole_number(f"+{nation}{subscriber}")


def whole_number(text: str) -> str | None:
    """A number that has its country code, or one of mainland China, in E.164 form."""
    text = text.strip()
    if _MAINLAND.fullmatch(text):
        text = f"+86{text}"
    elif text.startswith("00"):
        text = f"+{text[2:]}"
    elif text[:1].isdigit():
        text = f"+{text}"
    try:
        return e164(text)
    except ValueError:
        return None


def kept(number: str | None, secret: bytes) -> Number | None:
    """A number as a ledger keeps it."""
    return None if number is None else hidden(number, secret)


def seconds(value: object) -> int | None:
    """Epoch seconds, as a number or as digits."""
    if type(value) is int:
        value = str(value)
    if type(value) is str and _SECONDS.fullmatch(value):
        return int(value)
    return None


def moment(text: str, *, ahead: int = 0) -> int | None:
    """The epoch seconds of ``YYYY-MM-DD HH:MM:SS`` (or with a T) on a clock that is ``ahead``."""
    if _MOMENT.fullmatch(text) is None:
        return None
    day = _day(text[:10])
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if day is None or hour > 23 or minute > 59 or second > 60:
        return None
    found = day + hour * 3600 + minute * 60 + second - ahead
    return found if found >= 0 else None


@lru_cache(64)  # reports of a push are of the same days, and reading a date takes the longest
def _day(text: str) -> int | None:
    try:
        return (date.fromisoformat(text).toordinal() - _EPOCH) * _A_DAY
    except ValueError:
        return None
