"""Tokens of a source file, without its comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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
_HEREDOC = "<<<"
#: Languages in which a text in quotation marks ends on its line, unless a backslash ends that.
_LINES = frozenset({"javascript", "typescript"})
_BROKEN = re.compile(r"(?<!\\)\n")
_DECIMAL = re.compile(r"[0-9][0-9_]*[lLn]?")
_TOGETHER = re.compile(r"[\w?.$]+")
_PARTS = re.compile(r"(?P<number>[0-9]\w*)|(?P<name>[\w$]+)|\.\.\.|\?\.|.")
_QUOTE = re.compile(r"\"\"\"|'''|[\"'`]")


def source(text: str, language: str) -> Source:
    """``text`` in tokens. What no language knows is left out, as a lexer does."""
    return bracketed(tuple(_tokens(text, language)), language)


@dataclass(slots=True)
class _Begun:
    """A text that has not ended: its quotation mark, where it begins, and its parts so far."""

    mark: str
    place: tuple[int, int]
    parts: list[str] = field(default_factory=list)
    plain: bool = True
    #: Names of a heredoc: the one that begins it, then the one that ends it.
    names: int = 0

    def ended(self, value: str) -> bool:
        """Whether ``value`` was its last part."""
        if self.mark == _HEREDOC:
            return self.names == 2
        before = value.removesuffix(self.mark)
        escaped = (len(before) - len(before.rstrip("\\"))) % 2
        return before != value and not escaped

    def token(self, *, whole: bool = True) -> Token:
        """The text as a token. ``whole``: whether it ends."""
        inner = "".join(self.parts)
        if self.mark == _HEREDOC:
            inner = inner[inner.find("\n") :].rpartition("\n")[0]
        elif whole:
            inner = inner[: -len(self.mark)]
        if not whole:
            return Token(Sort.ENDLESS, inner, *self.place)
        return Token(Sort.TEXT if self.plain else Sort.PUT_TOGETHER, inner, *self.place)


def _tokens(text: str, language: str) -> Iterator[Token]:
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

    lines = _Lines(text)
    begun: _Begun | None = None
    for at, sort, value in _lexed(text, language):
        if begun is not None:
            string = is_token_subtype(sort, String)
            begun.parts.append(value)
            begun.plain &= string and not is_token_subtype(sort, String.Interpol)
            begun.names += is_token_subtype(sort, String.Delimiter)
            if string and begun.ended(value):
                yield begun.token()
                begun = None
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
            if value == _HEREDOC:
                begun = _Begun(value, lines.place(at))
            elif mark and (len(value) < 2 * len(mark) or not value.endswith(mark)):
                begun = _Begun(mark, lines.place(at), [value[len(mark) :]])
            else:
                inner = value[len(mark) : -len(mark)] if mark else value
                yield Token(Sort.TEXT, inner, *lines.place(at))
        elif is_token_subtype(sort, Number):
            yield Token(Sort.NUMBER, _plain(value), *lines.place(at))
        elif (
            is_token_subtype(sort, Name)
            or is_token_subtype(sort, Keyword)
            or is_token_subtype(sort, Operator.Word)
        ):
            for offset, kind, part in _words(value, language):
                yield Token(kind, part, *lines.place(at + offset))
        elif is_token_subtype(sort, Punctuation) or is_token_subtype(sort, Operator):
            for offset, part in _marks(value):
                yield Token(Sort.MARK, part, *lines.place(at + offset))
    if begun is not None:
        yield begun.token(whole=False)


def _lexed(text: str, language: str) -> Iterator[tuple[int, Any, str]]:
    """What the lexer says. In JavaScript no text in quotation marks goes on over the end of a line:
    such a mark is the apostrophe of a text in JSX, and what follows is read again.
    """
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False)
    start: int | None = 0
    while start is not None:
        begin, start = start, None
        for at, sort, value in lexer.get_tokens_unprocessed(text[begin:]):
            if language in _LINES and value[:1] in "'\"" and _BROKEN.search(value):
                start = begin + at + 1
                break
            yield begin + at, sort, value


def _words(value: str, language: str) -> Iterator[tuple[int, Sort, str]]:
    """What a name is. Around a colon the lexer of TypeScript takes all of ``sms.ID``, ``a?.b``,
    ``id?``, ``...rest`` and ``1110`` for one.
    """
    if language != "typescript" or _TOGETHER.fullmatch(value) is None:
        yield 0, Sort.NAME, value
        return
    for match in _PARTS.finditer(value):
        sort = Sort.NUMBER if match["number"] else Sort.NAME if match["name"] else Sort.MARK
        part = match.group()
        yield match.start(), sort, _plain(part) if sort is Sort.NUMBER else part


def _plain(number: str) -> str:
    """``449_739L`` is 449739."""
    return number.replace("_", "").rstrip("lLn") if _DECIMAL.fullmatch(number) else number


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
