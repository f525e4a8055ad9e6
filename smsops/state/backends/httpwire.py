"""One HTTP exchange of the state, and the settings that say with whom.

Only the environment is asked. No redirects (one would carry the password along), no netrc, no
cookies; proxies, CA bundles and TLS are those of the API's connections. Each exchange has a
connection of its own: saves are rare, and an idle connection that the server drops would look like
a lost reply. It also has one time limit, whatever the server does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from smsops import __version__
from smsops.clock import Clock
from smsops.errors import SmsopsError, StateError
from smsops.net.loopback import is_loopback
from smsops.state.snapshot import MOST_BYTES
from smsops.text.messages import T, Text, said

if TYPE_CHECKING:
    import httpx

    from smsops.net.streams import Unreachable
    from smsops.net.transport import Transport

ADDRESS = "SMSOPS_HTTP_ADDRESS"
USERNAME = "SMSOPS_HTTP_USERNAME"
PASSWORD = "SMSOPS_HTTP_PASSWORD"  # noqa: S105 (the name of a variable)
LOCK_ADDRESS = "SMSOPS_HTTP_LOCK_ADDRESS"
LOCK_METHOD = "SMSOPS_HTTP_LOCK_METHOD"
UNLOCK_ADDRESS = "SMSOPS_HTTP_UNLOCK_ADDRESS"
UNLOCK_METHOD = "SMSOPS_HTTP_UNLOCK_METHOD"

#: Seconds: to connect, between two bytes, and for a whole exchange: three of those, with the pauses
#: between them, end within three minutes.
CONNECT, BETWEEN, WHOLE = 10.0, 30.0, 55.0
#: Seconds that exchanges without a reply may take together; the next ones get only the few of
#: LEAST, so that whoever holds the lock gives up in time and still tries to release it.
PATIENCE, LEAST = 150.0, 10.0

_PRINTABLE = re.compile(r"[!-~]+")
_METHOD = re.compile(r"[A-Z]{1,16}")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the state and its lock are, and who asks. Never printed whole: also the query of an
    address may hold a token.
    """

    address: str = field(repr=False)
    lock_address: str = field(repr=False)
    unlock_address: str = field(repr=False)
    lock_method: str = "POST"
    unlock_method: str = "DELETE"
    username: str = field(default="", repr=False)
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
            T("the state is kept by http, and {address} is not set", address=ADDRESS),
            hint=T(
                "For GitLab: https://HOST/api/v4/projects/ID/terraform/state/NAME, "
                "with {username} and {password} beside it.",
                username=USERNAME,
                password=PASSWORD,
            ),
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
        raise StateError(T("{name} is not a URL", name=name), hint=T("Write https://HOST/PATH"))
    if "@" in parts.netloc:
        raise StateError(
            T("{name} has a user or a password in it", name=name),
            hint=T(
                "Put them into {username} and {password}.", username=USERNAME, password=PASSWORD
            ),
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise StateError(T("{name} must be https; http is for loopback addresses only", name=name))
    return parts


def _method(environment: Mapping[str, str], name: str, default: str) -> str:
    method = environment.get(name) or default
    if not _METHOD.fullmatch(method):
        raise StateError(
            T("{name} is not an HTTP method", name=name),
            hint=T("The default is {default}.", default=default),
        )
    return method


class Reply(NamedTuple):
    """A reply as it came."""

    status: int
    body: bytes


class NoReply(Exception):
    """No whole reply came. The text is for people.

    ``sent``: whether the request may have arrived, and what it asks may have been done.
    """

    def __init__(self, message: str | Text, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


def _unreachable(error: Unreachable) -> Text:
    """Why nothing was sent and what to do, as a part of a sentence: without its full stop."""
    hint = error.hint if isinstance(error.hint, Text) else Text(error.hint)
    if not hint:
        return said(error)
    end = Text(hint.template.rstrip(". "), hint.values)
    return T("{error}. {hint}", error=error, hint=end)


class HttpExchange:
    """Sends requests, one connection each."""

    def __init__(self, settings: HttpSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        #: Seconds that exchanges took since the last reply.
        self._silence = 0.0

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One exchange. Raises :class:`NoReply`, and :class:`StateError` for one too large."""
        import httpx

        from smsops.net.streams import Unreachable
        from smsops.net.transport import Lost

        began = self._clock.monotonic()
        transport = self._transport(url)
        try:
            with (
                self._client(transport) as client,
                transport.within(min(WHOLE, max(LEAST, PATIENCE - self._silence))),
                client.stream(method, url, content=body or None, headers=headers) as reply,
            ):
                found = Reply(reply.status_code, self._content(reply))
        except Unreachable as error:
            self._silence += self._clock.monotonic() - began
            raise NoReply(_unreachable(error), sent=False) from None
        except Lost as error:
            self._silence += self._clock.monotonic() - began
            raise NoReply(said(error)) from None
        except httpx.InvalidURL:
            raise NoReply(T("the address is not one that can be reached"), sent=False) from None
        except httpx.HTTPError:
            raise NoReply(T("the reply is not encoded as it says")) from None
        self._silence = 0.0
        return found

    def _transport(self, url: str) -> Transport:
        from smsops.net.transport import Timeouts, Transport

        try:
            return Transport(
                {url},
                self._settings.environment,
                timeouts=Timeouts(CONNECT, BETWEEN, WHOLE),
                setting=ADDRESS,
            )
        except SmsopsError as error:  # of a proxy or a CA bundle
            raise StateError(error.message_text, hint=error.hint_text) from None

    def _client(self, transport: httpx.BaseTransport) -> httpx.Client:
        import httpx

        known = self._settings
        auth = httpx.BasicAuth(known.username, known.password) if known.username else None
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

    def _content(self, reply: httpx.Response) -> bytes:
        found = bytearray()
        for chunk in reply.iter_bytes():
            found += chunk
            if len(found) > MOST_BYTES:
                raise StateError(
                    T(
                        "{shown} answers with more than {most_bytes} bytes: it is not a state",
                        shown=self._settings.shown,
                        most_bytes=MOST_BYTES,
                    )
                )
        return bytes(found)
