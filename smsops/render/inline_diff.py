"""Inline diff: the parts of a text that a change touches. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

#: What changes as a whole: a variable, a word, or any other character (so each Chinese one).
_TOKEN = re.compile(r"\{[0-9]+\}|[A-Za-z0-9]+|.", re.DOTALL)
#: More tokens between what two texts have in common at both ends are not looked into.
_MOST = 200
#: Texts that share less than this are two texts: marking nearly everything says nothing.
_ALIKE = 0.3

#: A part of a text, and whether the other text does not have it.
Segment = tuple[str, bool]


def segments(before: str, after: str) -> tuple[list[Segment], list[Segment]]:
    """Both texts in parts that alternate between what they share and what differs."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = _shared(zip(old, new, strict=False))
    rest = min(len(old), len(new)) - start
    end = min(_shared(zip(reversed(old), reversed(new), strict=False)), rest)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    marks_old = [False] * start + [True] * len(middle_old) + [False] * end
    marks_new = [False] * start + [True] * len(middle_new) + [False] * end
    if max(len(middle_old), len(middle_new)) <= _MOST:
        matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
        for block in matcher.get_matching_blocks():
            for offset in range(block.size):
                marks_old[start + block.a + offset] = False
                marks_new[start + block.b + offset] = False
    if marks_old.count(False) < _ALIKE * max(len(old), len(new)):
        return [(before, False)], [(after, False)]
    return (
        _merged(zip(old, marks_old, strict=True)),
        _merged(zip(new, marks_new, strict=True)),
    )


def compared(before: str, after: str) -> tuple[list[Segment], list[Segment]]:
    """Two values as they are shown, in parts; only texts, which are in quotes, have several."""
    if not before[:1] == after[:1] == '"':
        return [(before, False)], [(after, False)]
    old, new = segments(before[1:-1], after[1:-1])
    return _quoted(old), _quoted(new)


def _quoted(parts: Sequence[Segment]) -> list[Segment]:
    return _merged([('"', False), *parts, ('"', False)])


def _shared(pairs: Iterable[tuple[str, str]]) -> int:
    """How many pairs are equal before the first that is not."""
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _merged(parts: Iterable[Segment]) -> list[Segment]:
    """Neighbours with the same mark in one part."""
    merged: list[Segment] = []
    for part, marked in parts:
        if merged and merged[-1][1] is marked:
            merged[-1] = (merged[-1][0] + part, marked)
        else:
            merged.append((part, marked))
    return merged
