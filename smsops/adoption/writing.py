"""New manifests as files, in directories that are read.

What is there already stays as it is. Either all files are written or none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from smsops.adoption.drafts import Draft
from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.manifests import schemas
from smsops.manifests.modeline import SCHEMA, modeline
from smsops.manifests.project import directory_fault
from smsops.model import Address, Project
from smsops.text.messages import T


def directories(project: Project) -> Mapping[str, Path]:
    """Kind -> the directory of the project that its new manifests go to, among those that are
    read: the one that is named after it, else the first.
    """
    names = (*project.manifests, *project.absent)
    found: dict[str, Path] = {}
    for name, kind in RESOURCES.items():
        own = (each for each in names if PurePosixPath(each).name == kind.directory)
        found[name] = project.root / next(own, names[0])
    return found


def write(
    project: Project,
    drafts: Sequence[Draft],
    *,
    into: Mapping[str, Path] | None = None,
    bare: bool = False,
) -> Mapping[Address, Path]:
    """Write the files of ``drafts``; address -> its manifest. ``into``: kind -> directory, by
    default :func:`directories`; ``bare``: nothing for editors.

    A file that a draft names is left alone where it is there already with the same bytes. Raises
    :class:`smsops.errors.SmsopsError` when something cannot be written: then nothing was.
    """
    places = directories(project) if into is None else into
    made: list[Path] = []
    written: dict[Address, Path] = {}
    try:
        for draft in drafts:
            directory = places[draft.address.kind]
            for name, body in draft.files.items():
                _attach(project, directory / name, body, made)
            _make(project, directory, made)
            path = next(path for path in _paths(directory, draft.address) if not _there(path))
            line = "" if bare else first_line(project, path)
            _create(path, (line + draft.text).encode(), made)
            schema = schema_for(project, directory)
            if not bare and not _there(schema):
                _create(schema, schemas.text(schemas.ANY).encode(), made)
            written[draft.address] = path
    except BaseException:
        _undo(made)
        raise
    return written


def schema_for(project: Project, directory: Path) -> Path:
    """The schema that editors find from manifests in ``directory``: the one of the project, or
    outside of it one beside them.
    """
    root, place = project.root.resolve(), directory.resolve()
    return (project.root if place.is_relative_to(root) else directory) / SCHEMA


def first_line(project: Project, path: Path) -> str:
    """The line, with its end, that a new manifest at ``path`` begins with."""
    home, place = schema_for(project, path.parent).parent.resolve(), path.parent.resolve()
    return modeline((place / path.name).relative_to(home).as_posix())


def _paths(directory: Path, address: Address) -> Iterator[Path]:
    """Names for a manifest, the best first. Two kinds may share a directory."""
    yield directory / f"{address.name}.yaml"
    yield directory / f"{address.kind}-{address.name}.yaml"
    number = 2
    while True:
        yield directory / f"{address.kind}-{address.name}-{number}.yaml"
        number += 1


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _attach(project: Project, path: Path, body: bytes, made: list[Path]) -> None:
    _make(project, path.parent, made)
    if not _there(path):
        _create(path, body, made)
        return
    if path.is_symlink() or not path.is_file() or path.read_bytes() != body:
        raise SmsopsError(
            T("{path} exists already, with another content; nothing was written", path=path),
            hint=T("smsops does not overwrite files. Move it away, and run the command again."),
        )


def _make(project: Project, directory: Path, made: list[Path]) -> None:
    """Make a directory and those above it. No part of its path in the project may be a link."""
    missing = [each for each in (directory, *directory.parents) if not _there(each)]
    for each in reversed(missing):
        try:
            each.mkdir()
        except OSError as error:
            raise _failed(each, error) from error
        made.append(each)
    if directory.is_relative_to(project.root):
        fault = directory_fault(project.root, directory.relative_to(project.root).as_posix())
        if fault:
            raise SmsopsError(
                T("{path}: {fault}; nothing was written", path=directory, fault=fault)
            )


def _create(path: Path, body: bytes, made: list[Path]) -> None:
    """Make a file that is there with all of ``body`` or not at all, and never in place of another:
    half of one would be in the way of every later run.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with fresh.open("xb") as file:
                file.write(body)
            _place(fresh, path, body)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise _failed(path, error) from error
    made.append(path)


def _place(fresh: Path, path: Path, body: bytes) -> None:
    try:
        os.link(fresh, path)
    except OSError:  # a file system without hard links, or the file is there: then this says so
        file = path.open("xb")
        try:
            with file:
                file.write(body)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _failed(path: Path, error: OSError) -> SmsopsError:
    return SmsopsError(
        T(
            "{path} cannot be written: {strerror}; nothing was written",
            path=path,
            strerror=error.strerror,
        )
    )


def _undo(made: Sequence[Path]) -> None:
    """Remove what was made, the last first; what cannot be removed stays."""
    for path in reversed(made):
        try:
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
        except OSError:
            continue
