"""Verdict: what became of a message."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    PENDING = "pending"
    UNKNOWN = "unknown"


#: What no later report changes.
FINAL = frozenset({Verdict.DELIVERED, Verdict.FAILED})
