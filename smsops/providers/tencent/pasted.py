"""Values that were meant to be a credential and are something else: quoted, masked, cut, mixed up.

A table of what goes wrong between a console, an env file and a job. Pure; no message quotes a
value. What none of the rows fits may still be wrong, and only the API can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from smsops.text.messages import T, Text


class Fault(NamedTuple):
    """What is wrong with a value, and what to do."""

    words: Text
    remedy: Text


_AGAIN = T("Copy it again, without anything before or after it.")
_KEPT = T(
    "docker --env-file and the variables of CI services keep quotation marks as part of the value: "
    "write it without them."
)
_PLACEHOLDER = T("is a placeholder")
#: The first row that fits says what is wrong. The order matters: an end of line is white space too.
_ROWS: tuple[tuple[re.Pattern[str], Fault], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), Fault(words, remedy))
    for pattern, words, remedy in (
        (
            "[\ufeff\u200b-\u200f\u2060\u00ad]",
            T("has an invisible character in it (a byte order mark, a zero-width space)"),
            T(
                "Save the file as UTF-8 without a BOM, or type the first and the last character "
                "again."
            ),
        ),
        (r"\A\s+\Z", T("is nothing but white space"), _AGAIN),
        (
            r"\r\Z",
            T("ends with a carriage return"),
            T("The file that sets it has the line ends of Windows: save it with those of Unix."),
        ),
        (r"[\r\n]", T("has a line break in it"), _AGAIN),
        (r"\A\s|\s\Z", T("has white space at an end"), _AGAIN),
        ("\\A[\"'`“”‘’«»]|[\"'`“”‘’«»]\\Z", T("has quotation marks around it"), _KEPT),
        (
            r"\*{3}|•{3}|\A[.…]+\Z|\A\[?(?:masked|redacted|hidden)\]?\Z",
            T("is masked"),
            T("Copy it where it is shown in full; a SecretKey is shown only when it is made."),
        ),
        (
            r"\A\$\{?\w+\}?\Z|\A\$\(|\A\$?\{\{|\A%\w+%\Z",
            T("is the name of a variable"),
            T(
                "Whatever sets it does not replace variables: single quotes, a wrong name, a "
                "secret that this job does not get."
            ),
        ),
        (
            r"\A<.*>\Z|\A(?:your|my|the)[-_ ]|\Achange[-_]?me\Z"
            r"|\A(?:none|null|nil|undefined|todo|tbd|example|secret[-_]?(?:id|key)|token)\Z",
            _PLACEHOLDER,
            T("Put in the value itself; the console shows it under access keys."),
        ),
        (r"\s", T("has white space in it"), _AGAIN),
        (r"[^!-~]", T("has characters that no credential has"), _AGAIN),
    )
)


def fault(value: str, *, name: bool = False) -> Fault | None:
    """What is wrong with a single value. ``name``: one that somebody chose, which may be called
    ``my-provider``.
    """
    rows = (row for row in _ROWS if not name or row[1].words is not _PLACEHOLDER)
    return next((found for pattern, found in rows if pattern.search(value)), None)


def swapped(secret_id: str, secret_key: str) -> Fault | None:
    """What is wrong with a pair. A SecretId begins with AKID; a SecretKey is random."""
    if not secret_key.startswith("AKID"):
        return None
    if secret_id.startswith("AKID"):
        return Fault(T("is a SecretId, too"), T("Put in the SecretKey that belongs to it."))
    return Fault(T("is a SecretId: the two are mixed up"), T("Swap them."))


def similar(names: Iterable[str], wanted: str) -> list[str]:
    """Which of ``names`` (of variables, or of keys in a file) are probably meant for ``wanted``."""
    core = _core(wanted)
    return sorted(name for name in names if name != wanted and _core(name) == core)


def _core(name: str) -> str:
    """A name without case, separators and the spelling of the cloud's name."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    return re.sub(r"\A(?:tencentcloud|tencent|qcloud|tccli)", "", plain)
