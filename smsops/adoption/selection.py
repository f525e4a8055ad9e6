"""Which unmanaged objects an adoption takes, and why it leaves the others. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from smsops.adoption.export import as_declared
from smsops.kinds.kind import Resource
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observed,
    Recorded,
    ReviewState,
    Spec,
)
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.text.messages import NOTHING, C, T, Text


class Left(StrEnum):
    """Why an object is left out."""

    REJECTED = "rejected"
    REVIEW_UNKNOWN = "review_unknown"
    DUPLICATE = "duplicate"
    DECLARED_ALIKE = "declared_alike"
    UNWRITABLE = "unwritable"


#: What each code says; ``other`` is an address or an id, ``command`` what helps.
WORDS: Mapping[Left, Text] = {
    Left.REJECTED: T("rejected{reply}"),
    Left.REVIEW_UNKNOWN: T("its review has a code that smsops does not know ({code})"),
    Left.DUPLICATE: T("the same as {other}, and two manifests cannot declare the same"),
    Left.DECLARED_ALIKE: T(
        "{other} declares one like it: {command} if this is it", command=C("import {other} {id}")
    ),
    Left.UNWRITABLE: T("no manifest can say it: {fault}"),
}
#: What ``--all`` takes all the same: with a manifest, or where that cannot be only into the state.
ASKED_FOR = frozenset({Left.REJECTED, Left.REVIEW_UNKNOWN, Left.DUPLICATE})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object that is left out."""

    seen: Observed
    why: Left
    words: Text


@dataclass(frozen=True, slots=True)
class Selection:
    """What is taken, in the order of kinds and ids; what only the state takes; what is left out."""

    taken: tuple[Observed, ...] = ()
    #: Duplicates that were asked for: recorded, not declared.
    bound: tuple[Observed, ...] = ()
    left: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for: kinds, ids and patterns of names (``only``, everything without one),
    and whether leftovers too.
    """

    only: tuple[str, ...] = ()
    leftovers: bool = False

    def asks_for(self, kind: Resource, seen: Observed) -> bool:
        """Whether an object is among what is wanted."""
        return not self.only or any(self._means(each, kind, seen) for each in self.only)

    def by_id(self, seen: Observed) -> bool:
        """Whether somebody named just this object."""
        return str(seen.remote_id) in self.only

    def unmatched(
        self, kinds: Mapping[str, Resource], found: Collection[Observed]
    ) -> tuple[str, ...]:
        """Those of ``only`` that mean no object of ``found``."""
        return tuple(
            each
            for each in self.only
            if each not in kinds
            and not any(self._means(each, kinds[seen.kind], seen) for seen in found)
        )

    @staticmethod
    def _means(word: str, kind: Resource, seen: Observed) -> bool:
        return word in (kind.name, str(seen.remote_id)) or fnmatchcase(
            str(seen.spec.get(kind.label, "")), word
        )


def select(
    kinds: Mapping[str, Resource],
    found: Sequence[Observed],
    desired: Sequence[Desired],
    recorded: Mapping[Address, Recorded],
    account_index: AccountIndex,
    wanted: Wanted,
) -> Selection:
    """Which of ``found``, the unmanaged objects, are adopted."""
    alike = _alike(kinds, desired, recorded, account_index)
    holders: dict[tuple[object, ...], str] = {
        _key(kinds[item.address.kind], item.spec): str(item.address) for item in desired
    }
    # What is bound has no manifest yet, and may get one.
    for address, record in recorded.items():
        for item in record.objects():
            there = account_index.seen(address.kind, item.remote_id)
            if there is not None:
                holders.setdefault(_key(kinds[address.kind], there.spec), str(address))
    taken: list[Observed] = []
    bound: list[Observed] = []
    left: list[LeftOut] = []
    for seen in sorted(found, key=_best_first):
        kind = kinds[seen.kind]
        if not wanted.asks_for(kind, seen):
            continue
        key = _key(kind, seen.spec)
        reason = _reason(seen, alike.get(seen.key), holders.get(key))
        if reason is None:
            taken.append(seen)
        else:
            asked = wanted.leftovers or wanted.by_id(seen)
            if not (asked and reason.why in ASKED_FOR):
                left.append(reason)
                continue
            (bound if key in holders else taken).append(seen)
        holders.setdefault(key, f"{kind.name} {seen.remote_id}")
    return Selection(
        tuple(sorted(taken, key=_by_id)),
        tuple(sorted(bound, key=_by_id)),
        tuple(sorted(left, key=lambda item: _by_id(item.seen))),
    )


_RANK = (ReviewState.ACTIVE, ReviewState.APPROVED, ReviewState.IN_REVIEW)


def _best_first(seen: Observed) -> tuple[object, ...]:
    state = seen.review.state
    return (_RANK.index(state) if state in _RANK else len(_RANK), *_by_id(seen))


def _by_id(seen: Observed) -> tuple[object, ...]:
    return seen.kind, seen.remote_id


def _reason(seen: Observed, alike: Address | None, holder: str | None) -> LeftOut | None:
    if alike is not None:
        words = WORDS[Left.DECLARED_ALIKE].filled(other=alike, id=seen.remote_id)
        return LeftOut(seen, Left.DECLARED_ALIKE, words)
    if holder is not None:
        return LeftOut(seen, Left.DUPLICATE, WORDS[Left.DUPLICATE].filled(other=holder))
    review = seen.review
    if review.state is ReviewState.REJECTED:
        # On one line, so that nothing of it passes for a line of ours.
        line = " ".join(review.reply.split())
        reply = T(": {reply}", reply=line) if line else NOTHING
        return LeftOut(seen, Left.REJECTED, WORDS[Left.REJECTED].filled(reply=reply))
    if review.state is ReviewState.UNKNOWN:
        words = WORDS[Left.REVIEW_UNKNOWN].filled(code=review.code)
        return LeftOut(seen, Left.REVIEW_UNKNOWN, words)
    return None


def _alike(
    kinds: Mapping[str, Resource],
    desired: Iterable[Desired],
    recorded: Mapping[Address, Recorded],
    account_index: AccountIndex,
) -> Mapping[ObjectId, Address]:
    """The objects that a manifest without one may mean, and that only a person can tell apart."""
    found: dict[ObjectId, Address] = {}
    for item in desired:
        kind, record = kinds[item.address.kind], recorded.get(item.address)
        current = record.current if record is not None else None
        if current is not None and account_index.of(kind, current) is not Presence.ABSENT:
            continue
        matches = account_index.matches(kind, item.spec)
        if matches.presence is Presence.AMBIGUOUS:
            for seen in (*matches.all_exact, *matches.near):
                found.setdefault(seen.key, item.address)
    return found


def _key(kind: Resource, spec: Spec) -> tuple[object, ...]:
    """What no two manifests may have in common, as the manifest of an object would say it."""
    where = as_declared(kind, spec).get(kind.partition)
    return (kind.name, where, *kind.key(spec, kind.match))
