"""What a person most likely meant where YAML sees a syntax error. Pure; a table of hints.

libyaml says what its grammar expected, often a line too late. Each row names the complaint, what
the text around it looks like, and what to do about it, at the place where it has to be done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from smsops.text.messages import T, Text

#: Of a long line only this much is looked at.
MAX_WIDTH = 500
#: So many lines before a complaint its cause is looked for.
MAX_LINES = 50

#: A value that starts with a variable and has no quotes: YAML takes the brace for a mapping.
_BARE_VARIABLE = re.compile(r"(?:^|[:\-,\[{]) {0,9}(?P<brace>\{ ?\w{0,20} ?\})")
#: ``kind:Template``: without a space it is a text and no entry.
_NO_SPACE = re.compile(r" {0,99}(?:- )?[A-Za-z]\w{0,63}:(?=\S)(?!//)")
_ENTRY = re.compile(r" {0,99}(?:- )?[^\s'\"#][^:#]{0,63}: ")
#: An entry, but for one whose value starts with a variable.
_OTHER_ENTRY = re.compile(_ENTRY.pattern + r"(?! {0,9}\{ ?\w{0,20} ?\})")


_BRACKETED = re.compile(r"(?:: {1,9}|- )(?P<bracket>[\[{])[^\[\]{}]{0,99}[\]}] {0,9}\Z")
#: The last escape of a code; the parser notices at one of its digits.
_CODE = re.compile(r"\\(?P<letter>[xuU])[^\\]{0,9}\Z")
#: A drive, or a picture's name.
_PATH = re.compile(r"\"[A-Za-z]:\\|\.(?:png|jpe?g)\"", re.IGNORECASE)


class Place(NamedTuple):
    """A position in a text; both count from 1."""

    line: int
    column: int


class Complaint(NamedTuple):
    """What the parser said. ``at``: where it noticed; ``since``: where what it read began."""

    problem: str
    at: Place
    since: Place
    lines: Sequence[str]

    def line(self, number: int) -> str:
        """A line by its number, or nothing."""
        return self.lines[number - 1][:MAX_WIDTH] if 0 < number <= len(self.lines) else ""

    @property
    def character(self) -> str:
        """The character at which the parser noticed."""
        return self.line(self.at.line)[self.at.column - 1 : self.at.column]


class Hint(NamedTuple):
    """What to do, and where."""

    place: Place
    text: Text


def _starting(character: str) -> Text:
    return T("put a value that starts with {character} in quotes", character=character)


def _bare_variable(complaint: Complaint) -> Hint | None:
    last = min(complaint.at.line, len(complaint.lines))
    for number in range(last, max(complaint.since.line, complaint.at.line - MAX_LINES) - 1, -1):
        bare = _BARE_VARIABLE.search(complaint.line(number))
        # What the parser had not yet come to is not what it complains of.
        if bare and (number, bare.start("brace")) < complaint.at:
            place = Place(number, bare.start("brace") + 1)
            return Hint(place, _starting("{"))
    return None


def _open_quote(complaint: Complaint) -> Hint | None:
    return Hint(complaint.since, T("the quote that opens here is never closed"))


def _open_bracket(complaint: Complaint) -> Hint | None:
    opened = complaint.line(complaint.since.line)[
        complaint.since.column - 1 : complaint.since.column
    ]
    text = T(
        "the {bracket} that opens here is never closed; put it in quotes if it is part of a text",
        bracket=opened,
    )
    return Hint(complaint.since, text)


def _missing_space(complaint: Complaint) -> Hint | None:
    for number in (complaint.at.line, complaint.at.line - 1):
        line = complaint.line(number)
        if (found := _NO_SPACE.match(line)) and not _ENTRY.match(line):
            return Hint(Place(number, found.end()), T("put a space after the ':'"))
    return None


def _colon(complaint: Complaint) -> Hint | None:
    if _OTHER_ENTRY.match(complaint.line(complaint.at.line)[: complaint.at.column - 1]):
        return Hint(complaint.at, T("put a value that contains ': ' in quotes"))
    return None


def _indented(complaint: Complaint) -> Hint | None:
    return Hint(complaint.at, T("indent this line like the one that it belongs with"))


def _long_key(complaint: Complaint) -> Hint | None:
    # YAML 1.2, 7.4.2: an implicit key has at most 1024 characters.
    if complaint.at.line != complaint.since.line:
        return None
    return Hint(complaint.since, T("a key has at most 1024 characters"))


def _no_entry(complaint: Complaint) -> Hint | None:
    text = T("this line is no `key: value`; put a text of several lines in quotes")
    return Hint(complaint.since, text)


def _tab(complaint: Complaint) -> Hint | None:
    if complaint.character != "\t":
        return None
    return Hint(complaint.at, T("indent with spaces, not with a tab"))


def _reserved(complaint: Complaint) -> Hint | None:
    if not complaint.character.strip():
        return None
    return Hint(complaint.at, _starting(complaint.character))


def _marker(complaint: Complaint) -> Hint | None:
    return Hint(complaint.since, T("put a value that starts with & or * in quotes"))


def _block(complaint: Complaint) -> Hint | None:
    return Hint(complaint.since, T("put a value that starts with | or > in quotes"))


def _after_quote(complaint: Complaint) -> Hint | None:
    if complaint.line(complaint.at.line)[: complaint.at.column - 1].rstrip()[-1:] not in ("'", '"'):
        return None
    text = T("text follows the closing quote; put the whole value in one pair of quotes")
    return Hint(complaint.at, text)


def _bracketed(complaint: Complaint) -> Hint | None:
    """``[a] b``: a list, and then something."""
    found = _BRACKETED.search(complaint.line(complaint.at.line)[: complaint.at.column - 1])
    if found is None:
        return None
    place = Place(complaint.at.line, found.start("bracket") + 1)
    return Hint(place, _starting(found["bracket"]))


def _tagged(complaint: Complaint) -> Hint | None:
    return Hint(complaint.since, _starting("!"))


def _code(complaint: Complaint) -> Hint | None:
    before = complaint.line(complaint.at.line)[: complaint.at.column]
    found = _CODE.search(before)
    if found is None:
        return None
    message = T(
        "{escape} in double quotes starts a code of {digits} hexadecimal digits; use single "
        "quotes, and / in paths",
        escape=f"\\{found['letter']}",
        digits={"x": 2, "u": 4, "U": 8}[found["letter"]],
    )
    return Hint(Place(complaint.at.line, found.start() + 1), message)


def _no_character(complaint: Complaint) -> Hint | None:
    return Hint(complaint.at, T("no character has this code; write the character itself"))


def _path(complaint: Complaint) -> Hint | None:
    if not _PATH.search(complaint.line(complaint.at.line)):
        return None
    return Hint(complaint.at, T("a \\ in double quotes starts an escape; write / in paths"))


def _escape(complaint: Complaint) -> Hint | None:
    return Hint(complaint.at, T("a \\ in double quotes starts an escape; use single quotes"))


#: (what the parser complains of, what it looks like), asked in this order.
ROWS: tuple[tuple[str, Callable[[Complaint], Hint | None]], ...] = (
    ("quoted scalar, found unexpected end of stream", _open_quote),
    ("cannot start any token", _tab),
    ("found a tab character", _tab),
    ("mapping values are not allowed", _colon),
    ("", _bare_variable),
    ("mapping values are not allowed", _missing_space),
    ("mapping values are not allowed", _indented),
    ("could not find expected ':'", _long_key),
    ("could not find expected ':'", _no_entry),
    ("sequence entries are not allowed", _reserved),
    ("cannot start any token", _reserved),
    ("expected alphabetic or numeric character", _marker),
    ("expected node content", _reserved),
    ("expected comment or line break", _block),
    ("did not find expected ',' or", _open_bracket),
    ("unknown escape character", _path),
    ("unknown escape character", _escape),
    ("hexdecimal number", _code),
    ("hexadecimal number", _code),
    ("invalid Unicode character escape", _no_character),
    ("scanning a tag", _tagged),
    ("mapping keys are not allowed", _reserved),
    ("did not find expected key", _bracketed),
    ("did not find expected key", _after_quote),
    ("did not find expected key", _indented),
    ("did not find expected '-' indicator", _indented),
    ("did not find expected <document start>", _indented),
)


def meant(complaint: Complaint) -> Hint | None:
    """The first hint that fits, if any."""
    for problem, looks in ROWS:
        if problem in complaint.problem and (hint := looks(complaint)):
            return hint
    return None
