"""Files for GitHub and GitLab fit the schemas of the vendors, and pass actionlint and zizmor."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from release import checks
from release.checks import Release
from tests.ci.workflows import ROOT

pytestmark = pytest.mark.systems

#: Who notices it, a fault, the file that gets it, what stands there now, and what instead.
FAULTS = (
    (
        "check-jsonschema",
        "a job without a runner",
        ".github/workflows/plan.yml",
        "    runs-on: ${{ inputs.runner }}\n",
        "",
    ),
    (
        "check-jsonschema",
        "an example with steps and a workflow",
        "examples/ci/github/workflows/smsops-drift.yml",
        "    with: {directory: sms}\n",
        "    steps: [{run: date}]\n",
    ),
    (
        "check-jsonschema",
        "an action that is not composite",
        "action.yml",
        "using: composite",
        "using: sorcery",
    ),
    (
        "check-jsonschema",
        "a job of GitLab without a script",
        "templates/pipeline.yml",
        "  script:\n    - reports\n",
        "  skript:\n    - reports\n",
    ),
    (
        "actionlint",
        "an output that no step has",
        ".github/workflows/apply.yml",
        "steps.plan.outputs.changes",
        "steps.plans.outputs.changes",
    ),
    (
        "actionlint",
        "an input that the action does not have",
        ".github/workflows/drift.yml",
        "comment: ${{ inputs.comment }}",
        "coment: ${{ inputs.comment }}",
    ),
    (
        "zizmor",
        "a title of a pull request in a script",
        "action.yml",
        "version=$(smsops --version)",
        'version=$(echo "${{ github.event.pull_request.title }}")',
    ),
    (
        "zizmor",
        "an action by its branch",
        ".github/workflows/apply.yml",
        "actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10 # v6.0.3",
        "actions/checkout@main",
    ),
    (
        "zizmor",
        "every secret for a workflow of others",
        "examples/ci/github/workflows/smsops-plan.yml",
        "    secrets:\n",
        "    secrets: inherit\n    env:\n",
    ),
)
PROGRAMS = ("check-jsonschema", "actionlint", "zizmor")


def test_the_vendors_take_every_file() -> None:
    assert list(checks.workflows(Release(ROOT))) == []


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row[1].replace(" ", "-"))
def test_a_fault_is_noticed(row: tuple[str, ...], tmp_path: Path) -> None:
    """The check above can fail, for each of the programs and for each kind of file."""
    program, _, name, there, instead = row
    root, programs = tmp_path / "checkout", tmp_path / "bin"
    programs.mkdir()
    for each in PROGRAMS:
        own = Release(root).programs / each
        (programs / each).symlink_to(own if each == program else "/bin/true")
    (root / ".github" / "workflows").mkdir(parents=True)
    for each in {name, "action.yml"}:
        (root / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / each, root / each)
    # By it actionlint knows where the repository begins.
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    text = (root / name).read_text("utf-8")
    assert there in text
    (root / name).write_text(text.replace(there, instead, 1), "utf-8")

    [said] = checks.workflows(Release(root, programs=programs))
    assert said.startswith(f"{program}: ")
    assert Path(name).name in said
