"""HTTP client of the API: how one request is sent, once.

No redirects (a 307 would replay a signed POST), no netrc, no cookies. Connections, TLS, proxies and
the deadline of an exchange are those of :mod:`smsops.net.transport`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from smsops import __version__
from smsops.net.streams import Unreachable
from smsops.net.transport import NOT_SENT, Lost, Timeouts, Transport, how_lost
from smsops.providers.tencent import reply
from smsops.providers.tencent.endpoints import Endpoints
from smsops.text.messages import T, said

#: Characters of a reason that are kept, when it comes from a transport that is not ours.
REASON = 200


@dataclass(frozen=True, slots=True)
class Raw:
    """A reply as it came; only the body is unpacked."""

    status: int
    content_type: str
    date: str
    body: bytes = field(repr=False)


class ApiConnection:
    """An ``httpx.Client`` set up for the API. Thread-safe; close it.

    ``transport`` replaces the network: the emulator in process, or a test's.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        environment: Mapping[str, str],
        *,
        timeouts: Timeouts,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._network = None
        if transport is None:
            self._network = transport = Transport(
                {endpoints.sms, endpoints.sts},
                environment,
                timeouts=timeouts,
                setting="--endpoint",
            )
        self._http = httpx.Client(
            transport=transport,
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
        """Close the connections of the ``httpx.Client``."""
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
        request = self._http.build_request(
            "POST", f"{url}/", content=body, headers=headers, extensions={"sent": sent}
        )
        if self._network is None:
            sent()  # a transport in this process sends at once
        limit = self._network.within() if self._network else nullcontext()
        try:
            with limit:
                response = self._http.send(request, auth=auth, stream=True)
                try:
                    content = _content(response)
                finally:
                    response.close()
        except NOT_SENT as error:
            why = str(error)[:REASON] or type(error).__name__
            words = T("{host} cannot be reached: {why}", host=urlsplit(url).netloc, why=why)
            raise Unreachable(words) from None
        except Lost as error:
            raise reply.NoAnswer(said(error)) from None
        except httpx.HTTPError as error:
            raise reply.NoAnswer(how_lost(error)) from None
        get = response.headers.get
        return Raw(response.status_code, get("Content-Type", ""), get("Date", ""), content)


def _content(response: httpx.Response) -> bytes:
    if response.is_stream_consumed:
        # A transport in this process made it whole, and httpx has unpacked it.
        return reply.unpacked((response.content,), "")
    return reply.unpacked(response.iter_raw(), response.headers.get("Content-Encoding", ""))
