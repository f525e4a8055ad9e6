"""Loopback servers: of raw bytes, and of a handler of the standard library."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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
def http_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A loopback server whose requests ``handler`` answers. Yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


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
