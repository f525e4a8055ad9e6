"""A copy of examples/ci/gitlab, run by gitlab-ci-local: from a merge request to a promotion."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.emulator.app import serving
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.ci.gitlab_local import COMMIT, GitLab, Job, Pipeline
from tests.ci.gitlab_server import Server, gitlab
from tests.ci.repository import CREDENTIALS, ID, KEY, SENDING, Repository
from tests.ci.workflows import ROOT
from tests.support.chats import Chats, chats
from tests.support.clock import FakeClock
from tests.support.forges import TOKEN
from tests.support.state_server import PASSWORD

pytestmark = pytest.mark.systems

EXAMPLE = (ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml").read_text("utf-8")
#: The same with what is there to be chosen, and no patience.
CHOSEN = EXAMPLE.replace("probe: true", "notify: all\n      lock-timeout: 0s")
READS = ("smsops-validate", "smsops-plan")
HOSTILE = "x$(touch pwned)`touch pwned`${{x}}$[[inputs.x]]</details>@everyone"


class Team(Repository):
    """A team on GitLab, which keeps the state, notes and issues."""

    def __init__(
        self, root: Path, emulator: Emulator, url: str, server: Server, robots: Chats, smsops: str
    ) -> None:
        state = server.states["prod"]
        super().__init__(root, emulator, url, "{backend: http}", **state.environment)
        self.server, self.state, self.robots = server, state, robots
        self.host = GitLab(
            root,
            self.origin,
            {
                "smsops/read": {**CREDENTIALS, "GITLAB_TOKEN": TOKEN},
                "smsops/write": CREDENTIALS,
                "smsops/probe": SENDING,
            },
            {**server.variables, **robots.environment("SLACK"), "SMSOPS_ENDPOINT": url},
            smsops,
        )

    def merge_request(self, text: str = EXAMPLE, ref: str = "change") -> dict[str, Job]:
        self.push(ref)
        return self.host.begin(text, "merge_request_event", ref=ref, request=5).run()

    def pushed(self, text: str = EXAMPLE) -> Pipeline:
        return self.host.begin(text, "push")

    def scheduled(self, what: str, text: str = EXAMPLE) -> Job:
        [job] = self.host.begin(text, "schedule", SMSOPS_SCHEDULE=what).run().values()
        return job

    @property
    def note(self) -> str:
        [note] = self.server.forge.comments
        return str(note["body"])

    @property
    def told(self) -> str:
        return str(self.robots.taken["slack"][-1]["text"])


@pytest.fixture
def team(tmp_path: Path, smsops: str) -> Iterator[Team]:
    emulator = Emulator(None, Settings(limits=False, secret_id=ID, secret_key=KEY))
    with serving(emulator) as url, gitlab("prod") as server, chats(FakeClock()) as robots:
        team = Team(tmp_path, emulator, url, server, robots, smsops)
        team.apply()
        team.judge(0)
        yield team


def codes(jobs: dict[str, Job]) -> dict[str, int]:
    return {name: job.code for name, job in jobs.items()}


def test_from_a_merge_request_to_a_promotion(team: Team) -> None:
    serials, writes = list(team.state.versions), list(team.writes)

    # A merge request: a note, reports for the widgets, a page to look at, and nothing happens.
    team.project.template("t0", "您的新验证码是{1}。")
    jobs = team.merge_request()
    assert codes(jobs) == dict.fromkeys(READS, 0), [job.log for job in jobs.values()]
    assert "1 to replace" in team.note
    made = jobs["smsops-plan"].workspace / "smsops-ci"
    assert json.loads((made / "plan.json").read_text("utf-8")) == {
        "create": 1,
        "update": 0,
        "delete": 1,
    }
    assert "<!doctype html>" in (made / "plan.html").read_text("utf-8")
    assert "± replace  template.t0" in jobs["smsops-plan"].log
    checked = jobs["smsops-validate"].workspace / "smsops-ci"
    quality = json.loads((checked / "codequality.json").read_text("utf-8"))
    assert all(item["severity"] == "info" for item in quality)
    assert ET.parse(checked / "validate.xml").getroot()[0].attrib["failures"] == "0"
    assert (list(team.state.versions), team.writes) == (serials, writes)
    team.project.template("t0", "您的登录验证码是{1}。")
    team.merge_request()
    assert "登录" in team.note

    # Merged: apply waits for somebody who starts it, and does what the plan of its pipeline says.
    team.merge("change")
    pipeline = team.pushed()
    assert pipeline.jobs() == {
        "smsops-validate": "on_success",
        "smsops-plan": "on_success",
        "smsops-apply": "manual",
        "smsops-probe": "on_success",
    }
    assert codes(pipeline.run(*READS)) == dict.fromkeys(READS, 0)
    assert (list(team.state.versions), team.writes) == (serials, writes)
    jobs = pipeline.run("smsops-apply")
    assert codes(jobs) == {"smsops-apply": 0}, jobs["smsops-apply"].log
    assert team.writes[len(writes) :] == ["AddSmsTemplate"]
    assert team.templates() == {1110: 0, 1111: 1}

    # Every hour: nothing, until the reviewer has approved it.
    assert "Nothing to apply; 1 in review." in team.scheduled("promote").log
    team.judge(0)
    promoted = team.scheduled("promote")
    assert (promoted.code, "1 promoted" in promoted.log) == (0, True), promoted.log
    assert team.writes[len(writes) :] == ["AddSmsTemplate"]
    assert team.state.lock is None
    assert len(team.server.forge.comments) == 1


def test_exactly_the_commit_of_the_component_is_installed_without_any_credentials(
    team: Team,
) -> None:
    assert team.scheduled("drift").code == 0
    fetched, *lines = team.host.installed.read_text("utf-8").splitlines()
    assert re.fullmatch(rf"https://github.com/[\w-]+/smsops/archive/{COMMIT}.tar.gz", fetched)
    dependencies, package = lines
    assert "--require-hashes --only-binary :all: --requirement" in dependencies
    assert dependencies.endswith("/examples/ci/requirements.txt")
    assert "--no-index --no-deps --no-build-isolation" in package
    seen = (team.root / "installed.environment").read_text("utf-8")
    assert "PYTHONSAFEPATH=1\n" in seen  # a pip.py of the checkout is not what installs
    for each in (ID, KEY, TOKEN, PASSWORD, "tok-slack", "SMSOPS_"):
        assert each not in seen

    locked = EXAMPLE.replace("probe: true", "requirements: ci/smsops.txt")
    team.host.installed.unlink()
    team.scheduled("drift", locked)
    [line] = team.host.installed.read_text("utf-8").splitlines()
    assert line.endswith("--require-hashes --only-binary :all: --requirement ci/smsops.txt")


def test_drift_is_an_issue_until_it_is_over(team: Team) -> None:
    issues = team.server.forge.issues
    assert team.scheduled("drift").code == 0
    assert issues == []
    (template,) = team.templates()
    team.emulator.review("template", template, -1, f"收到投诉{HOSTILE}")
    job = team.scheduled("drift", CHOSEN.replace("all", "review drift"))
    assert job.code == 2, job.log
    [issue] = issues
    assert (issue["state"], "收到投诉" in issue["body"]) == ("open", True)
    for each in ("@everyone", "`touch", "${{", "</details>@"):
        assert each not in issue["body"]
    assert "1 review" in team.told
    made = job.workspace / "smsops-ci"
    suites = ET.parse(made / "drift.xml").getroot()
    assert [case for case in suites.iter("testcase") if case.find("failure") is not None]
    assert json.loads((made / "result.json").read_text("utf-8"))["summary"]["review"] == 1
    team.emulator.review("template", template, -1, "再次投诉")
    team.scheduled("drift")
    assert "再次投诉" in issue["body"]
    team.emulator.review("template", template, 0)
    assert team.scheduled("drift").code == 0
    assert (issue["state"], len(issues)) == ("closed", 1)


def test_a_plan_that_cannot_be_made_is_a_note_that_says_why(team: Team) -> None:
    """The plan does not wait for validate: its note has the problems, too."""
    team.project.template("t0", "您的验证码是{2}。")
    jobs = team.merge_request(CHOSEN)
    assert codes(jobs) == dict.fromkeys(READS, 3), [job.log for job in jobs.values()]
    assert "**There is no plan.**" in team.note
    assert "SMS303" in team.note
    assert "(exit code 3)" in team.told
    made = jobs["smsops-validate"].workspace / "smsops-ci"
    (found,) = (
        item
        for item in json.loads((made / "codequality.json").read_text("utf-8"))
        if item["severity"] == "major"
    )
    assert (found["check_name"], found["location"]["path"]) == ("SMS303", "sms/templates/t0.yaml")
    assert ET.parse(made / "validate.xml").getroot()[0].attrib["failures"] == "1"

    # Refused credentials.
    team.project.template("t0")
    keys = dict.fromkeys(CREDENTIALS, "AKIDofNobodyHere")
    team.host.environments = {"smsops/read": {**keys, "GITLAB_TOKEN": TOKEN}}
    jobs = team.merge_request(CHOSEN.replace("all", "all\n      comment: new"))
    assert codes(jobs) == {"smsops-validate": 0, "smsops-plan": 4}
    old, note = team.server.forge.comments
    assert old["body"].startswith("<details>")
    assert "**There is no plan.**" in note["body"]
    assert "(exit code 4)" in team.told

    # No token: said, and no reason to fail. A token that is refused is one.
    calls = list(team.server.forge.calls)
    team.host.environments = {"smsops/read": CREDENTIALS}
    job = team.merge_request()["smsops-plan"]
    assert (job.code, "No note is kept" in job.log) == (0, True), job.log
    assert team.server.forge.calls == calls
    team.host.environments = {"smsops/read": {**CREDENTIALS, "GITLAB_TOKEN": "of-nobody"}}
    job = team.merge_request()["smsops-plan"]
    assert (job.code, "token in GITLAB_TOKEN is not known" in job.log) == (4, True), job.log


def test_an_apply_that_cannot_be_made_is_told(team: Team) -> None:
    """A plan that no longer holds; a state that somebody else has locked."""
    team.project.template("t0", "您的新验证码是{1}。")
    team.push("main")
    writes = list(team.writes)
    pipeline = team.pushed(CHOSEN)
    assert codes(pipeline.run(*READS)) == dict.fromkeys(READS, 0)
    team.state.lock = {
        "ID": "11111111-1111-1111-1111-111111111111",
        **dict.fromkeys(("Operation", "Info", "Version", "Path"), ""),
        "Who": "somebody@else",
        "Created": "2026-11-27T00:00:00Z",
    }
    job = pipeline.run("smsops-apply")["smsops-apply"]
    assert (job.code, "somebody@else" in job.log) == (5, True), job.log
    assert "(exit code 5)" in team.told
    team.state.lock = None
    [template] = team.templates()
    team.emulator.remove("template", template)
    job = pipeline.run("smsops-apply")["smsops-apply"]
    assert job.code == 6, job.log
    assert "the saved plan no longer holds; nothing was written" in team.told
    assert team.writes == writes


def test_a_hostile_merge_request_reaches_no_shell_and_no_markup(team: Team) -> None:
    """By names of files and branches, texts, and links in place of what jobs write."""
    templates = team.project.root / "templates"
    team.project.template("t0", "您的新验证码是{1}。", remark=HOSTILE)
    names = ("$(touch pwned)", "`touch pwned`", "a b;touch pwned", "<-details>@everyone")
    for number, name in enumerate(names, start=1):
        team.project.template(f"t{number}")
        (templates / f"t{number}.yaml").rename(templates / f"{name}.yaml")
    outside = team.root / "outside"
    outside.mkdir()
    (team.clone / "smsops-ci").symlink_to(outside)
    branch = "x-$(touch${IFS}pwned)-`touch${IFS}pwned`-${{x}}-@everyone"

    def is_harmless(note: str) -> None:
        assert list(outside.iterdir()) == []
        assert list(team.root.rglob("pwned")) == []
        for each in ("@everyone", "`touch", "${{", "</details>@"):
            assert each not in note
        assert note.count("<details") == note.count("</details>")

    jobs = team.merge_request(ref=branch)
    assert codes(jobs) == dict.fromkeys(READS, 0), [job.log for job in jobs.values()]
    assert "1 to replace" in team.note
    assert "touch pwned" in team.note
    is_harmless(team.note)
    text = (templates / "t0.yaml").read_text("utf-8")
    (templates / "$(touch pwned).yaml").write_text(text.replace("t0", HOSTILE), "utf-8")
    jobs = team.merge_request(ref=branch)
    assert codes(jobs) == dict.fromkeys(READS, 3), [job.log for job in jobs.values()]
    assert "**There is no plan.**" in team.note
    is_harmless(team.note)


def test_only_the_default_branch_and_this_project_use_credentials(team: Team) -> None:
    team.push("feature")
    assert team.host.begin(EXAMPLE, "push", ref="feature").jobs() == {}
    drift = team.host.begin(EXAMPLE, "schedule", ref="feature", SMSOPS_SCHEDULE="promote")
    assert drift.jobs() == {}
    fork = team.host.begin(
        *(EXAMPLE, "merge_request_event"), request=5, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="10"
    )
    assert fork.jobs() == {"smsops-validate": "on_success"}


def test_what_is_active_is_probed_after_an_apply_and_every_morning(team: Team) -> None:
    """Runners come without a ledger: the state says what was sent already."""
    team.declare_probe()
    jobs = team.pushed().run("smsops-plan", "smsops-apply", "smsops-probe")
    assert codes(jobs) == {"smsops-plan": 0, "smsops-apply": 0, "smsops-probe": 0}
    made = jobs["smsops-probe"].workspace / "smsops-ci"
    suite = ET.parse(made / "probe.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "0")
    assert len(team.emulator.messages()) == 1
    assert team.scheduled("probe").code == 10
    assert len(team.emulator.messages()) == 1
    team.project.template("t0", "您的登录验证码是{1}。")
    team.push("main")
    job = team.pushed().run("smsops-plan", "smsops-apply", "smsops-probe")["smsops-probe"]
    assert (job.code, "Not probed: not everything" in job.log) == (0, True), job.log


def test_every_monday_statistics_are_a_page_and_a_check(team: Team) -> None:
    team.promise(1000)
    assert team.scheduled("stats").code == 0
    team.promise(1001)
    job = team.scheduled("stats")
    assert job.code == 10
    assert "! packageBalance  missed: 1,000, wanted at least 1,001" in job.log
    assert "<svg" in (job.workspace / "smsops-ci" / "stats.html").read_text("utf-8")


def test_the_state_that_a_project_names_itself_is_taken(team: Team) -> None:
    """Another server of the protocol, by variables of the project."""
    team.server.states.clear()
    team.host.variables = {**team.host.variables, **team.state.environment}
    assert team.scheduled("drift").code == 0
