"""The one door to httpx: how connections are made, and how one request is sent.

No redirects (a 307 would replay a signed POST), no netrc, no cookies, TLS always verified, proxies
only from ``HTTPS_PROXY``/``ALL_PROXY``/``NO_PROXY`` of the environment that was passed in, and
never for loopback addresses. ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace the CA bundle.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from smsops import __version__
from smsops.clock import Clock
from smsops.errors import SmsopsError, UsageError
from smsops.tencent import reply
from smsops.tencent.endpoints import Endpoints, is_loopback

#: Idle connections are dropped before servers do it (common: 5 s), lest a write meets the closing.
KEEP = 3.0
CONNECTIONS = 32

#: What proves that nothing was sent: httpx raises these before the first byte of the request.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


#: Characters of an operating system's or a proxy's reason that are kept.
REASON = 200


class Unreachable(Exception):
    """Nothing was sent: no address, no connection, no TLS, no proxy. The text says why."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two bytes, and for a whole reply."""

    connect: float = 5.0
    read: float = 30.0
    reply: float = 60.0


@dataclass(frozen=True, slots=True)
class Raw:
    """A reply as it came; only the body is unpacked."""

    status: int
    content_type: str
    date: str
    body: bytes


class Wire:
    """An ``httpx.Client`` set up for the API. Thread-safe; close it.

    ``transport`` replaces the network: the emulator in process, or a test's.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        environment: Mapping[str, str],
        *,
        timeouts: Timeouts,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._timeouts = timeouts
        #: A transport of ours tells when a request has left; others are taken to send at once.
        self._traces = transport is None
        urls = {endpoints.sms, endpoints.sts}
        self._http = httpx.Client(
            transport=transport or _network(urls, None, environment),
            mounts={} if transport else _proxied(urls, environment),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={
                "User-Agent": f"smsops/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Content-Type": "application/json",
            },
        )

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        auth: httpx.Auth,
        sent: Callable[[], None],
    ) -> Raw:
        """POST ``body`` to ``url`` once. ``sent`` is called when the request has left.

        Raises :class:`Unreachable` when nothing was sent, :class:`reply.NoAnswer` when nothing
        trustworthy came back.
        """

        def trace(event: str, _details: Mapping[str, object]) -> None:
            if event == "http11.send_request_body.complete":
                sent()

        if not self._traces:
            sent()
        request = self._http.build_request(
            "POST", f"{url}/", content=body, headers=headers, extensions={"trace": trace}
        )
        try:
            response = self._http.send(request, auth=auth, stream=True)
            try:
                content = self._content(response)
            finally:
                response.close()
        except NOT_SENT as error:
            raise Unreachable(str(error)[:REASON] or type(error).__name__) from None
        except httpx.HTTPError as error:
            raise reply.NoAnswer(_lost(error)) from None
        get = response.headers.get
        return Raw(response.status_code, get("Content-Type", ""), get("Date", ""), content)

    def _content(self, response: httpx.Response) -> bytes:
        if response.is_stream_consumed:
            # A transport in this process made it whole, and httpx has unpacked it.
            return reply.unpacked((response.content,), "")
        encoding = response.headers.get("Content-Encoding", "")
        return reply.unpacked(self._in_time(response), encoding)

    def _in_time(self, response: httpx.Response) -> Iterator[bytes]:
        """The chunks of a reply; one that drips for ever is no answer."""
        end = self._clock.monotonic() + self._timeouts.reply
        for chunk in response.iter_raw():
            if self._clock.monotonic() > end:
                raise reply.NoAnswer(f"the reply took more than {self._timeouts.reply:g} s")
            yield chunk


def _lost(error: httpx.HTTPError) -> str:
    """How an answer was lost. The text of such errors may quote what the other side sent."""
    if isinstance(error, httpx.TimeoutException):
        return "the reply did not come in time"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the connection ended before the reply did, or what came is not HTTP"
    return "the connection broke"


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """The proxy for ``url``, if the environment names one. Lower-case names win, as elsewhere."""
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        return None
    excluded = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if any(_covers(item.strip().lower(), host) for item in excluded.split(",")):
        return None
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    proxy = next((environment[name] for name in names if environment.get(name)), None)
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def _covers(excluded: str, host: str) -> bool:
    """Whether an entry of NO_PROXY (``*``, a host, or a domain with or without a dot) is meant."""
    domain = excluded.removeprefix("*").lstrip(".")
    return excluded == "*" or bool(domain and (host == domain or host.endswith(f".{domain}")))


def _proxied(urls: set[str], environment: Mapping[str, str]) -> dict[str, httpx.BaseTransport]:
    proxies = {url: proxy_for(url, environment) for url in urls}
    return {
        url: _network({url}, proxy, environment)
        for url, proxy in proxies.items()
        if proxy is not None
    }


def _network(
    urls: set[str], proxy: str | None, environment: Mapping[str, str]
) -> httpx.BaseTransport:
    limits = httpx.Limits(
        max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=KEEP
    )
    try:
        return httpx.HTTPTransport(
            verify=_tls(urls, environment), proxy=proxy, limits=limits, trust_env=False
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        # The value may hold a password.
        raise UsageError(
            "HTTPS_PROXY (or ALL_PROXY) does not name a proxy that smsops can use",
            hint="Write http://host:port",
        ) from None


def _tls(urls: set[str], environment: Mapping[str, str]) -> ssl.SSLContext:
    if all(url.startswith("http:") for url in urls):
        # Loopback: nothing to verify, so no CA bundle is read. It trusts nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, directory = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
    if not file and not directory:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=file or None, capath=directory or None)
    except OSError as error:
        raise SmsopsError(
            f"SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error.strerror or error}"
        ) from None
