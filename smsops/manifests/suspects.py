"""Suspicious bytes: what was typed, pasted or left behind where YAML needs something else. Pure.

A table, asked before the parser's own complaint (:mod:`smsops.manifests.yaml_hints`): to YAML most
of these bytes are letters, so it complains somewhere else, or not at all and the schema does. Only
a file that has an error is looked at: every one of these bytes may be meant in a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from smsops.errors import Problem
from smsops.manifests.yaml_hints import MAX_WIDTH, Complaint, Hint, Place
from smsops.text.characters import named
from smsops.text.messages import T, Text, joined

#: White space that does not indent and does not separate.
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: Full-width and curly characters -> what YAML has in their place.
_MEANT = {
    **dict(zip("：，［］｛｝＃＂＇", ":,[]{}#\"'", strict=True)),
    **dict.fromkeys("“”„", '"'),
}
_MEANT |= dict.fromkeys("‘’", "'")
_KEY = r"[a-z]\w{0,63}"


def _instead(found: str) -> Text:
    written = {":": ": ", ",": ", "}.get(_MEANT[found], _MEANT[found])
    return T("{byte} is a letter to YAML; write {meant}", byte=named(found), meant=repr(written))


def _indent(found: str) -> Text:
    return T("{byte} does not indent; write plain spaces", byte=named(found[0]))


def _separate(found: str) -> Text:
    return T("{byte} is no space to YAML; write a plain one", byte=named(found))


def _dashes(found: str) -> Text:
    written = "- " if len(found) == 1 else "---"
    return T("{byte} is no '-' to YAML; write {meant}", byte=named(found[0]), meant=repr(written))


def _comment(_found: str) -> Text:
    return T("a # after a space starts a comment; put a value that starts with # in quotes")


def _escaped(found: str) -> Text:
    return T(
        "{escape} in double quotes is no backslash and a letter; use single quotes, and / in paths",
        escape=found,
    )


class Suspect(NamedTuple):
    """Suspicious bytes: the group ``byte`` of a pattern, and what to write instead.

    ``problem`` is a part of the complaint that they cause; ``beside``: it may be about the line
    that follows, or the one where what the parser read began.
    """

    pattern: re.Pattern[str]
    hint: Callable[[str], Text]
    problem: str = ""
    beside: bool = True


#: Bytes that break the grammar, looked for in the lines around a complaint.
IN_LINES: tuple[Suspect, ...] = (
    Suspect(
        re.compile(rf" {{0,99}}[{_SPACES} ]*?(?P<byte>[{_SPACES}])[{_SPACES} ]*(?:- )?{_KEY}[:：]"),
        _indent,
    ),
    Suspect(re.compile(rf"[ \t]{{0,99}}(?:- )?{_KEY}(?P<byte>：)"), _instead),
    Suspect(re.compile(rf"[^\"']{{0,400}}[{{,] {{0,9}}{_KEY}(?P<byte>：)"), _instead),
    Suspect(re.compile(rf"[ \t]{{0,99}}(?:- )?{_KEY}:(?P<byte>[{_SPACES}])"), _separate),
    Suspect(
        re.compile(rf"[ \t]{{0,99}}(?:- |{_KEY}: {{1,9}})?(?P<byte>[｛［“”„‘’＂＇])"),
        _instead,
        beside=False,
    ),
    Suspect(
        re.compile(rf"[^\"']{{0,400}}?[\[{{][^\"'\[\]{{}}]{{0,400}}?(?P<byte>，) {{0,9}}{_KEY}: "),
        _instead,
        "',' or",
    ),
    Suspect(
        re.compile(r"[^\"']{0,400}?[\[{][^\"'\[\]{}]{0,400}?(?P<byte>[］｝])\s*(?:[,\]}].*)?\Z"),
        _instead,
        "',' or",
    ),
    Suspect(re.compile(r"(?P<byte>[—–―－─‐‑]{2,6})\s*\Z"), _dashes),
    Suspect(re.compile(r"[ \t]{0,99}(?P<byte>＃)"), _instead),
)

#: Bytes that change what a value or a key is, looked for where one breaks the schema.
AT_VALUES: tuple[Suspect, ...] = (
    Suspect(re.compile(r"(?P<byte>[｛［“”„‘’＂＇＃])"), _instead),
    Suspect(re.compile(rf"{_KEY}(?P<byte>：)"), _instead),
    Suspect(re.compile(rf"(?P<byte>[{_SPACES}])"), _indent),
    Suspect(re.compile(rf"-(?P<byte>[{_SPACES}])"), _separate),
    Suspect(re.compile(r"(?P<byte>[－–—•‐‑])[ \u00a0\u3000]"), _dashes),
    Suspect(re.compile(rf"{_KEY}: {{1,9}}(?P<byte>#)[^\s#]"), _comment),
    Suspect(re.compile(r'"(?:[^"\\]|\\["\\])*(?P<byte>\\[^"\\])'), _escaped),
)


class Foreign(NamedTuple):
    """Something else than YAML: how its text starts, and what to do."""

    pattern: re.Pattern[str]
    hint: Text


#: What a whole file is instead.
FILES: tuple[Foreign, ...] = (
    Foreign(
        re.compile(r"version https://git-lfs\.github\.com/"),
        T(
            "this is a pointer of Git LFS, not the file; fetch it with `git lfs pull`, or take "
            "YAML out of .gitattributes"
        ),
    ),
    Foreign(
        re.compile(r"\s{0,99}<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE),
        T("this is a web page (HTML or XML), not YAML; download the raw file"),
    ),
    Foreign(
        re.compile(r"\$ANSIBLE_VAULT;"),
        T("this is encrypted by Ansible Vault; manifests are not secret, store them as they are"),
    ),
)
_MARKER = re.compile(r"^(?P<byte><{7}|={7}|>{7}|\|{7})(?: .*)?\r?$", re.MULTILINE)


def of_file(text: str) -> Hint | None:
    """What a file is that is no YAML at all."""
    for pattern, hint in FILES:
        if pattern.match(text):
            return Hint(Place(1, 1), hint)
    return None


def suspected(text: str, complaint: Complaint) -> Hint | None:
    """The bytes that most likely made the parser complain, and what to write instead."""
    return of_file(text) or _conflict(text, complaint.at.line) or _in_lines(complaint)


def _conflict(text: str, last: int) -> Hint | None:
    """Markers that a merge left, at or before the line of a complaint."""
    found = _MARKER.search(text)
    line = text.count("\n", 0, found.start()) + 1 if found else 0
    if not found or line > last:
        return None
    message = T(
        "{marker} was left by a merge; keep one side, and remove the lines of <<<<<<<, ======= "
        "and >>>>>>>",
        marker=found["byte"],
    )
    return Hint(Place(line, 1), message)


def _in_lines(complaint: Complaint) -> Hint | None:
    around = dict.fromkeys((complaint.at.line, complaint.at.line - 1, complaint.since.line))
    for number in around:
        line = complaint.line(number)
        for suspect in IN_LINES:
            beside = suspect.beside or number == complaint.at.line
            if not beside or suspect.problem not in complaint.problem or line.isascii():
                continue
            if found := suspect.pattern.match(line):
                place = Place(number, found.start("byte") + 1)
                return Hint(place, suspect.hint(found["byte"]))
    return None


def in_text(lines: Sequence[str], *, first: int) -> Hint | None:
    """The first suspicious bytes of a text that YAML reads as one value, from a line on."""
    for number in range(first, len(lines) + 1):
        place = Place(number, 1)
        if hint := _in_lines(Complaint("", place, place, lines)):
            return hint
    return None


def explained(text: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """``problems`` of a schema, with what to write instead where a suspicious byte is the cause."""
    lines = text.split("\n")
    for problem in problems:
        hint = _at_value(lines, problem.line, problem.column)
        yield replace(problem, message=joined("; ", problem.message, hint)) if hint else problem


def _at_value(lines: Sequence[str], line: int, column: int) -> Text | None:
    if not 0 < line <= len(lines):
        return None
    written = lines[line - 1][column - 1 : column - 1 + MAX_WIDTH]
    for suspect in AT_VALUES:
        if found := suspect.pattern.match(written):
            return suspect.hint(found["byte"])
    return None
