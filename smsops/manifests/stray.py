"""Files that still declare what a project no longer reads: of a directory that ``spec.manifests``
does not name, moved out of one, or renamed to what is no manifest (``login.yaml.bak``).

Their objects are not meant to go: somebody who removes a manifest removes its file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from smsops.manifests import confined, yaml_tree
from smsops.manifests.files import SUFFIXES, walk
from smsops.manifests.problems import Problems
from smsops.manifests.project import NAME
from smsops.manifests.unread import OURS
from smsops.model import Address, Project

#: Names of a large tree that are looked at, the nearest first.
_MOST = 20_000
#: Directories of other people's files.
_FOREIGN = frozenset({"node_modules", "vendor", "site-packages"})


def declaring(project: Project, gone: Mapping[Address, str]) -> Mapping[Address, str]:
    """For addresses and the files that declared them: the file that does so still, and is not
    read; only those that have one.
    """
    if not gone:
        return {}
    read = set(walk(project, Problems()))
    stems = {address: _stem(file) for address, file in gone.items()}
    wanted = set(stems.values())
    found: dict[str, list[str]] = {}
    for file in (*gone.values(), *_files(project.root)):
        if file not in read and (stem := _stem(file)) in wanted:
            found.setdefault(stem, []).append(file)
    stray: dict[Address, str] = {}
    for address, file in gone.items():
        directory = PurePosixPath(file).parent
        near = sorted(
            dict.fromkeys(found.get(stems[address], ())),
            key=lambda each: (each != file, PurePosixPath(each).parent != directory),
        )
        holds = next((each for each in near if _declares(project.root, each, address)), None)
        if holds is not None:
            stray[address] = holds
    return stray


def _stem(file: str) -> str:
    """``login`` of ``templates/login.yaml.bak``; empty for what never was a manifest."""
    name = PurePosixPath(file).name
    return next((name.partition(each)[0] for each in SUFFIXES if each in name), "")


def _files(root: Path) -> Iterator[str]:
    """The files of a project, without those of other projects inside it."""
    left = _MOST
    for folder, directories, names in os.walk(root):
        if folder != str(root) and NAME in names:
            directories.clear()
            continue
        kept = (each for each in directories if not each.startswith(".") and each not in _FOREIGN)
        directories[:] = sorted(kept)
        for name in sorted(names):
            yield Path(folder, name).relative_to(root).as_posix()
        left -= len(names) + len(directories)
        if left < 0:
            return


def _declares(root: Path, file: str, address: Address) -> bool:
    try:
        body = confined.read(root, file, limit=yaml_tree.MAX_BYTES)
    except confined.FileRefused:
        return False
    name = (
        rf"""(?m)^(?!\s*#).*\bname["']?\s*:\s*["']?{re.escape(address.name)}["']?\s*(?:[,}}#]|$)"""
    )
    kind = rf"""(?mi)^[{{\s]*["']?kind["']?\s*:\s*["']?{re.escape(address.kind)}\b"""
    patterns = (name, kind)
    said = all(re.search(each.encode(), body) for each in patterns)
    return said and OURS.search(body) is not None
