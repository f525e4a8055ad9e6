"""Doubles for the tests of the API client: a clock, a scripted API, and a server of raw bytes."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from smsops.clock import Clock
from smsops.net.transport import Timeouts
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials
from smsops.providers.tencent.endpoints import Endpoints, resolve

CREDENTIALS = Credentials("AKIDtest0000000000001234", "secretkey-of-the-tests", None, "test")
TOKEN = "token-of-the-tests-0123456789"

Handler = Callable[[str, dict[str, Any]], Mapping[str, object] | httpx.Response]


class FakeClock:
    """A clock that only sleeping moves. ``slept`` has every pause."""

    def __init__(self, now: float = 1_763_800_000.0) -> None:
        self.moment = now
        self.elapsed = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += seconds
        self.elapsed += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, lambda: 1000.0 + self.elapsed, self.sleep)


def ok(**result: object) -> dict[str, object]:
    """The ``Response`` of a success."""
    return {**result, "RequestId": "3f1c-request"}


def error(code: str, message: str = "said the vendor") -> dict[str, object]:
    """The ``Response`` of a refusal."""
    return {"Error": {"Code": code, "Message": message}, "RequestId": "3f1c-request"}


def http(response: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"Response": response}, headers=headers)


class ScriptedApi(httpx.BaseTransport):
    """Answers every request with ``handler(action, payload)`` and remembers them."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.requests: list[httpx.Request] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        action, payload = request.headers["X-TC-Action"], json.loads(request.read())
        with self._lock:
            self.requests.append(request)
            self.calls.append((action, payload))
        answer = self._handler(action, payload)
        return answer if isinstance(answer, httpx.Response) else http(answer)

    def count(self, action: str) -> int:
        return sum(called == action for called, _ in self.calls)


def client_of(
    transport: httpx.BaseTransport | None,
    *,
    clock: FakeClock | None = None,
    credentials: Credentials = CREDENTIALS,
    endpoints: Endpoints | None = None,
    timeouts: Timeouts | None = None,
    environment: Mapping[str, str] | None = None,
    rate_limits: Mapping[str, float] | None = None,
) -> Client:
    """A client that never really sleeps."""
    return Client(
        credentials,
        endpoints or resolve(None, ()),
        "ap-guangzhou",
        clock=(clock or FakeClock()).clock,
        transport=transport,
        timeouts=timeouts,
        environment=environment,
        rate_limits=rate_limits,
        jitter=lambda: 1.0,
    )


def sign(number: int, name: str = "艾克米", **more: object) -> dict[str, object]:
    """One element of DescribeSignListStatusSet."""
    item: dict[str, object] = {
        "SignId": number,
        "International": 0,
        "StatusCode": 0,
        "ReviewReply": "",
        "SignName": name,
        "CreateTime": 1_617_379_200,
    }
    return {**item, **more}


def template(number: int, name: str = "验证码", **more: object) -> dict[str, object]:
    """One element of DescribeTemplateStatusSet."""
    item: dict[str, object] = {
        "TemplateId": number,
        "International": 0,
        "StatusCode": 0,
        "ReviewReply": "",
        "TemplateName": name,
        "CreateTime": 1_617_379_200,
        "TemplateContent": "您的验证码是{1}",
    }
    return {**item, **more}


@contextlib.contextmanager
def raw_server(
    answer: Callable[[socket.socket, bytes], None], *, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """A loopback server that hands every request to ``answer``, on a thread each.

    Yields its URL and the requests that it received. It reads headers and the body that they
    announce; ``answer`` writes whatever bytes it likes, then the connection is closed.
    """
    with socket_server(lambda connection: _serve(connection, answer, received, tls)) as port:
        received: list[bytes] = []
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}", received


def _serve(
    connection: socket.socket,
    answer: Callable[[socket.socket, bytes], None],
    received: list[bytes],
    tls: ssl.SSLContext | None,
) -> None:
    with tls.wrap_socket(connection, server_side=True) if tls else connection as stream:
        request = _read(stream)
        if request:
            received.append(request)
            answer(stream, request)


@contextlib.contextmanager
def socket_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A loopback server that hands every connection to ``serve``, on a thread each, and closes it
    after that. Yields its port.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def guarded(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            serve(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                thread = threading.Thread(target=guarded, args=(connection,), daemon=True)
                threads.append(thread)
                thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Closing does not wake a blocked accept; shutting down does.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(10)
        for thread in threads:
            thread.join(10)


def _read(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        head += chunk
    headers, _, body = head.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in headers.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return headers + b"\r\n\r\n" + body


def wire(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """An HTTP/1.1 reply with the right length."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body
