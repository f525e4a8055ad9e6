"""The decision tables, and nothing else.

1. A decision is a row here, never an ``if`` elsewhere.
2. The tables are total; a test proves it, and every row has a story.
3. This module knows no kind, no file, no clock and no API.

Which record belongs to which manifest is decided first (``MOVES``), then what is removed, then each
:class:`Question` in its order. Superseded objects have a table of their own (``RETIRING``), and so have promotions (``HOLDS``) and deletions
(``KEPT``) that have to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsops.model import Action, ReviewState
from smsops.planning.reasons import WORDS, Reason
from smsops.text.messages import NOTHING, C, Command, T, Text


class Delta(StrEnum):
    """The weightiest effect among the changed fields of an object."""

    NOTHING = "nothing"
    NOTE = "note"
    CONTENT = "content"
    IDENTITY = "identity"


class Standing(StrEnum):
    """Where an object stands with the reviewers. Rejected splits: was it ever active?"""

    ACTIVE = "active"
    APPROVED = "approved, not yet in effect"
    IN_REVIEW = "in review"
    REJECTED = "rejected, never active"
    REJECTED_ONCE_ACTIVE = "rejected, once active"
    UNKNOWN = "any other code"
    GONE = "gone"


class Presence(StrEnum):
    """What was seen of an address's object, or, when it has none, of objects that match."""

    THERE = "there"
    ABSENT = "no match"
    EXACT = "one exact match"
    AMBIGUOUS = "several exact, or near"
    YOUNG = "missing, submitted less than 10 minutes ago"
    UNREAD = "could not be read"


class Guard(StrEnum):
    """Why a step that the tables ask for is held back."""

    PROTECTED = "protected"
    TOO_MANY_DELETES = "too_many_deletes"
    ALL_GONE = "all_gone"
    UNLISTED = "unlisted"
    UNSTABLE = "unstable"
    SERVED = "served"
    NAME_HELD = "name_held"
    NO_PREREQUISITE = "no_prerequisite"
    RENAME_SPLIT = "rename_split"
    RENAME_UNCLEAR = "rename_unclear"
    RENAME_OTHER_TYPE = "rename_other_type"
    KIND_EMPTY = "kind_empty"
    DIRECTORY_EMPTY = "directory_empty"
    NOT_READ = "not_read"
    OLDER_COMMIT = "older_commit"
    COMMIT_UNKNOWN = "commit_unknown"
    LAST_PREREQUISITE = "last_prerequisite"
    SAME_NAME = "same_name"
    INCOMPLETE = "incomplete"


class Link(StrEnum):
    """How a record and a manifest belong together that are not at the same address."""

    EXACT = "exact"
    NEAR = "near"
    OTHER_TYPE = "other_type"
    UNCLEAR = "unclear"


class Need(StrEnum):
    """Who still needs an active object that is about to be deleted."""

    REPLACEMENT = "replacement"
    STAND_IN = "stand_in"


class Hold(StrEnum):
    """Why a promotion waits for ``--promote``."""

    PARAMETERS = "parameters_change"
    MANUAL = "promote_manual"


class Question(StrEnum):
    """What is asked about a declared address, in this order; the first that applies decides.

    Before that stand the moves of records and removed manifests, which are about other addresses.
    """

    ROLLBACK = "rollback"
    SUCCESSOR_UNCERTAIN = "successor_uncertain"
    ONLY_ACTIVE = "only_active"
    ABANDON = "abandon"
    CURRENT_GONE = "current_gone"
    SUCCESSOR = "successor"
    REVIEW = "review"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why, and what follows; the last is for people, nothing is decided from it."""

    action: Action
    code: Reason
    consequence: Text = NOTHING

    @property
    def reason(self) -> Text:
        """The words of the code."""
        return WORDS[self.code]


def standing(state: ReviewState, *, once_active: bool) -> Standing:
    """The row of :data:`REVIEW` for an object."""
    if state is ReviewState.REJECTED and once_active:
        return Standing.REJECTED_ONCE_ACTIVE
    return _STANDING[state]


_STANDING: Mapping[ReviewState, Standing] = {
    ReviewState.ACTIVE: Standing.ACTIVE,
    ReviewState.APPROVED: Standing.APPROVED,
    ReviewState.IN_REVIEW: Standing.IN_REVIEW,
    ReviewState.REJECTED: Standing.REJECTED,
    ReviewState.UNKNOWN: Standing.UNKNOWN,
}

_A = Action
_TO_REVIEW = T("goes to review, about 2 hours; not usable before")
_AGAIN = T("goes back to review")
_SUCCESSOR = T("a successor with a new id goes to review; the current object keeps working")
_HELD_UNTIL = T("applied at the next replacement, or edit it in the console")

# fmt: off

#: The plain steps of an address whose manifest is new, or gone.
NEW = Decision(_A.CREATE, Reason.NEW, _TO_REVIEW)
REMOVED = Decision(_A.DELETE, Reason.REMOVED, T("deleted at Tencent Cloud; another review is needed to get it back"))

#: Presence: (manifest declares it, state records it, presence) -> what to do.
#: ``None``: the object is there, REVIEW decides. Nothing declared and nothing recorded is not a
#: step of a plan: such an object is unmanaged, reported, never touched.
PRESENCE: Mapping[tuple[bool, bool, Presence], Decision | None] = {
    (True, False, Presence.ABSENT):    NEW,
    (True, False, Presence.EXACT):     Decision(_A.ADOPT, Reason.EXISTS_AS_DECLARED, T("its id is recorded, nothing is written to the API")),
    (True, False, Presence.AMBIGUOUS): Decision(_A.BLOCKED, Reason.CANDIDATES_EXIST),
    (True, True, Presence.THERE):      None,
    (True, True, Presence.ABSENT):     Decision(_A.CREATE, Reason.DELETED_ELSEWHERE, _TO_REVIEW),
    (True, True, Presence.EXACT):      Decision(_A.ADOPT, Reason.DELETED_ELSEWHERE_OTHER_EXISTS, T("its id is recorded, nothing is written to the API")),
    (True, True, Presence.AMBIGUOUS):  Decision(_A.BLOCKED, Reason.DELETED_ELSEWHERE_CANDIDATES_EXIST),
    (True, True, Presence.YOUNG):      Decision(_A.WAIT, Reason.NOT_LISTED_YET),
    (True, True, Presence.UNREAD):     Decision(_A.BLOCKED, Reason.UNREAD),
    (False, True, Presence.THERE):     REMOVED,
    (False, True, Presence.ABSENT):    Decision(_A.FORGET, Reason.REMOVED_ALREADY_GONE),
    (False, True, Presence.YOUNG):     Decision(_A.WAIT, Reason.NOT_LISTED_YET),
    (False, True, Presence.UNREAD):    Decision(_A.BLOCKED, Reason.UNREAD),
}

#: The same for records that no manifest ever declared: bound by import, adopt, resolve or a move.
BOUND: Mapping[Presence, Decision] = {
    Presence.THERE:  Decision(_A.NOOP, Reason.BOUND, T("nothing happens to it until a manifest declares it: write one ({show} has its texts), or let it go with {rm}", show=C("state show {address}"), rm=C("state rm {address}"))),
    Presence.ABSENT: Decision(_A.FORGET, Reason.BOUND_ALREADY_GONE),
    Presence.YOUNG:  Decision(_A.WAIT, Reason.BOUND_NOT_LISTED_YET),
    Presence.UNREAD: Decision(_A.BLOCKED, Reason.UNREAD),
}
#: A manifest that describes an object which another address has not let go yet.
USED_ELSEWHERE = Decision(_A.WAIT, Reason.USED_ELSEWHERE, T("adopted from there as soon as it is superseded; {command} submits its replacement if nothing else does", command=C("apply --replace {holder}")))

#: Review: (standing of the current object, what changed) -> what to do.
REVIEW: Mapping[tuple[Standing, Delta], Decision] = {
    (Standing.ACTIVE, Delta.NOTHING):     Decision(_A.NOOP, Reason.AS_DECLARED),
    (Standing.ACTIVE, Delta.NOTE):        Decision(_A.HELD, Reason.NOTE_DIFFERS, _HELD_UNTIL),
    (Standing.ACTIVE, Delta.CONTENT):     Decision(_A.REPLACE, Reason.APPROVED_DIFFERS, _SUCCESSOR),
    (Standing.ACTIVE, Delta.IDENTITY):    Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _SUCCESSOR),
    (Standing.APPROVED, Delta.NOTHING):   Decision(_A.WAIT, Reason.APPROVED),
    (Standing.APPROVED, Delta.NOTE):      Decision(_A.HELD, Reason.NOTE_DIFFERS, _HELD_UNTIL),
    (Standing.APPROVED, Delta.CONTENT):   Decision(_A.REPLACE, Reason.APPROVED_DIFFERS, _SUCCESSOR),
    (Standing.APPROVED, Delta.IDENTITY):  Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _SUCCESSOR),
    (Standing.IN_REVIEW, Delta.NOTHING):  Decision(_A.WAIT, Reason.IN_REVIEW),
    (Standing.IN_REVIEW, Delta.NOTE):     Decision(_A.UPDATE, Reason.IN_REVIEW_DIFFERS, _AGAIN),
    (Standing.IN_REVIEW, Delta.CONTENT):  Decision(_A.UPDATE, Reason.IN_REVIEW_DIFFERS, _AGAIN),
    (Standing.IN_REVIEW, Delta.IDENTITY): Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _SUCCESSOR),
    (Standing.REJECTED, Delta.NOTHING):   Decision(_A.BLOCKED, Reason.REJECTED),
    (Standing.REJECTED, Delta.NOTE):      Decision(_A.UPDATE, Reason.REJECTED_DIFFERS, _AGAIN),
    (Standing.REJECTED, Delta.CONTENT):   Decision(_A.UPDATE, Reason.REJECTED_DIFFERS, _AGAIN),
    (Standing.REJECTED, Delta.IDENTITY):  Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _SUCCESSOR),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTHING):  Decision(_A.BLOCKED, Reason.NOT_ACTIVE_ANY_MORE),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTE):     Decision(_A.UPDATE, Reason.REJECTED_DIFFERS, _AGAIN),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.CONTENT):  Decision(_A.REPLACE, Reason.ONCE_APPROVED_DIFFERS, _SUCCESSOR),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.IDENTITY): Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _SUCCESSOR),
    (Standing.UNKNOWN, Delta.NOTHING):    Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
    (Standing.UNKNOWN, Delta.NOTE):       Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
    (Standing.UNKNOWN, Delta.CONTENT):    Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
    (Standing.UNKNOWN, Delta.IDENTITY):   Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
}

#: ``--replace ADDR``: a replacement although nothing differs, or only a note does.
REPLACE_ASKED: Mapping[Standing, Decision] = {
    Standing.ACTIVE:               Decision(_A.REPLACE, Reason.REPLACEMENT_ASKED, _SUCCESSOR),
    Standing.APPROVED:             Decision(_A.REPLACE, Reason.REPLACEMENT_ASKED, _SUCCESSOR),
    Standing.REJECTED:             Decision(_A.REPLACE, Reason.REPLACEMENT_ASKED, _SUCCESSOR),
    Standing.REJECTED_ONCE_ACTIVE: Decision(_A.REPLACE, Reason.REPLACEMENT_ASKED, _SUCCESSOR),
}

_RESUBMIT = T("the successor is deleted and a new one goes to review; the current object keeps working")

#: Successor: (standing of the successor, how it differs from the manifest) -> what to do. An active
#: one while the current object is not active is in ONLY_ACTIVE.
SUCCESSOR: Mapping[tuple[Standing, Delta], Decision] = {
    (Standing.ACTIVE, Delta.NOTHING):     Decision(_A.PROMOTE, Reason.SUCCESSOR_ACTIVE, T("outputs switch to its id; the superseded object is retired later")),
    (Standing.ACTIVE, Delta.NOTE):        Decision(_A.PROMOTE, Reason.SUCCESSOR_ACTIVE_NOTE_DIFFERS, T("outputs switch to its id; the superseded object is retired later")),
    (Standing.ACTIVE, Delta.CONTENT):     Decision(_A.REPLACE, Reason.SUCCESSOR_APPROVED_DIFFERS, _RESUBMIT),
    (Standing.ACTIVE, Delta.IDENTITY):    Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _RESUBMIT),
    (Standing.APPROVED, Delta.NOTHING):   Decision(_A.WAIT, Reason.SUCCESSOR_APPROVED),
    (Standing.APPROVED, Delta.NOTE):      Decision(_A.WAIT, Reason.SUCCESSOR_APPROVED_NOTE_DIFFERS),
    (Standing.APPROVED, Delta.CONTENT):   Decision(_A.REPLACE, Reason.SUCCESSOR_APPROVED_DIFFERS, _RESUBMIT),
    (Standing.APPROVED, Delta.IDENTITY):  Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _RESUBMIT),
    (Standing.IN_REVIEW, Delta.NOTHING):  Decision(_A.WAIT, Reason.SUCCESSOR_IN_REVIEW),
    (Standing.IN_REVIEW, Delta.NOTE):     Decision(_A.UPDATE, Reason.SUCCESSOR_IN_REVIEW_DIFFERS, _AGAIN),
    (Standing.IN_REVIEW, Delta.CONTENT):  Decision(_A.UPDATE, Reason.SUCCESSOR_IN_REVIEW_DIFFERS, _AGAIN),
    (Standing.IN_REVIEW, Delta.IDENTITY): Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _RESUBMIT),
    (Standing.REJECTED, Delta.NOTHING):   Decision(_A.BLOCKED, Reason.SUCCESSOR_REJECTED),
    (Standing.REJECTED, Delta.NOTE):      Decision(_A.UPDATE, Reason.SUCCESSOR_REJECTED_DIFFERS, _AGAIN),
    (Standing.REJECTED, Delta.CONTENT):   Decision(_A.UPDATE, Reason.SUCCESSOR_REJECTED_DIFFERS, _AGAIN),
    (Standing.REJECTED, Delta.IDENTITY):  Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _RESUBMIT),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTHING):  Decision(_A.BLOCKED, Reason.SUCCESSOR_NOT_ACTIVE_ANY_MORE),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTE):     Decision(_A.UPDATE, Reason.SUCCESSOR_REJECTED_DIFFERS, _AGAIN),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.CONTENT):  Decision(_A.REPLACE, Reason.SUCCESSOR_ONCE_APPROVED_DIFFERS, _RESUBMIT),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.IDENTITY): Decision(_A.REPLACE, Reason.IDENTITY_DIFFERS, _RESUBMIT),
    (Standing.GONE, Delta.NOTHING):       Decision(_A.REPLACE, Reason.SUCCESSOR_DELETED_ELSEWHERE, _SUCCESSOR),
    (Standing.GONE, Delta.NOTE):          Decision(_A.REPLACE, Reason.SUCCESSOR_DELETED_ELSEWHERE, _SUCCESSOR),
    (Standing.GONE, Delta.CONTENT):       Decision(_A.REPLACE, Reason.SUCCESSOR_DELETED_ELSEWHERE, _SUCCESSOR),
    (Standing.GONE, Delta.IDENTITY):      Decision(_A.REPLACE, Reason.SUCCESSOR_DELETED_ELSEWHERE, _SUCCESSOR),
    (Standing.UNKNOWN, Delta.NOTHING):    Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
    (Standing.UNKNOWN, Delta.NOTE):       Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
    (Standing.UNKNOWN, Delta.CONTENT):    Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
    (Standing.UNKNOWN, Delta.IDENTITY):   Decision(_A.BLOCKED, Reason.REVIEW_UNKNOWN),
}

#: The words of a reason while the current object equals the manifest, too (``--replace ADDR``): no
#: text can be put back, so nothing but an edit helps.
NOTHING_TO_REVERT: Mapping[Reason, Text] = {
    Reason.SUCCESSOR_REJECTED: T("the reviewer rejected the successor; edit the manifest to resubmit"),
    Reason.SUCCESSOR_NOT_ACTIVE_ANY_MORE: T("the successor was active and is not any more (rejected, or its carrier filing is incomplete): complete the filing in the console, or edit the manifest to submit another"),
}
#: An active successor while the current object is not active: how it differs from the manifest.
ONLY_ACTIVE: Mapping[Delta, Decision] = {
    Delta.NOTHING:  Decision(_A.PROMOTE, Reason.ONLY_SUCCESSOR_ACTIVE, T("outputs switch to its id")),
    Delta.NOTE:     Decision(_A.PROMOTE, Reason.ONLY_SUCCESSOR_ACTIVE_NOTE_DIFFERS, T("outputs switch to its id")),
    Delta.CONTENT:  Decision(_A.PROMOTE, Reason.ONLY_SUCCESSOR_ACTIVE, T("outputs switch to its id; the next plan replaces it")),
    Delta.IDENTITY: Decision(_A.PROMOTE, Reason.ONLY_SUCCESSOR_ACTIVE, T("outputs switch to its id; the next plan replaces it")),
}

#: A successor that is not there but may still turn up is no successor yet, nor is it gone.
SUCCESSOR_UNCERTAIN: Mapping[Presence, Decision] = {
    Presence.YOUNG:  Decision(_A.WAIT, Reason.SUCCESSOR_NOT_LISTED_YET),
    Presence.UNREAD: Decision(_A.BLOCKED, Reason.SUCCESSOR_UNREAD),
}

#: Retiring: (presence of a superseded object, current object active, retireAfter over) -> what.
RETIRING: Mapping[tuple[Presence, bool, bool], Decision] = {
    (Presence.THERE, True, True):    Decision(_A.RETIRE, Reason.RETIRE_AFTER_OVER, T("deleted at Tencent Cloud")),
    (Presence.THERE, True, False):   Decision(_A.WAIT, Reason.RETIRE_AFTER_NOT_OVER),
    (Presence.THERE, False, True):   Decision(_A.WAIT, Reason.KEPT_WHILE_CURRENT_NOT_ACTIVE),
    (Presence.THERE, False, False):  Decision(_A.WAIT, Reason.RETIRE_AFTER_NOT_OVER),
    (Presence.ABSENT, True, True):   Decision(_A.FORGET, Reason.SUPERSEDED_ALREADY_GONE),
    (Presence.ABSENT, True, False):  Decision(_A.FORGET, Reason.SUPERSEDED_ALREADY_GONE),
    (Presence.ABSENT, False, True):  Decision(_A.FORGET, Reason.SUPERSEDED_ALREADY_GONE),
    (Presence.ABSENT, False, False): Decision(_A.FORGET, Reason.SUPERSEDED_ALREADY_GONE),
    (Presence.YOUNG, True, True):    Decision(_A.WAIT, Reason.SUPERSEDED_NOT_LISTED),
    (Presence.YOUNG, True, False):   Decision(_A.WAIT, Reason.SUPERSEDED_NOT_LISTED),
    (Presence.YOUNG, False, True):   Decision(_A.WAIT, Reason.SUPERSEDED_NOT_LISTED),
    (Presence.YOUNG, False, False):  Decision(_A.WAIT, Reason.SUPERSEDED_NOT_LISTED),
    (Presence.UNREAD, True, True):   Decision(_A.BLOCKED, Reason.SUPERSEDED_UNREAD),
    (Presence.UNREAD, True, False):  Decision(_A.BLOCKED, Reason.SUPERSEDED_UNREAD),
    (Presence.UNREAD, False, True):  Decision(_A.BLOCKED, Reason.SUPERSEDED_UNREAD),
    (Presence.UNREAD, False, False): Decision(_A.BLOCKED, Reason.SUPERSEDED_UNREAD),
}

#: Decided before the successor table, in this order.
ROLLBACK = Decision(_A.PROMOTE, Reason.EQUALS_RETIRING, T("outputs switch back to its id, no write call; the object it replaces starts retiring"))
ABANDON = Decision(_A.ABANDON, Reason.EQUALS_CURRENT_AGAIN, T("the successor is deleted; the current object keeps working"))
BOTH_GONE = Decision(_A.FORGET, Reason.BOTH_DELETED_ELSEWHERE)
CURRENT_GONE = Decision(_A.PROMOTE, Reason.CURRENT_DELETED_ELSEWHERE, T("outputs switch to its id"))

#: A replacement whose successor already exists, unrecorded.
SUCCESSOR_FOUND: Mapping[Presence, Decision | None] = {
    Presence.ABSENT:    None,
    Presence.EXACT:     Decision(_A.ADOPT, Reason.SUCCESSOR_EXISTS_AS_DECLARED, T("its id is recorded as successor, nothing is written to the API")),
    Presence.AMBIGUOUS: Decision(_A.BLOCKED, Reason.SUCCESSOR_CANDIDATES_EXIST),
}
#: The same, while another successor is recorded: that one goes first.
SUCCESSOR_IN_THE_WAY = Decision(_A.ABANDON, Reason.OTHER_SUCCESSOR_EXISTS, T("the successor is deleted; the next apply adopts the other object"))

#: An open intent: nothing is decided about its address until a recovery has resolved it.
RECOVERY_DUE = Decision(_A.BLOCKED, Reason.RECOVERY_DUE)
#: What an open intent means: nothing is lost, and nothing is known yet.
INTENT_CONSEQUENCE: Mapping[bool, Text] = {
    True:  T("another run is at work, or one was interrupted before the answer to its Add came"),
    False: T("an Add got no answer and this kind cannot be listed: look in the console, then {command} or --abandon", command=C("state resolve {address} --adopt ID")),
}
#: The same, when something is there that it may have made: (surely this, a manifest declares it)
#: -> what then.
INTENT_MADE: Mapping[tuple[bool, bool], Text] = {
    (True, True):   T("id {ids} is what it made, and is recorded then"),
    (True, False):  T("id {ids} is what it made, and is recorded then; no manifest declares it, so a later apply deletes it"),
    (False, True):  T("id {ids} may be what it made: if apply cannot tell, {command} or --abandon", command=C("state resolve {address} --adopt ID")),
    (False, False): T("id {ids} may be what it made: if apply cannot tell, {command} or --abandon", command=C("state resolve {address} --adopt ID")),
}
#: What was recorded by this very run is not deleted by it: nobody has seen it yet.
RECOVERED = Decision(_A.WAIT, Reason.RECOVERED_JUST_NOW, T("the next apply deletes it"))
#: What an Add adds of a kind that cannot be listed.
NOT_LISTED = T("whether there is one already could not be seen")

#: Moves: how a record and a manifest of two addresses belong together -> what holds both steps back;
#: ``None``: the record moves.
MOVES: Mapping[Link, Guard | None] = {
    Link.EXACT:      None,
    Link.NEAR:       None,
    Link.OTHER_TYPE: Guard.RENAME_OTHER_TYPE,
    Link.UNCLEAR:    Guard.RENAME_UNCLEAR,
}
#: The steps of a move: of the new address, when its tables ask for nothing that acts, and of the old.
RENAME_NEW = Decision(_A.ADOPT, Reason.RENAMED, T("the id moves to this address, nothing is written to the API"))
RENAME_OLD = Decision(_A.FORGET, Reason.RENAMED)
#: A removed and a new manifest in one file that have nothing else in common.
MAY_BE_RENAMED = T("if {new} is {old} renamed, run {command} first: it keeps the object until its replacement is active", command=C("state mv {old} {new}"))
#: The same for a single object that its address has let go.
TAKEN_NEW = Decision(_A.ADOPT, Reason.LET_GO_ELSEWHERE, T("the id moves to this address, nothing is written to the API"))
TAKEN_OLD = Decision(_A.FORGET, Reason.DECLARED_ELSEWHERE)

#: Promotions that would break callers, or that somebody wants to do by hand.
HOLDS: Mapping[Hold, Text] = {
    Hold.PARAMETERS: T("held: parameters {before} -> {after}, callers with {before} fail from that moment on"),
    Hold.MANUAL:     T("held: lifecycle.promote is manual"),
}
#: The same, while the successor is only submitted.
WILL_BE_HELD = T("its promotion will be {why}; then {command}", command=C("apply --promote {address}"))
HOLD_CONSEQUENCE = T("once callers are ready: {command}")

#: Deletions of active objects that somebody still needs.
KEPT: Mapping[Need, Decision] = {
    Need.REPLACEMENT: Decision(_A.WAIT, Reason.KEPT_UNTIL_REPLACEMENT_ACTIVE, T("if it is meant to go now: {command}", command=C("apply --not-renamed {address}"))),
    Need.STAND_IN:    Decision(_A.WAIT, Reason.KEPT_UNTIL_STAND_IN_ACTIVE),
}

#: Guards turn a step into a blocked one. The reason says how to go on.
GUARDS: Mapping[Guard, Text] = {
    Guard.PROTECTED:        T("{reason}, but protected: {command} first, or keep the manifest", command=C("state unprotect {address}")),
    Guard.TOO_MANY_DELETES: T("{reason}, but this plan has {count} to delete and policy.maxDeletes is {limit}: {command} if that is right", command=C("apply --max-deletes {count}")),
    Guard.ALL_GONE:         T("{reason}; every recorded object is gone at once, which looks like another account or an outage: {command} if it is right", command=C("apply --allow-recreate")),
    Guard.UNLISTED:         T("{reason}; but {kind}s cannot be listed and the state records none, so it may exist already: {command}, or {other}", command=C("import {address} ID"), other=C("apply --allow-unlisted")),
    Guard.UNSTABLE:         T("{reason}; but the account kept changing while {kind}s were listed, so it may exist already: run the command again"),
    Guard.SERVED:           T("{reason}; but {holder} has that object (id {id}, filed under both values of {partition}), and an id belongs to one address: keep one of the two manifests, or give this one another {label}"),
    Guard.NAME_HELD:        T("{reason}; but {holder} holds that name (id {id}): give that one another name first; if two manifests only changed places, {command} moves their records", command=Command(("state", "mv"), partial=True)),
    Guard.NO_PREREQUISITE:  T("{reason}; but no {before} exists, and Tencent Cloud refuses {kind}s until one does: {advice}"),
    Guard.RENAME_SPLIT:     T("{reason}; but it moves together with {others}, which --target leaves out: target them all"),
    Guard.RENAME_UNCLEAR:   T("{reason}; but {declared} may be {removed} renamed: say so with {first}{command}, or that it is meant to go with {other}", command=C("state mv {old} {new}"), other=C("apply --not-renamed {old}")),
    Guard.RENAME_OTHER_TYPE: T("{reason}; but {new} is {old} renamed with another {fields}: {first}{command} keeps it until its replacement is active, {other} deletes it and creates another", command=C("state mv {old} {new}"), other=C("apply --not-renamed {old}")),
    Guard.KIND_EMPTY:       T("{reason}, but no manifest declares a {kind} any more, and {count} are recorded: is a directory missing? {command} if that is right", command=C("apply --allow-empty")),
    Guard.DIRECTORY_EMPTY:  T("{reason}, but no manifest is left in {directory}, which held {count} manifests: was it not fetched, or not generated? {command} if that is right", command=C("apply --allow-empty")),
    Guard.NOT_READ:         T("{reason}, but {file} still declares it, and is not read: is its name wrong, or its directory missing in spec.manifests? Remove that file if the object is meant to go too, or {command}", command=C("apply --not-renamed {address}")),
    Guard.OLDER_COMMIT:     T("{reason}, but a newer commit ({newest}) was applied already and this one is {head}: check out the newest, or {command}", command=C("apply --allow-older-commit")),
    Guard.COMMIT_UNKNOWN:   T("{reason}, but a commit ({newest}) was applied before, and git cannot tell whether this one is older: {why}; or {command}", command=C("apply --allow-older-commit")),
    Guard.LAST_PREREQUISITE: T("{reason}, but it is the last active {kind} and {other} needs one: declare another {kind} and wait until it is active, or remove the {dependent}s first"),
    Guard.SAME_NAME:        T("{reason}; but Tencent Cloud refuses a second {kind} of the same name: give it another name"),
    Guard.INCOMPLETE:       T("{reason}; but {place} does not declare {fields}, which the API wants with everything submitted: fill in what is missing"),
}
# fmt: on
