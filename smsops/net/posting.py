"""One HTTP exchange with a service that smsops tells something: no redirects, nothing kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from smsops.net.streams import Unreachable
from smsops.net.transport import Lost, Timeouts, Transport
from smsops.text.messages import T, Text

_TIMEOUTS = Timeouts(connect=5.0, read=10.0, exchange=20.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; names of headers are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Undelivered(Exception):
    """No whole answer came. The text is for people and has no address. ``sent``: whether the
    request may have arrived; ``hint``: what to do, where that is known.
    """

    def __init__(self, words: Text, *, sent: bool = True, hint: str | Text = "") -> None:
        super().__init__(words)
        self.sent = sent
        self.hint = hint


def concealed(body: bytes, secrets: Iterable[str]) -> bytes:
    """``body`` without ``secrets``: error pages repeat what they were asked."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        body = body.replace(secret.encode(), b"***")
    return body


def exchange(
    method: str,
    url: str,
    environment: Mapping[str, str],
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    setting: str,
    most: int = 64 * 1024,
) -> Answer:
    """One request and its answer, of which ``most`` bytes are read. ``setting``: what names the
    address, for people. Raises :class:`Undelivered`.
    """
    transport = Transport({url}, environment, timeouts=_TIMEOUTS, setting=setting)
    try:
        asked = httpx.Request(method, url, content=body)
        asked.headers = httpx.Headers(
            {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), **headers}
        )
        asked.extensions = {"timeout": httpx.Timeout(_TIMEOUTS.read).as_dict()}
        with transport.within():
            answer = transport.handle_request(asked)
            try:
                found = bytearray()
                for chunk in answer.stream:  # type: ignore[union-attr]
                    found += chunk
                    if len(found) > most:
                        break
            finally:
                answer.close()
    except Unreachable as error:
        raise Undelivered(T("{why}", why=error), sent=False, hint=error.hint) from None
    except Lost as error:
        raise Undelivered(T("{why}", why=error)) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Undelivered(T("{why}", why=type(error).__name__), sent=False) from None
    finally:
        transport.close()
    lower = {name.lower(): text for name, text in answer.headers.items()}
    return Answer(answer.status_code, lower, bytes(found[:most]))
