"""The callbacks under way of an emulator, so that the next one can say what a killed one left."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

from smsops import platforms
from smsops.emulator.store import real
from smsops.errors import SmsopsError

#: Lines of a journal, at least, before it is written anew: with four times those that are open.
_FEW, _TIMES = 10_000, 4


def journal(data: Path | None) -> Path | None:
    """Where the callbacks under way of an emulator with this data file are kept."""
    return None if data is None else Path(f"{real(data)}.callbacks")


class Journal:
    """What is under way, as lines ``+ status SERIAL`` and ``- status SERIAL`` of a file, emptied
    whenever nothing is. It survives a killed process, not a power cut.

    A receiver that never answers would let it grow for ever: it is written anew when most of its
    lines are over.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._open: Counter[str] = Counter()
        self._file: int | None = None
        self._lines = 0

    def left(self) -> list[str]:
        """Serials that an emulator before this one had begun and not ended; begins anew."""
        if self._path is None:
            return []
        found: Counter[str] = Counter()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _appended(self._path)
            for line in self._path.read_text("utf-8", "replace").splitlines():
                found[line[2:]] += {"+ ": 1, "- ": -1}.get(line[:2], 0)
            os.ftruncate(self._file, 0)
        except OSError as error:
            raise SmsopsError(
                f"cannot use {self._path}, which keeps the callbacks under way: {error.strerror}"
            ) from error
        return [name.partition(" ")[2] for name, count in found.items() if count > 0]

    def begun(self, kind: str, serial: str) -> None:
        """Note a callback that is to be pushed."""
        name = f"{kind} {serial}"
        self._open[name] += 1
        self._write(f"+ {name}\n")

    def ended(self, kind: str, serial: str) -> None:
        """Note that a callback was pushed or dropped."""
        name = f"{kind} {serial}"
        if name not in self._open:
            return  # the second of a push that is made twice
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]
        if self._open or self._file is None:
            self._write(f"- {name}\n")
        else:
            os.ftruncate(self._file, 0)
            self._lines = 0

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        with suppress(OSError):  # a full disk must not stop the pushes themselves
            os.write(self._file, line.encode())
            self._lines += 1
            if self._lines > max(_FEW, _TIMES * self._open.total()):
                self._rewrite()

    def _rewrite(self) -> None:
        """Only what is open, in another file that takes the name at once: killed, one is there."""
        assert self._path is not None
        self._lines = self._open.total()  # and not again soon, if it fails
        beside = self._path.with_name(f".{self._path.name}")
        beside.unlink(missing_ok=True)
        file = _appended(beside)
        try:
            os.write(file, "".join(f"+ {name}\n" for name in self._open.elements()).encode())
            beside.replace(self._path)
        except OSError:
            os.close(file)
            beside.unlink(missing_ok=True)
            raise
        self.close()
        self._file = file


def _appended(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | platforms.CLOEXEC, 0o600)
