"""Tokens of a source file, without its comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from smsops.sources.lexemes import Sort, Source, Token, bracketed

#: End of a file's name -> the lexer of its language.
LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys((".py", ".pyi"), "python"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts", ".tsx"), "typescript"),
    ".java": "java",
    ".go": "go",
    ".php": "php",
}
_QUOTE = re.compile(r"\"\"\"|'''|[\"'`]")


def source(text: str, language: str) -> Source:
    """``text`` in tokens. What no language knows is left out, as a lexer does."""
    return bracketed(tuple(_tokens(text, language)), language)


def _tokens(text: str, language: str) -> Iterator[Token]:
    from pygments.lexers import get_lexer_by_name
    from pygments.token import (
        Comment,
        Keyword,
        Name,
        Number,
        Operator,
        Punctuation,
        String,
        is_token_subtype,
    )

    lexer = get_lexer_by_name(language, stripnl=False)
    lines = _Lines(text)
    begun: list[str] = []  # a text that has not ended: its quotation mark, then its parts
    place, plain = (0, 0), True
    for at, sort, value in lexer.get_tokens_unprocessed(text):
        if begun:
            begun.append(value)
            plain = (
                plain
                and is_token_subtype(sort, String)
                and not is_token_subtype(sort, String.Interpol)
            )
            if is_token_subtype(sort, String) and value.endswith(begun[0]):
                inner = "".join(begun[1:])[: -len(begun[0])]
                yield Token(Sort.TEXT if plain else Sort.PUT_TOGETHER, inner, *place)
                begun = []
        elif (
            not value.strip()
            or is_token_subtype(sort, Comment)
            or is_token_subtype(sort, String.Affix)
            or is_token_subtype(sort, String.Doc)
        ):
            continue
        elif is_token_subtype(sort, String):
            quote = _QUOTE.match(value)
            mark = quote.group() if quote else ""
            if mark and (len(value) < 2 * len(mark) or not value.endswith(mark)):
                begun, place, plain = [mark, value[len(mark) :]], lines.place(at), True
            else:
                inner = value[len(mark) : -len(mark)] if mark else value
                yield Token(Sort.TEXT, inner, *lines.place(at))
        elif is_token_subtype(sort, Number):
            yield Token(Sort.NUMBER, value, *lines.place(at))
        elif (
            is_token_subtype(sort, Name)
            or is_token_subtype(sort, Keyword)
            or is_token_subtype(sort, Operator.Word)
        ):
            yield Token(Sort.NAME, value, *lines.place(at))
        elif is_token_subtype(sort, Punctuation) or is_token_subtype(sort, Operator):
            for offset, part in _marks(value):
                yield Token(Sort.MARK, part, *lines.place(at + offset))


def _marks(value: str) -> Iterator[tuple[int, str]]:
    """``);`` is two, ``=>`` is one."""
    for match in re.finditer(r"\.\.\.|[=:!<>?|&*+.-]+|.", value.rstrip()):
        if match.group().strip():
            yield match.start(), match.group()


class _Lines:
    """Lines and columns of a text, asked for in its order."""

    def __init__(self, text: str) -> None:
        self._text, self._line, self._start, self._next = text, 1, 0, text.find("\n")

    def place(self, at: int) -> tuple[int, int]:
        while 0 <= self._next < at:
            self._line, self._start = self._line + 1, self._next + 1
            self._next = self._text.find("\n", self._start)
        return self._line, at - self._start + 1
