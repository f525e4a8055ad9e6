"""Drift: what the state recorded against what the API shows. Pure; manifests only tell which
objects somebody declared but nobody adopted yet.

``CLASSES`` says what each class means, whether it counts as drift, and what to do next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from smsops import diff
from smsops.clock import to_text
from smsops.compare import accepted, baseline
from smsops.errors import Exit, most_serious
from smsops.kind import Field, Kind, satisfies
from smsops.model import (
    Address,
    Desired,
    Observation,
    Observed,
    RecordedObject,
    Review,
    ReviewState,
    Snapshot,
    Suppression,
    Value,
)
from smsops.rules import Sighting
from smsops.sighting import Sightings
from smsops.unmanaged import NEXT, name_of, unmanaged


class DriftClass(StrEnum):
    """What kind of difference a finding is, in the order of reports."""

    CONFIG = "config"
    REVIEW = "review"
    QUALIFICATION = "qualification"
    MISSING = "missing"
    UNMANAGED = "unmanaged"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Meaning:
    """``counts``: such a finding is drift and makes the exit code 2."""

    meaning: str
    counts: bool
    next: str


CLASSES: Mapping[DriftClass, Meaning] = {
    DriftClass.CONFIG: Meaning(
        "a readable field differs from what was last accepted",
        counts=True,
        next="`smsops plan` shows what apply would do about it; to keep the change, put it into "
        "the manifest",
    ),
    DriftClass.REVIEW: Meaning(
        "the review state got worse, or the reviewer's reply changed",
        counts=True,
        next="read the reply, correct the manifest and apply; only an active object can send",
    ),
    DriftClass.QUALIFICATION: Meaning(
        "the sign's qualification is not approved",
        counts=True,
        next="put the qualification (资质) in order in the console; the API cannot",
    ),
    DriftClass.MISSING: Meaning(
        "recorded, and no longer there",
        counts=True,
        next="`smsops apply` creates it again; without its manifest, apply forgets it",
    ),
    DriftClass.UNMANAGED: Meaning(
        "exists, in no manifest and in no state",
        counts=False,
        next=f"{NEXT}; smsops never touches it",
    ),
    DriftClass.UNVERIFIABLE: Meaning(
        "fields that the API never returns",
        counts=False,
        next="look in the console if it matters; the next replacement submits them again",
    ),
}

#: How well an object stands. Less than before is "got worse"; a code that nobody knows is worst.
STANDING: Mapping[ReviewState, int] = {
    ReviewState.ACTIVE: 4,
    ReviewState.APPROVED: 3,
    ReviewState.IN_REVIEW: 2,
    ReviewState.REJECTED: 1,
    ReviewState.UNKNOWN: 0,
}
#: Good news that everybody waited for: the reply that comes or goes with it is no drift.
AWAITED = frozenset(
    {
        (ReviewState.REJECTED, ReviewState.APPROVED),
        (ReviewState.REJECTED, ReviewState.ACTIVE),
        (ReviewState.IN_REVIEW, ReviewState.APPROVED),
        (ReviewState.IN_REVIEW, ReviewState.ACTIVE),
        (ReviewState.APPROVED, ReviewState.ACTIVE),
    }
)
#: DescribeSignListStatus.QualificationStatusCode.
QUALIFICATIONS: Mapping[int, str] = {
    0: "in review",
    1: "approved",
    2: "rejected",
    3: "to be completed and submitted",
    4: "changed and in review again",
    5: "changed and rejected",
}
_APPROVED = 1
#: Reviews that end the use of an object until somebody does something.
_DEAD = frozenset({ReviewState.REJECTED, ReviewState.UNKNOWN})
#: So many recorded objects missing at once look like another account.
_ALL_GONE_FROM = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. ``address`` is ``None`` for unmanaged objects.

    ``recorded`` and ``observed`` are values of ``field``, or words where a class has no field.
    """

    drift: DriftClass
    kind: str
    remote_id: int
    address: Address | None
    field: str | None
    recorded: Value
    observed: Value
    detail: str

    @property
    def suppressible_as(self) -> str:
        """The address that a suppression names; for an unmanaged object the one of ``export``."""
        return str(self.address or name_of(self.kind, self.remote_id))


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that somebody owns and accepts for now."""

    finding: Finding
    suppression: Suppression


@dataclass(frozen=True, slots=True)
class Drift:
    """A report. ``complete``: all recorded objects and both listings were read consistently.

    ``unread``: recorded objects that could not be read; ``expired``: suppressions that no longer
    suppress; ``checked``: how many recorded objects there are.
    """

    account_id: str | None
    region: str
    complete: bool
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    expired: tuple[Suppression, ...] = ()
    unread: tuple[tuple[Address, int], ...] = ()
    notes: tuple[str, ...] = ()
    checked: int = 0

    def count(self, drift: DriftClass) -> int:
        return sum(finding.drift is drift for finding in self.findings)

    def of(self, drift: DriftClass) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.drift is drift)

    @property
    def differs(self) -> bool:
        """Whether a finding counts as drift."""
        return any(CLASSES[finding.drift].counts for finding in self.findings)

    def exit(self, fail_on: Collection[DriftClass] = ()) -> Exit:
        """1 when a recorded object could not be read, else 2 for findings that count, else 0."""
        codes = [Exit.ERROR] if self.unread else []
        if self.differs or any(finding.drift in fail_on for finding in self.findings):
            codes.append(Exit.DIFFERENCES)
        return most_serious(codes)


def detect(
    state: Snapshot,
    observation: Observation,
    *,
    kinds: Mapping[str, Kind],
    region: str,
    now: float,
    desired: Sequence[Desired] = (),
    suppressions: Sequence[Suppression] = (),
) -> Drift:
    """Compare the state with one reading of the account. ``now``: epoch seconds."""
    sightings = Sightings(kinds, state.resources, observation, now)
    found: list[Finding] = []
    unread: list[tuple[Address, int]] = []
    notes = list(observation.notes)
    young = 0
    checked = 0
    for address in sorted(state.resources, key=str):
        kind = kinds[address.kind]
        whole = state.resources[address]
        for record in whole.objects():
            checked += 1
            sighting = sightings.of(kind, record)
            if sighting is Sighting.THERE:
                seen = observation.objects[kind.name, record.remote_id]
                found += _differences(kind, address, record, seen, current=record is whole.current)
            elif sighting is Sighting.ABSENT:
                found.append(_missing(kind, address, record))
            elif sighting is Sighting.UNREAD:
                unread.append((address, record.remote_id))
            else:
                young += 1
                notes.append(
                    f"{address} (id {record.remote_id}) was submitted less than 10 minutes ago "
                    "and is not listed yet, or already gone"
                )
    missing = sum(finding.drift is DriftClass.MISSING for finding in found)
    if checked == missing >= _ALL_GONE_FROM:
        notes.append("every recorded object is missing at once: check the account and the region")
    notes += [
        f"{intent.address}: an interrupted apply is not resolved yet; the next apply does that"
        for intent in state.intents
    ]
    strangers = unmanaged(state, observation, desired, kinds=kinds, now=now)
    found += [_unmanaged(kinds[item.kind], item) for item in strangers]
    findings, suppressed, expired = _suppress(found, suppressions, _day(now))
    return Drift(
        account_id=state.account_id,
        region=region,
        complete=observation.complete and not young,
        findings=findings,
        suppressed=suppressed,
        expired=expired,
        unread=tuple(unread),
        notes=tuple(notes),
        checked=checked,
    )


def _differences(
    kind: Kind, address: Address, record: RecordedObject, seen: Observed, *, current: bool
) -> Iterator[Finding]:
    """Everything about an object that is there."""

    def finding(
        drift: DriftClass, field: str, recorded: Value, observed: Value, detail: str
    ) -> Finding:
        return Finding(
            drift, kind.name, record.remote_id, address, field, recorded, observed, detail
        )

    for change in _config(kind, record, seen):
        detail = f"{change.field} differs from what was last accepted"
        yield finding(DriftClass.CONFIG, *change, detail)

    before, after = record.review or Review(1), seen.review
    # Whatever apply or wait have recorded since: what applications use cannot send any more.
    dead = current and record.activated_at is not None and after.state in _DEAD
    if dead or STANDING[after.state] < STANDING[before.state]:
        detail = f"was {'active' if dead else _word(before)}, is {_word(after)}"
        detail += f"; the reviewer says: {_quoted(after.reply)}" if after.reply else ""
        yield finding(DriftClass.REVIEW, "review", before.state.value, after.state.value, detail)
    elif before.reply != after.reply and (before.state, after.state) not in AWAITED:
        detail = f"the reviewer's reply changed, the review is {_word(after)}"
        yield finding(DriftClass.REVIEW, "reply", before.reply, after.reply, detail)

    # A domestic sign from before qualifications has id 0: there is none to be approved.
    paper = seen.qualification
    if paper is not None and paper.id and paper.status != _APPROVED:
        word = QUALIFICATIONS.get(paper.status, f"status {paper.status}")
        name = f" ({paper.name})" if paper.name else ""
        detail = f"qualification {paper.id}{name} is {word}"
        yield finding(DriftClass.QUALIFICATION, "qualification", "approved", word, detail)

    for item in kind.fields:
        detail = _unverifiable(item, record, seen)
        if detail:
            recorded = record.submitted.get(item.name)
            yield finding(DriftClass.UNVERIFIABLE, item.name, recorded, None, detail)


def _config(kind: Kind, record: RecordedObject, seen: Observed) -> tuple[diff.FieldDifference, ...]:
    """Readable fields against what was last accepted, spelling apart."""
    names = [
        item.name
        for item in kind.fields
        if item.name in seen.spec and not accepted(record, seen, item.name)
    ]
    return diff.differences(
        {name: baseline(record, name) for name in names}, {name: seen.spec[name] for name in names}
    )


def _unverifiable(item: Field, record: RecordedObject, seen: Observed) -> str:
    """Why a field of an object cannot be compared; empty when it can."""
    name = item.name
    if name in seen.spec:
        known = name in record.read_back or satisfies(record.submitted.get(name), seen.spec[name])
        if known or not accepted(record, seen, name):
            return ""
        return "its spelling was never read back; the next apply takes it"
    if item.readable and record.submitted.get(name) is None:
        return ""
    if name in record.assumed:
        return "never submitted by smsops; assumed to be as declared"
    if name not in record.submitted:
        return "never submitted by smsops"
    return f"last submitted {to_text(record.submitted_at) or 'at an unknown time'}"


def _missing(kind: Kind, address: Address, record: RecordedObject) -> Finding:
    name = record.read_back.get(kind.label, record.submitted.get(kind.label))
    detail = "not in the listing, and not found by its id"
    return Finding(
        DriftClass.MISSING, kind.name, record.remote_id, address, None, name, None, detail
    )


def _unmanaged(kind: Kind, item: Observed) -> Finding:
    detail = f"{_word(item.review)}; export calls it {name_of(item.kind, item.remote_id)}"
    name = item.spec.get(kind.label)
    return Finding(DriftClass.UNMANAGED, kind.name, item.remote_id, None, None, None, name, detail)


def _quoted(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _word(review: Review) -> str:
    state = review.state.value.replace("_", " ")
    return f"review code {review.code}" if state == "unknown" else state


def _day(now: float) -> str:
    return (to_text(now) or "")[:10]


def _suppress(
    found: Sequence[Finding], suppressions: Sequence[Suppression], today: str
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[Suppression, ...]]:
    """Findings apart from suppressed ones, sorted; and the suppressions that are over.

    A suppression holds through its last day, by the calendar of UTC.
    """
    expired = [item for item in suppressions if item.expires < today]
    active = {(item.address, item.drift): item for item in suppressions if item.expires >= today}
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in sorted(found, key=_order):
        by = active.get((finding.suppressible_as, finding.drift.value))
        if by is None:
            findings.append(finding)
        else:
            suppressed.append(Suppressed(finding, by))
    ordered = sorted(expired, key=lambda item: (item.address, item.drift, item.expires))
    return tuple(findings), tuple(suppressed), tuple(ordered)


_PLACE = {drift: place for place, drift in enumerate(DriftClass)}


def _order(finding: Finding) -> tuple[int, str, int, str]:
    return (
        _PLACE[finding.drift],
        str(finding.address or finding.kind),
        finding.remote_id,
        finding.field or "",
    )
