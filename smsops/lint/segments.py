"""How many segments a message takes: billing rules of the API, domestic and international."""

from __future__ import annotations

#: GSM 03.38 without escape; characters of the extension table take two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^|€{}[]~\\")


def billed(text: str, *, international: bool, sign: int) -> str | None:
    """What a message of several segments takes; ``None`` for a single one. ``sign``: characters."""
    if not international:
        size, single, each, alphabet = len(text) + sign + 2, 70, 67, "characters"
    else:
        extra = sum(character in _GSM_TWICE for character in text)
        if all(character in _GSM or character in _GSM_TWICE for character in text):
            # The sign's own brackets [] are extension characters.
            size, single, each = len(text) + extra + sign + 4, 160, 153
            alphabet = "GSM-7 characters"
        else:
            size = len(text.encode("utf-16-le")) // 2 + sign + 2
            single, each, alphabet = 70, 67, "UCS-2 characters"
    if size <= single:
        return None
    return f"the message takes {-(-size // each)} segments ({size} {alphabet}, {each} in each)"
