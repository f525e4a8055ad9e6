"""What an operating system has: flags of ``open``, locks of the kernel, and what needs them.

On Windows what only reads works. Whatever promises that nothing is lost or done twice stands on
``flock``, on directories that can be opened and synced, and on files that only their owner may
read. Without these the promise is refused, not weakened.
"""

from __future__ import annotations

import os
import sys
from enum import Enum

from smsops.errors import SmsopsError
from smsops.text.messages import T, Text

try:
    import fcntl as fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

# Flags that a system does not know change nothing there.
BINARY: int = getattr(os, "O_BINARY", 0)
CLOEXEC: int = getattr(os, "O_CLOEXEC", 0)
DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
NOCTTY: int = getattr(os, "O_NOCTTY", 0)
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)


class Needing(Enum):
    """What needs more than a system may have: what it is, and what it needs."""

    LOCAL_STATE = (
        T("writing a state to a file"),
        T("locks of the kernel (flock), and directories that can be synced"),
    )
    GIT_STATE = (
        T("a state of the backend git"),
        T("groups of processes, to end git and what it started"),
    )
    LEDGER = (
        T("the ledger in a file"),
        T("files that only their owner may read, and directories that can be synced"),
    )
    EMULATOR = (T("the emulator"), T("locks of the kernel (flock) on its data file"))
    RECEIVER = (
        T("receiving reports"),
        T("locks of the kernel (flock), and a signal that ends it in order (SIGTERM)"),
    )

    @property
    def what(self) -> Text:
        """What it is."""
        return self.value[0]

    @property
    def needs(self) -> Text:
        """What it needs of the system."""
        return self.value[1]


class PlatformError(SmsopsError):
    """Something that this operating system does not have."""


def posix() -> bool:
    """Whether this system has what the promises of smsops stand on."""
    return bool(fcntl) and sys.platform != "win32"


def require(needing: Needing) -> None:
    """Raises :class:`PlatformError` where the system has not what ``needing`` needs."""
    if posix():
        return
    raise PlatformError(
        T(
            "{what} does not work on {platform}: it needs {needs}",
            what=needing.what,
            platform="Windows" if sys.platform == "win32" else sys.platform,
            needs=needing.needs,
        ),
        hint=T(
            "Run smsops in WSL 2, in a container, or in CI. Here work validate, plan, status, "
            "drift and what else only reads (docs/install.md)."
        ),
    )
