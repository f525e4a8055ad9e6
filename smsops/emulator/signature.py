"""Checks TC3-HMAC-SHA256 signatures (API document, "签名方法 v3").

Written from the document alone: the client's signer is another implementation, and the two
have to agree.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import NamedTuple

from smsops.emulator.calls import Session
from smsops.emulator.roles import opened, secret_key
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Refused, Request

ALGORITHM = "TC3-HMAC-SHA256"
#: Seconds that the clocks of client and server may differ.
TOLERANCE = 300
UNSIGNED = "UNSIGNED-PAYLOAD"

_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256\s+Credential=([^/,\s]+)/(\d{4}-\d\d-\d\d)/([a-z0-9]+)/tc3_request"
    r"\s*,\s*SignedHeaders=([!-+\--~]+)\s*,\s*Signature=([0-9a-f]{64})",
    re.ASCII,
)


class Claim(NamedTuple):
    """What an Authorization header says."""

    secret_id: str
    date: str
    service: str
    headers: str
    mac: str


def claimed(request: Request) -> Claim:
    """Read the Authorization header. Raises :class:`Refused`.

    Signature method v1 (HmacSHA1, HmacSHA256) has none, and ends here.
    """
    match = _AUTHORIZATION.fullmatch((request.header("authorization") or "").strip())
    if match is None:
        raise Refused(
            "AuthFailure.InvalidAuthorization",
            f"The Authorization header is missing or malformed; sign with {ALGORITHM}.",
        )
    return Claim(*match.groups())


def verify(
    request: Request, claim: Claim, service: str, settings: Settings, now: float
) -> Session | None:
    """Check that ``claim`` is true of ``request`` for ``service``. Raises :class:`Refused`.

    Returns the session of temporary credentials.
    """
    timestamp = _timestamp(request)
    if abs(now - timestamp) > TOLERANCE:
        raise Refused(
            "AuthFailure.SignatureExpire",
            f"The timestamp {timestamp} is more than five minutes from the server's {int(now)}.",
        )
    session = _session(request, claim, settings, now)
    key = settings.secret_key if session is None else secret_key(session, settings.secret_key)
    expected = _signature(request, claim, timestamp, key)
    same = hmac.compare_digest(expected, claim.mac)
    if not same or claim.service != service or claim.date != _date(timestamp):
        raise Refused(
            "AuthFailure.SignatureFailure",
            "The provided credentials could not be validated; check how the request is signed.",
        )
    return session


def _session(request: Request, claim: Claim, settings: Settings, now: float) -> Session | None:
    """The session of temporary credentials; ``None`` for the account's own credentials."""
    token = request.header("x-tc-token") or None
    if claim.secret_id == settings.secret_id:
        if token != settings.token:
            raise Refused("AuthFailure.TokenFailure", "The token does not belong to the SecretId.")
        return None
    session = opened(token, settings) if token else None
    if session is None:
        raise Refused("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
    if session.secret_id != claim.secret_id:
        raise Refused("AuthFailure.TokenFailure", "The token does not belong to the SecretId.")
    if session.expires <= now:
        raise Refused("AuthFailure.TokenFailure", "The token has expired.")
    return session


def _timestamp(request: Request) -> int:
    text = request.header("x-tc-timestamp") or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise Refused("InvalidParameter", "X-TC-Timestamp is not a UNIX time in seconds.")
    return int(text)


def _date(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")


def _signature(request: Request, claim: Claim, timestamp: int, key: str) -> str:
    names = claim.headers.split(";")
    if names != sorted(set(names)) or not {"content-type", "host"} <= set(names):
        return ""
    headers = "".join(f"{name}:{(request.header(name) or '').strip().lower()}\n" for name in names)
    canonical = "\n".join(
        (
            request.method,
            "/",
            request.query if request.method == "GET" else "",
            headers,
            claim.headers,
            hashlib.sha256(_payload(request)).hexdigest(),
        )
    )
    scope = f"{claim.date}/{claim.service}/tc3_request"
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
    secret = f"TC3{key}".encode()
    for part in (claim.date, claim.service, "tc3_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    return hmac.new(secret, to_sign.encode(), hashlib.sha256).hexdigest()


def _payload(request: Request) -> bytes:
    """What is hashed: the body, nothing for GET, a constant when the client does not hash it."""
    if (request.header("x-tc-content-sha256") or "").upper() == UNSIGNED:
        return UNSIGNED.encode()
    return b"" if request.method == "GET" else request.body
