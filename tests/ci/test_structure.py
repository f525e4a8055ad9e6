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

from smsops.chats.services import SERVICES
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
        assert job["runs-on"] == "${{ inputs.runner }}"


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
def test_an_example_gives_every_key_and_the_writing_one_to_environments_alone(path: Path) -> None:
    for job in jobs(path):
        declared = loaded(called(job))["on"]["workflow_call"]["secrets"].keys()
        asked = OF_PROBE if called(job).stem == "apply" else set()
        assert job["secrets"].keys() == declared - CHATS - asked
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


#: What smsops reads of the environment: of every command that talks to the account, and of probe.
KEY = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
CHATS = {service.url for service in SERVICES} | {each.secret for each in SERVICES if each.sign}
OF_PROBE = {"SMSOPS_LEDGER_KEY", "SMSOPS_PROBE_PHONE"}


def of_action(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The names of a workflow's jobs, and their step with the action."""
    for name, job in loaded(path)["jobs"].items():
        (step,) = [step for step in job["steps"] if step["uses"] == SELF]
        yield name, step


@every_workflow
def test_every_input_reaches_the_action_under_its_own_name(path: Path) -> None:
    inputs = loaded(path)["on"]["workflow_call"]["inputs"]
    assert inputs.keys() == set(re.findall(r"inputs\.([\w-]+)", json.dumps(loaded(path))))
    takes = inputs.keys() & loaded(ACTION)["inputs"].keys()
    for name, step in of_action(path):
        given = dict(step["with"])
        assert given.pop("command") == name
        assert given == {each: f"${{{{ inputs.{each} }}}}" for each in given}
        # In apply.yml, `options` are those of its plan.
        own = takes - {"options"} if path.stem == "apply" and name != "plan" else takes
        assert given.keys() == ({"directory", "environment"} if name == "validate" else own)


@every_workflow
def test_every_secret_and_role_reaches_the_action_under_its_own_name(path: Path) -> None:
    for name, step in of_action(path):
        if name == "validate":
            assert "env" not in step
            continue
        reads = path.stem == "apply" and name == "plan"
        key = {each: each.replace("TENCENTCLOUD", "SMSOPS_PLAN") if reads else each for each in KEY}
        others = CHATS | (OF_PROBE if name == "probe" else set())
        named = {**key, **{each: each for each in others}}
        expected = {each: f"${{{{ secrets.{secret} }}}}" for each, secret in named.items()}
        role = f"{name}-role-arn" if path.stem == "apply" and name != "apply" else "role-arn"
        expected["TENCENTCLOUD_ROLE_ARN"] = f"${{{{ inputs.{role} }}}}"
        expected["TENCENTCLOUD_PROVIDER_ID"] = "${{ inputs.provider-id }}"
        assert step["env"] == expected


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({"name": "shop", "environment": "prod"}, "shop"),
        ({"name": "", "environment": "prod"}, "prod"),
        ({"name": "", "environment": ""}, "smsops"),
    ],
)
def test_environments_and_artifacts_begin_with_one_name(given: dict[str, str], base: str) -> None:
    expressions = Expressions({"inputs": given})
    environments, artifacts = [], []
    for path in WORKFLOWS:
        for job in jobs(path):
            if "environment" in job:
                environments.append(expressions.text(job["environment"]))
            artifacts += [
                expressions.text(step["with"]["name"])
                for step in job["steps"]
                if "-artifact@" in step["uses"]
            ]
    # Those of apply.yml, probe.yml and promote.yml; and the page.
    probes = [f"{base}-probe"] * 2
    assert environments == [base, *probes, f"{base}-promote"]
    assert artifacts == [f"{base}-plan"] * 2 + [f"{base}-stats"]


@pytest.mark.parametrize("path", [*WORKFLOWS, *CALLERS], ids=lambda path: path.stem)
def test_who_needs_a_job_names_its_result(path: Path) -> None:
    """success() alone is false where any job before was skipped, in a called workflow, too."""
    for job in jobs(path):
        named = set(re.findall(r"needs\.(\w+)", json.dumps(job)))
        assert named <= {job.get("needs")}
        if named:
            assert "!cancelled() && " in job["if"]
            assert f"needs.{job['needs']}.result == 'success'" in job["if"]
        elif "needs" in job:
            # What the result of a call is in which a job was skipped, is written nowhere.
            assert job["if"] == "${{ !failure() && !cancelled() }}"


PULLED = {"number": 5, "head": {"repo": {"full_name": "acme/sms"}}}


@pytest.mark.parametrize("event_name", ["pull_request", "pull_request_review"])
@pytest.mark.parametrize(
    ("event", "planned"),
    [
        ({}, True),
        ({"pull_request": PULLED}, True),
        ({"pull_request": {"number": 5, "head": {"repo": {"full_name": "other/sms"}}}}, False),
        # The fork was deleted.
        ({"pull_request": {"number": 5, "head": {"repo": None}}}, False),
    ],
)
def test_no_event_plans_what_a_fork_sends(
    event: dict[str, Any], planned: bool, event_name: str
) -> None:
    condition = loaded(ROOT / ".github" / "workflows" / "plan.yml")["jobs"]["plan"]["if"]
    github = {"event": event, "event_name": event_name, "repository": "acme/sms"}
    assert Expressions({"github": github}).holds(condition) == planned


def test_a_push_replaces_the_plan_of_its_pull_request_alone() -> None:
    concurrency = loaded(ROOT / ".github" / "workflows" / "plan.yml")["concurrency"]

    def group(**github: Any) -> str:
        inputs = {"directory": "sms", "environment": ""}
        return Expressions({"github": github, "inputs": inputs}).text(concurrency["group"])

    first = group(event={"pull_request": PULLED}, ref="refs/pull/5/merge")
    assert first == group(event={"pull_request": PULLED}, ref="refs/heads/main")
    others = [
        group(event={"pull_request": PULLED | {"number": 6}}, ref="refs/pull/6/merge"),
        group(event={}, ref="refs/heads/main"),
        group(event={}, ref="refs/heads/gh-readonly-queue/main/pr-5-0"),
    ]
    assert len({first, *others}) == 4


@every_caller
def test_an_example_runs_when_the_guide_says_so(path: Path) -> None:
    events = loaded(path)["on"]
    name = path.stem.removeprefix("smsops-")
    if name == "plan":
        assert events == {"pull_request": {"paths": ["sms/**", f".github/workflows/{path.name}"]}}
    elif name == "apply":
        pushed = {"branches": ["main"], "paths": ["sms/**"]}
        assert events == {"push": pushed, "workflow_dispatch": None}
    else:
        assert events.keys() == {"schedule", "workflow_dispatch"}
        ((minute, hour, *days),) = [each["cron"].split() for each in events["schedule"]]
        head = path.read_text("utf-8").partition("\nname:")[0]
        if hour != "*":
            assert f"at {(int(hour) + 8) % 24:02}:{int(minute):02} in Shanghai" in head
        every = "hour" if hour == "*" else "night" if int(hour) > 12 else "morning"
        assert days == ["*", "*", "1" if "Every Monday" in head else "*"]
        assert f"Every {'Monday' if days[-1] == '1' else every}" in head


@every_workflow
def test_runs_that_write_wait_for_each_other(path: Path) -> None:
    """Those of another project or environment do not: a waiting run would be lost to theirs."""
    concurrency = loaded(path)["concurrency"]
    for part in (f"smsops-{path.stem}-", "${{ inputs.directory }}", "${{ inputs.environment }}"):
        assert part in concurrency["group"]
    # Only a preview that is out of date is given up.
    assert concurrency["cancel-in-progress"] == (path.stem == "plan")


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
