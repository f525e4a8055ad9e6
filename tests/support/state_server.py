"""A server on loopback that behaves as GitLab does for Terraform states, faults included.

* the body of a write is JSON with a serial, and every serial is taken once (else 422)
* an empty write is answered with 204 and stores nothing
* a lock needs all seven fields; a held one answers 409 with ID, Who and Created of the holder, and
  the other four fields of whoever asks
* a write under somebody else's lock, or under one that is gone, is a server error
* an unlock without an ID is forced
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATH = "/api/v4/projects/7/terraform/state/prod"
USER, PASSWORD = "gitlab-ci-token", "glpat-secret"
FIELDS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")


@dataclass(frozen=True)
class Fault:
    """What happens to one request: ``lose`` its reply after the commit, ``drop`` it before, or
    answer with a ``status`` after or before the commit.
    """

    status: int = 0
    commit: bool = True
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def silent(self) -> bool:
        return not self.status


LOSE = Fault()
DROP = Fault(commit=False)


@dataclass
class StateServer:
    """The server; use it as a context. ``requests`` has what came in, ``faults`` what goes wrong:
    the next fault of the list of an operation (``read``, ``write``, ``lock``, ``unlock``).
    """

    versions: dict[int, bytes] = field(default_factory=dict)
    lock: dict[str, Any] | None = None
    limit: int = 10**9
    faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)

    def __enter__(self) -> StateServer:
        gitlab = self
        self._guard = threading.Lock()

        class Handler(_Handler):
            server_side = gitlab

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SMSOPS_HTTP_ADDRESS": self.address,
            "SMSOPS_HTTP_USERNAME": USER,
            "SMSOPS_HTTP_PASSWORD": PASSWORD,
        }

    @property
    def latest(self) -> bytes | None:
        return self.versions[max(self.versions)] if self.versions else None

    def holder(self) -> str | None:
        """The ID of the lock."""
        return str(self.lock["ID"]) if self.lock else None

    def operations(self) -> list[str]:
        """The operations that came in, in order."""
        return [operation for operation, _, _ in self.requests]

    # -- what GitLab decides ---------------------------------------------------------------------

    def decide(self, operation: str, query: Mapping[str, list[str]], body: bytes) -> _Answer:
        with self._guard:
            return {
                "read": self._read,
                "write": self._write,
                "lock": self._lock,
                "unlock": self._unlock,
            }[operation](query, body)

    def _read(self, query: Mapping[str, list[str]], body: bytes) -> _Answer:
        return (204, b"") if self.latest is None else (200, self.latest)

    def _write(self, query: Mapping[str, list[str]], body: bytes) -> _Answer:
        if not body:
            return 204, b""
        holder = self.lock["ID"] if self.lock else None
        if query.get("ID", [None])[0] != holder:
            return 500, b'{"message": "500 Internal Server Error"}'
        if len(body) > self.limit:
            return 413, b""
        serial = json.loads(body).get("serial")
        if not isinstance(serial, int) or serial in self.versions:
            return 422, b'{"message": "Validation failed"}'
        self.versions[serial] = body
        return 200, b""

    def _lock(self, query: Mapping[str, list[str]], body: bytes) -> _Answer:
        asked = json.loads(body)
        if any(name not in asked for name in FIELDS):
            return 400, b'{"error": "missing fields"}'
        if self.lock is not None:
            return 409, self._echo(asked)
        self.lock = asked
        return 200, b""

    def _unlock(self, query: Mapping[str, list[str]], body: bytes) -> _Answer:
        asked = json.loads(body) if body else {}
        if "ID" in asked and (self.lock is None or asked["ID"] != self.lock["ID"]):
            return 409, self._echo(asked)
        self.lock = None
        return 200, b""

    def _echo(self, asked: Mapping[str, Any]) -> bytes:
        """The holder's ID, Who and Created among the asker's own words."""
        holder = self.lock or dict.fromkeys(FIELDS)
        mixed = {name: asked.get(name) for name in FIELDS}
        mixed.update({name: holder[name] for name in ("ID", "Who", "Created")})
        return json.dumps(mixed).encode()


_Answer = tuple[int, bytes]


class _Handler(BaseHTTPRequestHandler):
    server_side: StateServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("read")

    def do_POST(self) -> None:
        self._serve("lock" if urlsplit(self.path).path.endswith("/lock") else "write")

    def do_DELETE(self) -> None:
        self._serve("unlock")

    do_LOCK = do_PUT = do_POST  # noqa: N815 (http.server calls methods by their HTTP names)
    do_UNLOCK = do_DELETE  # noqa: N815 (as above)

    def _serve(self, operation: str) -> None:
        gitlab = self.server_side
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        gitlab.requests.append((operation, self.path, body))
        pending = gitlab.faults.get(operation, [])
        fault = pending.pop(0) if pending else None
        parts = urlsplit(self.path)
        answer: _Answer
        if not parts.path.startswith(PATH):
            answer = 404, b""
        elif not self._known():
            answer = 401, b'{"message": "401 Unauthorized"}'
        elif operation == "write" and not self._intact(body):
            answer = 400, b""
        elif fault is not None and not fault.commit:
            answer = fault.status, fault.body
        else:
            answer = gitlab.decide(operation, parse_qs(parts.query), body)
        if fault is not None and fault.silent:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault is not None:
            answer = fault.status, fault.body
        self._reply(answer, fault.headers if fault else ())

    def _reply(self, answer: _Answer, headers: tuple[tuple[str, str], ...]) -> None:
        status, body = answer
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def _known(self) -> bool:
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def _intact(self, body: bytes) -> bool:
        digest = base64.b64encode(md5(body).digest()).decode()
        return not body or (
            self.headers.get("Content-MD5") == digest
            and self.headers.get("Content-Type") == "application/json"
        )

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
