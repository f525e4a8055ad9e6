"""The key of a ledger's hashes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smsops.delivery.ledger.secret import SHORTEST, fingerprint, secret_of
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.errors import LedgerError, UsageError

GIVEN = "a" * SHORTEST


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(tmp_path / "ledger.db")) as ledger:
        yield ledger


def test_a_key_is_made_once_beside_a_local_ledger(ledger: SqliteLedger, tmp_path: Path) -> None:
    file = ledger.key_file
    secret = secret_of(ledger, None, file)
    assert file == tmp_path / "ledger.db.key"
    assert file.read_text("utf-8") == f"{secret.decode()}\n"
    assert len(secret) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret_of(ledger, None, file) == secret
    assert secret_of(ledger, secret.decode(), None) == secret
    assert not [each for each in tmp_path.iterdir() if each.name.endswith(".tmp")]


def test_many_that_begin_at_once_agree_on_a_key(tmp_path: Path) -> None:
    path, found = tmp_path / "ledger.db", []
    begin = threading.Barrier(4)

    def first() -> None:
        with closing(SqliteLedger(path)) as ledger:
            begin.wait()
            found.append(secret_of(ledger, None, ledger.key_file))

    threads = [threading.Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert len(set(found)) == 1


def test_another_key_than_the_first_is_refused(ledger: SqliteLedger) -> None:
    secret_of(ledger, GIVEN, ledger.key_file)
    assert not ledger.key_file.exists(), "the environment has it"
    with pytest.raises(LedgerError, match="written with another key"):
        secret_of(ledger, "b" * SHORTEST, None)
    assert secret_of(ledger, f" {GIVEN}\n", None) == GIVEN.encode()


def test_a_key_that_is_gone_is_not_made_again(ledger: SqliteLedger) -> None:
    secret_of(ledger, None, ledger.key_file)
    ledger.key_file.unlink()
    with pytest.raises(LedgerError, match="the key of the ledger is gone"):
        secret_of(ledger, None, ledger.key_file)
    assert not ledger.key_file.exists()


def test_a_server_has_no_file_and_needs_the_variable(ledger: SqliteLedger) -> None:
    with pytest.raises(UsageError, match="needs a key") as caught:
        secret_of(ledger, None, None)
    assert "SMSOPS_LEDGER_KEY" in caught.value.hint


def test_a_short_key_is_refused_and_not_repeated(ledger: SqliteLedger) -> None:
    with pytest.raises(UsageError, match="SMSOPS_LEDGER_KEY is too short") as caught:
        secret_of(ledger, "sh0rt", None)
    assert "sh0rt" not in caught.value.message + caught.value.hint
    ledger.key_file.write_text("", "utf-8")
    with pytest.raises(UsageError, match="too short"):
        secret_of(ledger, None, ledger.key_file)


def test_a_link_is_not_followed(ledger: SqliteLedger, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(GIVEN, "utf-8")
    ledger.key_file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError, match="cannot be used"):
        secret_of(ledger, None, ledger.key_file)


def test_a_fingerprint_is_no_key() -> None:
    assert fingerprint(b"a" * 32) != fingerprint(b"b" * 32)
    assert len(fingerprint(b"a" * 32)) == 16
