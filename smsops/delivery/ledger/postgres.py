"""The ledger on a PostgreSQL server, for several receivers at once. The one door to psycopg."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from smsops.clock import SYSTEM, Clock
from smsops.delivery.ledger.migrations import MIGRATIONS, TABLES, Migration
from smsops.delivery.ledger.rows import Values
from smsops.delivery.ledger.sql import Cursor, SqlLedger, appending
from smsops.delivery.ledger.store import Fault
from smsops.errors import LedgerError, LedgerMissing, LedgerUnavailable, UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    import psycopg

Result = TypeVar("Result")

#: Columns of rows that are appended and hold no text.
_BYTES = frozenset({"key", "number"})
_INTEGERS = frozenset(
    {"at", "fee", "sequence", "total", "vendor_at", "replied_at", "heard_at", "last_at", "repeats"}
)

#: How often a transaction is run that lost against others, and the longest pause before (seconds).
_ATTEMPTS = 12
_LONGEST_PAUSE = 1.0
#: Seconds until a server that does not answer counts as gone, unless the URL says otherwise.
_CONNECT_TIMEOUT = "10"
#: Of databases: in these every text can be stored.
_ENCODINGS = ("UTF8", "SQL_ASCII")
#: Held while tables are made, so that two that begin at once do not both make them.
_MIGRATING = 0x534D534F5053


class _Translated:
    """A cursor that takes ``?`` for a placeholder."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> object:
        return self._cursor.execute(_translated(statement), values)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        self._cursor.executemany(_translated(statement), rows)

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()


def _translated(statement: str) -> bytes:
    """No statement of a ledger has a question mark, or a per cent sign, that is none of these."""
    return statement.replace("?", "%s").encode()


def _array(column: str) -> str:
    kind = "bytea" if column in _BYTES else "bigint" if column in _INTEGERS else "text"
    return f"CAST(? AS {kind}[])"


@cache
def _appending(table: str) -> str:
    """One statement for any number of rows, so that the server prepares it once: an array for each
    column.
    """
    arrays = ", ".join(map(_array, TABLES[table]))
    return appending(table, f"SELECT * FROM unnest({arrays})")  # noqa: S608 - names of ours


class PostgresLedger(SqlLedger):
    """The ledger in the tables ``smsops_*`` of a database. ``create``: make them."""

    #: Texts are compared byte by byte, as everywhere else.
    types: ClassVar[Mapping[str, str]] = {
        "text": 'TEXT COLLATE "C"',
        "blob": "BYTEA",
        "int": "BIGINT",
    }

    def __init__(
        self,
        url: str,
        *,
        create: bool = True,
        clock: Clock = SYSTEM,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self._psycopg = _library()
        self._settings, self._shown = _settings(self._psycopg, url)
        self._clock = clock
        self._turn = threading.RLock()
        self._connection: psycopg.Connection[Any] | None = None
        try:
            self._write(lambda cursor: self._set_up(cursor, migrations, create=create))
        except BaseException:
            self.close()
            raise

    @property
    def description(self) -> str:
        """Host and database, without user and password."""
        return self._shown

    def _set_up(self, cursor: Cursor, migrations: Sequence[Migration], *, create: bool) -> None:
        cursor.execute("SELECT to_regclass('smsops_ledger') IS NOT NULL")
        there = cursor.fetchall()[0][0]
        if there and self._version(cursor) == migrations[-1].number:
            return
        if not there and not create:
            raise LedgerMissing(
                T("there is no ledger at {place}", place=self._shown),
                hint=T("Is it another database? The first send or report makes the tables."),
            )
        cursor.execute("SHOW server_encoding")
        encoding = cursor.fetchall()[0][0]
        if encoding not in _ENCODINGS:
            raise LedgerError(
                T(
                    "the database {place} has encoding {encoding}, which cannot hold every text",
                    place=self._shown,
                    encoding=encoding,
                ),
                hint=T("Make another one: createdb -E UTF8 -T template0 NAME"),
            )
        cursor.execute("SELECT pg_advisory_xact_lock(?)", (_MIGRATING,))
        self._begin(cursor)
        self._migrate(cursor, self._version(cursor), migrations)

    def _write(self, work: Callable[[Cursor], Result], *, single: bool = False) -> Result:
        """Run ``work`` until it does not lose against other transactions. One statement is a
        transaction of its own: it needs one answer of the server instead of three.
        """
        with self._turn, self._failing():
            for attempt in range(1, _ATTEMPTS + 1):
                fresh = self._connection is None
                connection = self._connected()
                try:
                    transaction = nullcontext() if single else connection.transaction()
                    with transaction, connection.cursor() as cursor:
                        return work(_Translated(cursor))
                except (
                    self._psycopg.errors.DeadlockDetected,
                    self._psycopg.errors.SerializationFailure,
                ):
                    if attempt == _ATTEMPTS:
                        raise
                    longest = min(_LONGEST_PAUSE, 0.01 * 2**attempt)
                    self._clock.sleep(random.uniform(0, longest))  # noqa: S311 - no secret
                except (self._psycopg.OperationalError, self._psycopg.InterfaceError):
                    # The server may have gone away since the last time: once more, with another.
                    lost = connection.broken or connection.closed
                    self._disconnect()
                    if fresh or not lost:
                        raise
            raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _read(self, work: Callable[[Cursor], Iterator[Result]]) -> Iterator[Result]:
        with self._turn, self._failing(), self._snapshot() as cursor:
            yield from work(_Translated(cursor))

    @contextmanager
    def _snapshot(self) -> Iterator[psycopg.Cursor[Any]]:
        """A transaction that sees one moment, on a connection that was there a moment ago."""
        if self._connection is not None:
            with suppress(self._psycopg.Error):
                self._connection.execute("SELECT 1")
            if self._connection.broken:
                self._disconnect()
        connection = self._connected()
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield cursor

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = self._psycopg.connect(**self._settings, autocommit=True)
            self._connection = connection
            # A database or a role may have it off: then a commit is not on any disk yet.
            connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._psycopg.Error):
                connection.close()

    def _insert(self, cursor: Cursor, table: str, rows: Sequence[Values]) -> None:
        cursor.execute(_appending(table), [list(column) for column in zip(*rows, strict=True)])

    def _hold(self, cursor: Cursor, mac: bytes) -> None:
        """A lock of the number, until the transaction ends."""
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (mac.hex(),))

    def _tidy(self) -> None:
        """Nothing to do: the server does it by and by."""

    def _faults(self) -> Iterator[Fault]:
        def work(cursor: Cursor) -> Iterator[tuple[str, str]]:
            for name in ("fsync", "full_page_writes"):
                cursor.execute("SELECT current_setting(?)", (name,))
                yield name, str(cursor.fetchall()[0][0])

        for name, setting in list(self._read(work)):
            if setting != "on":
                what = T(
                    "{name} is off at the server: what was acknowledged may be gone after a crash",
                    name=name,
                )
                yield Fault("", what)

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._disconnect()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn errors of the server into ours; none of them has the password."""
        try:
            yield
        except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
            raise LedgerUnavailable(
                T("the ledger {place} failed: {reason}", place=self._shown, reason=_first(error)),
                hint=T("Is the server running, and may this user write to it?"),
            ) from error
        except self._psycopg.Error as error:
            raise LedgerError(
                T("the ledger {place} failed: {reason}", place=self._shown, reason=_first(error)),
                hint=T("Look at the tables smsops_* and at what this user may do with them."),
            ) from error


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _library() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise LedgerError(
            T("psycopg, which a ledger on PostgreSQL needs, cannot be used: {reason}").filled(
                reason=_first(error)
            ),
            hint=T("Install it: pip install 'smsops[postgres]' 'psycopg[binary]'"),
        ) from error
    return psycopg


def _settings(library: Any, url: str) -> tuple[dict[str, Any], str]:
    """What a URL says, and what may be shown of it. It may hold a password: errors do not."""
    from psycopg.conninfo import conninfo_to_dict

    hint = T("Write postgresql://USER@HOST:5432/DATABASE, the password in PGPASSWORD.")
    try:
        found = dict(conninfo_to_dict(url))
    except library.Error:
        raise UsageError(T("the address of the ledger cannot be read"), hint=hint) from None
    # Of a password that has them as they are, the rest would be the host or the database.
    if url.count("@") > 1 or "@" in str(found.get("dbname") or ""):
        raise UsageError(
            T("the address of the ledger has an @ or / too many: in a password write %40 and %2F"),
            hint=hint,
        )
    found.setdefault("connect_timeout", _CONNECT_TIMEOUT)
    found.setdefault("application_name", "smsops")
    found["client_encoding"] = "UTF8"  # whatever the database has, texts are texts
    host, port = found.get("host") or "localhost", found.get("port")
    where = f"{host}:{port}" if port else str(host)
    return found, f"postgresql://{where}/{found.get('dbname') or ''}"
