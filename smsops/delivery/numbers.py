"""Phone numbers on their way into a ledger: a keyed hash and the last four digits. Pure.

Some 10^10 numbers are possible, so a plain hash is reversed in seconds; a keyed one is not, as long
as the key is kept apart.
"""

from __future__ import annotations

import hmac
import re
from functools import lru_cache

from smsops.delivery.model import Number
from smsops.text.messages import T

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: Country codes: no other one begins with one of one or two digits, and all others have three.
_COUNTRY = re.compile("1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2}")
_SHOWN = 4
#: Bytes of a hash that are kept: 128 bits tell all numbers apart.
_KEPT = 16


def e164(text: str) -> str:
    """A number in E.164 form, ``+`` and 7 to 15 digits; spaces around it do not matter.

    Raises ``ValueError``, which does not repeat the number.
    """
    number = text.strip()
    if _E164.fullmatch(number) is None:
        raise ValueError(T("it is no number in E.164 form, such as +8613800000000"))
    return number


def shown(number: str) -> str:
    """An E.164 number as it may be shown: ``+86…0123``."""
    country = _COUNTRY.match(number, 1)
    return f"+{country[0] if country else ''}…{number[-_SHOWN:]}"


def hidden(number: str, secret: bytes) -> Number:
    """An E.164 number as a ledger keeps it."""
    mac = _begun(secret).copy()
    mac.update(number.encode())
    return Number(mac.digest()[:_KEPT], shown(number))


@lru_cache(8)  # a receiver hashes many numbers with one key
def _begun(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, b"number:", "sha256")
