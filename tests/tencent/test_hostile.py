"""Real sockets that misbehave: nothing but our own errors, and no success without an id."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsops.clock import SYSTEM
from smsops.kinds import RESOURCES
from smsops.model import Spec
from smsops.net.transport import Timeouts
from smsops.providers.errors import ApiError, NotSent, Refused, Unknown
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.endpoints import Endpoints, resolve
from smsops.providers.tencent.tc3 import TC3Auth
from tests.support.examples import examples
from tests.support.scripted_api import CREDENTIALS, error, ok
from tests.support.servers import raw_server, wire

TEMPLATE = RESOURCES["template"]
SPEC: Spec = {"templateName": "n", "content": "c", "smsType": "marketing", "international": False}
ACCEPTED = json.dumps({"Response": ok(AddTemplateStatus={"TemplateId": "1110"})}).encode()
REFUSED = json.dumps({"Response": error("InvalidParameterValue.InvalidTemplateFormat")}).encode()
JSON = "Content-Type: application/json\r\n"

Answer = Callable[[socket.socket, bytes], None]


def client_at(url: str, *, read: float = 5.0, environment: dict[str, str] | None = None) -> Client:
    return Client(
        CREDENTIALS,
        resolve(url, ()),
        "ap-guangzhou",
        clock=SYSTEM,
        rate_limits={"AddSmsTemplate": 1e9},
        timeouts=Timeouts(connect=2.0, read=read, exchange=1.0),
        environment=environment or {},
    )


def add(client: Client) -> int:
    return client.add(TEMPLATE, SPEC, {}, address="template.login")


def sends(data: bytes) -> Answer:
    return lambda connection, _: connection.sendall(data)


def resets(connection: socket.socket, request: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


def drips(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b" ")
        threading.Event().wait(0.05)


def floods(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" " * 1_000_000)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + end


def test_a_good_reply_is_a_success() -> None:
    reply = wire(ACCEPTED, headers=JSON)
    with raw_server(sends(reply)) as (url, received), client_at(url) as client:
        assert add(client) == 1110
    assert len(received) == 1


GOOD: dict[str, bytes] = {
    "with a charset": wire(ACCEPTED, headers="Content-Type: application/json; charset=utf-8\r\n"),
    "as text": wire(ACCEPTED, headers="Content-Type: text/html\r\n"),
    "without a type": wire(ACCEPTED),
    "packed": wire(gzip.compress(ACCEPTED), headers="Content-Encoding: gzip\r\n"),
    "chunked": chunked(ACCEPTED[:9], ACCEPTED[9:]),
    "until the end": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ACCEPTED,
}


@pytest.mark.parametrize("reply", GOOD.values(), ids=GOOD.keys())
def test_the_form_of_a_reply_does_not_matter(reply: bytes) -> None:
    with raw_server(sends(reply)) as (url, _), client_at(url) as client:
        assert add(client) == 1110


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/x"])
def test_a_refusal_is_seen_under_any_content_type(kind: str) -> None:
    reply = wire(REFUSED, headers=f"Content-Type: {kind}\r\n")
    with (
        raw_server(sends(reply)) as (url, _),
        client_at(url) as client,
        pytest.raises(Refused, match="InvalidTemplateFormat"),
    ):
        add(client)


def response(**members: Any) -> bytes:
    return wire(json.dumps({"Response": {"RequestId": "id-1", **members}}).encode(), headers=JSON)


#: Everything a write may meet that proves nothing (the service may have committed in each case).
UNKNOWN: dict[str, Answer] = {
    "closes without a byte": lambda connection, request: None,
    "resets": resets,
    "hangs": hangs,
    "drips": drips,
    "not HTTP": sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "garbage": sends(bytes(range(256)) * 10),
    "only a status line": sends(b"HTTP/1.1 200 OK\r\n"),
    "headers cut off": sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "body cut off": sends(wire(ACCEPTED)[:-3]),
    "a body longer than said": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + ACCEPTED),
    "two lengths": sends(wire(ACCEPTED, headers="Content-Length: 4\r\n")),
    "chunks of garbage": sends(chunked(end=b"zz\r\nnot a chunk\r\n")),
    "chunks cut off": sends(chunked(ACCEPTED, end=b"")),
    "HTML behind 200": sends(wire(b"<html>log in</html>", headers="Content-Type: text/html\r\n")),
    "JSON without Response": sends(wire(b'{"ok": true}', headers=JSON)),
    "an empty body": sends(wire(b"", headers=JSON)),
    "status 204": sends(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "status 400": sends(wire(REFUSED, status="400 Bad Request")),
    "status 429": sends(wire(b"slow down", status="429 Too Many Requests")),
    "status 500": sends(wire(ACCEPTED, status="500 Oops")),
    "status 502": sends(wire(b"<html>", status="502 Bad Gateway")),
    "status 503": sends(wire(REFUSED, status="503 Unavailable")),
    "says gzip, is not": sends(wire(ACCEPTED, headers="Content-Encoding: gzip\r\n")),
    "gzip cut off": sends(wire(gzip.compress(ACCEPTED)[:-9], headers="Content-Encoding: gzip\r\n")),
    "a bomb": sends(wire(gzip.compress(b"[" * 50_000_000), headers="Content-Encoding: gzip\r\n")),
    "100 MB": floods,
    "duplicate keys": sends(
        wire(ACCEPTED.replace(b'"TemplateId"', b'"TemplateId": 1, "TemplateId"'))
    ),
    "1e999": sends(wire(b'{"Response": {"RequestId": "a", "AddTemplateStatus": 1e999}}')),
    "a huge id": sends(response(AddTemplateStatus={"TemplateId": 10**30})),
    "an id as 007": sends(response(AddTemplateStatus={"TemplateId": "007"})),
    "no id": sends(response()),
    "a null status": sends(response(AddTemplateStatus=None)),
    "a status of another action": sends(response(DeleteTemplateStatus={"DeleteStatus": "ok"})),
    "InternalError": sends(response(Error={"Code": "InternalError", "Message": "?"})),
    "an error and an id": sends(
        response(Error={"Code": "InvalidParameter"}, AddTemplateStatus={"TemplateId": "1"})
    ),
    "an unfinished interim reply": sends(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header bomb": sends(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n"),
    "HTTP/2": sends(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
}


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_write_that_meets_this_is_unknown_and_sent_once(answer: Answer) -> None:
    with (
        raw_server(answer) as (url, received),
        client_at(url, read=0.5) as client,
        pytest.raises(Unknown) as caught,
    ):
        add(client)
    assert caught.value.exit == 7
    assert caught.value.message.startswith("template.login: AddSmsTemplate ")
    assert len(received) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(status: str) -> None:
    with raw_server(sends(wire(ACCEPTED))) as (elsewhere, replayed):
        reply = wire(b"", status=status, headers=f"Location: {elsewhere}/\r\n")
        with (
            raw_server(sends(reply)) as (url, received),
            client_at(url) as client,
            pytest.raises(Unknown, match=status[:3]),
        ):
            add(client)
    assert (len(received), replayed) == (1, [])


def test_cookies_are_not_kept() -> None:
    reply = wire(ACCEPTED, headers="Set-Cookie: track=me; Path=/\r\n")
    with raw_server(sends(reply)) as (url, received), client_at(url) as client:
        add(client)
        add(client)
    assert len(received) == 2
    assert not any(b"cookie" in request.lower() for request in received)


def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """requests would replace the signature by the netrc's password."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with raw_server(sends(wire(ACCEPTED))) as (url, received), client_at(url) as client:
        add(client)
    assert b"Authorization: TC3-HMAC-SHA256 Credential=" in received[0]
    assert b"Basic" not in received[0]


def test_the_process_environment_sets_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the environment that was passed in does, and none for loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    proxies = {"ALL_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    with (
        raw_server(sends(wire(ACCEPTED))) as (url, _),
        client_at(url, environment=proxies) as client,
    ):
        assert add(client) == 1110


def test_a_closed_port_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with client_at(f"http://127.0.0.1:{port}") as client, pytest.raises(NotSent) as caught:
        add(client)
    assert f"127.0.0.1:{port} cannot be reached" in caught.value.message


def test_a_host_without_an_address_is_not_sent() -> None:
    url = "https://no-such-host.invalid"
    client = Client(CREDENTIALS, Endpoints(url, url), "ap-guangzhou")
    with client, pytest.raises(NotSent, match=r"no-such-host\.invalid cannot be reached"):
        add(client)


def test_tls_with_a_stranger_is_not_sent() -> None:
    """A server that does not speak TLS: the handshake fails before the request leaves."""

    def deaf(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    listener = socket.create_server(("127.0.0.1", 0))
    seen = bytearray()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            seen.extend(connection.recv(65536))
            deaf(connection, b"")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    with client_at(url) as client, pytest.raises(NotSent):
        add(client)
    thread.join(10)
    listener.close()
    assert b"Authorization" not in seen


_STATUS = st.sampled_from(["200 OK", "200 OK", "500 Oops", "302 Found", "200", "abc", ""])
_HEADERS = st.sampled_from(
    ["", JSON, "Content-Type: \xff\r\n", "Content-Encoding: gzip\r\n", "Date: x\r\n", "bad\r\n"]
)
_BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([ACCEPTED, REFUSED]),
    st.builds(lambda body, at: body[:at], st.just(ACCEPTED), st.integers(0, len(ACCEPTED))),
    st.builds(
        lambda key, value: json.dumps({"Response": {"RequestId": "a", key: value}}).encode(),
        st.sampled_from(["Error", "AddTemplateStatus"]),
        st.dictionaries(
            st.sampled_from(["Code", "TemplateId"]),
            st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.just("1110"),
        ),
    ),
)


def test_no_bytes_of_a_server_make_anything_but_our_errors() -> None:
    """Never a success without a whole number as id."""
    reply = b""
    with (
        raw_server(lambda connection, _: connection.sendall(reply)) as (url, _),
        client_at(url, read=0.5) as client,
    ):

        @given(_STATUS, _HEADERS, _BODIES, st.booleans())
        @settings(max_examples=examples(200), deadline=None)
        def meets(status: str, headers: str, body: bytes, raw: bool) -> None:
            nonlocal reply
            reply = body if raw else wire(body, status=status, headers=headers)
            try:
                number = add(client)
            except ApiError:
                return
            assert type(number) is int
            assert number > 0

        meets()


def test_a_reply_that_hangs_ends_with_the_read_timeout() -> None:
    with (
        raw_server(hangs) as (url, _),
        client_at(url, read=0.3) as client,
        pytest.raises(Unknown, match="did not come in time"),
    ):
        add(client)


def test_a_request_counts_as_sent_before_its_reply() -> None:
    """Pacing goes by the moment the body has left; the server answers only after that."""
    left = threading.Event()
    waited: list[bool] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        waited.append(left.wait(5))
        connection.sendall(wire(ACCEPTED))

    with raw_server(answer) as (url, _), client_at(url) as client:
        auth = TC3Auth(CREDENTIALS, "sms", SYSTEM.now)
        headers = {"X-TC-Action": "AddSmsTemplate"}
        client._wire.send(url, b"{}", headers, auth=auth, sent=left.set)
    assert waited == [True]


def test_httpx_is_told_to_be_strict() -> None:
    with client_at("http://127.0.0.1:1") as client:
        http: httpx.Client = client._wire._http
        assert http.follow_redirects is False
        assert http.trust_env is False
