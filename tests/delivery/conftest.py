"""Ledgers of both kinds, each empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from smsops.delivery.ledger import Ledger
from smsops.delivery.ledger.postgres import PostgresLedger
from smsops.delivery.ledger.sqlite import SqliteLedger
from tests.support.postgres import PostgresServer, postgres_server

ENGINES = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The one server of this process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty place for a ledger of each kind."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'ledger.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.fresh()


def opened(url: str, **options: Any) -> Ledger:
    """The ledger at an address."""
    if url.startswith("sqlite:"):
        return SqliteLedger(Path(url.removeprefix("sqlite:")), **options)
    return PostgresLedger(url, **options)


@pytest.fixture
def open_ledger(url: str) -> Iterator[Callable[..., Ledger]]:
    """Opens one more connection to the same ledger; all are closed at the end."""
    with ExitStack() as stack:

        def more(**options: Any) -> Ledger:
            ledger = opened(url, **options)
            stack.callback(ledger.close)
            return ledger

        yield more


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    """An empty ledger."""
    return open_ledger()
