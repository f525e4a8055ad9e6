"""The state for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smsops.clock import to_text
from smsops.model import Address, Intent, ProbeRecord, Recorded, RecordedObject, Snapshot
from smsops.planfile.document import encode
from smsops.render.style import review_words, value
from smsops.text import sanitise
from smsops.text.messages import T, Text

FORMAT_VERSION = "1.0"


def list_text(snapshot: Snapshot) -> str:
    """One address a line, also those that have nothing but an open intent, then probes."""
    probes = (Address("probe", name) for name in sorted(snapshot.probes))
    return "".join(f"{each}\n" for each in (*_addresses(snapshot), *probes))


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
    sent = [
        {
            "address": str(Address("probe", name)),
            "to": record.shown,
            "sent_at": to_text(record.sent_at),
            "serial_no": record.serial or None,
            "verdict": record.verdict.value,
            "code": record.code or None,
        }
        for name, record in sorted(snapshot.probes.items())
    ]
    return _json({**_head(snapshot), "resources": rows, "probes": sent})


def show_json(document: Mapping[str, Any]) -> str:
    """The whole state, or one address, as :func:`smsops.state.snapshot.excerpt` has it."""
    return _json(document)


def show_text(snapshot: Snapshot, address: Address | None, *, ci: bool = False) -> str:
    """The whole state, or one address, line by line."""
    lines: list[str] = []
    if address is None:
        lines += [f"{name}: {value(item, ci=ci)}" for name, item in _head(snapshot).items()]
        if snapshot.commit is not None:
            lines.append(str(T("newest commit applied: {sha}", sha=snapshot.commit.sha)))
    for one in _addresses(snapshot) if address is None else [address]:
        lines += ["", *_resource(one, snapshot, ci)] if lines else _resource(one, snapshot, ci)
    if address is None:
        for name, record in sorted(snapshot.probes.items()):
            lines += ["", *_probe(name, record, ci)]
    return "\n".join(lines) + "\n"


def probe_text(name: str, record: ProbeRecord, *, ci: bool = False) -> str:
    """What is known of one probe, line by line."""
    return "\n".join(_probe(name, record, ci)) + "\n"


def _probe(name: str, record: ProbeRecord, ci: bool) -> Iterator[str]:
    serial = sanitise.terminal(record.serial, ci=ci) or "-"
    code = sanitise.terminal(record.code, ci=ci) or "-"
    day = ", ".join(str(to_text(at)) for at in record.sends_today) or "-"
    for words in (
        T("probe.{name}", name=name),
        T("  sent to {number} at {at}", number=record.shown, at=to_text(record.sent_at)),
        T("  id {id}: {verdict} ({code})", id=serial, verdict=record.verdict.value, code=code),
        T("  sends of its day to the number: {times}", times=day),
    ):
        yield str(words)


def _resource(address: Address, snapshot: Snapshot, ci: bool) -> list[str]:
    record = snapshot.resources.get(address)
    lines = [str(address)]
    if record is not None:
        held = (
            T("protected, retires after {seconds} s")
            if record.lifecycle.protected
            else T("not protected, retires after {seconds} s")
        )
        lines.append(f"  {held.filled(seconds=record.lifecycle.retire_after)}")
        if not record.declared:
            lines.append(f"  {T('bound, not declared: no manifest has declared it yet')}")
        elif record.manifest is not None:
            file = sanitise.terminal(record.manifest, ci=ci)
            lines.append(f"  {T('declared by {file}', file=file)}")
        for role, item in (
            (T("current: id {id}"), record.current),
            (T("successor: id {id}"), record.successor),
        ):
            if item is not None:
                lines += _object(role, item, ci)
        for item in record.retiring:
            lines += _object(T("retiring: id {id}"), item, ci)
    for intent in snapshot.intents:
        if intent.address == address:
            lines += _intent(intent, ci)
    return lines


def _object(role: Text, item: RecordedObject, ci: bool) -> Iterator[str]:
    yield f"  {role.filled(id=item.remote_id)}"
    if item.review is not None:
        words = (
            T("review: {review} ({code}), reply {reply}")
            if item.review.reply
            else T("review: {review} ({code})")
        )
        review = words.filled(
            review=review_words(item.review),
            code=item.review.code,
            reply=value(item.review.reply, ci=ci),
        )
        yield f"    {review}"
    for name in ("submitted_at", "activated_at", "promoted_at", "superseded_at"):
        moment = getattr(item, name)
        if moment is not None:
            yield f"    {name}: {to_text(moment)}"
    for name, one in sorted(item.submitted.items()):
        words = (
            T("submitted {field}: {value} (assumed)")
            if name in item.assumed
            else T("submitted {field}: {value}")
        )
        yield f"    {words.filled(field=name, value=value(one, ci=ci))}"
    for name, one in sorted(item.read_back.items()):
        if one != item.submitted.get(name):
            yield f"    {T('read back {field}: {value}', field=name, value=value(one, ci=ci))}"


def _intent(intent: Intent, ci: bool) -> Iterator[str]:
    opened = T(
        "open intent ({role}): {action}, intent {id}",
        role=intent.role,
        action=sanitise.terminal(intent.action, ci=ci),
        id=sanitise.terminal(intent.id, ci=ci),
    )
    yield f"  {opened}"
    yield f"    started_at: {to_text(intent.started_at)}"
    for name, one in sorted(intent.submitted.items()):
        yield f"    {T('submitted {field}: {value}', field=name, value=value(one, ci=ci))}"
    if intent.listed:
        yield f"    {T('there before: {ids}', ids=', '.join(map(str, intent.listed)))}"


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
