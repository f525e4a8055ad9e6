"""What the state holds and how its reviews stand. Pure."""

from __future__ import annotations

from typing import Any

from smsops.clock import to_text
from smsops.kinds import RESOURCES
from smsops.model import (
    Address,
    Observation,
    RecordedObject,
    ReviewState,
    Snapshot,
)
from smsops.planfile.document import encode
from smsops.planning import review_hours
from smsops.planning.account_index import last_review, presence_of
from smsops.planning.decisions import Presence
from smsops.planning.holds import Held, held_successor
from smsops.planning.steps import hold_consequence
from smsops.render.style import duration, review_words, value

FORMAT_VERSION = "1.0"


#: What is said of an object that may be there and was not seen.
_UNCERTAIN = {Presence.YOUNG: "not listed yet", Presence.UNREAD: "could not be read"}


def document(snapshot: Snapshot, seen: Observation, *, now: float) -> dict[str, Any]:
    """The status as JSON values. ``review`` is ``null`` for an object that is gone, and as recorded
    last for one that is not listed yet.
    """
    rows = []
    for address in sorted(snapshot.resources, key=str):
        record = snapshot.resources[address]
        row = {"address": str(address), **_object(address, record.current, seen, now)}
        row["successor"] = (
            _object(address, record.successor, seen, now) if record.successor is not None else None
        )
        row["retiring"] = [_object(address, old, seen, now) for old in record.retiring]
        rows.append(row)
    return {"format_version": FORMAT_VERSION, "resources": rows}


def json(snapshot: Snapshot, seen: Observation, *, now: float) -> str:
    """JSON document of the status. ``now``: epoch seconds."""
    return encode(document(snapshot, seen, now=now))


def _object(
    address: Address, item: RecordedObject | None, seen: Observation, now: float
) -> dict[str, Any]:
    review = last_review(address.kind, item, seen, now) if item else None
    return {
        "remote_id": item.remote_id if item else None,
        "review": review.state.value if review else None,
        "reply": review.reply if review else None,
        "submitted_at": to_text(item.submitted_at) if item else None,
    }


def text(snapshot: Snapshot, seen: Observation, *, now: float, ci: bool = False) -> str:
    """One block per address, its successor and superseded objects below it."""
    if not snapshot.resources:
        return "The state holds no resources. `smsops plan` shows what apply would do.\n"
    lines = []
    for address in sorted(snapshot.resources, key=str):
        record = snapshot.resources[address]
        lines.append(_line(str(address), address, record.current, seen, now, ci))
        if record.successor is not None:
            held = held_successor(RESOURCES[address.kind], record, seen)
            lines.append(_line("  successor", address, record.successor, seen, now, ci, held))
        for old in record.retiring:
            due = to_text((old.superseded_at or 0) + record.lifecycle.retire_after)
            line = _line("  retiring", address, old, seen, now, ci)
            lines.append(f"{line}  kept until {due}")
    for intent in snapshot.intents:
        lines.append(
            f"{intent.address}: {intent.action} has no answer yet: another run is at work, or one "
            "was interrupted and the next apply resolves it"
        )
    return "\n".join(lines) + "\n"


def promotion(address: Address, held: Held | None) -> str:
    """What becomes of a successor that is active."""
    if held is None:
        return "the next `smsops apply` promotes it"
    return f"{held.words}; {hold_consequence(address)}"


def _line(
    head: str,
    address: Address,
    item: RecordedObject | None,
    seen: Observation,
    now: float,
    ci: bool,
    held: Held | None = None,
) -> str:
    if item is None:
        return f"{head:<32} no current object"
    presence = presence_of(address.kind, item, seen, now)
    review = last_review(address.kind, item, seen, now)
    said = _UNCERTAIN.get(presence) or (review_words(review) if review else "gone")
    parts = [f"{head:<32} id {item.remote_id:<10} {said:<10}"]
    if item.submitted_at is not None:
        parts.append(f"submitted {duration(max(1.0, now - item.submitted_at))} ago")
    if review is not None and review.state is ReviewState.IN_REVIEW:
        parts.append(str(review_hours.words(item.submitted_at, now)))
    if review is not None and review.state is ReviewState.APPROVED:
        parts.append("not yet in effect")
    succeeds = head.strip() == "successor" and presence is Presence.THERE
    if succeeds and review is not None and review.state is ReviewState.ACTIVE:
        parts.append(promotion(address, held))
    if review is not None and review.reply:
        parts.append(f"reviewer: {value(review.reply, ci=ci)}")
    return "  ".join(part for part in parts if part).rstrip()
