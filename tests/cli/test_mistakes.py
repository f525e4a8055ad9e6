"""Ordinary mistakes of people, through the command line: what is active stays."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli.shop import Shop
from tests.core.test_checkout import git


@pytest.fixture
def active(shop: Shop) -> Shop:
    """A sign and three templates, approved."""
    for name in ("news", "order"):
        shop.template(name, f"您的{name}已更新{{1}}。", title=f"通知{name}")
    shop("apply", "--auto-approve")
    shop.approve()
    shop("apply", "--auto-approve")
    return shop


def ids(shop: Shop) -> dict[str, int]:
    outputs = shop("output", "--all").json()["outputs"]
    return {address: row["template_id"] for address, row in outputs.items() if "template_id" in row}


def edit(shop: Shop, name: str, **changes: str) -> None:
    path = shop.root / "templates" / f"{name}.yaml"
    text = path.read_text()
    for old, new in changes.items():
        assert old in text, (old, text)
        text = text.replace(old, new)
    path.write_text(text)


def deletions(shop: Shop) -> list[str]:
    return [action for action in shop.writes() if action.startswith("Delete")]


def test_a_renamed_and_edited_manifest_keeps_its_object(active: Shop) -> None:
    before = ids(active)
    edit(active, "t0", **{"name: t0": "name: otp", "您的验证码": "您的登录验证码"})
    ran = active("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "renamed in the manifests, from template.t0" in ran.out
    assert ids(active)["template.otp"] == before["template.t0"]
    assert deletions(active) == []


def test_a_swap_of_two_names_writes_nothing(active: Shop) -> None:
    before, writes = ids(active), active.writes()
    edit(active, "news", **{"name: news": "name: order"})
    edit(active, "order", **{"name: order": "name: news"})
    assert active("apply", "--auto-approve").code == 0
    assert active.writes() == writes
    after = ids(active)
    assert after["template.news"] == before["template.order"]
    assert after["template.order"] == before["template.news"]


def test_an_empty_directory_deletes_nothing(active: Shop) -> None:
    """A submodule that was not fetched, a generator that wrote nothing."""
    for path in (active.root / "templates").glob("*.yaml"):
        path.unlink()
    ran = active("apply", "--auto-approve")
    assert ran.code == 3
    assert "--allow-empty" in ran.out
    assert deletions(active) == []
    assert active("apply", "--auto-approve", "--allow-empty", "--max-deletes", "9").code == 0
    assert len(deletions(active)) == 3


def test_one_manifest_of_several_is_deleted_without_a_flag(active: Shop) -> None:
    (active.root / "templates" / "order.yaml").unlink()
    assert active("apply", "--auto-approve").code == 0
    assert len(deletions(active)) == 1


def test_what_is_meant_to_go_goes(active: Shop) -> None:
    edit(active, "t0", **{"name: t0": "name: otp", "您的验证码": "您的登录验证码"})
    ran = active("apply", "--auto-approve", "--not-renamed", "template.t0")
    assert ran.code == 0, ran.err
    assert len(deletions(active)) == 1
    unknown = active("plan", "--not-renamed", "template.nobody")
    assert unknown.code == 64
    assert "--not-renamed template.nobody" in unknown.err


def test_an_older_pipeline_that_runs_again_deletes_nothing(shop: Shop) -> None:
    """The commit is kept in the state; a saved plan of the older commit does not help either."""
    git(shop.root, "init", "--quiet", "-b", "main")

    def commit(moment: int) -> str:
        git(shop.root, "add", "smsops.yaml", "signs", "templates")
        git(shop.root, "commit", "--quiet", "-m", "x", moment=moment)
        return git(shop.root, "rev-parse", "HEAD")

    first = commit(1_800_000_000)
    shop.template("order", "您的订单已更新{1}。", title="订单")
    newest = commit(1_800_100_000)
    for _ in range(2):
        shop("apply", "--auto-approve")
        shop.approve()
    git(shop.root, "checkout", "--quiet", first)

    ran = shop("apply", "--auto-approve")

    assert ran.code == 3
    assert f"a newer commit ({newest[:12]}) was applied already and this one is {first[:12]}" in (
        ran.out
    )
    assert deletions(shop) == []
    saved = shop.root / "old.plan"
    assert shop("plan", "-o", str(saved)).code == 0
    assert shop("apply", str(saved)).code == 3
    assert shop("apply", "--auto-approve", "--allow-older-commit").code == 0
    assert len(deletions(shop)) == 1
    git(shop.root, "checkout", "--quiet", "main")
    assert shop("apply", "--auto-approve").code == 0
    assert "template.order" in shop("state", "list").out


def test_a_checkout_without_git_is_no_obstacle(active: Shop) -> None:
    probe = subprocess.run(
        ["git", "-C", str(active.root), "rev-parse"], capture_output=True, check=False
    )
    assert probe.returncode, "the project of this test lies in no repository"
    (active.root / "templates" / "order.yaml").unlink()
    assert active("apply", "--auto-approve").code == 0


def test_a_mistyped_move_deletes_nothing(active: Shop) -> None:
    assert active("state", "mv", "template.order", "template.ordre").code == 0
    ran = active("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert deletions(active) == []
    assert "template.order" in ids(active), "adopted again from where it was put"


def test_an_edit_in_the_console_is_a_change_also_when_it_came_with_the_approval(
    shop: Shop,
) -> None:
    shop("apply", "--auto-approve")
    shop.rewrite(1110, "您的密码是{1}。")
    shop.approve()
    drift = shop("drift", "--format", "json")
    assert drift.code == 2
    assert [row["class"] for row in drift.json()["findings"] if row["field"] == "content"] == [
        "config"
    ]
    shop("apply", "--auto-approve")
    rows = shop("plan", "--format", "json").json()["resource_changes"]
    [row] = [row for row in rows if row["address"] == "template.t0"]
    assert row["smsops"]["role"] == "successor", "the right text is on its way"


def test_half_a_chain_of_moves_is_a_stale_plan(active: Shop) -> None:
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


def test_a_state_that_changes_hands_deletes_nothing(active: Shop) -> None:
    """The new project has declared nothing of it yet."""
    project = active.root / "smsops.yaml"
    project.write_text(project.read_text().replace("name: shop", "name: ops"))
    (active.root / "templates" / "order.yaml").unlink()
    assert active("plan").code == 4
    assert active("state", "assign", "--project").code == 0
    ran = active("apply", "--auto-approve")
    assert ran.code == 0, ran
    assert "bound, not declared" in ran.out
    assert deletions(active) == []


def test_a_commit_of_the_future_leaves_a_state_that_can_be_read(shop: Shop) -> None:
    """Some tool wrote milliseconds."""
    git(shop.root, "init", "--quiet", "-b", "main")
    git(shop.root, "add", "smsops.yaml")
    git(shop.root, "commit", "--quiet", "-m", "x", moment=1_732_665_600_000)
    assert shop("apply", "--auto-approve").code == 0
    assert shop("plan").code == 0
    shown = shop("state", "show", "--format", "json").json()
    assert shown["commit"]["committed_at"] < "2999"
