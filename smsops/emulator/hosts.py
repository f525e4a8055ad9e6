"""Host headers: the name in one, and whether it is this machine's."""

from __future__ import annotations

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def without_port(host: str) -> str:
    """The host alone: ``127.0.0.1`` of ``127.0.0.1:8080``."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isascii() and port.isdigit() else host


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine; tccli's is a URL."""
    name = without_port(host.strip().lower().removeprefix("http://").rstrip("/"))
    return name in _LOOPBACK
