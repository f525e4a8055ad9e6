"""The file that tells other programs where an emulator answers: ``{"url": ..., "pid": ...}``.

It is there, complete, while requests are answered, so that waiting for it is waiting for the
emulator. A server that was killed leaves it behind; the next one removes it before it begins.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smsops.errors import SmsopsError
from smsops.text.messages import T


@contextmanager
def ready_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Yields what announces a URL in ``path``; the file goes with the block.

    Raises :class:`SmsopsError` when the file cannot be written, before anything is served where
    that can be known.
    """
    if path is None:
        yield lambda _: None
        return
    try:
        path.unlink(missing_ok=True)
        if not path.parent.is_dir():
            raise FileNotFoundError(2, "No such file or directory")
    except OSError as error:
        raise _unusable(path, error) from error
    document: dict[str, object] = {}

    def announce(url: str) -> None:
        document.update(url=url, pid=os.getpid())
        try:
            _write(path, json.dumps(document) + "\n")
        except OSError as error:
            raise _unusable(path, error) from error

    try:
        yield announce
    finally:
        # Another server may have taken the name over.
        with suppress(OSError, ValueError):
            if document and json.loads(path.read_bytes()) == document:
                path.unlink()


def _write(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _unusable(path: Path, error: OSError) -> SmsopsError:
    return SmsopsError(
        T("cannot write {path}: {reason}", path=path, reason=error.strerror or str(error)),
        hint=T("Name a file in a directory that exists and may be written, with --ready-file."),
    )
