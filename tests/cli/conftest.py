from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project with a sign and one template, on the emulator."""
    return Shop(tmp_path / "shop").begin()


@pytest.fixture
def live(shop: Shop) -> Shop:
    """The same, applied and approved."""
    assert shop("apply", "--auto-approve").code == 0
    shop.approve()
    assert shop("apply", "--auto-approve").code == 0
    return shop
