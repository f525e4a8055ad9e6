"""The emulator that is served for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.support.clock import FakeClock

Serve = Callable[..., tuple[str, Emulator]]


class Exchange(Emulator):
    """Stands for whichever emulator a test put here: one server is enough for all."""

    def __init__(self) -> None:
        super().__init__()
        self.current = Emulator()
        self.url = ""

    def __getattribute__(self, name: str) -> Any:
        own = name in ("current", "url", "__dict__") or "current" not in self.__dict__
        return super().__getattribute__(name) if own else getattr(self.current, name)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still on a day that the tests name."""
    return FakeClock(1_790_000_000.0)


@pytest.fixture(scope="session")
def exchange() -> Iterator[Exchange]:
    exchange = Exchange()
    with serving(exchange) as exchange.url:
        yield exchange


@pytest.fixture
def serve(exchange: Exchange) -> Serve:
    """Serves a new emulator, without limits unless asked for; returns (URL, it)."""

    def start(*, faults: Any = (), hook: Any = None, **settings: Any) -> tuple[str, Emulator]:
        chosen = Settings(**{"limits": False, **settings})
        exchange.current = Emulator(None, chosen, faults=faults, hook=hook)
        return exchange.url, exchange.current

    return start
