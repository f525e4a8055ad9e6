"""Review codes of the SMS API, which its resources share.

API document, data structures: StatusCode of DescribeSignListStatus and DescribeTemplateListStatus.
"""

from __future__ import annotations

from collections.abc import Mapping

from smsops.model import Review, ReviewState

REVIEWS: Mapping[int, ReviewState] = {
    0: ReviewState.ACTIVE,
    1: ReviewState.IN_REVIEW,
    2: ReviewState.APPROVED,
    -1: ReviewState.REJECTED,
}


def review_of(code: int, reply: str = "") -> Review:
    """The review that a code of this API stands for."""
    return Review(code, reply, REVIEWS.get(code, ReviewState.UNKNOWN))
