"""HTTP/1.1 as uvicorn has it, with a time limit for requests and its connections in sight.

A client that speaks https to it is named in the log: the SDKs do, unless they are told otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LOG = logging.getLogger(__name__)
#: Where an application finds its connection in the scope.
TRANSPORT = "smsops.transport"
#: Seconds from the first byte of a request, or from the connection's beginning, to its last byte.
REQUEST_SECONDS = 10.0
_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#: How a TLS handshake begins, and what to do about it.
_TLS = b"\x16\x03"
_HTTP = "set the protocol of the SDK to http"


class Protocol(H11Protocol):
    """HTTP/1.1 that lets the application see its connection, to break it on purpose.

    A request that is not complete in time is answered with 408: those that never end would use up
    the connections that a process may have. uvicorn limits only the time between requests.
    """

    _limit: asyncio.TimerHandle | None = None
    _begun = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection over, and wait for its first request."""
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        application = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await application(scope, receive, send)

        self.app = with_transport
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes that arrived, unless the first of them begin a TLS handshake."""
        if not self._begun and data.startswith(_TLS):
            port = self.transport.get_extra_info("sockname")[1]
            LOG.warning("a client speaks https to port %d, which speaks http: %s", port, _HTTP)
            self.transport.close()
            return
        self._begun = True
        super().data_received(data)

    def handle_events(self) -> None:
        """Take what arrived, and measure the time of a request that is not complete."""
        super().handle_events()
        state = self.conn.their_state
        begun = state is h11.IDLE and self.conn.trailing_data[0]
        if state is h11.SEND_BODY or begun:
            self._begin()
        else:
            self._end()

    def _begin(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(REQUEST_SECONDS, self._expire)

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _expire(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_LATE)
            self.transport.close()
