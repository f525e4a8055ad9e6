"""Which emulator serves a data file: one at a time, else one would shorten the other's history and
both would push its reports. Commands may work on the file beside it.

The claim is a lock of the operating system on ``FILE.served``, which goes with the process however
that ends. What the file says, process and URL, is for messages only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from smsops import platforms
from smsops.emulator.store import DataError, not_a_file, real
from smsops.platforms import fcntl
from smsops.text.messages import C, T

_MOST = 1000


@contextmanager
def claimed(data: Path | None) -> Iterator[Callable[[str], None]]:
    """Yields what notes the URL of the emulator that serves ``data`` until the end of the block.

    Raises :class:`DataError` that names the other one, if there is one.
    """
    if data is None:
        yield lambda _: None
        return
    platforms.require(platforms.Needing.EMULATOR)
    data = real(data)
    if data.is_dir():  # also "." and the empty one; and no claim is left beside it
        raise not_a_file(data)
    path = data.with_name(f"{data.name}.served")
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | platforms.CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _taken(data, os.pread(descriptor, _MOST, 0)) from error
        except OSError as error:
            raise _unusable(path, error) from error

        def note(url: str) -> None:
            body = json.dumps({"pid": os.getpid(), "url": url}).encode()
            os.pwrite(descriptor, body, 0)
            os.ftruncate(descriptor, len(body))

        note("")
        yield note
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _taken(data: Path, said: bytes) -> DataError:
    try:
        known = json.loads(said)
        pid, url = int(known["pid"]), str(known["url"])
    except (ValueError, KeyError, TypeError):
        pid, url = 0, ""
    place = T("process {pid} at {url}", pid=pid, url=url) if url else T("process {pid}", pid=pid)
    what = T("another emulator serves {path}: {place}", path=data, place=place)
    return DataError(
        what,
        hint=T(
            "Use that one, stop it, or name another file, as in {command}",
            command=C("emulator serve --data FILE"),
        ),
    )


def _unusable(path: Path, error: OSError) -> DataError:
    return DataError(
        T("cannot lock {path}: {reason}", path=path, reason=error.strerror or str(error)),
        hint=T("Name a file in a directory that may be written, with --data."),
    )
