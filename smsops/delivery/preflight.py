"""Preflight: what refuses a probe before anything is spent. A table; pure.

What a vendor would refuse costs a send of the number's few, and what a budget refuses is not ours
to spend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from smsops.lint import segments
from smsops.text.messages import T, Text

#: Characters of a whole message, sign and brackets included.
MOST_TEXT = 500
#: Marketing messages go out from 8 to 22 o'clock in Beijing.
BEIJING = timezone(timedelta(hours=8))
OPENS, CLOSES = 8, 22
#: A parameter of a template for verification: 0 to 6 digits.
_CODE = re.compile(r"[0-9]{0,6}")
#: What ends or divides a value where arrays are texts without a way to escape it.
_DIVIDING = re.compile(r"""[,\[\]"'\\]""")
_VARIABLE = re.compile(r"\{([0-9]{1,4})\}")
#: Values of so many characters are covered, as in the vendor's own records of what was sent.
_COVERED = 3
_BULLET, _DIGIT = "•", "#"


@dataclass(frozen=True, slots=True)
class Template:
    """The text that a probe sends, as it stands approved. ``place``: for the mainland, abroad, or
    ``None`` for both; ``parameters``: how many values it takes, ``None`` where nobody knows.
    """

    id: str
    content: str = ""
    active: bool = True
    type: str | None = None
    abroad: bool | None = None
    parameters: int | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign that a probe sends with."""

    text: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Param:
    """A value of a template's variable. ``fresh``: drawn for this send, so shown to nobody."""

    value: str = field(repr=False)
    fresh: bool = False

    @property
    def covered(self) -> str:
        """The value as it may be shown; of the same length."""
        if self.fresh:
            return _DIGIT * len(self.value)
        if len(self.value) < _COVERED:
            return self.value
        return f"{self.value[0]}{_BULLET * (len(self.value) - 2)}{self.value[-1]}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A probe before it is sent. ``number`` is ``None`` where what was given is none; ``wanted``:
    a sign is declared, or needed; ``domestic``: what the vendor or its country code says.
    """

    number: str | None = field(repr=False)
    template: Template | None
    sign: Sign | None = None
    params: tuple[Param, ...] = ()
    domestic: bool = True
    needs_sign: bool = True
    plain_arrays: bool = False
    at: float = 0.0

    @property
    def abroad(self) -> bool:
        """Whether the message counts as international."""
        return not self.domestic

    @property
    def text(self) -> str:
        """The whole message, its values covered."""
        body = _rendered(self.template.content if self.template else "", self.params)
        if self.sign is None or not body:
            return body
        return f"【{self.sign.text}】{body}" if self.domestic else f"[{self.sign.text}]{body}"

    @property
    def segments(self) -> int | None:
        """How many messages are billed; ``None`` where the text is unknown."""
        if self.template is None or not self.template.content:
            return None
        body = _rendered(self.template.content, self.params)
        # Covered digits count like digits, and bullets stand for characters of any kind.
        sign = len(self.sign.text) if self.sign else -2
        return segments.count(body, international=self.abroad, sign=sign)


def _rendered(content: str, params: Sequence[Param]) -> str:
    def value(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        return params[place].covered if 0 <= place < len(params) else match[0]

    return _VARIABLE.sub(value, content)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is sent: a code that stays, and words."""

    code: str
    why: Text


@dataclass(frozen=True, slots=True)
class Check:
    """One row: the code, what must hold, and what to say if it does not."""

    code: str
    holds: Callable[[Draft], bool]
    why: Text


def _daytime(draft: Draft) -> bool:
    return OPENS <= datetime.fromtimestamp(draft.at, BEIJING).hour < CLOSES


def _type(draft: Draft) -> str | None:
    return draft.template.type if draft.template else None


def _abroad(draft: Draft) -> bool | None:
    return draft.template.abroad if draft.template else None


def _counted(draft: Draft) -> bool:
    wanted = draft.template.parameters if draft.template else None
    return wanted is None or wanted == len(draft.params)


# fmt: off
CHECKS: tuple[Check, ...] = (
    Check("NumberFormat", lambda draft: draft.number is not None,
          T("the number is no number in E.164 form, such as +8613800000000")),
    Check("TemplateMissing", lambda draft: draft.template is not None,
          T("the template has no object in the account: apply it first")),
    Check("TemplateNotActive", lambda draft: draft.template is None or draft.template.active,
          T("the template is not active: its review is not over, or it was withdrawn")),
    Check("SignMissing", lambda draft: draft.sign is not None or not draft.needs_sign,
          T("the sign has no object in the account: apply it first")),
    Check("SignNotActive", lambda draft: draft.sign is None or draft.sign.active,
          T("the sign is not active: its review is not over, or it was withdrawn")),
    Check("DomesticTemplate", lambda draft: draft.domestic or _abroad(draft) is not False,
          T("the template is for numbers of the Chinese mainland, and this is another one")),
    Check("InternationalTemplate", lambda draft: not draft.domestic or _abroad(draft) is not True,
          T("the template is for numbers outside the Chinese mainland, and this is one of it")),
    Check("ParameterCount", _counted,
          T("the template has another number of variables than the probe has params")),
    Check("ParameterFormat",
          lambda draft: _type(draft) != "verification"
          or all(_CODE.fullmatch(param.value) for param in draft.params),
          T("a template for verification takes values of 0 to 6 digits, and nothing else")),
    Check("ParameterArray",
          lambda draft: not draft.plain_arrays
          or not any(_DIVIDING.search(param.value) for param in draft.params),
          T("this channel has no way to send a comma, bracket, quote or backslash in a value")),
    Check("TextTooLong", lambda draft: len(draft.text) <= MOST_TEXT,
          T("the message is longer than 500 characters")),
    Check("MarketingHours", lambda draft: _type(draft) != "marketing" or _daytime(draft),
          T("marketing messages go out from 8 to 22 o'clock, Beijing time")),
)
# fmt: on


def refusal(draft: Draft) -> Refusal | None:
    """Why a draft is not sent, by the first check that does not hold."""
    row = next((row for row in CHECKS if not row.holds(draft)), None)
    return None if row is None else Refusal(row.code, row.why)
