from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.delivered import DeliveryProject


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> DeliveryProject:
    """An applied and approved project without applications, to be copied."""
    return DeliveryProject(tmp_path_factory.mktemp("begun") / "shop").begin_applied()


@pytest.fixture
def project(begun: DeliveryProject, tmp_path: Path) -> DeliveryProject:
    """A copy of that."""
    return begun.copy(tmp_path / "shop")
