"""Signatures: TC3-HMAC-SHA256 (API document, "签名方法 v3").

The signature covers the method, the payload and the headers it names; ``content-type`` and
``host`` are required, ``x-tc-action`` is signed as in the document's example.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime

import httpx

from smsops.providers.tencent.credentials import Credentials

ALGORITHM = "TC3-HMAC-SHA256"
SIGNED = ("content-type", "host", "x-tc-action")


def canonical_request(payload: bytes, headers: Mapping[str, str]) -> str:
    """Step 1: a POST to ``/`` with ``headers`` (lower-case names), all of them signed."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in names)
    digest = hashlib.sha256(payload).hexdigest()
    return f"POST\n/\n\n{lines}\n{';'.join(names)}\n{digest}"


def string_to_sign(request: str, *, service: str, timestamp: int) -> str:
    """Step 2: the canonical request, bound to a service and a moment."""
    digest = hashlib.sha256(request.encode()).hexdigest()
    return f"{ALGORITHM}\n{timestamp}\n{_scope(service, timestamp)}\n{digest}"


def signing_key(secret_key: str, *, service: str, timestamp: int) -> bytes:
    """Step 3: the key derived for one service and one day (UTC)."""
    key = f"TC3{secret_key}".encode()
    for part in _scope(service, timestamp).split("/"):
        key = _mac(key, part)
    return key


def authorization(
    credentials: Credentials,
    payload: bytes,
    headers: Mapping[str, str],
    *,
    service: str,
    timestamp: int,
) -> str:
    """Step 4: the value of the ``Authorization`` header. ``timestamp`` is in epoch seconds."""
    text = string_to_sign(canonical_request(payload, headers), service=service, timestamp=timestamp)
    key = signing_key(credentials.secret_key, service=service, timestamp=timestamp)
    return (
        f"{ALGORITHM} Credential={credentials.secret_id}/{_scope(service, timestamp)}, "
        f"SignedHeaders={';'.join(sorted(headers))}, Signature={_mac(key, text).hex()}"
    )


def _scope(service: str, timestamp: int) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}/{service}/tc3_request"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class TC3Auth(httpx.Auth):
    """Signs a request at the moment it is sent."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, service: str, now: Callable[[], float]) -> None:
        self._credentials = credentials
        self._service = service
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add timestamp, token and signature to the headers."""
        timestamp = int(self._now())
        request.headers["X-TC-Timestamp"] = str(timestamp)
        if self._credentials.token:
            request.headers["X-TC-Token"] = self._credentials.token
        request.headers["Authorization"] = authorization(
            self._credentials,
            request.content,
            {name: request.headers[name] for name in SIGNED},
            service=self._service,
            timestamp=timestamp,
        )
        yield request


class Unsigned(httpx.Auth):
    """Marks a call that carries its own proof and is not signed, as Tencent's SDK marks it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Say so in the place of the signature."""
        request.headers["X-TC-Timestamp"] = str(int(self._now()))
        request.headers["Authorization"] = "SKIP"
        yield request
