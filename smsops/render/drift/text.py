"""A drift report for people: findings with what to do, what is accepted, then the verdict. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from smsops.drift import CLASSES, Drift, DriftClass, Finding
from smsops.model import Address, ObjectId, RemoteId, ReviewState, Value
from smsops.render.drift.advice import following, usually
from smsops.render.names import Names, beside
from smsops.render.objectives import amount
from smsops.render.style import counted, paint, value, within
from smsops.text.messages import N, T, Text, joined
from smsops.text.sanitise import terminal

#: Sign and SGR colour of each class, as in plans: yellow changes, red is bad, cyan is for knowing.
SIGNS: Mapping[DriftClass, tuple[str, str]] = {
    DriftClass.CONFIG: ("~", "33"),
    DriftClass.REVIEW: ("!", "1;31"),
    DriftClass.QUALIFICATION: ("!", "1;31"),
    DriftClass.MISSING: ("-", "31"),
    DriftClass.OBJECTIVE: ("!", "1;31"),
    DriftClass.DELIVERY: ("!", "1;31"),
    DriftClass.UNMANAGED: ("?", "34"),
    DriftClass.UNVERIFIABLE: ("=", "36"),
}
#: How many rows of a class that does not count are shown; the JSON has all of them.
SHOWN = 10


#: What of a drift report never counts as drift, in the words of its last line.
_ASIDE: Mapping[DriftClass, Callable[[int], Text]] = {
    DriftClass.UNMANAGED: lambda count: T("{count} unmanaged", count=count),
    DriftClass.UNVERIFIABLE: lambda count: N(
        count, "{count} field cannot be verified", "{count} fields cannot be verified"
    ),
}


def counts(drift: Drift) -> str:
    """``Drift: 2 config, 1 missing; 1 suppressed.``; the order is that of the classes."""
    counting = counted((drift.count(each), each) for each in DriftClass if CLASSES[each].counts)
    suppressed = counted([(len(drift.suppressed), T("suppressed"))])
    return str(T("Drift: {counts}.", counts=joined("; ", counting, suppressed, *_aside(drift))))


def verdict(drift: Drift) -> str:
    """The last line. It says "No drift" only after a complete, consistent listing of something."""
    if drift.blank:
        return str(
            T("Nothing is recorded, so nothing was compared: this report is not an all-clear.")
        )
    if not drift.complete and drift.differs:
        return str(
            T(
                "{counts} The report is incomplete: what could be read differs, "
                "the rest is unknown.",
                counts=counts(drift),
            )
        )
    if not drift.complete:
        return str(
            T("The report is incomplete: what could be read is as recorded, the rest is unknown.")
        )
    if drift.differs:
        return counts(drift)
    checked = N(
        drift.checked, "{count} recorded object checked", "{count} recorded objects checked"
    )
    found = joined("; ", checked, *_aside(drift))
    if not drift.suppressed:
        return str(T("No drift: {found}.", found=found))
    return str(
        N(
            len(drift.suppressed),
            "No drift, but for {count} suppressed finding: {found}.",
            "No drift, but for {count} suppressed findings: {found}.",
            found=found,
        )
    )


def _aside(drift: Drift) -> Iterable[Text]:
    return (words(drift.count(each)) for each, words in _ASIDE.items() if drift.count(each))


def where(drift: Drift) -> str:
    """``Account 100000000001, region ap-guangzhou``; the values are not sanitised."""
    account = drift.account_id or T("unknown")
    place = T("Account {account}, region {region}", account=account, region=drift.region)
    return str(within(drift.environment, place))


def name(kind: str, remote_id: RemoteId, address: Address | None) -> str:
    """What a finding is about, in one word or two."""
    return str(address) if address is not None else f"{kind} {remote_id}"


def values(finding: Finding, *, ci: bool = False) -> tuple[str, str]:
    """What was recorded and what is observed; quoted where the text is not a word of smsops."""
    if finding.field == "review":
        recorded, observed = (
            str(ReviewState(str(each)).words) for each in (finding.recorded, finding.observed)
        )
        return recorded, observed
    if finding.field == "qualification":
        return str(Text(str(finding.recorded))), str(Text(str(finding.observed)))
    return _value(finding, finding.recorded, ci=ci), _value(finding, finding.observed, ci=ci)


def _value(finding: Finding, item: Value | float, *, ci: bool) -> str:
    if finding.drift is DriftClass.OBJECTIVE and not isinstance(item, str) and item is not None:
        return amount(str(finding.field), item)
    return value(item, ci=ci)


#: What the two values of a finding are called.
_RECORDED_AND_OBSERVED = T("{field} recorded: {value}"), T("{field} observed: {value}")
_PAIRS: Mapping[DriftClass, tuple[Text, Text]] = {
    DriftClass.OBJECTIVE: (T("{field} wanted: {value}"), T("{field} got: {value}")),
}


def text(
    drift: Drift,
    *,
    known: Names | None = None,
    colour: bool = False,
    ci: bool = False,
    every: bool = False,
) -> str:
    """The whole report. ``known``: names of objects; ``every``: unverifiable fields one by one."""
    known = known or {}
    blocks = [
        _block(finding, known, colour=colour, ci=ci)
        for finding in drift.findings
        if CLASSES[finding.drift].counts
    ]
    blocks += _unmanaged(drift, colour=colour, ci=ci)
    blocks += _unverifiable(drift, known, colour=colour, ci=ci, every=every)
    blocks += _accepted(drift, ci=ci)
    unread = [
        str(T("Could not be read: {address} (id {id})", address=address, id=remote_id))
        for address, remote_id in drift.unread
    ]
    notes = [str(T("Note: {note}", note=terminal(note, ci=ci))) for note in drift.notes]
    if unread or notes:
        blocks.append("\n".join(unread + notes))
    blocks.append(f"{terminal(where(drift), ci=ci)}.\n{verdict(drift)}")
    return "\n\n".join(blocks) + "\n"


def _head(drift: DriftClass, about: str, *, colour: bool) -> str:
    sign, code = SIGNS[drift]
    return paint(f"{sign} {drift.value:<13} {about}", code, colour=colour)


def _block(finding: Finding, known: Names, *, colour: bool, ci: bool) -> str:
    about = name(finding.kind, finding.remote_id, finding.address)
    title = beside(known, finding.kind, finding.remote_id, ci=ci)
    id_ = T("(id {id})", id=finding.remote_id)
    head = f"{_head(finding.drift, about, colour=colour)}  {id_}  {title}"
    field = finding.field or T("object")
    pair = _PAIRS.get(finding.drift, _RECORDED_AND_OBSERVED)
    shown = [
        words.filled(field=field, value=each)
        for words, each in zip(pair, values(finding, ci=ci), strict=True)
    ]
    lines = (
        *(shown if finding.drift is not DriftClass.DELIVERY else ()),
        T("what: {detail}", detail=terminal(finding.detail, ci=ci)),
        T("next: {next}", next=following(finding)),
    )
    return "\n".join([head.rstrip(), *(f"    {line}" for line in lines)])


def _unmanaged(drift: Drift, *, colour: bool, ci: bool) -> Iterable[str]:
    found = drift.of(DriftClass.UNMANAGED)
    if not found:
        return
    about = str(N(len(found), "{count} object", "{count} objects"))
    lines = [_head(DriftClass.UNMANAGED, about, colour=colour)]
    lines += [
        f"    {item.kind} {item.remote_id}  {value(item.observed, ci=ci)}  "
        f"{terminal(item.detail, ci=ci)}"
        for item in found[:SHOWN]
    ]
    lines += _more(found)
    lines.append(f"    {T('next: {next}', next=usually(DriftClass.UNMANAGED))}")
    yield "\n".join(lines)


def _unverifiable(
    drift: Drift, known: Names, *, colour: bool, ci: bool, every: bool
) -> Iterable[str]:
    found = drift.of(DriftClass.UNVERIFIABLE)
    if not found:
        return
    objects = by_object(found)
    head = T(
        "{fields} of {objects}",
        fields=N(len(found), "{count} field", "{count} fields"),
        objects=N(len(objects), "{count} object", "{count} objects"),
    )
    lines = [_head(DriftClass.UNVERIFIABLE, str(head), colour=colour)]
    if not every:
        # Always there and seldom read: the API never returns them.
        yield lines[0] + str(T("; {option} lists them", option="`-v`"))
        return
    for items in objects[:SHOWN]:
        first = items[0]
        about = name(first.kind, first.remote_id, first.address)
        # An address may have several objects: one that works, a successor, some that retire.
        id_ = T("(id {id})", id=first.remote_id)
        about += f"  {id_}" if first.address is not None else ""
        title = beside(known, first.kind, first.remote_id, ci=ci)
        said = [about, title, terminal(fields(items), ci=ci)]
        lines.append(f"    {'  '.join(part for part in said if part)}")
    lines += _more(objects)
    lines.append(f"    {T('next: {next}', next=usually(DriftClass.UNVERIFIABLE))}")
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
    more = T("and {count} more; --format json lists all of them", count=left)
    return [f"    {more}"] if left > 0 else []


def _accepted(drift: Drift, *, ci: bool) -> Iterable[str]:
    if drift.suppressed:
        head = N(
            len(drift.suppressed), "Suppressed: {count} finding", "Suppressed: {count} findings"
        )
        lines = [str(head)]
        for item in drift.suppressed:
            finding, by = item.finding, item.suppression
            about = name(finding.kind, finding.remote_id, finding.address)
            field = f" {finding.field}" if finding.field else ""
            because = T(
                "{owner} until {expires}: {reason}",
                owner=by.owner,
                expires=by.expires,
                reason=by.reason,
            )
            lines.append(f"    {finding.drift} {about}{field}  ({terminal(because, ci=ci)})")
        yield "\n".join(lines)
    if drift.expired:
        expired = (
            T(
                "Expired suppression: {drift} {address} ended {expires} ({because}); "
                "renew or remove it in smsops.yaml",
                drift=by.drift,
                address=terminal(by.address, ci=ci),
                expires=by.expires,
                because=terminal(f"{by.owner}: {by.reason}", ci=ci),
            )
            for by in drift.expired
        )
        yield "\n".join(map(str, expired))
