"""What GitHub refuses, or does otherwise than one expects, the tests' runner does as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci import workflows
from tests.ci.workflows import GitHub

CALLED = """\
on: {workflow_call: {inputs: {room: {type: string, default: a}}, secrets: {}}}
concurrency: {group: "called-${{ inputs.room }}"}
jobs:
  first: {permissions: {}, steps: []}
  second: {permissions: {}, needs: first, if: "SECOND", steps: []}
  third: {permissions: {}, if: "github.event_name == 'never'", steps: []}
"""
CALLER = """\
jobs:
  one:
    permissions: {}
    uses: OWNER/smsops/.github/workflows/called.yml@0000000000000000000000000000000000000000
    secrets: {}
  two:
    needs: one
    if: ${{ TWO }}
    permissions: {}
    uses: OWNER/smsops/.github/workflows/called.yml@0000000000000000000000000000000000000000
    with: {room: b}
    secrets: {}
"""


def results(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "caller.yml"
    path.write_text(text, "utf-8")
    host = GitHub(tmp_path, tmp_path / "origin.git", {"": {"KEY": "value"}}, {}, "false")
    return {name: job.result for name, job in host.run(path, {}).items()}


EVER = "github.event_name != 'never'"
ALL = dict.fromkeys(("one/first", "one/second"), "success") | {"one/third": "skipped"}
NEXT = {"two/first": "success", "two/third": "skipped"}
SAYS = "!cancelled() && needs.NAME.result == 'success'"
ALSO = "!failure() && !cancelled()"


@pytest.mark.parametrize(
    ("two", "second", "after"),
    [
        (EVER, SAYS.replace("NAME", "first"), {}),
        (ALSO, EVER, NEXT | {"two/second": "skipped"}),
        (
            ALSO,
            SAYS.replace("NAME", "first"),
            NEXT | {"two/second": "success"},
        ),
    ],
    ids=["it-is-skipped", "its-jobs-are-skipped", "conditions-name-results"],
)
def test_a_skipped_job_of_a_called_workflow_skips_what_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two: str, second: str, after: dict[str, str]
) -> None:
    monkeypatch.setattr(workflows, "WORKFLOWS", tmp_path)
    (tmp_path / "called.yml").write_text(CALLED.replace("SECOND", second), "utf-8")
    assert results(tmp_path, CALLER.replace("TWO", two)) == ALL | after


def test_one_run_is_not_twice_in_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "WORKFLOWS", tmp_path)
    (tmp_path / "called.yml").write_text(CALLED.replace("SECOND", EVER), "utf-8")
    text = CALLER.replace("TWO", ALSO).replace("{room: b}", "{room: A}")
    with pytest.raises(AssertionError, match="twice in one run: called-A"):
        results(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{defaults: {}, jobs: {}}", "in workflow: defaults"),
        ("jobs: {a: {continue-on-error: true, steps: []}}", "in job: continue-on-error"),
        ("jobs: {a: {uses: x, runs-on: y}}", "in call: runs-on"),
        ("jobs: {a: {steps: [{run: x, continue-on-error: true}]}}", "in step: continue-on-error"),
        (
            "jobs: {a: {steps: [{uses: actions/checkout@v6, with: {ref: x}}]}}",
            "in actions/checkout: ref",
        ),
        (
            "jobs: {a: {steps: [{uses: actions/upload-artifact@v7, with: {overwrite: true}}]}}",
            "in actions/upload-artifact: overwrite",
        ),
        (
            "jobs: {a: {steps: [{uses: actions/upload-artifact@v7, with: {name: a/b, path: x}}]}}",
            "no name of an artifact: a/b",
        ),
        ("{concurrency: {group: '${{ secrets.KEY }}'}, jobs: {}}", "no secrets.KEY"),
        ("jobs: {a: {if: \"secrets.KEY != ''\", steps: []}}", "no secrets.KEY"),
        ("jobs: {a: {runs-on: '${{ secrets.KEY }}', steps: []}}", "no secrets.KEY"),
        ("jobs: {a: {environment: '${{ secrets.KEY }}', steps: []}}", "no secrets.KEY"),
        ("jobs: {a: {environment: b, steps: []}}", "no environment b"),
        ("jobs: {a: {steps: [{run: x, if: \"secrets.KEY != ''\"}]}}", "no secrets.KEY"),
    ],
)
def test_what_github_refuses_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        results(tmp_path, text)
