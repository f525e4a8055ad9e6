"""Findings that somebody owns until a day, from the project file to every format."""

from __future__ import annotations

from smsops.manifests import schemas
from tests.drift.night import Night

OWNED = {
    "address": "template.t1",
    "class": "review",
    "owner": "平台组",
    "reason": "与运营商沟通中",
    "expires": "2027-01-31",
}


def reject(night: Night) -> None:
    night.review("template", night.number("template.t1"), "rejected", "--reply", "不合规")


def test_a_suppressed_finding_is_listed_apart(night: Night) -> None:
    """It does not count, and its owner is named."""
    reject(night)
    assert night.drift().code == 2
    night.suppress(OWNED)

    ran = night.drift()

    assert ran.code == 0
    assert ran.last.startswith("No drift, but for 1 suppressed finding")
    assert "review template.t1 review  (平台组 until 2027-01-31: 与运营商沟通中)" in ran.out
    report = night.report()
    assert report["summary"]["review"] == 0
    assert [(row["address"], row["suppression"]["owner"]) for row in report["suppressed"]] == [
        ("template.t1", "平台组")
    ]
    assert schemas.violations("drift", report) == []
    assert "平台组" in night.drift("--format", "markdown").out
    assert "平台组" in night.drift("--format", "html").out
    junit = night.drift("--format", "junit").out
    assert 'failures="0"' in junit
    assert "suppressed by 平台组 until 2027-01-31" in junit


def test_an_expired_suppression_is_reported_and_suppresses_nothing(night: Night) -> None:
    """The day after its last day."""
    reject(night)
    night.suppress({**OWNED, "expires": "2027-01-14"})

    ran = night.drift()

    assert ran.code == 2
    assert "Expired suppression: review template.t1 ended 2027-01-14 (平台组: " in ran.out
    report = night.report()
    assert report["expired_suppressions"] == [{**OWNED, "expires": "2027-01-14"}]
    assert schemas.violations("drift", report) == []
    for format in ("markdown", "html", "junit"):
        assert "2027-01-14" in night.drift("--format", format).out


def test_an_unmanaged_object_can_be_accepted(night: Night) -> None:
    """By the address that export would give it, so that --fail-on finds new ones only."""
    night.console.seed(
        [
            {"kind": "template", "id": number, "templateName": "x", "content": f"x{number}"}
            for number in (7000, 7001)
        ]
    )
    night.suppress({**OWNED, "address": "template.t-7000", "class": "unmanaged"})
    assert night.counted() == {"unmanaged": 1}
    assert night.drift("--fail-on", "unmanaged").code == 2
    night.console.remove("template", 7001)
    assert night.drift("--fail-on", "unmanaged").code == 0
