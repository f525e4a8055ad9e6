from __future__ import annotations

from pathlib import Path

import pytest

from tests.drift.night import Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """An applied and approved project, an hour later."""
    return Night(tmp_path / "shop").begin_live()
