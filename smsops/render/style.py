"""Style of text output: colour, values, durations, counts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smsops.model import Review, ReviewState, Value
from smsops.text.sanitise import terminal

#: What stands in the place of an image; any other text may come from anybody.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def paint(text: str, code: str, *, colour: bool) -> str:
    """``text`` in an SGR colour, when ``colour``."""
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def value(item: Value, *, ci: bool = False) -> str:
    """A field's value: texts in quotes, digests short, ``-`` for nothing."""
    if item is None:
        return "-"
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return str(item)
    if _DIGEST.fullmatch(item):
        return f"image {item[:19]}"
    return '"' + terminal(item, ci=ci).replace('"', '\\"') + '"'


def duration(seconds: float) -> str:
    """``4 s``, ``2 min``, ``1.5 h``: as much as a person wants to know."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def review_words(review: Review) -> str:
    """``in review``; for a code that smsops does not know, ``review code 7``."""
    unknown = review.state is ReviewState.UNKNOWN
    return f"review code {review.code}" if unknown else review.state.words


def plural(count: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def counted(counts: Iterable[tuple[int, str]]) -> str:
    """``1 to replace, 1 to delete``: the counts that are not zero."""
    return ", ".join(f"{number} {word}" for number, word in counts if number)


def joined(*groups: str) -> str:
    """Groups of counts as one phrase: ``1 to replace; 1 held``. Empty groups are left out."""
    return "; ".join(group for group in groups if group)
