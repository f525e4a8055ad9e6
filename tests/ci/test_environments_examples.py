"""The matrices of examples/ci/environments, one environment after the other, on two accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci import pipelines
from tests.ci.repository import ID, KEY, Repository
from tests.ci.workflows import REPOSITORY, ROOT, GitHub
from tests.support.environments import IDS, NAMES, patch
from tests.support.forges import Host, host
from tests.support.state_server import PASSWORD, StateServer

PLACE = ROOT / "examples" / "ci" / "environments"
GITHUB, GITLAB = PLACE / "github.yml", PLACE / "gitlab-ci.yml"
NOBODY = {"number": 0, "head": {"repo": {"full_name": ""}}}
PULL = {"number": 5, "head": {"repo": {"full_name": REPOSITORY}}}
READ = {
    f"{name.upper()}__SMSOPS_SECRET_{part}": value
    for name in NAMES
    for part, value in (("ID", ID), ("KEY", KEY))
}
WRITE = {"TENCENTCLOUD_SECRET_ID": ID, "TENCENTCLOUD_SECRET_KEY": KEY}


@dataclass
class Team:
    """A repository whose project has two environments, each on an account of its own."""

    repository: Repository
    accounts: Mapping[str, Emulator]
    endpoints: Mapping[str, str]
    root: Path

    def settle(self, state: str) -> None:
        """Write ``smsops.yaml``, and what is not in production yet."""
        settings = self.repository.clone / "sms" / "smsops.yaml"
        rows = ", ".join(f'{name}: {{account: "{IDS[name]}"}}' for name in NAMES)
        spec = f"region: ap-guangzhou, state: {state}, environments: {{{rows}}}"
        head = "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: shop}\n"
        settings.write_text(f"{head}spec: {{{spec}}}\n", encoding="utf-8")
        patch(settings.parent, "prod", "template.t0", "present: false")
        self.repository.push("main")

    def adds(self) -> dict[str, list[str]]:
        return {
            name: [str(row["action"]) for row in account.ledger()]
            for name, account in self.accounts.items()
        }


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with ExitStack() as stack:
        accounts = {
            name: Emulator(
                None, Settings(limits=False, secret_id=ID, secret_key=KEY, account_id=IDS[name])
            )
            for name in NAMES
        }
        urls = {name: stack.enter_context(serving(each)) for name, each in accounts.items()}
        repository = Repository(tmp_path, accounts["staging"], urls["staging"], "{backend: git}")
        endpoints = {f"{name.upper()}__SMSOPS_ENDPOINT": url for name, url in urls.items()}
        yield Team(repository, accounts, endpoints, tmp_path)


@pytest.fixture
def forge() -> Iterator[Host]:
    with host() as found:
        yield found


BOTH = {"staging": ["AddSmsSign", "AddSmsTemplate"], "prod": ["AddSmsSign"]}


def test_the_matrix_of_github(team: Team, smsops: str, forge: Host) -> None:
    """A comment for each environment, and then exactly the plan of each."""
    team.settle("{backend: git, remote: origin}")
    secrets = {"": READ, "staging": WRITE, "prod": WRITE}
    variables = {**team.endpoints, "GITHUB_API_URL": forge.url}
    runner = GitHub(team.root, team.repository.origin, secrets, variables, smsops)
    text = GITHUB.read_text("utf-8")

    def run(name: str, pull: object, ref: str, expected: str = "success") -> dict[str, str]:
        workflow = team.root / f"{name}.yml"
        workflow.write_text(text.replace("${{ matrix.environment }}", name), encoding="utf-8")
        jobs = runner.run(workflow, {"pull_request": pull}, ref=ref)
        for job in jobs.values():
            assert job.result in (expected, "skipped"), job.log
        return {each: job.result for each, job in jobs.items()}

    team.repository.push("change")
    for name in NAMES:
        results = run(name, PULL, "change")
        assert results == {"validate": "success", "plan": "success", "apply": "skipped"}
    assert [each["body"].split("\n")[1] for each in forge.comments] == [
        f"### smsops plan: sms {name}" for name in NAMES
    ]
    assert [each["body"].count("template.t0") > 0 for each in forge.comments] == [True, False]
    # Again: each finds its own.
    assert run("prod", PULL, "change")["plan"] == "success"
    assert len(forge.comments) == 2
    assert list(runner.artifacts.iterdir()) == [], "what is shown is not what is applied"
    assert team.adds() == {"staging": [], "prod": []}

    approved = []
    runner.waiting = lambda: approved.append(team.adds())
    for name in NAMES:
        assert run(name, NOBODY, "main")["apply"] == "success"
    assert team.adds() == BOTH
    # Nothing is written to an account before people of its environment agree.
    assert [asked[name] for name, asked in zip(NAMES, approved, strict=True)] == [[], []]

    # A manifest that is broken: the comment of each says so, and the plan of before is gone.
    (team.repository.clone / "sms" / "templates" / "t0.yaml").write_text("kind: Nothing\n")
    team.repository.push("change")
    for name in NAMES:
        results = run(name, PULL, "change", "failure")
        assert results == {"validate": "failure", "plan": "failure", "apply": "skipped"}
    for each in forge.comments:
        assert "There is no plan." in each["body"]
        assert "to create" not in each["body"]


def test_the_matrix_of_gitlab(team: Team, smsops: str) -> None:
    team.settle("{backend: http}")
    text = GITLAB.read_text("utf-8")
    with StateServer() as server:
        credentials = {f"{name}/{way}": WRITE for name in NAMES for way in ("read", "write")}
        runner = pipelines.GitLab(
            team.root,
            team.repository.origin,
            {"": {}, **credentials},
            {
                "CI_DEFAULT_BRANCH": "main",
                "CI_API_V4_URL": server.address.partition("/projects/")[0],
                "CI_PROJECT_ID": "7",
                "CI_JOB_TOKEN": PASSWORD,
                **team.endpoints,
            },
            smsops,
        )
        # One server keeps one state here; the environments of a real one have names.
        for name in NAMES[:1]:
            document = yaml.safe_load(
                text.replace("state/$SMSOPS_ENVIRONMENT", "state/prod").replace(
                    "$SMSOPS_ENVIRONMENT", name
                )
            )
            file = team.root / f"{name}-ci.yml"
            file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
            jobs = runner.run(file, CI_PIPELINE_SOURCE="push", SMSOPS_ENVIRONMENT=name)
            assert {each: job.code for each, job in jobs.items()} == {
                "validate": 0,
                "plan": 0,
                f"apply {name}": 0,
            }, [job.log for job in jobs.values()]
    assert team.adds() == {**BOTH, "prod": []}
    document = yaml.safe_load(text)
    assert document["apply prod"]["rules"][-1]["when"] == "manual"
    assert document["plan"]["parallel"]["matrix"] == [{"SMSOPS_ENVIRONMENT": list(NAMES)}]


def test_the_workflow_is_pinned_and_has_few_rights() -> None:
    text = GITHUB.read_text("utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used)
    pins = {path: set(re.findall(r"uses: (.*)", path.read_text("utf-8"))) for path in WORKFLOWS}
    assert set(used) <= set().union(*pins.values())
    document = yaml.safe_load(text)
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        writes = "environment" in job
        assert job["permissions"]["contents"] == ("write" if writes else "read")
        assert not any("${{" in step.get("run", "") for step in job["steps"])
        assert ("secrets.TENCENTCLOUD" in json.dumps(job)) == writes
    assert document["jobs"]["apply"]["environment"] == "${{ matrix.environment }}"


WORKFLOWS = sorted((ROOT / "examples" / "ci" / "github" / "workflows").glob("*.yml"))
