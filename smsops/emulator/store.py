"""Keeps the account in a file that several processes may use at once, or in memory.

The file is one JSON document: a header line, then one change a line, in order::

    {"format":"smsops-emulator/2","committed":         2,"changes":[
    {"put":{...},"ledger":{...}}
    ,{"delete":["template",1110],"ledger":{...}}
    ]}

A write puts its lines over the closing ``]}`` and then, in place, raises the count in the header:
only then is it committed. A process that dies in between leaves lines beyond the count, which
nobody reads; a file with fewer lines than its count was damaged. Readers look into the file only
when its size or time changed, and then parse only what is new.

A file of an older format is read, and is of ours once something is written to it.

Once most of a file is about messages that left the account, it is rewritten: a new file takes its
place at once, and readers load that one.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from threading import RLock
from typing import NamedTuple

from smsops import platforms
from smsops.emulator.account import Contents, Json, Malformed
from smsops.emulator.history import KEEP, History
from smsops.emulator.values import is_suspect, mended
from smsops.emulator.wire import encode
from smsops.errors import SmsopsError
from smsops.platforms import fcntl

LOG = logging.getLogger(__name__)
#: 2: what was told, reports that come early, a clock that went back.
FORMAT = 2
_HEADER = '{{"format":"smsops-emulator/2","committed":{:>10},"changes":[\n'
_HEADER_SIZE = len(_HEADER.format(0))
_COUNT = re.compile(
    rb'\{"format":"smsops-emulator/([0-9]+)",'
    rb'(?:"committed":([ 0-9]{10}),"changes":\[\n)?.*',
    re.DOTALL,
)
_TAIL = b"]}\n"
_LOCK_SECONDS = 60
_LOCK_PAUSE = 0.002


class DataError(SmsopsError):
    """The data file cannot be read or written, is damaged, or belongs to something else."""


class _Seen(NamedTuple):
    """A file as it was when we last looked."""

    inode: int
    size: int
    modified: int


class Store:
    """The contents of one account. ``path=None`` keeps them in memory.

    :meth:`reading` is for what only looks, :meth:`writing` for what commits. Safe to use from
    several threads and processes. Everything raises :class:`DataError` for a file that cannot be
    used, the constructor included.
    """

    def __init__(
        self, path: Path | None = None, *, keep: int = KEEP, followed: bool = False
    ) -> None:
        if path is not None:
            platforms.require(platforms.Needing.EMULATOR)
        self.path = None if path is None else real(path)
        #: Whether somebody is told of reports, so that no message leaves before.
        self.followed = followed
        #: Called with each change that was taken over after the first loading, while locked.
        self.observer: Callable[[Json], None] | None = None
        #: How often everything was read anew: at first, and whenever another file is there.
        self.loads = 0
        self._keep = keep
        self._contents = self._empty()
        self._seen: _Seen | None = None
        self._anchor = b""  # the last committed line that we know, and ...
        self._end = _HEADER_SIZE  # ... the offset behind it, where the next one goes
        self._format = FORMAT
        self._threads = RLock()
        with self.reading():
            self.loads = 1

    @contextmanager
    def reading(self) -> Iterator[Contents]:
        """The contents as of now. They must not be changed, nor kept after the block."""
        with self._threads:
            if self.path is not None and _look(self.path) != self._seen:
                if self.path.exists():
                    with self._locked(self.path):
                        self._refresh(self.path)
                else:
                    self._refresh(self.path)
            yield self._contents

    @contextmanager
    def writing(self) -> Iterator[Contents]:
        """The contents as of now, while nobody else can commit. For :meth:`commit`."""
        with self._threads:
            if self.path is None:
                yield self._contents
                return
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _unusable("create", self.path, error) from error
            with self._locked(self.path):
                self._refresh(self.path)
                yield self._contents

    def commit(self, changes: Sequence[Json]) -> None:
        """Make ``changes`` durable and take them over. Only inside :meth:`writing`."""
        if self._format < FORMAT:
            # What an older one was to push is over, also for whoever reads this file anew.
            changes = [{"told": self._contents.history.told}, *changes]
        if self.path is not None and changes:
            first = self._contents.changes == 0
            lines = [
                (b"" if first and number == 0 else b",") + encode(change) + b"\n"
                for number, change in enumerate(changes)
            ]
            try:
                self._write(self.path, lines)
            except OSError as error:
                raise _unusable("write", self.path, error) from error
            self._anchor = lines[-1]
            self._end += sum(map(len, lines))
            self._format = FORMAT
        for change in changes:
            self._take(self._contents, change)
        history = self._contents.history
        history.trim(followed=self.followed)
        if (early := history.crowded()) is not None:
            self.commit([early])
        elif self._contents.bloated:
            self._compact()

    def _empty(self) -> Contents:
        return Contents(history=History(self._keep))

    def _take(self, contents: Contents, change: Json) -> None:
        contents.apply(change)
        if self.observer is not None:
            self.observer(change)

    def _compact(self) -> None:
        """Rewrite the file with what still matters. What was committed is safe either way."""
        contents = self._contents
        contents.history.dead = 0
        if self.path is None:
            return
        lines = [encode(change) + b"\n" for change in contents.snapshot()]
        body = b",".join(lines)
        header = _HEADER.format(len(lines)).encode()
        try:
            _replace(self.path, header + body + _TAIL)
        except OSError as error:
            LOG.warning("cannot rewrite emulator data %s: %s", self.path, error)
            return
        contents.changes = len(lines)
        self._anchor = (b"," if len(lines) > 1 else b"") + lines[-1]
        self._end = len(header) + len(body)
        self._seen = _look(self.path)

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        """Hold the file's lock, which dies with this process."""
        try:
            descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | platforms.CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable("lock", path, error) from error
        try:
            _lock(descriptor, path)
            yield
        finally:
            os.close(descriptor)

    def _refresh(self, path: Path) -> None:
        """Take over what the file holds now, with its lock held."""
        seen = _look(path)
        if seen == self._seen:
            return
        if seen is None:
            self._contents, self._anchor, self._end = self._empty(), b"", _HEADER_SIZE
            self._format = FORMAT
        else:
            try:
                self._load(path)
            except OSError as error:
                raise _unusable("read", path, error) from error
        self._seen = seen

    def _load(self, path: Path) -> None:
        with path.open("rb") as file:
            match = _COUNT.fullmatch(file.read(_HEADER_SIZE))
            if match is not None and int(match[1]) > FORMAT:
                raise DataError(
                    f"emulator data {path} was written by a newer smsops (format {int(match[1])})",
                    hint=f"Upgrade smsops, which reads formats up to {FORMAT} here, or name "
                    "another file with --data.",
                )
            if match is None or match[2] is None or int(match[1]) < 1:
                raise DataError(
                    f"{path} is not emulator data",
                    hint="Move it away or name another file with --data.",
                )
            count = int(match[2])
            contents, missing = self._contents, count - self._contents.changes
            anew = self.loads == 0
            file.seek(self._end - len(self._anchor))
            if not self._anchor or missing < 0 or file.read(len(self._anchor)) != self._anchor:
                # Not the file that we know with more in it: somebody put another one there.
                anew = anew or contents.changes > 0
                contents, missing = self._empty(), count
                file.seek(_HEADER_SIZE)
                self._end, self._anchor = _HEADER_SIZE, b""
            lines = file.read().split(b"\n", missing)
        self._seen = None
        try:
            if len(lines) != missing + 1:
                raise Malformed("lines are missing")
            lines.pop()  # the tail, and lines that were never committed
            text = b"".join(lines)
            changes = json.loads(b"[" + text.removeprefix(b",") + b"]")
            if len(changes) != missing:
                raise Malformed("changes are missing")
            if is_suspect(text):  # of a version that let in what breaks every list
                changes = mended(changes)
            self.loads += anew
            for change in changes:
                if anew:
                    contents.apply(change)
                else:
                    self._take(contents, change)
        except (ValueError, RecursionError, AttributeError, TypeError) as error:
            self._contents, self._anchor, self._end = self._empty(), b"", _HEADER_SIZE
            raise DataError(
                f"emulator data {path} is damaged",
                hint=f"Restore it from a copy, or delete {path} to start with an empty account.",
            ) from error
        self._contents, self._format = contents, int(match[1])
        if self._format < FORMAT:
            contents.history.forgo()
        contents.history.trim(followed=self.followed)
        self._end += len(text) + missing
        if lines:
            self._anchor = lines[-1] + b"\n"

    def _write(self, path: Path, lines: Sequence[bytes]) -> None:
        header = _HEADER.format(self._contents.changes + len(lines)).encode()
        body = b"".join(lines) + _TAIL
        if self._seen is None:
            _replace(path, header + body)
        else:
            descriptor = os.open(path, os.O_RDWR | platforms.CLOEXEC)
            try:
                _pwrite(descriptor, body, self._end)
                os.ftruncate(descriptor, self._end + len(body))
                os.fdatasync(descriptor)
                _pwrite(descriptor, header, 0)
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        self._seen = _look(path)


def not_a_file(path: Path) -> DataError:
    """What is said of a data file that is a directory, or anything else but a file."""
    return DataError(
        f"emulator data {path} is not a file", hint="Name a file with --data, or leave it out."
    )


def real(path: Path) -> Path:
    """The file behind a data file's name: one that is locked and rewritten, by whichever name."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _lock(descriptor: int, path: Path) -> None:
    for _ in range(int(_LOCK_SECONDS / _LOCK_PAUSE)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE)
        except OSError as error:
            raise _unusable("lock", path, error) from error
        else:
            return
    raise DataError(
        f"emulator data {path} stayed locked for {_LOCK_SECONDS} s",
        hint="Another smsops process is using it; stop that one first.",
    )


def _look(path: Path) -> _Seen | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable("read", path, error) from error
    if not S_ISREG(found.st_mode):
        raise not_a_file(path)
    return _Seen(found.st_ino, found.st_size, found.st_mtime_ns)


def _pwrite(descriptor: int, body: bytes, offset: int) -> None:
    while body:
        written = os.pwrite(descriptor, body, offset)
        body, offset = body[written:], offset + written


def _replace(path: Path, body: bytes) -> None:
    """Write a new file so that it is there complete, or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | platforms.DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _unusable(verb: str, path: Path, error: OSError) -> DataError:
    return DataError(f"cannot {verb} emulator data {path}: {error.strerror or error}")
