"""The last line of a plan, an apply and a drift report counts only what is there."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from smsops.drift import Drift, DriftClass, Finding, Suppressed
from smsops.errors import SmsopsError
from smsops.kinds.reviews import review_of
from smsops.model import Action, Address, Observed, Plan, Role, Step, Suppression
from smsops.model.outcome import Outcome, Result, Status
from smsops.render.drift.html import html as drift_page
from smsops.render.drift.markdown import markdown as drift_comment
from smsops.render.drift.text import text as drift_text
from smsops.render.drift.text import verdict
from smsops.render.outcome import text as outcome_text
from smsops.render.outcome.markdown import markdown as outcome_comment
from smsops.render.plan.html import html as plan_page
from smsops.render.plan.markdown import markdown as plan_comment
from smsops.render.plan.text import summary
from smsops.render.plan.text import text as plan_text
from smsops.text.messages import T

A = Action


def steps(counts: Mapping[Action, int]) -> list[Step]:
    return [
        Step(Address("template", f"{action}-{number}"), action, T("because"))
        for action, count in counts.items()
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({}, "No changes. Signs and templates match the manifests."),
        ({A.NOOP: 3}, "No changes. Signs and templates match the manifests."),
        ({A.CREATE: 6}, "Plan: 6 to create."),
        ({A.HELD: 1, A.DELETE: 1, A.REPLACE: 1}, "Plan: 1 to replace, 1 to delete; 1 held."),
        ({A.WAIT: 6}, "Plan: nothing to do; 6 waiting."),
        ({A.BLOCKED: 1, A.HELD: 1, A.NOOP: 2}, "Plan: nothing to do; 1 held, 1 blocked."),
    ],
)
def test_a_plan(counts: Mapping[Action, int], line: str) -> None:
    plan = Plan("1", "ap-guangzhou", True, tuple(steps(counts)))
    assert summary(plan) == line
    assert plan_text(plan, seconds=1).splitlines()[-1] == line
    assert plan_comment(plan, seconds=1).startswith(f"**{line}**\n")
    assert f">{line}</p>" in plan_page(plan, seconds=1)


def outcome(
    done: Mapping[Action, int],
    ends: Mapping[Status, int] | None = None,
    *,
    blocked: int = 0,
    errors: tuple[SmsopsError, ...] = (),
) -> Outcome:
    results = [Result(step, Status.DONE, 1) for step in steps(done)]
    for status, count in (ends or {}).items():
        results += [Result(step, status) for step in steps({A.CREATE: count})]
    return Outcome(tuple(results), tuple(steps({A.BLOCKED: blocked})), errors)


@pytest.mark.parametrize(
    ("happened", "reviews", "line"),
    [
        (outcome({A.CREATE: 6}), 6, "Apply complete: 6 created; 6 in review."),
        (
            outcome(
                {A.CREATE: 4, A.REPLACE: 1},
                {Status.NOT_ATTEMPTED: 2, Status.UNKNOWN: 1, Status.FAILED: 1},
            ),
            6,
            "Apply incomplete: 4 created, 1 replaced; 6 in review; "
            "1 failed, 1 unknown, 2 not attempted.",
        ),
        (outcome({}), 0, "Nothing to apply."),
        (outcome({}, blocked=1), 0, "Nothing to apply; 1 blocked."),
        (outcome({A.PROMOTE: 1}, blocked=1), 0, "Apply complete: 1 promoted; 1 blocked."),
        (outcome({}, {Status.FAILED: 1}), 0, "Apply incomplete: nothing done; 1 failed."),
        (outcome({}, errors=(SmsopsError("x"),)), 0, "Apply incomplete: nothing done."),
    ],
)
def test_an_apply(happened: Outcome, reviews: int, line: str) -> None:
    seen = [Observed("template", number, {}, review_of(1)) for number in range(reviews)]
    assert outcome_text.text(happened, seen).splitlines()[-1] == line
    assert outcome_comment(happened, seen).startswith(f"**{line}**\n")
    document = outcome_text.document(happened, seen)
    assert list(document["summary"].values()).count(0) > 5


SUPPRESSION = Suppression("sign.acme", "review", "ops", "known", "2030-01-01")


def drift(counts: Mapping[DriftClass, int], *, suppressed: int = 0, complete: bool = True) -> Drift:
    findings = [
        Finding(each, "template", number, Address("template", "t"), "content", "a", "b", T("why"))
        for each, count in counts.items()
        for number in range(count)
    ]
    hidden = Finding(DriftClass.REVIEW, "sign", 1, None, "review", "a", "b", T("why"))
    return Drift(
        account_id="1",
        region="ap-guangzhou",
        complete=complete,
        findings=tuple(findings),
        suppressed=(Suppressed(hidden, SUPPRESSION),) * suppressed,
        checked=6,
    )


D = DriftClass
UNKNOWN = "The report is incomplete: what could be read {}, the rest is unknown."


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (drift({}), "No drift: 6 recorded objects checked."),
        (
            drift({D.UNVERIFIABLE: 16}),
            "No drift: 6 recorded objects checked; 16 fields cannot be verified.",
        ),
        (
            drift({D.UNMANAGED: 2, D.UNVERIFIABLE: 1}, suppressed=1),
            "No drift, but for 1 suppressed finding: 6 recorded objects checked; 2 unmanaged; "
            "1 field cannot be verified.",
        ),
        (
            drift({D.MISSING: 1, D.CONFIG: 2}, suppressed=1),
            "Drift: 2 config, 1 missing; 1 suppressed.",
        ),
        (drift({D.UNMANAGED: 1}, complete=False), UNKNOWN.format("is as recorded")),
        (
            drift({D.CONFIG: 1}, complete=False),
            f"Drift: 1 config. {UNKNOWN.format('differs')}",
        ),
    ],
)
def test_a_drift_report(report: Drift, line: str) -> None:
    assert verdict(report) == line
    assert drift_text(report).splitlines()[-1] == line
    assert drift_comment(report).startswith(f"**{line}**\n")
    page = drift_page(report)
    assert f">{line}</p>" in page
    assert re.findall(r"</span> 0 \w+</li>", page) == []


@pytest.mark.parametrize(
    ("results", "says", "silent"),
    [
        ([Result(Step(Address("sign", "a"), A.PROMOTE, T("")), Status.DONE, 1)], "", "Next"),
        ([Result(Step(Address("sign", "a"), A.CREATE, T("")), Status.FAILED)], "", "Next"),
        (
            [Result(Step(Address("sign", "a"), A.CREATE, T("")), Status.DONE, 1)],
            "`smsops wait`",
            "promotes",
        ),
        (
            [Result(Step(Address("sign", "a"), A.REPLACE, T("")), Status.DONE, 1)],
            "promotes the successor",
            "!",
        ),
        (
            [
                Result(
                    Step(Address("sign", "a"), A.UPDATE, T(""), role=Role.SUCCESSOR), Status.DONE, 1
                )
            ],
            "promotes the successor",
            "!",
        ),
    ],
)
def test_next_names_what_this_apply_made_due(results: list[Result], says: str, silent: str) -> None:
    due = str(outcome_text.following(Outcome(tuple(results))))
    assert says in due
    assert silent not in due
    assert bool(due) is bool(says)
