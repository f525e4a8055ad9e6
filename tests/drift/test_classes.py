"""Every class of drift, made by a real change on the emulator and found, alone and together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from smsops.manifests import schemas
from smsops.render.drift import FORMATS
from tests.support.timed_project import TimedProject

#: Fields that the API never returns: two of each template, six of a sign.
UNVERIFIABLE = 3 * 2 + 6
#: class -> a change that somebody else makes.
CHANGES: Mapping[str, Callable[[TimedProject], object]] = {
    "config": lambda applied_project: applied_project.edit(
        "template.t0", TemplateContent="别的内容{1}。"
    ),
    "review": lambda applied_project: applied_project.review(
        "template", applied_project.number("template.t1"), "rejected", "--reply", "内容不合规"
    ),
    "qualification": lambda applied_project: applied_project.console.judge_qualification(
        1000001, "rejected"
    ),
    "missing": lambda applied_project: applied_project.console.remove(
        "template", applied_project.number("template.t2")
    ),
    "unmanaged": lambda applied_project: applied_project.console.seed(
        [{"kind": "template", "id": 7000, "templateName": "手工", "content": "手工创建{1}"}]
    ),
}
FAILING = {"config", "review", "qualification", "missing"}


def test_nothing_changed_is_no_drift(applied_project: TimedProject) -> None:
    """The fields that the API never returns change neither verdict nor exit code: they are counted,
    and listed with ``-v`` and in JSON.
    """
    ran = applied_project.drift()
    assert ran.code == 0
    assert ran.last.startswith("No drift: 4 recorded objects checked")
    assert ran.out.startswith("= unverifiable  12 fields of 4 objects; `-v` lists them\n\n")
    listed = applied_project("drift", "-v").out
    assert '  "模板t0"  remark, smsType: last submitted ' in listed
    assert "`-v`" not in listed
    report = applied_project.report()
    assert report["complete"] is True
    assert report["summary"]["unverifiable"] == UNVERIFIABLE
    assert applied_project.counted() == {}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_alone(applied_project: TimedProject, name: str) -> None:
    """One change, one finding of its class, and the exit code that the class asks for."""
    CHANGES[name](applied_project)

    ran = applied_project.drift("--format", "json")

    assert ran.code == (2 if name in FAILING else 0)
    assert applied_project.counted() == {name: 1}
    assert schemas.violations("drift", ran.json()) == []
    said = applied_project.drift().out.casefold()
    assert ("no drift" in said) == (name not in FAILING)


def test_all_changes_are_found_together(applied_project: TimedProject) -> None:
    """No finding hides another, and the classes come in the order of their table."""
    for change in CHANGES.values():
        change(applied_project)

    report = applied_project.report()

    found = [item["class"] for item in report["findings"] if item["class"] != "unverifiable"]
    assert found == list(CHANGES)
    assert applied_project.drift().code == 2


@pytest.mark.parametrize("format", FORMATS)
def test_a_second_run_gives_the_same_bytes(applied_project: TimedProject, format: str) -> None:
    """Whatever happened, and in every format."""
    for change in CHANGES.values():
        change(applied_project)
    assert (
        applied_project.drift("--format", format).out
        == applied_project.drift("--format", format).out
    )


def test_a_config_finding_says_what_was_accepted_and_what_is_there(
    applied_project: TimedProject,
) -> None:
    """With the address, the id and the field."""
    CHANGES["config"](applied_project)
    finding = next(
        item for item in applied_project.report()["findings"] if item["class"] == "config"
    )
    assert finding == {
        "class": "config",
        "type": "template",
        "address": "template.t0",
        "remote_id": applied_project.number("template.t0"),
        "field": "content",
        "recorded": "您的验证码是{1}。",
        "observed": "别的内容{1}。",
        "detail": "content differs from what was last accepted",
        "detail_code": "field_differs",
        "next": "plan",
        "advice": [["plan"]],
    }
    said = applied_project.drift().out
    for words in ("template.t0", '"您的验证码是{1}。"', '"别的内容{1}。"', "next: `smsops plan "):
        assert words in said


def test_a_worse_review_with_a_reply_is_one_finding(applied_project: TimedProject) -> None:
    """The state got worse and the reply changed: that is one event."""
    CHANGES["review"](applied_project)
    found = [item for item in applied_project.report()["findings"] if item["class"] == "review"]
    assert len(found) == 1
    assert (found[0]["recorded"], found[0]["observed"]) == ("active", "rejected")
    assert "内容不合规" in found[0]["detail"]


def test_an_unmanaged_object_counts_when_asked(applied_project: TimedProject) -> None:
    """``--fail-on unmanaged`` adds to the classes that fail; the finding has no address."""
    CHANGES["unmanaged"](applied_project)
    assert applied_project.drift("--fail-on", "unmanaged").code == 2
    finding = next(
        item for item in applied_project.report()["findings"] if item["class"] == "unmanaged"
    )
    assert (finding["address"], finding["remote_id"], finding["observed"]) == (None, 7000, "手工")
    assert applied_project.drift("--fail-on", "config").code == 64


def test_what_a_manifest_is_about_to_adopt_is_not_unmanaged(applied_project: TimedProject) -> None:
    """It is in a manifest, and the next apply records it."""
    applied_project.template("late", content="稍后{1}。", title="稍后")
    applied_project.console.seed(
        [{"kind": "template", "id": 7001, "templateName": "稍后", "content": "稍后{1}。"}]
    )
    assert applied_project.counted() == {}
    assert "1 to adopt" in applied_project("plan").out


def test_unverifiable_fields_say_when_they_were_last_submitted(
    applied_project: TimedProject,
) -> None:
    """And what was submitted then; images as digests."""
    found = [
        item for item in applied_project.report()["findings"] if item["class"] == "unverifiable"
    ]
    by = {(item["address"], item["field"]): item for item in found}
    assert by["template.t0", "smsType"]["recorded"] == "verification"
    assert by["template.t0", "smsType"]["detail"].startswith("last submitted 2027-01-15T08:")
    assert str(by["sign.acme", "proofImage"]["recorded"]).startswith("sha256:")
    assert ("sign.acme", "qualificationId") not in by


def test_apply_accepts_what_is_there_and_the_drift_is_over(applied_project: TimedProject) -> None:
    """A change that the manifest takes over is recorded by the next apply."""
    CHANGES["config"](applied_project)
    applied_project.template("t0", content="别的内容{1}。")
    assert "No changes." in applied_project("plan").out
    assert applied_project("apply", "--auto-approve").code == 0
    assert applied_project.drift().code == 0


def test_an_approval_is_no_drift(applied_project: TimedProject) -> None:
    """Everybody waited for it, whatever the reviewer wrote with it."""
    applied_project.template("t9")
    assert applied_project("apply", "--auto-approve").code == 0
    made = applied_project.number("template.t9")
    applied_project.review("template", made, "approved", "--reply", "通过")
    assert applied_project.drift().code == 0


@pytest.mark.parametrize("verdict", ["approved", "effective-later"])
def test_a_rejection_that_was_taken_back_is_no_drift(
    applied_project: TimedProject, verdict: str
) -> None:
    """The review got better, and the reply went with it."""
    applied_project.template("t9")
    assert applied_project("apply", "--auto-approve").code == 0
    made = applied_project.number("template.t9")
    applied_project.review("template", made, "rejected", "--reply", "内容不合规")
    assert applied_project("wait", "template.t9", "--timeout", "0s").code == 9
    applied_project.review("template", made, verdict)
    assert applied_project.drift().code == 0
    assert applied_project.counted() == {}


def test_another_reply_to_the_same_rejection_is_drift(applied_project: TimedProject) -> None:
    """Nothing got better, and the reviewer said something new."""
    applied_project.template("t9")
    assert applied_project("apply", "--auto-approve").code == 0
    made = applied_project.number("template.t9")
    applied_project.review("template", made, "rejected", "--reply", "内容不合规")
    assert applied_project("wait", "template.t9", "--timeout", "0s").code == 9
    assert applied_project.drift().code == 0
    assert applied_project.counted() == {}
    applied_project.review("template", made, "rejected", "--reply", "签名不符")
    assert applied_project.drift().code == 2
    assert applied_project.counted() == {"review": 1}


@pytest.mark.parametrize("noting", [("wait", "--timeout", "0s"), ("apply", "--auto-approve")])
def test_a_live_object_that_cannot_send_stays_drift(
    applied_project: TimedProject, noting: tuple[str, ...]
) -> None:
    """Whoever records the rejection in between, an hourly apply say, does not mend it."""
    made = applied_project.number("template.t0")
    applied_project.review("template", made, "rejected", "--reply", "投诉")
    assert applied_project.drift().code == 2
    assert applied_project(*noting).code in (9, 3)
    assert applied_project.drift().code == 2
    assert applied_project.counted() == {"review": 1}
    assert 'was active, is rejected; the reviewer says: "投诉"' in applied_project.drift().out
    applied_project.review("template", made, "approved")
    assert applied_project.drift().code == 0


def test_the_advice_of_a_report_can_be_typed_as_it_stands(applied_project: TimedProject) -> None:
    """In the text; a document that others read says the plain command."""
    CHANGES["config"](applied_project)
    options = f"-C {applied_project.root} --emulator"
    assert f"next: `smsops plan {options}` shows" in applied_project.drift().out
    assert "--emulator" not in applied_project.drift("--format", "markdown").out


def test_a_broken_manifest_does_not_stop_the_report(applied_project: TimedProject) -> None:
    """Drift compares the state with the account; the warning says what may be off."""
    (applied_project.root / "templates" / "t0.yaml").write_text("kind: Template\n", "utf-8")
    ran = applied_project.drift()
    assert ran.code == 0
    assert "some manifests have errors" in ran.err
    assert "validate" in ran.err


def test_files_hold_the_same_report(applied_project: TimedProject) -> None:
    """``-o`` takes the chosen format, ``--json-into`` the JSON, stdout stays as it is."""
    for change in CHANGES.values():
        change(applied_project)
    comment, document = applied_project.root / "drift.md", applied_project.root / "drift.json"
    ran = applied_project.drift(
        "--format", "markdown", "-o", str(comment), "--json-into", str(document)
    )
    assert comment.read_text("utf-8") == ran.out
    assert document.read_text("utf-8") == applied_project.drift("--format", "json").out
    assert document.stat().st_mode & 0o777 == 0o600


def test_signs_are_compared_too(applied_project: TimedProject) -> None:
    """A sign with another qualification than the one that was accepted."""
    applied_project.console.seed(
        [{"kind": "qualification", "id": 1000007, "name": "另一个", "status": 1}]
    )
    applied_project.edit("sign.acme", QualificationId=1000007)
    assert applied_project.counted() == {"config": 1}
