"""Files of a project, and nothing outside it.

A manifest comes from a pull request that anybody may have written. A path in it must not lead to
another file of the machine: its content would end up in a log or in a review at Tencent Cloud. So
every component is opened without following symbolic links, and only regular files are read.
"""

from __future__ import annotations

import os
import stat
from errno import EACCES, ELOOP, ENOTDIR
from pathlib import Path, PurePosixPath

from smsops import platforms
from smsops.errors import SmsopsError
from smsops.text.messages import T, verbatim

_DIRECTORY = os.O_RDONLY | platforms.DIRECTORY | platforms.NOFOLLOW | platforms.CLOEXEC
_FILE = os.O_RDONLY | platforms.NOFOLLOW | platforms.NONBLOCK | platforms.NOCTTY | platforms.CLOEXEC
_FILE |= platforms.BINARY
#: The bit of a reparse tag of Windows that says: another name of something else.
_NAME_SURROGATE = 0x20000000


class FileRefused(SmsopsError):
    """A file that smsops does not read; the message says why, without the name of the file."""


class FileMissing(FileRefused):
    """A file that is not there."""


class FileTooLarge(FileRefused):
    """A file over the limit of the caller."""


def inside(*parts: str) -> str:
    """The path of ``parts``, relative to the project, without ``.`` and ``..``.

    Raises :class:`FileRefused` for an absolute path and for one that leaves the project. Resolving
    ``..`` in the text alone is safe because no component may be a symbolic link.
    """
    steps: list[str] = []
    for part in parts:
        path = PurePosixPath(part)
        if path.is_absolute():
            raise FileRefused(T("it is absolute; write it relative to this file"))
        for step in path.parts:
            if step != "..":
                steps.append(step)
            elif steps:
                steps.pop()
            else:
                raise FileRefused(T("it leaves the project; keep the file inside"))
    return "/".join(steps) or "."


def read(root: Path, relative: str, *, limit: int, single: bool = False) -> bytes:
    """The bytes of a regular file of the project, at most ``limit`` of them.

    ``relative`` is a path from :func:`inside`. ``single`` refuses files with a second name (hard
    links), which could be any file of the machine. Raises :class:`FileRefused`.
    """
    try:
        return _read(root, relative.split("/"), limit, single)
    except FileNotFoundError:
        raise FileMissing(T("it does not exist")) from None
    except OSError as error:
        said = verbatim(error.strerror or str(error))
        raise FileRefused(_REASONS.get(error.errno or 0, said)) from None
    except ValueError:
        raise FileRefused(T("its name holds a NUL character")) from None


_REASONS = {
    EACCES: T("it cannot be read: permission denied"),
    ENOTDIR: T("a part of the path is a symbolic link or not a directory"),
    ELOOP: T("it is a symbolic link; put the file itself there"),
}


def spelled(root: Path, relative: str) -> str | None:
    """The path of the file that ``relative``, a path from :func:`inside`, names but for the case of
    its letters. None when there is none that :func:`read` with ``single`` would take.
    """
    walk = _spelled if platforms.posix() else _spelled_by_names
    try:
        return "/".join(walk(root, relative.split("/")))
    except (OSError, ValueError, FileRefused):
        return None


def _spelled(root: Path, parts: list[str]) -> list[str]:
    found: list[str] = []
    directory = os.open(root, os.O_RDONLY | platforms.DIRECTORY | platforms.CLOEXEC)
    try:
        for part in parts:
            if found:
                inner = os.open(found[-1], _DIRECTORY, dir_fd=directory)
                os.close(directory)
                directory = inner
            names = os.listdir(directory)
            alike = sorted(name for name in names if name.casefold() == part.casefold())
            if not alike:
                raise FileMissing(T("it does not exist"))
            found.append(part if part in alike else alike[0])
        _regular(os.stat(found[-1], dir_fd=directory, follow_symlinks=False), single=True)
    finally:
        os.close(directory)
    return found


def _read(root: Path, parts: list[str], limit: int, single: bool) -> bytes:
    opened = _opened if platforms.posix() else _opened_by_name
    file = opened(root, parts, single)
    with open(file, "rb", buffering=0) as stream:
        found = os.fstat(file)
        _regular(found, single)
        if found.st_size > limit:
            raise FileTooLarge(
                T(
                    "it has {size} bytes; at most {limit} are allowed",
                    size=found.st_size,
                    limit=limit,
                )
            )
        body = bytearray()
        while chunk := stream.read(limit + 1 - len(body)):
            body += chunk
    if len(body) > limit:
        raise FileTooLarge(T("it grew beyond {limit} bytes", limit=limit))
    return bytes(body)


def _opened(root: Path, parts: list[str], single: bool) -> int:
    directory = os.open(root, os.O_RDONLY | platforms.DIRECTORY | platforms.CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _DIRECTORY, dir_fd=directory)
            os.close(directory)
            directory = inner
        # Asked before the file is opened: opening a device can already do something.
        _regular(os.stat(parts[-1], dir_fd=directory, follow_symlinks=False), single)
        return os.open(parts[-1], _FILE, dir_fd=directory)
    finally:
        os.close(directory)


def _opened_by_name(root: Path, parts: list[str], single: bool) -> int:
    """The same where no directory can be opened (Windows): every part is looked at by its name, and
    what was opened has to be what was looked at.
    """
    path = root
    for part in parts[:-1]:
        path = _below(path, part)
        if not stat.S_ISDIR(_looked_at(path).st_mode):
            raise FileRefused(_REASONS[ENOTDIR])
    path = _below(path, parts[-1])
    before = _looked_at(path)
    _regular(before, single)
    file = os.open(path, _FILE)
    if not os.path.samestat(before, os.fstat(file)):
        os.close(file)
        raise FileRefused(T("it became another file while it was read"))
    return file


def _below(directory: Path, part: str) -> Path:
    """One step down. To Windows these characters mean more steps, a drive, or a hidden stream."""
    if set(part) & set("\\:"):
        raise FileRefused(T("its name holds a character that Windows does not allow"))
    return directory / part


def _looked_at(path: Path) -> os.stat_result:
    found = path.lstat()
    # A junction leads elsewhere, as a link does; to stat it is a directory.
    if getattr(found, "st_reparse_tag", 0) & _NAME_SURROGATE:
        raise FileRefused(_REASONS[ELOOP])
    return found


def _spelled_by_names(root: Path, parts: list[str]) -> list[str]:
    found: list[str] = []
    for part in parts:
        directory = root.joinpath(*found)
        if not stat.S_ISDIR(_looked_at(directory).st_mode):
            raise FileRefused(_REASONS[ENOTDIR])
        alike = sorted(name for name in os.listdir(directory) if name.casefold() == part.casefold())
        if not alike:
            raise FileMissing(T("it does not exist"))
        found.append(part if part in alike else alike[0])
    _regular(_looked_at(root.joinpath(*found)), single=True)
    return found


def _regular(found: os.stat_result, single: bool) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise FileRefused(_REASONS[ELOOP])
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(T("it is not a regular file"))
    if single and found.st_nlink > 1:
        raise FileRefused(T("it has a second name (hard link); put a copy there"))
