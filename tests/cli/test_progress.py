"""The lines of an apply as it goes: each names what it acts on."""

from __future__ import annotations

import pytest

from smsops.cli.progress import ended, started
from smsops.errors import SmsopsError
from smsops.model import Action, Address, Step
from smsops.model.outcome import Result, Status
from smsops.text.messages import T

LOGIN = Address("template", "login")


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Action.CREATE, "creating template.login ..."),
        (Action.UPDATE, "updating template.login ..."),
        (Action.REPLACE, "submitting a successor of template.login ..."),
        (Action.DELETE, "deleting template.login (id 1110) ..."),
        (Action.RETIRE, "retiring template.login (id 1110) ..."),
        (Action.ABANDON, "abandoning the successor of template.login (id 1110) ..."),
    ],
)
def test_a_start_names_the_id_where_an_address_may_have_several(action: Action, line: str) -> None:
    assert str(started(Step(LOGIN, action, T(""), remote_id=1110))) == line


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Action.CREATE, "template.login: created (id 1111)"),
        (Action.REPLACE, "template.login: successor submitted (id 1111)"),
        (Action.DELETE, "template.login: deleted (id 1111)"),
    ],
)
def test_an_end_names_the_id_that_it_is_about(action: Action, line: str) -> None:
    step = Step(LOGIN, action, T(""), remote_id=1110)
    assert str(ended(step, Result(step, Status.DONE, 1111))) == line


def test_a_failure_says_what_failed() -> None:
    step = Step(LOGIN, Action.DELETE, T(""), remote_id=1110)
    failed = Result(step, Status.FAILED, 1110, SmsopsError("no"))
    assert str(ended(step, failed)) == "template.login: delete failed"
