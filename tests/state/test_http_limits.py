"""The http backend against a server that drips: every command ends, and its lock with it."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

import pytest

from smsops.errors import StateError
from smsops.state.backends import httpwire
from smsops.state.backends.http import HttpBackend
from smsops.state.backends.httpwire import HttpExchange, NoReply, settings
from smsops.state.snapshot import dump
from tests.support.clock import SLEEPLESS
from tests.support.said import into
from tests.support.servers import raw_server, wire
from tests.support.snapshots import small

#: Real time, without pauses between the tries.
HEAD = b"HTTP/1.1 200 OK\r\n"
WHOLE, DRIP = 0.3, 0.02
#: What a server says, piece by piece and for ever.
DRIPS: dict[str, Callable[[], Iterable[bytes]]] = {
    "headers": lambda: itertools.chain([HEAD], itertools.cycle([b"X: y\r\n"])),
    "interim replies": lambda: itertools.cycle([b"HTTP/1.1 100 Continue\r\n\r\n"]),
    "a body": lambda: itertools.chain([HEAD, b"\r\n"], itertools.cycle([b" "])),
    "trailers": lambda: itertools.chain(
        [HEAD, b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"],
        itertools.cycle([b"X: y\r\n"]),
    ),
}


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exchanges of fractions of a second; single operations may take much longer."""
    monkeypatch.setattr(httpwire, "WHOLE", WHOLE)
    monkeypatch.setattr(httpwire, "PATIENCE", 3 * WHOLE)
    monkeypatch.setattr(httpwire, "LEAST", WHOLE / 3)


def dripping(pieces: Callable[[], Iterable[bytes]]) -> Callable[[socket.socket, bytes], None]:
    def answer(connection: socket.socket, request: bytes) -> None:
        for piece in pieces():
            connection.sendall(piece)
            threading.Event().wait(DRIP)

    return answer


def backend_at(url: str, said: list[str]) -> HttpBackend:
    known = settings({"SMSOPS_HTTP_ADDRESS": f"{url}/state"})
    return HttpBackend(known, clock=SLEEPLESS, warn=into(said))


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS)
def test_an_exchange_ends_and_may_have_been_done(pieces: Callable[[], Iterable[bytes]]) -> None:
    with raw_server(dripping(pieces)) as (url, received):
        asking = HttpExchange(settings({"SMSOPS_HTTP_ADDRESS": f"{url}/state"}), clock=SLEEPLESS)
        began = time.monotonic()
        with pytest.raises(NoReply, match="the exchange took more than") as caught:
            asking.send("POST", f"{url}/state", b"{}")
        assert time.monotonic() - began < 10 * WHOLE
    assert caught.value.sent
    assert len(received) == 1


@pytest.mark.parametrize("drips", ["read", "lock", "write", "unlock"])
def test_every_command_ends_in_time_and_tries_to_release_its_lock(drips: str) -> None:
    slow = dripping(DRIPS["headers"])

    def operation(request: bytes) -> str:
        method, path = request.split(b" ")[:2]
        names = {b"GET": "read", b"DELETE": "unlock"}
        return names.get(method, "lock" if path.endswith(b"/lock") else "write")

    def answer(connection: socket.socket, request: bytes) -> None:
        if operation(request) == drips:
            slow(connection, request)
        connection.sendall(wire(b"", status="204 No Content" if b"GET" in request else "200 OK"))

    said: list[str] = []
    with raw_server(answer) as (url, received):
        backend = backend_at(url, said)
        began = time.monotonic()
        fails: AbstractContextManager[object]
        fails = nullcontext() if drips == "unlock" else pytest.raises(StateError, match="took more")
        with fails, backend.lock("apply"):
            backend.write(dump(small()), serial=1)
        assert time.monotonic() - began < 20 * WHOLE
    assert operation(received[-1]) == "unlock"
    assert len([line for line in said if "could not be released" in line]) == (drips == "unlock")


def test_a_server_that_stays_silent_gets_less_and_less_time() -> None:
    """An exchange within the limit, its retries, and the unlocking after that all end in time."""
    with raw_server(dripping(DRIPS["headers"])) as (url, _):
        asking = HttpExchange(settings({"SMSOPS_HTTP_ADDRESS": f"{url}/state"}), clock=SLEEPLESS)
        took = []
        for _ in range(5):
            began = time.monotonic()
            with pytest.raises(NoReply):
                asking.send("GET", f"{url}/state")
            took.append(time.monotonic() - began)
    assert all(seconds >= WHOLE for seconds in took[:2])
    assert all(seconds < WHOLE for seconds in took[3:])


def test_a_reply_restores_the_time() -> None:
    answers = itertools.chain(["drip"] * 4, ["reply"], itertools.cycle(["drip"]))

    def answer(connection: socket.socket, request: bytes) -> None:
        if next(answers) == "drip":
            dripping(DRIPS["headers"])(connection, request)
        connection.sendall(wire(b"{}"))

    with raw_server(answer) as (url, _):
        asking = HttpExchange(settings({"SMSOPS_HTTP_ADDRESS": f"{url}/state"}), clock=SLEEPLESS)
        for _ in range(4):
            with pytest.raises(NoReply):
                asking.send("GET", f"{url}/state")
        assert asking.send("GET", f"{url}/state").body == b"{}"
        began = time.monotonic()
        with pytest.raises(NoReply):
            asking.send("GET", f"{url}/state")
        assert time.monotonic() - began >= WHOLE


def test_three_exchanges_of_the_real_limits_end_within_three_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    assert httpwire.WHOLE <= 60
    assert 3 * httpwire.WHOLE + 3 <= 180
    assert httpwire.PATIENCE + 2 * httpwire.LEAST <= 180
