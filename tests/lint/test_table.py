"""The table of rules: complete, stable, documented, and adjustable by the project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smsops import lint
from smsops.errors import Severity
from smsops.kinds import KINDS
from smsops.reference import rules
from smsops.sources import judge
from tests.support.linting import SIGN, codes, desired
from tests.support.manifests import PNG, PROJECT, Files, lines, load
from tests.support.manifests import SIGN as SIGN_TEXT
from tests.support.manifests import TEMPLATE as TEMPLATE_TEXT

ROOT = Path(__file__).parent.parent.parent


def test_every_rule_has_a_section_with_a_stable_anchor() -> None:
    """A heading that is the code and nothing else."""
    headings = re.findall(r"^### (.*)$", rules.text(), re.MULTILINE)

    assert headings == [rule.code for rule in lint.RULES]


def test_codes_are_unique_sorted_and_in_their_range() -> None:
    """SMS1xx files, SMS2xx signs, SMS3xx templates."""
    listed = [rule.code for rule in lint.RULES]
    delivery = dict.fromkeys(("application", "probe"), "SMS4")
    ranges = {"": "SMS1", "sign": "SMS2", "template": "SMS3", **delivery}

    assert listed == sorted(set(listed))
    for rule in lint.RULES:
        if rule.check or rule.survey:
            assert rule.code.startswith(ranges[rule.kind])


def test_every_rule_points_at_a_field_of_its_kind() -> None:
    """A position is looked up by this name."""
    for rule in lint.RULES:
        if rule.kind:
            assert KINDS[rule.kind].field(rule.field).name == rule.field


def test_every_code_in_the_source_is_in_the_table() -> None:
    """No problem is raised with a code that nobody can look up."""
    used: set[str] = set()
    for path in (ROOT / "smsops").rglob("*.py"):
        used |= set(re.findall(r"\bSMS\d{3}\b", path.read_text("utf-8")))

    assert used == set(lint.BY_CODE) | set(judge.RULES)


def test_rules_that_protect_plan_and_apply_cannot_be_ignored() -> None:
    """Reading, images and the keys by which lost objects are found."""
    required = {rule.code for rule in lint.RULES if not rule.optional}

    assert {"SMS208", "SMS209", "SMS210", "SMS211", "SMS212", "SMS313"} <= required
    settings = {"SMS122", "SMS130", "SMS131"}
    assert {code for code in lint.BY_CODE if code.startswith("SMS1")} - settings <= required


def test_a_rule_stands_behind_a_check_of_its_kind() -> None:
    """Which can be asked about the same resource."""
    behind = [rule for rule in lint.RULES if rule.behind]

    assert behind
    for rule in behind:
        first = lint.BY_CODE[rule.behind]
        assert (first.kind, bool(first.check)) == (rule.kind, True)


def test_an_ignored_rule_is_silent() -> None:
    """Whatever its severity."""
    item = desired("sign", "a", {**SIGN, "signName": "艾"})

    assert codes(item) == [("SMS201", Severity.ERROR)]
    assert codes(item, ignore=("SMS201",)) == []


CASES: list[tuple[str, Files, str]] = [
    ("sign name", {"signs/a.yaml": SIGN_TEXT.replace("艾克米", "艾")}, "signs/a.yaml:5:13 SMS201"),
    (
        "sign type",
        {"signs/a.yaml": SIGN_TEXT.replace("company", "app")},
        "signs/a.yaml:6:13 SMS206",
    ),
    (
        "document",
        {"signs/a.yaml": SIGN_TEXT.replace("three-in-one", "social-credit")},
        "signs/a.yaml:7:17 SMS203",
    ),
    (
        "qualification",
        {"signs/a.yaml": SIGN_TEXT + "  international: true\n"},
        "signs/a.yaml:10:20 SMS204",
    ),
    (
        "no qualification: the spec itself",
        {"signs/a.yaml": SIGN_TEXT.replace("  qualificationId: 1000001\n", "")},
        "signs/a.yaml:5:3 SMS130",
    ),
    (
        "content in a block",
        {"templates/a.yaml": TEMPLATE_TEXT.replace('"您的验证码是{1}。"', "|\n    验证码{1}")},
        "templates/a.yaml:6:12 SMS302",
    ),
    (
        "content in flow style",
        {
            "templates/a.yaml": "---\n# one line\n{apiVersion: smsops/v1, kind: Template, "
            "metadata: {name: a}, spec: {templateName: a, content: '验证码{2}', "
            "smsType: verification, remark: b}}\n"
        },
        "templates/a.yaml:3:95 SMS303",
    ),
]


@pytest.mark.parametrize(
    ("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_finding_points_at_the_value(files: Files, expected: str, tmp_path: Path) -> None:
    """Not at the document and not at the key."""
    found = load(tmp_path, {"signs/proof.png": PNG, **files}, project=PROJECT)

    assert lines(found.problems) == [expected]


def test_the_project_chooses(tmp_path: Path) -> None:
    """lint.ignore and lint.templateVariables reach the rules."""
    files: Files = {
        "templates/a.yaml": TEMPLATE_TEXT.replace("verification", "notification"),
        "templates/b.yaml": TEMPLATE_TEXT.replace("验证码", "动态码").replace("login", "pin"),
    }

    def found(setting: str) -> list[str]:
        return lines(load(tmp_path, files, project=PROJECT + setting).problems)

    assert found("") == [
        "templates/a.yaml:6:12 SMS308",
        "templates/b.yaml:5:17 SMS311",
        "templates/b.yaml:6:12 SMS310",
    ]
    setting = "  lint: {ignore: [SMS310, SMS311], templateVariables: allow}\n"
    assert found(setting) == []
