"""Display width of text on a terminal: alignment and wrapping. The one door to wcwidth. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: SGR sequences, which take no room. Everything else of this kind was made visible before.
_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")
#: What stays in one piece: a command that somebody may copy, whatever its length, and a short name.
_WHOLE = re.compile(r'(`smsops [^`]*`|"[^"\s]{1,8}")')
#: Where the rest of a wrapped line begins: below what follows its label, or its first word.
_LABEL = re.compile(r" +(?:[a-z]{1,12}: |[A-Za-z]{1,16} {2,})?")
#: The indent of the rest of a line that has none itself.
_HANGING = 4
#: On a narrower terminal nothing is wrapped: its own way is no worse.
_NARROWEST = 40


def width(text: str) -> int:
    """The columns that ``text`` takes on a terminal; wide characters take two."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # which is large, and only needed for what is not ASCII

    found = wcswidth(text)
    return found if found >= 0 else len(text)


def padded(text: str, columns: int) -> str:
    """``text`` with spaces up to ``columns``."""
    return text + " " * (columns - width(text))


def wrapped(text: str, columns: int | None) -> str:
    """``text`` with no line wider than ``columns``; what is broken keeps its indent."""
    if columns is None or columns < _NARROWEST:
        return text
    return "\n".join(_wrapped(line, columns) for line in text.split("\n"))


def _wrapped(line: str, columns: int) -> str:
    bare = _COLOUR.sub("", line)
    if width(bare) <= columns:
        return line
    label = _LABEL.match(bare)
    indent = len(label[0]) if label else _HANGING
    indent = indent if indent <= columns // 2 else _HANGING
    done: list[str] = []
    current, used, spaces = "", 0, ""
    for piece in _pieces(line):
        if piece.isspace():
            spaces += piece
            continue
        taken = 0 if _COLOUR.fullmatch(piece) else width(piece)
        if taken and used + len(spaces) + taken > columns and used > indent:
            done.append(current)
            current, used, spaces = " " * indent, indent, ""
        current += spaces + piece
        used += len(spaces) + taken
        spaces = ""
    return "\n".join([*done, current])


def _pieces(line: str) -> Iterator[str]:
    """What a line may be broken between: colours, spaces, wide characters, words, and what stays
    whole.
    """
    for part in _COLOUR.split(line):
        if _COLOUR.fullmatch(part):
            yield part
            continue
        word = ""
        for text in _WHOLE.split(part):
            if _WHOLE.fullmatch(text):
                word += text
                continue
            for character in text:
                if character == " " or width(character) > 1:
                    if word:
                        yield word
                    yield character
                    word = ""
                else:
                    word += character
        if word:
            yield word
