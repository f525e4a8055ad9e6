"""Where the Yisha gateway is and how it is asked: only from the environment.

Its document names neither a host nor an authorization, so no default can be right; and a manifest
must not redirect what is authorized.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from smsops.errors import CredentialsError, UsageError
from smsops.net.loopback import is_loopback
from smsops.text.messages import T

ENDPOINT = "SMSOPS_YISHA_ENDPOINT"
AUTHORIZATION = "SMSOPS_YISHA_AUTHORIZATION"
BODY = "SMSOPS_YISHA_BODY"
BODIES = ("form", "json")


@dataclass(frozen=True, slots=True)
class Settings:
    """``url`` has no path; ``authorization`` is the value of the header, empty for none."""

    url: str
    authorization: str = field(default="", repr=False)
    encoding: str = "form"


def settings(environment: Mapping[str, str]) -> Settings:
    """The settings of ``environment``. No message quotes a value: it may hold a secret."""
    given = environment.get(ENDPOINT, "")
    if not given:
        raise CredentialsError(
            T("the channel yisha needs {variable}", variable=ENDPOINT),
            hint=T(
                "Set {endpoint} to https://HOST and {authorization} to what the gateway expects in "
                "the header Authorization.",
                endpoint=ENDPOINT,
                authorization=AUTHORIZATION,
            ),
        )
    body = environment.get(BODY) or "form"
    if body not in BODIES:
        raise UsageError(
            T("{variable} is one of {names}", variable=BODY, names=", ".join(BODIES)),
        )
    authorization = environment.get(AUTHORIZATION, "").strip()
    if not (authorization.isascii() and (authorization.isprintable() or not authorization)):
        raise CredentialsError(
            T("{variable} holds what no header can hold", variable=AUTHORIZATION),
            hint=T("Set it again, without line ends and without quotes."),
        )
    return Settings(_checked(given), authorization, body)


def _checked(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    whole = text.isascii() and text.isprintable() and " " not in text
    if not whole or not host or parts.scheme not in ("http", "https") or "%" in host:
        raise UsageError(T("{variable} is no URL such as https://HOST", variable=ENDPOINT))
    if "@" in parts.netloc or parts.path not in ("", "/") or "?" in text or "#" in text:
        raise UsageError(
            T(
                "{variable} has more than a host: give only https://HOST, and what authorizes in "
                "{authorization}",
                variable=ENDPOINT,
                authorization=AUTHORIZATION,
            )
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            T("{variable} must be https; http is for loopback addresses only", variable=ENDPOINT)
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}"
