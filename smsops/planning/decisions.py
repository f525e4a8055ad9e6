"""The decision tables, and nothing else.

1. A decision is a row here, never an ``if`` elsewhere.
2. The tables are total; a test proves it, and every row has a story.
3. This module knows no kind, no file, no clock and no API.

Which record belongs to which manifest is decided first (``MOVES``). Then questions are asked in
this order, the first that applies decides: removed manifest, rollback, a successor that is the only
active object, abandon, current gone with a successor, successor, presence, review. Superseded
objects have a table of their own (``RETIRING``), and so have promotions (``HOLDS``) and deletions
(``KEPT``) that have to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsops.model import Action, ReviewState


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
    TOO_MANY_DELETES = "more deletes than allowed"
    ALL_GONE = "everything recorded is gone"
    UNLISTED = "cannot be listed"
    UNSTABLE = "the listing never came to rest"
    SERVED = "one object serves both partitions"
    NAME_HELD = "another address holds the name"
    NO_PREREQUISITE = "nothing exists of a kind that has to be there first"
    INTENT_OPEN = "recovery due"
    RENAME_SPLIT = "only half of a rename is targeted"
    RENAME_UNCLEAR = "several may be renamed"
    RENAME_OTHER_TYPE = "renamed, with another type"
    KIND_EMPTY = "no manifest of the kind is left"
    DIRECTORY_EMPTY = "no manifest of the directory is left"
    OLDER_COMMIT = "a newer commit was applied"
    COMMIT_UNKNOWN = "git cannot tell which commit this is"
    LAST_PREREQUISITE = "the last active one of a kind that another needs"
    SAME_NAME = "a replacement would need the same name"


class Link(StrEnum):
    """How a record and a manifest belong together that are not at the same address."""

    EXACT = "equal, one to one"
    NEAR = "alike, one to one"
    OTHER_TYPE = "alike, one to one, of another type"
    UNCLEAR = "alike, not one to one"


class Need(StrEnum):
    """Who still needs an active object that is about to be deleted."""

    REPLACEMENT = "a manifest that is alike has no active object"
    STAND_IN = "a declared object that may stand in is not active yet"


class Hold(StrEnum):
    """Why a promotion waits for ``--promote``."""

    PARAMETERS = "the number of parameters changes"
    MANUAL = "lifecycle.promote is manual"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why. ``reason`` is for people; nothing is decided from it."""

    action: Action
    reason: str
    consequence: str = ""


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
_TO_REVIEW = "goes to review, about 2 hours; not usable before"
_AGAIN = "goes back to review"
_SUCCESSOR = "a successor with a new id goes to review; the current object keeps working"
_REFUSED = "the reviewer refused it; edit the manifest to resubmit"
_STRANGE = "the API reports a review code that smsops does not know; look at the console"
_NOTE_HELD = "only a note differs and an approved object cannot be modified"
_HELD_UNTIL = "applied at the next replacement, or edit it in the console"

# fmt: off

#: The plain rows of an address whose manifest is new, or gone.
NEW = Decision(_A.CREATE, "declared, does not exist yet", _TO_REVIEW)
REMOVED = Decision(_A.DELETE, "no longer declared", "deleted at Tencent Cloud; another review is needed to get it back")

#: Presence: (manifest declares it, state records it, sighting) -> what to do.
#: ``None``: the object is there, REVIEW decides. Nothing declared and nothing recorded is not a
#: row of a plan: such an object is unmanaged, reported, never touched.
PRESENCE: Mapping[tuple[bool, bool, Presence], Decision | None] = {
    (True, False, Presence.ABSENT):    NEW,
    (True, False, Presence.EXACT):     Decision(_A.ADOPT, "exists exactly as declared, not managed yet", "its id is recorded, nothing is written to the API"),
    (True, False, Presence.AMBIGUOUS): Decision(_A.BLOCKED, "objects that may be this one exist"),
    (True, True, Presence.THERE):      None,
    (True, True, Presence.ABSENT):     Decision(_A.CREATE, "was deleted outside smsops", _TO_REVIEW),
    (True, True, Presence.EXACT):      Decision(_A.ADOPT, "was deleted outside smsops, and another exists exactly as declared", "its id is recorded, nothing is written to the API"),
    (True, True, Presence.AMBIGUOUS):  Decision(_A.BLOCKED, "was deleted outside smsops, and objects that may replace it exist"),
    (True, True, Presence.YOUNG):      Decision(_A.WAIT, "submitted less than 10 minutes ago and not listed yet, or already gone: a later plan can tell"),
    (True, True, Presence.UNREAD):     Decision(_A.BLOCKED, "could not be read; run the command again"),
    (False, True, Presence.THERE):     REMOVED,
    (False, True, Presence.ABSENT):    Decision(_A.FORGET, "no longer declared, and already gone"),
    (False, True, Presence.YOUNG):     Decision(_A.WAIT, "submitted less than 10 minutes ago and not listed yet, or already gone: a later plan can tell"),
    (False, True, Presence.UNREAD):    Decision(_A.BLOCKED, "could not be read; run the command again"),
}

#: The same for records that no manifest ever declared: bound by import, adopt, resolve or a move.
BOUND: Mapping[Presence, Decision] = {
    Presence.THERE:  Decision(_A.NOOP, "bound, not declared", "nothing happens to it until a manifest declares it: write one (`smsops state show {address}` has its texts), or let it go with `smsops state rm {address}`"),
    Presence.ABSENT: Decision(_A.FORGET, "bound, not declared, and already gone"),
    Presence.YOUNG:  Decision(_A.WAIT, "bound, not declared; not listed yet, or already gone: a later plan can tell"),
    Presence.UNREAD: Decision(_A.BLOCKED, "could not be read; run the command again"),
}
#: A manifest that describes an object which another address has not let go yet.
USED_ELSEWHERE = Decision(_A.WAIT, "{holder} still uses just this object (id {id})", "adopted from there as soon as it is superseded; `smsops apply --replace {holder}` submits its replacement if nothing else does")

#: Review: (standing of the current object, what changed) -> what to do.
REVIEW: Mapping[tuple[Standing, Delta], Decision] = {
    (Standing.ACTIVE, Delta.NOTHING):     Decision(_A.NOOP, "as declared"),
    (Standing.ACTIVE, Delta.NOTE):        Decision(_A.HELD, _NOTE_HELD, _HELD_UNTIL),
    (Standing.ACTIVE, Delta.CONTENT):     Decision(_A.REPLACE, "an approved object cannot be modified", _SUCCESSOR),
    (Standing.ACTIVE, Delta.IDENTITY):    Decision(_A.REPLACE, "a field that can never change differs", _SUCCESSOR),
    (Standing.APPROVED, Delta.NOTHING):   Decision(_A.WAIT, "approved, not yet in effect"),
    (Standing.APPROVED, Delta.NOTE):      Decision(_A.HELD, _NOTE_HELD, _HELD_UNTIL),
    (Standing.APPROVED, Delta.CONTENT):   Decision(_A.REPLACE, "an approved object cannot be modified", _SUCCESSOR),
    (Standing.APPROVED, Delta.IDENTITY):  Decision(_A.REPLACE, "a field that can never change differs", _SUCCESSOR),
    (Standing.IN_REVIEW, Delta.NOTHING):  Decision(_A.WAIT, "in review"),
    (Standing.IN_REVIEW, Delta.NOTE):     Decision(_A.UPDATE, "still in review, can be amended", _AGAIN),
    (Standing.IN_REVIEW, Delta.CONTENT):  Decision(_A.UPDATE, "still in review, can be amended", _AGAIN),
    (Standing.IN_REVIEW, Delta.IDENTITY): Decision(_A.REPLACE, "a field that can never change differs", _SUCCESSOR),
    (Standing.REJECTED, Delta.NOTHING):   Decision(_A.BLOCKED, _REFUSED),
    (Standing.REJECTED, Delta.NOTE):      Decision(_A.UPDATE, "was rejected; the edit resubmits it", _AGAIN),
    (Standing.REJECTED, Delta.CONTENT):   Decision(_A.UPDATE, "was rejected; the edit resubmits it", _AGAIN),
    (Standing.REJECTED, Delta.IDENTITY):  Decision(_A.REPLACE, "a field that can never change differs", _SUCCESSOR),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTHING):  Decision(_A.BLOCKED, "was active and is not any more (rejected, or its carrier filing is incomplete): complete the filing in the console, or edit the manifest to submit a successor"),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTE):     Decision(_A.UPDATE, "was rejected; the edit resubmits it", _AGAIN),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.CONTENT):  Decision(_A.REPLACE, "was approved once and cannot be modified", _SUCCESSOR),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.IDENTITY): Decision(_A.REPLACE, "a field that can never change differs", _SUCCESSOR),
    (Standing.UNKNOWN, Delta.NOTHING):    Decision(_A.BLOCKED, _STRANGE),
    (Standing.UNKNOWN, Delta.NOTE):       Decision(_A.BLOCKED, _STRANGE),
    (Standing.UNKNOWN, Delta.CONTENT):    Decision(_A.BLOCKED, _STRANGE),
    (Standing.UNKNOWN, Delta.IDENTITY):   Decision(_A.BLOCKED, _STRANGE),
}

#: ``--replace ADDR``: a replacement although nothing differs, or only a note does.
REPLACE_ASKED: Mapping[Standing, Decision] = {
    Standing.ACTIVE:               Decision(_A.REPLACE, "a replacement was asked for", _SUCCESSOR),
    Standing.APPROVED:             Decision(_A.REPLACE, "a replacement was asked for", _SUCCESSOR),
    Standing.REJECTED:             Decision(_A.REPLACE, "a replacement was asked for", _SUCCESSOR),
    Standing.REJECTED_ONCE_ACTIVE: Decision(_A.REPLACE, "a replacement was asked for", _SUCCESSOR),
}

_RESUBMIT = "the successor is deleted and a new one goes to review; the current object keeps working"

#: Successor: (standing of the successor, how it differs from the manifest) -> what to do. An active
#: one while the current object is not active is in ONLY_ACTIVE.
SUCCESSOR: Mapping[tuple[Standing, Delta], Decision] = {
    (Standing.ACTIVE, Delta.NOTHING):     Decision(_A.PROMOTE, "the successor is active", "outputs switch to its id; the superseded object is retired later"),
    (Standing.ACTIVE, Delta.NOTE):        Decision(_A.PROMOTE, "the successor is active (the note is held)", "outputs switch to its id; the superseded object is retired later"),
    (Standing.ACTIVE, Delta.CONTENT):     Decision(_A.REPLACE, "the manifest changed after the successor was approved", _RESUBMIT),
    (Standing.ACTIVE, Delta.IDENTITY):    Decision(_A.REPLACE, "a field that can never change differs", _RESUBMIT),
    (Standing.APPROVED, Delta.NOTHING):   Decision(_A.WAIT, "the successor is approved, not yet in effect"),
    (Standing.APPROVED, Delta.NOTE):      Decision(_A.WAIT, "the successor is approved, not yet in effect (the note is held)"),
    (Standing.APPROVED, Delta.CONTENT):   Decision(_A.REPLACE, "the manifest changed after the successor was approved", _RESUBMIT),
    (Standing.APPROVED, Delta.IDENTITY):  Decision(_A.REPLACE, "a field that can never change differs", _RESUBMIT),
    (Standing.IN_REVIEW, Delta.NOTHING):  Decision(_A.WAIT, "the successor is in review"),
    (Standing.IN_REVIEW, Delta.NOTE):     Decision(_A.UPDATE, "the successor is still in review, can be amended", _AGAIN),
    (Standing.IN_REVIEW, Delta.CONTENT):  Decision(_A.UPDATE, "the successor is still in review, can be amended", _AGAIN),
    (Standing.IN_REVIEW, Delta.IDENTITY): Decision(_A.REPLACE, "a field that can never change differs", _RESUBMIT),
    (Standing.REJECTED, Delta.NOTHING):   Decision(_A.BLOCKED, "the reviewer refused the successor; edit the manifest to resubmit, or revert it to drop the successor"),
    (Standing.REJECTED, Delta.NOTE):      Decision(_A.UPDATE, "the successor was rejected; the edit resubmits it", _AGAIN),
    (Standing.REJECTED, Delta.CONTENT):   Decision(_A.UPDATE, "the successor was rejected; the edit resubmits it", _AGAIN),
    (Standing.REJECTED, Delta.IDENTITY):  Decision(_A.REPLACE, "a field that can never change differs", _RESUBMIT),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTHING):  Decision(_A.BLOCKED, "the successor was active and is not any more (rejected, or its carrier filing is incomplete): complete the filing in the console, edit the manifest to submit another, or revert it to drop the successor"),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.NOTE):     Decision(_A.UPDATE, "the successor was rejected; the edit resubmits it", _AGAIN),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.CONTENT):  Decision(_A.REPLACE, "the successor was approved once and cannot be modified", _RESUBMIT),
    (Standing.REJECTED_ONCE_ACTIVE, Delta.IDENTITY): Decision(_A.REPLACE, "a field that can never change differs", _RESUBMIT),
    (Standing.GONE, Delta.NOTHING):       Decision(_A.REPLACE, "the successor was deleted outside smsops", _SUCCESSOR),
    (Standing.GONE, Delta.NOTE):          Decision(_A.REPLACE, "the successor was deleted outside smsops", _SUCCESSOR),
    (Standing.GONE, Delta.CONTENT):       Decision(_A.REPLACE, "the successor was deleted outside smsops", _SUCCESSOR),
    (Standing.GONE, Delta.IDENTITY):      Decision(_A.REPLACE, "the successor was deleted outside smsops", _SUCCESSOR),
    (Standing.UNKNOWN, Delta.NOTHING):    Decision(_A.BLOCKED, _STRANGE),
    (Standing.UNKNOWN, Delta.NOTE):       Decision(_A.BLOCKED, _STRANGE),
    (Standing.UNKNOWN, Delta.CONTENT):    Decision(_A.BLOCKED, _STRANGE),
    (Standing.UNKNOWN, Delta.IDENTITY):   Decision(_A.BLOCKED, _STRANGE),
}

#: An active successor while the current object is not active: how it differs from the manifest.
ONLY_ACTIVE: Mapping[Delta, Decision] = {
    Delta.NOTHING:  Decision(_A.PROMOTE, "the successor is active and the current object is not", "outputs switch to its id"),
    Delta.NOTE:     Decision(_A.PROMOTE, "the successor is active and the current object is not (the note is held)", "outputs switch to its id"),
    Delta.CONTENT:  Decision(_A.PROMOTE, "the successor is active and the current object is not", "outputs switch to its id; the next plan replaces it"),
    Delta.IDENTITY: Decision(_A.PROMOTE, "the successor is active and the current object is not", "outputs switch to its id; the next plan replaces it"),
}

#: A successor that is not there but may still turn up is no successor yet, nor is it gone.
SUCCESSOR_UNSEEN: Mapping[Presence, Decision] = {
    Presence.YOUNG:  Decision(_A.WAIT, "the successor was submitted less than 10 minutes ago and is not listed yet, or already gone: a later plan can tell"),
    Presence.UNREAD: Decision(_A.BLOCKED, "the successor could not be read; run the command again"),
}

#: Retiring: (sighting of a superseded object, current object active, retireAfter over) -> what.
RETIRING: Mapping[tuple[Presence, bool, bool], Decision] = {
    (Presence.THERE, True, True):    Decision(_A.RETIRE, "superseded, and retireAfter is over", "deleted at Tencent Cloud"),
    (Presence.THERE, True, False):   Decision(_A.WAIT, "superseded, kept until retireAfter is over"),
    (Presence.THERE, False, True):   Decision(_A.WAIT, "superseded, kept while the current object is not active"),
    (Presence.THERE, False, False):  Decision(_A.WAIT, "superseded, kept until retireAfter is over"),
    (Presence.ABSENT, True, True):   Decision(_A.FORGET, "superseded, and already gone"),
    (Presence.ABSENT, True, False):  Decision(_A.FORGET, "superseded, and already gone"),
    (Presence.ABSENT, False, True):  Decision(_A.FORGET, "superseded, and already gone"),
    (Presence.ABSENT, False, False): Decision(_A.FORGET, "superseded, and already gone"),
    (Presence.YOUNG, True, True):    Decision(_A.WAIT, "superseded, not listed at the moment"),
    (Presence.YOUNG, True, False):   Decision(_A.WAIT, "superseded, not listed at the moment"),
    (Presence.YOUNG, False, True):   Decision(_A.WAIT, "superseded, not listed at the moment"),
    (Presence.YOUNG, False, False):  Decision(_A.WAIT, "superseded, not listed at the moment"),
    (Presence.UNREAD, True, True):   Decision(_A.BLOCKED, "superseded; could not be read, run the command again"),
    (Presence.UNREAD, True, False):  Decision(_A.BLOCKED, "superseded; could not be read, run the command again"),
    (Presence.UNREAD, False, True):  Decision(_A.BLOCKED, "superseded; could not be read, run the command again"),
    (Presence.UNREAD, False, False): Decision(_A.BLOCKED, "superseded; could not be read, run the command again"),
}

#: Decided before the successor table, in this order.
ROLLBACK = Decision(_A.PROMOTE, "the manifest equals an object that is still retiring", "outputs switch back to its id, no write call; the object it replaces starts retiring")
ABANDON = Decision(_A.ABANDON, "the manifest equals the current object again", "the successor is deleted; the current object keeps working")
BOTH_GONE = Decision(_A.FORGET, "the successor was deleted outside smsops, and so was the current object")
CURRENT_GONE = Decision(_A.PROMOTE, "the current object was deleted outside smsops, its successor is there", "outputs switch to its id")

#: A replacement whose successor already exists, unrecorded.
SUCCESSOR_FOUND: Mapping[Presence, Decision | None] = {
    Presence.ABSENT:    None,
    Presence.EXACT:     Decision(_A.ADOPT, "a successor exists exactly as declared", "its id is recorded as successor, nothing is written to the API"),
    Presence.AMBIGUOUS: Decision(_A.BLOCKED, "objects that may be the successor exist"),
}
#: The same, while another successor is recorded: that one goes first.
SUCCESSOR_IN_THE_WAY = Decision(_A.ABANDON, "an object exactly as declared exists; the recorded successor goes first", "the successor is deleted; the next apply adopts the other object")

#: What an open intent means: nothing is lost, and nothing is known yet.
INTENT_CONSEQUENCE: Mapping[bool, str] = {
    True:  "another run is at work, or one was interrupted before the answer to its Add came",
    False: "an Add got no answer and this kind cannot be listed: look in the console, then `smsops state resolve {address} --adopt ID` or --abandon",
}
#: The same, when something is there that it may have made: (surely this, a manifest declares it)
#: -> what then.
INTENT_MADE: Mapping[tuple[bool, bool], str] = {
    (True, True):   "id {ids} is what it made, and is recorded then",
    (True, False):  "id {ids} is what it made, and is recorded then; no manifest declares it, so a later apply deletes it",
    (False, True):  "id {ids} may be what it made: if apply cannot tell, `smsops state resolve {address} --adopt ID` or --abandon",
    (False, False): "id {ids} may be what it made: if apply cannot tell, `smsops state resolve {address} --adopt ID` or --abandon",
}
#: What was recorded by this very run is not deleted by it: nobody has seen it yet.
RECOVERED = Decision(_A.WAIT, "no longer declared; recorded just now as what an interrupted run made", "the next apply deletes it")
#: What an Add adds of a kind that cannot be listed.
UNSEEN = "whether there is one already could not be seen"

#: Moves: how a record and a manifest of two addresses belong together -> what holds both rows back;
#: ``None``: the record moves.
MOVES: Mapping[Link, Guard | None] = {
    Link.EXACT:      None,
    Link.NEAR:       None,
    Link.OTHER_TYPE: Guard.RENAME_OTHER_TYPE,
    Link.UNCLEAR:    Guard.RENAME_UNCLEAR,
}
#: The rows of a move: of the new address, when its tables ask for nothing that acts, and of the old.
RENAME_NEW = Decision(_A.ADOPT, "renamed in the manifests", "the id moves to this address, nothing is written to the API")
RENAME_OLD = Decision(_A.FORGET, "renamed in the manifests")
#: A removed and a new manifest in one file that have nothing else in common.
MAY_BE_RENAMED = "if {new} is {old} renamed, run `smsops state mv {old} {new}` first: it keeps the object until its replacement is active"
#: The same for a single object that its address has let go.
TAKEN_NEW = Decision(_A.ADOPT, "exists exactly as declared, and its address has let it go", "the id moves to this address, nothing is written to the API")
TAKEN_OLD = Decision(_A.FORGET, "another manifest declares it now")

#: Promotions that would break callers, or that somebody wants to do by hand.
HOLDS: Mapping[Hold, str] = {
    Hold.PARAMETERS: "held: parameters {before} -> {after}, callers with {before} fail from that moment on",
    Hold.MANUAL:     "held: lifecycle.promote is manual",
}
#: The same, while the successor is only submitted.
WILL_BE_HELD = "its promotion will be {why}; then `smsops apply --promote {address}`"
HOLD_CONSEQUENCE = "once callers are ready: `smsops apply --promote {address}`"

#: Deletions of active objects that somebody still needs.
KEPT: Mapping[Need, Decision] = {
    Need.REPLACEMENT: Decision(_A.WAIT, "{reason}; kept until {other} is active, which is alike, and deleted then", "if it is meant to go now: `smsops apply --not-renamed {address}`"),
    Need.STAND_IN:    Decision(_A.WAIT, "{reason}; kept until {other} is active, so that a {kind} is left to send with"),
}

#: Guards turn a step into a blocked one. The reason says how to go on.
GUARDS: Mapping[Guard, str] = {
    Guard.PROTECTED:        "{reason}, but protected: `smsops state unprotect {address}` first, or keep the manifest",
    Guard.TOO_MANY_DELETES: "{reason}, but this plan has {count} to delete and policy.maxDeletes is {limit}: `smsops apply --max-deletes {count}` if that is right",
    Guard.ALL_GONE:         "{reason}; every recorded object is gone at once, which looks like another account or an outage: `smsops apply --allow-recreate` if it is right",
    Guard.UNLISTED:         "{reason}; but {kind}s cannot be listed and the state records none, so it may exist already: `smsops import {address} ID`, or `smsops apply --allow-unlisted`",
    Guard.UNSTABLE:         "{reason}; but the account kept changing while {kind}s were listed, so it may exist already: run the command again",
    Guard.SERVED:           "{reason}; but {holder} has that object (id {id}, filed under both values of {partition}), and an id belongs to one address: keep one of the two manifests, or give this one another {label}",
    Guard.NAME_HELD:        "{reason}; but {holder} holds that name (id {id}): give that one another name first; if two manifests only changed places, `smsops state mv` moves their records",
    Guard.NO_PREREQUISITE:  "{reason}; but no {before} exists, and Tencent Cloud refuses {kind}s until one does: {advice}",
    Guard.INTENT_OPEN:      "recovery due, apply resolves it",
    Guard.RENAME_SPLIT:     "{reason}; but it moves together with {others}, which --target leaves out: target them all",
    Guard.RENAME_UNCLEAR:   "{reason}; but {declared} may be {removed} renamed: say so with {first}`smsops state mv {old} {new}`, or that it is meant to go with `smsops apply --not-renamed {old}`",
    Guard.RENAME_OTHER_TYPE: "{reason}; but {new} is {old} renamed with another {fields}: {first}`smsops state mv {old} {new}` keeps it until its replacement is active, `smsops apply --not-renamed {old}` deletes it and creates another",
    Guard.KIND_EMPTY:       "{reason}, but no manifest declares a {kind} any more, and {count} are recorded: is a directory missing? `smsops apply --allow-empty` if that is right",
    Guard.DIRECTORY_EMPTY:  "{reason}, but no manifest is left in {directory}, which held {count}: was it not fetched, or not generated? `smsops apply --allow-empty` if that is right",
    Guard.OLDER_COMMIT:     "{reason}, but a newer commit ({newest}) was applied already and this one is {head}: check out the newest, or `smsops apply --allow-older-commit`",
    Guard.COMMIT_UNKNOWN:   "{reason}, but a commit ({newest}) was applied before, and git cannot tell whether this one is older: {why}; or `smsops apply --allow-older-commit`",
    Guard.LAST_PREREQUISITE: "{reason}, but it is the last active {kind} and {other} needs one: declare another {kind} and wait until it is active, or remove the {dependent}s first",
    Guard.SAME_NAME:        "{reason}; but Tencent Cloud refuses a second {kind} of the same name: give it another name",
}
# fmt: on
