"""One sanitiser per sink, for every string that smsops did not write itself.

Remote texts, manifests, file names and error messages may hold escape sequences, bidirectional
overrides or commands of a CI runner. Here they become visible and harmless.
"""

from __future__ import annotations

import re

#: C0 (but not \n, \t), DEL and C1; bidi controls and isolates; zero-width characters and BOM;
#: line and paragraph separators; lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
#: GitHub's runner obeys ``##[command]`` anywhere in a line and ``::command`` at its start
#: (after any Unicode white space); Azure obeys ``##vso[`` and TeamCity ``##teamcity[``.
_ANYWHERE = re.compile(r"##(?=\[|vso\[|teamcity\[)")
_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_GITLAB = re.compile(r"\bsection_(?=(start|end):)")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def terminal(text: str, *, ci: bool = False, multiline: bool = False) -> str:
    """``text`` for a terminal or, with ``ci``, for a log that a CI runner parses.

    One line unless ``multiline``: then newlines and tabs stay.
    """
    text = _UNSAFE.sub(_visible, text)
    if not multiline:
        text = text.replace("\n", "\\n").replace("\t", "\\t")
    return runner(text) if ci else text


def runner(text: str) -> str:
    """``text`` without anything that a CI runner takes for a command; newlines stay."""
    text = _ANYWHERE.sub(r"#\#", text)
    text = _AT_START.sub(r"\1\:", text)
    return _GITLAB.sub("section-", text)
