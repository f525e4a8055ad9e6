"""Copies of what a forced push replaces: files beside the local state, for their owner only."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from smsops.clock import Clock, to_text
from smsops.errors import StateError
from smsops.state import disk
from smsops.state.snapshot import MOST_BYTES, peek_serial
from smsops.text.messages import T


def keep(body: bytes, directory: Path, *, clock: Clock) -> Path:
    """Write ``body`` to ``replaced-SERIAL.json`` in ``directory``, or to one named after the time
    when it has no serial; returns where it is. A copy that is there already serves.

    Raises :class:`StateError`: what cannot be kept must not be replaced.
    """
    serial = peek_serial(body)
    moment = (to_text(clock.now()) or "").replace("-", "").replace(":", "")
    stem = f"replaced-{moment if serial is None else serial}"
    try:
        disk.make(directory)
        descriptor = disk.opened(directory)
        try:
            return directory / _kept(descriptor, stem, body)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StateError(
            T(
                "what would be replaced cannot be kept in {directory}: {reason}",
                directory=directory,
                reason=error.strerror or error,
            ),
            hint=T("Nothing was pushed."),
        ) from error


def _kept(directory: int, stem: str, body: bytes) -> str:
    for number in count(1):
        name = f"{stem}.json" if number == 1 else f"{stem}-{number}.json"
        try:
            disk.create(directory, name, body, sync=True)
        except FileExistsError:
            if _holds(directory, name, body):
                return name
            continue
        os.fsync(directory)
        return name
    raise AssertionError("numbers end nowhere")


def _holds(directory: int, name: str, body: bytes) -> bool:
    try:
        return disk.read(directory, name, MOST_BYTES) == body
    except (OSError, StateError):
        return False
