"""The lock file as data: releases, where they apply, their hashes, and who asks for them.

The graph comes from the comments that uv writes (``# via``): it is the one of every Python and
platform at once, which no single environment has.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = "requirements-all.txt"
#: How uv names the project itself.
ROOT = "smsops"
_PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? \\$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^    # (?:via|  )\s*([A-Za-z0-9._-]+)")


@dataclass(frozen=True, order=True)
class Release:
    """One release of one distribution, where ``marker`` holds."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: frozenset[str]


def releases(text: str) -> list[Release]:
    """The releases of a lock file that uv wrote with annotations."""
    found: list[tuple[re.Match[str], list[str], set[str]]] = []
    for line in text.splitlines():
        if pin := _PIN.match(line):
            found.append((pin, [], set()))
        elif found:
            found[-1][1].extend(_HASH.findall(line))
            if via := _VIA.match(line):
                found[-1][2].add(canonicalize_name(via[1]))
    return sorted(
        Release(pin[1], pin[2], pin[3] or "", tuple(sorted(hashes)), frozenset(asked))
        for pin, hashes, asked in found
    )


def names(needs: Iterable[str]) -> set[str]:
    """The distributions that requirements ask for."""
    return {canonicalize_name(Requirement(need).name) for need in needs}


def closure(found: Iterable[Release], roots: set[str]) -> set[str]:
    """``roots``, and everything that they bring along."""
    known = list(found)
    reached: set[str] = set()
    wanted = set(roots)
    while wanted:
        reached |= wanted
        wanted = {item.name for item in known if item.asked_by & reached} - reached
    return reached


@dataclass(frozen=True)
class Runtime:
    """What smsops needs to run, and what its extras add to that."""

    releases: tuple[Release, ...]
    required: frozenset[str]
    direct: frozenset[str]


def runtime(root: Path) -> Runtime:
    """The locked releases of the dependencies and of the extras that users install."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    found = releases((root / LOCK).read_text("utf-8"))
    direct = names(project["dependencies"])
    more = names([*extras["server"], *extras["postgres"]])
    every = closure(found, direct | more)
    return Runtime(
        tuple(item for item in found if item.name in every),
        frozenset(closure(found, direct)),
        frozenset(direct | more),
    )
