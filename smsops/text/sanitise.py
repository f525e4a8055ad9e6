"""One sanitiser per sink, for every string that smsops did not write itself.

Remote texts, manifests, file names and error messages may hold escape sequences, bidirectional
overrides or commands of a CI runner. Here they become visible and harmless.

| sink | function | dangers |
|---|---|---|
| terminal, log | :func:`terminal` | ESC, C0, C1, bidi, invisible characters |
| CI log | :func:`runner`, ``terminal(ci=True)`` | ``::cmd``, ``##[cmd]``, ``section_start:`` |
| Markdown | :func:`markdown` | tables, HTML, links, images, mentions, references, emoji, math |
| title on a code host | :func:`title` | mentions, references, links, code, in mails and chats too |
| HTML | :func:`html` | markup |
| JSON | :func:`json` | the first two, escaped so that a parser reads the same value |
"""

from __future__ import annotations

import re

from smsops.text.messages import Text

#: C0 (but not \n, \t), DEL and C1; soft hyphen; bidi controls and isolates; zero-width and other
#: invisible characters, BOM; line and paragraph separators; lone surrogates; tag characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
#: GitHub's runner obeys ``##[command]`` anywhere in a line and ``::command`` at its start
#: (after any Unicode white space); Azure obeys ``##vso[`` and TeamCity ``##teamcity[``.
_ANYWHERE = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_AT_START = re.compile(r"((?:^|(?<=[\r\n]))[^\S\r\n]*):(?=:)")
_GITLAB = re.compile(r"section_(?=(start|end):)")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def terminal(text: str | Text, *, ci: bool = False, multiline: bool = False) -> str:
    """``text`` for a terminal or, with ``ci``, for a log that a CI runner parses.

    One line unless ``multiline``: then newlines and tabs stay.
    """
    text = str(text)
    # Nearly every value is printable, and isprintable() is far quicker than the search.
    if not text.isprintable():
        text = _UNSAFE.sub(_visible, text)
        if not multiline:
            text = text.replace("\n", "\\n").replace("\t", "\\t")
    return runner(text) if ci else text


def runner(text: str) -> str:
    """``text`` without anything that a CI runner takes for a command; newlines stay."""
    if "##" in text:
        text = _ANYWHERE.sub(r"#\#", text)
    if "::" in text:
        text = _AT_START.sub(r"\1\:", text)
    if "section_" in text:
        text = _GITLAB.sub("section-", text)
    return text


#: Characters that mean something somewhere in GitHub's or GitLab's Markdown. As entities they are
#: literal everywhere: in a paragraph, a list, a heading or a table cell.
_MARKDOWN = {ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>&|~$!#^\u200b"}
#: Words that a host acts on in the finished text, where an entity would not help: mentions,
#: references, emoji and links. An invisible break goes behind each match.
_ACTED_ON = re.compile(
    r"@(?=\w)|[#!~%^&$](?=\w)|\bGH-(?=\w)|:(?=[\w+-]*:)"
    r"|(?:https?|ftp|mailto|xmpp|javascript|data)(?=:)|www(?=\.)",
    re.IGNORECASE,
)
#: What opens a list, underlines a heading or is a quick action (GitLab) at the start of a line.
_OPENING = re.compile(r"(?:([-+=/])|(\d{1,9})([.)]))")


def markdown(text: str | Text) -> str:
    """``text`` as literal inline Markdown on one line, for prose, list items and table cells.

    Nothing in it formats, links, loads an image, mentions, refers or becomes an emoji; what a
    reader sees is the text (with invisible breaks where a host would act on words).
    """
    text = _ACTED_ON.sub("\\g<0>\u200b", terminal(text)).translate(_MARKDOWN)
    if text.startswith(" "):
        return f"&#32;{text[1:]}"  # four of them would be a code block
    opening = _OPENING.match(text)
    if opening is None:
        return text
    sign, number, dot = opening.groups()
    start = f"&#{ord(sign)};" if sign else f"{number}&#{ord(dot)};"
    return start + text[opening.end() :]


def title(text: str | Text) -> str:
    """``text`` as one line of plain text, which mails and chats pass on as they like: nothing in it
    mentions, refers, links or is code. No entity would be read there, so there is none.
    """
    return _ACTED_ON.sub("\\g<0>\u200b", terminal(text)).replace("`", "'")


def html(text: str | Text, *, multiline: bool = False) -> str:
    """``text`` as HTML character data or a quoted attribute value."""
    from html import escape  # its tables of entities would slow every start down

    text = escape(terminal(text, multiline=multiline))
    if "##" in text:
        text = _ANYWHERE.sub("#&#35;", text)
    if "section_" in text:
        text = _GITLAB.sub("section&#95;", text)
    return _AT_START.sub(r"\1&#58;", text) if "::" in text else text


def json(document: str) -> str:
    """A JSON document that a terminal and a runner can carry; a parser reads the same value."""
    if not document.isascii():
        document = _UNSAFE.sub(_json_escape, document)
    document = document.replace("\x7f", "\\u007f")
    if "##" in document:
        document = _ANYWHERE.sub(r"#\\u0023", document)
    return _GITLAB.sub(r"section\\u005f", document) if "section_" in document else document


def _json_escape(match: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _units(match.group()))


def _units(character: str) -> list[int]:
    encoded = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(encoded[at : at + 2]) for at in range(0, len(encoded), 2)]
