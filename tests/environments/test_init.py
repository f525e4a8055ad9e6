"""``init --environments``: a project of several accounts that validates and plans as it is."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import Project


def test_a_starter_project_with_environments(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    project.root.mkdir()
    ran = project("init", "--environments")
    assert ran.code == 0, ran.err
    assert "created environments/staging/acme.yaml" in ran.out
    assert f"smsops -C {project.root} -e staging --emulator plan" in ran.err
    # It checks all of them at once.
    assert f"smsops -C {project.root} validate " in ran.err
    assert project("validate").out == (
        "OK: staging: 1 sign, 1 template; prod: 1 sign, 1 template\n"
    )
    assert project("plan").code == 64
    assert project("plan", "--all").out.count("Plan: 2 to create.") == 2
    protected = {}
    for name in ("staging", "prod"):
        assert project.apply("-e", name).code == 0
        stored = project("state", "pull", "-e", name).json()["resources"]
        protected[name] = stored["sign.acme"]["protected"]
    assert protected == {"staging": False, "prod": True}


def test_names_of_ones_own(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    project.root.mkdir()
    assert project("init", "--environments", "Prod,x").code == 64
    assert list(project.root.iterdir()) == []
    assert project("init", "--empty", "--environments", "eu,us,eu").code == 0
    assert project("validate").code == 0
    assert "there is no environment 'asia'; there are: eu, us" in project("plan", "-e", "asia").err
