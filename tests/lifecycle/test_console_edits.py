"""Texts that somebody edits in the console: a change and drift, whenever it happened."""

from __future__ import annotations

import pytest

from smsops.drift import DriftClass
from smsops.model import Action, DeleteLimit, PlanOptions
from tests.lab import ACTIVE, SOME_SIGN, Lab, template

WANTED = template("login", "您的验证码是{1}。")
EDITED = "您的密码是{1}。"
#: The same text in another form: half width, other white space around it.
RESPELLED = " 您的验证码是{1}｡\n"


@pytest.fixture
def lab() -> Lab:
    made = Lab()
    made.seed(SOME_SIGN)
    made.apply([WANTED])
    return made


def next_step(lab: Lab) -> Action:
    return lab.plan([WANTED]).steps[0].action


def config(lab: Lab) -> list[tuple[object, object]]:
    """What drift says of the text: recorded and observed."""
    found = lab.drift([WANTED]).of(DriftClass.CONFIG)
    return [(item.recorded, item.observed) for item in found if item.field == "content"]


def test_an_edit_while_in_review_is_a_change(lab: Lab) -> None:
    lab.rewrite(1110, EDITED)
    assert config(lab) == [(WANTED.spec["content"], EDITED)]
    assert next_step(lab) is Action.UPDATE
    lab.apply([WANTED])
    assert config(lab) == []
    assert next_step(lab) is Action.WAIT


def test_an_edit_together_with_the_approval_is_a_change(lab: Lab) -> None:
    """The spelling is due to be taken at that moment; this is no spelling."""
    lab.rewrite(1110, EDITED)
    lab.review(1110, ACTIVE)
    assert config(lab) == [(WANTED.spec["content"], EDITED)]
    assert next_step(lab) is Action.REPLACE


def test_an_edit_before_an_older_state_is_put_back_is_a_change(lab: Lab) -> None:
    """To that state the object has just become active."""
    before = lab.backend.body
    lab.review(1110, ACTIVE)
    lab.apply([WANTED])
    lab.rewrite(1110, EDITED)
    lab.backend.body = before
    assert config(lab) == [(WANTED.spec["content"], EDITED)]
    assert next_step(lab) is Action.REPLACE


def test_an_edit_that_no_apply_noticed_is_not_taken_over_by_the_next_one(lab: Lab) -> None:
    lab.rewrite(1110, EDITED)
    lab.review(1110, ACTIVE)
    # Nothing may be deleted in this run; what is seen is saved all the same.
    lab.apply([], PlanOptions(max_deletes=DeleteLimit(0, None)))
    review = lab.state.resources[WANTED.address].objects()[0].review
    assert review is not None
    assert review.code == ACTIVE
    assert config(lab) == [(WANTED.spec["content"], EDITED)]


@pytest.mark.parametrize("code", [ACTIVE, 2])
def test_another_spelling_at_the_end_of_the_review_is_neither(lab: Lab, code: int) -> None:
    lab.rewrite(1110, RESPELLED)
    lab.review(1110, code)
    assert config(lab) == []
    assert next_step(lab) in (Action.NOOP, Action.WAIT)
    lab.apply([WANTED])
    assert config(lab) == []
    lab.rewrite(1110, EDITED)
    assert config(lab) == [(RESPELLED, EDITED)], "the spelling was taken, and stays"
