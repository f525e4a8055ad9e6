"""What comes back: bytes of a reply, and whether they are an answer of the API at all.

Only HTTP 200 with a JSON document of the documented shape is an answer ("返回结果": every reply
that the API processed has status 200, and ``Response`` with ``RequestId``). Everything else,
be it a proxy's login page, a redirect or a cut-off body, raises :class:`NoAnswer` and proves
nothing about the call.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from smsops.text.messages import T, Text

#: Bytes of a reply, unpacked. A page of 100 templates has some 100 KB.
MOST = 16 * 1024 * 1024
#: Characters of a vendor's message and of a RequestId that are kept.
MESSAGE, REQUEST_ID = 500, 80

_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})


class NoAnswer(Exception):
    """The bytes that came back are not an answer; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of the API. ``code`` is empty if the call succeeded; ``response`` then has it all."""

    response: Mapping[str, object]
    request_id: str
    code: str = ""
    message: str = ""


def unpacked(chunks: Iterable[bytes], encoding: str) -> bytes:
    """The body of ``chunks``, which may be compressed. Raises :class:`NoAnswer` beyond MOST."""
    encoding = encoding.strip().lower()
    packed = encoding in _ENCODINGS
    if encoding not in ("", "identity") and not packed:
        raise NoAnswer(T("the reply has an encoding that nobody asked for"))
    # 32: detect gzip and zlib by their headers. The length limit is what stops a bomb.
    inflater = zlib.decompressobj(32 + zlib.MAX_WBITS)
    body, received = bytearray(), 0
    for chunk in chunks:
        received += len(chunk)
        try:
            body += inflater.decompress(chunk, MOST + 1 - len(body)) if packed else chunk
        except zlib.error:
            raise NoAnswer(T("the reply is not compressed as it says")) from None
        # Packed bytes may unpack to nothing, or come after the end.
        if max(len(body), received) > MOST:
            raise NoAnswer(T("the reply is larger than {size} MiB", size=MOST // 1024 // 1024))
    if packed and body and not inflater.eof:
        raise NoAnswer(T("the reply is cut off"))
    return bytes(body)


def parse(status: int, content_type: str, body: bytes) -> Answer:
    """The answer in a reply. Raises :class:`NoAnswer` if there is none."""
    if status != 200:
        raise NoAnswer(T("the reply has HTTP status {status}", status=status))
    try:
        document = _DECODER.decode(body.decode())
        if b"\\u" in body:
            document = _whole_characters(document)
    except (ValueError, RecursionError):
        kind = content_type.partition(";")[0].strip()[:40] or T("no type")
        raise NoAnswer(T("the reply ({kind}) is not JSON", kind=kind)) from None
    response = document.get("Response") if isinstance(document, dict) else None
    if not isinstance(response, dict):
        raise NoAnswer(T("the reply is JSON, but not of Tencent Cloud's API: no Response"))
    request_id = response.get("RequestId")
    request_id = request_id[:REQUEST_ID] if isinstance(request_id, str) else ""
    error = response.get("Error")
    if error is None:
        if not request_id:
            raise NoAnswer(T("the reply has no RequestId"))
        return Answer(response, request_id)
    code = error.get("Code") if isinstance(error, dict) else None
    if not isinstance(code, str) or not code or not set(response) <= {"Error", "RequestId"}:
        raise NoAnswer(T("the reply has an Error that is not of the documented shape"))
    message = error.get("Message")
    return Answer(
        {}, request_id, code[:MESSAGE], message[:MESSAGE] if isinstance(message, str) else ""
    )


def clock_difference(date: str, now: float) -> Text | None:
    """How the local clock differs from a reply's ``Date``, for people; ``None`` if it is in time
    or the header is no date.
    """
    try:
        theirs = parsedate_to_datetime(date)
        seconds = round(now - theirs.replace(tzinfo=theirs.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError, TypeError):
        return None
    if abs(seconds) < 60:
        return None
    late = abs(seconds)
    amount = T("{count} s", count=late) if late < 120 else T("{count} min", count=late // 60)
    ahead = T("this machine's clock is {amount} ahead of the server's", amount=amount)
    behind = T("this machine's clock is {amount} behind the server's", amount=amount)
    return ahead if seconds > 0 else behind


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is beyond every bound")
    return number


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_constant=_constant
)


def _whole_characters(value: Any) -> Any:
    """``value`` with lone surrogates replaced: they can be neither stored nor printed."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole_characters(key): _whole_characters(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_characters(item) for item in value]
    return value
