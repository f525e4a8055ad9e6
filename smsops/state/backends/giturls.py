"""URLs of git remotes: which place they name, and what no message may show of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

HIDDEN = "***"

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^\s'\"<>]+)")
#: ``user@host:path``, as ssh and scp take it; a path may follow the colon at once.
_SCP = re.compile(
    r"(?<![\w./@:*-])([^\s'\"<>/@:]+(?::(?!//)[^\s'\"<>]*)?)@([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):"
)
_NETWORK = frozenset({"https", "http", "ssh", "git+ssh", "ssh+git"})
#: ``[user@]host:path`` without a slash before the colon.
_SHORT = re.compile(r"(?:[^@/]+@)?([A-Za-z0-9.-]+):(?!/?/)(.+)")
#: A name to log in with, such as git. A token would be longer.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,18}")
_SEPARATORS = re.compile(r"[/@:?#&=]")
#: Anything shorter occurs in words that are no secret.
_SHORTEST = 4


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without what URLs in it have before an ``@`` or after a ``?``, and without
    ``secrets`` wherever they stand.

    A password may hold a raw ``/`` or ``@``, so everything up to the last ``@`` of a URL counts.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _SCP.sub(_scp, _URL.sub(_url, text))


def secrets_of(urls: Iterable[str]) -> frozenset[str]:
    """Passwords, tokens and query values of ``urls``: as they are, decoded, encoded, and in the
    pieces that git makes of them where one holds a raw separator.
    """
    found: set[str] = set()
    for url in urls:
        for secret in _secrets(url):
            for text in (secret, unquote(secret), quote(secret, safe="")):
                found.update((text, *_SEPARATORS.split(text)))
    return frozenset(text for text in found if len(text) >= _SHORTEST and text != HIDDEN)


def place(url: str) -> tuple[str, str]:
    """Host and path of a repository, however it is reached: by https or ssh, with or without a user
    and ``.git``. A local path is a place of its own.
    """
    scheme, is_url, rest = url.partition("://")
    if is_url and scheme in _NETWORK:
        host, _, path = rest.rpartition("@")[2].partition("/")
        host = host.partition(":")[0] if not host.startswith("[") else host.partition("]")[0]
    elif not is_url and (found := _SHORT.fullmatch(url)):
        host, path = found[1], found[2]
    else:
        return "", url
    return host.lower(), path.strip("/").removesuffix(".git")


def _secrets(url: str) -> Iterator[str]:
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        scheme, rest = "ssh", url
    before, at, after = rest.rpartition("@")
    user, has_password, password = before.partition(":")
    if at and has_password:
        yield password
    elif at and not _plain(scheme, user):
        yield user
    for pair in re.split(r"[?&#;]", after)[1:]:
        yield pair.rpartition("=")[2]


def _plain(scheme: str, user: str) -> bool:
    """Whether a user without a password is a name; over http it is mostly a token."""
    return not scheme.lower().startswith("http") and _NAME.fullmatch(user) is not None


def _url(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    before, at, after = rest.rpartition("@")
    if at and not _plain(scheme, before):
        before = HIDDEN
    place = re.split(r"[?#]", after, maxsplit=1)
    query = f"{after[len(place[0])]}{HIDDEN}" if len(place) > 1 else ""
    return f"{scheme}://{before}{at}{place[0]}{query}"


def _scp(found: re.Match[str]) -> str:
    user, host = found.groups()
    return f"{user if _plain('ssh', user) else HIDDEN}@{host}:"
