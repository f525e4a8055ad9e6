"""Checks TC3-HMAC-SHA256 signatures (API document, "签名方法 v3").

Written from the document alone: the client's signer is another implementation, and the two
have to agree. Where official SDKs disagree with each other, all of them are right: some sign the
host without its port, and some take the service's name from the first label of the endpoint, which
on loopback is ``127`` or ``localhost:8080``.
"""

from __future__ import annotations

import hmac
import re
from typing import NamedTuple

from smsops.emulator.calls import Session
from smsops.emulator.canonical import ALGORITHM, PREFIX, UNSIGNED, Signed, date_of
from smsops.emulator.hosts import is_loopback
from smsops.emulator.mistakes import differences
from smsops.emulator.roles import opened, secret_key
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Refused, Request

#: Seconds that the clocks of client and server may differ.
TOLERANCE = 300

_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256\s+Credential=([^/,\s]+)/(\d{4}-\d\d-\d\d)/([^/,\s]{1,255})/tc3_request"
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

    Returns the session of temporary credentials. The refusal of a signature names the part that
    differs, and never the key or the signature that would be right.
    """
    timestamp = _timestamp(request)
    if abs(now - timestamp) > TOLERANCE:
        raise Refused(
            "AuthFailure.SignatureExpire",
            f"The timestamp {timestamp} is more than five minutes from the server's {int(now)}.",
        )
    session = _session(request, claim, settings, now)
    names = claim.headers.split(";")
    if names != sorted(set(names)) or not {"content-type", "host"} <= set(names):
        raise _refused("headers: SignedHeaders names content-type and host, in lower case, sorted")
    key = settings.secret_key if session is None else secret_key(session, settings.secret_key)
    signed = _signed(request, claim, timestamp, key)
    matches = any(hmac.compare_digest(each.mac(), claim.mac) for each in signed.as_sent())
    wrong = _scope(request, claim, service, timestamp)
    if matches and not wrong:
        return session
    found = [*wrong, *(() if matches else differences(signed, claim.mac, service))]
    raise _refused("; ".join(dict.fromkeys(found)))


def _refused(why: str) -> Refused:
    return Refused(
        "AuthFailure.SignatureFailure",
        f"The provided credentials could not be validated. What differs: {why}.",
    )


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
    if session.account != settings.account_id:
        raise Refused(
            "AuthFailure.SecretIdNotFound",
            f"The SecretId belongs to account {session.account}, "
            f"and this emulator has account {settings.account_id}.",
        )
    if session.expires <= now:
        raise Refused("AuthFailure.TokenFailure", "The token has expired.")
    return session


def _timestamp(request: Request) -> int:
    text = request.header("x-tc-timestamp") or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise Refused("InvalidParameter", "X-TC-Timestamp is not a UNIX time in seconds.")
    return int(text)


def _scope(request: Request, claim: Claim, service: str, timestamp: int) -> list[str]:
    """What is wrong with the scope that the Authorization header names."""
    wrong = []
    if claim.date != (date := date_of(timestamp)):
        wrong.append(f"date: the scope says {claim.date}, X-TC-Timestamp is of {date} in UTC")
    if claim.service != service and not is_loopback(request.header("host") or ""):
        wrong.append(f"scope: signed for {claim.service}, the action belongs to {service}")
    return wrong


def _signed(request: Request, claim: Claim, timestamp: int, key: str) -> Signed:
    return Signed(
        method=request.method,
        query=request.query if request.method == "GET" else "",
        headers={name: request.header(name) or "" for name in claim.headers.split(";")},
        payload=_payload(request),
        timestamp=timestamp,
        date=claim.date,
        service=claim.service,
        key=PREFIX + key,
    )


def _payload(request: Request) -> bytes:
    """What is hashed: the body, nothing for GET, a constant when the client does not hash it."""
    if (request.header("x-tc-content-sha256") or "").upper() == UNSIGNED:
        return UNSIGNED.encode()
    return b"" if request.method == "GET" else request.body
