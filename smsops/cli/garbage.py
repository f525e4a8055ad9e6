"""How often Python looks for garbage in cycles, which there is little of here."""

from __future__ import annotations

import gc


def of_a_run() -> None:
    """What a run reads stays until its end; looking for cycles in it takes a tenth of the time."""
    gc.set_threshold(1_000_000, 20, 100)


def of_a_server() -> None:
    """A server lives long, and its memory stays flat."""
    gc.set_threshold(100_000, 20, 100)
