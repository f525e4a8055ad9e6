from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.timed_project import TimedProject


@pytest.fixture(scope="session")
def timed(tmp_path_factory: pytest.TempPathFactory) -> TimedProject:
    """An applied and approved project, an hour later, to be copied."""
    return TimedProject(tmp_path_factory.mktemp("timed") / "shop").begin_applied()


@pytest.fixture
def applied_project(timed: TimedProject, tmp_path: Path) -> TimedProject:
    """A copy of that."""
    return timed.copy(tmp_path / "shop")
