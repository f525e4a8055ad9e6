"""smsops that ends itself at a moment of a probe: ``python -m tests.probes.killed N ARGUMENT...``.

The moments are before and after each write of the ledger and of the state, each send and each look,
in their order; kill -9 falls at the N-th.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.providers.tencent.sending import Tencent
from smsops.providers.yisha.sending import Yisha
from smsops.state.backends.git import GitBackend
from smsops.state.backends.local import LocalBackend

POINTS: tuple[tuple[type, str], ...] = (
    (SqliteLedger, "claim"),
    (SqliteLedger, "append"),
    (LocalBackend, "write"),
    (GitBackend, "write"),
    (Tencent, "send"),
    (Tencent, "look"),
    (Yisha, "send"),
    (Yisha, "look"),
)


def arm(number: int) -> None:
    left = number

    def moment() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def struck(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            moment()
            result = real(*arguments, **named)
            moment()
            return result

        return call

    for owner, name in POINTS:
        setattr(owner, name, struck(getattr(owner, name)))


if __name__ == "__main__":
    arm(int(sys.argv[1]))
    from smsops.cli import main

    sys.exit(main(sys.argv[2:]))
