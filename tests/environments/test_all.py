"""``--all``: every environment at once, in the declared order, and none that hides another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.manifests import schemas
from tests.support.environments import Shared, shared

pytestmark = pytest.mark.systems


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Both environments hold what the manifests say; nobody changes that."""
    with shared(tmp_path_factory.mktemp("all") / "project") as made:
        made.project.sign("acme", "艾克米")
        made.project.template("login", "您的验证码是{1}。")
        for name in made.accounts:
            made.approved(name)
        yield made


def test_all_environments_in_the_declared_order(applied: Shared) -> None:
    project = applied.project
    plan = project("plan", "--all")
    assert (plan.code, plan.err) == (0, "")
    blocks = plan.out.split("== ")
    assert [block.partition("\n")[0] for block in blocks] == ["", "staging", "prod"]
    assert "Environment staging. Account 100000000001" in blocks[1]
    assert "Environment prod. Account 100000000002" in blocks[2]

    for command in ("plan", "drift", "status", "output"):
        ran = project(command, "--all", "--format", "json")
        document = ran.json()
        assert (ran.code, list(document)) == (0, ["environments", "exit_codes", "format_version"])
        assert schemas.violations("all", document) == []
        assert document["exit_codes"] == {"staging": 0, "prod": 0}
        assert set(document["environments"]) == {"staging", "prod"}
        for found in document["environments"].values():
            assert schemas.violations(command, found) == []
    markdown = project("plan", "--all", "--format", "markdown").out
    assert markdown.index("## staging") < markdown.index("## prod")


def test_one_that_fails_hides_nobody(applied: Shared) -> None:
    """As a process of its own, which forks: the other way to run them."""
    project = applied.project
    before = dict(project.environment)
    project.environment["STAGING__SMSOPS_ENDPOINT"] = "http://127.0.0.1:9"
    try:
        text = project.ended(project.process("plan", "--all"))
        ran = project.ended(project.process("drift", "--all", "--format", "json"))
        spawned = project("status", "--all", "--format", "json")
    finally:
        project.environment = before
    assert text.code == 1
    assert text.out.startswith("== staging\n\nNo result, exit code 1: the messages say why.\n")
    assert "No changes." in text.out.partition("== prod")[2]
    assert all(line.startswith("staging: ") for line in text.err.splitlines())
    assert "staging: Error: " in text.err
    for each in (ran, spawned):
        document = json.loads(each.out)
        assert (each.code, document["exit_codes"]) == (1, {"staging": 1, "prod": 0})
        assert document["environments"]["staging"] is None
        assert document["environments"]["prod"]["format_version"] == "1.0"


def test_the_most_serious_exit_code(applied: Shared) -> None:
    project = applied.project
    written = applied.patch("prod", "template.login", "spec:", '  content: "验证码是{1}。"')
    try:
        assert project("plan", "--all").code == 0
        ran = project("plan", "--all", "--detailed-exitcode", "--format", "json")
        assert (ran.code, ran.json()["exit_codes"]) == (2, {"staging": 0, "prod": 2})
    finally:
        written.unlink()


def test_what_all_does_not_go_with(applied: Shared, tmp_path: Path) -> None:
    project = applied.project
    for arguments in (
        ("plan", "--all", "-e", "prod"),
        ("plan", "--all", "-o", str(tmp_path / "x.plan")),
        ("plan", "--all", "--format", "html"),
        ("drift", "--all", "--json-into", str(tmp_path / "x.json")),
        ("output", "--all", "--check", str(tmp_path / "x.json")),
    ):
        assert project(*arguments).code == 64, arguments
    ran = project("plan", "--all", "-o", str(tmp_path / "x.plan"))
    assert "Leave out --all and say -e NAME, for one after the other." in ran.err
    before = dict(project.environment)
    project.environment["SMSOPS_ENVIRONMENT"] = "prod"
    try:
        for name in ("prod", "staging"):
            ran = project("-e", name, "plan", "--all")
            assert (ran.code, "-e and --all do not go together" in ran.err) == (64, True)
        assert project("plan", "--all").out.count("\nNo changes.") == 2  # no wish
    finally:
        project.environment = before
    # Where one is chosen, it has always meant what is not live yet.
    ran = project("output", "--all", "-e", "prod", "--format", "json")
    assert list(ran.json()["outputs"]) == ["sign.acme", "template.login"]
    assert list(tmp_path.iterdir()) == []


def test_a_code_host_hears_how_each_ended(applied: Shared, tmp_path: Path) -> None:
    project = applied.project
    before = dict(project.environment)
    summary = tmp_path / "summary"
    project.environment |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    try:
        assert project("plan", "--all").code == 0
    finally:
        project.environment = before
    assert "- staging: exit code 0\n- prod: exit code 0" in summary.read_text("utf-8")
