"""Whatever ends a writer or fills the disk: what was acknowledged is there, and no half group."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from smsops.delivery.ledger import Ledger
from smsops.delivery.ledger.postgres import PostgresLedger
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.delivery.model import Report
from smsops.errors import LedgerUnavailable
from tests.delivery.conftest import opened
from tests.delivery.writer import GROUP
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.receipts import tencent

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def writing(url: str, *what: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.delivery.writer", url, *what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def acknowledged(process: subprocess.Popen[str], most: int) -> int:
    """How many groups were acknowledged, after the first ``most`` of them."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(most)]
    assert lines[-1].strip() == str(most - 1)
    return most


def whole(ledger: Ledger) -> set[int]:
    """The numbers of the groups, each of which is complete."""
    reports = [row for row in ledger.rows() if isinstance(row, Report)]
    sizes = Counter(int(row.id.message.partition("/")[0]) for row in reports)
    assert set(sizes.values()) <= {GROUP}
    assert list(ledger.faults()) == []
    return set(sizes)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_kill_9_leaves_every_acknowledged_group_and_no_half_one(url: str, after: int) -> None:
    with writing(url, "groups") as process:
        count = acknowledged(process, after)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        count += len(process.stdout.read().split())
    ledger = opened(url)
    with_the_next = whole(ledger)
    ledger.close()
    assert set(range(count)) <= with_the_next <= set(range(count + 1))


KILLED = """
import os, signal, sys
from smsops.delivery.ledger.sqlite import SqliteLedger
from pathlib import Path
from tests.support.receipts import tencent

ledger = SqliteLedger(Path(sys.argv[1]))
ledger._connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
ledger._connection.execute("CREATE TEMP TRIGGER t AFTER INSERT ON main.smsops_reports"
                           " WHEN NEW.message = '1/50' BEGIN SELECT die(); END")
for group in range(2):
    ledger.append(tencent(message=f"{group}/{each}") for each in range(100))
"""


def test_a_writer_that_dies_in_the_middle_of_a_group_has_written_none_of_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    ran = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT)
    assert ran.returncode == -signal.SIGKILL
    ledger = SqliteLedger(path)
    assert whole(ledger) == {0}
    ledger.close()


def test_two_processes_write_the_same_rows_and_every_repeat_is_counted(url: str) -> None:
    opened(url).close()
    with writing(url, "overlap", "1") as one, writing(url, "overlap", "2") as other:
        for process in (one, other):
            told, _ = process.communicate(timeout=100)
            assert told.split() == [str(number) for number in range(50)]
    ledger = opened(url)
    rows = [row for row in ledger.rows() if isinstance(row, Report)]
    assert len(rows) == 2 * GROUP
    assert sum(row.repeats + 1 for row in rows) == 2 * 50 * GROUP
    ledger.close()


def test_of_three_processes_that_claim_at_once_one_succeeds(url: str) -> None:
    opened(url).close()
    with (
        writing(url, "claim", "a") as one,
        writing(url, "claim", "b") as two,
        writing(url, "claim", "c") as three,
    ):
        for process in (one, two, three):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        told = [process.communicate(timeout=100)[0].strip() for process in (one, two, three)]
    assert sorted(told) == ["claimed", "taken", "taken"]


# -- SQLite ---------------------------------------------------------------------------------------


def test_a_file_system_that_takes_no_more_is_said_and_nothing_is_half_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    with writing(f"sqlite:{path}", "full") as process:
        told, _ = process.communicate(timeout=100)
    *groups, last = told.splitlines()
    assert len(groups) > 1
    assert last.startswith(f"full: the ledger {path} failed: ")
    ledger = SqliteLedger(path)
    assert whole(ledger) == set(range(len(groups)))
    ledger.close()


def test_a_full_disk_refuses_an_append_and_the_next_one_works(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.append([tencent(message="0/0")])
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerUnavailable, match="full") as caught:
        ledger.append(tencent(message=f"1/{each}") for each in range(1000))
    assert f"ledger prune --before 90d --ledger sqlite:{tmp_path}/ledger.db" in caught.value.hint
    ledger._connection.execute("PRAGMA max_page_count = 100000")
    assert len(list(ledger.rows())) == 1
    ledger.append(tencent(message=f"1/{each}") for each in range(1000))
    assert len(list(ledger.rows())) == 1001
    ledger.close()


# -- PostgreSQL -----------------------------------------------------------------------------------


def test_a_connection_that_ends_within_a_group_leaves_nothing_of_it(
    postgres: PostgresServer,
) -> None:
    url = postgres.fresh()
    ledger = PostgresLedger(url)
    ledger.append(tencent(message=f"0/{each}") for each in range(GROUP))
    assert ledger._connection is not None
    for statement in (
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$",
        "CREATE TRIGGER t AFTER INSERT ON smsops_reports FOR EACH ROW"
        " WHEN (NEW.message = '1/50') EXECUTE FUNCTION die()",
    ):
        ledger._connection.execute(statement)
    with pytest.raises(LedgerUnavailable, match="failed"):
        ledger.append(tencent(message=f"1/{each}") for each in range(GROUP))
    assert whole(ledger) == {0}
    ledger.append(tencent(message=f"2/{each}") for each in range(GROUP))
    assert whole(ledger) == {0, 2}
    ledger.close()


def test_a_connection_that_ended_meanwhile_is_made_anew(postgres: PostgresServer) -> None:
    """As after a restart, or in a firewall that forgets what is idle: nobody is told."""
    with closing(PostgresLedger(postgres.fresh())) as ledger, closing(postgres.connect()) as other:
        for number in range(2):
            assert ledger._connection is not None
            pid = ledger._connection.info.backend_pid
            other.execute("SELECT pg_terminate_backend(%s, 60000)", (pid,))
            if number == 0:
                ledger.append([tencent()])
            assert list(ledger.rows()) == [tencent()]


def test_a_server_that_crashes_and_comes_back_has_lost_nothing() -> None:
    """The same connection goes on; in between the ledger says that it is not there."""
    with postgres_server() as server:
        ledger = PostgresLedger(server.fresh())
        ledger.append(tencent(message=f"0/{each}") for each in range(GROUP))
        server.stop()
        for attempt in (ledger.append, lambda rows: list(ledger.rows())):
            with pytest.raises(LedgerUnavailable, match="failed"):
                attempt([tencent()])
        server.start()
        ledger.append(tencent(message=f"1/{each}") for each in range(GROUP))
        server.stop("fast")
        server.start()
        assert whole(ledger) == {0, 1}
        ledger.close()


def test_nothing_is_left_of_the_servers_of_these_tests(postgres: PostgresServer) -> None:
    with postgres_server() as server:
        pid = int((server.root / "data" / "postmaster.pid").read_text().split()[0])
        assert running(pid)
    assert not server.root.exists()
    assert not running(pid)


def running(pid: int) -> bool:
    """Whether there is such a process, and not only its remains that nobody asked for."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False
