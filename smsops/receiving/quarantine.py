"""The quarantine: what could not be read of otherwise good bodies, redacted, as lines of JSON."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from smsops import platforms
from smsops.clock import to_text
from smsops.delivery.conversion.redaction import redacted
from smsops.receiving.bodies import Broken
from smsops.receiving.paths import Place

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | platforms.NOFOLLOW | platforms.CLOEXEC
#: Bytes of a file; then it is begun anew, and one before it is kept.
_LARGEST = 1 << 20


class Quarantine:
    """A file that grows to 1 MiB, and one before it. Not to be able to write it is no failure."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()

    def add(self, place: Place, broken: Iterable[Broken], now: float) -> None:
        """Note what ``broken`` items looked like."""
        lines = [
            json.dumps(
                {
                    "at": to_text(now),
                    "endpoint": place.endpoint.value,
                    "why": each.why.plain,
                    "item": redacted(each.item),
                }
            )
            for each in broken
        ]
        with self._turn, suppress(OSError):
            with suppress(FileNotFoundError):
                if self._path.stat().st_size > _LARGEST:
                    self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            opened = os.open(self._path, _APPEND, 0o600)
            try:
                os.write(opened, "".join(f"{line}\n" for line in lines).encode())
            finally:
                os.close(opened)
