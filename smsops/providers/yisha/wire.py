"""HTTP client of the Yisha gateway: one exchange, and what its answer is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import nullcontext
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from smsops import __version__, strictjson
from smsops.errors import CredentialsError
from smsops.net.streams import Unreachable
from smsops.net.transport import NOT_SENT, Lost, Timeouts, Transport, how_lost
from smsops.providers.errors import NotSent, Unknown
from smsops.providers.yisha.settings import AUTHORIZATION, ENDPOINT, Settings
from smsops.text.messages import T

PREFIX = "/comms/sms/"
#: Bytes of an answer: a status of a hundred messages takes some 10 KiB.
MOST = 2**20
#: The document's own sample of a success ends with a comma before its bracket.
_TRAILING = re.compile(r",(?=\s*[}\]])")


class Wire:
    """Connections to the gateway. Thread-safe; close it. ``transport`` replaces the network."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._settings = settings
        timeouts = timeouts or Timeouts()
        self._network = None
        if transport is None:
            self._network = transport = Transport(
                {settings.url}, environment, timeouts=timeouts, setting=ENDPOINT
            )
        self._http = httpx.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": f"smsops/{__version__}", "Accept": "application/json"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, action: str, fields: Mapping[str, str], about: str) -> Mapping[str, object]:
        """POST ``fields`` once. The members of the answer, whatever its code is.

        Raises :class:`NotSent` when nothing left this machine, :class:`CredentialsError` when the
        authorization is refused, and :class:`Unknown` for everything that is no answer.
        """
        settings = self._settings
        headers = {"Authorization": settings.authorization} if settings.authorization else {}
        body: dict[str, object] = (
            {"json": dict(fields)} if settings.encoding == "json" else {"data": dict(fields)}
        )
        request = self._http.build_request(
            "POST",
            f"{settings.url}{PREFIX}{action}",
            headers=headers,
            **body,  # type: ignore[arg-type]
        )
        try:
            with self._network.within() if self._network else nullcontext():
                response = self._http.send(request, stream=True)
                try:
                    content = _content(response)
                finally:
                    response.close()
        except (Unreachable, *NOT_SENT) as error:
            why = str(error) if isinstance(error, Unreachable) else type(error).__name__
            raise NotSent(action, about, T("was not sent: {error}", error=why)) from None
        except (Lost, httpx.HTTPError) as error:
            lost = str(error) if isinstance(error, Lost) else how_lost(error)
            raise Unknown(action, about, T("got no answer: {error}", error=lost)) from None
        return self._answer(action, about, response.status_code, content)

    def _answer(self, action: str, about: str, status: int, content: bytes) -> Mapping[str, object]:
        if status in (401, 403):
            raise CredentialsError(
                T("the gateway refuses the authorization (HTTP {status})", status=status),
                hint=T("Check {variable}, and what is left there.", variable=AUTHORIZATION),
            )
        found = _parsed(content) if status == 200 else None
        if found is None:
            raise Unknown(
                action, about, T("was answered with HTTP {status} and no code", status=status)
            )
        return found


def _content(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST:
            raise Lost(T("the answer is too large"))
    return bytes(body)


def _parsed(content: bytes) -> Mapping[str, object] | None:
    """The members of an answer with a code; ``None`` for anything else."""
    try:
        text = content.decode()
        try:
            found = strictjson.loads(text.encode(), most=MOST)
        except ValueError:
            found = json.loads(_TRAILING.sub("", text))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("code"), str):
        return None
    return found
