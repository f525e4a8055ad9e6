"""Mojibake: text that was saved in one encoding and read in another. Pure.

A run of characters is turned back into bytes with the encoding that it may have been read in. When
nearly all of these are UTF-8 (or GBK) of characters that people write, it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

#: What UTF-8 of Chinese, of punctuation and of accented letters decodes to.
_WRITTEN = re.compile(
    "[\u00a0-\u024f\u2010-\u2044\u20ac\u2122\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]"
)
_RUN = re.compile("[^\x00-\x7f]+")
#: UTF-8 read as Windows-1252 or Latin-1: a lead byte and a continuation byte.
_WESTERN = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_EASTERN = re.compile("[\u3000-\u9fff\uff00-\uffef]")
#: GBK read as Latin-1: four or more letters with accents in a row, which no language has.
_LATIN_RUN = re.compile("[\u00a1-\u00ff]{4,}")
#: UTF-8 of the replacement character, and fresh memory of a C compiler, read as GBK.
_PROVERBIAL = re.compile("锟斤拷|锟斤|烫烫烫|屯屯屯")
#: So much of a run has to fit. What is cut off at its ends does not.
_SHARE = 0.7


class Garbled(NamedTuple):
    """``shown`` was meant to be ``meant``, which is empty where it is lost."""

    start: int
    end: int
    shown: str
    meant: str


def garbled(text: str) -> Iterator[Garbled]:
    """The runs of ``text`` that were read in a wrong encoding."""
    if text.isascii() or not _suspect().search(text):
        return
    for lost in _PROVERBIAL.finditer(text):
        yield Garbled(lost.start(), lost.end(), lost.group(), "")
    western = _WESTERN.search(text) is not None
    chinese = not _of_gbk().isdisjoint(text)
    if western or chinese:
        for run in _RUN.finditer(text):
            shown = run.group()
            meant = _fitting(_bytes(shown)) if western else ""
            # French sets a no-break space and a guillemet after an accent: the bytes of 頻.
            meant = "" if len(meant) == 1 and _EASTERN.match(meant) else meant
            if not meant and chinese:
                meant = _fitting(shown.encode("gb18030", "ignore"))
                # A pair of rare characters can be the bytes of a single one by chance.
                meant = meant if len(_EASTERN.findall(meant)) > 1 else ""
            if meant:
                yield Garbled(run.start(), run.end(), shown, meant)
    for run in _LATIN_RUN.finditer(text):
        raw = run.group().encode("latin-1")
        # Rows B0 to D7 of GB 2312 are the characters of everyday.
        everyday = sum(0xB0 <= byte <= 0xD7 for byte in raw[::2])
        if len(raw) % 2 == 0 and everyday * 2 > len(raw) // 2:
            meant = raw.decode("gbk", "ignore")
            if len(meant) * 2 == len(raw):
                yield Garbled(run.start(), run.end(), run.group(), meant)


def _bytes(text: str) -> bytes:
    """``text`` as Windows-1252, what that lacks as Latin-1; empty for any other character."""
    found = bytearray()
    for character in text:
        try:
            found += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return b""
            found.append(ord(character))
    return bytes(found)


def _fitting(raw: bytes) -> str:
    """``raw`` as UTF-8, if most of it is UTF-8 of characters that people write."""
    meant = "".join(_WRITTEN.findall(raw.decode("utf-8", "ignore")))
    return meant if raw and len(meant.encode()) >= _SHARE * len(raw) else ""


@cache
def _suspect() -> re.Pattern[str]:
    """A character that anything garbled has."""
    return re.compile(f"[\u00a1-\u00ff锟烫屯{''.join(sorted(_of_gbk()))}]")


@cache
def _of_gbk() -> frozenset[str]:
    """The characters that GBK makes of how UTF-8 of a Chinese character begins."""
    pairs = (bytes((lead, trail)) for lead in range(0xE2, 0xF0) for trail in range(0x80, 0xC0))
    return frozenset(pair.decode("gbk", "ignore") for pair in pairs) - {""}
