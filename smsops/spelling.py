"""Text normalisation: which observed text is the submitted one, spelled by the API. Pure.

A service may write a text in another form than the one it was sent. Only forms that no reader would
call another text are accepted; any other difference is a change that somebody made.
"""

from __future__ import annotations

import re
import unicodedata

from smsops.model import Value

_WHITE_SPACE = re.compile(r"\s+")
_VARIABLE = re.compile(r"\{[0-9]+\}")


def norm(text: str) -> str:
    """The form in which texts are compared: NFKC, so also full and half width, and every run of
    white space, line ends included, as one space, trimmed.
    """
    return _WHITE_SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def variables(text: str) -> list[str]:
    """The variables of a text, ``{1}``, in the order in which they stand."""
    return _VARIABLE.findall(text)


def respells(before: Value, after: Value) -> bool:
    """Whether ``after`` is ``before``, equal or spelled in another way, with the same variables."""
    if isinstance(before, str) and isinstance(after, str):
        return before == after or (
            variables(before) == variables(after) and norm(before) == norm(after)
        )
    return type(before) is type(after) and before == after
