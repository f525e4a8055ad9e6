"""The ledger in a file of this machine: SQLite, written ahead, durable with every commit.

``synchronous=FULL``: with NORMAL a power cut may take back what was committed. One connection and
one transaction at a time; other processes wait for their turn. The file is 0600, and so is what
SQLite keeps beside it.

Even to read, SQLite writes beside a file that is written ahead. Where that cannot be, as on a
read-only file system, the file alone is read, as long as it is all there is and stays as it is.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeVar

from smsops import platforms
from smsops.delivery.ledger.migrations import MIGRATIONS, Migration
from smsops.delivery.ledger.rows import Values
from smsops.delivery.ledger.sql import Cursor, SqlLedger, appending, values
from smsops.delivery.ledger.store import Fault
from smsops.errors import LedgerError, LedgerMissing, LedgerUnavailable
from smsops.text.messages import C, Command, T, Text

Result = TypeVar("Result")

#: Seconds that a writer waits for another process.
PATIENCE = 30.0
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | platforms.NOFOLLOW | platforms.CLOEXEC
#: Rows of one statement. 50 reports have less than 999 values, the least that a SQLite takes.
_MOST_ROWS = 50


@cache
def _appending(table: str, rows: int) -> str:
    return appending(table, values(table, rows))


#: Keys are hashes, so every row is on another page: pages are kept at hand (at most 32 MiB) and
#: copied from the log of writes every 16 MiB. Half of what a commit costs the system.
_QUICK = (
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA temp_store = MEMORY",
)
#: Primary result codes of SQLite -> what to do next. Every other one is damage.
_FOR_NOW: Mapping[int, Text] = {
    sqlite3.SQLITE_BUSY: T("Another process is writing to it. Run the command again."),
    sqlite3.SQLITE_LOCKED: T("Another process is writing to it. Run the command again."),
    sqlite3.SQLITE_FULL: T("Make room on the disk, or remove old messages: {command}."),
    sqlite3.SQLITE_IOERR: T("Look at the disk: it may be full or broken."),
    sqlite3.SQLITE_READONLY: T("Look at the permissions of the file and of its directory."),
    sqlite3.SQLITE_CANTOPEN: T("Look at the permissions of the file and of its directory."),
    sqlite3.SQLITE_PERM: T("Look at the permissions of the file and of its directory."),
    sqlite3.SQLITE_INTERRUPT: T("Run the command again."),
    sqlite3.SQLITE_NOMEM: T("Run the command again."),
}


_FOR_SYSTEM: Mapping[type[OSError], Text] = {
    FileNotFoundError: T("Make its directory first."),
    NotADirectoryError: T("Name a file in a directory."),
}
#: Codes of a file that SQLite can read, and beside which it cannot write.
_UNWRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def _code(error: sqlite3.Error) -> int:
    """The primary result code of an error."""
    # A library that has no code for it was asked for something that cannot be.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return os.stat(path).st_size
    return 0


class _Look(NamedTuple):
    """What tells whether a ledger was written to. ``ahead``: bytes that are not in the file yet."""

    file: int
    size: int
    written_at: int
    ahead: int


def key_file(path: Path) -> Path:
    """Where the key of the ledger at ``path`` is, unless the environment has it."""
    return path.with_name(f"{path.name}.key")


class SqliteLedger(SqlLedger):
    """The ledger in one file. ``create``: make it where there is none."""

    types: ClassVar[Mapping[str, str]] = {"text": "TEXT", "blob": "BLOB", "int": "INTEGER"}

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        patience: float = PATIENCE,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self._path = path
        self._turn = threading.RLock()
        #: What the file was when it was opened to be read alone.
        self._alone: _Look | None = None
        with self._failing():
            self._prepare(create=create)
            self._connection = self._connected(patience, only_read=not create)
        try:
            with self._failing():
                self._set_up(migrations, create=create)
        except BaseException:
            self._connection.close()
            raise

    @property
    def description(self) -> str:
        """The path of the file."""
        return str(self._path)

    @property
    def key_file(self) -> Path:
        """Where the key of its hashes is, unless the environment has it."""
        return key_file(self._path)

    def _prepare(self, *, create: bool) -> None:
        """The file, private from its first moment; SQLite itself would ask the umask."""
        if create:
            with suppress(FileExistsError):
                self._path.parent.mkdir(mode=0o700)
            with suppress(FileExistsError):
                os.close(os.open(self._path, _CREATE, 0o600))
        try:
            mode = os.lstat(self._path).st_mode
        except FileNotFoundError:
            raise self._missing() from None
        if not stat.S_ISREG(mode):
            raise LedgerError(
                T("{path} is not a regular file", path=self._path),
                hint=T("Name the file itself: links are not followed."),
            )

    def _missing(self) -> LedgerMissing:
        return LedgerMissing(
            T("there is no ledger at {path}", path=self._path),
            hint=T(
                "Say where it is: --ledger URL, SMSOPS_LEDGER, or -C for a project's own. {probe} "
                "makes one, and so does a receiver.",
                probe=C("probe"),
            ),
        )

    def _connected(self, patience: float, *, only_read: bool) -> sqlite3.Connection:
        """A connection that can read. ``only_read``: that is enough."""

        def connect(place: str | Path, *, uri: bool) -> sqlite3.Connection:
            return sqlite3.connect(
                place, timeout=patience, isolation_level=None, check_same_thread=False, uri=uri
            )

        connection = connect(self._path, uri=False)
        try:
            connection.execute("PRAGMA schema_version").fetchall()
        except sqlite3.Error as error:
            connection.close()
            if not only_read or _code(error) not in _UNWRITABLE:
                raise
        else:
            return connection
        self._alone = self._look()
        self._still_alone()
        return connect(f"{Path(os.path.abspath(self._path)).as_uri()}?immutable=1", uri=True)

    def _look(self) -> _Look:
        found = os.stat(self._path)
        return _Look(found.st_ino, found.st_size, found.st_mtime_ns, _size(self._log))

    @property
    def _log(self) -> Path:
        """What SQLite has written ahead."""
        return self._path.with_name(f"{self._path.name}-wal")

    def _still_alone(self) -> None:
        """Raises when the file that is read alone is not all there is, or has changed since."""
        if self._alone is None:
            return
        if self._alone.ahead:
            raise LedgerUnavailable(
                T(
                    "the ledger {path} cannot be read where nothing can be written: a part of it "
                    "is in {beside}",
                    path=self._path,
                    beside=self._log,
                ),
                hint=T(
                    "Copy both files to a directory that can be written, and name the copy with "
                    "--ledger."
                ),
            )
        if self._look() != self._alone:
            raise LedgerUnavailable(
                T("the ledger {path} was written to while it was read", path=self._path),
                hint=T("Run the command again."),
            )

    def _set_up(self, migrations: Sequence[Migration], *, create: bool) -> None:
        run = self._connection.execute
        run("PRAGMA secure_delete = ON")
        for pragma in _QUICK:
            run(pragma).fetchall()
        if create and not run("PRAGMA page_count").fetchone()[0]:
            run("PRAGMA auto_vacuum = INCREMENTAL")  # only before the first table
        with self._transaction("DEFERRED") as cursor:
            there = self._is_ours(cursor)
            current = there and self._version(cursor) == migrations[-1].number
        if not (there or create):
            raise self._missing()
        if not current:
            if self._alone is not None:
                raise LedgerError(
                    T("{path} has to be brought up to date, and can only be read", path=self._path),
                    hint=T("Run the command where its directory can be written, or with a copy."),
                )
            with self._transaction() as cursor:
                self._begin(cursor)
                self._migrate(cursor, self._version(cursor), migrations)
        if self._alone is not None:
            return
        # Not sooner: a ledger that is refused stays as it is.
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")

    def _is_ours(self, cursor: Cursor) -> bool:
        """Whether there are tables of a ledger. Raises when there are none but others."""
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {row[0] for row in cursor.fetchall()}
        if tables and "smsops_ledger" not in tables:
            raise LedgerError(
                T("{path} is a database of something else", path=self._path),
                hint=T("Nothing was changed. Name another file."),
            )
        return bool(tables)

    def _write(self, work: Callable[[Cursor], Result], *, single: bool = False) -> Result:
        with self._failing(), self._transaction() as cursor:
            return work(cursor)

    def _read(self, work: Callable[[Cursor], Iterator[Result]]) -> Iterator[Result]:
        with self._failing(), self._transaction("DEFERRED") as cursor:
            yield from work(cursor)
        self._still_alone()

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Cursor]:
        """A transaction that ends with the block. Immediate: it has the right to write from the
        beginning, and can wait for it without having read anything.
        """
        with self._turn:
            cursor = self._connection.cursor()
            cursor.execute(f"BEGIN {kind}")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    def _insert(self, cursor: Cursor, table: str, rows: Sequence[Values]) -> None:
        for begin in range(0, len(rows), _MOST_ROWS):
            some = rows[begin : begin + _MOST_ROWS]
            cursor.execute(_appending(table, len(some)), list(chain.from_iterable(some)))

    def _hold(self, cursor: Cursor, mac: bytes) -> None:
        """Nothing to do: there is one writer."""

    def _tidy(self) -> None:
        """Give pages back, and leave nothing of what was removed in the log of writes."""
        with self._turn, self._failing():
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _faults(self) -> Iterator[Fault]:
        with self._turn, self._failing():
            found = self._connection.execute("PRAGMA integrity_check(20)").fetchall()
        for (what,) in found:
            if what != "ok":
                yield Fault("", T("SQLite says: {what}", what=what))
        for path in (self._path, self.key_file):
            with suppress(FileNotFoundError):
                if os.stat(path).st_mode & 0o077:
                    what = T("{path} can be read by others: chmod 600", path=path)
                    yield Fault("", what)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn errors of SQLite and of the system into ours."""
        try:
            yield
        except sqlite3.Error as error:
            self._still_alone()  # else what looks damaged may be half of what another process wrote
            code = _code(error)
            message = T("the ledger {path} failed: {reason}", path=self._path, reason=error)
            if code in _FOR_NOW:
                raise LedgerUnavailable(message, hint=self._advice(code)) from error
            raise LedgerError(
                message, hint=T("It is damaged, or no ledger: put back a copy of it.")
            ) from error
        except OSError as error:
            raise LedgerUnavailable(
                T("the ledger {path} failed: {reason}", path=self._path, reason=error.strerror),
                hint=_FOR_SYSTEM.get(type(error)) or self._advice(sqlite3.SQLITE_CANTOPEN),
            ) from error

    def _advice(self, code: int) -> Text:
        if code != sqlite3.SQLITE_FULL:
            return _FOR_NOW[code]
        address = f"sqlite:{self._path}"
        prune = Command.of("ledger", "prune", "--before", "90d", "--ledger", address)
        return _FOR_NOW[code].filled(command=prune)
