"""Emulators of the tests: one in process with a clock that stands still, one served for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.emulator.api import Ticking

Serve = Callable[..., tuple[str, Emulator]]


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves an emulator on a free port, without limits unless asked for; yields (URL, it)."""
    with ExitStack() as stack:

        def start(*, faults: Any = (), hook: Any = None, **settings: Any) -> tuple[str, Emulator]:
            chosen = Settings(**{"limits": False, **settings})
            emulator = Emulator(None, chosen, faults=faults, hook=hook)
            return stack.enter_context(serving(emulator)), emulator

        yield start
