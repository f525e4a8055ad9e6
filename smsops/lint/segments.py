"""How many segments a message takes: billing rules of the API, domestic and international."""

from __future__ import annotations

from smsops.text.messages import T, Text

#: GSM 03.38 without escape; characters of the extension table take two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^|€{}[]~\\")
_PLAIN = T("the message takes {segments} segments ({size} characters, {each} in each)")
_GSM_7 = T("the message takes {segments} segments ({size} GSM-7 characters, {each} in each)")
_UCS_2 = T("the message takes {segments} segments ({size} UCS-2 characters, {each} in each)")


def billed(text: str, *, international: bool, sign: int) -> Text | None:
    """What a message of several segments takes; ``None`` for a single one. ``sign``: characters."""
    size, single, each, words = _measured(text, international=international, sign=sign)
    if size <= single:
        return None
    return words.filled(segments=-(-size // each), size=size, each=each)


def count(text: str, *, international: bool, sign: int) -> int:
    """How many segments a message takes. ``sign``: characters."""
    size, single, each, _ = _measured(text, international=international, sign=sign)
    return 1 if size <= single else -(-size // each)


def _measured(text: str, *, international: bool, sign: int) -> tuple[int, int, int, Text]:
    """Size of a message, how much one segment holds, and each of several; and the words for it."""
    if not international:
        return len(text) + sign + 2, 70, 67, _PLAIN
    extra = sum(character in _GSM_TWICE for character in text)
    if all(character in _GSM or character in _GSM_TWICE for character in text):
        # The sign's own brackets [] are extension characters.
        return len(text) + extra + sign + 4, 160, 153, _GSM_7
    return len(text.encode("utf-16-le")) // 2 + sign + 2, 70, 67, _UCS_2
