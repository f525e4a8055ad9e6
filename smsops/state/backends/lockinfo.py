"""Who holds a lock: the record itself, its JSON, its words, and the waiting for it.

The JSON has Terraform's seven keys, which every server of the http protocol knows and GitLab asks
for. What comes back from a server or a file is only good for naming a holder: it is read
leniently, cut and sanitised.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Callable
from typing import TypeVar

from smsops import __version__
from smsops.clock import Clock, to_text
from smsops.errors import LockedError
from smsops.state.backend import LockInfo
from smsops.text import sanitise
from smsops.text.messages import Command, T, Text

Acquired = TypeVar("Acquired")

_KEYS = {
    "ID": "id",
    "Operation": "operation",
    "Info": "info",
    "Who": "who",
    "Version": "version",
    "Created": "created",
    "Path": "path",
}
_MOST_CHARACTERS = 200
#: Seconds between two tries of a remote lock, and of the local one.
REMOTE_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
LOCAL_PAUSES = (0.05, 0.1, 0.2, 0.5)


class Held(Exception):
    """An attempt found the lock held; ``holder`` when it said by whom."""

    def __init__(self, holder: LockInfo | None) -> None:
        super().__init__()
        self.holder = holder


def new(operation: str, *, path: str, clock: Clock) -> LockInfo:
    """A lock of this process on the state at ``path``."""
    return LockInfo(
        id=str(uuid.uuid4()),
        operation=operation,
        info="",
        who=f"{_user()}@{socket.gethostname()} pid {os.getpid()}",
        version=__version__,
        created=to_text(clock.now()) or "",
        path=path,
    )


def unreadable(lock_id: str) -> LockInfo:
    """A lock that does not say whose it is, known to its backend as ``lock_id``."""
    blank = dict.fromkeys(_KEYS.values(), "")
    return LockInfo(**{**blank, "id": lock_id, "who": str(T("a lock that cannot be read"))})


def to_json(info: LockInfo) -> bytes:
    """The bytes that go into a lock."""
    return json.dumps({key: getattr(info, name) for key, name in _KEYS.items()}).encode()


def from_json(body: bytes) -> LockInfo | None:
    """What ``body`` says of a holder; ``None`` when it says nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("ID"), str):
        return None
    return LockInfo(**{name: _short(found.get(key)) for key, name in _KEYS.items()})


def holder(info: LockInfo | None) -> Text:
    """The holder in words.

    Only ID, Who and Created: GitLab fills the other fields with those of whoever asks.
    """
    if info is None:
        return T("another run")
    words = T("{who} since {created} (lock ID {id})") if info.created else T("{who} (lock ID {id})")
    return words.filled(
        who=info.who or T("another run"), created=info.created, id=info.id or T("unknown")
    )


def acquire(
    attempt: Callable[[], Acquired],
    *,
    timeout: float,
    pauses: tuple[float, ...],
    clock: Clock,
    warn: Callable[[Text], None],
    place: str,
    unlock_hint: bool,
) -> Acquired:
    """Try until ``attempt`` no longer raises :class:`Held`, for ``timeout`` seconds.

    Raises :class:`LockedError` naming the holder.
    """
    deadline = clock.monotonic() + timeout
    told: Text | None = None
    tries = 0
    while True:
        try:
            return attempt()
        except Held as held:
            left = deadline - clock.monotonic()
            words = holder(held.holder)
            if left <= 0:
                raise LockedError(
                    T("{place} is locked by {words}", place=place, words=words),
                    hint=_what_to_do(held.holder, unlock_hint),
                ) from None
        if words != told:
            warn(T("Waiting for the lock of {place}, held by {words}.", place=place, words=words))
            told = words
        clock.sleep(min(pauses[min(tries, len(pauses) - 1)], left))
        tries += 1


def _what_to_do(info: LockInfo | None, unlock_hint: bool) -> Text:
    if not unlock_hint:
        return T(
            "Wait for that run, or give --lock-timeout 5m to wait here. "
            "The lock ends with the process that holds it."
        )
    return T(
        "Wait for that run, or give --lock-timeout 5m to wait here. If that run is dead: {command}",
        command=unlocking(info),
    )


def unlocking(info: LockInfo | None) -> Command:
    """What removes a lock that outlived its run."""
    return Command.of("state", "unlock", info.id if info is not None and info.id else "ID")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return sanitise.terminal(text[:_MOST_CHARACTERS])


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container may run as a number without a name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
