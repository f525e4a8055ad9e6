"""Directories beside those of ``spec.manifests`` that hold manifests, which nobody reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from smsops.manifests import confined, yaml_tree

#: What a manifest says of itself, in either style of YAML.
OURS = re.compile(rb"""^[{\s]*["']?apiVersion["']?\s*:\s*["']?smsops/""", re.MULTILINE)
#: Files of a directory that are looked at: it is ours or not by its first ones.
_MOST = 100


def directories(root: Path, named: Sequence[str], usual: Iterable[str]) -> Iterator[str]:
    """Those of ``usual`` that hold a manifest while ``named`` has neither them, nor a directory
    above, nor one inside: who names a part means that part.
    """
    places = [each for name in named if (each := _place(name)) is not None]
    for name in usual:
        if not any(_related(place, name) for place in places) and _holds_manifests(root, name):
            yield name


def _place(name: str) -> str | None:
    try:
        return confined.inside(name)
    except confined.FileRefused:
        return None


def _related(place: str, name: str) -> bool:
    return place in (".", name) or place.startswith(f"{name}/")


def _holds_manifests(root: Path, directory: str) -> bool:
    left = _MOST
    for folder, _, names in os.walk(root / directory):
        for name in sorted(names):
            if not name.endswith((".yaml", ".yml")) or name.startswith("."):
                continue
            relative = os.path.relpath(os.path.join(folder, name), root)
            if _is_manifest(root, relative):
                return True
            left -= 1
            if not left:
                return False
    return False


def _is_manifest(root: Path, relative: str) -> bool:
    try:
        return OURS.search(confined.read(root, relative, limit=yaml_tree.MAX_BYTES)) is not None
    except confined.FileRefused:
        return False
