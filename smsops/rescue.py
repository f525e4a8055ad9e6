"""A second place, and a third, for an id that the state could not take."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def keep(note: str, directory: Path) -> Path | None:
    """Append ``note`` to ``rescue.txt`` in ``directory``, else to a file for temporary files.

    Returns where it is now, ``None`` when no place took it. Links are not followed.
    """
    temporary = Path(tempfile.gettempdir()) / f"smsops-rescue-{os.getpid()}.txt"
    for path in (directory / "rescue.txt", temporary):
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, _APPEND, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{note}\n")
        except OSError:
            continue
        return path
    return None
