"""A ledger that can only be read: on a read-only file system, or beside which nobody may write."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.delivery.ledger.migrations import MIGRATIONS, Migration
from smsops.delivery.ledger.secret import secret_of
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.errors import LedgerError, LedgerUnavailable
from tests.support.project import Ran
from tests.support.receipts import PHONE, SECRET, accepted, send, tencent

#: 2023-11-14 22:13:20 UTC.
THEN = 1_700_000_000


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A ledger with one message, alone in a directory."""
    path = tmp_path / "there" / "ledger.db"
    ledger = SqliteLedger(path)
    secret_of(ledger, SECRET.decode(), None)
    ledger.claim(send(at=THEN), lambda known: None)
    ledger.append([accepted(at=THEN), tencent(heard_at=THEN + 9)])
    ledger.close()
    assert os.listdir(path.parent) == [path.name]
    yield path
    path.parent.chmod(0o755)


@pytest.fixture
def sealed(path: Path) -> Path:
    """Where SQLite cannot make what it needs beside the file, whoever asks."""
    path.with_name(f"{path.name}-shm").symlink_to("nowhere")
    return path


def bound(*command: str) -> list[str]:
    """A command by somebody for whom permissions hold: root's do not, without its capabilities."""
    if os.geteuid():
        return list(command)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("there is no setpriv, and permissions do not hold for root")
    return [setpriv, "--bounding-set=-all", "--inh-caps=-all", *command]


def smsops(path: Path, *words: str) -> Ran:
    environment = {
        "PATH": os.environ["PATH"],
        "SMSOPS_LEDGER": f"sqlite:{path}",
        "SMSOPS_LEDGER_KEY": SECRET.decode(),
        "PHONE": PHONE,
        **{name: each for name, each in os.environ.items() if name.startswith("COVERAGE_")},
    }
    ran = subprocess.run(
        bound(sys.executable, "-m", "smsops", *words),
        env=environment,
        cwd=path.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_what_only_reads_needs_no_right_to_write(path: Path, mode: int) -> None:
    path.chmod(mode)
    path.parent.chmod(0o555)
    since = ("--since", "2023-11-01")
    window = ("--since", "2023-11-15", "--until", "2023-11-16")
    for words, said in (
        (("receipts", *since), "1 message: 1 delivered."),
        (("receipts", "--message", "2019:1"), "1 message: 1 delivered."),
        (("receipts", "find", "--to", "env:PHONE"), "1 message: 1 delivered."),
        (("stats", "--ledger", f"sqlite:{path}", *window), "application 1400006666"),
        (("ledger", "export"), '"row": "send"'),
        (("ledger", "check"), "1 send, 1 answer, 1 report"),
    ):
        ran = smsops(path, *words)
        assert (ran.code, ran.err) == (0, ""), ran.err
        assert said in ran.out
    assert os.listdir(path.parent) == [path.name]


def test_what_writes_says_what_is_in_the_way(path: Path) -> None:
    path.parent.chmod(0o555)
    for words in (("ledger", "prune", "--before", "90d"), ("ledger", "forget", "env:PHONE")):
        ran = smsops(path, *words)
        assert (ran.code, ran.out) == (1, "")
        assert f"the ledger {path} failed: attempt to write a readonly database" in ran.err
        assert "Look at the permissions of the file and of its directory." in ran.err


def test_a_place_that_nobody_may_look_into_is_named(path: Path) -> None:
    home = path.parent.parent / ".smsops"
    path.parent.rename(home)
    home.chmod(0)
    ran = smsops(home / path.name, "receipts")
    home.chmod(0o755)
    home.rename(path.parent)
    assert (ran.code, ran.out) == (1, "")
    assert f"the ledger {home / path.name} failed: Permission denied\nLook at the" in ran.err


def test_a_receiver_that_goes_on_is_read_as_it_is(path: Path) -> None:
    """Its newest rows are beside the file."""
    receiver = SqliteLedger(path)
    receiver.append([tencent(message="2019:2", heard_at=THEN + 10)])
    path.parent.chmod(0o555)
    assert smsops(path, "receipts", "--since", "2023-11-01").out.count("delivered") == 3
    receiver.close()


# -- the file alone -------------------------------------------------------------------------------


def test_a_file_alone_is_read(sealed: Path) -> None:
    ledger = SqliteLedger(sealed, create=False)
    assert [type(row).__name__ for row in ledger.rows()] == ["Send", "Answer", "Report"]
    assert list(ledger.faults()) == []
    with pytest.raises(LedgerUnavailable, match="readonly"):
        ledger.append([tencent(message="2019:2")])
    ledger.close()
    with pytest.raises(LedgerUnavailable):
        SqliteLedger(sealed)  # to write there is nothing to open


def test_a_part_that_is_beside_the_file_is_not_left_out(path: Path) -> None:
    beside = path.with_name(f"{path.name}-wal")
    beside.write_bytes(b"rows")
    path.parent.chmod(0o555)
    ran = smsops(path, "receipts")
    assert (ran.code, ran.out) == (1, "")
    assert f"a part of it is in {beside}\nCopy both files to a directory" in ran.err
    beside.write_bytes(b"")
    assert smsops(path, "receipts").code == 0


@pytest.mark.parametrize("how", ["file", "-wal"])
def test_a_file_that_is_written_to_meanwhile_is_not_trusted(sealed: Path, how: str) -> None:
    ledger = SqliteLedger(sealed, create=False)
    assert ledger.bound() is not None
    if how == "file":
        os.utime(sealed, ns=(0, 0))
    else:
        sealed.with_name(f"{sealed.name}-wal").write_bytes(b"rows")
    with pytest.raises(LedgerUnavailable, match="was written to while it was read"):
        list(ledger.rows())
    ledger.close()


def test_an_older_ledger_cannot_be_brought_up_to_date_there(sealed: Path) -> None:
    newer = (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, ()))
    before = sealed.read_bytes()
    with pytest.raises(LedgerError, match="has to be brought up to date, and can only be read"):
        SqliteLedger(sealed, create=False, migrations=newer)
    assert sealed.read_bytes() == before


def test_what_is_no_ledger_is_told_as_ever(sealed: Path) -> None:
    sealed.unlink()
    with sqlite3.connect(sealed) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with sqlite3.connect(sealed) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    other.close()
    with pytest.raises(LedgerError, match="a database of something else"):
        SqliteLedger(sealed, create=False)
