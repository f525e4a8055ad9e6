"""Texts that somebody edits in the console: a change and drift, whenever it happened."""

from __future__ import annotations

import pytest

from smsops.drift import DriftClass
from smsops.model import Action, DeleteLimit, PlanOptions
from tests.support.applying import ACTIVE, SOME_SIGN, Harness, template

WANTED = template("login", "您的验证码是{1}。")
EDITED = "您的密码是{1}。"
#: The same text in another form: half width, other white space around it.
RESPELLED = " 您的验证码是{1}｡\n"


@pytest.fixture
def harness() -> Harness:
    made = Harness()
    made.seed(SOME_SIGN)
    made.apply([WANTED])
    return made


def next_step(harness: Harness) -> Action:
    return harness.plan([WANTED]).steps[0].action


def config(harness: Harness) -> list[tuple[object, object]]:
    """What drift says of the text: recorded and observed."""
    found = harness.drift([WANTED]).of(DriftClass.CONFIG)
    return [(item.recorded, item.observed) for item in found if item.field == "content"]


def test_an_edit_while_in_review_is_a_change(harness: Harness) -> None:
    harness.rewrite(1110, EDITED)
    assert config(harness) == [(WANTED.spec["content"], EDITED)]
    assert next_step(harness) is Action.UPDATE
    harness.apply([WANTED])
    assert config(harness) == []
    assert next_step(harness) is Action.WAIT


def test_an_edit_together_with_the_approval_is_a_change(harness: Harness) -> None:
    """The spelling is due to be taken at that moment; this is no spelling."""
    harness.rewrite(1110, EDITED)
    harness.review(1110, ACTIVE)
    assert config(harness) == [(WANTED.spec["content"], EDITED)]
    assert next_step(harness) is Action.REPLACE


def test_an_edit_before_an_older_state_is_put_back_is_a_change(harness: Harness) -> None:
    """To that state the object has just become active."""
    before = harness.backend.body
    harness.review(1110, ACTIVE)
    harness.apply([WANTED])
    harness.rewrite(1110, EDITED)
    harness.backend.body = before
    assert config(harness) == [(WANTED.spec["content"], EDITED)]
    assert next_step(harness) is Action.REPLACE


def test_an_edit_that_no_apply_noticed_is_not_taken_over_by_the_next_one(harness: Harness) -> None:
    harness.rewrite(1110, EDITED)
    harness.review(1110, ACTIVE)
    # Nothing may be deleted in this run; what is seen is saved all the same.
    harness.apply([], PlanOptions(max_deletes=DeleteLimit(0, None)))
    review = harness.state.resources[WANTED.address].objects()[0].review
    assert review is not None
    assert review.code == ACTIVE
    assert config(harness) == [(WANTED.spec["content"], EDITED)]


@pytest.mark.parametrize("code", [ACTIVE, 2])
def test_another_spelling_at_the_end_of_the_review_is_neither(harness: Harness, code: int) -> None:
    harness.rewrite(1110, RESPELLED)
    harness.review(1110, code)
    assert config(harness) == []
    assert next_step(harness) in (Action.NOOP, Action.WAIT)
    harness.apply([WANTED])
    assert config(harness) == []
    harness.rewrite(1110, EDITED)
    assert config(harness) == [(RESPELLED, EDITED)], "the spelling was taken, and stays"
