"""Serves an emulator on loopback with starlette and uvicorn (``pip install 'smsops[server]'``).

Requests that may take a while are answered in threads, so that a slow one holds up nobody else;
calls that wait for nothing are answered where they arrive, which spares two changes of threads. The
desk and ``/_emulator/`` have threads of their own: however many calls wait for a fault, it can be
taken back. Faults of delivery act on the TCP connection itself.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from types import FrameType

try:
    import anyio
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import ClientDisconnect
    from starlette.requests import Request as HttpRequest
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Receive, Scope, Send
except ImportError as error:
    from smsops.errors import UsageError

    raise UsageError(
        "serving the emulator needs starlette and uvicorn",
        hint="Install them: pip install 'smsops[server]' (in a clone: '.[server]').",
    ) from error

from smsops.clock import Clock
from smsops.emulator import control
from smsops.emulator.core import Emulator
from smsops.emulator.desk.desk import EVENTS, Desk
from smsops.emulator.desk.page import SHUT
from smsops.emulator.front import answer, failed, unknown_host
from smsops.emulator.hosts import is_loopback
from smsops.emulator.parameters import MAX_BODY
from smsops.emulator.protocol import TRANSPORT, Protocol
from smsops.emulator.wire import Delivery, Reply, Request
from smsops.errors import SmsopsError

LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"
#: Calls that may wait at a time, and requests of the desk and the control routes.
_THREADS, _OWN_THREADS = 128, 16
_WATCH_SECONDS = 0.05


class _Endpoint:
    """The one endpoint: whatever the path and method, the emulator answers, or its desk."""

    def __init__(self, emulator: Emulator, desk: Desk) -> None:
        self._emulator = emulator
        self._desk = desk
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._own_threads = anyio.CapacityLimiter(_OWN_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        try:
            request = Request(
                method=http.method,
                path=scope["path"],
                headers={name.lower(): value for name, value in http.headers.items()},
                body=await _body(http),
                query=scope["query_string"].decode("latin-1"),
                arrived=self._emulator.moment(),
            )
        except ClientDisconnect:
            return
        if request.path == EVENTS:
            refused = self._desk.may_follow(request)
            if refused is None:
                await _follow(self._desk, receive, send)
            else:
                await self._deliver(refused, scope, receive, send)
            return
        if (request.method, request.path) == ("POST", "/") and self._emulator.prompt:
            answer = self._answer(request)
        else:
            threads = self._own_threads if self._is_own(request) else self._threads
            answer = await anyio.to_thread.run_sync(self._answer, request, limiter=threads)
        await self._deliver(answer, scope, receive, send)

    def _is_own(self, request: Request) -> bool:
        """Whether the request is none of the API's."""
        return request.path.startswith(control.PREFIX) or self._desk.wants(request)

    def _answer(self, request: Request) -> Reply:
        try:
            if self._desk.wants(request):
                return self._desk.answer(request)
            given = self._served(request)
            assert request.arrived is not None
            self._desk.note(request, given, request.arrived)
            return given
        except Exception:
            LOG.exception("the emulator failed at %s %s", request.method, request.path[:200])
            return failed(request)

    def _served(self, request: Request) -> Reply:
        try:
            control_call = request.path.startswith(control.PREFIX)  # it refuses in its own way
            if not control_call and not is_loopback(request.header("host") or ""):
                return unknown_host(request)
            return answer(self._emulator, request)
        except SmsopsError as error:
            LOG.error("%s", error.message)
            return failed(request, error.message)

    async def _deliver(self, answer: Reply, scope: Scope, receive: Receive, send: Send) -> None:
        response = Response(answer.body, answer.status, dict(answer.headers))
        connection: asyncio.Transport = scope[TRANSPORT]
        match answer.delivery:
            case Delivery.WHOLE:
                await response(scope, receive, send)
                return
            case Delivery.CUT:
                half = answer.body[: len(answer.body) // 2]
                start = {"status": answer.status, "headers": response.raw_headers}
                await send({"type": "http.response.start", **start})
                await send({"type": "http.response.body", "body": half, "more_body": True})
                connection.close()
            case Delivery.RESET | Delivery.UNREACHABLE:
                peer: socket.socket = connection.get_extra_info("socket")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.abort()
            case Delivery.DROPPED:
                connection.close()
            case Delivery.HANGS:
                # The server stops waiting for it when it shuts down, the client when it has enough.
                pass
        await _gone(receive)


async def _follow(desk: Desk, receive: Receive, send: Send) -> None:
    """Send what happens until the page is closed or the server stops."""
    headers = {"content-type": "text/event-stream", **SHUT}
    start = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": start})
    async with anyio.create_task_group() as tasks, aclosing(desk.live.events()) as events:

        async def leave() -> None:
            await _gone(receive)
            tasks.cancel_scope.cancel()

        tasks.start_soon(leave)
        async for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        tasks.cancel_scope.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _body(http: HttpRequest) -> bytes:
    """The body; of one that is too large, one byte more than is allowed."""
    body = bytearray()
    async for chunk in http.stream():
        if len(body) <= MAX_BODY:
            body += chunk
    return bytes(body[: MAX_BODY + 1])


async def _gone(receive: Receive) -> None:
    """Wait until the client is away: what returns earlier would be answered with a 500."""
    while (await receive())["type"] != "http.disconnect":
        continue


def application(emulator: Emulator, desk: Desk | None = None) -> ASGIApp:
    """The ASGI application of an emulator and its desk."""
    endpoint = _Endpoint(emulator, desk or Desk(emulator))
    return Starlette(routes=[Route("/{path:path}", endpoint)])


class Server(uvicorn.Server):
    """A server on loopback. ``port`` is the real one, also when 0 was asked for.

    ``ready`` is called with the URL once requests are answered. ``seconds`` limits its life.
    ``stopping`` is set when the server begins to stop. :meth:`run` returns when it has stopped;
    ``stopped_by`` is the signal, if one did it. Raises :class:`SmsopsError` when the port is taken.
    """

    def __init__(
        self,
        emulator: Emulator,
        *,
        port: int = 0,
        ready: Callable[[str], None] | None = None,
        seconds: float | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self._desk = Desk(emulator)
        super().__init__(
            uvicorn.Config(
                application(emulator, self._desk),
                http=Protocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        self.stopped_by: int | None = None
        self._ready = ready
        self._seconds = seconds
        self._stopping = stopping or threading.Event()
        self._ended = threading.Event()
        self._emulator = emulator
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until :meth:`stop` or a signal, and close the socket."""
        try:
            super().run(sockets or [self._listener])
        finally:
            self._listener.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, start the timer of ``seconds``, and tell the URL."""
        await super().startup(sockets)
        self._emulator.events.serve()
        threading.Thread(target=self._watch, name="smsops-emulator-events", daemon=True).start()
        if self._seconds is not None:
            asyncio.get_running_loop().call_later(self._seconds, self.stop)
        if self._ready is not None:
            self._ready(self.url)

    def _watch(self) -> None:
        """Tell subscribers of reports and replies when they are due."""
        said = ""
        while not self._ended.wait(_WATCH_SECONDS):
            try:
                self._emulator.events.flush()
            except SmsopsError as error:  # twenty times a second until the file is mended
                if error.message != said:
                    LOG.error("%s", error.message)
                said = error.message
            else:
                said = ""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the sleeps of faults and delays first: requests that wait would keep the server."""
        self._ended.set()
        self._stopping.set()
        self._desk.live.close()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """End :meth:`run`; from any thread."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in order on SIGINT and SIGTERM; the caller turns them into exit codes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, _: FrameType | None) -> None:
            self.stopped_by = number
            self.stop()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off: 40 ms a reply otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SmsopsError(
            f"cannot listen on {HOST}:{port}: {getattr(error, 'strerror', None) or error}",
            hint="Choose another --port; 0 takes a free one.",
        ) from error
    listener.listen(128)
    return listener


def interruptible(clock: Clock, stopping: threading.Event) -> Clock:
    """``clock`` whose sleeps end once ``stopping`` is set, so that delays do not outlive a server.

    For the emulator of a :class:`Server` that got the same ``stopping``.
    """

    def sleep(seconds: float) -> None:
        stopping.wait(seconds)

    return replace(clock, sleep=sleep)


@contextmanager
def serving(emulator: Emulator, *, port: int = 0) -> Iterator[str]:
    """Serve ``emulator`` in a thread of this process; yields the URL."""
    started = threading.Event()
    server = Server(emulator, port=port, ready=lambda _: started.set())
    thread = threading.Thread(target=server.run, name="smsops-emulator", daemon=True)
    thread.start()
    started.wait(30)
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(30)
