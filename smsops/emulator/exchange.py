"""One POST to a receiver of callbacks, with one time limit for all of it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from threading import Timer
from types import TracebackType
from typing import Self

from smsops.emulator.callbacks import Target

#: Seconds that a receiver has, from the first packet to the last byte of its answer. It is not
#: documented.
TIMEOUT = 5.0
#: Bytes of an answer that are looked at.
_ANSWER = 64 * 1024


class Exchange:
    """One connection and what is said over it. Follows no redirects, and asks no proxy.

    Time limits of sockets are for each read, and a receiver that sends a byte now and then would
    never meet one: when the time is over the connection is shut, which ends every read.
    ``connected`` gets the socket, to :func:`interrupt` it, and ``None`` at the end.
    """

    def __init__(self, target: Target, connected: Callable[[socket.socket | None], None]) -> None:
        self._target = target
        self._connected = connected
        self._seconds = TIMEOUT
        self._late = False
        self._socket: socket.socket | None = None
        self._timer = Timer(self._seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Begin to count the time."""
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection. Whatever failed when the time was over failed for that reason."""
        self._timer.cancel()
        self._connected(None)
        if self._socket is not None:
            self._socket.close()
        if self._late or isinstance(error, TimeoutError):
            raise TimeoutError(f"not complete within {self._seconds:g} s") from error

    def post(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        """Status and body of the answer. Raises ``OSError``, ``HTTPException``, ``ValueError``."""
        target = self._target
        made = HTTPConnection(target.host, target.port)
        made.sock = self._connect()
        made.request(
            "POST", target.path, body, {"Content-Type": content_type, "Host": target.authority}
        )
        with made.getresponse() as answer:
            return answer.status, answer.read(_ANSWER)

    def _connect(self) -> socket.socket:
        target = self._target
        self._hold(socket.create_connection((target.host, target.port), self._seconds))
        assert self._socket is not None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if target.secure:
            secured = ssl.create_default_context().wrap_socket(
                self._socket, server_hostname=target.host, do_handshake_on_connect=False
            )
            self._hold(secured)
            secured.do_handshake()
        return self._socket

    def _hold(self, connection: socket.socket) -> None:
        self._socket = connection
        self._connected(connection)
        if self._late:  # before there was anything to shut
            interrupt(connection)

    def _expire(self) -> None:
        self._late = True
        if self._socket is not None:
            interrupt(self._socket)


def interrupt(connection: socket.socket) -> None:
    """End every read and write of a connection, from another thread, whether secured or not."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
