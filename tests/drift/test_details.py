"""Codes of drift details: each has words, and none goes away."""

from __future__ import annotations

from smsops.drift import NextAction
from smsops.drift.details import WORDS, Detail
from smsops.render.drift import advice

#: What programs may rely on: codes that were released. One may be added, none may go.
RELEASED = frozenset(
    [
        "field_differs",
        "review_worse",
        "reply_changed",
        "qualification_not_approved",
        "missing",
        "successor_missing",
        "superseded_missing",
        "unmanaged",
        "spelling_not_read",
        "assumed",
        "never_submitted",
        "last_submitted",
        "share_missed",
        "packages_missed",
        "not_delivered",
    ]
)


def test_no_released_code_goes_away() -> None:
    assert set(Detail) == RELEASED, "add new codes to the list; never take one out"


def test_every_code_has_words_of_its_own() -> None:
    assert list(WORDS) == list(Detail)
    assert len({text.template for text in WORDS.values()}) == len(Detail)


def test_everything_that_is_next_has_words_whose_commands_are_values() -> None:
    assert set(advice.WORDS) == set(NextAction)
    assert [text for text in advice.WORDS.values() if "`smsops " in text.template] == []
