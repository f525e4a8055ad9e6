"""Files that still declare what a project no longer reads: of a directory that ``spec.manifests``
does not name, moved out of one, or renamed to what is no manifest (``login.yaml.bak``).

Their objects are not meant to go: somebody who removes a manifest removes its file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from smsops.manifests import confined, yaml_tree
from smsops.manifests.files import SUFFIXES, walk
from smsops.manifests.problems import Problems
from smsops.manifests.project import NAME
from smsops.manifests.unread import OURS
from smsops.model import Address, Project

#: Names of a large tree that are looked at.
_MOST = 20_000
#: Directories of other people's files.
_FOREIGN = frozenset({"node_modules", "vendor", "site-packages"})
#: What a manifest says of its address, in either style of YAML; not in a comment.
_NAME = re.compile(rb"""^(?!\s*#).*?\bname["']?\s*:\s*["']?([a-z0-9-]+)(?![\w.-])""", re.MULTILINE)
_KIND = re.compile(rb"""(?:^|[{,])\s*["']?kind["']?\s*:\s*["']?(\w+)""", re.MULTILINE)


def declaring(project: Project, gone: Mapping[Address, str]) -> Mapping[Address, str]:
    """For addresses and the files that declared them: the file that does so still, and is not
    read; only those that have one.
    """
    if not gone:
        return {}
    read, stray = set(walk(project, Problems())), dict[Address, str]()
    for file in dict.fromkeys((*gone.values(), *_files(project.root))):
        if file not in read:
            for address in _addresses(project.root, file) & gone.keys():
                stray.setdefault(address, file)
    return stray


def _files(root: Path) -> Iterator[str]:
    """What is, or was, a manifest by its name, without the files of other projects inside it."""
    left = _MOST
    for folder, directories, names in os.walk(root):
        if folder != str(root) and NAME in names:
            directories.clear()
            continue
        kept = (each for each in directories if not each.startswith(".") and each not in _FOREIGN)
        directories[:] = sorted(kept)
        for name in sorted(names):
            if any(suffix in name for suffix in SUFFIXES):
                yield Path(folder, name).relative_to(root).as_posix()
        left -= len(names) + len(directories)
        if left < 0:
            return


def _addresses(root: Path, file: str) -> frozenset[Address]:
    """The addresses that ``file`` may declare; none for what is no manifest of ours."""
    try:
        body = confined.read(root, file, limit=yaml_tree.MAX_BYTES)
    except confined.FileRefused:
        return frozenset()
    if OURS.search(body) is None:
        return frozenset()
    kinds = {each.decode().lower() for each in _KIND.findall(body)}
    names = {each.decode() for each in _NAME.findall(body)}
    return frozenset(Address(kind, name) for kind in kinds for name in names)
