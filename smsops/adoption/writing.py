"""New manifests: an address that is free for each, and a file in a directory that is read.

What is there already stays as it is: no file is written over, and no address is used twice. Either
all files are written or none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.manifests.project import directory_fault
from smsops.model import Address, Project, RemoteId, name_of
from smsops.text.messages import T

_LONGEST_NAME = 63
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
    spare = f"{named[-1]}-{normalised(str(remote_id))}" if named else exported.name
    if len(spare) > _LONGEST_NAME:
        tail = spare[-(len(normalised(str(remote_id))) + 1) :]
        spare = _cut(spare, _LONGEST_NAME - len(tail)) + tail
    for name in (*named, spare, exported.name):
        if Address(kind, name) not in taken:
            return Address(kind, name)
    return next(found for found in _numbered(kind, spare) if found not in taken)


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
    project: Project, drafts: Sequence[Draft], *, into: Mapping[str, Path] | None = None
) -> Mapping[Address, Path]:
    """Write the files of ``drafts``; address -> its manifest. ``into``: kind -> directory, by
    default :func:`directories`.

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
            _create(path, draft.text.encode(), made)
            written[draft.address] = path
    except BaseException:
        _undo(made)
        raise
    return written


def _cut(name: str, length: int = _LONGEST_NAME) -> str:
    return name[:length].rstrip("-")


def _numbered(kind: str, name: str) -> Iterator[Address]:
    number = 2
    while True:
        tail = f"-{number}"
        yield Address(kind, _cut(name, _LONGEST_NAME - len(tail)) + tail)
        number += 1


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
    try:
        with path.open("xb") as file:
            made.append(path)
            file.write(body)
    except OSError as error:
        raise _failed(path, error) from error


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
