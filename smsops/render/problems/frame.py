"""Code frame: the line of a problem with a caret under its column. Pure."""

from __future__ import annotations

from smsops.render.style import paint
from smsops.text.sanitise import terminal
from smsops.text.width import width

#: Characters on either side of the column that are looked at; a terminal shows far fewer.
_NEAR = 2_000
#: What a tab becomes, wherever it stands.
_TAB = "    "
#: The width where none is known.
_USUAL = 100
_CUT = "…"


def frame(
    line: str,
    number: int,
    column: int,
    *,
    columns: int | None = None,
    code: str = "31",
    colour: bool = False,
) -> list[str]:
    """Three lines. ``column`` counts characters from 1; ``columns`` is the terminal's width,
    ``code`` the colour of the caret.
    """
    gutter = str(number)
    room = max((columns or _USUAL) - len(gutter) - 3, 20)
    at = max(column - 1, 0)
    before = _end(_visible(line[:at][-_NEAR:]), room * 2 // 3, cut=at > _NEAR)
    after = _start(_visible(line[at : at + _NEAR]), room - width(before))
    empty = " " * len(gutter)
    return [
        f"{empty} |",
        f"{gutter} | {before}{after}".rstrip(),
        f"{empty} | {' ' * width(before)}{paint('^', code, colour=colour)}",
    ]


def _visible(text: str) -> str:
    return terminal(text.replace("\t", _TAB))


def _end(text: str, columns: int, *, cut: bool) -> str:
    """As much of the end of ``text`` as fits."""
    if width(text) <= columns and not cut:
        return text
    while width(text) >= columns:
        # At least one character, and as many as surely are too many.
        text = text[max(1, (width(text) - columns) // 2) :]
    return _CUT + text


def _start(text: str, columns: int) -> str:
    """As much of the start of ``text`` as fits."""
    if width(text) <= columns:
        return text
    while width(text) >= columns:
        text = text[: -max(1, (width(text) - columns) // 2)]
    return text + _CUT
