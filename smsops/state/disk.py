"""Private files of one directory: opened without following links, 0600, written durably."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from smsops import platforms
from smsops.errors import StateError
from smsops.text.messages import T

READ = os.O_RDONLY | platforms.NOFOLLOW | platforms.NONBLOCK | platforms.NOCTTY | platforms.CLOEXEC
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | platforms.NOFOLLOW | platforms.CLOEXEC
#: Where smsops keeps what is its own, in the directory of a project.
OWN = ".smsops"
DIRECTORY = os.O_RDONLY | platforms.DIRECTORY | platforms.NOFOLLOW | platforms.CLOEXEC


def read(directory: int, name: str, most: int) -> bytes:
    """The bytes of a regular file. Raises :class:`StateError` for more than ``most`` of them."""
    descriptor = os.open(name, READ, dir_fd=directory)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StateError(
                T("{name} is not a regular file", name=name), hint=T("Move it away and try again.")
            )
        with open(descriptor, "rb", closefd=False) as file:
            body = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(body) > most:
        raise _too_large(name, most)
    return body


def read_named(path: Path, most: int) -> bytes | None:
    """The bytes of a regular file at ``path``, where no directory can be opened; ``None`` where
    there is none. Raises :class:`OSError`, and :class:`StateError` for what is no state.
    """
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise StateError(
                T("{name} is not a regular file", name=path.name),
                hint=T("Move it away and try again."),
            )
        with path.open("rb") as file:
            body = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(body) > most:
        raise _too_large(path.name, most)
    return body


def create(directory: int, name: str, body: bytes, *, sync: bool) -> None:
    """Write a new file; with ``sync`` return only when it is on the disk."""
    descriptor = os.open(name, CREATE, 0o600, dir_fd=directory)
    try:
        rest = memoryview(body)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _too_large(name: str, most: int) -> StateError:
    return StateError(
        T("{name} is larger than {most} bytes: it is not a state", name=name, most=most)
    )


def remove(directory: int, name: str) -> None:
    """Remove a file, if that is possible."""
    with suppress(OSError):
        os.unlink(name, dir_fd=directory)


def make(directory: Path) -> None:
    """Make ``directory``, and the one of smsops above that of an environment. A project that is not
    there is not made. Raises :class:`OSError`.
    """
    if directory.parent.name == OWN:
        directory.parent.mkdir(mode=0o700, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)


def opened(directory: Path) -> int:
    """A descriptor of ``directory``; no link is followed, also above an environment's.

    Raises :class:`OSError`.
    """
    platforms.require(platforms.Needing.LOCAL_STATE)
    if directory.parent.name == OWN and directory.parent.is_symlink():
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory.parent))
    return os.open(directory, DIRECTORY)
