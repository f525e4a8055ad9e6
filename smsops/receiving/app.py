"""The server: HTTP by starlette and uvicorn, caps on everything, and answers that keep their word.

No access log, and nothing of a path or a body in any line.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import FrameType
from typing import Any

try:
    import uvicorn
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    from smsops.errors import UsageError
    from smsops.text.messages import T as _T

    raise UsageError(
        _T("receiving needs starlette and uvicorn"),
        hint=_T("Install them: pip install 'smsops[server]' (in a clone: '.[server]')."),
    ) from error

from smsops.clock import Clock
from smsops.errors import SmsopsError
from smsops.receiving.bodies import Reader, Refused, Taken
from smsops.receiving.forwarding import Forwarder
from smsops.receiving.keeping import Keeper, Ticket
from smsops.receiving.metrics import Metrics
from smsops.receiving.paths import Endpoint, Paths, Place
from smsops.receiving.quarantine import Quarantine
from smsops.text.messages import T, Text

#: Bytes of a body; of all bodies that are being received at once; and those that are read of one
#: that is too large, so that its sender sees the answer.
MOST_BODY, MOST_BYTES, _DRAINED = 1 << 20, 64 << 20, 16 << 20
CONNECTIONS = 512
#: Seconds for a whole request; after an answer, for the next one; and at the end, for all answers.
WHOLE, IDLE, GRACE = 20.0, 75, 15
_OK = json.dumps({"result": 0, "errmsg": "OK"}, separators=(",", ":")).encode()
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\n"
    b"connection: close\r\n\r\n"
)

#: What whoever pushes does wrong.
_REFUSED: Mapping[HTTPStatus, Text] = {
    HTTPStatus.BAD_REQUEST: T("it is no report and no reply"),
    HTTPStatus.REQUEST_TIMEOUT: T("it took too long"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: T("it is too large"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: T("it is encoded"),
}


class _Protocol(H11Protocol):
    """HTTP/1.1 with as many connections as there may be, and an end to every slow one."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.write(_BUSY)
            transport.close()
            return
        self._clock = self.loop.call_later(WHOLE, self._late)

    def data_received(self, data: bytes) -> None:
        if self._clock is None and not self.transport.is_closing():
            self._clock = self.loop.call_later(WHOLE, self._late)
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._in_time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def _in_time(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _late(self) -> None:
        self._clock = None
        cycle: object = self.cycle
        if cycle is None or self.cycle.response_complete:
            self.transport.close()  # it never said what it wants


class _TooLarge(Exception):
    """More than the cap."""


class _Full(Exception):
    """More bodies are under way than memory is for."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a receiver is made of."""

    paths: Paths
    reader: Reader
    quarantine: Quarantine
    metrics: Metrics
    forwarder: Forwarder | None
    clock: Clock
    show_metrics: bool
    say: Callable[[Text], None] = lambda _: None


class Receiver:
    """The ASGI application."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.keeper: Keeper | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bytes = 0
        self._told: set[tuple[Endpoint, HTTPStatus]] = set()

    def settled(self, tickets: list[Ticket]) -> None:
        """Wake the requests of ``tickets``; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is over, and so are its requests
                self._loop.call_soon_threadsafe(_wake, tickets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = self._looked_at(request)
        if response is None:
            place = self._parts.paths.place(scope["path"])
            if place is None:
                response = Response(status_code=404)
            elif request.method != "POST":
                response = Response(status_code=405, headers={"allow": "POST"})
            else:
                try:
                    response = await self._pushed(request, place)
                except ClientDisconnect:
                    return
        await response(scope, receive, send)

    def _looked_at(self, request: Request) -> Response | None:
        """The answer to whoever watches."""
        parts, keeper = self._parts, self.keeper
        assert keeper is not None
        path = request.scope["path"]
        if path not in ("/health", "/metrics") or (path == "/metrics" and not parts.show_metrics):
            return None
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"allow": "GET"})
        counts = keeper.counts
        if path == "/health":
            keeps = keeper.keeps
            said = {"ledger": "up" if keeper.ledger_up else "down", "keeps": keeps}
            status = 200 if keeps else 503
            return Response(json.dumps(said), status, media_type="application/json")
        gauges: list[tuple[str, Any, float]] = [
            ("ledger_up", {}, keeper.ledger_up),
            ("spooled_total", {}, counts.spooled),
            ("replayed_total", {}, counts.replayed),
            ("groups_total", {}, counts.groups),
        ]
        if parts.forwarder is not None:
            gauges += parts.forwarder.waiting()
        text = parts.metrics.text(gauges)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _pushed(self, request: Request, place: Place) -> Response:
        """Read, keep, answer."""
        parts = self._parts
        began = parts.clock.monotonic()
        status = await self._status(request, place)
        parts.metrics.answered(place.endpoint.value, status, parts.clock.monotonic() - began)
        if status in _REFUSED:
            self._tell(place.endpoint, status)
        return _answer(place, status)

    def _tell(self, endpoint: Endpoint, status: HTTPStatus) -> None:
        """Say that something was refused, the first time: there is no access log to look at."""
        if (endpoint, status) in self._told:
            return
        self._told.add((endpoint, status))
        why = _REFUSED[status]
        if endpoint is Endpoint.TENCENT_REPLIES and status is HTTPStatus.BAD_REQUEST:
            why = T("it is no reply; status reports go to /TOKEN/tencent/SDKAPPID")
        words = (
            "Warning: a body for {endpoint} was refused with {status}: {why}. This is said once."
        )
        self._parts.say(T(words, endpoint=endpoint.value, status=status.value, why=why))

    async def _status(self, request: Request, place: Place) -> HTTPStatus:
        encoding = request.headers.get("content-encoding", "identity")
        if encoding.strip().lower() != "identity":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        taken = 0
        try:
            async with asyncio.timeout(WHOLE):
                body = await self._body(request)
            taken = len(body)
            return await self._kept(request, place, body)
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT
        except _TooLarge:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        except _Full:
            return HTTPStatus.SERVICE_UNAVAILABLE
        finally:
            self._bytes -= taken

    async def _body(self, request: Request) -> bytes:
        """The body, counted into what is under way."""
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length[:12]) > _DRAINED:
            raise _TooLarge
        if length.isdigit() and int(length) > MOST_BODY and "expect" in request.headers:
            raise _TooLarge
        found, size = bytearray(), 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > _DRAINED:
                    raise _TooLarge
                if size > MOST_BODY:
                    self._bytes -= len(found)
                    found.clear()
                    continue
                self._bytes += len(chunk)
                found += chunk
                if self._bytes > MOST_BYTES:
                    raise _Full
            if size > MOST_BODY:
                raise _TooLarge
        except BaseException:
            self._bytes -= len(found)
            raise
        return bytes(found)

    async def _kept(self, request: Request, place: Place, body: bytes) -> HTTPStatus:
        parts, keeper = self._parts, self.keeper
        assert keeper is not None
        now = parts.clock.now()
        try:
            taken: Taken = parts.reader.read(place, body, int(now))
        except Refused as refused:
            if refused.broken:
                parts.quarantine.add(place, refused.broken, now)
                parts.metrics.count("quarantined_total", len(refused.broken))
            return refused.status
        if taken.broken:
            parts.quarantine.add(place, taken.broken, now)
            parts.metrics.count("quarantined_total", len(taken.broken))
        type = request.headers.get("content-type", "")
        onward = parts.forwarder.onward(place, type, body) if parts.forwarder else ()
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = self._loop.create_future()
        keeper.keep(Ticket(taken.rows, onward, future))
        if not await future:
            return HTTPStatus.SERVICE_UNAVAILABLE
        parts.metrics.rows(taken.rows)
        if onward and parts.forwarder:
            parts.forwarder.wake()
        return HTTPStatus.OK


def _wake(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        future = ticket.done
        if isinstance(future, asyncio.Future) and not future.done():
            future.set_result(ticket.kept)


def _answer(place: Place, status: HTTPStatus) -> Response:
    """What Tencent Cloud reads is in the body, what Huawei Cloud reads in the status."""
    headers = {} if status is HTTPStatus.OK else {"connection": "close"}
    if not place.endpoint.tencent:
        return Response(b"", status, headers)
    body = _OK
    if status is not HTTPStatus.OK:
        body = json.dumps({"result": 1, "errmsg": status.phrase}).encode()
    return Response(body, status, headers, media_type="application/json")


class Server(uvicorn.Server):
    """Serves a receiver. :meth:`run` returns when it has stopped; ``stopped_by`` is the signal."""

    def __init__(
        self, receiver: Receiver, host: str, port: int, ready: Callable[[str], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                receiver,
                http=_Protocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                interface="asgi3",
                proxy_headers=False,
                log_config=None,
                log_level=100,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self.stopped_by: int | None = None
        self._ready = ready
        self._listener = _listen(host, port)
        self.url = f"http://{_place(host, self._listener.getsockname()[1])}"

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until :meth:`stop` or a signal, and close the socket."""
        try:
            super().run(sockets or [self._listener])
        finally:
            self._listener.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and tell the URL."""
        await super().startup(sockets)
        self._ready(self.url)

    def stop(self) -> None:
        """End :meth:`run` after what is under way; from any thread."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in order on SIGINT and SIGTERM; a second one ends the process at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, _: FrameType | None) -> None:
            if self.stopped_by is not None:
                os._exit(128 + number)  # what was acknowledged is on the disk
            self.stopped_by = number
            self.stop()

        ending = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, stop) for number in ending}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        # With the protocol named, asyncio turns Nagle's algorithm off.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SmsopsError(
            T("cannot listen on {where}: {why}", where=_place(host, port), why=error.strerror),
            hint=T("Give --host an address of this machine.")
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
            else T("Choose another --port; 0 takes a free one."),
        ) from error
    return listener


def _place(host: str, port: int) -> str:
    """Host and port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
