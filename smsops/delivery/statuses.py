"""What a vendor's status field amounts to: the verdict of one report. A table; pure.

The code beside a status says why, never whether: the same code means opposite things to two
carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smsops.delivery.model import Vendor, Verdict


@dataclass(frozen=True, slots=True)
class Statuses:
    """The statuses of one vendor that are known, and what every other one amounts to."""

    known: Mapping[str, Verdict]
    other: Verdict


STATUSES: Mapping[Vendor, Statuses] = {
    Vendor.TENCENT: Statuses(
        {"SUCCESS": Verdict.DELIVERED, "FAIL": Verdict.FAILED}, other=Verdict.PENDING
    ),
    Vendor.HUAWEI: Statuses(
        {
            "DELIVRD": Verdict.DELIVERED,
            "ACCEPTD": Verdict.PENDING,
            "ENROUTE": Verdict.PENDING,
            "UNKNOWN": Verdict.PENDING,
        },
        other=Verdict.FAILED,
    ),
    # Its document shows this one status and no other.
    Vendor.YISHA: Statuses({"200": Verdict.DELIVERED}, other=Verdict.PENDING),
}


def verdict_of(vendor: Vendor, status: str) -> Verdict:
    """The verdict of a report with ``status``, in either case of its letters."""
    statuses = STATUSES[vendor]
    return statuses.known.get(status.strip().upper(), statuses.other)
