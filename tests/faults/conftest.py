from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.account import Account


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account of the test's own, served over a socket."""
    with Account(tmp_path / "account.json") as account:
        yield account
