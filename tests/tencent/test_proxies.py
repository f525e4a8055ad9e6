"""Proxies: which one is used, what goes through it, and what is said when it does not work."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.errors import SmsopsError, StateError, UsageError
from smsops.kinds import RESOURCES
from smsops.model import Spec
from smsops.net.proxies import Proxy, route
from smsops.net.transport import Timeouts
from smsops.providers.errors import NotSent
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.endpoints import Endpoints, resolve
from smsops.state.backends.httpwire import HttpExchange, NoReply, settings
from tests.support.clock import SLEEPLESS
from tests.support.scripted_api import CREDENTIALS
from tests.support.servers import raw_server, socket_server, wire
from tests.tencent.authority import Authority

HOST = "sms.tencentcloudapi.com"
SPEC: Spec = {"templateName": "n", "content": "c", "smsType": "marketing", "international": False}
PASSWORD = "hunter2/@"
ENCODED = "hunter2%2F%40"


def client_of(environment: Mapping[str, str], host: str = "") -> Client:
    return Client(
        CREDENTIALS,
        Endpoints(host, host) if host else resolve(None, ()),
        "ap-guangzhou",
        clock=SLEEPLESS,
        environment=environment,
        timeouts=Timeouts(connect=2.0, read=2.0, exchange=4.0),
    )


def failed(environment: Mapping[str, str], host: str = "") -> str:
    """The words and the advice for a write that was not sent."""
    with client_of(environment, host) as client, pytest.raises(NotSent) as caught:
        client.add(RESOURCES["template"], SPEC, {}, address="template.login")
    assert caught.value.exit == 1
    assert "hunter2" not in caught.value.message + caught.value.hint
    return f"{caught.value.message}\n{caught.value.hint}"


# -- which one -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:1"}, "the proxy p:1 (HTTPS_PROXY)"),
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"}, "the proxy p:1 (https_proxy)"),
        ({"ALL_PROXY": "http://p:1"}, "the proxy p:1 (ALL_PROXY)"),
        ({"all_proxy": "socks5://s", "HTTPS_PROXY": "http://p:1"}, "the proxy p:1 (HTTPS_PROXY)"),
        ({"HTTP_PROXY": "http://p:1"}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": "p:3128"}, "the proxy p:3128 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://p"}, "the proxy p:80 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "https://p"}, "the proxy p:443 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://[::1]:3128/"}, "the proxy [::1]:3128 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://me:hunter2@p:1"}, "the proxy p:1 (HTTPS_PROXY)"),
    ],
)
def test_which_proxy(environment: dict[str, str], expected: str | None) -> None:
    found = route(HOST, 443, environment).proxy
    assert (found and str(found.shown)) == expected
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("excluded", "host", "direct"),
    [
        ("*", HOST, True),
        ("a, .tencentcloudapi.com", HOST, True),
        ("tencentcloudapi.com", HOST, True),
        ("TencentCloudAPI.com", HOST, True),
        (HOST, HOST, True),
        ("*.tencentcloudapi.com", HOST, True),
        ("a tencentcloudapi.com", HOST, True),
        (f"{HOST}:443", HOST, True),
        (f"{HOST}:8443", HOST, False),
        ("cloudapi.com,,", HOST, False),
        (f"x.{HOST}", HOST, False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("fd00::/8", "fd00::7", True),
        ("10.0.0.0/8", HOST, False),
    ],
)
def test_no_proxy(excluded: str, host: str, direct: bool) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        found = route(host, 443, {"HTTPS_PROXY": "http://p:1", name: excluded})
        assert (found.proxy is None) is direct


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_value_of_the_variables_is_more_than_a_usage_error(proxy: str, excluded: str) -> None:
    try:
        found = route(HOST, 443, {"HTTPS_PROXY": proxy, "NO_PROXY": excluded}).proxy
    except UsageError:
        return
    assert found is None or (found.host and 0 < found.port < 65536)


@pytest.mark.parametrize(
    "value",
    [
        "ftp://user:hunter2@p",
        "http://user:hunter2@p:x",
        "http://user:hunter2@p:0",
        "http://user:1/hunter2@p:1",
        "http://user:1#hunter2@p:1",
        "http://user:1?hunter2@p:1",
        "http://hunter2@",
        "http://hunter2.example:80 ",
        "http://hunter2\r",
        "http://[hunter2",
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_usage_error_that_quotes_nothing(value: str) -> None:
    for build in (
        lambda: client_of({"HTTPS_PROXY": value}),
        lambda: state("https://git.example.com", HTTPS_PROXY=value),
    ):
        with pytest.raises(SmsopsError, match="HTTPS_PROXY does not name a proxy") as caught:
            build()
        assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "SOCKS5"])
def test_a_socks_proxy_is_named(name: str, scheme: str) -> None:
    with pytest.raises(UsageError) as caught:
        client_of({name: f"{scheme}://me:hunter2@127.0.0.1:1080"})
    assert caught.value.message == f"{name} names a SOCKS proxy; smsops speaks http proxies only"
    assert "HTTPS_PROXY=http://host:port" in caught.value.hint


def test_a_proxy_that_is_not_needed_is_not_looked_at() -> None:
    for host in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"):
        client_of({"ALL_PROXY": "socks5://x"}, host).close()
    client_of({"ALL_PROXY": "socks5://x", "NO_PROXY": ".tencentcloudapi.com"}).close()


# -- through it ------------------------------------------------------------------------------------


@contextlib.contextmanager
def forwarding(port: int, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that connects everybody to ``port``; yields its port and what it was asked."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) if tls else connection as client:
            asked.append(client.recv(65536))
            with socket.create_connection(("127.0.0.1", port)) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
                _pump(client, server)

    with socket_server(serve) as own:
        yield own, asked


def _pump(client: socket.socket, server: socket.socket) -> None:
    while True:
        waiting = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if waiting else select.select([client, server], [], [], 10)[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (server if source is client else client).sendall(data)


CALLER = b'{"Response": {"AccountId": "100000000001", "RequestId": "r"}}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_call_goes_through_a_proxy(scheme: str, authority: Authority) -> None:
    """TLS is with the endpoint, also inside TLS with the proxy, which sees a host and no more."""
    api = authority.server("sms.example.com")
    proxy_tls = authority.server("127.0.0.1") if scheme == "https" else None
    reply = wire(CALLER.ljust(200_000))
    with (
        raw_server(lambda connection, _: connection.sendall(reply), tls=api) as (url, received),
        forwarding(int(url.rpartition(":")[2]), proxy_tls) as (port, asked),
    ):
        environment = {
            "HTTPS_PROXY": f"{scheme}://me:{ENCODED}@127.0.0.1:{port}",
            "SSL_CERT_FILE": str(authority.certificate),
        }
        with client_of(environment, "https://sms.example.com:8443") as client:
            assert client.caller().account_id == "100000000001"
            assert client.caller().account_id == "100000000001"
    assert len(received) == 2
    assert received[0].startswith(b"POST / HTTP/1.1\r\nHost: sms.example.com:8443\r\n")
    login = base64.b64encode(f"me:{PASSWORD}".encode())
    for request in asked:
        assert request.startswith(b"CONNECT sms.example.com:8443 HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic " + login + b"\r\n" in request
        assert b"AKID" not in request
    assert not any(b"Proxy-Authorization" in request for request in received)


def test_a_certificate_that_a_proxy_makes_up_is_said_to_be_behind_it(authority: Authority) -> None:
    with (
        raw_server(lambda *_: None, tls=authority.server("sms.example.com")) as (url, received),
        forwarding(int(url.rpartition(":")[2])) as (port, _),
    ):
        said = failed({"HTTPS_PROXY": f"127.0.0.1:{port}"}, "https://sms.example.com")
    place = f"sms.example.com through the proxy 127.0.0.1:{port} (HTTPS_PROXY)"
    assert f"the certificate of {place} was issued by a CA" in said
    assert "SSL_CERT_FILE" in said
    assert received == []


# -- when it does not work -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy"])
def test_a_proxy_that_is_down_is_named_with_its_variable(name: str) -> None:
    said = failed({name: f"http://me:{ENCODED}@127.0.0.1:9"})
    assert f"was not sent: the proxy 127.0.0.1:9 ({name}) cannot be reached" in said
    assert f"Check {name}." in said


def test_whose_name_dns_does_not_know_is_said() -> None:
    proxy = failed({"HTTPS_PROXY": "http://no-such-proxy.invalid:3128"})
    assert "the proxy no-such-proxy.invalid:3128 (HTTPS_PROXY) cannot be reached: DNS" in proxy
    host = failed({}, "https://no-such-host.invalid")
    assert "was not sent: no-such-host.invalid cannot be reached: DNS" in host
    assert "HTTPS_PROXY=http://host:port" in host


#: What a proxy answers to CONNECT -> the words for it, and the advice.
ANSWERS: dict[str, tuple[bytes, str, str]] = {
    "403": (b"HTTP/1.1 403 No\r\n\r\n", f"refuses to connect to {HOST}:443 (403 Forb", "allow it"),
    "404": (
        b"HTTP/1.0 404 Not Found\r\n\r\n",
        f"refuses to connect to {HOST}:443 (404",
        "NO_PROXY",
    ),
    "502": (b"HTTP/1.1 502 Bad\r\n\r\n", f"cannot reach {HOST}:443 (502 Bad Gateway)", "NO_PROXY"),
    "599": (b"HTTP/1.1 599 hunter2\r\n\r\n", f"cannot reach {HOST}:443 (599)", "NO_PROXY"),
    "NTLM": (
        b"HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Negotiate x\r\n\r\n",
        "takes no Basic authentication (407), and smsops speaks no other",
        "NTLM, Kerberos",
    ),
    "SSH": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "does not answer like an HTTP proxy", "Check"),
    "half": (b"HTTP/1.1 200 OK\r\nVia: x", "does not answer like an HTTP proxy", "Check"),
    "chatty": (b"HTTP/1.1 200 OK\r\n\r\nhello", "does not answer like an HTTP proxy", "Check"),
    "endless": (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 99_999, "does not answer like", "Check"),
    "nothing": (b"", "ends the connection", "Check"),
}


@pytest.mark.parametrize(("answer", "words", "advice"), ANSWERS.values(), ids=ANSWERS)
def test_a_proxy_that_does_not_connect(answer: bytes, words: str, advice: str) -> None:
    with raw_server(lambda connection, _: connection.sendall(answer)) as (url, received):
        said = failed({"HTTPS_PROXY": url})
    assert f"the proxy {url.removeprefix('http://')} (HTTPS_PROXY) {words}" in said
    assert advice in said
    assert len(received) == 1
    assert b"AKID" not in received[0]


def test_a_proxy_that_wants_a_password() -> None:
    asks = b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\n\r\n"
    with raw_server(lambda connection, _: connection.sendall(asks)) as (url, _):
        without = failed({"ALL_PROXY": url})
        wrong = failed({"ALL_PROXY": url.replace("//", f"//me:{ENCODED}@")})
    assert "(ALL_PROXY) asks for a user and a password (407)" in without
    assert "http://user:password@host:port" in without
    assert "(ALL_PROXY) does not accept the user and password of ALL_PROXY (407)" in wrong
    assert "%40" in wrong


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HTTP_PROXY": "http://p:1"}, "HTTP_PROXY is for http alone: set HTTPS_PROXY"),
        (
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".invalid"},
            "NO_PROXY takes no-such-host.invalid out of HTTPS_PROXY.",
        ),
    ],
)
def test_a_variable_that_explains_a_direct_connection_is_named(
    environment: dict[str, str], words: str
) -> None:
    assert words in failed(environment, "https://no-such-host.invalid")


def test_an_emulator_that_is_not_running_is_asked_about() -> None:
    assert "Is the server running? Check --endpoint." in failed({}, "http://127.0.0.1:9")


# -- the state server ------------------------------------------------------------------------------


def state(url: str, **environment: str) -> str:
    """The words for a state that cannot be had."""
    found = HttpExchange(
        settings({"SMSOPS_HTTP_ADDRESS": f"{url}/s", **environment}), clock=SLEEPLESS
    )
    with pytest.raises(NoReply) as caught:
        found.send("GET", f"{url}/s")
    assert caught.value.sent is False
    return str(caught.value)


def test_the_state_server_gets_the_same_words() -> None:
    url = "https://git.example.invalid"
    proxy = state(url, HTTPS_PROXY=f"http://me:{ENCODED}@127.0.0.1:9")
    assert proxy.startswith("the proxy 127.0.0.1:9 (HTTPS_PROXY) cannot be reached: ")
    direct = state(url, HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="git.example.invalid")
    assert "git.example.invalid cannot be reached: DNS" in direct
    assert "SMSOPS_HTTP_ADDRESS" in direct
    assert "hunter2" not in proxy + direct
    with pytest.raises(StateError, match="ALL_PROXY names a SOCKS proxy"):
        state(url, ALL_PROXY="socks5://127.0.0.1:9")


def test_a_proxy_tells_no_secret() -> None:
    proxy = Proxy("http", "p", 1, "HTTPS_PROXY", "me", "hunter2")
    assert "hunter2" not in repr(proxy) + str(proxy) + str(proxy.shown)
    assert str(proxy.shown) == "the proxy p:1 (HTTPS_PROXY)"
