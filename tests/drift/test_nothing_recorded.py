"""An empty or lost state beside declared manifests is no good news, in no command and no format."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from smsops.drift import detect
from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.errors import Exit
from smsops.kinds import RESOURCES
from smsops.manifests import schemas
from smsops.model import Address, Intent, Listing, ObjectId, Observation, Recorded, Role, Snapshot
from smsops.planning.unrecorded import about_some
from smsops.render.drift import FORMATS
from smsops.render.drift.html import html
from smsops.render.drift.junit import junit
from tests.support.github_log import annotated
from tests.support.project import Project, served
from tests.support.timed_project import TimedProject
from tests.support.worlds import ADDRESS, NOW, SPEC, desired, seen, written

DECLARED = "nothing is recorded although 4 are declared"


@pytest.fixture
def lost(applied_project: TimedProject) -> TimedProject:
    """The state of an applied and approved project is gone; the account is as it was."""
    applied_project.state.unlink()
    applied_project.state.with_name(applied_project.state.name + ".backup").unlink(missing_ok=True)
    return applied_project


@pytest.mark.parametrize("format", FORMATS)
def test_a_lost_state_is_never_no_drift(lost: TimedProject, format: str) -> None:
    ran = lost.drift("--format", format)
    assert ran.code == 1
    assert "no drift" not in ran.out.casefold()
    assert DECLARED in ran.out
    assert "put it back" in ran.out


def test_the_report_about_nothing_is_incomplete_and_fits_its_schema(lost: TimedProject) -> None:
    report = lost.report()
    assert report["complete"] is False
    assert report["checked"] == 0
    assert DECLARED in report["notes"]
    assert schemas.violations("drift", report) == []


def test_a_test_tab_shows_an_error_and_a_page_is_red(lost: TimedProject) -> None:
    """Skipped, or a neutral page, would pass for fine."""
    suite = ET.fromstring(lost.drift("--format", "junit").out)[0]
    assert (suite.get("errors"), suite.get("skipped")) == ("1", "0")
    error = suite.find("testcase/error")
    assert error is not None
    assert error.get("type") == "nothing-recorded"
    assert '<p class="banner bad">Nothing is recorded' in lost.drift("--format", "html").out


def test_the_code_host_hears_of_an_error(lost: TimedProject, tmp_path: Path) -> None:
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    lost.environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(outputs),
    }
    ran = lost.drift()
    errors = [item for item in annotated(ran.out) if item.level == "error"]
    assert [item.title for item in errors] == ["drift: nothing is recorded"]
    assert DECLARED in errors[0].message
    assert "Nothing is recorded" in summary.read_text("utf-8")
    assert "exitcode" in outputs.read_text("utf-8")


def test_unmanaged_objects_are_still_listed(lost: TimedProject) -> None:
    """What the account holds and no manifest wants is news, whatever the state says."""
    lost.console.seed(
        [{"kind": "template", "id": 7000, "templateName": "手工", "content": "手工创建{1}"}]
    )
    assert lost.counted() == {"unmanaged": 1}
    assert lost.drift("--fail-on", "unmanaged").code == 1


@pytest.mark.parametrize("format", ["json", "dotenv", "yaml"])
def test_output_prints_an_empty_document_and_fails(lost: TimedProject, format: str) -> None:
    ran = lost("output", "--format", format)
    assert ran.code == 1
    assert "SMSOPS_" not in ran.out
    if format == "json":
        assert ran.json() == {"format_version": "1.0", "outputs": {}}
    assert f"Error: {DECLARED}\nNote: if there was a state, put it back" in ran.err
    assert "Warning" not in ran.err
    file = lost.root / "ids"
    file.write_text(ran.out, "utf-8")
    checked = lost("output", "--format", format, "--check", str(file))
    assert (checked.code, checked.out) == (1, "")
    assert "up to date" not in checked.err


def test_status_says_it_and_wait_keeps_the_gate_closed(lost: TimedProject) -> None:
    shown = lost("status")
    assert shown.code == 0
    assert f"Warning: {DECLARED}" in shown.err
    assert "holds no resources" in shown.out
    assert lost("status", "--format", "json").json()["resources"] == []
    waited = lost("wait", "--timeout", "0s")
    assert waited.code == 8
    assert DECLARED in waited.err


def test_an_apply_ends_it(lost: TimedProject) -> None:
    """As advised: what is there exactly as declared is adopted."""
    assert lost("apply", "--auto-approve").code == 0
    ran = lost.drift()
    assert ran.code == 0
    assert ran.last.startswith("No drift: 4 recorded objects checked")
    assert lost("output").code == 0


def test_a_project_that_declares_nothing_has_no_drift(tmp_path: Path) -> None:
    """There is nothing to be recorded."""
    project = TimedProject(tmp_path / "shop")
    project.begin(0)
    (project.root / "signs" / "acme.yaml").unlink()
    ran = project.drift()
    assert ran.code == 0
    assert ran.last == "No drift: 0 recorded objects checked."
    assert project("output").code == 0
    assert "Warning" not in project("status").err
    assert project("wait", "--timeout", "0s").code == 0


def test_a_manifest_with_errors_is_a_wish_all_the_same(tmp_path: Path) -> None:
    """Nobody can tell what it declares; that it declares something is plain."""
    project = TimedProject(tmp_path / "shop")
    project.begin(0)
    (project.root / "signs" / "acme.yaml").write_text("kind: Sign\n", "utf-8")
    ran = project.drift()
    assert ran.code == 1
    assert "no drift" not in ran.out.casefold()
    assert "although 0 are declared, and manifests with errors may declare more" in ran.out
    assert project("output").code == 1
    assert project("wait", "--timeout", "0s").code == 8


def test_a_declared_address_beside_recorded_ones_is_a_note(applied_project: TimedProject) -> None:
    """Apply was not run since: worth a word, and no drift."""
    applied_project.template("late", title="晚到")
    ran = applied_project.drift()
    assert ran.code == 0
    assert ran.last.startswith("No drift")
    assert (
        "1 declared is not recorded: apply was not run since or left it blocked, or the" in ran.out
    )
    assert "(template.late)" in ran.out
    assert applied_project.report()["complete"] is True
    assert applied_project("output").code == 0


def test_many_addresses_are_counted() -> None:
    names = [Address("template", f"t{number}") for number in range(7)]
    said = str(about_some(names))
    assert said.startswith("7 declared are not recorded")
    assert said.endswith(
        "(template.t0, template.t1, template.t2, template.t3, template.t4 and 2 more)"
    )


def of(state: Snapshot, **arguments: Any) -> Any:
    return detect(
        state,
        Observation({}, {"sign": Listing.LISTED, "template": Listing.LISTED}),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
        desired=(desired(),),
        **arguments,
    )


@pytest.mark.parametrize(
    ("backend", "word"),
    [("local", "a file on one machine"), ("http", "SMSOPS_HTTP_ADDRESS"), ("git", "spec.state")],
)
def test_the_advice_says_where_a_state_may_have_gone(backend: str, word: str) -> None:
    drift = of(Snapshot("x"), backend=backend)
    assert drift.blank
    assert drift.exit() is Exit.ERROR
    assert str(drift.notes[0]) == "nothing is recorded although 1 is declared"
    assert word in str(drift.notes[1])


def test_a_first_apply_that_was_interrupted_is_no_lost_state() -> None:
    """Nothing was compared, and nobody has to look for a state: the next apply goes on."""
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), int(NOW))
    drift = of(Snapshot("x", serial=1, intents=(intent,)))
    assert drift.blank
    assert not any("put it back" in str(note) for note in drift.notes)
    assert "interrupted apply" in str(drift.notes[-1])


def test_an_unanswered_add_beside_recorded_objects_is_not_called_unapplied() -> None:
    other = Address("template", "other")
    intent = Intent("i", ADDRESS, "AddSmsTemplate", Role.CURRENT, SPEC, (), int(NOW))
    drift = detect(
        Snapshot("x", resources={other: Recorded(written(1))}, intents=(intent,)),
        Observation(
            {ObjectId("template", 1): seen(1)}, {"sign": Listing.LISTED, "template": Listing.LISTED}
        ),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
        desired=(desired(),),
    )
    assert not drift.blank
    assert not any("not recorded" in str(note) for note in drift.notes)


def test_what_could_not_be_read_is_red_too() -> None:
    """A page about objects that nobody could read is not neutral."""
    drift = detect(
        Snapshot("x", resources={ADDRESS: Recorded(written(1))}),
        Observation({}, {"template": Listing.LISTED}, unread=frozenset({ObjectId("template", 1)})),
        kinds=RESOURCES,
        region="ap-guangzhou",
        now=NOW,
        desired=(desired(),),
    )
    assert not drift.blank
    assert 'type="incomplete"' in junit(drift)
    assert 'class="banner bad"' in html(drift)


def git(*arguments: str, at: Path) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
        cwd=at,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_clone_that_saw_the_state_says_that_it_vanished(tmp_path: Path) -> None:
    """A mirror push took refs/smsops/ from the remote; the command it names brings it back."""
    git("init", "--quiet", "--bare", "up.git", at=tmp_path)
    project = Project(tmp_path / "shop").begin()
    settings = project.root / "smsops.yaml"
    text = settings.read_text("utf-8")
    state = "state: {backend: git, name: prod}"
    settings.write_text(text.replace("ap-guangzhou}", f"ap-guangzhou, {state}}}"), "utf-8")
    git("init", "--quiet", at=project.root)
    git("remote", "add", "origin", str(tmp_path / "up.git"), at=project.root)
    with served(tmp_path / "account.json", "--no-limits", "--review", "auto:0s") as url:
        project.options = ("--endpoint", url)
        project.environment |= {
            "TENCENTCLOUD_SECRET_ID": SECRET_ID,
            "TENCENTCLOUD_SECRET_KEY": SECRET_KEY,
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }
        never = project("drift")
        assert never.code == 1
        assert "has vanished" not in never.out
        assert project("apply", "--auto-approve").code == 0
        assert project("drift").code == 0
        git("update-ref", "-d", "refs/smsops/state/prod", at=tmp_path / "up.git")

        ran = project("drift")
        assert ran.code == 1
        assert "refs/smsops/state/prod was on git remote origin and has vanished" in ran.out
        command = "git push origin refs/smsops/seen/origin/prod:refs/smsops/state/prod"
        assert f"`{command}`" in ran.out
        for other in ("status", "output"):
            assert command in project(other).err
        git(*command.split()[1:], at=project.root)
        assert project("drift").code == 0
