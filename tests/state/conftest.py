from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.state.shell import Shell
from tests.support.git import GIT, WRAPPER, Hosting


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Hosting:
    """A remote with one commit on main, cloned into ``a`` and ``b``, to be copied."""
    made = Hosting(tmp_path_factory.mktemp("hosted"))
    bare = ("--quiet", "--template=")
    (made.root / "up.git").mkdir()
    made.git("init", *bare, "--bare", "--initial-branch=main")
    who = ("-c", "user.name=n", "-c", "user.email=e")
    tree = made.git("mktree").strip()
    commit = made.git(*who, "commit-tree", tree, "-m", "first").strip()
    made.git("update-ref", "refs/heads/main", commit)
    for clone in ("a", "b"):
        made.git("clone", *bare, "up.git", clone, at=".")
    for repository in ("up.git", "a/.git", "b/.git"):
        (made.root / repository / "hooks").mkdir()
    return made


@pytest.fixture
def hosting(hosted: Hosting, tmp_path: Path) -> Hosting:
    """A copy of that, and a git that can be told to fail."""
    made = Hosting(tmp_path)
    for name in ("up.git", "a", "b"):
        shutil.copytree(hosted.root / name, tmp_path / name)
    for clone in ("a", "b"):
        config = tmp_path / clone / ".git" / "config"
        text = config.read_text("utf-8")
        assert str(hosted.root) in text
        config.write_text(text.replace(str(hosted.root), str(tmp_path)), "utf-8")
    (tmp_path / "faults").mkdir()
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "git"
    wrapper.write_text(WRAPPER.format(git=GIT, faults=tmp_path / "faults"))
    wrapper.chmod(0o755)
    (tmp_path / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    return made


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(tmp_path, capsys, {})
    made.project()
    return made
