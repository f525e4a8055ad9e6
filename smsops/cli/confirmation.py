"""Confirmation prompt: a question on stderr that one word answers."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsops.cli.context import Context
    from smsops.text.messages import Text

#: The one answer that agrees, in any language.
YES = "yes"


def confirmed(context: Context, question: Text) -> bool:
    """Whether ``question``, which names its answer as ``{yes}``, is answered with ``yes``.

    Raises ``KeyboardInterrupt`` for a signal, also for one that comes as the wait begins.
    """
    context.stderr.write(str(question.filled(yes=YES)))
    context.stderr.flush()
    answer = _line()
    if not answer:
        context.log("")
    return answer.strip() == YES


def _line() -> str:
    """The next line of stdin, empty at its end."""
    if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
        _until_readable()
    return sys.stdin.readline()


def _until_readable() -> None:
    """Wait for stdin or a signal.

    Python runs a handler between two instructions of its own, so a signal that comes after the last
    one and before the read has begun would wait for the answer. The system tells a descriptor at
    once. A terminal hands over one line a read: none waits in a buffer.
    """
    import select

    arrivals, sender = os.pipe()
    os.set_blocking(sender, False)
    awake = signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    try:
        while arrivals in select.select([sys.stdin, arrivals], [], [])[0]:
            os.read(arrivals, 64)  # the handler ran before this, and raised if it ends the run
    finally:
        signal.set_wakeup_fd(awake)
        os.close(sender)
        os.close(arrivals)
