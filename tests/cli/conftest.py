from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a sign and one template, on the emulator."""
    return Project(tmp_path / "shop").begin()


@pytest.fixture
def applied_project(project: Project) -> Project:
    """The same, applied and approved."""
    assert project("apply", "--auto-approve").code == 0
    project.approve()
    assert project("apply", "--auto-approve").code == 0
    return project
