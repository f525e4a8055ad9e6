"""Streams of bytes that keep one deadline: plain sockets, and TLS over them.

Timeouts of single operations do not bound an exchange: a server that sends a byte now and then
keeps each of them alive for ever. Here every operation gets at most what is left of the exchange.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from math import inf
from typing import Any, TypeVar

import httpcore

from smsops.net import trust
from smsops.text.messages import T, Text

#: Seconds for a TLS handshake when nobody says.
HANDSHAKE = 10.0
#: Bytes of one TLS record.
RECORD = 16 * 1024 + 256

Result = TypeVar("Result")


class Unreachable(Exception):
    """Nothing was sent: no address, no connection, no TLS, no proxy. The text says why."""

    def __init__(self, message: str | Text, *, hint: str | Text = "") -> None:
        super().__init__(message)
        self.hint = hint


class Expired(httpcore.TimeoutException):
    """The whole exchange took too long."""


class Deadline(threading.local):
    """The moment by which the exchange of this thread has to be over.

    In real time, as sockets are: a clock that other threads move on while they pace their calls
    says nothing about a server.
    """

    def __init__(self) -> None:
        self._seconds = self._end = inf

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What happens inside takes at most ``seconds``."""
        self._seconds, self._end = seconds, time.monotonic() + seconds
        try:
            yield
        finally:
            self._end = inf

    def left(self, most: float | None) -> float:
        """Seconds that the next operation may take. Raises :class:`Expired` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            words = T("the exchange took more than {seconds} s", seconds=f"{self._seconds:g}")
            raise Expired(words)
        return left if most is None else min(most, left)


class Stream(httpcore.NetworkStream):
    """Bytes to and from ``peer``, on which TLS can be started."""

    def __init__(
        self, peer: str | Text, deadline: Deadline, environment: Mapping[str, str]
    ) -> None:
        self.peer = peer
        self._deadline = deadline
        self._environment = environment

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Stream:
        """TLS over this stream. A handshake that fails is an error that names its cause."""
        stream = _Tls(self, ssl_context, server_hostname)
        try:
            stream.shake_hands(timeout or HANDSHAKE)
        except httpcore.TimeoutException:
            slow = T("{peer} does not finish the TLS handshake", peer=self.peer)
            failure = trust.Failure(slow, trust.ON_WAY)
        except httpcore.NetworkError:
            failure = trust.failure(ssl.SSLEOFError(), self.peer, self._environment)
        except ssl.SSLError as error:
            failure = trust.failure(error, self.peer, self._environment)
        except BaseException:
            stream.close()
            raise
        else:
            return stream
        stream.close()
        raise Unreachable(failure.words, hint=failure.remedy)


class Plain(Stream):
    """A socket."""

    def __init__(
        self,
        connected: socket.socket,
        peer: str | Text,
        deadline: Deadline,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(peer, deadline, environment)
        self._socket = connected

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, before ``timeout`` seconds and the deadline end."""
        try:
            self._socket.settimeout(self._deadline.left(timeout))
            return self._socket.recv(max_bytes)
        except TimeoutError:
            self._deadline.left(timeout)
            raise httpcore.ReadTimeout from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send everything, before the deadline ends; each wait has ``timeout`` seconds."""
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(self._deadline.left(timeout))
                rest = rest[self._socket.send(rest) :]
        except TimeoutError:
            self._deadline.left(timeout)
            raise httpcore.WriteTimeout from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None

    def close(self) -> None:
        """Close the socket; what waits on it ends with an error."""
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """What the connection pool of httpcore asks: ``is_readable`` and ``socket``."""
        if info == "is_readable":  # an idle connection that is has been closed by the server
            return _readable(self._socket)
        return self._socket if info == "socket" else None


class _Tls(Stream):
    """TLS over a stream, which may be TLS itself: a proxy may be reached by https."""

    def __init__(self, under: Stream, context: ssl.SSLContext, host: str | None) -> None:
        super().__init__(under.peer, under._deadline, under._environment)
        self._under = under
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def shake_hands(self, timeout: float | None) -> None:
        self._run(self._tls.do_handshake, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._run(partial(self._tls.read, max_bytes), timeout)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # many servers close without saying so; HTTP knows where a reply ends
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error.reason)) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                written = self._run(partial(self._tls.write, rest[:RECORD]), timeout)
                rest = rest[written:]
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error.reason)) from None

    def close(self) -> None:
        self._under.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._tls
        if info == "is_readable" and (self._incoming.pending or self._tls.pending()):
            return True
        return self._under.get_extra_info(info)

    def _run(self, step: Callable[[], Result], timeout: float | None) -> Result:
        """``step``, fed with what it wants to read, until it is through."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush(timeout)
            except ssl.SSLError:
                with suppress(httpcore.NetworkError, httpcore.TimeoutException):
                    self._flush(timeout)  # the alert that tells the other side why
                raise
            else:
                self._flush(timeout)
                return result
            received = self._under.read(RECORD, timeout)
            if received:
                self._incoming.write(received)
            else:
                self._incoming.write_eof()

    def _flush(self, timeout: float | None) -> None:
        pending = self._outgoing.read()
        if pending:
            self._under.write(pending, timeout)


def _readable(connected: socket.socket) -> bool:
    number = connected.fileno()
    if number < 0:
        return True
    if not hasattr(select, "poll"):  # Windows, where numbers of descriptors have no bound
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
