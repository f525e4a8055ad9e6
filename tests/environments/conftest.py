"""Two environments, served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.environments import Shared, shared


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Shared]:
    """A sign and two templates, which staging and prod share; nothing is applied."""
    with shared(tmp_path / "project") as made:
        made.project.sign("acme", "艾克米")
        made.project.template("login", "您的验证码是{1}。")
        made.project.template("news", "订单{1}的验证码已发出。")
        yield made
