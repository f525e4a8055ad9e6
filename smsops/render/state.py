"""The state for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smsops.clock import to_text
from smsops.model import Address, Intent, Recorded, RecordedObject, Snapshot
from smsops.planfile.document import encode
from smsops.render.style import review_words, value
from smsops.text import sanitise

FORMAT_VERSION = "1.0"


def list_text(snapshot: Snapshot) -> str:
    """One address a line, also those that have nothing but an open intent."""
    return "".join(f"{address}\n" for address in _addresses(snapshot))


def list_json(snapshot: Snapshot) -> str:
    """Every address with its ids."""
    rows = []
    for address in _addresses(snapshot):
        record = snapshot.resources.get(address, Recorded())
        rows.append(
            {
                "address": str(address),
                "remote_id": record.current.remote_id if record.current else None,
                "successor": record.successor.remote_id if record.successor else None,
                "retiring": [item.remote_id for item in record.retiring],
                "declared": record.declared,
                "protected": record.lifecycle.protected,
                "intents": [item.id for item in snapshot.intents if item.address == address],
            }
        )
    return _json({**_head(snapshot), "resources": rows})


def show_json(document: Mapping[str, Any]) -> str:
    """The whole state, or one address, as :func:`smsops.state.snapshot.excerpt` has it."""
    return _json(document)


def show_text(snapshot: Snapshot, address: Address | None, *, ci: bool = False) -> str:
    """The whole state, or one address, line by line."""
    lines: list[str] = []
    if address is None:
        lines += [f"{name}: {value(item, ci=ci)}" for name, item in _head(snapshot).items()]
        if snapshot.commit is not None:
            lines.append(f"newest commit applied: {snapshot.commit.sha}")
    for one in _addresses(snapshot) if address is None else [address]:
        lines += ["", *_resource(one, snapshot, ci)] if lines else _resource(one, snapshot, ci)
    return "\n".join(lines) + "\n"


def _resource(address: Address, snapshot: Snapshot, ci: bool) -> list[str]:
    record = snapshot.resources.get(address)
    lines = [str(address)]
    if record is not None:
        held = "protected" if record.lifecycle.protected else "not protected"
        lines.append(f"  {held}, retires after {record.lifecycle.retire_after} s")
        if not record.declared:
            lines.append("  bound, not declared: no manifest has declared it yet")
        elif record.manifest is not None:
            lines.append(f"  declared by {sanitise.terminal(record.manifest, ci=ci)}")
        for role, item in (("current", record.current), ("successor", record.successor)):
            if item is not None:
                lines += _object(role, item, ci)
        for item in record.retiring:
            lines += _object("retiring", item, ci)
    for intent in snapshot.intents:
        if intent.address == address:
            lines += _intent(intent, ci)
    return lines


def _object(role: str, item: RecordedObject, ci: bool) -> Iterator[str]:
    yield f"  {role}: id {item.remote_id}"
    if item.review is not None:
        reply = f", reply {value(item.review.reply, ci=ci)}" if item.review.reply else ""
        yield f"    review: {review_words(item.review)} ({item.review.code}){reply}"
    for name in ("submitted_at", "activated_at", "promoted_at", "superseded_at"):
        moment = getattr(item, name)
        if moment is not None:
            yield f"    {name}: {to_text(moment)}"
    for name, one in sorted(item.submitted.items()):
        guess = " (assumed)" if name in item.assumed else ""
        yield f"    submitted {name}: {value(one, ci=ci)}{guess}"
    for name, one in sorted(item.read_back.items()):
        if one != item.submitted.get(name):
            yield f"    read back {name}: {value(one, ci=ci)}"


def _intent(intent: Intent, ci: bool) -> Iterator[str]:
    identity = sanitise.terminal(f"{intent.action}, intent {intent.id}", ci=ci)
    yield f"  open intent ({intent.role}): {identity}"
    yield f"    started_at: {to_text(intent.started_at)}"
    for name, one in sorted(intent.submitted.items()):
        yield f"    submitted {name}: {value(one, ci=ci)}"
    if intent.listed:
        yield f"    there before: {', '.join(map(str, intent.listed))}"


def _addresses(snapshot: Snapshot) -> list[Address]:
    known = {*snapshot.resources, *(intent.address for intent in snapshot.intents)}
    return sorted(known, key=str)


def _head(snapshot: Snapshot) -> Mapping[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "lineage": snapshot.lineage,
        "project": snapshot.project,
        "environment": snapshot.environment,
        "serial": snapshot.serial,
        "account_id": snapshot.account_id,
        "region": snapshot.region,
    }


def _json(document: Mapping[str, Any]) -> str:
    return sanitise.json(encode(document))
