"""How a wait for reviews ended, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smsops.clock import to_text
from smsops.model import Address, Recorded, Review, Snapshot
from smsops.planfile.document import encode

FORMAT_VERSION = "1.0"


def json(
    snapshot: Snapshot, reviews: Mapping[Address, Review | None], unapplied: Sequence[Address]
) -> str:
    """JSON document of a wait: the last review of each successor or current object, ``None`` for
    one that is gone, and the addresses that are ``unapplied``: declared, without an object yet.
    """
    environment = snapshot.environment
    return encode(
        {
            "format_version": FORMAT_VERSION,
            **({"environment": environment} if environment else {}),
            "account_id": snapshot.account_id,
            "awaited": [
                {"address": str(address), **_object(snapshot.resources[address], review)}
                for address, review in reviews.items()
            ],
            "unapplied": [str(address) for address in unapplied],
        }
    )


def _object(record: Recorded, review: Review | None) -> dict[str, Any]:
    item = record.successor or record.current
    assert item is not None
    return {
        "remote_id": item.remote_id,
        "successor": record.successor is not None,
        "review": review.state.value if review else None,
        "reply": review.reply if review else None,
        "submitted_at": to_text(item.submitted_at),
    }
