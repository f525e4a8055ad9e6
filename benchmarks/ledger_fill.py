"""A ledger of many reports over 90 days, written by smsops itself.

    python -I ledger_fill.py LEDGER REPORTS

LEDGER is ``sqlite:PATH`` or ``postgresql://...``. The last reports are of this moment, and each
tenth failed.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from smsops.delivery.ledger import Ledger
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.delivery.model import MessageId, Number, Report, Vendor, Verdict

_DAYS, _GROUP = 90, 5_000


def reports(count: int) -> Iterator[Report]:
    """Reports of as many messages, in the order of time."""
    now = int(time.time())
    apart = _DAYS * 86_400 / count
    for number in range(count):
        at = int(now - (count - number) * apart)
        failed = number % 10 == 0
        yield Report(
            MessageId(Vendor.TENCENT, "1400006666", f"2019:{at}{number:09d}"),
            "FAIL" if failed else "SUCCESS",
            Verdict.FAILED if failed else Verdict.DELIVERED,
            at,
            "MK:0001" if failed else "DELIVRD",
            Number(hashlib.sha256(b"%d" % (number % 200_000)).digest()[:16], "+86…0123"),
            vendor_at=at - 3,
            stamp=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at + 8 * 3600 - 3)),
        )


def main(ledger: str, count: int) -> None:
    """Fill."""
    store = _opened(ledger)
    found = reports(count)
    while group := list(islice(found, _GROUP)):
        store.append(group)
    store.close()


def _opened(ledger: str) -> Ledger:
    if ledger.startswith("sqlite:"):
        return SqliteLedger(Path(ledger.removeprefix("sqlite:")))
    from smsops.delivery.ledger.postgres import PostgresLedger

    return PostgresLedger(ledger)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
