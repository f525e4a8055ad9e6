"""Manifests that are to be written: what they say, and an address that is free for each. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from smsops.model import Address, RemoteId, name_of

_LONGEST_NAME = 63
#: Characters of an id behind a name.
_LONGEST_TAIL = 20
_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest that is not written yet. ``files``: what it names, by their paths relative to it;
    a path belongs to one content (it may hold its digest).
    """

    address: Address
    text: str
    files: Mapping[str, bytes] = field(default_factory=dict)


def normalised(*parts: str) -> str:
    """A name by our rule: ``login_code`` and ``CN`` become ``login-code-cn``; empty where no
    letter or digit of ASCII is left.
    """
    return _cut(_NO_WORD.sub("-", "-".join(parts).lower()).strip("-"))


def free_address(
    kind: str, remote_id: RemoteId, wishes: Iterable[str], taken: Collection[Address]
) -> Address:
    """The first of ``wishes`` (names by our rule, or empty) that is not ``taken``, else the last
    one with the id behind it, else the one that an export uses.
    """
    named = [wish for wish in wishes if wish]
    exported = name_of(kind, remote_id)
    tail = f"-{normalised(str(remote_id))[-_LONGEST_TAIL:].lstrip('-')}"
    spare = _cut(named[-1], _LONGEST_NAME - len(tail)) + tail if named else exported.name
    for name in (*named, spare, exported.name):
        if Address(kind, name) not in taken:
            return Address(kind, name)
    return next(found for found in _numbered(kind, spare) if found not in taken)


def _cut(name: str, length: int = _LONGEST_NAME) -> str:
    return name[:length].rstrip("-")


def _numbered(kind: str, name: str) -> Iterator[Address]:
    number = 2
    while True:
        tail = f"-{number}"
        yield Address(kind, _cut(name, _LONGEST_NAME - len(tail)) + tail)
        number += 1
