"""Where signed requests may go.

A signed request can be replayed for five minutes, so its destination is never taken from files
of the repository. Without options it is ``sms.tencentcloudapi.com``; ``--endpoint`` (or
``SMSOPS_ENDPOINT``) chooses the regional name; any other host has to be allowed by
``--allow-endpoint`` as well, except a loopback address, which is also the only one without TLS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from smsops.errors import UsageError
from smsops.net.loopback import is_address, is_loopback
from smsops.text.messages import T

REGIONS = ("ap-beijing", "ap-guangzhou", "ap-nanjing")
SMS_HOST = "sms.tencentcloudapi.com"
STS_HOST = "sts.tencentcloudapi.com"
OFFICIAL = frozenset({SMS_HOST, *(f"sms.{region}.tencentcloudapi.com" for region in REGIONS)})

_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URL of each service, ``https://host[:port]`` without a path."""

    sms: str
    sts: str

    def of(self, service: str) -> str:
        """URL of a service, ``sms`` or ``sts``."""
        return {"sms": self.sms, "sts": self.sts}[service]


def checked_region(region: str) -> str:
    """``region`` if the SMS API is there (API document, "地域列表"). Raises UsageError."""
    if region not in REGIONS:
        raise UsageError(
            T("region {region} is none of {names}", region=repr(region), names=", ".join(REGIONS))
        )
    return region


def resolve(override: str | None, allowed: Sequence[str]) -> Endpoints:
    """The endpoints to use. ``allowed`` are the hosts (``host`` or ``host:port``) of
    ``--allow-endpoint``. Raises :class:`UsageError`, which never quotes the override: it may
    hold a password where none belongs.
    """
    if not override:
        return Endpoints(f"https://{SMS_HOST}", f"https://{STS_HOST}")
    parts, host, port = _parsed(override)
    suffix = f":{port}" if port is not None else ""
    shown = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{shown}{suffix}"
    if is_loopback(host):
        return Endpoints(url, url)
    if parts.scheme != "https":
        raise UsageError(
            T(
                "the endpoint {shown} must be https; http is for loopback addresses only",
                shown=shown,
            )
        )
    if host in OFFICIAL and port in (None, 443):
        return Endpoints(f"https://{host}", f"https://{STS_HOST}")
    if not any(item.lower() in (shown, f"{shown}:{port or 443}") for item in allowed):
        raise UsageError(
            T("the endpoint {shown} is not one of Tencent Cloud's", shown=shown),
            hint=T("If signed requests may go there, add --allow-endpoint {shown}", shown=shown),
        )
    # Whoever serves the SMS API elsewhere serves sts:GetCallerIdentity at the same URL.
    return Endpoints(url, url)


def _parsed(override: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(override)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise UsageError(T("the endpoint is not a URL such as https://host:port")) from None
    # urlsplit drops line breaks silently, and "%" introduces an interface of this machine.
    doubtful = not _PRINTABLE.fullmatch(override) or "%" in host
    if parts.scheme not in ("http", "https") or not host or doubtful:
        raise UsageError(T("the endpoint is not a URL such as https://host:port"))
    if "@" in parts.netloc:
        raise UsageError(T("the endpoint has a user or a password; credentials never belong there"))
    if parts.path not in ("", "/") or "?" in override or "#" in override:
        raise UsageError(
            T("the endpoint has a path, a query or a fragment; give only https://host")
        )
    if port == 0 or not (_HOST.fullmatch(host) or is_address(host)):
        raise UsageError(T("the endpoint is not a URL such as https://host:port"))
    return parts, host, port
