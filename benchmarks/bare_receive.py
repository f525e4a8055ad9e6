"""What answering costs without a ledger: the receiver itself, whose rows are kept nowhere.

    python -I bare_receive.py

Prints its URL once it serves, on stderr, and ends on SIGTERM.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, cast

from smsops.clock import SYSTEM
from smsops.receiving.app import Parts, Receiver, Server
from smsops.receiving.bodies import Reader
from smsops.receiving.keeping import Counts, Keeper, Ticket
from smsops.receiving.metrics import Metrics
from smsops.receiving.paths import Paths


class Nowhere:
    """Keeps nothing, at once."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.counts = Counts(ledger_up=True)
        self.ledger_up = True

    def keep(self, ticket: Ticket) -> None:
        """Say that it is durable."""
        ticket.kept = True
        self._receiver.settled([ticket])


def main() -> None:
    """Serve as ``smsops receive`` does."""
    quarantine: Any = SimpleNamespace(add=lambda *_: None)
    receiver = Receiver(
        Parts(Paths(()), Reader(b"k" * 32), quarantine, Metrics({}), None, SYSTEM, False)
    )
    receiver.keeper = cast(Keeper, Nowhere(receiver))
    Server(receiver, "127.0.0.1", 0, lambda url: print(url, file=sys.stderr, flush=True)).run()


if __name__ == "__main__":
    main()
