"""What a service may do to a text between taking it and giving it back.

Nothing of this is documented; a client has to survive it, so the emulator can do it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping

_FULL_WIDTH = str.maketrans(",!?:;()", "，！？：；（）")
_HALF_WIDTH = str.maketrans("，！？：；（）", ",!?:;()")

FORMS: Mapping[str, Callable[[str], str]] = {
    "trim": str.strip,
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "full-width": lambda text: text.translate(_FULL_WIDTH),
    "half-width": lambda text: text.translate(_HALF_WIDTH),
}


def normalised(text: str, forms: Iterable[str]) -> str:
    """``text`` after each of ``forms``, in their order."""
    for form in forms:
        text = FORMS[form](text)
    return text
