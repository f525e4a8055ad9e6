"""A run of smsops reduced to its state, as a real process: ``python -m tests.state.writer``.

    write PATH [TIMES]   lock, read, save the next serial; TIMES over
    hold PATH            lock, say "held PID", wait for a line on stdin, end in order
    zombie PATH          lock, read, say "ready", wait for a line on stdin, save the next serial

Exit code 1 and a line on stderr for a StateError. ``FAULT=CALL:ACTION:N`` makes the N-th call of
``os.CALL`` after the start kill the process or fail with an errno, where strace cannot.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from smsops.errors import StateError
from smsops.state import read_snapshot, save_snapshot
from smsops.state.backends.local import LocalBackend
from tests.support.snapshots import small


def _save(backend: LocalBackend) -> None:
    save_snapshot(backend, read_snapshot(backend) or replace(small(), serial=0))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _run(mode: str, path: Path, times: int) -> None:
    backend = LocalBackend(path)
    if mode == "write":
        for _ in range(times):
            with backend.lock("write", timeout=60):
                _save(backend)
        return
    with backend.lock(mode):
        found = read_snapshot(backend)
        _say(f"{'held' if mode == 'hold' else 'ready'} {os.getpid()}")
        sys.stdin.readline()
        if mode == "zombie" and found is not None:
            save_snapshot(backend, found)


def _inject(fault: str) -> None:
    """Stand in for strace: one function of ``os`` goes wrong once."""
    name, action, count = fault.split(":")
    real, calls = getattr(os, name), iter(range(1, 1_000_000))

    def wrong(*arguments: Any, **named: Any) -> Any:
        if next(calls) == int(count):
            if action == "KILL":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(getattr(errno, action), os.strerror(getattr(errno, action)))
        return real(*arguments, **named)

    setattr(os, name, wrong)


def main() -> int:
    if "FAULT" in os.environ:
        _inject(os.environ["FAULT"])
    try:
        _run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    except StateError as error:
        sys.stderr.write(f"StateError: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
