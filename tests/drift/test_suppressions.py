"""Findings that somebody owns until a day, from the project file to every format."""

from __future__ import annotations

from smsops.manifests import schemas
from tests.support.timed_project import TimedProject

OWNED = {
    "address": "template.t1",
    "class": "review",
    "owner": "平台组",
    "reason": "与运营商沟通中",
    "expires": "2027-01-31",
}


def reject(applied_project: TimedProject) -> None:
    applied_project.review(
        "template", applied_project.number("template.t1"), "rejected", "--reply", "不合规"
    )


def test_a_suppressed_finding_is_listed_apart(applied_project: TimedProject) -> None:
    """It does not count, and its owner is named."""
    reject(applied_project)
    assert applied_project.drift().code == 2
    applied_project.suppress(OWNED)

    ran = applied_project.drift()

    assert ran.code == 0
    assert ran.last.startswith("No drift, but for 1 suppressed finding")
    assert "review template.t1 review  (平台组 until 2027-01-31: 与运营商沟通中)" in ran.out
    report = applied_project.report()
    assert report["summary"]["review"] == 0
    assert [(row["address"], row["suppression"]["owner"]) for row in report["suppressed"]] == [
        ("template.t1", "平台组")
    ]
    assert schemas.violations("drift", report) == []
    assert "平台组" in applied_project.drift("--format", "markdown").out
    assert "平台组" in applied_project.drift("--format", "html").out
    junit = applied_project.drift("--format", "junit").out
    assert 'failures="0"' in junit
    assert "suppressed by 平台组 until 2027-01-31" in junit


def test_an_expired_suppression_is_reported_and_suppresses_nothing(
    applied_project: TimedProject,
) -> None:
    """The day after its last day."""
    reject(applied_project)
    applied_project.suppress({**OWNED, "expires": "2027-01-14"})

    ran = applied_project.drift()

    assert ran.code == 2
    assert "Expired suppression: review template.t1 ended 2027-01-14 (平台组: " in ran.out
    report = applied_project.report()
    assert report["expired_suppressions"] == [{**OWNED, "expires": "2027-01-14"}]
    assert schemas.violations("drift", report) == []
    for format in ("markdown", "html", "junit"):
        assert "2027-01-14" in applied_project.drift("--format", format).out


def test_an_unmanaged_object_can_be_accepted(applied_project: TimedProject) -> None:
    """By the address that export would give it, so that --fail-on finds new ones only."""
    applied_project.console.seed(
        [
            {"kind": "template", "id": number, "templateName": "x", "content": f"x{number}"}
            for number in (7000, 7001)
        ]
    )
    applied_project.suppress({**OWNED, "address": "template.t-7000", "class": "unmanaged"})
    assert applied_project.counted() == {"unmanaged": 1}
    assert applied_project.drift("--fail-on", "unmanaged").code == 2
    applied_project.console.remove("template", 7001)
    assert applied_project.drift("--fail-on", "unmanaged").code == 0
