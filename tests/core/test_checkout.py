"""Which of two commits is newer: real repositories, also shallow ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.model import Commit, Older
from smsops.workspace.checkout import Checkout
from tests.support.git import ENVIRONMENT, git


def committed(root: Path, moment: int) -> Commit:
    git(root, "commit", "--quiet", "--allow-empty", "-m", str(moment), moment=moment)
    return Commit(git(root, "rev-parse", "HEAD"), moment)


def repository(root: Path) -> Path:
    root.mkdir()
    git(root, "init", "--quiet", "-b", "main")
    return root


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


def checkout(root: Path) -> Checkout:
    return Checkout(root, ENVIRONMENT)


def test_a_proper_ancestor_is_older(repo: Path) -> None:
    first, second = committed(repo, 1000), committed(repo, 2000)
    assert checkout(repo).head() == second
    assert checkout(repo).older_than(second) is None
    assert checkout(repo).older_than(first) is None
    git(repo, "checkout", "--quiet", first.sha)
    assert checkout(repo).older_than(second) == Older(second, first)
    assert checkout(repo).newest(second) == second


def test_ancestry_counts_more_than_dates(repo: Path) -> None:
    """A rebase may give a descendant an earlier date."""
    first, second = committed(repo, 2000), committed(repo, 1000)
    assert checkout(repo).older_than(first) is None
    assert checkout(repo).newest(first) == second
    git(repo, "checkout", "--quiet", first.sha)
    assert checkout(repo).older_than(second) == Older(second, first)


def test_a_branch_of_its_own_is_not_older(repo: Path) -> None:
    base, newest = committed(repo, 1000), committed(repo, 3000)
    git(repo, "checkout", "--quiet", "-b", "side", base.sha)
    side = committed(repo, 2000)
    assert checkout(repo).older_than(newest) is None
    assert checkout(repo).apart_from(newest) == side
    assert checkout(repo).apart_from(side) is None
    assert checkout(repo).apart_from(base) is None
    assert checkout(repo).apart_from(Commit("1" * 40, 1)) is None, "git does not know it"
    assert checkout(repo).newest(newest) == newest, "the later one of two branches"
    assert checkout(repo).newest(Commit(newest.sha, 1500)) == side


def test_where_history_is_too_shallow_dates_tell(repo: Path, tmp_path: Path) -> None:
    """As a CI checks out: one commit, without the others."""
    older, newest = committed(repo, 1000), committed(repo, 2000)
    git(repo, "branch", "last-week", older.sha)
    clone = tmp_path / "clone"
    url = repo.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=last-week", url, str(clone))
    assert checkout(clone).older_than(newest) == Older(newest, older)
    assert checkout(clone).newest(newest) == newest
    assert checkout(clone).older_than(Commit(newest.sha, 500)) is None


def test_a_shallow_history_that_has_both_does_not_tell_either(repo: Path, tmp_path: Path) -> None:
    older = committed(repo, 1000)
    committed(repo, 1500)
    newest = committed(repo, 2000)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", repo.as_uri(), str(clone))
    git(clone, "fetch", "--quiet", "--depth=1", "origin", older.sha)
    git(clone, "checkout", "--quiet", older.sha)
    assert checkout(clone).older_than(newest) == Older(newest, older)


def test_without_git_or_without_a_commit_nothing_is_refused(tmp_path: Path, repo: Path) -> None:
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    newest = Commit("a" * 40, 2000)
    for root in (nowhere, repo):
        assert checkout(root).head() is None
        assert checkout(root).older_than(newest) is None
        assert checkout(root).newest(newest) == newest
        assert checkout(root).newest(None) is None


def test_a_commit_of_the_future_does_not_make_later_ones_older(repo: Path, tmp_path: Path) -> None:
    """Its date counts as now; a date that no calendar has is none at all."""
    committed(repo, 4_000_000_000)
    ahead = Checkout(repo, ENVIRONMENT, now=lambda: 2_000.0).head()
    assert ahead is not None
    assert ahead.committed_at == 2_000
    later = committed(repo, 3_000)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", repo.as_uri(), str(clone))
    assert Checkout(clone, ENVIRONMENT, now=lambda: 3_000.0).older_than(ahead) is None
    assert Checkout(clone, ENVIRONMENT, now=lambda: 3_000.0).newest(ahead) == later


def test_who_goes_back_on_purpose_has_the_newest_commit(repo: Path) -> None:
    first, second = committed(repo, 1000), committed(repo, 2000)
    git(repo, "checkout", "--quiet", first.sha)
    assert checkout(repo).newest(second, back=True) == first


def test_where_git_refuses_a_repository_it_cannot_tell(repo: Path) -> None:
    """As in a container whose user does not own the checkout; and where git is missing."""
    newest = committed(repo, 2000)
    (repo / ".git" / "config").write_text("[core\n", encoding="utf-8")
    found = checkout(repo).older_than(newest)
    assert found is not None
    assert found.head is None
    assert "in no usable git repository" in str(found.why)
    assert "state backend" not in str(found.why)
    missing = Checkout(repo, {**ENVIRONMENT, "PATH": str(repo)}).older_than(newest)
    assert missing is not None
    assert str(missing.why) == "there is no git command"
    assert checkout(repo).newest(newest) == newest
