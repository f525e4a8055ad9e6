"""What became of an Add whose answer never came: list until the account says it.

One candidate: it is ours. None: nothing was made, and the Add may be sent once more. Several, or a
kind that cannot be listed: a person has to look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from smsops.cancellation import Stop
from smsops.clock import Clock
from smsops.errors import OutcomeUnknown
from smsops.kinds import RESOURCES
from smsops.kinds.kind import Resource
from smsops.model import (
    Intent,
    Listing,
    ObjectId,
    Observation,
    Recorded,
    RecordedObject,
    RemoteId,
    Snapshot,
)
from smsops.planning.pending import candidates
from smsops.state import changes
from smsops.state.journal import Journal
from smsops.text.messages import C, T, Text

#: Two listings this far apart (seconds) have to agree.
BETWEEN = 2.0
#: The last of them starts this long after the send.
AFTER_SEND = 10.0
#: A listing that never comes to rest is given up after so many attempts.
ATTEMPTS = 10


class Resolved(StrEnum):
    """What became of an intent."""

    ADOPTED = "adopted"
    NOT_MADE = "not made"
    SEVERAL = "several candidates"
    UNLISTED = "cannot be listed"
    UNSTABLE = "kept changing"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The verdict on one intent. ``candidates`` are remote ids."""

    intent: Intent
    resolved: Resolved
    candidates: tuple[RemoteId, ...] = ()

    @property
    def error(self) -> OutcomeUnknown | None:
        """What a person has to do, where one has to."""
        intent, address = self.intent, self.intent.address
        ids = ", ".join(map(str, self.candidates))
        resolved = self.resolved
        if resolved is Resolved.SEVERAL and len(self.candidates) == 1:
            said = _ALIKE
        elif resolved in _OPEN:
            said = _OPEN[resolved]
        else:
            return None
        about = {
            "address": address,
            "action": intent.action,
            "kind": address.kind,
            "ids": ids,
            "described": _described(intent),
        }
        return OutcomeUnknown(said[0].filled(**about), hint=said[1].filled(**about))


_ADOPT = C("state resolve {address} --adopt ID")
_LOOK = T(
    "Look at them in the console, then {adopt} or {abandon}.",
    adopt=_ADOPT,
    abandon=C("state resolve {address} --abandon"),
)
#: What stays open, and what to do about it.
_OPEN: Mapping[Resolved, tuple[Text, Text]] = {
    Resolved.SEVERAL: (
        T(
            "{address}: {action} got no answer and several objects may be its result (ids {ids})",
        ),
        _LOOK,
    ),
    Resolved.UNLISTED: (
        T(
            "{address}: {action} got no answer, and {kind}s cannot be listed "
            "to find out what became of it"
        ),
        T(
            "Look in the console for {described}, then {adopt} if it is there, or --abandon if it "
            "is not.",
            adopt=_ADOPT,
        ),
    ),
    Resolved.UNSTABLE: (
        T(
            "{address}: {action} got no answer, and the account kept changing while "
            "{kind}s were listed to find out what became of it"
        ),
        T("Run {command} again: it looks once more.", command=C("apply")),
    ),
}
#: The same for a single object.
_ALIKE = (
    T(
        "{address}: {action} got no answer and an object that is alike but not equal may be its "
        "result (id {ids})"
    ),
    _LOOK,
)


def _described(intent: Intent) -> str:
    label = RESOURCES[intent.address.kind].label
    name = intent.submitted.get(label)
    return f"{label} {name!r}" if name is not None else str(intent.address)


def resolve(
    intents: Mapping[Intent, float],
    *,
    look: Callable[[], Observation],
    kinds: Mapping[str, Resource],
    journal: Journal,
    clock: Clock,
    stop: Stop,
) -> list[Resolution]:
    """Find out what became of ``intents`` and record it durably.

    ``intents`` maps each to the monotonic moment of its send; ``look`` reads a listing of every
    kind that can be listed.
    """
    if not intents:
        return []
    observation, agreed = _settled(intents, look, kinds, journal, clock, stop)
    resolutions = []
    for intent in intents:
        kind = kinds[intent.address.kind]
        resolution = _judge(
            intent, kind, journal.snapshot, observation, others=tuple(intents), agreed=agreed
        )
        _record(resolution, kind, journal, observation, clock.now())
        resolutions.append(resolution)
    return resolutions


def _settled(
    intents: Mapping[Intent, float],
    look: Callable[[], Observation],
    kinds: Mapping[str, Resource],
    journal: Journal,
    clock: Clock,
    stop: Stop,
) -> tuple[Observation, bool]:
    """The listing that decides, and whether it agrees with the one before it: two that are far
    enough apart, the last of them late enough after the last send.
    """
    late_enough = max(intents.values()) + AFTER_SEND
    observation, looked_at = _looked(look, clock, stop, late_enough - BETWEEN)
    found = _candidates(intents, kinds, journal.snapshot, observation)
    for _ in range(ATTEMPTS - 1):
        previous = found
        observation, looked_at = _looked(look, clock, stop, max(late_enough, looked_at + BETWEEN))
        found = _candidates(intents, kinds, journal.snapshot, observation)
        if found == previous and looked_at >= late_enough:
            return observation, True
    return observation, False


def _looked(
    look: Callable[[], Observation], clock: Clock, stop: Stop, earliest: float
) -> tuple[Observation, float]:
    """A listing that begins at ``earliest`` or later, and when it began (monotonic seconds)."""
    if (pause := earliest - clock.monotonic()) > 0:
        stop.sleep(clock, pause)
    began = clock.monotonic()
    return look(), began


def _candidates(
    intents: Mapping[Intent, float],
    kinds: Mapping[str, Resource],
    snapshot: Snapshot,
    observation: Observation,
) -> dict[str, list[RemoteId]]:
    """What each intent may have made, by its id."""
    return {
        intent.id: [
            item.remote_id
            for item in candidates(
                intent, kinds[intent.address.kind], snapshot, observation, others=tuple(intents)
            )
        ]
        for intent in intents
    }


def _judge(
    intent: Intent,
    kind: Resource,
    snapshot: Snapshot,
    seen: Observation,
    *,
    others: Collection[Intent],
    agreed: bool,
) -> Resolution:
    listing = seen.listing.get(kind.name)
    if listing is Listing.UNSTABLE or (listing is Listing.LISTED and not agreed):
        return Resolution(intent, Resolved.UNSTABLE)
    if listing is not Listing.LISTED:
        return Resolution(intent, Resolved.UNLISTED)
    found = candidates(intent, kind, snapshot, seen, others=others)
    ids = tuple(item.remote_id for item in found)
    resolved = {0: Resolved.NOT_MADE, 1: Resolved.ADOPTED}.get(len(found), Resolved.SEVERAL)
    exact = found and kind.key(found[0].spec, kind.match) == kind.key(intent.submitted, kind.match)
    if resolved is Resolved.ADOPTED and not exact:
        resolved = Resolved.SEVERAL
    return Resolution(intent, resolved, ids)


def _record(
    resolution: Resolution, kind: Resource, journal: Journal, seen: Observation, now: float
) -> None:
    intent = resolution.intent
    close = changes.closed(frozenset({intent.id}))
    if resolution.resolved is Resolved.NOT_MADE:
        journal.commit(close)
    elif resolution.resolved is Resolved.ADOPTED:
        remote_id = resolution.candidates[0]
        made = changes.added(remote_id, intent.submitted, intent.started_at)
        made = changes.settle(
            kind, intent.submitted, made, seen.objects[ObjectId(kind.name, remote_id)], now
        )
        journal.commit(changes.chained(recorded(intent, made), close))


def recorded(intent: Intent, made: RecordedObject) -> changes.Change:
    """The object that an intent made takes the place it was meant for; a manifest declared it."""

    def place(record: Recorded) -> Recorded:
        return changes.declared(changes.placed(record, made, intent.role))

    return changes.on(intent.address, place)


def unresolved(resolutions: Sequence[Resolution]) -> list[OutcomeUnknown]:
    """The errors of those that need a person."""
    return [item.error for item in resolutions if item.error is not None]
