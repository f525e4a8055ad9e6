"""The pipeline of examples/ci/gitlab, run job by job: from a merge request to a promotion."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci.pipelines import GitLab, Job
from tests.ci.repository import CREDENTIALS, ID, KEY, SENDING, Repository
from tests.ci.workflows import ROOT
from tests.support.forges import host
from tests.support.state_server import PASSWORD, StateServer

PIPELINE = ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml"


class GitLabRepository(Repository):
    """A team on GitLab, which keeps the state."""

    def __init__(
        self, root: Path, emulator: Emulator, url: str, server: StateServer, smsops: str
    ) -> None:
        super().__init__(root, emulator, url, "{backend: http}", **server.environment)
        self.server = server
        self.host = GitLab(
            root,
            self.origin,
            {
                "": {},
                "smsops/read": CREDENTIALS,
                "smsops/write": CREDENTIALS,
                "smsops/probe": SENDING,
            },
            {
                "CI_DEFAULT_BRANCH": "main",
                "CI_API_V4_URL": server.address.partition("/projects/")[0],
                "CI_PROJECT_ID": "7",
                "CI_JOB_TOKEN": PASSWORD,
                "SMSOPS_ENDPOINT": url,
            },
            smsops,
        )

    def merge_request(self) -> dict[str, Job]:
        self.push("change")
        return self.host.run(PIPELINE, ref="change", CI_PIPELINE_SOURCE="merge_request_event")

    def pushed(self, *manual: str) -> dict[str, Job]:
        return self.host.run(PIPELINE, manual=manual, CI_PIPELINE_SOURCE="push")

    def scheduled(self, what: str) -> Job:
        jobs = self.host.run(PIPELINE, CI_PIPELINE_SOURCE="schedule", SMSOPS_SCHEDULE=what)
        [job] = jobs.values()
        return job


@pytest.fixture
def repository(tmp_path: Path, smsops: str) -> Iterator[GitLabRepository]:
    emulator = Emulator(None, Settings(limits=False, secret_id=ID, secret_key=KEY))
    with serving(emulator) as url, StateServer() as server:
        repository = GitLabRepository(tmp_path, emulator, url, server, smsops)
        repository.apply()
        repository.judge(0)
        yield repository


def test_from_a_merge_request_to_a_promotion(repository: GitLabRepository) -> None:
    serials, writes = list(repository.server.versions), list(repository.writes)

    # A merge request: reports for the widgets, a page to look at, and nothing happens.
    repository.project.template("t0", "您的新验证码是{1}。")
    jobs = repository.merge_request()
    assert {name: job.code for name, job in jobs.items()} == {"validate": 0, "plan": 0}
    widget = json.loads(jobs["plan"].reports["terraform"].read_text("utf-8"))
    assert widget == {"create": 1, "update": 0, "delete": 1}
    quality = json.loads(jobs["validate"].reports["codequality"].read_text("utf-8"))
    assert all(item["severity"] == "info" for item in quality)
    assert ET.parse(jobs["validate"].reports["junit"]).getroot()[0].attrib["failures"] == "0"
    assert "± replace  template.t0" in jobs["plan"].log
    assert "<!doctype html>" in (jobs["plan"].workspace / "plan.html").read_text("utf-8")
    assert (list(repository.server.versions), repository.writes) == (serials, writes)

    # Merged: apply waits for somebody who starts it, and does what the plan of its pipeline says.
    repository.merge("change")
    assert list(repository.pushed()) == ["validate", "plan"]
    jobs = repository.pushed("apply")
    assert jobs["apply"].code == 0, jobs["apply"].log
    assert repository.writes[len(writes) :] == ["AddSmsTemplate"]
    assert repository.templates() == {1110: 0, 1111: 1}

    # Every hour: nothing, until the reviewer has approved it.
    assert "Nothing to apply; 1 in review." in repository.scheduled("promote").log
    repository.judge(0)
    promoted = repository.scheduled("promote")
    assert (promoted.code, "1 promoted" in promoted.log) == (0, True), promoted.log
    assert repository.writes[len(writes) :] == ["AddSmsTemplate"]
    assert repository.server.lock is None

    installed = (repository.root / "installed").read_text("utf-8").splitlines()
    assert all("--require-hashes" in line for line in installed[::2])
    assert all("/archive/" in line and "--no-deps" in line for line in installed[1::2])


def test_drift_fails_the_job_and_is_in_the_report(repository: GitLabRepository) -> None:
    clean = repository.scheduled("drift")
    assert clean.code == 0, clean.log
    (template,) = repository.templates()
    repository.emulator.review("template", template, -1, "收到投诉")
    job = repository.scheduled("drift")

    assert job.code == 2
    suites = ET.parse(job.reports["junit"]).getroot()
    assert [
        case.attrib["name"] for case in suites.iter("testcase") if case.find("failure") is not None
    ]
    assert json.loads((job.workspace / "drift.json").read_text("utf-8"))["summary"]["review"] == 1


def test_a_note_and_an_issue_are_kept_where_there_is_a_token(
    repository: GitLabRepository, tmp_path: Path
) -> None:
    """The state stays where it is; the rest of the API is a GitLab with notes and issues."""
    state = repository.server.address.partition("/projects/")[0]
    pipeline = tmp_path / "pipeline.yml"
    there = "$CI_API_V4_URL/projects/$CI_PROJECT_ID"
    text = PIPELINE.read_text("utf-8").replace(there, f"{state}/projects/7")
    pipeline.write_text(text, encoding="utf-8")
    project = repository.project
    with host() as forge:
        given = forge.environment("gitlab")

        def run(source: str, ref: str, **more: str) -> dict[str, Job]:
            variables = {**given, "CI_PIPELINE_SOURCE": source, **more}
            return repository.host.run(pipeline, ref=ref, manual=(), **variables)

        project.template("t0", "您的新验证码是{1}。")
        repository.push("change")
        for keys, code, said in (
            (CREDENTIALS, 0, "1 to replace"),
            ({}, 4, "**There is no plan.**"),
        ):
            repository.host.environments = {**repository.host.environments, "smsops/read": keys}
            plan = run("merge_request_event", "change")["plan"]
            assert plan.code == code, plan.log
            [note] = forge.comments
            assert said in note["body"], plan.log
        repository.host.environments = {**repository.host.environments, "smsops/read": CREDENTIALS}
        (template,) = repository.templates()
        for verdict, code, state in ((-1, 2, "open"), (0, 0, "closed")):
            repository.emulator.review("template", template, verdict, "收到投诉")
            [job] = run("schedule", "main", SMSOPS_SCHEDULE="drift").values()
            assert job.code == code, job.log
            [issue] = forge.issues
            assert issue["state"] == state
        assert "收到投诉" in issue["body"]


def test_broken_manifests_end_the_pipeline_with_their_reports(repository: GitLabRepository) -> None:
    repository.project.template("t0", "您的验证码是{2}。")
    jobs = repository.merge_request()

    assert {name: job.code for name, job in jobs.items()} == {"validate": 3}
    (found,) = (
        item
        for item in json.loads(jobs["validate"].reports["codequality"].read_text("utf-8"))
        if item["severity"] == "major"
    )
    assert (found["check_name"], found["location"]["path"]) == ("SMS303", "sms/templates/t0.yaml")
    assert ET.parse(jobs["validate"].reports["junit"]).getroot()[0].attrib["failures"] == "1"


def test_a_push_to_another_branch_runs_nothing(repository: GitLabRepository) -> None:
    """Its merge request does."""
    repository.push("feature")
    assert repository.host.run(PIPELINE, ref="feature", CI_PIPELINE_SOURCE="push") == {}


def test_what_is_active_is_probed_after_an_apply_and_every_morning(
    repository: GitLabRepository,
) -> None:
    """Runners come without a ledger: the state says what was sent already."""
    repository.declare_probe()
    jobs = repository.pushed("apply")
    assert [*jobs] == ["validate", "plan", "apply", "probe"]
    assert jobs["probe"].code == 0, jobs["probe"].log
    suite = ET.parse(jobs["probe"].reports["junit"]).getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "0")
    assert len(repository.emulator.messages()) == 1
    assert repository.scheduled("probe").code == 10
    assert len(repository.emulator.messages()) == 1
    repository.project.template("t0", "您的登录验证码是{1}。")
    repository.push("main")
    assert "Not probed: reviews are under way." in repository.pushed("apply")["probe"].log


def test_every_monday_statistics_are_a_page_and_a_check(repository: GitLabRepository) -> None:
    """Without the state; what is missed then is drift, too."""
    repository.promise(1000)
    assert repository.scheduled("stats").code == 0
    repository.promise(1001)
    job = repository.scheduled("stats")
    assert job.code == 10
    assert "! packageBalance  missed: 1,000, wanted at least 1,001" in job.log
    assert "<svg" in (job.workspace / "stats.html").read_text("utf-8")
    assert repository.scheduled("drift").code == 2
