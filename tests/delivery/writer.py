"""A process that appends until something ends it: ``python -m tests.delivery.writer URL WHAT``.

A line for every group that is acknowledged. ``WHAT``: ``groups`` of a hundred, for ever, ``overlap
SEED`` the same two hundred rows in another order, fifty times, ``claim ID`` one send, ``full``
groups until the file may not grow.
"""

from __future__ import annotations

import random
import sys
from itertools import count

from smsops.delivery.ledger import Ledger
from smsops.delivery.model import Records
from smsops.errors import LedgerUnavailable
from tests.delivery.conftest import opened
from tests.support.receipts import send, tencent

GROUP = 100


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def groups(ledger: Ledger) -> None:
    for number in count():
        ledger.append(tencent(message=f"{number}/{each}") for each in range(GROUP))
        tell(number)


def overlap(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    every = [tencent(message=f"m{each}") for each in range(2 * GROUP)]
    for number in range(50):
        ledger.append(chance.sample(every, GROUP))
        tell(number)


def until_full(ledger: Ledger) -> None:
    try:
        groups(ledger)
    except LedgerUnavailable as error:
        tell(f"full: {error.message} {error.hint}")


def claim(ledger: Ledger) -> None:
    def refuse(known: Records) -> str | None:
        return "taken" if known.sends else None

    input()
    tell(ledger.claim(send(sys.argv[3]), refuse) or "claimed")


if __name__ == "__main__":
    found = opened(sys.argv[1])
    match sys.argv[2]:
        case "groups":
            groups(found)
        case "full":
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
            until_full(found)
        case "overlap":
            overlap(found, int(sys.argv[3]))
        case "claim":
            claim(found)
