"""An account on a socket of this process that ends its client at a chosen moment of a write."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from smsops.emulator.core import Emulator
from smsops.emulator.faults import Fault
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Delivery, Reply, Request
from tests.support.clock import WallClock

#: Credentials that occur nowhere else, so that a leak can be searched for.
SECRET_ID, SECRET_KEY = "AKIDt5rQ0wLmZ8yKcVbN", "kQ7rXv2mTz9LpWc4HsYd"
ENVIRONMENT = {"TENCENTCLOUD_SECRET_ID": SECRET_ID, "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}
OPERATIONS = ("Add", "Modify", "Delete")


class Moment(StrEnum):
    """When a write's client is struck."""

    BEFORE_COMMIT = "before commit"  # and the write is not done
    AFTER_COMMIT = "after commit"  # no byte of the reply was sent
    MID_REPLY = "in the middle of the reply"


@dataclass(frozen=True)
class Strike:
    """``blow`` falls at a moment of the ``write``-th write (from 1) of ``action`` (a prefix)."""

    blow: Callable[[], None]
    moment: Moment
    write: int
    action: str = ""


@dataclass
class Account:
    """Use as a context. ``data`` is the emulator's file; ``strike`` is what happens to a client."""

    data: Path | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    strike: Strike | None = None
    #: What becomes of the body of a reply: (action, body) -> body.
    spoil: Callable[[str, bytes], bytes] | None = None
    time: WallClock = field(default_factory=WallClock)

    def __enter__(self) -> Account:
        given = {"limits": False, "secret_id": SECRET_ID, "secret_key": SECRET_KEY}
        settings = Settings(**{**given, **self.settings})
        self.emulator = Emulator(self.data, settings, clock=self.time.clock)
        self._guard = threading.Lock()
        self._arrived = 0
        account = self

        class Handler(_Handler):
            served = account

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def due(self, action: str) -> Strike | None:
        """The strike that falls on a call of ``action``, which has just arrived."""
        strike = self.strike
        if (
            strike is None
            or not action.startswith(OPERATIONS)
            or not action.startswith(strike.action)
        ):
            return None
        with self._guard:
            self._arrived += 1
            return strike if self._arrived == strike.write else None

    def order(self, *faults: Fault) -> None:
        """Faults from now on, in the emulator's words."""
        self.emulator.faults.order(faults)

    def approve(self) -> None:
        """Whatever is in review, or approved and not in effect yet, becomes active."""
        for kind in ("sign", "template"):
            for item in self.emulator.items(kind):
                if item.status in (1, 2):
                    self.emulator.review(kind, item.id, 0)

    def ids(self) -> set[tuple[str, int]]:
        """Every object in the account."""
        return {(kind, item.id) for kind in ("sign", "template") for item in self.items(kind)}

    def items(self, kind: str) -> list[Any]:
        return list(self.emulator.items(kind))

    def writes(self) -> list[tuple[str, int]]:
        """(action, id) of every committed write, in order."""
        return [(str(row["action"]), int(str(row["id"]))) for row in self.emulator.ledger()]

    def adds(self) -> list[tuple[str, str, str]]:
        """(action, name, content) of every committed Add, sorted: what must never occur twice."""
        found = []
        for row in self.emulator.ledger():
            if str(row["action"]).startswith("Add"):
                made: Any = row["parameters"]
                name = made.get("SignName") or made.get("TemplateName")
                found.append((str(row["action"]), name, made.get("TemplateContent", "")))
        return sorted(found)


class _Handler(BaseHTTPRequestHandler):
    served: Account
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        account = self.served
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        strike = account.due(headers.get("x-tc-action", ""))
        if strike and strike.moment is Moment.BEFORE_COMMIT:
            self._end(strike.blow)
            return
        reply = account.emulator.handle(Request("POST", self.path, headers, body))
        if account.spoil is not None:
            action = headers.get("x-tc-action", "")
            reply = replace(reply, body=account.spoil(action, reply.body))
        if strike and strike.moment is Moment.AFTER_COMMIT:
            self._end(strike.blow)
        elif strike:
            self._send(reply, len(reply.body) // 2)
            self._end(strike.blow)
        else:
            self._deliver(reply)

    def _deliver(self, reply: Reply) -> None:
        match reply.delivery:
            case Delivery.WHOLE:
                self._send(reply, len(reply.body))
            case Delivery.CUT:
                self._send(reply, len(reply.body) // 2)
                self._end()
            case Delivery.HANGS:
                self.connection.settimeout(60)
                self.connection.recv(1)
                self.close_connection = True
            case _:
                self._end()

    def _send(self, reply: Reply, size: int) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[:size])

    def _end(self, blow: Callable[[], None] | None = None) -> None:
        """Strike, and end the connection."""
        self.close_connection = True
        if blow is not None:
            blow()
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the client is gone already

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            return  # clients of this server die

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def kill(pid: int) -> Callable[[], None]:
    """A blow that ends a process the hard way."""
    return lambda: os.kill(pid, signal.SIGKILL)
