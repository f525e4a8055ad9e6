"""``smsops compare A B``: what customers of one environment read and those of another do not."""

from __future__ import annotations

import re

from smsops.drift.parity import Compared, Side
from smsops.manifests import schemas
from smsops.model.resources import Address
from smsops.render import parity
from tests.support.environments import Shared


def parities(document: object) -> dict[str, str]:
    assert isinstance(document, dict)
    assert schemas.violations("compare", document) == []
    return {each["address"]: each["parity"] for each in document["resources"]}


def test_two_environments_are_compared_until_they_are_the_same(both: Shared) -> None:
    project = both.project
    empty = project("compare", "staging", "prod")
    assert (empty.code, empty.out) == (0, "No differences: 0 are the same.\n")

    removed = both.patch("prod", "template.news", "present: false")
    changed = both.patch("prod", "template.login", "spec:", '  content: "验证码是{1}，勿泄露。"')
    both.approved("staging")
    assert project.apply("-e", "prod").code == 0

    waiting = project("compare", "staging", "prod", "--format", "json")
    assert waiting.code == 2
    assert set(parities(waiting.json()).values()) == {"first"}
    both.accounts["prod"].approve()
    # The state does not know yet; the account does.
    assert parities(project("compare", "staging", "prod", "--format", "json").json()) == {
        "sign.acme": "first",
        "template.login": "first",
        "template.news": "first",
    }
    live = project("compare", "staging", "prod", "--live", "--format", "json")
    assert live.code == 2
    assert parities(live.json()) == {
        "sign.acme": "same",
        "template.login": "differs",
        "template.news": "first",
    }
    both.approved("prod")

    ran = project("compare", "staging", "prod")
    assert ran.code == 2
    assert [
        re.sub(r"\b111\d\b", "ID", " ".join(line.split())) for line in ran.out.splitlines()
    ] == [
        "address staging prod",
        "template.login ID active ID active differs",
        'content staging "您的验证码是{1}。"',
        'content prod "验证码是{1}，勿泄露。"',
        "template.news ID active - only in staging",
        "",
        "2 addresses differ, 1 is the same.",
    ]
    assert "sign.acme" in project("compare", "prod", "staging", "-v").out

    removed.unlink()
    changed.unlink()
    for _ in range(3):
        both.approved("prod")
    same = project("compare", "staging", "prod", "--live")
    assert (same.code, same.out) == (0, "No differences: 3 are the same.\n")


def test_what_is_approved_nowhere_is_no_difference_and_counted() -> None:
    side = Side(1110, None)
    rows = [Compared(Address("template", name), (side, side)) for name in ("a", "b")]
    last = parity.text(("staging", "prod"), rows).splitlines()[-1]
    assert last == "No differences: 0 are the same, 2 are approved in none."


def test_compare_names_what_is_wrong(both: Shared) -> None:
    project = both.project
    assert project("compare", "staging", "staging").code == 64
    ran = project("compare", "staging", "nope")
    assert (ran.code, "there is no environment 'nope'" in ran.err) == (64, True)
    both.approved("staging")
    (project.root / ".smsops/staging").rename(project.root / ".smsops/prod")
    ran = project("compare", "staging", "prod")
    assert (ran.code, "Error: prod: the state " in ran.err) == (4, True)
    # Neither failure hides the other, and the commands of each are about its environment.
    project.environment["STAGING__SMSOPS_ENDPOINT"] = "http://127.0.0.1:9"
    project.environment["PROD__TENCENTCLOUD_SECRET_KEY"] = "no-such-key-of-prod"
    ran = project("compare", "staging", "prod", "--live")
    assert ran.code == 4
    assert "Error: staging: " in ran.err
    assert "Error: prod: " in ran.err


def test_the_variables_of_one_environment_never_reach_the_other(both: Shared) -> None:
    """Also where a variable has chosen one of them."""
    project = both.project
    for name in both.accounts:
        both.approved(name)
    for name in both.accounts:
        project.environment["SMSOPS_ENVIRONMENT"] = name
        assert project("compare", "staging", "prod", "--live").code == 0
        assert project("plan", "--all", "--detailed-exitcode").code == 0
