"""Files of a project that are read as manifests: a walk over its directories."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from smsops.manifests import confined, yaml_tree
from smsops.manifests.environments import DIRECTORY as PATCHES
from smsops.manifests.problems import WHOLE, Problems
from smsops.manifests.project import (
    NAME,
    default_directories,
    directory_fault,
    directory_problem,
)
from smsops.model import Project
from smsops.text.messages import T, either

SUFFIXES = (".yaml", ".yml")
#: How names end that were meant to end in one of these; backups of editors were not.
_MISNAMED = re.compile(r"\.ya?ml(\.txt)?\Z", re.IGNORECASE)


def walk(project: Project, problems: Problems) -> Iterator[str]:
    """The path of every manifest file, each once, in the order of directories and names."""
    optional = project.manifests == default_directories()
    seen: set[str] = set()
    patched = f"{PATCHES}/" if project.environments else ""
    for directory in project.manifests:
        fault = directory_fault(project.root, directory)
        if not fault:
            for name in under(project.root, confined.inside(directory), problems):
                if name not in seen and not (patched and name.startswith(patched)):
                    seen.add(name)
                    yield name
        elif not (optional and not os.path.lexists(project.root / directory)):
            problems.add(NAME, WHOLE, "SMS116", directory_problem(directory, fault))


def under(root: Path, directory: str, problems: Problems) -> Iterator[str]:
    """The path of every manifest file below ``directory``; nothing where it is not there."""
    waiting = [directory]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(root / current) as listing:
                entries = sorted((each.name, _sort(each)) for each in listing)
        except OSError as error:
            message = T("cannot be read: {reason}", reason=error.strerror)
            problems.add(current, WHOLE, "SMS101", message)
            continue
        inner: list[str] = []
        for each, sort in entries:
            relative = confined.inside(current, each)
            if each.startswith(".") or relative == NAME:
                continue
            if sort == "directory":
                inner.append(relative)
            elif each.endswith(SUFFIXES):
                yield relative
            elif sort == "linked directory":
                message = T("is a symbolic link to a directory; put the directory itself there")
                problems.add(relative, WHOLE, "SMS101", message)
            elif _MISNAMED.search(each):
                message = T(
                    "the file is not read: manifests end in {endings}; rename it",
                    endings=either(SUFFIXES),
                )
                problems.add(relative, WHOLE, "SMS121", message)
        waiting += reversed(inner)


def _sort(entry: os.DirEntry[str]) -> str:
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    # os.path.isdir answers where DirEntry.is_dir raises: for links that lead in a circle.
    return "linked directory" if os.path.isdir(entry.path) else "file"


def read(root: Path, name: str, problems: Problems) -> bytes | None:
    """The bytes of a manifest file, or None where it cannot be read."""
    try:
        return confined.read(root, name, limit=yaml_tree.MAX_BYTES)
    except confined.FileRefused as refused:
        code = "SMS102" if isinstance(refused, confined.FileTooLarge) else "SMS101"
        problems.add(name, WHOLE, code, refused.message_text)
        return None
