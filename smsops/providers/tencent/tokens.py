"""Identity tokens, and the credentials of an instance: what is read or fetched before STS is asked.

A token is read anew each time, since whoever issues it renews it. GitHub's comes from an address of
the runner, an instance's credentials from the metadata of its machine, which is plain http and
never goes through a proxy. No message quotes a token, an answer or the query of an address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import httpx

from smsops import __version__
from smsops.errors import CredentialsError, SmsopsError
from smsops.net.streams import Unreachable
from smsops.net.transport import Lost, Timeouts, Transport
from smsops.providers.tencent import profiles
from smsops.providers.tencent.credentials import (
    Bearer,
    Credentials,
    InstanceRole,
    TokenFile,
    TokenRequest,
    TokenSource,
)
from smsops.text.messages import NOTHING, T, Text, said

#: Where a CVM instance learns about itself.
METADATA = "http://metadata.tencentyun.com"
_ROLE_PATH = "/latest/meta-data/cam/security-credentials/"
#: Somebody who is no instance waits for nothing: this is short.
METADATA_TIME = Timeouts(connect=2.0, read=3.0, exchange=5.0)
TOKEN_TIME = Timeouts(connect=5.0, read=10.0, exchange=20.0)
#: Bytes of an answer with a token in it.
MOST = 64 * 1024
_OK = 200
_TOKEN = re.compile(r"[!-~]+", re.ASCII)


def identity_token(source: TokenSource, environment: Mapping[str, str]) -> Bearer:
    """The token of an identity provider as it is now. Raises :class:`CredentialsError`."""
    if isinstance(source, TokenFile):
        found = profiles.read(source.path)
        if found is None:
            raise CredentialsError(
                T("the identity token is to be in {path}, which does not exist", path=source.path)
            )
        return _usable(found.text.strip(), T("{path}", path=source.path))
    if isinstance(source, TokenRequest):
        return _requested(source, environment)
    return source.bearer


def _requested(source: TokenRequest, environment: Mapping[str, str]) -> Bearer:
    joint = "&" if urlsplit(source.url).query else "?"
    answer = _fetched(
        f"{source.url}{joint}audience={quote(source.audience, safe='')}",
        {"Authorization": f"bearer {source.bearer.token}"},
        environment,
        TOKEN_TIME,
        T("The token of an identity provider is needed to assume the role."),
    )
    value = answer.get("value")
    return _usable(value if isinstance(value, str) else "", T("the answer of the code host"))


def _usable(token: str, place: Text) -> Bearer:
    if not _TOKEN.fullmatch(token):
        raise CredentialsError(T("{place} holds no identity token", place=place))
    return Bearer(token)


def instance_credentials(role: InstanceRole) -> Credentials:
    """What the metadata of this machine has for a role. Raises :class:`CredentialsError`."""
    answer = _fetched(
        f"{METADATA}{_ROLE_PATH}{quote(role.name, safe='')}",
        {},
        {},
        METADATA_TIME,
        T("--profile cvm-role:NAME works on a CVM instance that has the role, and nowhere else."),
    )
    return issued(answer, "TmpSecretId", "TmpSecretKey", "Token", answer.get("ExpiredTime"))


def issued(
    values: Mapping[str, object], secret_id: str, secret_key: str, token: str, ends: object
) -> Credentials:
    """Temporary credentials of an answer. Raises :class:`CredentialsError` if it has none."""
    found = [values.get(name) for name in (secret_id, secret_key, token)]
    texts = [value for value in found if isinstance(value, str) and _TOKEN.fullmatch(value)]
    if len(texts) != len(found) or isinstance(ends, bool) or not isinstance(ends, int):
        raise CredentialsError(T("the answer holds no credentials with an end"))
    return Credentials(texts[0], texts[1], texts[2], "", float(ends))


def _fetched(
    url: str,
    headers: Mapping[str, str],
    environment: Mapping[str, str],
    timeouts: Timeouts,
    hint: Text,
) -> Mapping[str, object]:
    """The JSON object at ``url``. Raises :class:`CredentialsError`."""
    host = urlsplit(url).netloc
    try:
        status, body = _got(url, headers, environment, timeouts)
    except Unreachable as error:
        # An instance is reached directly or not at all; a code host maybe by a proxy.
        raise CredentialsError(said(error), hint=error.hint if headers else hint) from None
    except Lost as error:
        raise CredentialsError(
            T("{host} did not answer: {why}", host=host, why=error), hint=hint
        ) from None
    except httpx.HTTPError:
        raise CredentialsError(T("{host} did not answer", host=host), hint=hint) from None
    except SmsopsError as error:  # of a proxy or a CA bundle
        raise CredentialsError(error.message_text, hint=error.hint_text) from None
    try:
        found = json.loads(body) if status == _OK and len(body) <= MOST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        kind = T(" (HTTP {status})", status=status) if status != _OK else NOTHING
        raise CredentialsError(
            T("{host} did not give what it was asked for{kind}", host=host, kind=kind), hint=hint
        )
    return found


def _got(
    url: str, headers: Mapping[str, str], environment: Mapping[str, str], timeouts: Timeouts
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    transport = Transport(
        {f"{parts.scheme}://{parts.netloc}"},
        environment,
        timeouts=timeouts,
        setting="ACTIONS_ID_TOKEN_REQUEST_URL" if headers else "--profile",
    )
    body = bytearray()
    with (
        httpx.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            headers={
                "User-Agent": f"smsops/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
        ) as client,
        transport.within(),
        client.stream("GET", url, headers=dict(headers)) as reply,
    ):
        for chunk in reply.iter_bytes():
            body += chunk
            if len(body) > MOST:
                break
        return reply.status_code, bytes(body)
