"""HTTP/1.1 as uvicorn has it, with a time limit for requests and its connections in sight."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

#: Where an application finds its connection in the scope.
TRANSPORT = "smsops.transport"
#: Seconds from the first byte of a request, or from the connection's beginning, to its last byte.
REQUEST_SECONDS = 10.0
_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Protocol(H11Protocol):
    """HTTP/1.1 that lets the application see its connection, to break it on purpose.

    A request that is not complete in time is answered with 408: those that never end would use up
    the connections that a process may have. uvicorn limits only the time between requests.
    """

    _limit: asyncio.TimerHandle | None = None

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
