"""A drift report for people: findings with what to do, what is accepted, then the verdict. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from smsops.drift import CLASSES, Drift, DriftClass, Finding
from smsops.model import Address, ObjectId, RemoteId
from smsops.render.drift.advice import following, usually
from smsops.render.names import Names, beside
from smsops.render.style import counted, joined, paint, plural, value
from smsops.text.sanitise import terminal

#: Sign and SGR colour of each class, as in plans: yellow changes, red is bad, cyan is for knowing.
SIGNS: Mapping[DriftClass, tuple[str, str]] = {
    DriftClass.CONFIG: ("~", "33"),
    DriftClass.REVIEW: ("!", "1;31"),
    DriftClass.QUALIFICATION: ("!", "1;31"),
    DriftClass.MISSING: ("-", "31"),
    DriftClass.UNMANAGED: ("?", "34"),
    DriftClass.UNVERIFIABLE: ("=", "36"),
}
#: How many rows of a class that does not count are shown; the JSON has all of them.
SHOWN = 10


#: What of a drift report never counts as drift, in the words of its last line.
_ASIDE: Mapping[DriftClass, Callable[[int], str]] = {
    DriftClass.UNMANAGED: lambda count: f"{count} unmanaged",
    DriftClass.UNVERIFIABLE: lambda count: f"{plural(count, 'field')} cannot be verified",
}


def counts(drift: Drift) -> str:
    """``Drift: 2 config, 1 missing; 1 suppressed.``; the order is that of the classes."""
    counting = counted((drift.count(each), each) for each in DriftClass if CLASSES[each].counts)
    suppressed = counted([(len(drift.suppressed), "suppressed")])
    return f"Drift: {joined(counting, suppressed, *_aside(drift))}."


def verdict(drift: Drift) -> str:
    """The last line. It says "No drift" only after a complete, consistent listing of something."""
    if drift.blank:
        return "Nothing is recorded, so nothing was compared: this report is not an all-clear."
    if not drift.complete:
        seen = "what could be read is as recorded"
        found = f"{counts(drift)} " if drift.differs else ""
        seen = "what could be read differs" if drift.differs else seen
        return f"{found}The report is incomplete: {seen}, the rest is unknown."
    if drift.differs:
        return counts(drift)
    suppressed = plural(len(drift.suppressed), "suppressed finding")
    but = f", but for {suppressed}" if drift.suppressed else ""
    checked = f"{plural(drift.checked, 'recorded object')} checked"
    return f"No drift{but}: {joined(checked, *_aside(drift))}."


def _aside(drift: Drift) -> Iterable[str]:
    return (words(drift.count(each)) for each, words in _ASIDE.items() if drift.count(each))


def where(drift: Drift) -> str:
    """``account 100000000001, region ap-guangzhou``; the values are not sanitised."""
    return f"account {drift.account_id or 'unknown'}, region {drift.region}"


def name(kind: str, remote_id: RemoteId, address: Address | None) -> str:
    """What a finding is about, in one word or two."""
    return str(address) if address is not None else f"{kind} {remote_id}"


def values(finding: Finding, *, ci: bool = False) -> tuple[str, str]:
    """What was recorded and what is observed; quoted where the text is not a word of smsops."""
    if finding.field in ("review", "qualification"):
        return str(finding.recorded).replace("_", " "), str(finding.observed).replace("_", " ")
    return value(finding.recorded, ci=ci), value(finding.observed, ci=ci)


def text(
    drift: Drift, *, known: Names | None = None, colour: bool = False, ci: bool = False
) -> str:
    """The whole report. ``known``: names of objects."""
    known = known or {}
    blocks = [
        _block(finding, known, colour=colour, ci=ci)
        for finding in drift.findings
        if CLASSES[finding.drift].counts
    ]
    blocks += _unmanaged(drift, colour=colour, ci=ci)
    blocks += _unverifiable(drift, known, colour=colour, ci=ci)
    blocks += _accepted(drift, ci=ci)
    unread = [
        f"Could not be read: {address} (id {remote_id})" for address, remote_id in drift.unread
    ]
    notes = [f"Note: {terminal(note, ci=ci)}" for note in drift.notes]
    if unread or notes:
        blocks.append("\n".join(unread + notes))
    place = terminal(where(drift), ci=ci)
    blocks.append(f"{place[0].upper()}{place[1:]}.\n{verdict(drift)}")
    return "\n\n".join(blocks) + "\n"


def _head(drift: DriftClass, about: str, *, colour: bool) -> str:
    sign, code = SIGNS[drift]
    return paint(f"{sign} {drift.value:<13} {about}", code, colour=colour)


def _block(finding: Finding, known: Names, *, colour: bool, ci: bool) -> str:
    about = name(finding.kind, finding.remote_id, finding.address)
    title = beside(known, finding.kind, finding.remote_id, ci=ci)
    head = f"{_head(finding.drift, about, colour=colour)}  (id {finding.remote_id})  {title}"
    lines = [head.rstrip()]
    field = finding.field or "object"
    recorded, observed = values(finding, ci=ci)
    lines.append(f"    {field} recorded: {recorded}")
    lines.append(f"    {field} observed: {observed}")
    lines.append(f"    what: {terminal(finding.detail, ci=ci)}")
    lines.append(f"    next: {following(finding)}")
    return "\n".join(lines)


def _unmanaged(drift: Drift, *, colour: bool, ci: bool) -> Iterable[str]:
    found = drift.of(DriftClass.UNMANAGED)
    if not found:
        return
    lines = [_head(DriftClass.UNMANAGED, plural(len(found), "object"), colour=colour)]
    lines += [
        f"    {item.kind} {item.remote_id}  {value(item.observed, ci=ci)}  "
        f"{terminal(item.detail, ci=ci)}"
        for item in found[:SHOWN]
    ]
    lines += _more(found)
    lines.append(f"    next: {usually(DriftClass.UNMANAGED)}")
    yield "\n".join(lines)


def _unverifiable(drift: Drift, known: Names, *, colour: bool, ci: bool) -> Iterable[str]:
    found = drift.of(DriftClass.UNVERIFIABLE)
    if not found:
        return
    objects = by_object(found)
    about = f"{plural(len(found), 'field')} of {plural(len(objects), 'object')}"
    lines = [_head(DriftClass.UNVERIFIABLE, about, colour=colour)]
    for items in objects[:SHOWN]:
        first = items[0]
        about = name(first.kind, first.remote_id, first.address)
        # An address may have several objects: one that works, a successor, some that retire.
        about += f"  (id {first.remote_id})" if first.address is not None else ""
        title = beside(known, first.kind, first.remote_id, ci=ci)
        said = [about, title, terminal(fields(items), ci=ci)]
        lines.append(f"    {'  '.join(part for part in said if part)}")
    lines += _more(objects)
    lines.append(f"    next: {usually(DriftClass.UNVERIFIABLE)}")
    yield "\n".join(lines)


def by_object(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one class, grouped by their object; they are sorted by it already."""
    grouped: dict[ObjectId, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(ObjectId(finding.kind, finding.remote_id), []).append(finding)
    return list(grouped.values())


def fields(items: Sequence[Finding]) -> str:
    """``remark, smsType: last submitted 2026-...``; not sanitised."""
    reasons: dict[str, list[str]] = {}
    for item in items:
        reasons.setdefault(str(item.detail), []).append(item.field or "")
    return "; ".join(f"{', '.join(fields)}: {detail}" for detail, fields in reasons.items())


def _more(rows: Sequence[object]) -> list[str]:
    left = len(rows) - SHOWN
    return [f"    and {left} more; --format json lists all of them"] if left > 0 else []


def _accepted(drift: Drift, *, ci: bool) -> Iterable[str]:
    if drift.suppressed:
        lines = [f"Suppressed: {plural(len(drift.suppressed), 'finding')}"]
        for item in drift.suppressed:
            finding, by = item.finding, item.suppression
            about = name(finding.kind, finding.remote_id, finding.address)
            field = f" {finding.field}" if finding.field else ""
            because = f"{by.owner} until {by.expires}: {by.reason}"
            lines.append(f"    {finding.drift} {about}{field}  ({terminal(because, ci=ci)})")
        yield "\n".join(lines)
    if drift.expired:
        yield "\n".join(
            f"Expired suppression: {by.drift} {terminal(by.address, ci=ci)} ended {by.expires} "
            f"({terminal(f'{by.owner}: {by.reason}', ci=ci)}); renew or remove it in smsops.yaml"
            for by in drift.expired
        )
