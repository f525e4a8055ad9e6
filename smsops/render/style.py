"""Style of text output: colour, values, durations, counts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smsops.model import Review, ReviewState, Value
from smsops.text.messages import T, Text, joined
from smsops.text.sanitise import terminal

#: What stands in the place of an image; any other text may come from anybody.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def paint(text: str, code: str, *, colour: bool) -> str:
    """``text`` in an SGR colour, when ``colour``."""
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def value(item: Value | float, *, ci: bool = False) -> str:
    """A field's value: texts in quotes, digests short, ``-`` for nothing."""
    if item is None:
        return "-"
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, (int, float)):
        return str(item)
    if _DIGEST.fullmatch(item):
        return str(T("image {digest}", digest=item[:19]))
    return '"' + terminal(item, ci=ci).replace('"', '\\"') + '"'


def duration(seconds: float) -> Text:
    """``4 s``, ``2 min``, ``1.5 h``: as much as a person wants to know."""
    if seconds < 90:
        return T("{count} s", count=max(1, round(seconds)))
    if seconds < 5400:
        return T("{count} min", count=round(seconds / 60))
    return T("{count} h", count=f"{seconds / 3600:.1f}")


def review_words(review: Review) -> Text:
    """``in review``; for a code that smsops does not know, ``review code 7``."""
    unknown = review.state is ReviewState.UNKNOWN
    return T("review code {code}", code=review.code) if unknown else review.state.words


def counted(counts: Iterable[tuple[int, object]]) -> Text:
    """``1 to replace, 1 to delete``: the counts that are not zero."""
    said = (T("{count} {what}", count=number, what=word) for number, word in counts if number)
    return joined(", ", *said)


def within(environment: str | None, words: Text) -> Text:
    """``words`` about an account, after the name of the environment in a project that has some."""
    if environment is None:
        return words
    return T("Environment {name}. {words}", name=environment, words=words)
