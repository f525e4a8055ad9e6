"""What an approved plan and a fresh one both hold: everything but words, and no half of a chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.errors import StalePlan
from smsops.kinds.reviews import review_of
from smsops.model import Action, Address, Plan, Step
from smsops.planfile.agreement import confirm
from smsops.text.messages import T

A, B, C = (Address("template", name) for name in "abc")
MOVE = Step(B, Action.ADOPT, T("renamed"), 1, reason_code="renamed", moved_from=A)


def plan(*steps: Step) -> Plan:
    return Plan("100000000001", "ap-guangzhou", True, steps)


def test_words_are_compared_by_nothing() -> None:
    reworded = replace(MOVE, reason=T("said in another way"), consequence=T("and so on"))
    assert confirm(plan(MOVE), plan(reworded)).steps == (reworded,)


def test_what_a_reviewer_says_now_is_no_veto() -> None:
    update = Step(A, Action.UPDATE, T("edited"), 1, review_of(-1, "no"), reason_code="edited")
    later = replace(update, review=review_of(-1, "no, and here is why"))
    assert confirm(plan(update), plan(later)).steps == (later,)
    with pytest.raises(StalePlan, match=r"changed: smsops\.review\.code"):
        confirm(plan(update), plan(replace(update, review=review_of(1))))


def test_another_reason_is_a_veto() -> None:
    with pytest.raises(StalePlan, match=r"changed: smsops\.reason_code"):
        confirm(plan(MOVE), plan(replace(MOVE, reason_code="let_go_elsewhere")))


def test_half_of_a_chain_of_moves_is_not_run() -> None:
    """The record that B takes would be lost if C did not take that of B."""
    chained = Step(C, Action.ADOPT, T("renamed"), 2, reason_code="renamed", moved_from=B)
    with pytest.raises(StalePlan, match=r"template\.c: moves together with template\.b now"):
        confirm(plan(MOVE), plan(MOVE, chained))


def test_a_new_step_beside_a_move_is_left_out() -> None:
    other = Step(C, Action.CREATE, T("new"), reason_code="new")
    agreed = confirm(plan(MOVE), plan(MOVE, other))
    assert (agreed.steps, agreed.new) == ((MOVE,), (other,))
