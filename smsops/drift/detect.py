"""The comparison of what the state recorded with what the API shows. Pure.

Manifests never make a finding. They tell which objects somebody declared and nobody adopted yet,
whether anything should be recorded at all, and what is next about a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from smsops.clock import to_text
from smsops.delivery.objectives import Judged
from smsops.drift import diff
from smsops.drift.delivery import missed, undelivered
from smsops.drift.details import REVIEW_CODE, REVIEWER_SAYS, UNKNOWN_TIME, WORDS, Detail
from smsops.drift.findings import CLASSES, Drift, DriftClass, Finding, NextAction
from smsops.drift.next_action import Outlook, Place, next_action, place
from smsops.drift.suppress import suppress
from smsops.kinds.application import Application
from smsops.kinds.kind import Field, Resource, satisfies
from smsops.kinds.probe import Probe
from smsops.kinds.spelling import accepted, baseline
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    RecordedObject,
    RemoteId,
    Review,
    ReviewState,
    Snapshot,
    Suppression,
    Value,
    name_of,
)
from smsops.planning.account_index import PRESUMED_IN_REVIEW, AccountIndex
from smsops.planning.decisions import Presence
from smsops.planning.moves import moves
from smsops.planning.unmanaged import unmanaged
from smsops.planning.unrecorded import about_nothing, about_some, nothing_recorded, unrecorded
from smsops.text.messages import T, Text, joined

#: How well an object stands. Less than before is "got worse"; a code that nobody knows is worst.
RANK: Mapping[ReviewState, int] = {
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
QUALIFICATIONS: Mapping[int, Text] = {
    0: T("in review"),
    1: T("approved"),
    2: T("rejected"),
    3: T("to be completed and submitted"),
    4: T("changed and in review again"),
    5: T("changed and rejected"),
}
_APPROVED = 1
#: Reviews that end the use of an object until somebody does something.
_DEAD = frozenset({ReviewState.REJECTED, ReviewState.UNKNOWN})
_NOTHING_PROMISED: Mapping[Application, Sequence[Judged]] = {}
#: So many recorded objects missing at once look like another account.
_ALL_GONE_FROM = 3


def detect(  # noqa: PLR0913 - all that a report depends on, by name: nothing is looked up
    state: Snapshot,
    observation: Observation,
    *,
    kinds: Mapping[str, Resource],
    region: str,
    now: float,
    desired: Sequence[Desired] = (),
    readable: bool = True,
    suppressions: Sequence[Suppression] = (),
    backend: str = "local",
    notes: Sequence[Text] = (),
    environment: str | None = None,
    promised: Mapping[Application, Sequence[Judged]] = _NOTHING_PROMISED,
    probes: Sequence[Probe] = (),
) -> Drift:
    """Compare the state with one reading of the account. ``now``: epoch seconds.

    ``promised``: objectives with what there is; ``probes``: those that manifests declare.

    ``readable``: no manifest has an error, so ``desired`` is all of them. ``backend`` keeps the
    state. ``notes``: what else is known about it.
    """
    manifests = {item.address: item for item in desired}
    pending = frozenset(intent.address for intent in state.intents)
    bound = [
        address
        for address, record in state.resources.items()
        if not record.declared and address not in manifests
    ]
    account_index = AccountIndex(kinds, state.resources, observation, now, bound=bound)
    recorded = [
        (address, whole, record, account_index.of(kinds[address.kind], record))
        for address, whole in sorted(state.resources.items(), key=lambda item: str(item[0]))
        for record in whole.objects()
    ]
    all_gone = len(recorded) >= _ALL_GONE_FROM and all(
        presence is Presence.ABSENT for *_, presence in recorded
    )

    @cache
    def outlook() -> Outlook:
        """Only where something is missing, and once."""
        moved = moves(kinds, manifests, state.resources, account_index, busy=pending)
        return Outlook(kinds, manifests, account_index, moved, pending, all_gone)

    found: list[Finding] = []
    unread: list[tuple[Address, RemoteId]] = []
    blank = nothing_recorded(state, desired, readable=readable)
    lost = about_nothing(state, desired, readable=readable, backend=backend) if blank else ()
    all_notes = [*lost, *notes, *observation.notes]
    young = 0
    for address, whole, record, presence in recorded:
        kind, item = kinds[address.kind], manifests.get(address)
        where = place(whole, record, declared=item is not None or (None if not readable else False))
        if presence is Presence.THERE:
            seen = observation.objects[ObjectId(kind.name, record.remote_id)]
            current = record is whole.current
            found += _differences(kind, address, record, seen, where, current=current)
        elif presence is Presence.ABSENT:
            found.append(_missing(kind, address, record, where, outlook().about(address, where)))
        elif presence is Presence.UNREAD:
            unread.append((address, record.remote_id))
        else:
            young += 1
            all_notes.append(
                T(
                    "{address} (id {id}) was submitted less than 10 minutes ago and "
                    "was not listed so far: not yet, or it is gone already",
                    address=address,
                    id=record.remote_id,
                )
            )
    unapplied = [address for address in unrecorded(state, desired) if address not in pending]
    if unapplied and not blank:
        all_notes.append(about_some(unapplied))
    if all_gone:
        all_notes.append(
            T("every recorded object is missing at once: check the account and the region")
        )
    all_notes += [
        T(
            "{address}: an interrupted apply is not resolved yet; the next apply does that",
            address=intent.address,
        )
        for intent in state.intents
    ]
    found += [*missed(promised), *undelivered(probes, state)]
    strangers = unmanaged(state, observation, desired, kinds=kinds, now=now)
    found += [_unmanaged(kinds[item.kind], item) for item in strangers]
    findings, suppressed, expired = suppress(found, suppressions, now)
    return Drift(
        account_id=state.account_id,
        region=region,
        complete=observation.complete and not young and not blank,
        findings=findings,
        suppressed=suppressed,
        expired=expired,
        unread=tuple(unread),
        notes=tuple(all_notes),
        checked=len(recorded),
        blank=blank,
        environment=environment,
    )


def _differences(
    kind: Resource,
    address: Address,
    record: RecordedObject,
    seen: Observed,
    where: Place,
    *,
    current: bool,
) -> Iterator[Finding]:
    """Everything about an object that is there."""

    def finding(
        drift: DriftClass,
        field: str,
        recorded: Value,
        observed: Value,
        code: Detail,
        detail: Text,
    ) -> Finding:
        action = next_action(drift, where)
        return Finding(
            drift,
            kind.name,
            record.remote_id,
            address,
            field,
            recorded,
            observed,
            detail,
            action,
            code,
        )

    for change in _config(kind, record, seen):
        detail = WORDS[Detail.FIELD_DIFFERS].filled(field=change.field)
        yield finding(DriftClass.CONFIG, *change, Detail.FIELD_DIFFERS, detail)

    before, after = record.review or PRESUMED_IN_REVIEW, seen.review
    # Whatever apply or wait have recorded since: what applications use cannot send any more.
    dead = current and record.activated_at is not None and after.state in _DEAD
    if dead or RANK[after.state] < RANK[before.state]:
        was = ReviewState.ACTIVE.words if dead else _word(before)
        detail = WORDS[Detail.REVIEW_WORSE].filled(before=was, after=_word(after))
        if after.reply:
            detail = joined("; ", detail, REVIEWER_SAYS.filled(reply=_quoted(after.reply)))
        states = before.state.value, after.state.value
        yield finding(DriftClass.REVIEW, "review", *states, Detail.REVIEW_WORSE, detail)
    elif before.reply != after.reply and (before.state, after.state) not in AWAITED:
        detail = WORDS[Detail.REPLY_CHANGED].filled(after=_word(after))
        replies = before.reply, after.reply
        yield finding(DriftClass.REVIEW, "reply", *replies, Detail.REPLY_CHANGED, detail)

    # A domestic sign from before qualifications has id 0: there is none to be approved.
    paper = seen.qualification
    if paper is not None and paper.id and paper.status != _APPROVED:
        word = QUALIFICATIONS.get(paper.status) or T("status {status}", status=paper.status)
        name = f" ({paper.name})" if paper.name else ""
        code = Detail.QUALIFICATION_NOT_APPROVED
        detail = WORDS[code].filled(id=paper.id, name=name, status=word)
        yield finding(DriftClass.QUALIFICATION, "qualification", None, word.plain, code, detail)

    for item in kind.fields:
        found = _unverifiable(item, record, seen)
        if found is not None:
            recorded = record.submitted.get(item.name)
            detail = WORDS[found]
            if found is Detail.LAST_SUBMITTED:
                moment = to_text(record.submitted_at)
                detail = detail.filled(moment=moment or UNKNOWN_TIME)
            yield finding(DriftClass.UNVERIFIABLE, item.name, recorded, None, found, detail)


def _config(
    kind: Resource, record: RecordedObject, seen: Observed
) -> tuple[diff.FieldDifference, ...]:
    """Readable fields against what was last accepted, spelling apart."""
    names = [
        item.name
        for item in kind.fields
        if item.name in seen.spec and not accepted(record, seen, item.name)
    ]
    return diff.differences(
        {name: baseline(record, name) for name in names}, {name: seen.spec[name] for name in names}
    )


def _unverifiable(item: Field, record: RecordedObject, seen: Observed) -> Detail | None:
    """Why a field of an object cannot be compared; ``None`` when it can."""
    name = item.name
    if name in seen.spec:
        known = name in record.read_back or satisfies(record.submitted.get(name), seen.spec[name])
        if known or not accepted(record, seen, name):
            return None
        return Detail.SPELLING_NOT_READ
    if item.readable and record.submitted.get(name) is None:
        return None
    if name in record.assumed:
        return Detail.ASSUMED
    never = record.submitted.get(name) is None
    return Detail.NEVER_SUBMITTED if never else Detail.LAST_SUBMITTED


#: What a reader has to know of an object besides that it is gone.
_ROLES = {
    Place.SUCCESSOR: Detail.SUCCESSOR_MISSING,
    Place.SUPERSEDED: Detail.SUPERSEDED_MISSING,
}


def _missing(
    kind: Resource, address: Address, record: RecordedObject, where: Place, action: NextAction
) -> Finding:
    name = record.read_back.get(kind.label, record.submitted.get(kind.label))
    code = _ROLES.get(where, Detail.MISSING)
    about = kind.name, record.remote_id, address
    return Finding(DriftClass.MISSING, *about, None, name, None, WORDS[code], action, code)


def _unmanaged(kind: Resource, item: Observed) -> Finding:
    code = Detail.UNMANAGED
    address = name_of(item.kind, item.remote_id)
    detail = WORDS[code].filled(review=_word(item.review), address=address)
    name = item.spec.get(kind.label)
    action = CLASSES[DriftClass.UNMANAGED].next
    about = kind.name, item.remote_id, None
    return Finding(DriftClass.UNMANAGED, *about, None, None, name, detail, action, code)


def _quoted(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _word(review: Review) -> Text:
    if review.state is ReviewState.UNKNOWN:
        return REVIEW_CODE.filled(code=review.code)
    return review.state.words
