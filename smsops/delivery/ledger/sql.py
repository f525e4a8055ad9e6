"""A ledger in tables: everything that engines have in common, in SQL that all of them read.

Rows of a transaction are written in the order of their keys, so that two writers wait for each
other and never for both. Placeholders are ``?``; an engine translates them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from smsops.delivery.identity import (
    answer_key,
    merged_answer,
    merged_reply,
    merged_report,
    report_key,
)
from smsops.delivery.ledger.migrations import TABLES, Migration
from smsops.delivery.ledger.rows import READ, Values, answer_row, reply_row, report_row, send_row
from smsops.delivery.ledger.store import Fault, Refusal, Removed
from smsops.delivery.model import Answer, MessageId, Records, Reply, Report, Row, Send
from smsops.errors import LedgerError
from smsops.text.messages import T

Result = TypeVar("Result")

#: Values in one statement, and rows that are removed or read at a time.
_AT_ONCE = 500
_PAGE = 5_000


class Cursor(Protocol):
    """What is asked of a cursor of any engine."""

    @property
    def rowcount(self) -> int:
        """Rows that the last statement touched."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> object:
        """Run one statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each of ``rows``."""

    def fetchall(self) -> list[Any]:
        """The rows that the last statement found."""


def _inserting(table: str, then: str, source: str) -> str:
    columns = TABLES[table]
    return (
        f"INSERT INTO smsops_{table} AS kept ({', '.join(columns)}) {source}"
        f" ON CONFLICT ({columns[0]}) DO {then}"
    )


def values(table: str, rows: int = 1) -> str:
    """Places for ``rows`` rows of a table."""
    return "VALUES " + ", ".join([f"({', '.join('?' * len(TABLES[table]))})"] * rows)


def _if(condition: str, columns: Iterable[str]) -> Iterator[str]:
    for column in columns:
        yield f"{column} = CASE WHEN {condition} THEN excluded.{column} ELSE kept.{column} END"


#: What becomes of a row that is there already: the same as in smsops.delivery.identity.
_COUNTED = (
    "repeats = kept.repeats + excluded.repeats + 1",
    *_if("excluded.heard_at < kept.heard_at", ["heard_at"]),
    *_if("excluded.last_at > kept.last_at", ["last_at"]),
)
_TIME = (
    "({0}.vendor_at IS NULL, COALESCE({0}.vendor_at, 0), {0}.stamp, {0}.source, {0}.status,"
    " {0}.sequence, {0}.total)"
)
_EARLIER = f"{_TIME.format('excluded')} < {_TIME.format('kept')}"
_STANDING = ("sequence", "total", "status", "verdict", "code", "vendor_at", "stamp", "source")
_SMALLER = "kept.number IS NULL OR excluded.number < kept.number"
_MERGED_REPORT = ", ".join(
    [*_COUNTED, *_if(_EARLIER, _STANDING), *_if(_SMALLER, ["number", "shown"])]
)
_SOONER = "(excluded.at, excluded.fee, excluded.source) < (kept.at, kept.fee, kept.source)"
_MERGED_ANSWER = ", ".join(_if(_SOONER, ["at", "fee", "source"]))
_MERGED_REPLY = ", ".join([*_COUNTED, *_if("kept.text IS NULL", ["text"])])

_SEND = _inserting("sends", "NOTHING", values("sends"))
_MERGED = {"answers": _MERGED_ANSWER, "reports": _MERGED_REPORT, "replies": _MERGED_REPLY}


def appending(table: str, source: str) -> str:
    """The statement that writes the rows of ``source`` to a table, each key once."""
    return _inserting(table, f"UPDATE SET {_MERGED[table]}", source)


#: An older report of a message, while anything was heard of it later, is no older message.
_OVER = (
    " FROM smsops_reports WHERE heard_at < ? AND last_at < ? AND NOT EXISTS (SELECT 1 FROM"
    " smsops_reports AS later WHERE later.message = smsops_reports.message AND later.vendor ="
    " smsops_reports.vendor AND later.application = smsops_reports.application"
    " AND later.last_at >= ?)"
)


def _selecting(table: str, where: str) -> str:
    return f"SELECT {', '.join(TABLES[table])} FROM smsops_{table} WHERE {where}"


class SqlLedger(ABC):
    """The :class:`Ledger` of an engine that says how a transaction is run."""

    #: What the migrations call a type.
    types: ClassVar[Mapping[str, str]]

    @property
    @abstractmethod
    def description(self) -> str:
        """Where it is, without user and password."""

    @abstractmethod
    def _write(self, work: Callable[[Cursor], Result], *, single: bool = False) -> Result:
        """Run ``work`` in a transaction that is durable at the end. It may be run again.
        ``single``: it does nothing but insert into one table.
        """

    @abstractmethod
    def _read(self, work: Callable[[Cursor], Iterator[Result]]) -> Iterator[Result]:
        """Run ``work`` on what is there as of now."""

    @abstractmethod
    def _hold(self, cursor: Cursor, mac: bytes) -> None:
        """Let nobody else claim a send to this number until the transaction is over."""

    @abstractmethod
    def _faults(self) -> Iterator[Fault]:
        """What is wrong with the store itself."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""

    # -- writing ---------------------------------------------------------------------------------

    def append(self, rows: Iterable[Row]) -> None:
        """Write answers, reports and replies in one transaction, durably."""
        found = {table: theirs for table, theirs in _keyed(rows).items() if theirs}

        def work(cursor: Cursor) -> None:
            for table, theirs in found.items():
                self._insert(cursor, table, theirs)

        if found:
            self._write(work, single=len(found) == 1)

    @abstractmethod
    def _insert(self, cursor: Cursor, table: str, rows: Sequence[Values]) -> None:
        """Write rows of a table, each key once, in this order: many with one statement, since the
        interpreter's lock is let go and waited for at each one, and a busy server wants it too.
        """

    def claim(self, send: Send, refuse: Callable[[Records], Refusal | None]) -> Refusal | None:
        """Write ``send`` unless ``refuse`` says why not; nobody else does meanwhile."""

        def work(cursor: Cursor) -> Refusal | None:
            self._hold(cursor, send.number.mac)
            known = _of_number(cursor, send.number.mac, 0)
            if any(each.id == send.id for each in known.sends):
                return None  # the transaction is run again, and was committed the first time
            refusal = refuse(known)
            if refusal is None:
                cursor.execute(_SEND, send_row(send))
            return refusal

        return self._write(work)

    def bind(self, fingerprint: str) -> str:
        """Remember the fingerprint, unless there is one; returns the one that stands."""

        def work(cursor: Cursor) -> str:
            cursor.execute(
                "INSERT INTO smsops_ledger (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO NOTHING",
                ("key", fingerprint),
            )
            return _setting(cursor, "key") or fingerprint

        return self._write(work)

    def prune(self, before: int) -> Removed:
        """Remove messages and replies that nothing was heard of since then, some at a time."""
        older = (before, before, before)
        reports = self._removed("reports", f"SELECT key{_OVER} LIMIT {_PAGE}", older)
        replies = self._removed(
            "replies", f"SELECT key FROM smsops_replies WHERE last_at < ? LIMIT {_PAGE}", (before,)
        )
        sends = self._removed(
            "sends",
            "SELECT id FROM smsops_sends WHERE at < ? AND NOT EXISTS (SELECT 1 FROM smsops_answers"
            " AS answered JOIN smsops_reports AS kept ON kept.message = answered.message"
            " AND kept.vendor = smsops_sends.vendor"
            " WHERE answered.send = smsops_sends.id AND answered.message <> '')"
            f" LIMIT {_PAGE}",
            (before,),
        )
        self._removed(
            "answers",
            "SELECT key FROM smsops_answers WHERE at < ? AND NOT EXISTS (SELECT 1 FROM smsops_sends"
            f" WHERE smsops_sends.id = smsops_answers.send) LIMIT {_PAGE}",
            (before,),
        )
        self._tidy()
        return Removed(sends, reports, replies)

    def _removed(self, table: str, chosen: str, values: Sequence[Any]) -> int:
        """How many rows were removed, a page in a transaction: writers get their turn."""
        key = TABLES[table][0]
        total = 0
        while True:

            def work(cursor: Cursor) -> int:
                cursor.execute(
                    f"DELETE FROM smsops_{table} WHERE {key} IN ({chosen})",
                    values,
                )
                return cursor.rowcount

            removed = self._write(work)
            total += removed
            if removed < _PAGE:
                return total

    def forget(self, mac: bytes) -> Removed:
        """Remove every row about a number, in one transaction."""

        def work(cursor: Cursor) -> Removed:
            self._hold(cursor, mac)
            found = _of_number(cursor, mac, 0)
            _delete(cursor, "answers", map(answer_key, found.answers))
            _delete(cursor, "sends", (send.id for send in found.sends))
            _delete(cursor, "reports", map(report_key, found.reports))
            _delete(cursor, "replies", (reply.key for reply in found.replies))
            return Removed(len(found.sends), len(found.reports), len(found.replies))

        removed = self._write(work)
        self._tidy()
        return removed

    @abstractmethod
    def _tidy(self) -> None:
        """Give back what removed rows took, where the engine does not by itself."""

    # -- reading ---------------------------------------------------------------------------------

    def heard(self, since: int, until: int) -> Records:
        """Every row of each message of which anything was heard in that time."""
        return self._records(lambda cursor: _heard(cursor, since, until))

    def of_messages(self, messages: Iterable[str]) -> Records:
        """Every row about messages with these ids."""
        wanted = frozenset(messages) - {""}
        return self._records(lambda cursor: _of_messages(cursor, wanted))

    def of_number(self, mac: bytes, since: int = 0) -> Records:
        """Every row about a number that came since then, and all others of the same messages."""
        return self._records(lambda cursor: _of_number(cursor, mac, since))

    def _records(self, work: Callable[[Cursor], Records]) -> Records:
        def once(cursor: Cursor) -> Iterator[Records]:
            yield work(cursor)

        (found,) = self._read(once)
        return found

    def probes(self) -> frozenset[str]:
        """The names of all probes that have a send."""
        return frozenset(self._read(lambda cursor: _names(cursor, "probe", "sends")))

    def applications(self) -> frozenset[str]:
        """The ids of all applications that have a send or a report."""
        tables = ("sends", "reports")
        return frozenset(self._read(lambda cursor: _names(cursor, "application", *tables)))

    def rows(self) -> Iterator[Send | Answer | Report | Reply]:
        """Every row as of now, by table and key."""
        return (value for _, _, value in self._read(_everything))

    def bound(self) -> str | None:
        """The fingerprint of the key whose hashes it holds; ``None`` before the first."""

        def work(cursor: Cursor) -> Iterator[str | None]:
            yield _setting(cursor, "key")

        (found,) = self._read(work)
        return found

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the store, then with its rows."""
        yield from self._faults()
        sends: set[str] = set()
        for table, key, value in self._read(_everything):
            if isinstance(value, Send):
                sends.add(value.id)
            elif isinstance(value, Answer):
                if value.send not in sends:
                    what = T("an answer has no send ({send})", send=repr(value.send))
                    yield Fault(table, what)
                if answer_key(value) != key:
                    yield _altered(table, value.message)
            elif isinstance(value, Report) and report_key(value) != key:
                yield _altered(table, value.id.message)

    # -- migrations ------------------------------------------------------------------------------

    def _migrate(self, cursor: Cursor, version: int, steps: Sequence[Migration]) -> None:
        """Take the tables from ``version`` to the newest. Raises for a ledger of a newer smsops."""
        newest = steps[-1].number
        if version > newest:
            raise LedgerError(
                T(
                    "{place} has version {version}, and this smsops knows no later one than "
                    "{newest}: a newer smsops has written it",
                    place=self.description,
                    version=version,
                    newest=newest,
                ),
                hint=T("Nothing was read or changed. Use that version of smsops, or a newer one."),
            )
        for step in steps:
            if step.number > version:
                for statement in step.statements:
                    cursor.execute(statement.format_map(self.types))
        if version < newest:
            cursor.execute(
                "INSERT INTO smsops_ledger (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                ("version", str(newest)),
            )

    def _begin(self, cursor: Cursor) -> None:
        """The table that says which version the others have."""
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS smsops_ledger"
            " (name {text} PRIMARY KEY, value {text} NOT NULL)".format_map(self.types)
        )

    def _version(self, cursor: Cursor) -> int:
        """The version of the tables; 0 for none. Raises when somebody wrote something else."""
        found = _setting(cursor, "version") or "0"
        if not (found.isascii() and found.isdigit()):
            raise LedgerError(T("{place} is no ledger of smsops", place=self.description))
        return int(found[:9])


def _altered(table: str, message: str) -> Fault:
    return Fault(table, T("a row of message {id} was altered", id=repr(message)))


def _keyed(rows: Iterable[Row]) -> dict[str, list[Values]]:
    """Table -> its rows by their keys, each key once."""
    answers: dict[bytes, Answer] = {}
    reports: dict[bytes, Report] = {}
    replies: dict[bytes, Reply] = {}
    for row in rows:
        if isinstance(row, Answer):
            key = answer_key(row)
            answers[key] = merged_answer(answers[key], row) if key in answers else row
        elif isinstance(row, Report):
            key = report_key(row)
            reports[key] = merged_report(reports[key], row) if key in reports else row
        else:
            key = row.key
            replies[key] = merged_reply(replies[key], row) if key in replies else row
    return {
        "answers": [answer_row(answers[key]) for key in sorted(answers)],
        "reports": [report_row(key, reports[key]) for key in sorted(reports)],
        "replies": [reply_row(replies[key]) for key in sorted(replies)],
    }


def _setting(cursor: Cursor, name: str) -> str | None:
    cursor.execute("SELECT value FROM smsops_ledger WHERE name = ?", (name,))
    found = cursor.fetchall()
    return str(found[0][0]) if found else None


def _select(cursor: Cursor, table: str, where: str, values: Sequence[Any] = ()) -> Iterator[Any]:
    cursor.execute(_selecting(table, where), values)
    for row in cursor.fetchall():
        yield _value(table, row)


def _value(table: str, row: Values) -> Any:
    try:
        return READ[table](row)
    except ValueError as error:
        raise LedgerError(
            T("a row of {table} cannot be read: {reason}", table=f"smsops_{table}", reason=error)
        ) from error


def _names(cursor: Cursor, column: str, *tables: str) -> Iterator[str]:
    """What a column of names holds, but for the empty one."""
    for table in tables:
        cursor.execute(f"SELECT DISTINCT {column} FROM smsops_{table} WHERE {column} <> ''")
        for row in cursor.fetchall():
            yield str(row[0])


def _select_in(cursor: Cursor, table: str, column: str, wanted: Iterable[Any]) -> Iterator[Any]:
    for values in _chunks(wanted):
        places = ", ".join("?" * len(values))
        yield from list(_select(cursor, table, f"{column} IN ({places})", values))


def _delete(cursor: Cursor, table: str, keys: Iterable[Any]) -> None:
    key = TABLES[table][0]
    rows = [(each,) for each in sorted(keys)]
    if rows:
        cursor.executemany(f"DELETE FROM smsops_{table} WHERE {key} = ?", rows)


def _chunks(wanted: Iterable[Any]) -> Iterator[list[Any]]:
    values = sorted(wanted)
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


_OF_REPORTS = "message IN (SELECT message FROM smsops_reports WHERE heard_at >= ? AND heard_at < ?)"
_OF_SENDS = (
    "message IN (SELECT message FROM smsops_answers WHERE message <> '' AND send IN"
    " (SELECT id FROM smsops_sends WHERE at >= ? AND at < ?))"
)


def _heard(cursor: Cursor, since: int, until: int) -> Records:
    """By subselects, so that a day of many messages is one statement a table."""
    time = (since, until)
    reports = list(_select(cursor, "reports", f"{_OF_REPORTS} OR {_OF_SENDS}", (*time, *time)))
    sends = list(
        _select(
            cursor,
            "sends",
            f"(at >= ? AND at < ?) OR id IN (SELECT send FROM smsops_answers WHERE {_OF_REPORTS})",
            (*time, *time),
        )
    )
    answers = list(_select_in(cursor, "answers", "send", {send.id for send in sends}))
    replies = list(_select(cursor, "replies", "heard_at >= ? AND heard_at < ?", time))
    return Records(sends, answers, reports, replies)


def _of_messages(cursor: Cursor, wanted: Iterable[str]) -> Records:
    reports = list(_select_in(cursor, "reports", "message", wanted))
    named = list(_select_in(cursor, "answers", "message", wanted))
    sends = list(_select_in(cursor, "sends", "id", {answer.send for answer in named}))
    answers = list(_select_in(cursor, "answers", "send", {send.id for send in sends}))
    return Records(sends, answers, reports)


def _of_number(cursor: Cursor, mac: bytes, since: int) -> Records:
    """By number, then by the messages that were found: a report need not name its number."""
    sends = {
        send.id: send for send in _select(cursor, "sends", "number = ? AND at >= ?", (mac, since))
    }
    reports = {
        report_key(report): report
        for report in _select(cursor, "reports", "number = ? AND last_at >= ?", (mac, since))
    }
    answers = list(_select_in(cursor, "answers", "send", set(sends)))
    ids = {report.id for report in reports.values()}
    for answer in answers:
        send = sends[answer.send]
        if answer.message:
            ids.add(MessageId(send.vendor, send.application, answer.message))
    about = _of_messages(cursor, {id.message for id in ids})
    reports |= {report_key(report): report for report in about.reports if report.id in ids}
    sends |= {send.id: send for send in about.sends if send.number.mac == mac}
    known = {answer_key(answer): answer for answer in answers}
    known |= {answer_key(answer): answer for answer in about.answers if answer.send in sends}
    replies = list(_select(cursor, "replies", "number = ? AND last_at >= ?", (mac, since)))
    return Records(list(sends.values()), list(known.values()), list(reports.values()), replies)


def _everything(cursor: Cursor) -> Iterator[tuple[str, Any, Any]]:
    """Table, key and value of every row, a page at a time."""
    for table, columns in TABLES.items():
        key, after = columns[0], ""
        last: tuple[Any, ...] = ()
        while True:
            cursor.execute(
                f"{_selecting(table, after or 'TRUE')} ORDER BY {key} LIMIT {_PAGE}", last
            )
            page = cursor.fetchall()
            for row in page:
                identifier = row[0] if isinstance(row[0], str) else bytes(row[0])
                yield table, identifier, _value(table, row)
            if len(page) < _PAGE:
                break
            after, last = f"{key} > ?", (page[-1][0],)
