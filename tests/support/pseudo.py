"""A language that nobody speaks: English with an accent on every vowel of a template.

What is not accented on a screen is a value, or a sentence that no translator could reach.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager

from smsops.text.messages import speak

ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
_PLACEHOLDER = re.compile(r"(\{\w+\})")


def accented(template: str) -> str:
    """``template`` with an accent on every vowel outside of its placeholders."""
    parts = _PLACEHOLDER.split(template)
    return "".join(
        part if number % 2 else part.translate(ACCENTS) for number, part in enumerate(parts)
    )


@contextmanager
def spoken() -> Iterator[None]:
    """Everything inside is said in that language."""
    speak(accented)
    try:
        yield
    finally:
        speak()


#: What is a value wherever it stands, however it is written.
_VALUES = re.compile(
    r"`smsops [^`]*`"  # commands
    r'|"(?:[^"\\\n]|\\.)*"'  # texts of somebody
    r"|\b(?:sign|template)\.[\w-]+"  # addresses
    r"|(?<![\w-])--?[A-Za-z][\w-]*"  # options
    r"|[\[{]?\b[\w-]+(?:\|[\w:\[\]-]+)+[\]}]?"  # choices
    r"|(?<=\[default: )[\w-]+|sha256:\w+"
    r"|\S*[/_@]\S*"  # paths and names of fields of the state
    r"|\b\w+\.(?:env|yaml|png|plan|json)\b|\.gitignore"  # files
    r"|\b[a-z]+[A-Z]\w*"  # fields and objects of the API, of manifests
    r"|\b[A-Z][a-z]+[A-Z]\w*"
    r"|\b[A-Z]{2,}\w*"  # what a person fills in, and abbreviations
    r"|\b[a-z]+(?:-[a-z]+)+\b"  # values of manifests, regions
)
_WORD = re.compile(r"[A-Za-z]{2,}")


def plain_words(screen: str, values: Set[str]) -> list[str]:
    """The lines of ``screen`` with a word that has a vowel, and no accent on it; ``values`` are no
    words.
    """
    screen = re.sub(r"<style>.*?</style>", "", screen, flags=re.DOTALL)
    screen = re.sub(r'data-label="([^"]*)"', r">\1<", screen)
    screen = html.unescape(re.sub(r"<[^>]*>", " ", screen))
    return [line for line in screen.splitlines() if _words(line) - values]


def _words(line: str) -> set[str]:
    return {
        word for word in _WORD.findall(_VALUES.sub(" ", line)) if re.search("[aeiouAEIOU]", word)
    }
