"""HTTP transport: connections through proxies and TLS, with one deadline for an exchange.

TLS is always verified (:mod:`smsops.net.trust`), proxies come only from the environment that was
passed in (:mod:`smsops.net.proxies`). A whole exchange has one time limit, whatever the other side
does (:mod:`smsops.net.streams`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore
import httpx

from smsops.net import proxies, trust
from smsops.net.network import Network
from smsops.net.streams import Deadline, Expired, Unreachable
from smsops.text.messages import T, Text, said

#: Idle connections are dropped before servers do it (common: 5 s), lest a write meets the closing.
KEEP = 3.0
CONNECTIONS = 32

#: What proves that nothing was sent, from a transport that is not ours.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


class Lost(Exception):
    """The request left, and no whole reply came. The text says how it was lost."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect to an address, between two bytes, and for a whole exchange."""

    connect: float = 5.0
    read: float = 30.0
    exchange: float = 60.0


class Transport(httpx.BaseTransport):
    """Connections to ``urls`` for an ``httpx.Client``; everything that fails is
    :class:`Unreachable` or :class:`Lost`.

    A request may carry the extension ``sent``: it is called when the whole request has left.
    """

    def __init__(
        self,
        urls: set[str],
        environment: Mapping[str, str],
        *,
        timeouts: Timeouts,
        setting: str,
        keep: float = KEEP,
    ) -> None:
        """``setting``: what names the host, for people. Raises :class:`UsageError` for a proxy
        and :class:`SmsopsError` for a CA bundle that cannot be used.
        """
        for url in urls:
            parts = urlsplit(url)
            proxies.route(parts.hostname or "", parts.port or 443, environment)
        plain = all(url.startswith("http:") for url in urls)
        # Loopback: nothing to verify, so no bundle is read.
        tls = trust.nobody() if plain else trust.context(environment)
        self._timeouts = timeouts
        self._deadline = Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=keep,
            network_backend=Network(environment, deadline=self._deadline, tls=tls, setting=setting),
        )

    def within(self, seconds: float | None = None) -> AbstractContextManager[None]:
        """One exchange of this thread: connecting, sending and the whole reply happen inside."""
        return self._deadline.within(seconds or self._timeouts.exchange)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. An error is :class:`Lost` once bytes of it have left.

        ``request.extensions["sent"]`` is called when all of them have.
        """
        left = False

        def trace(event: str, _details: Mapping[str, object]) -> None:
            nonlocal left
            left = left or event == "http11.send_request_headers.started"
            if event == "http11.send_request_body.complete":
                request.extensions.get("sent", _nobody)()

        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": request.extensions.get("timeout", {}), "trace": trace},
        )
        try:
            answer = self._pool.handle_request(asked)
        except (*_BROKEN, httpcore.UnsupportedProtocol) as error:
            if left:
                raise Lost(how_lost(error)) from None
            words = T("{host} cannot be reached: no connection was free", host=url.host)
            raise Unreachable(words) from None
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close every connection of the pool."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The bytes of a reply as they come."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except _BROKEN as error:
            raise Lost(how_lost(error)) from None

    def close(self) -> None:
        self._answer.close()


def _nobody() -> None:
    """Nobody wants to know."""


def how_lost(error: Exception) -> Text:
    """How an answer was lost. The text of such errors may quote what the other side sent."""
    if isinstance(error, Expired):
        return said(error)
    if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException):
        return T("the reply did not come in time")
    if isinstance(error, httpcore.ProtocolError | httpx.RemoteProtocolError):
        return T("the connection ended before the reply did, or what came is not HTTP")
    return T("the connection broke")
