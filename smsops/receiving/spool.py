"""The spool: rows that wait for the ledger, durable in files of their own beside it.

Each file is a small ledger itself, so that nothing is written that a ledger would not hold: no
number, no text of a reply that nobody keeps. A file has its receiver in its name, and a receiver
holds a lock as long as it lives: what a dead one left is taken over by the next.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from smsops import platforms
from smsops.clock import Clock
from smsops.delivery.model import Send
from smsops.errors import SmsopsError
from smsops.platforms import fcntl
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger
    from smsops.delivery.model import Row

#: Seconds after which nothing is kept any more, and after which a file is not written on.
KEPT = 72 * 3600
_LONG = 3600
#: What SQLite has beside a file.
_BESIDE = ("", "-wal", "-shm", "-journal")
_LOCK = os.O_RDWR | os.O_CREAT | platforms.NOFOLLOW | platforms.CLOEXEC


class Place:
    """Where a receiver keeps its files, ``PREFIXspool-OWNER-...``. It is the owner as long as it
    lives.
    """

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.owner = secrets.token_hex(4)
        self._locks: dict[str, int] = {}
        try:
            prefix.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._locks[self.owner] = self._locked(self.owner)
        except OSError as error:
            raise SmsopsError(
                T("{path} cannot be used: {why}", path=prefix.parent, why=error.strerror),
                hint=T("It is for what has to wait. Name another directory with --spool."),
            ) from error

    def path(self, rest: str) -> Path:
        """The path of a file."""
        return self.prefix.with_name(f"{self.prefix.name}{rest}")

    def names(self, shape: str) -> list[str]:
        """The names of files, without their common beginning, that are of a shape."""
        wanted, begin = re.compile(shape), self.prefix.name
        found = [name for name in os.listdir(self.prefix.parent) if name.startswith(begin)]
        return sorted(name[len(begin) :] for name in found if wanted.fullmatch(name[len(begin) :]))

    def owners(self) -> list[str]:
        """This receiver, and those that are gone: their files are this one's from now on."""
        for name in self.names(r"receiver-[0-9a-f]{8}\.lock"):
            owner = name[9:17]
            if owner not in self._locks:
                with suppress(OSError):  # somebody lives, or takes it over at this moment
                    self._locks[owner] = self._locked(owner)
        return list(self._locks)

    def finished(self, owner: str) -> None:
        """Nothing of ``owner`` is left."""
        self.path(f"receiver-{owner}.lock").unlink(missing_ok=True)
        os.close(self._locks.pop(owner))

    def _locked(self, owner: str) -> int:
        opened = os.open(self.path(f"receiver-{owner}.lock"), _LOCK, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            raise
        return opened


def erase(path: Path) -> None:
    """Remove a file of SQLite with all that is beside it."""
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{end}").unlink()


@dataclass(frozen=True, slots=True)
class Waiting:
    """What receivers that are gone have left: queues, and how many files were too old."""

    queues: list[Path]
    expired: int


class Spool:
    """Rows that wait. Files of another key than ``fingerprint`` are left alone until they expire:
    their hashes would be nobody's.
    """

    def __init__(
        self, place: Place, fingerprint: str, open_file: Callable[[Path], Ledger], clock: Clock
    ) -> None:
        self._place = place
        self._fingerprint = fingerprint
        self._open = open_file
        self._clock = clock
        self._turn = threading.Lock()
        self._current: tuple[Path, Ledger] | None = None
        self._number = 0
        self._owners = [place.owner]

    def append(self, rows: Iterable[Row]) -> None:
        """Write rows durably. Raises :class:`SmsopsError`."""
        with self._turn:
            if self._current is not None and self._age(self._current[0].name) > _LONG:
                self._seal()
            if self._current is None:
                self._number += 1
                moment, number = int(self._clock.now()), self._number
                name = f"spool-{self._place.owner}-{self._fingerprint}-{moment}-{number}.db"
                path = self._place.path(name)
                try:
                    self._current = path, self._open(path)
                except BaseException:
                    with suppress(OSError):  # a full disk gets no empty file for each attempt
                        erase(path)
                    raise
            self._current[1].append(rows)

    def take_over(self) -> Waiting:
        """Take what receivers that are gone have left, and erase what is too old."""
        self._owners = self._place.owners()
        expired = 0
        for name in self._names("[0-9a-f]+"):
            if self._age(name) > KEPT:
                with self._turn:
                    if self._current is not None and self._current[0] == self._place.path(name):
                        self._seal()
                erase(self._place.path(name))
                expired += 1
        queues = []
        for owner in self._owners:
            if owner == self._place.owner:
                continue
            mine = self._place.names(f"(spool|forward)-{owner}-?.*")
            queues += [self._place.path(name) for name in mine if name == f"forward-{owner}.db"]
            if not mine:
                self._place.finished(owner)
        return Waiting(queues, expired)

    def sealed(self) -> list[Path]:
        """The files that wait, oldest first; from now on nothing is written to them."""
        with self._turn:
            self._seal()
        names = sorted(self._names(self._fingerprint), key=self._age, reverse=True)
        return [self._place.path(name) for name in names]

    def waits(self) -> bool:
        """Whether anything waits."""
        return bool(self._names(self._fingerprint))

    def replay(self, path: Path, most: int) -> Iterator[list[Row]]:
        """The rows of a file, some at a time; it is erased when all of them were taken."""
        opened = self._open(path)
        rows = (row for row in opened.rows() if not isinstance(row, Send))
        try:
            while group := list(islice(rows, most)):
                yield group
        finally:
            rows.close()  # it reads in a transaction, which is to end before
            opened.close()
        erase(path)

    def close(self) -> None:
        """Let go of the file, and of the place if nothing is left."""
        with self._turn:
            self._seal()
        with suppress(OSError):  # nobody is left to be told
            if not self._place.names(f"(spool|forward)-{self._place.owner}-?.*"):
                self._place.finished(self._place.owner)

    def _seal(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            current[1].close()

    def _age(self, name: str) -> float:
        return self._clock.now() - int(name.removesuffix(".db").split("-")[-2])

    def _names(self, fingerprint: str) -> list[str]:
        owners = "|".join(self._owners)
        return self._place.names(rf"spool-({owners})-{fingerprint}-[0-9]+-[0-9]+\.db")
