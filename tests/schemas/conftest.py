from __future__ import annotations

from tests.cli.conftest import live, shop

__all__ = ["live", "shop"]
