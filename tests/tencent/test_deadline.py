"""An exchange ends in time, whatever drips: real sockets, and limits of fractions of a second."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest

from smsops.kinds import RESOURCES
from smsops.model import Spec
from smsops.net.streams import Deadline, Expired, Plain
from smsops.net.transport import Timeouts
from smsops.providers.errors import ApiError, NotSent, Unknown
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.endpoints import Endpoints
from tests.support.clock import SLEEPLESS, FakeClock
from tests.support.scripted_api import CREDENTIALS, ScriptedApi, client_of, ok
from tests.support.servers import raw_server, socket_server, wire
from tests.tencent.authority import Authority

TEMPLATE = RESOURCES["template"]
SPEC: Spec = {"templateName": "n", "content": "c", "smsType": "marketing", "international": False}
ACCEPTED = json.dumps({"Response": ok(AddTemplateStatus={"TemplateId": "1110"})}).encode()
#: The whole exchange, the pause of a drip, and by when a test has to see the end.
LIMIT, DRIP, SOON = 0.3, 0.02, 5.0
#: Real time, without pauses between the tries.
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def client_at(url: str, *, limit: float = LIMIT, **environment: str) -> Client:
    """Single operations may take much longer than the exchange."""
    return Client(
        CREDENTIALS,
        Endpoints(url, url),
        "ap-guangzhou",
        clock=SLEEPLESS,
        environment=environment,
        rate_limits={"AddSmsTemplate": 1e9, "GetCallerIdentity": 1e9},
        timeouts=Timeouts(connect=20.0, read=20.0, exchange=limit),
    )


@contextlib.contextmanager
def in_time(seconds: float = SOON) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def add(client: Client, image: str = "") -> int:
    return client.add(TEMPLATE, SPEC, {"proofImage": image}, address="template.login")


def each(data: bytes) -> Iterable[bytes]:
    return (bytes([byte]) for byte in data)


def for_ever(*pieces: bytes) -> Iterable[bytes]:
    return itertools.cycle(pieces)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWERED = CHUNKED + b"%x\r\n%s\r\n0\r\n" % (len(ACCEPTED), ACCEPTED)
#: What follows are empty blocks of deflate, which unpack to nothing.
GZIP = HEAD + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
#: What a server says after the request, piece by piece.
DRIPS: dict[str, Callable[[], Iterable[bytes]]] = {
    "a status line": lambda: each(HEAD * 100),
    "headers": lambda: itertools.chain([HEAD], for_ever(b"X: y\r\n")),
    "one header": lambda: itertools.chain([HEAD, b"X: "], for_ever(b"y")),
    "interim replies": lambda: for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": lambda: for_ever(b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n"),
    "a body": lambda: itertools.chain([HEAD, b"Content-Length: 9999\r\n\r\n"], for_ever(b" ")),
    "a body to the end": lambda: itertools.chain([HEAD, b"\r\n"], for_ever(b" ")),
    "a whole answer and then spaces": lambda: itertools.chain(
        [HEAD, b"\r\n", ACCEPTED], for_ever(b" ")
    ),
    "chunks": lambda: itertools.chain([CHUNKED], for_ever(b"1\r\n \r\n")),
    "a chunk": lambda: itertools.chain([CHUNKED, b"ffff\r\n"], for_ever(b" ")),
    "a chunk's extension": lambda: itertools.chain([CHUNKED, b"1"], for_ever(b";a=b")),
    "trailers": lambda: itertools.chain([ANSWERED], for_ever(b"X: y\r\n")),
    "a trailer": lambda: itertools.chain([ANSWERED, b"X: "], for_ever(b"y")),
    "gzip": lambda: itertools.chain([GZIP], for_ever(b"\0\0\0\xff\xff")),
}


def dripping(pieces: Callable[[], Iterable[bytes]]) -> Callable[[socket.socket, bytes], None]:
    def answer(connection: socket.socket, request: bytes) -> None:
        for piece in pieces():
            connection.sendall(piece)
            threading.Event().wait(DRIP)

    return answer


each_drip = pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS)


@each_drip
def test_a_write_that_meets_a_drip_is_unknown_in_time(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    with (
        raw_server(dripping(pieces)) as (url, received),
        client_at(url) as client,
        in_time(),
        pytest.raises(Unknown) as caught,
    ):
        add(client)
    assert caught.value.exit == 7
    assert f"the exchange took more than {LIMIT:g} s" in caught.value.message
    assert len(received) == 1


@pytest.mark.parametrize("pieces", [DRIPS["headers"], DRIPS["a body"]], ids=["headers", "a body"])
def test_a_read_that_meets_a_drip_ends_in_time_with_its_retries(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    with (
        raw_server(dripping(pieces)) as (url, received),
        client_at(url) as client,
        in_time(5 * LIMIT + SOON),
        pytest.raises(Unknown) as caught,
    ):
        client.caller()
    assert caught.value.exit == 1
    assert 1 < len(received) <= 5


def test_a_flood_of_interim_replies_ends_in_time() -> None:
    """No operation ever waits here, so no timeout of one would end it."""

    def answer(connection: socket.socket, request: bytes) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)

    with (
        raw_server(answer) as (url, _),
        client_at(url) as client,
        in_time(),
        pytest.raises(Unknown, match="took more than"),
    ):
        add(client)


def test_a_slow_answer_within_the_limit_is_taken() -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        for piece in (HEAD, b"Content-Length: %d\r\n\r\n" % len(ACCEPTED), ACCEPTED):
            connection.sendall(piece)
            threading.Event().wait(DRIP)

    with raw_server(answer) as (url, _), client_at(url, limit=20) as client:
        assert add(client) == 1110


def test_a_server_that_takes_no_request_ends_in_time_and_is_unknown() -> None:
    """Its window stays shut; how much of the request it has seen nobody knows."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.recv(64)
        over.wait(2 * SOON)

    with socket_server(serve) as port, client_at(f"http://127.0.0.1:{port}") as client:
        with in_time(), pytest.raises(Unknown, match="took more than"):
            client.call("AddSmsSign", {"ProofImage": "A" * 9_000_000})
        over.set()


# -- before anything is sent -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


def not_sent(client: Client, words: str) -> None:
    with client, in_time(), pytest.raises(NotSent, match=words):
        add(client)


@pytest.mark.parametrize("drips", [False, True], ids=["silence", "a drip"])
def test_a_handshake_that_never_ends_is_not_sent(drips: bool) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a long ServerHello begins
        while drips:
            connection.sendall(b"\0")
            threading.Event().wait(DRIP)
        connection.recv(4096)

    with socket_server(serve) as port:
        not_sent(client_at(f"https://127.0.0.1:{port}"), "does not finish the TLS handshake")


def test_a_drip_inside_tls_is_unknown_in_time(authority: Authority) -> None:
    tls = authority.server("127.0.0.1")
    with (
        raw_server(dripping(DRIPS["headers"]), tls=tls) as (url, received),
        client_at(url, SSL_CERT_FILE=str(authority.certificate)) as client,
        in_time(),
        pytest.raises(Unknown, match="took more than"),
    ):
        add(client)
    assert len(received) == 1


def test_records_of_tls_that_drip_are_unknown_in_time(authority: Authority) -> None:
    """Half of a record keeps the socket busy, and never gives a byte."""
    tls = authority.server("127.0.0.1")

    def answer(connection: socket.socket, request: bytes) -> None:
        raw = socket.socket(fileno=connection.detach())
        with raw:
            raw.sendall(b"\x17\x03\x03\x40\x00")
            for _ in range(1000):
                raw.sendall(b"\0")
                threading.Event().wait(DRIP)

    with (
        raw_server(answer, tls=tls) as (url, _),
        client_at(url, SSL_CERT_FILE=str(authority.certificate)) as client,
        in_time(),
        pytest.raises(Unknown, match="took more than"),
    ):
        add(client)


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n"])
def test_a_proxy_that_drips_is_not_sent(drip: bytes) -> None:
    with raw_server(dripping(lambda: for_ever(drip))) as (url, received):
        client = client_at("https://sms.example.com", HTTPS_PROXY=url)
        not_sent(client, "does not connect to sms.example.com:443 in time")
    assert len(received) == 1


def test_a_resolver_that_hangs_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()

    def getaddrinfo(*_: object, **__: object) -> list[Any]:
        done.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    not_sent(client_at("https://sms.example.com"), "cannot be reached: DNS does not answer")
    done.set()


def test_addresses_are_tried_in_order_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is closed, the second one answers; a host of a thousand deaf ones ends in time."""
    with raw_server(lambda connection, _: connection.sendall(wire(ACCEPTED))) as (url, _):
        port = int(url.rpartition(":")[2])
        both = [_address("127.0.0.1", 9), _address("127.0.0.1", port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        with client_at("http://emulator.example", limit=20) as client:
            assert add(client) == 1110

    class Deaf(socket.socket):
        def connect(self, address: object) -> None:
            threading.Event().wait(min(DRIP, self.gettimeout() or DRIP))
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Deaf)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [_address("10.0.0.1", 9)] * 1000)
    not_sent(client_at("http://emulator.example"), "cannot be reached: it took too long")


def _address(host: str, port: int) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))


# -- the sums --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [httpx.ReadTimeout("slow"), httpx.ConnectTimeout("slow")],
    ids=["unknown", "not sent"],
)
@pytest.mark.parametrize("slowness", [0.1, 20.0, 45.0, 59.9, 60.0])
def test_a_call_ends_within_three_minutes_with_its_retries(
    slowness: float, failure: httpx.HTTPError
) -> None:
    clock = FakeClock()

    def answer(action: str, payload: dict[str, Any]) -> Any:
        clock.sleep(slowness)
        raise failure

    with client_of(ScriptedApi(answer), clock=clock) as client, pytest.raises(ApiError):
        client.caller()
    assert clock.elapsed < 180


def test_the_limits_are_those_of_the_contract() -> None:
    assert Timeouts().exchange == 60
    assert max(Timeouts().connect, Timeouts().read) < 60


def test_waiting_for_a_turn_is_not_counted_as_a_failure() -> None:
    """A write that queued for minutes behind others is still repeated when it is throttled."""
    clock, calls = FakeClock(), 0

    def answer(action: str, payload: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            return {"Error": {"Code": "RequestLimitExceeded", "Message": ""}, "RequestId": "r"}
        return ok(AddTemplateStatus={"TemplateId": str(calls)})

    limits = {"AddSmsTemplate": 0.005}
    with client_of(ScriptedApi(answer), clock=clock, rate_limits=limits) as client:
        assert [add(client), add(client)] == [1, 3]
    assert clock.elapsed > 200


def test_a_clock_that_is_moved_on_ends_no_exchange() -> None:
    """Others of the same run may sleep for minutes on it while a reply is on its way."""
    clock = FakeClock()

    def answer(connection: socket.socket, request: bytes) -> None:
        clock.sleep(600)
        connection.sendall(wire(ACCEPTED))

    with raw_server(answer) as (url, _):
        client = client_of(None, clock=clock, endpoints=Endpoints(url, url))
        with client:
            assert add(client) == 1110


def test_each_thread_has_a_deadline_of_its_own() -> None:
    deadline = Deadline()
    seen: list[float] = []
    with deadline.within(0.0):
        thread = threading.Thread(target=lambda: seen.append(deadline.left(7.0)))
        thread.start()
        thread.join(10)
        with pytest.raises(Expired):
            deadline.left(7.0)
    assert seen == [7.0]
    assert deadline.left(7.0) == 7.0


def test_a_reset_by_the_other_side_is_no_end_of_the_exchange() -> None:
    ours, theirs = socket.socketpair()
    stream = Plain(ours, "peer", Deadline(), {})
    theirs.close()
    assert stream.read(10, 1.0) == b""
    assert stream.get_extra_info("is_readable")
    stream.close()
    assert stream.get_extra_info("is_readable")


_PROGRAM = """
import socket, sys, threading
from smsops.clock import Clock
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials
from smsops.providers.tencent.endpoints import Endpoints
from smsops.providers.tencent.transport import Timeouts
if sys.argv[1] == "https://dns.example":
    socket.getaddrinfo = lambda *a, **k: threading.Event().wait()
client = Client(Credentials("AKIDx", "key", None, "test"), Endpoints(sys.argv[1], sys.argv[1]),
    "ap-guangzhou", clock=Clock(sleep=lambda _: None),
    timeouts=Timeouts(connect=20, read=20, exchange=0.3))
try:
    client.caller()
except Exception as error:
    print(type(error).__name__, threading.active_count())
"""


@pytest.mark.parametrize("place", ["dns", "server"])
def test_nothing_keeps_a_process_alive_after_the_limit(place: str) -> None:
    with raw_server(dripping(DRIPS["headers"])) as (url, _):
        target = "https://dns.example" if place == "dns" else url
        ran = subprocess.run(
            [sys.executable, "-c", _PROGRAM, target],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert ran.stderr == ""
    assert ran.stdout.startswith("NotSent" if place == "dns" else "Unknown 1")


def test_a_connection_that_says_goodbye_with_its_reply_is_not_used_again(
    authority: Authority,
) -> None:
    """The end of TLS is in our own buffer by then, where no look at the socket would find it."""
    tls = authority.server("127.0.0.1")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ACCEPTED)
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = tls.wrap_bio(incoming, outgoing, server_side=True)

        def fed(step: Callable[[], object]) -> None:
            while True:
                try:
                    step()
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))
                else:
                    return

        fed(session.do_handshake)
        fed(lambda: session.read(65536))
        session.write(head + ACCEPTED)
        with contextlib.suppress(ssl.SSLError):  # it does not wait for ours
            session.unwrap()
        connection.sendall(outgoing.read())
        over.wait(10)  # the socket itself stays open

    with socket_server(serve) as port:
        url = f"https://127.0.0.1:{port}"
        with client_at(url, limit=20, SSL_CERT_FILE=str(authority.certificate)) as client:
            try:
                assert add(client) == 1110
                assert add(client) == 1110
            finally:
                over.set()
