"""HTTP proxies of the environment: which one leads to a host, and what to say about it.

``HTTPS_PROXY``, then ``ALL_PROXY``; names in lower case win, as they do in curl. ``NO_PROXY`` holds
hosts, domains, addresses and networks (``10.0.0.0/8``) that are reached directly. Loopback always
is. Nothing here quotes a value: it may hold a password.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from smsops.errors import UsageError
from smsops.net.loopback import is_loopback
from smsops.text.messages import NOTHING, T, Text

NAMES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
EXCLUDING = ("no_proxy", "NO_PROXY")
PORTS = {"http": 80, "https": 443}

_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy, and the variable that names it."""

    scheme: str
    host: str
    port: int
    variable: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> Text:
        """For people: without user and password."""
        return T(
            "the proxy {place} ({variable})",
            place=place(self.host, self.port),
            variable=self.variable,
        )

    @property
    def authorization(self) -> str:
        """The value of ``Proxy-Authorization``, or nothing."""
        if not self.user and not self.password:
            return ""
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Route:
    """How a host is reached: through ``proxy`` or directly. ``remark`` is what the variables of
    the environment have to do with that, for when it fails.
    """

    proxy: Proxy | None = None
    remark: Text = NOTHING


def place(host: str, port: int, default: int | None = None) -> str:
    """``host:port`` for people, without the port where it is the ``default``."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port == default else f"{shown}:{port}"


def route(host: str, port: int, environment: Mapping[str, str]) -> Route:
    """The way to ``host``. Raises :class:`UsageError` for a proxy that cannot be used."""
    if is_loopback(host):
        return Route()
    name = next((name for name in NAMES if environment.get(name)), None)
    if name is None:
        plain = next((n for n in ("http_proxy", "HTTP_PROXY") if environment.get(n)), None)
        remark = T("{name} is for http alone: set HTTPS_PROXY, too.", name=plain)
        return Route(remark=remark if plain else NOTHING)
    excluding = next((name for name in EXCLUDING if environment.get(name)), None)
    items = re.split(r"[,\s]+", environment[excluding]) if excluding else []
    if any(_covers(item.lower(), host, port) for item in items):
        return Route(
            remark=T(
                "{excluding} takes {host} out of {name}.", excluding=excluding, host=host, name=name
            )
        )
    return Route(_parsed(name, environment[name]))


def _covers(item: str, host: str, port: int) -> bool:
    """Whether an item of NO_PROXY is meant: ``*``, a host, a domain with or without a dot, an
    address or a network; a host may have a port.
    """
    if item == "*":
        return True
    try:
        return ip_address(host) in ip_network(item, strict=False)
    except ValueError:
        pass
    name, colon, digits = item.rpartition(":")
    if colon and digits.isdigit() and ":" not in name:
        if int(digits) != port:
            return False
        item = name
    domain = item.removeprefix("*").lstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _parsed(variable: str, value: str) -> Proxy:
    text = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable(variable) from None
    if parts.scheme.startswith("socks"):
        raise UsageError(
            T("{variable} names a SOCKS proxy; smsops speaks http proxies only", variable=variable),
            hint=T(
                "Set HTTPS_PROXY=http://host:port, which wins over ALL_PROXY; or "
                "let NO_PROXY hold the hosts that are reached without a proxy."
            ),
        )
    # A password with "/", "?" or "#" ends the host too early: what follows must not be shown.
    astray = "@" in parts.path + parts.query + parts.fragment
    if not host or port == 0 or astray or not _PRINTABLE.fullmatch(value):
        raise _unusable(variable)
    if parts.scheme not in PORTS:
        raise _unusable(variable)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(parts.scheme, host, port or PORTS[parts.scheme], variable, user, password)


def _unusable(variable: str) -> UsageError:
    return UsageError(
        T("{variable} does not name a proxy that smsops can use", variable=variable),
        hint=T(
            "Write http://host:port, or http://user:password@host:port with "
            "special characters percent-encoded (@ is %40, / is %2F)."
        ),
    )
