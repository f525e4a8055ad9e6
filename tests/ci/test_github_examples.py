"""The workflows of examples/ci/github with those that they call, run step by step: from a pull
request to a promotion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci.repository import CREDENTIALS, ID, KEY, SENDING, Repository
from tests.ci.workflows import REPOSITORY, ROOT, GitHub, Job
from tests.support.forges import Host, host

pytestmark = pytest.mark.systems

WORKFLOWS = ROOT / "examples" / "ci" / "github" / "workflows"
PULL_REQUEST = {"pull_request": {"number": 5, "head": {"repo": {"full_name": REPOSITORY}}}}
READ = {"SMSOPS_PLAN_SECRET_ID": ID, "SMSOPS_PLAN_SECRET_KEY": KEY}


class GitHubRepository(Repository):
    """A team on GitHub that keeps its state in its own repository."""

    def __init__(self, root: Path, emulator: Emulator, url: str, smsops: str, forge: Host) -> None:
        self.forge = forge
        super().__init__(root, emulator, url, "{backend: git, remote: origin, name: prod}")
        environments = {
            "": READ,
            "smsops": CREDENTIALS,
            "smsops-promote": CREDENTIALS,
            "smsops-probe": SENDING,
        }
        variables = {"SMSOPS_ENDPOINT": url, "GITHUB_API_URL": forge.url}
        self.host = GitHub(root, self.origin, environments, variables, smsops)

    def run(
        self,
        name: str,
        *,
        ref: str = "main",
        event: Any = None,
        inputs: str = "",
        secrets: Iterable[str] = (),
    ) -> dict[str, Job]:
        """A copy of the example ``name``, with more ``inputs`` and ``secrets`` of these names."""
        text = (WORKFLOWS / f"smsops-{name}.yml").read_text("utf-8")
        text = text.replace("{directory: sms}", f"{{directory: sms{inputs}}}")
        text += "".join(f"      {each}: ${{{{ secrets.{each} }}}}\n" for each in secrets)
        copied = self.root / f"smsops-{name}.yml"
        copied.write_text(text, "utf-8")
        return self.host.run(copied, event or {}, ref=ref)

    def pull_request(self) -> dict[str, Job]:
        """Push the clone to the branch of the pull request; the workflow's jobs."""
        self.push("change")
        return self.run("plan", ref="change", event=PULL_REQUEST)

    @property
    def state(self) -> str:
        return self.git("ls-remote", "origin", "refs/smsops/*")


@pytest.fixture
def repository(tmp_path: Path, smsops: str) -> Iterator[GitHubRepository]:
    emulator = Emulator(None, Settings(limits=False, secret_id=ID, secret_key=KEY))
    with serving(emulator) as url, host() as forge:
        yield GitHubRepository(tmp_path, emulator, url, smsops, forge)


@pytest.fixture
def running(repository: GitHubRepository) -> GitHubRepository:
    """A team whose first sign and template are applied and approved."""
    repository.apply()
    repository.judge(0)
    return repository


def test_from_a_pull_request_to_a_promotion(repository: GitHubRepository) -> None:
    jobs = repository.run("apply")
    assert {name: job.result for name, job in jobs.items()} == {
        "plan": "success",
        "apply": "success",
        "probe": "skipped",
    }, jobs["apply"].log
    repository.judge(0)
    before, state = list(repository.writes), repository.state
    assert before == ["AddSmsSign", "AddSmsTemplate"]

    # A pull request: one comment says what would happen, and nothing happens.
    repository.project.template("t0", "您的新验证码是{1}。")
    jobs = repository.pull_request()
    assert {name: job.result for name, job in jobs.items()} == {
        "validate": "success",
        "plan": "success",
    }
    (comment,) = repository.forge.comments
    before_it, _, after_it = comment["body"].partition("\n")
    assert before_it.startswith("<!-- smsops:")
    assert after_it.startswith("### smsops plan: sms\n")
    assert "1 to replace" in comment["body"]
    assert "您的<ins>新</ins>验证码是{1}。" in comment["body"]
    assert f"https://github.com/{REPOSITORY}/actions/runs/" in comment["body"]
    assert [(item.level, item.file, item.title) for item in jobs["plan"].annotations] == [
        ("warning", "sms/templates/t0.yaml", "replace template.t0")
    ]
    assert "**Plan: 1 to replace" in jobs["plan"].summary

    # Another push: the same comment, with the new text.
    repository.project.template("t0", "您的登录验证码是{1}。")
    assert repository.pull_request()["plan"].result == "success"
    (again,) = repository.forge.comments
    assert again["id"] == comment["id"]
    assert "您的<ins>登录</ins>验证码是{1}。" in again["body"]
    assert "您的新验证码是{1}。" not in again["body"]
    assert (repository.writes, repository.state) == (before, state)

    # Merged and approved: exactly that plan is applied. The old object keeps working.
    repository.merge("change")
    jobs = repository.run("apply")
    assert jobs["plan"].outputs == {"changes": "1"}
    assert jobs["apply"].result == "success", jobs["apply"].log
    assert repository.writes[2:] == ["AddSmsTemplate"]
    assert repository.templates() == {1110: 0, 1111: 1}
    assert repository.state != state

    # Every hour: nothing, until the reviewer has approved it.
    quiet = repository.run("promote")["promote"]
    assert quiet.result == "success"
    assert "Nothing to apply; 1 in review." in quiet.log
    repository.judge(0)
    promoted = repository.run("promote")["promote"]
    assert promoted.result == "success", promoted.log
    assert "1 promoted" in promoted.log
    assert repository.writes[3:] == []

    # The next merge without a change asks nobody to approve anything.
    jobs = repository.run("apply")
    assert (jobs["plan"].outputs["changes"], jobs["apply"].result) == ("0", "skipped")

    installed = (repository.host.root / "installed").read_text("utf-8").splitlines()
    assert len(installed) == 2 * repository.host.jobs
    assert all("--require-hashes" in line for line in installed[::2])
    assert all("--no-index --no-deps" in line for line in installed[1::2])


def test_the_hourly_run_does_nothing_that_nobody_approved(running: GitHubRepository) -> None:
    """Merged, and not applied yet: a new template, a deletion and a promotion that is due."""
    repository = running
    repository.project.template("t0", "您的新验证码是{1}。")
    repository.apply()
    repository.judge(0)
    repository.project.template("t1", "您的验证码是{1}，请勿泄露。")
    repository.push("main")
    writes = list(repository.writes)

    job = repository.run("promote")["promote"]

    assert job.result == "success"
    assert "1 promoted" in job.log
    assert repository.writes == writes


def test_a_pull_request_with_broken_manifests_says_so(running: GitHubRepository) -> None:
    repository = running
    repository.project.template("t0", "您的验证码是{2}。")
    jobs = repository.pull_request()

    assert {name: job.result for name, job in jobs.items()} == {
        "validate": "failure",
        "plan": "failure",
    }
    for job in jobs.values():
        assert [(item.file, item.title) for item in job.annotations if item.level == "error"] == [
            ("sms/templates/t0.yaml", "SMS303")
        ]
    (comment,) = repository.forge.comments
    assert "**There is no plan.**" in comment["body"]
    assert "SMS303" in comment["body"]

    repository.project.template("t0", "您的新验证码是{1}。")
    assert repository.pull_request()["plan"].result == "success"
    (comment,) = repository.forge.comments
    assert "1 to replace" in comment["body"]


def test_a_fork_gets_a_validation_and_no_secret(repository: GitHubRepository) -> None:
    fork = {"pull_request": {"number": 8, "head": {"repo": {"full_name": "stranger/infra"}}}}
    repository.host.environments = {"": dict.fromkeys(READ, "")}
    jobs = repository.run("plan", event=fork)

    assert {name: job.result for name, job in jobs.items()} == {
        "validate": "success",
        "plan": "skipped",
    }
    assert repository.forge.calls == []


def test_an_approval_that_comes_too_late_changes_nothing(running: GitHubRepository) -> None:
    """The plan was made, then somebody changed the account: exit 6, before any write."""
    repository = running
    repository.project.template("t0", "您的新验证码是{1}。")
    repository.push("main")
    (template,) = repository.templates()
    repository.host.waiting = lambda: repository.emulator.remove("template", template)
    writes = list(repository.writes)
    jobs = repository.run("apply")

    assert (jobs["plan"].result, jobs["apply"].result) == ("success", "failure")
    assert "the saved plan does not hold any more" in jobs["apply"].log
    assert "Exit code 6." in jobs["apply"].summary
    assert repository.writes == writes


def test_drift_is_one_issue_that_closes_when_it_is_over(running: GitHubRepository) -> None:
    repository = running
    assert repository.run("drift")["drift"].result == "success"
    assert repository.forge.issues == []

    (template,) = repository.templates()
    repository.emulator.review("template", template, -1, "收到投诉")
    for _ in range(2):
        job = repository.run("drift")["drift"]
        assert job.result == "failure"
        assert [(item.level, item.title) for item in job.annotations] == [
            ("error", "review template.t0")
        ]
    (issue,) = repository.forge.issues
    assert (issue["state"], issue["labels"]) == ("open", ["smsops-drift"])
    assert "**Drift: 1 review;" in issue["body"]
    assert "收到投诉" in issue["body"]
    assert issue["title"] == "smsops drift: sms"

    repository.emulator.review("template", template, 0)
    job = repository.run("drift")["drift"]
    assert job.result == "success", job.log
    assert issue["state"] == "closed"


def test_an_incomplete_report_leaves_the_issue_alone(running: GitHubRepository) -> None:
    """No credentials, no report: neither open nor closed."""
    repository = running
    repository.host.environments = {"": dict.fromkeys(READ, "")}
    job = repository.run("drift")["drift"]

    assert job.result == "failure"
    assert job.ran[-1] == "Drift"
    assert repository.forge.calls == []


def test_what_is_active_is_probed_after_an_apply_and_every_morning(
    running: GitHubRepository,
) -> None:
    """Runners come without a ledger: the state says what was sent already."""
    running.project.sign("brand", "旧品牌")
    running.declare_probe()
    jobs = running.run("apply", inputs=", probe: true", secrets=SENDING.keys() - CREDENTIALS.keys())
    assert [job.result for job in jobs.values()] == ["success"] * 3
    assert "Not probed" in jobs["probe"].log
    assert running.emulator.messages() == []
    running.judge(0)
    morning = running.run("probe")["probe"]
    assert morning.result == "success", morning.log
    assert "| login | tencent | &#43;86…1234 | delivered | DELIVRD |" in morning.summary
    assert len(running.emulator.messages()) == 1
    again = running.run("probe")["probe"]
    assert (again.result, "TooSoon" in again.summary) == ("failure", True)
    assert len(running.emulator.messages()) == 1


def test_every_monday_statistics_are_a_page_and_a_check(running: GitHubRepository) -> None:
    """Without the state; what is missed then is drift, too."""
    running.promise(1000)
    job = running.run("stats")["stats"]
    assert job.result == "success", job.log
    assert "**1 application; objectives: 1 met.**" in job.summary
    running.promise(1001)
    job = running.run("stats")["stats"]
    assert job.result == "failure"
    assert "| packageBalance | at least 1,001 | 1,000 | **missed** |" in job.summary
    page = running.host.artifacts / "smsops-stats" / "smsops-stats.html"
    assert "<svg" in page.read_text("utf-8")
    assert running.run("drift")["drift"].result == "failure"
    [issue] = running.forge.issues
    assert "1 objective" in issue["body"]
