"""What is next about a finding, as tables. Pure.

A report must not promise what no apply does, so this asks in the order of the planner: open
intents, removed and renamed manifests, rollback, abandon, current gone with a successor, successor,
presence. A guard may still hold a step back; ``smsops plan`` says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsops.drift.findings import CLASSES, DriftClass, NextAction
from smsops.kinds.kind import Resource
from smsops.model import Address, Desired, Recorded, RecordedObject
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.planning.moves import Moves
from smsops.planning.steps import Pair


class Place(StrEnum):
    """Where a recorded object stands: in its address, and with the manifests."""

    CURRENT = "current"
    SUCCESSOR = "successor"
    SUPERSEDED = "superseded"
    REMOVED = "of an address that is no longer declared"
    BOUND = "of an address that was never declared"
    UNKNOWN = "of an address that a manifest with errors may declare"


def place(record: Recorded, item: RecordedObject, *, declared: bool | None) -> Place:
    """``declared``: whether a manifest declares the address; ``None`` when nobody can tell."""
    if declared is False:
        return Place.REMOVED if record.declared else Place.BOUND
    if item is not record.current and item is not record.successor:
        return Place.SUPERSEDED
    if declared is None:
        return Place.UNKNOWN
    return Place.CURRENT if item is record.current else Place.SUCCESSOR


_C, _P, _N = DriftClass, Place, NextAction

# fmt: off
#: (class, place) -> what is next, where it is not what the class says. A superseded object goes
#: whatever happened to it, and so does one that no manifest declares any more.
ELSEWHERE: Mapping[tuple[DriftClass, Place], NextAction] = {
    (_C.CONFIG, _P.SUPERSEDED):        _N.RETIRE,
    (_C.CONFIG, _P.REMOVED):           _N.DELETE,
    (_C.CONFIG, _P.BOUND):             _N.DECLARE,
    (_C.CONFIG, _P.UNKNOWN):           _N.VALIDATE,
    (_C.REVIEW, _P.SUPERSEDED):        _N.RETIRE,
    (_C.REVIEW, _P.REMOVED):           _N.DELETE,
    (_C.REVIEW, _P.BOUND):             _N.DECLARE,
    (_C.REVIEW, _P.UNKNOWN):           _N.VALIDATE,
    (_C.QUALIFICATION, _P.SUPERSEDED): _N.RETIRE,
    (_C.QUALIFICATION, _P.REMOVED):    _N.DELETE,
    (_C.MISSING, _P.SUPERSEDED):       _N.FORGET,
    (_C.MISSING, _P.REMOVED):          _N.FORGET,
    (_C.MISSING, _P.BOUND):            _N.FORGET,
    (_C.MISSING, _P.UNKNOWN):          _N.VALIDATE,
}


class Left(StrEnum):
    """What is left of a declared address whose current object or successor is gone."""

    PREDECESSOR = "a superseded object, active and as declared"
    NOT_LISTED_YET = "an object that is not listed yet"
    UNREAD = "an object that could not be read"
    SUCCESSOR = "the successor"
    AS_DECLARED = "the current object, as declared"
    CURRENT = "the current object, not as declared"
    NOTHING = "nothing"


#: What is left -> what is next, whatever else the account holds.
DECIDED: Mapping[Left, NextAction] = {
    Left.PREDECESSOR: _N.ROLL_BACK,
    Left.NOT_LISTED_YET:      _N.WAIT,
    Left.UNREAD:      _N.RETRY,
    Left.SUCCESSOR:   _N.PROMOTE,
    Left.AS_DECLARED: _N.ABANDON,
}
#: (what is left, unrecorded objects that match the manifest) -> what is next.
MATCHED: Mapping[tuple[Left, Presence], NextAction] = {
    (Left.CURRENT, Presence.ABSENT):    _N.RESUBMIT,
    (Left.CURRENT, Presence.EXACT):     _N.ADOPT_SUCCESSOR,
    (Left.CURRENT, Presence.AMBIGUOUS): _N.CHOOSE_SUCCESSOR,
    (Left.NOTHING, Presence.ABSENT):    _N.CREATE,
    (Left.NOTHING, Presence.EXACT):     _N.ADOPT,
    (Left.NOTHING, Presence.AMBIGUOUS): _N.CHOOSE,
}
# fmt: on
#: What is not believed when everything recorded is gone at once.
_DOUBTED = frozenset({NextAction.CREATE, NextAction.FORGET})
#: What submits the manifest, so needs all of it.
_SUBMITS = frozenset({NextAction.CREATE, NextAction.RESUBMIT})
_UNTOLD = {Presence.YOUNG: Left.NOT_LISTED_YET, Presence.UNREAD: Left.UNREAD}


def next_action(drift: DriftClass, where: Place) -> NextAction:
    """What is next about an object that is there, or in general."""
    return ELSEWHERE.get((drift, where), CLASSES[drift].next)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is next about the objects of a state that are gone.

    ``moves``: which record belongs to which manifest. ``pending``: addresses with an Add that got
    no answer. ``all_gone``: every recorded object is missing, and so many at once look like
    another account.
    """

    kinds: Mapping[str, Resource]
    desired: Mapping[Address, Desired]
    account_index: AccountIndex
    moves: Moves
    pending: Collection[Address]
    all_gone: bool

    def about(self, address: Address, where: Place) -> NextAction:
        """What is next about a missing object of ``address``."""
        if address in self.pending:
            return NextAction.RECOVER
        action = next_action(DriftClass.MISSING, where)
        if where in (Place.CURRENT, Place.SUCCESSOR):
            action = self._of_declared(self.desired[address], where)
        return NextAction.CONFIRM if self.all_gone and action in _DOUBTED else action

    def _of_declared(self, item: Desired, where: Place) -> NextAction:
        if item.address in self.moves.sources or item.address in self.moves.taken:
            return NextAction.MOVE
        kind, record = self.kinds[item.address.kind], self.moves.records[item.address]
        remains = left(kind, item, record, self.account_index)
        if where is Place.SUCCESSOR and self._gone(kind, record.current):
            return NextAction.FORGET  # whatever takes the place of the current object
        if remains in DECIDED:
            return DECIDED[remains]
        matches = self.account_index.matches(kind, item.spec)
        alike = matches.exact_only if remains is Left.CURRENT else matches.presence
        used = alike is Presence.ABSENT and item.address in self.moves.waiting
        action = NextAction.USED if used else MATCHED[remains, alike]
        return NextAction.COMPLETE if action in _SUBMITS and kind.missing(item.spec) else action

    def _gone(self, kind: Resource, about: RecordedObject | None) -> bool:
        return about is None or self.account_index.of(kind, about) is Presence.ABSENT


def left(kind: Resource, item: Desired, record: Recorded, account_index: AccountIndex) -> Left:
    """What is left of ``record``, whose current object or successor is gone."""

    def pair(about: RecordedObject) -> Pair:
        return Pair.of(kind, item, about, account_index.seen(kind.name, about.remote_id))

    def same(about: RecordedObject | None) -> bool:
        return about is not None and pair(about).comparison.same_object

    current = account_index.of(kind, record.current) if record.current else Presence.ABSENT
    there = current is Presence.THERE
    equal = there and same(record.current)
    if not equal and any(pair(old).active_and_same for old in record.retiring):
        return Left.PREDECESSOR
    if current in _UNTOLD:
        return _UNTOLD[current]
    if there:
        # A successor that equals the current object was asked for, and is asked for again.
        return Left.AS_DECLARED if equal and not same(record.successor) else Left.CURRENT
    successor = account_index.of(kind, record.successor) if record.successor else Presence.ABSENT
    if successor is Presence.THERE:
        return Left.SUCCESSOR
    return _UNTOLD.get(successor, Left.NOTHING)
