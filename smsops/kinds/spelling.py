"""Text normalisation: which observed value is the accepted one, spelled by the API. Pure.

A service may write a text in another form than the one it was sent. Only forms that no reader would
call another text are accepted; any other difference is a change that somebody made.
"""

from __future__ import annotations

import re
import unicodedata

from smsops.kinds.kind import satisfies
from smsops.model import Observed, RecordedObject, ReviewState, Value

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


_SETTLED = (ReviewState.ACTIVE, ReviewState.APPROVED)


def turned(recorded: RecordedObject, seen: Observed) -> bool:
    """Whether the object became approved or active since it was recorded.

    The API may settle on its own spelling at that moment, so the spelling is taken again.
    """
    before = recorded.review.code if recorded.review else None
    return seen.review.state in _SETTLED and seen.review.code != before


def baseline(recorded: RecordedObject, name: str) -> Value:
    """What an observed field is compared with: the spelling that was read back, else what was
    submitted. Raises ``KeyError`` when neither is known.
    """
    return recorded.read_back[name] if name in recorded.read_back else recorded.submitted[name]


def accepted(recorded: RecordedObject, seen: Observed, name: str) -> bool:
    """Whether an observed field has its baseline value, or, where the spelling is due to be taken,
    a spelling of it. A field without a baseline is accepted as it is.
    """
    now = seen.spec[name]
    try:
        before = baseline(recorded, name)
    except KeyError:
        return True
    if before == now or satisfies(before, now):
        return True
    due = name not in recorded.read_back or turned(recorded, seen)
    return due and respells(before, now)
