"""The queue of bodies that are passed on: a file of SQLite, durable with every commit.

Bodies are kept as they came, numbers and all, until they are passed on or too old; what is removed
is overwritten.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from smsops import platforms
from smsops.errors import LedgerUnavailable
from smsops.receiving.spool import KEPT, erase
from smsops.text.messages import T

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | platforms.NOFOLLOW | platforms.CLOEXEC
_TABLE = (
    "CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, target TEXT NOT NULL,"
    " type TEXT NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL,"
    " tries INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS bodies_due ON bodies (target, due)",
)
_COLUMNS = "target, type, body, at, due, tries"


class Queued(NamedTuple):
    """One body on its way to one target. ``due``: when it is tried next."""

    id: int
    target: str
    type: str
    body: bytes
    at: int
    tries: int


class Queue:
    """Bodies on their way. Raises :class:`LedgerUnavailable` when the file takes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.RLock()
        with self._failing():
            with suppress(FileExistsError):
                os.close(os.open(path, _CREATE, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
        try:
            with self._failing():
                run = self._connection.execute
                run("PRAGMA secure_delete = ON")
                run("PRAGMA journal_mode = WAL")
                run("PRAGMA synchronous = FULL")
                for statement in _TABLE:
                    run(statement)
        except BaseException:
            self._connection.close()
            raise

    def put(self, bodies: Iterable[tuple[str, str, bytes]], now: int) -> None:
        """Take bodies for targets, (target, type, body), in one transaction."""
        rows = [(*each, now, now, 0) for each in bodies]
        self._change(f"INSERT INTO bodies ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - names of its own

    def due(self, target: str, now: int, most: int) -> list[Queued]:
        """The oldest bodies for a target that are due."""
        with self._turn, self._failing():
            found = self._connection.execute(
                "SELECT id, target, type, body, at, tries FROM bodies"
                " WHERE target = ? AND due <= ? ORDER BY id LIMIT ?",
                (target, now, most),
            ).fetchall()
        return [Queued(*row) for row in found]

    def done(self, ids: Iterable[int]) -> None:
        """Forget bodies that were passed on."""
        self._change("DELETE FROM bodies WHERE id = ?", [(each,) for each in ids])

    def later(self, ids: Iterable[int], due: int) -> None:
        """Try bodies again, at ``due``."""
        self._change(
            "UPDATE bodies SET due = ?, tries = tries + 1 WHERE id = ?",
            [(due, each) for each in ids],
        )

    def waiting(self, target: str) -> int:
        """How many bodies wait for a target."""
        with self._turn, self._failing():
            count = "SELECT count(*) FROM bodies WHERE target = ?"
            return int(self._connection.execute(count, (target,)).fetchone()[0])

    def tidy(self, now: int) -> int:
        """Forget what is too old, and leave nothing of what is gone in the log of writes. How many
        were too old.
        """
        with self._turn, self._failing():
            gone = self._connection.execute("DELETE FROM bodies WHERE at < ?", (now - KEPT,))
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return gone.rowcount

    def take_over(self, path: Path) -> None:
        """Take the bodies that a receiver that is gone had in ``path``."""
        with self._turn, self._failing():
            other = Queue(path)
            try:
                rows = other._connection.execute(f"SELECT {_COLUMNS} FROM bodies")  # noqa: S608
                insert = f"INSERT INTO bodies ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
                while group := rows.fetchmany(100):
                    self._change(insert, group)
            finally:
                other.close()
        erase(path)

    def close(self) -> None:
        """Close the file; an empty one is erased."""
        with self._turn, self._failing():
            left = self._connection.execute("SELECT 1 FROM bodies LIMIT 1").fetchone()
            self._connection.close()
        if left is None:
            erase(self._path)

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        with self._turn, self._failing():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(statement, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise LedgerUnavailable(
                T("{path} takes nothing: {why}", path=self._path, why=error),
                hint=T("Look at the disk and at the permissions of the directory."),
            ) from error
