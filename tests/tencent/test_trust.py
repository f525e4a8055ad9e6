"""Whom TLS trusts, and what a failed handshake is called."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smsops.errors import SmsopsError
from smsops.net import trust
from smsops.net.transport import Timeouts
from smsops.providers.errors import NotSent
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.endpoints import Endpoints
from smsops.state.backends.httpwire import HttpExchange, NoReply, settings
from tests.support.account import ENVIRONMENT
from tests.support.clock import SLEEPLESS
from tests.support.project import Project
from tests.support.scripted_api import CREDENTIALS
from tests.support.servers import raw_server, socket_server, wire
from tests.tencent.authority import FUTURE, LATER, PAST, YESTERDAY, Authority

CALLER = b'{"Response": {"AccountId": "100000000001", "RequestId": "r"}}'
#: Real time, without pauses between the tries.


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.fixture(scope="module")
def honest(authority: Authority) -> ssl.SSLContext:
    return authority.server("127.0.0.1")


def ask(url: str, **environment: str) -> str:
    client = Client(
        CREDENTIALS,
        Endpoints(url, url),
        "ap-guangzhou",
        clock=SLEEPLESS,
        environment=environment,
        timeouts=Timeouts(connect=0.7, read=2.0, exchange=4.0),
    )
    with client:
        return client.caller().account_id


def failed(url: str, **environment: str) -> str:
    """The words and the advice for a call that was not sent."""
    with pytest.raises(NotSent) as caught:
        ask(url, **environment)
    return f"{caught.value.message}\n{caught.value.hint}"


def answers(connection: socket.socket, request: bytes) -> None:
    connection.sendall(wire(CALLER))


@pytest.mark.parametrize(
    "name", ["SMSOPS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
)
def test_a_companys_own_ca_is_taken_from_the_environment(
    name: str, authority: Authority, honest: ssl.SSLContext
) -> None:
    with raw_server(answers, tls=honest) as (url, _):
        assert ask(url, **{name: str(authority.certificate)}) == "100000000001"


def test_bundles_that_are_named_are_taken_together(
    authority: Authority, honest: ssl.SSLContext, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    environment = {
        "SSL_CERT_FILE": str(other.certificate),
        "REQUESTS_CA_BUNDLE": str(authority.certificate),
    }
    with raw_server(answers, tls=honest) as (url, _):
        assert ask(url, **environment) == "100000000001"


def test_the_option_stands_alone(
    authority: Authority, honest: ssl.SSLContext, tmp_path: Path
) -> None:
    """Through the command line; a bundle that another variable names is not even looked at."""
    with raw_server(answers, tls=honest) as (url, _):
        project = Project(
            tmp_path,
            options=("--endpoint", url),
            environment={**ENVIRONMENT, "SSL_CERT_FILE": "/nowhere"},
        )
        ran = project("whoami", "--ca-bundle", str(authority.certificate))
        assert (ran.code, "100000000001" in ran.out) == (0, True), ran.err
        ran = project("--ca-bundle", str(tmp_path / "none.pem"), "whoami")
    assert ran.code == 1
    assert "Error: --ca-bundle (SMSOPS_CA_BUNDLE) names" in ran.err
    assert "none.pem, which cannot be read" in ran.err


@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_directory_of_certificates(
    name: str, authority: Authority, honest: ssl.SSLContext, tmp_path: Path
) -> None:
    shutil.copy(authority.certificate, tmp_path / "company.pem")
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    with raw_server(answers, tls=honest) as (url, _):
        assert ask(url, **{name: str(tmp_path)}) == "100000000001"


def test_a_bundle_may_hold_less_than_the_root(tmp_path: Path) -> None:
    """The server's own certificate, or an intermediate CA's: what companies hand out."""
    authority = Authority(tmp_path / "ca")
    with raw_server(answers, tls=authority.server("127.0.0.1")) as (url, _):
        assert ask(url, SSL_CERT_FILE=str(tmp_path / "ca" / "leaf.pem")) == "100000000001"


def test_an_unknown_ca_is_named_with_the_remedy(honest: ssl.SSLContext) -> None:
    with raw_server(answers, tls=honest) as (url, received):
        said = failed(url)
    place = url.removeprefix("https://")
    assert f"the certificate of {place} was issued by a CA that smsops does not know" in said
    assert "set SSL_CERT_FILE to its bundle in PEM" in said
    assert received == []


def test_a_bundle_that_lacks_the_ca_is_named(honest: ssl.SSLContext, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    with raw_server(answers, tls=honest) as (url, _):
        said = failed(url, REQUESTS_CA_BUNDLE=str(other.certificate))
    assert "smsops goes by REQUESTS_CA_BUNDLE: the CA has to be in there" in said


#: What a server shows -> the words for it. Each is trusted but for this.
CERTIFICATES: dict[str, tuple[Callable[[Authority], ssl.SSLContext], str, str]] = {
    "expired": (
        lambda ca: ca.server("127.0.0.1", start=PAST, end=YESTERDAY),
        "has expired",
        "has to renew it",
    ),
    "of tomorrow": (
        lambda ca: ca.server("127.0.0.1", start=FUTURE, end=LATER),
        "is not valid yet",
        "clock",
    ),
    "of another address": (lambda ca: ca.server("10.9.8.7"), "is for another name", "captive"),
    "of a name": (lambda ca: ca.server("sms.example.com"), "is for another name", "captive"),
    "signed by itself": (
        lambda ca: ca.server("127.0.0.1", signed=False),
        "smsops does not know: it signed itself",
        "the CA has to be in there",
    ),
}


@pytest.mark.parametrize(("shows", "words", "remedy"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_what_is_wrong_with_a_certificate(
    shows: Callable[[Authority], ssl.SSLContext], words: str, remedy: str, authority: Authority
) -> None:
    with raw_server(answers, tls=shows(authority)) as (url, received):
        said = failed(url, SSL_CERT_FILE=str(authority.certificate))
    assert words in said.splitlines()[0]
    assert remedy in said.splitlines()[1]
    assert received == []


def test_the_host_name_is_checked(authority: Authority) -> None:
    environment = {"SSL_CERT_FILE": str(authority.certificate)}
    with raw_server(answers, tls=authority.server("localhost")) as (url, _):
        assert ask(url.replace("127.0.0.1", "localhost"), **environment) == "100000000001"
        assert "is for another name" in failed(url, **environment)


#: What a server does instead of a handshake -> the words for it.
STRANGERS: dict[str, tuple[bytes | None, str]] = {
    "plain HTTP": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"),
    "SSH": (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak TLS"),
    "hangs up": (b"", "ended the connection in the TLS handshake"),
    "an alert": (bytes.fromhex("15030300020228"), "refused the TLS handshake"),
    "an old version": (bytes.fromhex("15030300020246"), "speaks no version of TLS"),
    "silence": (None, "does not finish the TLS handshake"),
}


@pytest.mark.parametrize(("sends", "words"), STRANGERS.values(), ids=STRANGERS)
def test_what_is_wrong_with_a_handshake(sends: bytes | None, words: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        if sends is None:
            connection.recv(4096)
        else:
            connection.sendall(sends)

    with socket_server(serve) as port:
        began = time.monotonic()
        said = failed(f"https://127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in said
    assert words in said
    assert time.monotonic() - began < 10


def test_the_state_server_gets_the_same_words_and_the_same_bundle(
    authority: Authority, honest: ssl.SSLContext
) -> None:
    def wire_to(url: str, **environment: str) -> HttpExchange:
        return HttpExchange(
            settings({"SMSOPS_HTTP_ADDRESS": f"{url}/state", **environment}), clock=SLEEPLESS
        )

    with raw_server(lambda c, _: c.sendall(wire(b"state")), tls=honest) as (url, received):
        with pytest.raises(NoReply, match=r"a CA that smsops does not know.*SSL_CERT_FILE") as lost:
            wire_to(url).send("GET", f"{url}/state")
        assert lost.value.sent is False
        assert received == []
        trusting = wire_to(url, REQUESTS_CA_BUNDLE=str(authority.certificate))
        assert trusting.send("GET", f"{url}/state").body == b"state"


def test_a_bundle_that_cannot_be_used_is_said_so(authority: Authority, tmp_path: Path) -> None:
    def content(name: str, body: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(body)
        return path

    key = content("key.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    whole = authority.certificate.read_bytes()
    damaged = content("damaged.pem", whole[:400] + b"\n-----END CERTIFICATE-----\n")
    der = content("ca.der", ssl.PEM_cert_to_DER_cert(whole.decode()))
    (tmp_path / "unhashed").mkdir()
    shutil.copy(authority.certificate, tmp_path / "unhashed" / "company.pem")
    for name, path, words, remedy in [
        ("SSL_CERT_FILE", tmp_path / "nowhere.pem", "No such file", "CA bundle"),
        ("REQUESTS_CA_BUNDLE", tmp_path / "nowhere.pem", "No such file", "CA bundle"),
        ("SSL_CERT_FILE", tmp_path, "is a directory", "SSL_CERT_DIR"),
        ("SSL_CERT_FILE", content("empty.pem", b""), "holds no certificate", "PEM"),
        ("SSL_CERT_FILE", content("words", b"no certificate\n"), "holds no certificate", "PEM"),
        ("SSL_CERT_FILE", key, "holds no certificate", "private key"),
        ("SSL_CERT_FILE", der, "holds no certificate", "-inform der"),
        ("SSL_CERT_FILE", damaged, "holds no certificate", "damaged"),
        ("SSL_CERT_DIR", tmp_path / "nowhere", "is no directory", ""),
        ("SSL_CERT_DIR", key, "is no directory", ""),
        ("SSL_CERT_DIR", tmp_path / "unhashed", "under its hash", "rehash"),
        ("CURL_CA_BUNDLE", tmp_path / "unhashed", "under its hash", "rehash"),
    ]:
        with pytest.raises(SmsopsError) as caught:
            trust.context({name: str(path)})
        assert caught.value.message.startswith(f"{name} names {path}")
        assert words in caught.value.message
        assert remedy in caught.value.hint


def test_without_a_variable_the_bundle_that_comes_along_is_used() -> None:
    assert trust.context({}).cert_store_stats()["x509_ca"] > 100
    assert (
        trust.context({"SSL_CERT_FILE": "", "CURL_CA_BUNDLE": ""}).verify_mode is ssl.CERT_REQUIRED
    )


def test_a_context_for_plain_http_trusts_nobody() -> None:
    """What loopback connections carry around cannot be used to skip verification."""
    context = trust.nobody()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() == []


def test_a_bundle_of_ones_own_is_verified_against_just_as_strictly(authority: Authority) -> None:
    context = trust.context({"SSL_CERT_FILE": str(authority.certificate)})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1
