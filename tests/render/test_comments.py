"""Comments fit their host: counts first, whole rows left out, and what is missing is said."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.drift import Drift, DriftClass, Finding
from smsops.kinds.reviews import review_of
from smsops.model import Action, Address, Effect, FieldChange, Plan, Step
from smsops.render import comment
from smsops.render.comment import LIMIT, RESERVE, Section, fit, size
from smsops.render.drift.markdown import markdown as drift_comment
from smsops.render.plan.markdown import markdown as plan_comment
from smsops.render.plan.text import summary
from smsops.text.messages import T
from tests.support import reports

CONTENT = "您的验证码是{1}，{2}分钟内有效，请勿泄露给任何人。"


def large_plan(count: int, action: Action = Action.UPDATE, text: str = CONTENT) -> Plan:
    """``count`` steps with a changed content each, and one that is blocked."""
    steps = [
        Step(
            Address("template", f"t{number:05}"),
            action,
            T("still in review, can be amended"),
            remote_id=number,
            review=review_of(1),
            changed=(FieldChange("content", Effect.CONTENT, text, f"{number} {text}"),),
        )
        for number in range(count)
    ]
    blocked = Step(
        Address("template", "zz"), Action.BLOCKED, T("objects that may be this one exist")
    )
    return Plan("100000000001", "ap-guangzhou", True, (*steps, blocked))


def missing(out: str) -> int:
    return sum(map(int, re.findall(r"^(\d+) more$", out, re.MULTILINE)))


def test_a_plan_of_two_thousand_fits_with_the_counts_right() -> None:
    """The summary is the first line; shown and missing steps add up; what is blocked is shown."""
    plan = large_plan(2000)

    out = plan_comment(plan, seconds=100)

    assert size(out) <= LIMIT - RESERVE
    assert size(out) > LIMIT * 0.9
    assert out.startswith(f"**{summary(plan)}**\n")
    assert "2000 to update" in out.partition("\n")[0]
    assert "<summary>~ 2000 to update</summary>" in out
    shown = re.findall(r"^\*\*`template\.(t\d+)`\*\*", out, re.MULTILINE)
    assert shown == sorted(shown)
    assert len(shown) + missing(out) == 2000
    assert "**`template.zz`**" in out
    assert out.index("1 blocked</summary>") < out.index("2000 to update</summary>")
    assert out.count("<details") == out.count("</details>") == 2


def test_a_drift_report_of_ten_thousand_fits_with_the_counts_right() -> None:
    """Unverifiable fields are many, and never push out what counts."""
    findings = [
        Finding(
            DriftClass.MISSING,
            "template",
            n,
            Address("template", f"m{n}"),
            None,
            "x",
            None,
            T("gone"),
        )
        for n in range(3)
    ] + [
        Finding(
            DriftClass.UNVERIFIABLE,
            "template",
            n,
            Address("template", f"t{n}"),
            "remark",
            "x",
            None,
            T("last submitted 2026-11-22T08:00:00Z"),
        )
        for n in range(10_000)
    ]
    out = drift_comment(Drift("1", "ap-guangzhou", True, tuple(findings), checked=10_003))
    assert size(out) <= LIMIT - RESERVE
    assert out.startswith("**Drift: 3 missing; 10000 fields cannot be verified.**")
    assert all(f"template.m{n} " in out for n in range(3))
    assert missing(out) + out.count("| template.t") == 10_000


@pytest.mark.parametrize("text", ["x" * 70_000, "😀" * 70_000, "|" * 70_000, "`<&" * 30_000])
def test_long_texts_are_cut_and_their_length_is_said(text: str) -> None:
    """A template of 70,000 characters does not hide the other steps."""
    out = plan_comment(large_plan(20, text=text), seconds=1)
    assert size(out) <= LIMIT
    assert f"({len(text)} characters)" in out
    assert "**`template.zz`**" in out


def test_hostile_texts_in_every_place_still_fit() -> None:
    """Escaping makes texts longer; the limit holds afterwards."""
    many = replace(reports.plan("<&|`" * 200), notes=(T("<&|`" * 5000),) * 40)
    out = plan_comment(many, seconds=1)
    assert size(out) <= LIMIT
    assert "30 more" in out


def test_a_small_plan_is_unfolded_and_complete() -> None:
    """Nothing to click for up to ten steps."""
    out = plan_comment(large_plan(3), seconds=1)
    assert missing(out) == 0
    assert out.count("<details open>") == 2


def test_an_incomplete_view_is_said_at_once() -> None:
    """Before any step."""
    out = plan_comment(replace(large_plan(1), complete=False, notes=(T("why"),)), seconds=1)
    assert out.index("Not everything could be seen") < out.index("<details")
    assert "- why\n" in out


@given(
    rows=st.lists(st.lists(st.integers(1, 400), max_size=30), max_size=5),
    limit=st.integers(3000, 6000),
)
def test_fit_never_exceeds_its_limit_and_never_loses_a_row(
    rows: list[list[int]], limit: int
) -> None:
    """Whatever the sizes: every row is there in whole, or counted as missing."""
    sections = [
        Section(
            f"s{at}",
            "",
            [f"{at}:{place}:" + "😀" * n + "\n" for place, n in enumerate(lengths)],
        )
        for at, lengths in enumerate(rows)
    ]
    out = fit("head\n", sections, limit=limit)
    assert size(out) <= limit - RESERVE
    assert out.startswith("head\n")
    shown = sum(row in out for section in sections for row in section.rows)
    assert shown + missing(out) == sum(map(len, rows))


def test_the_limit_counts_as_the_strictest_host_does() -> None:
    """An emoji is two units of UTF-16."""
    assert (size("用户"), size("😀"), size("")) == (2, 2, 0)
    assert comment.clipped("x" * 301) == "x" * 300 + "… (301 characters)"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "blocked: `smsops import template.login ID`",
            "blocked: `smsops import template.login ID`",
        ),
        ("`smsops plan -o a.plan`, then", "`smsops plan -o a.plan`, then"),
        ("a `b` c", "a &#96;b&#96; c"),
        ("`smsops a|b`", "&#96;smsops a&#124;b&#96;"),
        ("`smsops a::b`", "&#96;smsops a:"),
        ("`smsops <img>`", "&#96;smsops &#60;img&#62;&#96;"),
        ("`rm -rf`", "&#96;rm -rf&#96;"),
    ],
)
def test_commands_can_be_copied_and_nothing_else_is_code(words: str, expected: str) -> None:
    assert comment.text(words).startswith(expected)
