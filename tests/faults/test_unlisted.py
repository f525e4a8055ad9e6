"""Where a kind cannot be listed nobody can find out what became of an Add: it is asked about, never
guessed and never sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smsops.emulator.faults import Fault
from tests.support.account import Account, Moment, Strike, kill
from tests.support.served_project import ServedProject, check, served_project

#: kind -> the account that lists the other one only, and what to look for in its console.
ACCOUNTS: dict[str, dict[str, Any]] = {
    "sign": {"listing": "legacy"},
    "template": {"subaccount": True},
}
ADDRESS = {"sign": "sign.acme", "template": "template.t0"}
WORDS = {"sign": "signName '艾克米'", "template": "templateName '模板t0'"}
ADDS = [("AddSmsSign", "艾克米", ""), ("AddSmsTemplate", "模板t0", "您的验证码是{1}。")]


@pytest.fixture(params=ACCOUNTS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def account(kind: str, tmp_path: Path) -> Iterator[Account]:
    with Account(tmp_path / "account.json", ACCOUNTS[kind]) as account:
        yield account


@pytest.fixture
def project(account: Account, tmp_path: Path) -> ServedProject:
    project = served_project(tmp_path / "project", account).begin(1)
    project.sign("acme", "艾克米")
    return project


def killed(project: ServedProject, account: Account, kind: str, moment: Moment) -> None:
    process = project.process("apply", "--auto-approve", "--allow-unlisted")
    account.strike = Strike(kill(process.pid), moment, 1, f"AddSms{kind.capitalize()}")
    project.ended(process)


def adds(account: Account, kind: str) -> int:
    """How many Adds of a kind arrived."""
    action = f"AddSms{kind.capitalize()}"
    return sum(call.action == action for call in account.emulator.calls)


@pytest.mark.parametrize(
    "moment",
    [
        Moment.AFTER_COMMIT,
        *(pytest.param(m, marks=pytest.mark.faults) for m in Moment if m != "after commit"),
    ],
)
def test_an_open_intent_stays_open_until_a_person_resolves_it(
    moment: Moment, kind: str, project: ServedProject, account: Account
) -> None:
    killed(project, account, kind, moment)
    sent = adds(account, kind)
    address = ADDRESS[kind]

    assert project("plan").code == 0
    assert f"! blocked  {address}" in project("plan").out
    for _ in range(2):
        ran = project.apply("--allow-unlisted")
        assert ran.code == 7, ran
        assert f"Look in the console for {WORDS[kind]}" in ran.out
        assert "state resolve" in ran.out
        assert f"{address} --adopt ID" in ran.out
    assert adds(account, kind) == sent, "sent again"

    made = moment is not Moment.BEFORE_COMMIT
    resolved = ("--adopt", "1110") if made else ("--abandon",)
    assert project("state", "resolve", address, *resolved).code == 0
    for _ in range(2):
        ran = project.apply("--allow-unlisted")
        assert ran.code == 0, ran
    assert adds(account, kind) == (1 if made else sent + 1)
    check(project, account, ADDS)


@pytest.mark.faults
def test_the_other_addresses_go_on(project: ServedProject, account: Account, kind: str) -> None:
    """A sign that nobody knows of does not hold up another one."""
    killed(project, account, "sign", Moment.AFTER_COMMIT)
    project.sign("other", "另一个")
    ran = project.apply("--allow-unlisted")
    assert ("AddSmsSign", "另一个", "") in account.adds()
    assert ran.code == (7 if kind == "sign" else 0), ran
    assert [made for made in account.adds() if made[1] == "艾克米"] == ADDS[:1]


def test_an_answer_lost_in_the_run_is_asked_about_at_its_end(
    project: ServedProject, account: Account, kind: str
) -> None:
    account.order(Fault(f"AddSms{kind.capitalize()}", "drop", at="after-commit", when=1))
    ran = project.apply("--allow-unlisted")
    assert ran.code == 7, ran
    assert f"Look in the console for {WORDS[kind]}" in ran.out
    assert [intent["address"] for intent in project.stored()["intents"]] == [ADDRESS[kind]]


def test_an_empty_state_is_no_licence_to_create_what_cannot_be_listed(
    project: ServedProject, account: Account, kind: str
) -> None:
    """A CI checkout without its state must not double an account on every run."""
    ran = project.apply()
    # Without the sign Tencent Cloud refuses the template as well.
    assert ran.code == (1 if kind == "sign" else 3), ran
    assert "--allow-unlisted" in ran.out
    assert adds(account, kind) == 0
