"""Files that a command line names: read up to a limit, written for their owner only."""

from __future__ import annotations

import os
from pathlib import Path

from smsops import platforms
from smsops.errors import SmsopsError
from smsops.text.messages import T, Text

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | platforms.NOFOLLOW | platforms.BINARY


def read_named(path: Path, limit: int, *, hint: str | Text = "") -> bytes:
    """The bytes of ``path``, one more than ``limit`` at the most: enough to see that it is too
    large. ``hint`` says how such a file is made. Raises :class:`smsops.errors.SmsopsError` when it
    cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise SmsopsError(
            T("{path} cannot be read: {strerror}", path=path, strerror=error.strerror), hint=hint
        ) from error


def write_private(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` with mode 0600, complete or not at all.

    Raises :class:`smsops.errors.SmsopsError` when the file cannot be written. A device such as
    ``/dev/stdout`` is written to as it is.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        descriptor = os.open(fresh, _CREATE, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(fresh, path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SmsopsError(
            T("{path} cannot be written: {strerror}", path=path, strerror=error.strerror)
        ) from error
