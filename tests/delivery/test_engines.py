"""What only SQLite, or only PostgreSQL, has to be asked."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smsops.clock import Clock
from smsops.delivery.ledger.postgres import PostgresLedger
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.delivery.model import Report
from smsops.errors import LedgerError, LedgerMissing, LedgerUnavailable, UsageError
from tests.support.clock import FakeClock
from tests.support.postgres import MISSING, Connection, PostgresServer, postgres_server
from tests.support.receipts import PHONE, reply, send, tencent

# -- SQLite ---------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "ledger.db"


@pytest.fixture
def local(path: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(path)) as ledger:
        yield ledger


def test_every_file_is_private(local: SqliteLedger, path: Path) -> None:
    local.append([tencent()])
    names = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert names == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_commit_is_on_the_disk(local: SqliteLedger) -> None:
    """FULL: after every transaction, and not only now and then."""
    for name, value in (("journal_mode", "wal"), ("synchronous", 2)):
        assert local._connection.execute(f"PRAGMA {name}").fetchone()[0] == value


def test_what_was_forgotten_is_nowhere_in_the_files(local: SqliteLedger, path: Path) -> None:
    rows = [tencent(message=f"needle-{number}") for number in range(50)]
    local.append(rows)
    assert b"needle" in b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert rows[0].number is not None
    local.forget(rows[0].number.mac)
    assert b"needle" not in b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_no_number_is_in_the_files(local: SqliteLedger, path: Path) -> None:
    local.claim(send(), lambda known: None)
    local.append([tencent()])
    for each in path.parent.iterdir():
        body = each.read_bytes()
        assert PHONE[1:].encode() not in body
        assert PHONE[3:].encode() not in body
    assert b"0123" in b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE things (x)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="a database of something else"):
        SqliteLedger(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["other.db"]


@pytest.mark.parametrize("body", [b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(body)
    with pytest.raises(LedgerError, match="failed") as caught:
        SqliteLedger(path)
    assert not isinstance(caught.value, LedgerUnavailable)
    assert path.read_bytes() == body


def test_a_link_and_a_directory_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("link", ""):
        with pytest.raises(LedgerError, match="not a regular file"):
            SqliteLedger(tmp_path / name)
    assert not (tmp_path / "target").exists()


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="No such file") as caught:
        SqliteLedger(tmp_path / "a" / "b" / "ledger.db")
    assert caught.value.hint == "Make its directory first."
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(LedgerError, match="Not a directory") as caught:
        SqliteLedger(tmp_path / "a" / "ledger.db")
    assert caught.value.hint == "Name a file in a directory."


def test_whoever_only_reads_makes_no_ledger_of_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"")
    with pytest.raises(LedgerMissing, match="there is no ledger at"):
        SqliteLedger(path, create=False)
    assert path.read_bytes() == b""
    SqliteLedger(path).close()
    SqliteLedger(path, create=False).close()


def test_a_writer_that_waits_in_vain_says_so(local: SqliteLedger, path: Path) -> None:
    local.append([tencent(message="first")])
    with closing(SqliteLedger(path, patience=0.01)) as other:
        local._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="locked"):
            other.append([tencent()])
        assert len(list(other.rows())) == 1, "reading waits for nobody"
        local._connection.execute("ROLLBACK")
        other.append([tencent()])
        assert len(list(other.rows())) == 2


def test_threads_share_a_ledger(local: SqliteLedger) -> None:
    def append(number: int) -> None:
        for each in range(20):
            local.append([tencent(message=f"{number}/{each}")])

    threads = [threading.Thread(target=append, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(list(local.rows())) == 80


def test_an_altered_row_is_found(local: SqliteLedger) -> None:
    local.append([tencent(), tencent(message="other")])
    local._connection.execute("UPDATE smsops_reports SET code = 'X' WHERE message = 'other'")
    (fault,) = local.faults()
    assert (fault.table, str(fault.what)) == ("reports", "a row of message 'other' was altered")


def test_a_row_that_nobody_wrote_is_an_error_of_the_ledger(local: SqliteLedger) -> None:
    local.append([tencent()])
    local._connection.execute("UPDATE smsops_reports SET verdict = 'perhaps'")
    with pytest.raises(LedgerError, match="smsops_reports cannot be read"):
        list(local.rows())


def test_files_that_others_may_read_are_a_fault(local: SqliteLedger, path: Path) -> None:
    local.key_file.write_text("x", "utf-8")
    local.key_file.chmod(0o644)
    assert [str(fault.what) for fault in local.faults()] == [
        f"{local.key_file} can be read by others: chmod 600"
    ]


# -- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture
def remote(postgres: PostgresServer) -> Iterator[tuple[PostgresLedger, str, FakeClock]]:
    clock, url = FakeClock(), postgres.fresh()
    with closing(PostgresLedger(url, clock=clock.clock)) as ledger:
        yield ledger, url, clock


def losing(ledger: PostgresLedger, code: str, times: int) -> None:
    """Let transactions of reports lose against others, so many times. A sequence stays where it is
    when one is rolled back.
    """
    assert ledger._connection is not None
    for statement in (
        "CREATE SEQUENCE tries",
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}';"
        " END IF; RETURN NULL; END $$",
        "CREATE TRIGGER t BEFORE INSERT ON smsops_reports EXECUTE FUNCTION lose()",
    ):
        ledger._connection.execute(statement.encode())


#: deadlock_detected, serialization_failure
@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_a_transaction_that_loses_is_run_again(
    remote: tuple[PostgresLedger, str, FakeClock], code: str
) -> None:
    ledger, _, clock = remote
    losing(ledger, code, 2)
    ledger.append([tencent(message="a"), tencent(message="b")])
    assert len(list(ledger.rows())) == 2
    assert len(clock.slept) == 2, "it had to begin again"


def test_after_many_lost_attempts_it_is_unavailable(
    remote: tuple[PostgresLedger, str, FakeClock],
) -> None:
    ledger, _, clock = remote
    losing(ledger, "40001", 99)
    with pytest.raises(LedgerUnavailable, match="lost"):
        ledger.append([tencent()])
    assert len(clock.slept) == 11


def test_writers_in_different_orders_do_not_meet_in_a_deadlock(
    remote: tuple[PostgresLedger, str, FakeClock], postgres: PostgresServer
) -> None:
    ledger, url, _ = remote
    rows = [tencent(message=f"m{number}") for number in range(100)]
    clocks = [FakeClock(), FakeClock()]

    def append(clock: Clock, order: list[Report]) -> None:
        with closing(PostgresLedger(url, clock=clock)) as writer:
            for _ in range(20):
                writer.append(order)

    threads = [
        threading.Thread(target=append, args=(clock.clock, order))
        for clock, order in zip(clocks, (rows, rows[::-1]), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert [clock.slept for clock in clocks] == [[], []]
    assert {row.repeats for row in ledger.rows() if isinstance(row, Report)} == {39}


def test_a_commit_waits_for_the_disk_whatever_the_role_says(postgres: PostgresServer) -> None:
    url = postgres.fresh().replace("-csearch_path", "-csynchronous_commit%3Doff%20-csearch_path")
    with closing(PostgresLedger(url)) as ledger:
        assert ledger._connection is not None
        shown = ledger._connection.execute("SHOW synchronous_commit").fetchone()
        assert shown == ("on",)


def test_a_server_that_may_lose_what_it_took_is_a_fault(
    remote: tuple[PostgresLedger, str, FakeClock], postgres: PostgresServer
) -> None:
    ledger, _, _ = remote
    assert list(ledger.faults()) == []
    with postgres.connect() as connection:
        try:
            _set(connection, "off")
            (fault,) = ledger.faults()
        finally:
            _set(connection, "on")
    assert str(fault.what).startswith("full_page_writes is off at the server: ")


def _set(connection: Connection, value: str) -> None:
    """Change a setting of the server, and wait until it has been read."""
    connection.execute(f"ALTER SYSTEM SET full_page_writes = {value}".encode())
    connection.execute("SELECT pg_reload_conf()")
    while connection.execute("SHOW full_page_writes").fetchone() != (value,):
        pass


HOSTILE = "s3cret"


@pytest.mark.usefixtures("postgres")
@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"postgresql://me:{HOSTILE}@127.0.0.1:1/db", LedgerUnavailable),
        (f"postgresql://me:{HOSTILE}@127.0.0.1:1/db?nonsense={HOSTILE}", UsageError),
        (f"postgresql://me:{HOSTILE}@[/db", UsageError),
        (f"postgresql://me@127.0.0.1:1/db?password={HOSTILE}", LedgerUnavailable),
        # A password with an @, a /, both and a %, which nobody has written as %40, %2F and %25.
        (f"postgresql://me:a@{HOSTILE}@127.0.0.1:1/db", UsageError),
        (f"postgresql://me:5432/{HOSTILE}@127.0.0.1:1/db", UsageError),
        (f"postgresql://me:{HOSTILE}/a@127.0.0.1:1/db", UsageError),
        (f"postgresql://me:a@b/{HOSTILE}@127.0.0.1:1/db", UsageError),
        (f"postgresql://me:{HOSTILE}%zz@127.0.0.1:1/db", UsageError),
    ],
)
def test_no_error_tells_the_password(url: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        PostgresLedger(url)
    found = caught.value
    assert isinstance(found, LedgerError | UsageError)
    assert HOSTILE not in repr(found) + found.message + found.hint


def test_a_description_has_neither_user_nor_password(
    remote: tuple[PostgresLedger, str, FakeClock],
) -> None:
    ledger, _, _ = remote
    assert ledger.description.startswith("postgresql:///tmp/")
    assert "smsops@" not in ledger.description


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_holds_every_sign_or_is_refused(postgres: PostgresServer, encoding: str) -> None:
    name = f"in_{encoding.lower()}"
    with postgres.connect() as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0"
            " LC_COLLATE 'C' LC_CTYPE 'C'".encode()
        )
    url = postgres.url().replace("/postgres?", f"/{name}?")
    if encoding == "LATIN1":
        with pytest.raises(LedgerError, match="has encoding LATIN1") as caught:
            PostgresLedger(url)
        assert "createdb -E UTF8" in caught.value.hint
        return
    with closing(PostgresLedger(url)) as ledger:
        ledger.append([reply()])
        (row,) = ledger.rows()
        assert row == reply()


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerError, match="psycopg") as caught:
        PostgresLedger("postgresql://localhost/db")
    assert "pip install" in caught.value.hint


def test_who_may_not_write_is_told_so(
    remote: tuple[PostgresLedger, str, FakeClock], postgres: PostgresServer
) -> None:
    _, url, _ = remote
    schema = url.rpartition("%3D")[2]
    with postgres.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader".encode())
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader".encode())
    with closing(PostgresLedger(url.replace("smsops@", "reader@"), create=False)) as ledger:
        assert list(ledger.rows()) == []
        with pytest.raises(LedgerError, match="permission denied"):
            ledger.append([tencent()])
    with postgres.connect() as connection:
        connection.execute("DROP OWNED BY reader")
        connection.execute("DROP ROLE reader")


@pytest.mark.parametrize(
    ("environment", "ends"),
    [
        ({}, pytest.skip.Exception),
        ({"CI": "true"}, pytest.fail.Exception),
        ({"SMSOPS_TEST_POSTGRES": "required"}, pytest.fail.Exception),
    ],
)
def test_a_missing_server_skips_these_tests_and_fails_in_ci(
    environment: dict[str, str], ends: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CI", "SMSOPS_TEST_POSTGRES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tests.support.postgres.binaries", lambda: None)
    with pytest.raises(ends) as caught, postgres_server():
        pass
    assert MISSING in str(caught.value)
