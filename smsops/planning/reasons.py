"""Reasons of steps: stable codes and the words of each. Pure.

A code never changes its meaning and is never used again for another one; words may change at any
time. Saved plans compare codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smsops.text.messages import T, Text


class Reason(StrEnum):
    """Why a step is what it is."""

    NEW = "new"
    REMOVED = "removed"
    EXISTS_AS_DECLARED = "exists_as_declared"
    CANDIDATES_EXIST = "candidates_exist"
    DELETED_ELSEWHERE = "deleted_elsewhere"
    DELETED_ELSEWHERE_OTHER_EXISTS = "deleted_elsewhere_other_exists"
    DELETED_ELSEWHERE_CANDIDATES_EXIST = "deleted_elsewhere_candidates_exist"
    NOT_LISTED_YET = "not_listed_yet"
    UNREAD = "unread"
    REMOVED_ALREADY_GONE = "removed_already_gone"
    BOUND = "bound"
    BOUND_ALREADY_GONE = "bound_already_gone"
    BOUND_NOT_LISTED_YET = "bound_not_listed_yet"
    USED_ELSEWHERE = "used_elsewhere"
    AS_DECLARED = "as_declared"
    NOTE_DIFFERS = "note_differs"
    APPROVED_DIFFERS = "approved_differs"
    IDENTITY_DIFFERS = "identity_differs"
    APPROVED = "approved"
    IN_REVIEW = "in_review"
    IN_REVIEW_DIFFERS = "in_review_differs"
    REJECTED = "rejected"
    REJECTED_DIFFERS = "rejected_differs"
    NOT_ACTIVE_ANY_MORE = "not_active_any_more"
    ONCE_APPROVED_DIFFERS = "once_approved_differs"
    REVIEW_UNKNOWN = "review_unknown"
    REPLACEMENT_ASKED = "replacement_asked"
    SUCCESSOR_ACTIVE = "successor_active"
    SUCCESSOR_ACTIVE_NOTE_DIFFERS = "successor_active_note_differs"
    SUCCESSOR_APPROVED_DIFFERS = "successor_approved_differs"
    SUCCESSOR_APPROVED = "successor_approved"
    SUCCESSOR_APPROVED_NOTE_DIFFERS = "successor_approved_note_differs"
    SUCCESSOR_IN_REVIEW = "successor_in_review"
    SUCCESSOR_IN_REVIEW_DIFFERS = "successor_in_review_differs"
    SUCCESSOR_REJECTED = "successor_rejected"
    SUCCESSOR_REJECTED_DIFFERS = "successor_rejected_differs"
    SUCCESSOR_NOT_ACTIVE_ANY_MORE = "successor_not_active_any_more"
    SUCCESSOR_ONCE_APPROVED_DIFFERS = "successor_once_approved_differs"
    SUCCESSOR_DELETED_ELSEWHERE = "successor_deleted_elsewhere"
    ONLY_SUCCESSOR_ACTIVE = "only_successor_active"
    ONLY_SUCCESSOR_ACTIVE_NOTE_DIFFERS = "only_successor_active_note_differs"
    SUCCESSOR_NOT_LISTED_YET = "successor_not_listed_yet"
    SUCCESSOR_UNREAD = "successor_unread"
    RETIRE_AFTER_OVER = "retire_after_over"
    RETIRE_AFTER_NOT_OVER = "retire_after_not_over"
    KEPT_WHILE_CURRENT_NOT_ACTIVE = "kept_while_current_not_active"
    SUPERSEDED_ALREADY_GONE = "superseded_already_gone"
    SUPERSEDED_NOT_LISTED = "superseded_not_listed"
    SUPERSEDED_UNREAD = "superseded_unread"
    EQUALS_RETIRING = "equals_retiring"
    EQUALS_CURRENT_AGAIN = "equals_current_again"
    BOTH_DELETED_ELSEWHERE = "both_deleted_elsewhere"
    CURRENT_DELETED_ELSEWHERE = "current_deleted_elsewhere"
    SUCCESSOR_EXISTS_AS_DECLARED = "successor_exists_as_declared"
    SUCCESSOR_CANDIDATES_EXIST = "successor_candidates_exist"
    OTHER_SUCCESSOR_EXISTS = "other_successor_exists"
    RECOVERY_DUE = "recovery_due"
    RECOVERED_JUST_NOW = "recovered_just_now"
    RENAMED = "renamed"
    LET_GO_ELSEWHERE = "let_go_elsewhere"
    DECLARED_ELSEWHERE = "declared_elsewhere"
    KEPT_UNTIL_REPLACEMENT_ACTIVE = "kept_until_replacement_active"
    KEPT_UNTIL_STAND_IN_ACTIVE = "kept_until_stand_in_active"


# fmt: off
#: What each code says.
WORDS: Mapping[Reason, Text] = {
    Reason.NEW: T("declared, does not exist yet"),
    Reason.REMOVED: T("no longer declared"),
    Reason.EXISTS_AS_DECLARED: T("exists exactly as declared, not managed yet"),
    Reason.CANDIDATES_EXIST: T("objects that may be this one exist"),
    Reason.DELETED_ELSEWHERE: T("was deleted outside smsops"),
    Reason.DELETED_ELSEWHERE_OTHER_EXISTS: T("was deleted outside smsops, and another exists exactly as declared"),
    Reason.DELETED_ELSEWHERE_CANDIDATES_EXIST: T("was deleted outside smsops, and objects that may replace it exist"),
    Reason.NOT_LISTED_YET: T("submitted less than 10 minutes ago and not listed yet, or already gone: a later plan can tell"),
    Reason.UNREAD: T("could not be read; run the command again"),
    Reason.REMOVED_ALREADY_GONE: T("no longer declared, and already gone"),
    Reason.BOUND: T("bound, not declared"),
    Reason.BOUND_ALREADY_GONE: T("bound, not declared, and already gone"),
    Reason.BOUND_NOT_LISTED_YET: T("bound, not declared; not listed yet, or already gone: a later plan can tell"),
    Reason.USED_ELSEWHERE: T("{holder} still uses just this object (id {id})"),
    Reason.AS_DECLARED: T("as declared"),
    Reason.NOTE_DIFFERS: T("only a note differs and an approved object cannot be modified"),
    Reason.APPROVED_DIFFERS: T("an approved object cannot be modified"),
    Reason.IDENTITY_DIFFERS: T("a field that can never change differs"),
    Reason.APPROVED: T("approved, not yet in effect"),
    Reason.IN_REVIEW: T("in review"),
    Reason.IN_REVIEW_DIFFERS: T("still in review, can be amended"),
    Reason.REJECTED: T("the reviewer rejected it; edit the manifest to resubmit"),
    Reason.REJECTED_DIFFERS: T("was rejected; the edit resubmits it"),
    Reason.NOT_ACTIVE_ANY_MORE: T("was active and is not any more (rejected, or its carrier filing is incomplete): complete the filing in the console, or edit the manifest to submit a successor"),
    Reason.ONCE_APPROVED_DIFFERS: T("was approved once and cannot be modified"),
    Reason.REVIEW_UNKNOWN: T("the API reports a review code that smsops does not know; look at the console"),
    Reason.REPLACEMENT_ASKED: T("a replacement was asked for"),
    Reason.SUCCESSOR_ACTIVE: T("the successor is active"),
    Reason.SUCCESSOR_ACTIVE_NOTE_DIFFERS: T("the successor is active (the note is held)"),
    Reason.SUCCESSOR_APPROVED_DIFFERS: T("the manifest changed after the successor was approved"),
    Reason.SUCCESSOR_APPROVED: T("the successor is approved, not yet in effect"),
    Reason.SUCCESSOR_APPROVED_NOTE_DIFFERS: T("the successor is approved, not yet in effect (the note is held)"),
    Reason.SUCCESSOR_IN_REVIEW: T("the successor is in review"),
    Reason.SUCCESSOR_IN_REVIEW_DIFFERS: T("the successor is still in review, can be amended"),
    Reason.SUCCESSOR_REJECTED: T("the reviewer rejected the successor; edit the manifest to resubmit, or revert it to drop the successor"),
    Reason.SUCCESSOR_REJECTED_DIFFERS: T("the successor was rejected; the edit resubmits it"),
    Reason.SUCCESSOR_NOT_ACTIVE_ANY_MORE: T("the successor was active and is not any more (rejected, or its carrier filing is incomplete): complete the filing in the console, edit the manifest to submit another, or revert it to drop the successor"),
    Reason.SUCCESSOR_ONCE_APPROVED_DIFFERS: T("the successor was approved once and cannot be modified"),
    Reason.SUCCESSOR_DELETED_ELSEWHERE: T("the successor was deleted outside smsops"),
    Reason.ONLY_SUCCESSOR_ACTIVE: T("the successor is active and the current object is not"),
    Reason.ONLY_SUCCESSOR_ACTIVE_NOTE_DIFFERS: T("the successor is active and the current object is not (the note is held)"),
    Reason.SUCCESSOR_NOT_LISTED_YET: T("the successor was submitted less than 10 minutes ago and is not listed yet, or already gone: a later plan can tell"),
    Reason.SUCCESSOR_UNREAD: T("the successor could not be read; run the command again"),
    Reason.RETIRE_AFTER_OVER: T("superseded, and retireAfter is over"),
    Reason.RETIRE_AFTER_NOT_OVER: T("superseded, kept until retireAfter is over"),
    Reason.KEPT_WHILE_CURRENT_NOT_ACTIVE: T("superseded, kept while the current object is not active"),
    Reason.SUPERSEDED_ALREADY_GONE: T("superseded, and already gone"),
    Reason.SUPERSEDED_NOT_LISTED: T("superseded, not listed at the moment"),
    Reason.SUPERSEDED_UNREAD: T("superseded; could not be read, run the command again"),
    Reason.EQUALS_RETIRING: T("the manifest equals an object that is still retiring"),
    Reason.EQUALS_CURRENT_AGAIN: T("the manifest equals the current object again"),
    Reason.BOTH_DELETED_ELSEWHERE: T("the successor was deleted outside smsops, and so was the current object"),
    Reason.CURRENT_DELETED_ELSEWHERE: T("the current object was deleted outside smsops, its successor is there"),
    Reason.SUCCESSOR_EXISTS_AS_DECLARED: T("a successor exists exactly as declared"),
    Reason.SUCCESSOR_CANDIDATES_EXIST: T("objects that may be the successor exist"),
    Reason.OTHER_SUCCESSOR_EXISTS: T("an object exactly as declared exists; the recorded successor goes first"),
    Reason.RECOVERY_DUE: T("recovery due, apply resolves it"),
    Reason.RECOVERED_JUST_NOW: T("no longer declared; recorded just now as what an interrupted run made"),
    Reason.RENAMED: T("renamed in the manifests"),
    Reason.LET_GO_ELSEWHERE: T("exists exactly as declared, and its address has let it go"),
    Reason.DECLARED_ELSEWHERE: T("another manifest declares it now"),
    Reason.KEPT_UNTIL_REPLACEMENT_ACTIVE: T("{reason}; kept until {other} is active, which is alike, and deleted then"),
    Reason.KEPT_UNTIL_STAND_IN_ACTIVE: T("{reason}; kept until {other} is active, so that a {kind} is left to send with"),
}
# fmt: on
