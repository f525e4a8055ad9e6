from __future__ import annotations

from pathlib import Path

import pytest

from tests.state.shell import Shell
from tests.support.git import GIT, WRAPPER, Hosting


@pytest.fixture
def hosting(tmp_path: Path) -> Hosting:
    """A remote with one commit on main, cloned into ``a`` and ``b``."""
    made = Hosting(tmp_path)
    (tmp_path / "faults").mkdir()
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "git"
    wrapper.write_text(WRAPPER.format(git=GIT, faults=tmp_path / "faults"))
    wrapper.chmod(0o755)
    (tmp_path / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    (tmp_path / "up.git").mkdir()
    made.git("init", "--quiet", "--bare", "--initial-branch=main")
    who = ("-c", "user.name=n", "-c", "user.email=e")
    tree = made.git("mktree").strip()
    commit = made.git(*who, "commit-tree", tree, "-m", "first").strip()
    made.git("update-ref", "refs/heads/main", commit)
    for clone in ("a", "b"):
        made.git("clone", "--quiet", "up.git", clone, at=".")
    return made


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(tmp_path, capsys, {})
    made.project()
    return made
