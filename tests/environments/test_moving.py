"""``state assign --environment NAME``: a project that gets environments keeps its state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.account import Account
from tests.support.environments import SETTINGS
from tests.support.git import git
from tests.support.served_project import PROJECT, ServedProject, served_project
from tests.support.state_server import StateServer

pytestmark = pytest.mark.systems


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[ServedProject]:
    """A project of one account with something in its state."""
    with Account(None) as account:
        project = served_project(tmp_path / "project", account).begin()
        project.sign("acme", "艾克米")
        assert project.apply().code == 0
        account.approve()
        assert project.apply().code == 0
        yield project


def choose(project: ServedProject, text: str) -> None:
    (project.root / "smsops.yaml").write_text(text, encoding="utf-8")


def test_one_command_moves_the_state(tmp_path: Path) -> None:
    with Account(None) as account:
        project = served_project(tmp_path / "project", account).begin()
        project.sign("acme", "艾克米")
        assert project.apply().code == 0
        choose(project, SETTINGS)
        ran = project("state", "assign", "--environment", "staging")
        assert ran.code == 0
        assert ran.out.endswith(".smsops/staging/state.json is that of environment staging now.\n")
        plan = project("plan", "-e", "staging", "--format", "json")
        assert [row["smsops"]["action"] for row in plan.json()["resource_changes"]] == ["wait"]
        assert len(account.adds()) == 1

        again = project("state", "assign", "--environment", "staging")
        assert (again.code, again.out.endswith("staging already.\n")) == (0, True)
        other = project("state", "assign", "--environment", "prod")
        assert (other.code, "that of environment staging already" in other.err) == (4, True)
        assert "apply -e prod" in other.err, "and not the same command again"
        # A checkout from before would work on the same account beside this one.
        choose(project, PROJECT)
        ran = project("apply", "--auto-approve")
        assert (ran.code, "belongs to environment staging of project works" in ran.err) == (4, True)


def test_two_accounts_are_never_mixed(grown: ServedProject) -> None:
    choose(grown, SETTINGS)
    ran = grown("state", "assign", "--environment", "prod")
    words = "the state belongs to account 100000000001, and environment prod is of account"
    assert (ran.code, words in ran.err) == (4, True)

    choose(grown, SETTINGS.replace('{account: "100000000002"}', "{}"))
    ran = grown("state", "assign", "--environment", "prod")
    assert (ran.code, "which is that of environment staging, not prod" in ran.err) == (4, True)

    choose(grown, SETTINGS.replace('{account: "100000000001"}', "{region: ap-beijing}"))
    assert grown("state", "assign", "--environment", "staging").code == 1
    assert grown("state", "assign", "--environment", "nope").code == 64
    assert list((grown.root / ".smsops").glob("*/state.json")) == []
    choose(grown, PROJECT)
    assert grown.stored()["environment"] is None


def test_nothing_is_moved_over_another_state(grown: ServedProject) -> None:
    choose(grown, SETTINGS)
    other = grown.root / ".smsops/staging/state.json"
    text = (grown.root / ".smsops/state.json").read_text("utf-8")
    assert grown("state", "assign", "--environment", "staging").code == 0
    moved = other.read_text("utf-8")
    (grown.root / ".smsops/state.json").write_text(text, encoding="utf-8")
    # The same once more, as after a crash between the two places.
    assert grown("state", "assign", "--environment", "staging").code == 0
    assert other.read_text("utf-8") == moved

    stranger = ServedProject(grown.root.parent / "other", grown.options, grown.environment)
    stranger.begin().sign("acme", "艾克米")
    assert stranger.apply().code == 0
    (grown.root / ".smsops/state.json").write_text(text, "utf-8")
    other.write_bytes((stranger.root / ".smsops/state.json").read_bytes())
    ran = grown("state", "assign", "--environment", "staging")
    assert (ran.code, "there is another state at" in ran.err) == (1, True)


def test_a_state_in_git_can_stay_where_it_is(grown: ServedProject, tmp_path: Path) -> None:
    """An environment that names the ref only takes it over."""
    git(tmp_path, "init", "--bare", "-q", "remote.git")
    git(grown.root, "init", "-q")
    git(grown.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    assert grown("state", "migrate", "--to", "git").code == 0
    kept = "{backend: git, name: works}"
    choose(
        grown,
        SETTINGS.replace("  environments:", f"  state: {kept}\n  environments:").replace(
            '"100000000001"}', f'"100000000001", state: {kept}}}'
        ),
    )
    ran = grown("state", "assign", "--environment", "staging")
    assert (ran.code, "refs/smsops/state/works" in ran.out) == (0, True), ran
    assert grown("-e", "staging", "state", "pull").json()["environment"] == "staging"


@pytest.mark.parametrize("backend", ["local", "git"])
def test_no_environment_begins_beside_a_state_that_was_left(
    grown: ServedProject, tmp_path: Path, backend: str
) -> None:
    """Who forgets to move it, or renames an environment, would lose what the state knows."""
    if backend == "git":
        git(tmp_path, "init", "--bare", "-q", "remote.git")
        git(grown.root, "init", "-q")
        git(grown.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
        assert grown("state", "migrate", "--to", "git").code == 0
    named = SETTINGS.replace("  environments:", f"  state: {{backend: {backend}}}\n  environments:")
    choose(grown, named)
    for command in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        ran = grown(*command, "-e", "staging")
        assert (ran.code, "belongs to project works and to the same account" in ran.err) == (
            4,
            True,
        )
        assert "`smsops state assign --environment staging " in ran.err
    assert grown("state", "assign", "--environment", "staging").code == 0
    assert "No changes." in grown("plan", "-e", "staging").out

    # Renamed, and what the hint says is done without more options.
    choose(grown, named.replace("staging:", "test:"))
    ran = grown("plan", "-e", "test")
    assert (ran.code, "belongs to environment staging of project works" in ran.err) == (4, True)
    for _ in range(3):
        ran = grown("state", "assign", "--environment", "test")
        assert (ran.code, "environment test" in ran.out) == (0, True), ran
        assert "Warning" not in ran.err
    assert "already" in ran.out
    assert "No changes." in grown("plan", "-e", "test").out
    # A checkout from before the new name works no more, nor one without environments.
    choose(grown, named)
    assert grown("plan", "-e", "staging").code == 4

    # No environments any more: that state is not forgotten either.
    if backend == "local":
        (grown.root / ".smsops/state.json").unlink()
        choose(grown, PROJECT)
        ran = grown("plan")
        assert (ran.code, "Were environments removed from smsops.yaml?" in ran.err) == (4, True)


def test_an_environment_of_another_account_begins_its_own(grown: ServedProject) -> None:
    choose(grown, SETTINGS.replace('staging: {account: "100000000001"}', "staging: {}"))
    with Account(None, {"account_id": "100000000002"}) as other:
        grown.environment["PROD__SMSOPS_ENDPOINT"] = other.url
        grown.options = ()
        ran = grown("plan", "-e", "prod")
    assert (ran.code, "1 to create" in ran.out) == (0, True), ran


def test_a_state_on_a_server_is_moved_to_the_address_of_an_environment(
    grown: ServedProject,
) -> None:
    with StateServer() as before, StateServer() as after:
        grown.environment |= before.environment
        assert grown("state", "migrate", "--to", "http").code == 0
        named = "  state: {backend: http}\n  environments:"
        choose(grown, SETTINGS.replace("  environments:", named))
        for name, value in after.environment.items():
            grown.environment[f"STAGING__{name}"] = value
        ran = grown("plan", "-e", "staging")
        assert (ran.code, f"the one at {before.address}" in ran.err) == (4, True), ran
        assert grown("state", "assign", "--environment", "staging").code == 0
        assert "No changes." in grown("plan", "-e", "staging").out
