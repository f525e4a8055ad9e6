"""Saved plans: exactly what was reviewed, or nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smsops.planfile.saved import _digest
from smsops.planning import decisions, reasons
from smsops.planning.decisions import Presence
from smsops.planning.reasons import Reason
from smsops.text.messages import T
from tests.support.project import Project
from tests.support.specs import png


@pytest.fixture
def saved(project: Project) -> Path:
    path = project.root / "plan.json"
    assert project("plan", "-o", str(path)).code == 0
    return path


def tampered(path: Path, edit: Any, *, reseal: bool) -> None:
    document = json.loads(path.read_text("utf-8"))
    edit(document)
    if reseal:
        document.pop("digest")
        document["digest"] = _digest(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_saved_plan_is_applied_without_a_question(project: Project, saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    ran = project("apply", str(saved))
    assert ran.code == 0, ran.err
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_a_plan_applied_twice_is_stale(project: Project, saved: Path) -> None:
    project("apply", str(saved))
    ran = project("apply", str(saved))
    assert ran.code == 6
    assert "sign.acme: was create, is wait now (in review)" in ran.err
    assert "template.t0: was create, is wait now (in review)" in ran.err
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_an_edited_manifest_makes_the_plan_stale_and_is_named(
    project: Project, saved: Path
) -> None:
    project.template(content="换了{1}内容。")
    ran = project("apply", str(saved))
    assert ran.code == 6
    assert "template.t0: the manifest changed: content" in ran.err
    assert project.writes() == []


def test_new_steps_are_reported_and_not_run(project: Project, saved: Path) -> None:
    project.template("t1")
    ran = project("apply", str(saved))
    assert ran.code == 0
    assert "Not in the plan, not run: create template.t1" in ran.err
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_a_changed_image_makes_the_plan_stale(project: Project, saved: Path) -> None:
    image = project.root / "signs" / "license.png"
    image.write_bytes(png(shade=9))
    ran = project("apply", str(saved))
    assert ran.code == 6
    assert "sign.acme: the manifest changed: proofImage" in ran.err
    assert project.writes() == []


def test_a_reworded_reason_leaves_the_plan_valid(
    project: Project, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans hold for what they do, not for how it is said."""
    for code in reasons.WORDS:
        monkeypatch.setitem(reasons.WORDS, code, T("said in other words"))
    assert "said in other words" in project("plan", "--format", "json").out
    ran = project("apply", str(saved))
    assert ran.code == 0, ran.err
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_another_reason_makes_the_plan_stale(
    project: Project, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(decisions.NEW, code=Reason.DELETED_ELSEWHERE)
    monkeypatch.setattr(decisions, "NEW", other)
    monkeypatch.setitem(decisions.PRESENCE, (True, False, Presence.ABSENT), other)
    ran = project("apply", str(saved))
    assert ran.code == 6
    assert "template.t0: changed: smsops.reason_code" in ran.err
    assert project.writes() == []


def before_codes(document: Any) -> None:
    """A plan as format 1.0 has it."""
    document["format_version"] = "1.0"
    for each in document["resource_changes"]:
        del each["smsops"]["reason_code"], each["smsops"]["advice"]


def test_a_plan_without_reason_codes_is_still_read(project: Project, saved: Path) -> None:
    shown = project("show", str(saved)).out
    tampered(saved, before_codes, reseal=True)
    assert project("show", str(saved)).out == shown
    ran = project("apply", str(saved))
    assert ran.code == 0, ran.err
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]


def test_a_plan_without_reason_codes_still_vetoes(project: Project, saved: Path) -> None:
    tampered(saved, before_codes, reseal=True)
    project.template(content="换了{1}内容。")
    ran = project("apply", str(saved))
    assert ran.code == 6
    assert "template.t0: the manifest changed: content" in ran.err


def test_a_plan_belongs_to_the_state_it_was_made_for(applied_project: Project) -> None:
    """Another state at the same address may record the same ids, and another history."""
    project, saved = applied_project, applied_project.root / "a.plan"
    project.template("t1")
    assert project("plan", "-o", str(saved)).code == 0
    body = project.state.read_bytes()
    project.state.unlink()
    assert project("apply", "--auto-approve", "--target", "sign.acme").code == 0  # adopts it
    ran = project("apply", str(saved))
    assert ran.code == 6
    assert "lineage: the plan was made for another state" in ran.err
    project.state.write_bytes(body)
    assert project("apply", str(saved)).code == 0


@pytest.mark.parametrize("command", ["apply", "show"])
@pytest.mark.parametrize("version", ["1", "1.2", "1.1.1", "1.x", "2.0"])
def test_a_plan_of_another_format_is_refused(
    project: Project, saved: Path, version: str, command: str
) -> None:
    tampered(saved, lambda document: document.update(format_version=version), reseal=True)
    ran = project(command, str(saved))
    assert ran.code == 1
    assert f"has format '{version}'; this smsops reads 1.0 and 1.1" in ran.err
    assert project.writes() == []


@pytest.mark.parametrize("command", ["apply", "show"])
@pytest.mark.parametrize("name", ["summary", "unmanaged", "notes", "complete", "applyable"])
def test_what_show_refuses_is_not_applied(
    project: Project, saved: Path, name: str, command: str
) -> None:
    tampered(saved, lambda document: document.pop(name), reseal=True)
    assert project(command, str(saved)).code == 1
    assert project.writes() == []


@pytest.mark.parametrize("command", ["apply", "show"])
def test_a_reason_code_cannot_be_left_out(project: Project, saved: Path, command: str) -> None:
    """Else a plan could be made to agree with any reason."""

    def edit(document: Any) -> None:
        del document["resource_changes"][0]["smsops"]["reason_code"]

    tampered(saved, edit, reseal=True)
    assert project(command, str(saved)).code == 1
    assert project.writes() == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for n, item in enumerate(value) for leaf in leaves(item, (*path, n))]
    return [path]


def test_any_change_of_the_file_is_refused(project: Project, saved: Path) -> None:
    original = saved.read_text("utf-8")
    for path in leaves(json.loads(original)):
        saved.write_text(original, encoding="utf-8")

        def edit(document: Any, path: tuple[Any, ...] = path) -> None:
            for key in path[:-1]:
                document = document[key]
            document[path[-1]] = "tampered" if document[path[-1]] != "tampered" else "again"

        tampered(saved, edit, reseal=False)
        ran = project("apply", str(saved))
        assert ran.code in (1, 6), (path, ran)
        assert "Traceback" not in ran.err
    assert project.writes() == []


def test_a_resealed_file_still_cannot_instruct(project: Project, saved: Path) -> None:
    """Whoever can compute the digest can only make the plan stale, or ask for less."""
    original = saved.read_text("utf-8")
    for path in leaves(json.loads(original)):
        if path[0] in (
            "digest",
            "summary",
            "notes",
            "unmanaged",
            "smsops_version",
            "complete",
            "applyable",
        ) or path[-1] in ("reason", "consequence", "advice"):  # words, which nothing reads
            continue
        saved.write_text(original, encoding="utf-8")

        def edit(document: Any, path: tuple[Any, ...] = path) -> None:
            for key in path[:-1]:
                document = document[key]
            document[path[-1]] = "tampered"

        tampered(saved, edit, reseal=True)
        ran = project("apply", str(saved))
        assert ran.code in (1, 6), (path, ran)
    assert project.writes() == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "nonsense", '{"format_version": "9.0", "digest": ""}', "[" * 5000]
)
def test_what_is_no_plan_is_refused_with_what_to_do(
    project: Project, saved: Path, text: str
) -> None:
    saved.write_text(text, encoding="utf-8")
    ran = project("apply", str(saved))
    assert ran.code == 1
    assert "plan" in ran.err
    assert "Traceback" not in ran.err


def test_the_options_are_saved_with_the_plan(project: Project) -> None:
    path = project.root / "plan.json"
    project("plan", "-o", str(path), "--target", "sign.acme")
    assert project("apply", str(path), "--target", "template.t0").code == 64
    assert project("apply", str(path)).code == 0
    assert project.writes() == ["AddSmsSign"]


@pytest.mark.parametrize("flag", ["--target", "--replace", "--promote", "--not-renamed"])
def test_a_stored_address_that_vanished_makes_the_plan_stale(project: Project, flag: str) -> None:
    """It was right when it was stored, so it is no mistake of the command line: exit 6, not 64."""
    project.template("t1")
    path = project.root / "plan.json"
    assert project("plan", "-o", str(path), flag, "template.t1").code == 0
    (project.root / "templates" / "t1.yaml").unlink()
    ran = project("apply", str(path))
    assert ran.code == 6
    assert f"{flag} template.t1: no manifest declares it" in ran.err
    assert "Make the plan again" in ran.err
    assert project.writes() == []
    typed = project("plan", flag, "template.t1")
    assert typed.code == 64
