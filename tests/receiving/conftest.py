"""What tests of the receiver share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import receivers as support
from tests.support.receivers import Receivers


@pytest.fixture
def receivers(tmp_path: Path) -> Iterator[Receivers]:
    found = support.begin(tmp_path / "d")
    yield found
    found.project.end()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"
