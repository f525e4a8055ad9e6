"""Details of drift findings: stable codes and the words of each. Pure.

A code never changes its meaning and is never used again for another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smsops.text.messages import T, Text


class Detail(StrEnum):
    """What exactly a finding found."""

    FIELD_DIFFERS = "field_differs"
    REVIEW_WORSE = "review_worse"
    REPLY_CHANGED = "reply_changed"
    QUALIFICATION_NOT_APPROVED = "qualification_not_approved"
    MISSING = "missing"
    SUCCESSOR_MISSING = "successor_missing"
    SUPERSEDED_MISSING = "superseded_missing"
    SHARE_MISSED = "share_missed"
    PACKAGES_MISSED = "packages_missed"
    NOT_DELIVERED = "not_delivered"
    UNMANAGED = "unmanaged"
    SPELLING_NOT_READ = "spelling_not_read"
    ASSUMED = "assumed"
    NEVER_SUBMITTED = "never_submitted"
    LAST_SUBMITTED = "last_submitted"


# fmt: off
#: What each code says.
WORDS: Mapping[Detail, Text] = {
    Detail.FIELD_DIFFERS: T("{field} differs from what was last accepted"),
    Detail.REVIEW_WORSE: T("was {before}, is {after}"),
    Detail.REPLY_CHANGED: T("the reviewer's reply changed, the review is {after}"),
    Detail.QUALIFICATION_NOT_APPROVED: T("qualification {id}{name} is {status}"),
    Detail.MISSING: T("not in the listing, and not found by its id"),
    Detail.SUCCESSOR_MISSING: T("the successor; not in the listing, and not found by its id"),
    Detail.SUPERSEDED_MISSING: T("superseded; not in the listing, and not found by its id"),
    Detail.SHARE_MISSED: T("accepted in the last {hours} h: {count}"),
    Detail.PACKAGES_MISSED: T("in the packages that have not expired"),
    Detail.NOT_DELIVERED: T("did not arrive: {probes}"),
    Detail.UNMANAGED: T("{review}; export calls it {address}"),
    Detail.SPELLING_NOT_READ: T("its spelling was never read back; the next apply takes it"),
    Detail.ASSUMED: T("never submitted by smsops; assumed to be as declared"),
    Detail.NEVER_SUBMITTED: T("never submitted by smsops"),
    Detail.LAST_SUBMITTED: T("last submitted {moment}"),
}
# fmt: on
#: What the reviewer says about an object whose review got worse.
REVIEWER_SAYS = T("the reviewer says: {reply}")
#: When something was submitted at a moment that nobody recorded.
UNKNOWN_TIME = T("at an unknown time")
#: The words of reviews, and the code of one that smsops does not know.
REVIEW_CODE = T("review code {code}")
