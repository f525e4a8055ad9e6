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
from tests.ci.workflows import ACTION, OURS, ROOT
from tests.support.project import Project

CI = ROOT / "examples" / "ci"
WORKFLOWS = sorted((CI / "github" / "workflows").glob("*.yml"))
GUIDE = (ROOT / "docs" / "ci.md").read_text("utf-8")
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def loaded(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as a boolean.
    document: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}


def jobs(path: Path) -> Iterator[Mapping[str, Any]]:
    yield from loaded(path)["jobs"].values()


def steps(path: Path) -> list[Mapping[str, Any]]:
    if path.name == "action.yml":
        return list(loaded(path)["runs"]["steps"])
    return [step for job in jobs(path) for step in job["steps"]]


def ours(step: Mapping[str, Any]) -> bool:
    return str(step.get("uses", "")).partition("@")[0].endswith(OURS)


# -- GitHub ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit_with_the_version_next_to_it(path: Path) -> None:
    used = [
        line.strip()
        for line in path.read_text("utf-8").splitlines()
        if re.match(r" +(- )?uses: ", line)
    ]

    assert used
    for line in used:
        assert re.fullmatch(r"(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, ACTION]:
        for step in steps(path):
            if "uses" in step:
                name, _, commit = step["uses"].partition("@")
                pins.setdefault(name, set()).add(commit)
    assert {name: len(commits) for name, commits in pins.items()} == dict.fromkeys(pins, 1)


@every_workflow
def test_a_workflow_has_no_rights_and_a_job_only_those_it_names(path: Path) -> None:
    assert loaded(path)["permissions"] == {}
    for job in jobs(path):
        granted = job["permissions"]
        assert granted["contents"] == ("write" if "environment" in job else "read")
        assert granted.keys() <= {"contents", "pull-requests", "issues"}
        assert job["timeout-minutes"] <= 60


@every_workflow
def test_only_jobs_of_an_environment_see_the_key_that_writes(path: Path) -> None:
    for job in jobs(path):
        named = set(re.findall(r"secrets\.(\w+)", json.dumps(job)))
        pair = "TENCENTCLOUD_SECRET" if "environment" in job else "SMSOPS_PLAN_SECRET"
        of_probes = {"SMSOPS_LEDGER_KEY", "SMSOPS_PROBE_PHONE"}
        others = of_probes if job.get("environment") == "smsops-probe" else set()
        assert named <= {f"{pair}_ID", f"{pair}_KEY"} | others


@every_workflow
def test_secrets_reach_only_the_step_that_talks_to_the_account(path: Path) -> None:
    assert "secrets." not in json.dumps(loaded(path).get("env", {}))
    for job in jobs(path):
        assert "secrets." not in json.dumps(job.get("env", {}))
        for step in job["steps"]:
            if "secrets." in json.dumps(step):
                if ours(step):
                    assert "secrets." not in json.dumps(step["with"])
                    continue
                [first] = re.findall(r'^ *smsops -C "\$PROJECT" (\w+) ', step["run"], re.M)[:1]
                assert first in ("plan", "apply", "drift", "stats", "wait", "probe")


@every_workflow
def test_no_workflow_runs_the_code_of_strangers_with_rights(path: Path) -> None:
    events = loaded(path)["on"]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(events)
    for job in jobs(path):
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_scripts_get_every_value_from_the_environment(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert scripts or any(map(ours, steps(path)))
    assert not any("${{" in script for script in scripts)


@every_workflow
def test_shells_stop_at_the_first_failure(path: Path) -> None:
    """Also inside a pipe, which the runner's own default does not notice."""
    if any("run" in step for step in steps(path)):
        assert loaded(path)["defaults"] == {"run": {"shell": "bash"}}


@every_workflow
def test_runs_that_write_wait_for_each_other(path: Path) -> None:
    concurrency = loaded(path)["concurrency"]
    writes = any("environment" in job for job in jobs(path))
    assert concurrency["group"].startswith(path.stem)
    assert not (writes and concurrency["cancel-in-progress"])
    for step in steps(path):
        if writes and " apply " in step.get("run", ""):
            assert "--lock-timeout" in step["run"]


def test_every_workflow_of_the_guide_is_there() -> None:
    assert [path.name for path in WORKFLOWS] == sorted(
        {f"{name}.yml" for name in re.findall(r"workflows/(smsops-[a-z]+)\.yml", GUIDE)}
    )


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
    writing = {
        f"repo:OWNER/REPO:environment:{job['environment']}"
        for workflow in (CI / "github" / "workflows").glob("*.yml")
        for job in loaded(workflow)["jobs"].values()
        if str(job.get("environment", "")) in ("smsops", "smsops-promote")
    }
    branch = {"project_path:GROUP/PROJECT:ref_type:branch:ref:main"}
    assert set(conditions["oidc:sub"]) == (writing if name == "GitHub" else branch)


def test_the_guide_shows_the_policies_as_they_are() -> None:
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
    names = ("plan", "apply", "probe", "drift", "trust-github", "trust-gitlab")
    files = [json.loads((CI / "policies" / f"{name}.json").read_text()) for name in names]
    assert shown == files
