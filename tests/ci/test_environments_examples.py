"""The pipelines of examples/ci/environments, on two accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci.gitlab_local import GitLab
from tests.ci.gitlab_server import gitlab
from tests.ci.repository import ID, KEY, Repository
from tests.ci.workflows import REPOSITORY, ROOT, GitHub
from tests.support.environments import IDS, NAMES, patch
from tests.support.forges import TOKEN, Host, host

pytestmark = pytest.mark.systems

PLACE = ROOT / "examples" / "ci" / "environments"
GITHUB, GITLAB = PLACE / "github", PLACE / "gitlab-ci.yml"
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


def test_the_callers_of_github(team: Team, smsops: str, forge: Host) -> None:
    """A comment for each environment, and then exactly the plan of each."""
    team.settle("{backend: git, remote: origin}")
    secrets = {"": READ, "staging": WRITE, "prod": WRITE}
    variables = {**team.endpoints, "GITHUB_API_URL": forge.url}
    runner = GitHub(team.root, team.repository.origin, secrets, variables, smsops)

    def plan() -> dict[str, str]:
        team.repository.push("change")
        jobs = runner.run(GITHUB / "smsops-plan.yml", {"pull_request": PULL}, ref="change")
        return {name: job.result for name, job in jobs.items()}

    def each(result: str) -> dict[str, str]:
        return {f"{name}/{job}": result for name in NAMES for job in ("validate", "plan")}

    assert plan() == each("success")
    assert [each["body"].split("\n")[1] for each in forge.comments] == [
        f"### smsops plan: sms {name}" for name in NAMES
    ]
    assert [each["body"].count("template.t0") > 0 for each in forge.comments] == [True, False]
    # Again: each finds its own.
    assert plan() == each("success")
    assert len(forge.comments) == 2
    assert list(runner.artifacts.iterdir()) == [], "what is shown is not what is applied"
    assert team.adds() == {"staging": [], "prod": []}

    approved = []
    runner.waiting = lambda: approved.append(team.adds())
    jobs = runner.run(GITHUB / "smsops-apply.yml", {})
    assert {name: job.result for name, job in jobs.items()} == {
        f"{name}/{job}": "skipped" if job == "probe" else "success"
        for name in NAMES
        for job in ("plan", "apply", "probe")
    }, [job.log for job in jobs.values()]
    assert team.adds() == BOTH
    # Nothing is written to an account before people of its environment agree; staging is first.
    assert approved == [{"staging": [], "prod": []}, {**BOTH, "prod": []}]

    # A manifest that is broken: the comment of each says so, and the plan of before is gone.
    (team.repository.clone / "sms" / "templates" / "t0.yaml").write_text("kind: Nothing\n")
    assert plan() == each("failure")
    for comment in forge.comments:
        assert "There is no plan." in comment["body"]
        assert "to create" not in comment["body"]


def test_production_is_left_alone_when_staging_fails(team: Team, smsops: str, forge: Host) -> None:
    team.settle("{backend: git, remote: origin}")
    secrets = {"": READ, "staging": dict.fromkeys(WRITE, ""), "prod": WRITE}
    variables = {**team.endpoints, "GITHUB_API_URL": forge.url}
    runner = GitHub(team.root, team.repository.origin, secrets, variables, smsops)
    jobs = runner.run(GITHUB / "smsops-apply.yml", {})
    assert jobs["staging/apply"].result == "failure"
    assert not any(name.startswith("prod/") for name in jobs)
    assert team.adds() == {"staging": [], "prod": []}


def test_the_two_includes_of_gitlab(team: Team, smsops: str) -> None:
    """A state, a note and an apply for each environment; production by hand, after staging."""
    team.settle("{backend: http}")
    text = GITLAB.read_text("utf-8")
    with gitlab(*NAMES) as server:
        credentials = {f"{name}/write": WRITE for name in NAMES}
        credentials |= {f"{name}/read": {**WRITE, "GITLAB_TOKEN": TOKEN} for name in NAMES}
        variables = {**server.variables, **team.endpoints}
        runner = GitLab(team.root, team.repository.origin, credentials, variables, smsops)
        team.repository.push("change")
        request = runner.begin(text, "merge_request_event", ref="change", request=5)
        jobs = request.run()
        assert {each: job.code for each, job in jobs.items()} == {
            f"{name}-{each}": 0 for name in NAMES for each in ("validate", "plan")
        }, [job.log for job in jobs.values()]
        notes = {each["body"].split("\n")[1]: each["body"] for each in server.forge.comments}
        heads = {name: f"### smsops plan: sms {name}" for name in NAMES}
        assert notes.keys() == set(heads.values())
        assert [notes[heads[name]].count("template.t0") > 0 for name in NAMES] == [True, False]
        assert team.adds() == {"staging": [], "prod": []}

        pushed = runner.begin(text, "push")
        whens = pushed.jobs()
        assert (whens["staging-apply"], whens["prod-apply"]) == ("on_success", "manual")
        assert pushed.run("staging-plan", "prod-plan", "staging-apply")["staging-apply"].code == 0
        assert team.adds() == {**BOTH, "prod": []}
        assert pushed.run("prod-apply")["prod-apply"].code == 0
        assert team.adds() == BOTH
        assert all(state.latest for state in server.states.values())
