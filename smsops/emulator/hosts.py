"""Who sends a request, by its headers: the host's name that it uses, and whether a web page did."""

from __future__ import annotations

from collections.abc import Mapping

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def without_port(host: str) -> str:
    """The host alone: ``127.0.0.1`` of ``127.0.0.1:8080``."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isascii() and port.isdigit() else host


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine; tccli's is a URL."""
    name = without_port(host.strip().lower().removeprefix("http://").rstrip("/"))
    return name in _LOOPBACK


def from_page(headers: Mapping[str, str]) -> bool:
    """Whether a web page in a browser sent the request, not a program or the address bar."""
    return bool(headers.get("origin")) or headers.get("sec-fetch-site") not in (None, "none")
