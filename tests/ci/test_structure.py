"""What people copy from examples/ci is pinned, has the least rights, and fits this smsops."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from smsops.kinds import RESOURCES
from smsops.providers.tencent import sending, statistics
from smsops.providers.tencent.roles import FOR_STS
from tests.ci.expressions import Expressions
from tests.ci.workflows import ACTION, CALLED, ROOT, SELF, loaded
from tests.support.project import Project

CI = ROOT / "examples" / "ci"
#: What people copy, and what it calls.
CALLERS = sorted([*CI.glob("github/workflows/*.yml"), *CI.glob("environments/github/*.yml")])
WORKFLOWS = [
    path
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    if "workflow_call" in loaded(path)["on"]
]
GUIDE = (ROOT / "docs" / "ci.md").read_text("utf-8")
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
every_caller = pytest.mark.parametrize(
    "path", CALLERS, ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)


def jobs(path: Path) -> Iterator[Mapping[str, Any]]:
    yield from loaded(path)["jobs"].values()


def steps(path: Path) -> list[Mapping[str, Any]]:
    if path.name == "action.yml":
        return list(loaded(path)["runs"]["steps"])
    return [step for job in jobs(path) for step in job.get("steps", ())]


def called(job: Mapping[str, Any]) -> Path:
    """The workflow that a job of an example uses."""
    used = CALLED.fullmatch(job["uses"])
    assert used
    return ROOT / ".github" / "workflows" / used[1]


def secrets(value: object) -> set[str]:
    """The names of the secrets that something mentions."""
    return set(re.findall(r"secrets\.(\w+)", json.dumps(value)))


# -- GitHub ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*CALLERS, *WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_what_is_used_is_pinned_by_its_commit_with_the_version_next_to_it(path: Path) -> None:
    used = [
        line.strip().removeprefix("- ")
        for line in path.read_text("utf-8").splitlines()
        if re.match(r" +(- )?uses: ", line)
    ]
    own = [f"uses: {SELF}"] if path in WORKFLOWS else []

    assert used
    for line in used:
        assert line in own or re.fullmatch(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, ACTION]:
        for step in steps(path):
            if "@" in step.get("uses", ""):
                name, _, commit = step["uses"].partition("@")
                pins.setdefault(name, set()).add(commit)
    assert {name: len(commits) for name, commits in pins.items()} == dict.fromkeys(pins, 1)


def test_every_workflow_has_an_example_and_every_example_is_about_ten_lines_a_job() -> None:
    assert {called(job) for path in CALLERS for job in jobs(path)} == set(WORKFLOWS)
    for path in CALLERS:
        lines = [line for line in path.read_text("utf-8").splitlines() if line and line[:1] != "#"]
        # Four lines begin every workflow, and every job has at least ten minus those.
        assert len(lines) <= 4 + 10 * len(list(jobs(path))), path


@every_workflow
def test_a_workflow_has_no_rights_and_a_job_only_those_it_names(path: Path) -> None:
    assert loaded(path)["permissions"] == {}
    for job in jobs(path):
        granted = dict(job["permissions"])
        assert granted.pop("contents") == ("write" if "environment" in job else "read")
        # To ask for a role, where a step has secrets at all.
        assert granted.pop("id-token", "") == ("write" if secrets(job) else "")
        assert granted.keys() <= {"pull-requests", "issues"}
        assert job["timeout-minutes"] <= 60


@every_caller
def test_an_example_grants_what_the_workflow_takes_and_nothing_more(path: Path) -> None:
    assert loaded(path)["permissions"] == {}
    for job in jobs(path):
        taken: dict[str, str] = {}
        for each in jobs(called(job)):
            for right, level in each["permissions"].items():
                taken[right] = max(taken.get(right, ""), level)
        assert job["permissions"] == taken


@every_workflow
def test_only_jobs_of_an_environment_see_the_key_that_writes(path: Path) -> None:
    """Where a workflow has both, the other jobs have another name for what reads."""
    both = {"environment" in job for job in jobs(path) if secrets(job)} == {True, False}
    for job in jobs(path):
        reads = both and "environment" not in job
        pair = "SMSOPS_PLAN_SECRET" if reads else "TENCENTCLOUD_SECRET"
        chats = {name for name in secrets(job) if name.startswith("SMSOPS_NOTIFY_")}
        of_probes = {"SMSOPS_LEDGER_KEY", "SMSOPS_PROBE_PHONE"}
        others = of_probes if "-probe'" in job.get("environment", "") else set()
        assert secrets(job) <= {f"{pair}_ID", f"{pair}_KEY"} | chats | others
    declared = loaded(path)["on"]["workflow_call"]["secrets"].keys()
    assert declared == secrets(loaded(path)["jobs"])


@every_caller
def test_an_example_gives_the_key_that_writes_to_no_job_without_an_environment(path: Path) -> None:
    for job in jobs(path):
        for name, value in job["secrets"].items():
            seen = [each for each in jobs(called(job)) if name in secrets(each)]
            reads = "_PLAN_SECRET_" in value or "__SMSOPS_SECRET_" in value
            assert seen
            assert reads or all("environment" in each for each in seen)
            assert not (reads and any("environment" in each for each in seen))


@every_workflow
def test_secrets_reach_only_the_step_that_talks_to_the_account(path: Path) -> None:
    assert not secrets(loaded(path).get("env", {}))
    for job in jobs(path):
        assert not secrets(job.get("env", {}))
        for step in job["steps"]:
            if secrets(step):
                assert step["uses"] == SELF
                assert not secrets(step["with"])


@pytest.mark.parametrize("path", [*CALLERS, *WORKFLOWS], ids=lambda path: path.stem)
def test_no_workflow_runs_the_code_of_strangers_with_rights(path: Path) -> None:
    events = loaded(path)["on"]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(events)
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_scripts_get_every_value_from_the_environment() -> None:
    assert not any("run" in step for path in WORKFLOWS for step in steps(path))
    scripts = [step["run"] for step in steps(ACTION) if "run" in step]
    assert scripts
    assert not any("${{" in script for script in scripts)


@every_workflow
def test_runs_that_write_wait_for_each_other(path: Path) -> None:
    """Those of another project or environment do not: a waiting run would be lost to theirs."""
    concurrency = loaded(path)["concurrency"]
    writes = any("environment" in job for job in jobs(path))
    for part in (f"smsops-{path.stem}-", "${{ inputs.directory }}", "${{ inputs.environment }}"):
        assert part in concurrency["group"]
    assert not (writes and concurrency["cancel-in-progress"])


def test_every_workflow_of_the_guide_is_there() -> None:
    assert [path.name for path in CALLERS if path.parent.name == "workflows"] == sorted(
        {f"{name}.yml" for name in re.findall(r"workflows/(smsops-[a-z]+)\.yml", GUIDE)}
    )


def test_the_guide_has_every_input_of_the_workflows() -> None:
    section = GUIDE.partition("### The workflows\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    common = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    own = {
        "plan": {"comment"},
        "drift": {"comment"},
        "apply": {"probe", "plan-role-arn", "probe-role-arn"},
    }
    for path in WORKFLOWS:
        takes = set(loaded(path)["on"]["workflow_call"]["inputs"])
        nameless = {"name"} if path.stem in ("plan", "drift") else set()
        assert takes == common - nameless | own.get(path.stem, set()), path
        assert all(f"`{name}" in section for name in takes)


# -- pre-commit ----------------------------------------------------------------------------------


def test_the_hook_validates_offline(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    project = Project(tmp_path / "sms", options=()).begin()
    words = shlex.split(hook["entry"])

    assert (hook["id"], words[0], hook["pass_filenames"]) == ("smsops-validate", "smsops", False)
    assert project(*words[1:]).code == 0
    for name, touched in {
        "sms/templates/a.yaml": True,
        "sms/smsops.yml": True,
        "sms/signs/proofs/license.png": True,
        "src/main.py": False,
    }.items():
        assert bool(re.search(hook["files"], name)) == touched


# -- keys and pins ---------------------------------------------------------------------------------


def actions(path: Path) -> list[str]:
    (statement,) = json.loads(path.read_text("utf-8"))["statement"]
    assert (statement["effect"], statement["resource"]) == ("allow", ["*"])
    return list(statement["action"])


def test_a_policy_allows_what_smsops_calls_and_nothing_else() -> None:
    apis = [kind.api for kind in RESOURCES.values()]
    identity = {"sts:GetCallerIdentity"}
    reads = {f"sms:{api.describe}" for api in apis}
    writes = {f"sms:{name}" for api in apis for name in (api.add, api.modify, api.delete)}

    text = Path(statistics.__file__).read_text("utf-8")
    counts = {f"sms:{action}" for action in re.findall(r'"(\w+Statistics)"', text)}
    assert set(actions(CI / "policies" / "plan.json")) == reads | identity
    assert set(actions(CI / "policies" / "apply.json")) == reads | writes | identity
    # The pulls by application take reports away from others, and no probe makes them.
    text = Path(sending.__file__).read_text("utf-8")
    called = set(re.findall(r'"((?:SendSms|Pull\w*|Describe\w*|ReportConversion))"', text))
    sends = {f"sms:{action}" for action in called - {"PullSmsSendStatus", "PullSmsReplyStatus"}}
    assert set(actions(CI / "policies" / "probe.json")) == reads | sends | identity
    assert len(counts) == 3
    assert set(actions(CI / "policies" / "drift.json")) == reads | counts | identity


@pytest.mark.parametrize(
    ("name", "issuer"),
    [("GitHub", "https://token.actions.githubusercontent.com"), ("GitLab", "https://gitlab.com")],
)
def test_a_role_trusts_the_jobs_that_the_examples_have(name: str, issuer: str) -> None:
    """One provider, the audience that smsops asks for, and no job but those that write."""
    path = CI / "policies" / f"trust-{name.lower()}.json"
    (statement,) = json.loads(path.read_text("utf-8"))["statement"]
    assert statement["action"] == ["name/sts:AssumeRoleWithWebIdentity"]
    (provider,) = statement["principal"]["federated"]
    assert re.fullmatch(rf"qcs::cam::uin/[0-9]+:oidc-provider/{name}", provider)
    conditions = statement["condition"]["string_equal"]
    assert (conditions["oidc:iss"], conditions["oidc:aud"]) == ([issuer], [FOR_STS])
    given = {"inputs": {"name": "", "environment": ""}}
    environments = {
        Expressions(given).text(job["environment"])
        for workflow in WORKFLOWS
        for job in jobs(workflow)
        if "environment" in job
    }
    assert environments == {"smsops", "smsops-promote", "smsops-probe"}
    writing = {f"repo:OWNER/REPO:environment:{each}" for each in environments - {"smsops-probe"}}
    branch = {"project_path:GROUP/PROJECT:ref_type:branch:ref:main"}
    assert set(conditions["oidc:sub"]) == (writing if name == "GitHub" else branch)


def test_the_guide_shows_the_policies_as_they_are() -> None:
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
    names = ("plan", "apply", "probe", "drift", "trust-github", "trust-gitlab")
    files = [json.loads((CI / "policies" / f"{name}.json").read_text()) for name in names]
    assert shown == files
