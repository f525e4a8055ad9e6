"""The emulator behind httpx, in this process: ``smsops --emulator`` and most tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx

from smsops.clock import SYSTEM, Clock
from smsops.emulator.core import Emulator, Hook
from smsops.emulator.faults import Fault
from smsops.emulator.front import answer
from smsops.emulator.settings import EVERYTHING, Settings
from smsops.emulator.wire import Delivery, Reply, Request


class EmulatorTransport(httpx.BaseTransport):
    """Answers requests from an emulator, whatever host they name.

    ``settings`` are the fields of :class:`smsops.emulator.settings.Settings`. Raises what a real
    connection would raise, and :class:`smsops.emulator.store.DataError` for a data file that
    cannot be used, from the constructor on.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Clock = SYSTEM,
        faults: Iterable[Fault] = (),
        hook: Hook | None = None,
        **settings: Any,
    ) -> None:
        if path is not None:
            settings.setdefault("keep", EVERYTHING)  # only who serves a file decides what leaves it
        self.emulator = Emulator(path, Settings(**settings), clock=clock, faults=faults, hook=hook)
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Reply of the emulator; a fault of delivery becomes the error that httpx has for it."""
        reply = answer(
            self.emulator,
            Request(
                method=request.method,
                path=request.url.path,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.read(),
                query=request.url.query.decode("latin-1"),
            ),
        )
        return self._deliver(request, reply)

    def _deliver(self, request: httpx.Request, reply: Reply) -> httpx.Response:
        match reply.delivery:
            case Delivery.UNREACHABLE:
                raise httpx.ConnectError("[Errno 111] Connection refused", request=request)
            case Delivery.DROPPED:
                raise httpx.RemoteProtocolError(
                    "Server disconnected without sending a response.", request=request
                )
            case Delivery.RESET:
                raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
            case Delivery.HANGS:
                timeout = request.extensions.get("timeout", {}).get("read")
                self._clock.sleep(timeout or 0.0)
                raise httpx.ReadTimeout("The read operation timed out", request=request)
            case Delivery.CUT | Delivery.WHOLE:
                return httpx.Response(
                    reply.status,
                    headers={**reply.headers, "content-length": str(len(reply.body))},
                    stream=_Body(reply),
                )


class _Body(httpx.SyncByteStream):
    """The body as a socket gives it: undecoded, and broken in the middle when it is cut."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        body = self._reply.body
        if self._reply.delivery is Delivery.CUT:
            yield body[: len(body) // 2]
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        yield body
