"""Ordinary mistakes of people, through the command line: what is active stays."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.project import Project, an_hour_ago


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A sign and three templates, approved."""
    project = an_hour_ago(tmp_path_factory.mktemp("prepared") / "project").begin()
    for name in ("news", "order"):
        project.template(name, f"您的{name}已更新{{1}}。", title=f"通知{name}")
    return project.approved()


@pytest.fixture
def active(prepared: Project, tmp_path: Path) -> Project:
    """A copy of that."""
    return prepared.copy(tmp_path / "project")


def ids(project: Project) -> dict[str, int]:
    outputs = project("output", "--all").json()["outputs"]
    return {address: row["template_id"] for address, row in outputs.items() if "template_id" in row}


def edit(project: Project, name: str, **changes: str) -> None:
    path = project.root / "templates" / f"{name}.yaml"
    text = path.read_text()
    for old, new in changes.items():
        assert old in text, (old, text)
        text = text.replace(old, new)
    path.write_text(text)


def deletions(project: Project) -> list[str]:
    return [action for action in project.writes() if action.startswith("Delete")]


def test_a_renamed_and_edited_manifest_keeps_its_object(active: Project) -> None:
    before = ids(active)
    edit(active, "t0", **{"name: t0": "name: otp", "您的验证码": "您的登录验证码"})
    ran = active("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "renamed in the manifests, from template.t0" in ran.out
    assert ids(active)["template.otp"] == before["template.t0"]
    assert deletions(active) == []


def test_a_swap_of_two_names_writes_nothing(active: Project) -> None:
    before, writes = ids(active), active.writes()
    edit(active, "news", **{"name: news": "name: order"})
    edit(active, "order", **{"name: order": "name: news"})
    assert active("apply", "--auto-approve").code == 0
    assert active.writes() == writes
    after = ids(active)
    assert after["template.news"] == before["template.order"]
    assert after["template.order"] == before["template.news"]


def test_an_empty_directory_deletes_nothing(active: Project) -> None:
    """A submodule that was not fetched, a generator that wrote nothing."""
    for path in (active.root / "templates").glob("*.yaml"):
        path.unlink()
    ran = active("apply", "--auto-approve")
    assert ran.code == 3
    assert "--allow-empty" in ran.out
    assert deletions(active) == []
    assert active("apply", "--auto-approve", "--allow-empty", "--max-deletes", "9").code == 0
    assert len(deletions(active)) == 3


def moved(project: Project, to: str) -> None:
    place = project.root / to
    place.parent.mkdir(parents=True, exist_ok=True)
    (project.root / "templates" / "order.yaml").rename(place)


def other_directories(project: Project) -> None:
    """The sign's directory, and one of two with templates."""
    moved(project, "templates/order/order.yaml")
    assert project("apply", "--auto-approve").code == 0  # the state knows the new place
    path = project.root / "smsops.yaml"
    text = path.read_text("utf-8")
    assert "manifests" not in text
    path.write_text(text.replace("spec: {", "spec: {manifests: [signs, growth], "), "utf-8")
    for each in (project.root / "templates").glob("*.yaml"):
        (project.root / "growth").mkdir(exist_ok=True)
        each.rename(project.root / "growth" / each.name)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda project: moved(project, "templates/order.yaml.bak"),
        lambda project: moved(project, "templates/order.yaml~"),
        lambda project: moved(project, "growth/order.yml"),
        lambda project: moved(project, "growth/bestellung-order.yaml"),
        other_directories,
    ],
    ids=["bak", "tilde", "directory", "other name", "spec.manifests"],
)
def test_what_a_file_still_declares_is_not_deleted(
    active: Project, mistake: Callable[[Project], None]
) -> None:
    mistake(active)
    [stray] = (each for each in active.root.rglob("*order.y*"))
    ran = active("apply", "--auto-approve")
    assert ran.code == 3
    assert f"{stray.relative_to(active.root)} still declares it, and is not read" in ran.out
    assert "--not-renamed template.order" in ran.out
    assert deletions(active) == []
    stray.unlink()  # as it says
    assert active("apply", "--auto-approve").code == 0
    assert len(deletions(active)) == 1


def test_a_directory_that_was_moved_is_not_empty(active: Project) -> None:
    """Whoever follows the first advice without reading it loses nothing."""
    (active.root / "templates").rename(active.root / "vorlagen")
    (active.root / "templates").mkdir()
    assert active("apply", "--auto-approve").code == 3
    ran = active("apply", "--auto-approve", "--allow-empty")
    assert ran.code == 3
    assert "vorlagen/order.yaml still declares it, and is not read" in ran.out
    assert deletions(active) == []


def test_a_file_of_another_project_or_of_another_manifest_keeps_nothing(active: Project) -> None:
    other = active.root / "other" / "templates"
    other.mkdir(parents=True)
    (active.root / "other" / "smsops.yaml").write_text("apiVersion: smsops/v1\n", "utf-8")
    text = (active.root / "templates" / "order.yaml").read_text("utf-8")
    (other / "order.yaml").write_text(text, "utf-8")
    commented = "".join(f"# {line}\n" for line in text.splitlines())
    (active.root / "order.yaml.old").write_text(commented, "utf-8")
    (active.root / "templates" / "order.yaml").unlink()
    assert active("apply", "--auto-approve").code == 0
    assert len(deletions(active)) == 1


def test_one_manifest_of_several_is_deleted_without_a_flag(active: Project) -> None:
    (active.root / "templates" / "order.yaml").unlink()
    assert active("apply", "--auto-approve").code == 0
    assert len(deletions(active)) == 1


def test_what_is_meant_to_go_goes(active: Project) -> None:
    edit(active, "t0", **{"name: t0": "name: otp", "您的验证码": "您的登录验证码"})
    ran = active("apply", "--auto-approve", "--not-renamed", "template.t0")
    assert ran.code == 0, ran.err
    assert len(deletions(active)) == 1
    unknown = active("plan", "--not-renamed", "template.nobody")
    assert unknown.code == 64
    assert "--not-renamed template.nobody" in unknown.err


def test_an_older_pipeline_that_runs_again_deletes_nothing(project: Project) -> None:
    """The commit is kept in the state; a saved plan of the older commit does not help either."""
    git(project.root, "init", "--quiet", "-b", "main")

    def commit(moment: int) -> str:
        git(project.root, "add", "smsops.yaml", "signs", "templates")
        git(project.root, "commit", "--quiet", "-m", "x", moment=moment)
        return git(project.root, "rev-parse", "HEAD")

    first = commit(1_800_000_000)
    project.template("order", "您的订单已更新{1}。", title="订单")
    newest = commit(1_800_100_000)
    for _ in range(2):
        project("apply", "--auto-approve")
        project.approve()
    git(project.root, "checkout", "--quiet", first)

    ran = project("apply", "--auto-approve")

    assert ran.code == 3
    assert f"a newer commit ({newest[:12]}) was applied already and this one is {first[:12]}" in (
        ran.out
    )
    assert deletions(project) == []
    saved = project.root / "old.plan"
    assert project("plan", "-o", str(saved)).code == 0
    assert project("apply", str(saved)).code == 3
    assert project("apply", "--auto-approve", "--allow-older-commit").code == 0
    assert len(deletions(project)) == 1
    git(project.root, "checkout", "--quiet", "main")
    assert project("apply", "--auto-approve").code == 0
    assert "template.order" in project("state", "list").out


def test_a_checkout_without_git_is_no_obstacle(active: Project) -> None:
    probe = subprocess.run(
        ["git", "-C", str(active.root), "rev-parse"], capture_output=True, check=False
    )
    assert probe.returncode, "the project of this test lies in no repository"
    (active.root / "templates" / "order.yaml").unlink()
    assert active("apply", "--auto-approve").code == 0


def test_a_mistyped_move_deletes_nothing(active: Project) -> None:
    assert active("state", "mv", "template.order", "template.ordre").code == 0
    ran = active("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert deletions(active) == []
    assert "template.order" in ids(active), "adopted again from where it was put"


def test_an_edit_in_the_console_is_a_change_also_when_it_came_with_the_approval(
    project: Project,
) -> None:
    project("apply", "--auto-approve")
    project.rewrite(1110, "您的密码是{1}。")
    project.approve()
    drift = project("drift", "--format", "json")
    assert drift.code == 2
    assert [row["class"] for row in drift.json()["findings"] if row["field"] == "content"] == [
        "config"
    ]
    project("apply", "--auto-approve")
    rows = project("plan", "--format", "json").json()["resource_changes"]
    [row] = [row for row in rows if row["address"] == "template.t0"]
    assert row["smsops"]["role"] == "successor", "the right text is on its way"


def test_half_a_chain_of_moves_is_a_stale_plan(active: Project) -> None:
    """What was planned as one move became a chain: running its first half would lose a record."""
    edit(active, "news", **{"name: news": "name: alert"})
    saved = active.root / "a.plan"
    assert active("plan", "-o", str(saved)).code == 0
    assert active("state", "mv", "template.order", "template.alert").code == 0
    before = active("state", "list").out
    ran = active("apply", str(saved))
    assert ran.code == 6, ran
    assert "template." in ran.err
    assert active("state", "list").out == before
    assert deletions(active) == []


def test_a_state_that_changes_hands_deletes_nothing(active: Project) -> None:
    """The new project has declared nothing of it yet."""
    settings = active.root / "smsops.yaml"
    settings.write_text(settings.read_text().replace("name: shop", "name: ops"))
    (active.root / "templates" / "order.yaml").unlink()
    assert active("plan").code == 4
    assert active("state", "assign", "--project").code == 0
    ran = active("apply", "--auto-approve")
    assert ran.code == 0, ran
    assert "bound, not declared" in ran.out
    assert deletions(active) == []


def test_a_commit_of_the_future_leaves_a_state_that_can_be_read(project: Project) -> None:
    """Some tool wrote milliseconds."""
    git(project.root, "init", "--quiet", "-b", "main")
    git(project.root, "add", "smsops.yaml")
    git(project.root, "commit", "--quiet", "-m", "x", moment=1_732_665_600_000)
    assert project("apply", "--auto-approve").code == 0
    assert project("plan").code == 0
    shown = project("state", "show", "--format", "json").json()
    assert shown["commit"]["committed_at"] < "2999"


def test_a_deletion_on_a_branch_that_was_not_merged_says_so(project: Project) -> None:
    """Two branches that are applied from before they are merged delete each other's templates."""
    git(project.root, "init", "--quiet", "-b", "main")

    def commit(moment: int) -> str:
        git(project.root, "add", "smsops.yaml", "signs", "templates")
        git(project.root, "commit", "--quiet", "--allow-empty", "-m", "x", moment=moment)
        return git(project.root, "rev-parse", "HEAD")

    base = commit(1_800_000_000)
    project.template("order", "您的订单已更新{1}。", title="订单")
    newest = commit(1_800_100_000)
    for _ in range(2):
        project("apply", "--auto-approve")
        project.approve()
    git(project.root, "checkout", "--quiet", "-b", "side", base)
    side = commit(1_800_200_000)

    said = f"of commit {side[:12]}, which does not contain {newest[:12]}, applied before"
    assert said in project("plan").out
    git(project.root, "merge", "--quiet", "-m", "x", newest)
    merged = project("plan").out
    assert "does not contain" not in merged
    assert "No changes." in merged
