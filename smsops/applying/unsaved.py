"""An id that the state could not take: a second place for it, and a third, and what to say."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from smsops import platforms
from smsops.model import Address, Recorded, RemoteId, Role
from smsops.state import disk
from smsops.text.messages import NOTHING, C, Command, T, Text

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | platforms.NOFOLLOW
_APPEND |= platforms.CLOEXEC | platforms.BINARY


def keep(note: str, directory: Path) -> Path | None:
    """Append ``note`` to ``rescue.txt`` in ``directory``, else to a file for temporary files.

    Returns where it is now, ``None`` when no place took it. Links are not followed.
    """
    temporary = Path(tempfile.gettempdir()) / f"smsops-rescue-{os.getpid()}.txt"
    for path in (directory / "rescue.txt", temporary):
        try:
            disk.make(path.parent)
            descriptor = os.open(path, _APPEND, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{note}\n")
        except OSError:
            continue
        return path
    return None


def place(record: Recorded, remote_id: RemoteId) -> Role:
    """Which place an object was made for; ``record`` is its address as it could not be saved."""
    successor = record.successor
    new = successor is not None and successor.remote_id == remote_id
    return Role.SUCCESSOR if new else Role.CURRENT


def rescue(
    address: Address,
    remote_id: RemoteId,
    role: Role,
    *,
    directory: Path,
    say: Callable[[Text], None],
) -> None:
    """Keep the id of an object that was just made, and say how the state gets to know it."""
    made, place = _WORDS[role]
    say(made.filled(address=address, id=remote_id))
    kept = keep(" ".join([str(address), str(remote_id), *place]), directory)
    say(
        T(
            "{also}The next {command} finds it; {other} binds it by hand.",
            also=T("Its id is also in {file}. ", file=kept) if kept is not None else NOTHING,
            command=C("apply"),
            other=Command.of("import", address, remote_id, *place),
        )
    )


#: The place of a new object -> what was done, and what import has to be told.
_WORDS = {
    Role.CURRENT: (T("{address}: created with id {id}, but the state could not be saved."), ()),
    Role.SUCCESSOR: (
        T("{address}: successor created with id {id}, but the state could not be saved."),
        ("--as", "successor"),
    ),
}
