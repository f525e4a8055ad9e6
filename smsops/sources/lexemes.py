"""Lexemes of a source file and its brackets, in whatever language. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

_PAIRS = {")": "(", "]": "[", "}": "{"}


class Sort(Enum):
    """What a token is: a word of the program, a literal, a bracket or an operator."""

    NAME = auto()
    TEXT = auto()
    NUMBER = auto()
    MARK = auto()
    #: A text with values in it, which nobody knows before it runs.
    PUT_TOGETHER = auto()
    #: What follows a quotation mark that no other ends: it was read wrongly.
    ENDLESS = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token. ``value``: of a text, what is between its quotation marks, as written."""

    sort: Sort
    value: str
    line: int
    column: int

    @property
    def canonical(self) -> str:
        """The name without case, ``_``, ``-`` and ``$``: ``TemplateId``, ``template_id``."""
        return re.sub(r"[_$-]", "", self.value).lower()


@dataclass(frozen=True, slots=True)
class Source:
    """A file in its tokens. ``parent``: by token, the bracket that it stands in, -1 for none;
    ``closing``: by opening bracket, where it closes; ``opening``: the reverse; ``names``: where
    each name stands. ``values``: for a name and its object that were looked up, where the value
    begins that it always has; ``chains``: for a call that was, where its chain begins.
    """

    language: str
    lexemes: Sequence[Token]
    parent: Sequence[int]
    closing: Mapping[int, int]
    opening: Mapping[int, int]
    names: Mapping[str, Sequence[int]]
    values: dict[tuple[str, str], int | None] = field(default_factory=dict)
    chains: dict[int, int] = field(default_factory=dict)

    def mark(self, at: int) -> str:
        """The operator or bracket at a position; empty for anything else."""
        if 0 <= at < len(self.lexemes) and self.lexemes[at].sort is Sort.MARK:
            return self.lexemes[at].value
        return ""

    def name(self, at: int) -> str:
        """The name at a position; empty for anything else."""
        if 0 <= at < len(self.lexemes) and self.lexemes[at].sort is Sort.NAME:
            return self.lexemes[at].value
        return ""


def bracketed(found: Sequence[Token], language: str) -> Source:
    """A source of these tokens, with its brackets matched; one that does not match stands alone."""
    parent, closing, open_ = [], {}, [-1]
    for at, token in enumerate(found):
        opened = found[open_[-1]].value if len(open_) > 1 else ""
        if token.sort is Sort.MARK and opened and opened == _PAIRS.get(token.value):
            closing[open_.pop()] = at
        parent.append(open_[-1])
        if token.sort is Sort.MARK and token.value in _PAIRS.values():
            open_.append(at)
    names: dict[str, list[int]] = defaultdict(list)
    for at, token in enumerate(found):
        if token.sort is Sort.NAME:
            names[token.value].append(at)
    opening = {end: start for start, end in closing.items()}
    return Source(language, found, parent, closing, opening, names)
