"""One HTTP exchange of the state, and the settings that say with whom.

Only the environment is asked. No redirects (one would carry the password along), no netrc, no
cookies; TLS is always verified, against ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` where set. Each
exchange has a connection of its own: saves are rare, and an idle connection that the server drops
would look like a lost reply.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from smsops import __version__
from smsops.clock import Clock
from smsops.errors import StateError
from smsops.state.snapshot import MOST_BYTES
from smsops.tencent.endpoints import is_loopback

if TYPE_CHECKING:
    import httpx

ADDRESS = "SMSOPS_HTTP_ADDRESS"
USERNAME = "SMSOPS_HTTP_USERNAME"
PASSWORD = "SMSOPS_HTTP_PASSWORD"  # noqa: S105 (the name of a variable)
LOCK_ADDRESS = "SMSOPS_HTTP_LOCK_ADDRESS"
LOCK_METHOD = "SMSOPS_HTTP_LOCK_METHOD"
UNLOCK_ADDRESS = "SMSOPS_HTTP_UNLOCK_ADDRESS"
UNLOCK_METHOD = "SMSOPS_HTTP_UNLOCK_METHOD"

#: Seconds: to connect, between two bytes, and for a whole reply.
CONNECT, BETWEEN, WHOLE = 10.0, 30.0, 120.0

_PRINTABLE = re.compile(r"[!-~]+")
_METHOD = re.compile(r"[A-Z]{1,16}")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the state and its lock are, and who asks. Never printed whole."""

    address: str
    lock_address: str
    unlock_address: str
    lock_method: str = "POST"
    unlock_method: str = "DELETE"
    username: str = ""
    password: str = field(default="", repr=False)
    #: What TLS and proxies are taken from.
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> str:
        """The address without its query, which may hold a token."""
        parts = urlsplit(self.address)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def settings(environment: Mapping[str, str]) -> HttpSettings:
    """The settings in ``environment``. Raises :class:`StateError`, which never quotes a value:
    it may hold a password where none belongs.
    """
    if not environment.get(ADDRESS):
        raise StateError(
            f"the state is kept by http, and {ADDRESS} is not set",
            hint="For GitLab: https://HOST/api/v4/projects/ID/terraform/state/NAME, with "
            f"{USERNAME} and {PASSWORD} beside it.",
        )
    address = _url(environment, ADDRESS)
    locks = address._replace(path=f"{address.path.rstrip('/')}/lock")
    lock = _url(environment, LOCK_ADDRESS) if environment.get(LOCK_ADDRESS) else locks
    unlock = _url(environment, UNLOCK_ADDRESS) if environment.get(UNLOCK_ADDRESS) else lock
    return HttpSettings(
        address=urlunsplit(address),
        lock_address=urlunsplit(lock),
        unlock_address=urlunsplit(unlock),
        lock_method=_method(environment, LOCK_METHOD, "POST"),
        unlock_method=_method(environment, UNLOCK_METHOD, "DELETE"),
        username=environment.get(USERNAME, ""),
        password=environment.get(PASSWORD, ""),
        environment=environment,
    )


def _url(environment: Mapping[str, str], name: str) -> SplitResult:
    text = environment[name]
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", 0
        parts = urlsplit("")
    if not host or port == 0 or not _PRINTABLE.fullmatch(text) or "#" in text:
        raise StateError(f"{name} is not a URL", hint="Write https://HOST/PATH")
    if "@" in parts.netloc:
        raise StateError(
            f"{name} has a user or a password in it",
            hint=f"Put them into {USERNAME} and {PASSWORD}.",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise StateError(f"{name} must be https; http is for loopback addresses only")
    return parts


def _method(environment: Mapping[str, str], name: str, default: str) -> str:
    method = environment.get(name) or default
    if not _METHOD.fullmatch(method):
        raise StateError(f"{name} is not an HTTP method", hint=f"The default is {default}.")
    return method


class Reply(NamedTuple):
    """A reply as it came."""

    status: int
    body: bytes


class NoReply(Exception):
    """No whole reply came. The text is for people.

    ``sent``: whether the request may have arrived, and what it asks may have been done.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class Wire:
    """Sends requests, one connection each."""

    def __init__(self, settings: HttpSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One exchange. Raises :class:`NoReply`, and :class:`StateError` for one too large."""
        import httpx

        try:
            with (
                self._client(url) as client,
                client.stream(method, url, content=body or None, headers=headers) as reply,
            ):
                return Reply(reply.status_code, self._content(reply))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            name = type(error).__name__
            raise NoReply(
                _REASONS.get(name, "the connection broke"), sent=name not in _NOT_SENT
            ) from error

    def _client(self, url: str) -> httpx.Client:
        import httpx

        from smsops.tencent.transport import proxy_for

        known = self._settings
        auth = httpx.BasicAuth(known.username, known.password) if known.username else None
        try:
            transport = httpx.HTTPTransport(
                verify=self._tls(url), proxy=proxy_for(url, known.environment), trust_env=False
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            raise StateError(
                "HTTPS_PROXY (or ALL_PROXY) does not name a proxy that smsops can use",
                hint="Write http://host:port",
            ) from None
        return httpx.Client(
            transport=transport,
            auth=auth,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(BETWEEN, connect=CONNECT),
            headers={
                "User-Agent": f"smsops/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
        )

    def _tls(self, url: str) -> ssl.SSLContext:
        if url.startswith("http:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused, and quick to make
        import httpx

        environment = self._settings.environment
        file, directory = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
        if not file and not directory:
            return httpx.create_ssl_context(trust_env=False)
        try:
            return ssl.create_default_context(cafile=file or None, capath=directory or None)
        except OSError as error:
            raise StateError(
                f"SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error.strerror or error}"
            ) from None

    def _content(self, reply: httpx.Response) -> bytes:
        end = self._clock.monotonic() + WHOLE
        found = bytearray()
        for chunk in reply.iter_bytes():
            found += chunk
            if len(found) > MOST_BYTES:
                raise StateError(
                    f"{self._settings.shown} answers with more than {MOST_BYTES} bytes: "
                    "it is not a state"
                )
            if self._clock.monotonic() > end:
                raise NoReply(f"the reply took more than {WHOLE:g} s")
        return bytes(found)


#: Raised by httpx before the first byte of a request.
_NOT_SENT = frozenset(("ConnectError", "ConnectTimeout", "ProxyError", "InvalidURL"))
#: httpx's words name classes and numbers of the system; these say what a person can check.
_REASONS = {
    "ConnectError": "the server cannot be reached (name, port, TLS certificate?)",
    "ConnectTimeout": "the server cannot be reached: it does not answer",
    "InvalidURL": "the address is not one that can be reached",
    "ProxyError": "the proxy refuses the connection",
    "ReadTimeout": f"no reply within {BETWEEN:g} s",
    "WriteTimeout": f"the request was not taken within {BETWEEN:g} s",
    "RemoteProtocolError": "the reply was cut off",
}
