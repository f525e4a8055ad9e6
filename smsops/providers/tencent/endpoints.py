"""Where signed requests may go.

A signed request can be replayed for five minutes, so its destination is never taken from files
of the repository. Without options it is the SMS host of the project's site; ``--endpoint`` (or
``SMSOPS_ENDPOINT``) chooses the regional name, or the one of Tencent's internal network; any other
host has to be allowed by ``--allow-endpoint`` as well, except a loopback address, which is also the
only one without TLS. STS is asked on the host of the same site and network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from smsops.errors import UsageError
from smsops.model.sites import CN, INTL, REGIONS
from smsops.net.loopback import is_address, is_loopback
from smsops.text.messages import NOTHING, T, Text

#: What the hosts of a site end in (tencentcloud.com, document 382/40465), and those of Tencent's
#: internal network, where both sites may be asked.
DOMAINS: Mapping[str, str] = {CN: "tencentcloudapi.com", INTL: "intl.tencentcloudapi.com"}
INTERNAL = "internal.tencentcloudapi.com"

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


class Known(NamedTuple):
    """What is known of an SMS host: its site, if it is of one only, and where STS is beside it."""

    site: str | None
    sts: str


def _known() -> Iterator[tuple[str, Known]]:
    for site, domain in (*DOMAINS.items(), (None, INTERNAL)):
        regions = REGIONS[site] if site else sorted({*REGIONS[CN], *REGIONS[INTL]})
        for region in ("", *(f"{each}." for each in regions)):
            yield f"sms.{region}{domain}", Known(site, f"sts.{domain}")


#: Every SMS host that signed requests may go to unasked.
OFFICIAL: Mapping[str, Known] = dict(_known())


def checked_region(region: str, site: str = CN) -> tuple[str, Text]:
    """``region`` if the SMS API is there (API document, "地域列表"), and what to warn of: where the
    international site has SMS is documented less well. Raises :class:`UsageError`.
    """
    if region in REGIONS[site]:
        return region, NOTHING
    about = {"region": repr(region), "names": ", ".join(REGIONS[site])}
    if site == CN:
        raise UsageError(T("region {region} is none of {names}", **about))
    return region, T(
        "region {region} is not known to have SMS on site intl; known are {names}", **about
    )


def resolve(override: str | None, allowed: Sequence[str], site: str | None = None) -> Endpoints:
    """The endpoints to use. ``allowed`` are the hosts (``host`` or ``host:port``) of
    ``--allow-endpoint``; ``site`` is the project's, ``None`` outside one. Raises
    :class:`UsageError`, which never quotes the override: it may hold a password where none belongs.
    """
    if not override:
        domain = DOMAINS[site or CN]
        return Endpoints(f"https://sms.{domain}", f"https://sts.{domain}")
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
    known = OFFICIAL.get(host) if port in (None, 443) else None
    if known is not None:
        if site and known.site and known.site != site:
            raise UsageError(
                T(
                    "the endpoint {shown} is of site {other}, and the project is on site {site}",
                    shown=shown,
                    other=known.site,
                    site=site,
                ),
                hint=T("Leave the endpoint out, or correct `site` in smsops.yaml."),
            )
        return Endpoints(f"https://{host}", f"https://{known.sts}")
    if not any(item.lower() in (shown, f"{shown}:{port or 443}") for item in allowed):
        raise UsageError(
            T("the endpoint {shown} is unknown", shown=shown),
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
