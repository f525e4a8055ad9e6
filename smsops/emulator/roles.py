"""Temporary credentials: AssumeRole, AssumeRoleWithWebIdentity (sts, 2018-08-13).

They carry themselves: the token says whose they are, of which account and until when, with a MAC
made of the emulator's SecretKey, and the temporary SecretKey is made of it too. Nothing is stored,
so that they work in any process that has the same SecretKey and account, and after any restart.
They get further ones (role chaining): of the same account, with an end of their own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping

from smsops.clock import to_text
from smsops.emulator.calls import Call, Outcome, Session
from smsops.emulator.settings import Settings
from smsops.emulator.values import is_moment
from smsops.emulator.wire import Refused, encode

DEFAULT_SECONDS, MAX_SECONDS = 7200, 43_200

_ROLE = re.compile(
    r"qcs::cam::uin/(\d{1,20}):(?:role/(?:[\w-]+/)?(\d+)|roleName/([\w+=,.@-]+))", re.ASCII
)
_SESSION = re.compile(r"[\w+=,.@-]{2,128}", re.ASCII)
_EXTERNAL = re.compile(r"[\w+=,.@:/-]{2,128}", re.ASCII)


def assume(call: Call) -> Outcome:
    """AssumeRole: credentials of a role of the account, for whoever has credentials."""
    external = call.parameters.get("ExternalId")
    if external is not None and not _EXTERNAL.fullmatch(str(external)):
        raise Refused("InvalidParameter.ParamError", "ExternalId is malformed.")
    return _issue(call)


def assume_with_token(call: Call) -> Outcome:
    """AssumeRoleWithWebIdentity: the same for the token of an identity provider, unsigned.

    Any provider is known. A token is a JWT that is valid now; its signature is not checked.
    """
    claims = _claims(str(call.parameters["WebIdentityToken"]))
    wrong = "The token is not a JWT." if claims is None else _untimely(claims, call.now)
    if wrong:
        raise Refused("InvalidParameter.WebIdentityTokenError", wrong)
    return _issue(call)


def _untimely(claims: Mapping[str, object], now: float) -> str:
    """Why a token is not valid now. OpenID Connect requires exp, RFC 7519 makes it a number."""
    ends, begins = claims.get("exp"), claims.get("nbf", 0)
    if not is_moment(ends) or not is_moment(begins):
        return "The token's exp, and its nbf if it has one, are seconds since 1970."
    if ends <= now:
        return "The token has expired."
    return "The token is not valid yet." if begins > now else ""


def _issue(call: Call) -> Outcome:
    account, role = _role(call)
    name = str(call.parameters["RoleSessionName"])
    if not _SESSION.fullmatch(name):
        raise Refused(
            "InvalidParameter.ParamError",
            "RoleSessionName has 2 to 128 letters, digits and any of =,.@_-",
        )
    seconds = call.integer("DurationSeconds", DEFAULT_SECONDS)
    if not 1 <= seconds <= MAX_SECONDS:
        raise Refused(
            "InvalidParameter.OverTimeError", f"DurationSeconds is between 1 and {MAX_SECONDS}."
        )
    key = call.settings.secret_key
    session = Session(f"AKID{secrets.token_hex(16)}", account, role, name, int(call.now) + seconds)
    return Outcome(
        {
            "Credentials": {
                "Token": _token(session, key),
                "TmpSecretId": session.secret_id,
                "TmpSecretKey": secret_key(session, key),
            },
            "ExpiredTime": session.expires,
            "Expiration": to_text(session.expires),
        }
    )


def _role(call: Call) -> tuple[str, str]:
    """The account and the id or name of the role that is asked for."""
    match = _ROLE.fullmatch(str(call.parameters["RoleArn"]))
    if match is None:
        raise Refused("InvalidParameter.ParamError", "RoleArn is malformed.")
    uin, number, name = match.groups()
    if uin != call.settings.account_id:
        raise Refused("ResourceNotFound.RoleNotFound", "The account has no such role.")
    return uin, number or name


# ---- using them --------------------------------------------------------------------------------


def opened(token: str, settings: Settings) -> Session | None:
    """The session of a token that this emulator issued, expired or not; ``None`` for any other."""
    body, _, mac = token.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(body, settings.secret_key).encode()):
        return None
    try:
        return Session(*json.loads(base64.urlsafe_b64decode(body)))
    except (binascii.Error, ValueError, TypeError):
        return None


def secret_key(session: Session, key: str) -> str:
    """The temporary SecretKey of a session."""
    return _mac(f"key of {session.secret_id}", key)


def _token(session: Session, key: str) -> str:
    fields = [session.secret_id, session.account, session.role, session.name, session.expires]
    body = base64.urlsafe_b64encode(encode(fields)).decode()
    return f"{body}.{_mac(body, key)}"


def _mac(text: str, key: str) -> str:
    digest = hmac.new(f"sts{key}".encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _claims(token: str) -> dict[str, object] | None:
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        return None
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(body)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
