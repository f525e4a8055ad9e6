"""Fault injection into the system under smsops: ``python -m tests.support.fault_injection ARGS``.

``FAULT=CALL:ACTION:N[:PART]``: the N-th call of ``os.CALL`` in the whole process (only those with
PART in an argument count) kills it (``KILL``), or fails with an errno from then on. strace counts
the calls of every thread by themselves and so cannot order this; ``tests/state`` uses it on a
single thread.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from typing import Any


def inject(fault: str) -> None:
    """Replace one function of ``os`` in this process."""
    name, action, number, part = f"{fault}:".split(":")[:4]
    real, guard, calls = getattr(os, name), threading.Lock(), 0

    def wrong(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        if part in "".join(str(argument) for argument in arguments):
            with guard:
                calls += 1
                struck = calls >= int(number)
            if struck and action == "KILL":
                os.kill(os.getpid(), signal.SIGKILL)
            elif struck:
                raise OSError(getattr(errno, action), os.strerror(getattr(errno, action)))
        return real(*arguments, **named)

    setattr(os, name, wrong)


if __name__ == "__main__":
    inject(os.environ["FAULT"])
    from smsops.cli import run

    run()
