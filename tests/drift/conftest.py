from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.timed_project import TimedProject


@pytest.fixture
def applied_project(tmp_path: Path) -> TimedProject:
    """An applied and approved project, an hour later."""
    return TimedProject(tmp_path / "shop").begin_applied()
