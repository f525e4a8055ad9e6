"""A ledger of many reports over 90 days, written by smsops itself.

    python -I ledger_fill.py PATH REPORTS

The last of them are of this moment, and each tenth failed. Prints the bytes a report takes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

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


def main(path: Path, count: int) -> float:
    """Fill; bytes a report."""
    ledger = SqliteLedger(path)
    found = reports(count)
    while group := list(islice(found, _GROUP)):
        ledger.append(group)
    ledger.close()
    return os.stat(path).st_size / count


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), int(sys.argv[2])))
