"""wait, apply --wait, status and output through the real command line."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from smsops.applying.wait import USABLE, Awaited, Backoff, poll
from smsops.cancellation import Stop
from smsops.clock import from_text
from smsops.kinds.reviews import review_of
from smsops.manifests import schemas
from smsops.model import Address, ObjectId, Observation, Observed, Recorded, RecordedObject
from smsops.planning.review_hours import expected, expected_of, words
from smsops.providers.errors import NotSent
from smsops.providers.tencent.client import Client
from smsops.state.backends.local import LocalBackend
from tests.support.account import Account
from tests.support.clock import FakeClock
from tests.support.project import Project
from tests.support.served_project import served_project


def test_a_deploy_gate_answers_at_once(project: Project) -> None:
    project("apply", "--auto-approve")
    pending = project("wait", "--timeout", "0s")
    assert pending.code == 8
    assert 'template.t0 (id 1110, "模板t0"): in review\n' in pending.err
    assert pending.err.count("in review\n") == 2
    assert pending.err.count("an estimate") == 1, "once, however many are in review"
    project.approve()
    assert project("wait", "--timeout", "0s").code == 0
    project.review("template", 1110, "rejected", "--reply", "内容\x1b[31m不符")
    rejected = project("wait", "template.t0", "--timeout", "0s")
    assert rejected.code == 9
    assert r"内容\x1b[31m不符" in rejected.err
    assert project("wait", "sign.acme", "--timeout", "0s").code == 0


def test_a_gate_says_in_json_what_it_saw(project: Project) -> None:
    def gate(*addresses: str) -> tuple[int, dict[str, Any]]:
        ran = project("wait", "--timeout", "0s", "--format", "json", *addresses)
        document = ran.json()
        assert schemas.violations("wait", document) == []
        return ran.code, document

    code, before = gate()
    assert (code, before["awaited"]) == (8, [])
    assert before["unapplied"] == ["sign.acme", "template.t0"]
    project("apply", "--auto-approve")
    code, pending = gate()
    assert code == 8
    assert [(row["address"], row["review"]) for row in pending["awaited"]] == [
        ("sign.acme", "in_review"),
        ("template.t0", "in_review"),
    ]
    project.approve()
    project.review("template", 1110, "rejected", "--reply", "内容不符")
    code, rejected = gate("template.t0")
    assert code == 9
    (row,) = rejected["awaited"]
    assert (row["remote_id"], row["successor"], row["review"], row["reply"]) == (
        1110,
        False,
        "rejected",
        "内容不符",
    )
    project("apply", "--auto-approve")
    project("emulator", "remove", "sign", "1110")
    code, gone = gate("sign.acme")
    assert (code, gone["awaited"][0]["review"]) == (1, None)


def test_a_wait_that_is_not_over_says_so(project: Project) -> None:
    project("apply", "--auto-approve")
    project.clock = FakeClock().clock
    ran = project("wait", "--timeout", "3s")
    assert ran.code == 8
    assert "Not over after 3 s: sign.acme, template.t0. Run `smsops wait " in ran.err
    project.approve()
    assert "Not over" not in project("wait", "--timeout", "3s").err


def test_one_look_says_nothing_of_time(project: Project) -> None:
    project("apply", "--auto-approve")
    ran = project("wait", "--timeout", "0s")
    assert ran.code == 8
    assert "Not over yet: sign.acme, template.t0. Run `smsops wait " in ran.err


def test_an_apply_that_submitted_says_what_comes_next(project: Project) -> None:
    ran = project("apply", "--auto-approve")
    assert f"Next: `smsops wait -C {project.root} --emulator` ends when" in ran.err
    project.approve()
    assert "Next:" not in project("apply", "--auto-approve").err


def test_outputs_warn_of_what_cannot_send(applied_project: Project) -> None:
    assert "Warning" not in applied_project("output").err
    applied_project.review("template", 1110, "rejected")
    ran = applied_project("output", "--format", "dotenv")
    assert ran.code == 0
    assert "SMSOPS_TEMPLATE_T0_ID=1110" in ran.out
    assert "Warning: template.t0 (id 1110) is rejected and cannot send" in ran.err


def test_a_wait_saves_what_it_saw(project: Project) -> None:
    project("apply", "--auto-approve")
    project.approve()
    assert project("wait", "--timeout", "0s").code == 0
    recorded = json.loads(project.state.read_text("utf-8"))["resources"]["template.t0"]["current"]
    assert recorded["review"]["code"] == 0
    assert recorded["activated_at"] is not None


@pytest.mark.parametrize(("timeout", "longest"), [("0s", 0), ("10s", 10), ("1h", 31)])
def test_somebody_elses_lock_only_stops_the_saving(
    project: Project, timeout: str, longest: float
) -> None:
    """A gate answers at once, and no wait takes longer than it was given."""
    project("apply", "--auto-approve")
    project.approve()
    time = FakeClock()
    project.clock = time.clock
    before, began = project.state.read_bytes(), time.moment
    with LocalBackend(project.state).lock("apply"):
        ran = project("wait", "--timeout", timeout)
    assert ran.code == 0, ran.err
    assert time.moment - began <= longest
    assert "Warning: what was seen is not saved: " in ran.err
    assert project.state.read_bytes() == before


def test_a_held_lock_does_not_open_the_gate(project: Project) -> None:
    project("apply", "--auto-approve")
    with LocalBackend(project.state).lock("apply"):
        ran = project("wait", "--timeout", "0s")
    assert ran.code == 8
    assert "Waiting for the lock" not in ran.err


def test_a_reply_of_several_lines_stays_on_one(project: Project) -> None:
    """As in ``status``: nothing of it can pass for a line of smsops."""
    project("apply", "--auto-approve")
    project.review("template", 1110, "rejected", "--reply", '不符\n"template.t9": active')
    ran = project("wait", "template.t0", "--timeout", "0s")
    reply = r'"不符\n\"template.t9\": active"'
    [line] = [line for line in ran.err.splitlines() if line.startswith("template.t0")]
    assert line.startswith(f'template.t0 (id 1110, "模板t0"): rejected: {reply}; `smsops plan')
    assert reply in project("status").out


def test_a_wait_outlasts_a_network_that_is_gone_for_a_while(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first look has to be one; what stops every later one is no news after the first time."""
    project("apply", "--auto-approve")
    project.clock = FakeClock().clock
    real, looks, gone = Client.describe, 0, range(5, 20)

    def describe(client: Client, *arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks in gone:
            raise NotSent("DescribeSmsSignList", "", "was not sent: no way out")
        if looks > 20:
            project.console.review("template", 1110, 0)
            project.console.review("sign", 1110, 0)
        return real(client, *arguments)

    monkeypatch.setattr(Client, "describe", describe)
    ran = project("wait", "--timeout", "4h")
    assert ran.code == 0, ran.err
    words = "Warning: DescribeSmsSignList was not sent: no way out. The wait goes on."
    assert ran.err.count(words) == 1
    assert "sign.acme (id 1110" in ran.err.partition(words)[2]
    looks, gone = 0, range(1, 20)
    assert project("wait", "--timeout", "4h").code == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_wait_names_what_is_still_in_review(
    project: Project, number: int, code: int
) -> None:
    """In the words of a wait: there is nothing to finish, and nothing went wrong."""
    project("apply", "--auto-approve")
    project.review("sign", 1110, "approved")
    run = project.process("wait")
    assert run.stderr is not None
    said = [run.stderr.readline() for _ in range(3)]
    assert any("template.t0" in line for line in said), said
    run.send_signal(number)
    out, rest = run.communicate(timeout=20)
    assert (run.returncode, out) == (code, "")
    assert rest == "Interrupted; still in review: template.t0\n"


def test_waiting_for_something_unknown_is_an_error(project: Project) -> None:
    project("apply", "--auto-approve")
    unknown = project("wait", "template.nobody", "template.t0", "--timeout", "0s")
    assert unknown.code == 64
    assert "template.nobody: no manifest declares it" in unknown.err
    assert project("wait", "--timeout", "soon").code == 64


def test_two_hundred_addresses_take_three_calls(project: Project) -> None:
    seeds = [
        {"kind": "template", "templateName": f"模板t{n}", "content": "您的验证码是{1}。"}
        for n in range(199)
    ]
    file = project.root / "seeds.json"
    file.write_text(json.dumps(seeds), encoding="utf-8")
    assert project("emulator", "seed", str(file)).code == 0
    for number in range(199):
        project.template(f"t{number}")
    assert project("apply", "--auto-approve").last.startswith(
        "Apply complete: 199 adopted, 1 created"
    )
    ran = project("-v", "wait", "--timeout", "0s")
    assert ran.code == 8
    calls = [line for line in ran.err.splitlines() if line.startswith(("Describe", "GetCaller"))]
    assert len(calls) == 4, calls  # the account, the sign, and two pages of templates


def test_apply_can_wait_for_the_reviewers(tmp_path: Path) -> None:
    with Account(tmp_path / "account.json", {"review": "auto:1s"}) as account:
        project = served_project(tmp_path / "shop", account).begin(1)
        project.sign("acme", "艾克米")
        ran = project("apply", "--auto-approve", "--wait", "3s")
        assert ran.code == 0, ran.err
        assert account.time.ahead >= 1
        assert 'template.t0 (id 1110, "模板t0"): in review' in ran.err
        assert 'template.t0 (id 1110, "模板t0"): active' in ran.err


def test_apply_that_waits_in_vain_exits_8(project: Project) -> None:
    ran = project("apply", "--auto-approve", "--wait", "0s")
    assert ran.code == 8
    assert ran.last.startswith("Apply complete")
    again = project("apply", "--auto-approve")
    assert again.code == 0, "without --wait an apply never exits 8"
    waiting = project("apply", "--auto-approve", "--wait", "0s")
    assert waiting.code == 8, "what an earlier run submitted is in review all the same"
    project.review("sign", 1110, "approved")
    one = project("apply", "--auto-approve", "--wait", "0s", "--target", "sign.acme")
    assert one.code == 0, "only what is targeted"


def test_status_tells_ids_reviews_and_successors(applied_project: Project) -> None:
    applied_project.template(content="验证码{1}，请勿泄露。")
    applied_project("apply", "--auto-approve")
    rows = applied_project("status", "--format", "json").json()["resources"]
    assert [row["address"] for row in rows] == ["sign.acme", "template.t0"]
    template = rows[1]
    assert (template["remote_id"], template["review"]) == (1110, "active")
    assert template["successor"]["remote_id"] == 1111
    assert template["successor"]["review"] == "in_review"
    assert template["retiring"] == []
    assert from_text(template["submitted_at"])
    text = applied_project("status").out
    assert "template.t0  1110  active" in text
    assert "  successor  1111  in review" in text


def test_outputs_switch_only_at_promotion(applied_project: Project) -> None:
    def ids() -> str:
        return applied_project("output", "--format", "dotenv").out

    assert "SMSOPS_TEMPLATE_T0_ID=1110\n" in ids()
    assert "SMSOPS_SIGN_ACME_NAME=艾克米\n" in ids()
    applied_project.template(content="验证码{1}，{2}分钟内有效。", retire_after="0s")
    applied_project("apply", "--auto-approve")
    applied_project.review("template", 1111, "approved")
    assert "SMSOPS_TEMPLATE_T0_ID=1110\n" in ids()
    held = applied_project("apply", "--auto-approve")
    assert held.code == 0
    assert "parameters 1 -> 2" in held.out
    assert "`smsops apply --promote template.t0" in held.out
    assert "SMSOPS_TEMPLATE_T0_ID=1110\n" in ids(), "callers that pass one parameter would fail"
    applied_project("apply", "--auto-approve", "--promote", "template.t0")
    assert "SMSOPS_TEMPLATE_T0_ID=1111\n" in ids()
    outputs = applied_project("output").json()["outputs"]
    assert outputs["template.t0"] == {
        "template_id": 1111,
        "parameter_count": 2,
        "review": "active",
    }
    assert outputs["sign.acme"] == {"sign_id": 1110, "sign_name": "艾克米", "review": "active"}
    applied_project("apply", "--auto-approve")
    assert applied_project.writes()[2:] == ["AddSmsTemplate", "DeleteSmsTemplate"]
    assert applied_project("plan").last == "No changes. Signs and templates match the manifests."


def test_outputs_name_what_is_declared_and_not_applied_yet(applied_project: Project) -> None:
    applied_project.template("news", "您的订单已更新{1}。")
    ran = applied_project("output")
    assert ran.code == 0
    assert "template.news" not in ran.json()["outputs"]
    assert "1 declared is not recorded" in ran.err
    assert "template.news" in ran.err


def test_outputs_leave_out_what_was_never_active(project: Project) -> None:
    project("apply", "--auto-approve")
    assert project("output").json()["outputs"] == {}
    everything = project("output", "--all").json()["outputs"]
    assert everything["template.t0"]["template_id"] == 1110
    assert everything["template.t0"]["successor"] is None


@pytest.mark.parametrize("format", ["json", "dotenv", "yaml"])
def test_a_committed_output_file_is_checked(applied_project: Project, format: str) -> None:
    file = applied_project.root / "ids"
    file.write_text(applied_project("output", "--format", format).out, encoding="utf-8")
    assert applied_project("output", "--format", format, "--check", str(file)).code == 0
    file.write_text("stale", encoding="utf-8")
    stale = applied_project("output", "--format", format, "--check", str(file))
    assert stale.code == 2
    assert stale.out == ""
    assert (
        f"`smsops output --format {format} -C {applied_project.root} --emulator > {file}`"
        in stale.err
    )
    assert applied_project("output", "--check", str(applied_project.root / "none")).code == 1


# -- polling -----------------------------------------------------------------------------------


def never(error: NotSent) -> None:
    raise AssertionError(error)


def test_polling_grows_its_pauses_and_reports_every_change_once() -> None:
    time = FakeClock()
    reviews = iter([1, 1, 1, 2, 0])
    address = Address("template", "t0")
    awaited = Awaited(address, 1, None, Recorded(current=RecordedObject(1)))
    told: list[int] = []
    pauses: list[float] = []

    def look(_: object) -> Observation:
        seen = Observed("template", 1, {}, review_of(next(reviews)))
        return Observation({ObjectId("template", 1): seen}, {})

    waited = poll(
        [awaited],
        look=look,
        over=USABLE,
        timeout=3600,
        pace=Backoff(first=30, most=80),
        clock=time.clock,
        stop=Stop(),
        tell=lambda _, review: told.append(review.code if review else 9),
        pausing=pauses.append,
        missed=never,
    )
    assert told == [1, 2, 0]
    assert pauses == [30, 45, 67.5, 80]
    assert waited.exit() == 0


@pytest.mark.parametrize(
    ("listed", "looks", "told", "code"),
    [
        (True, ["gone"], [None], 1),
        (True, ["there", "unread", "there", "gone"], [1, None], 1),
        (False, ["there", "gone", "there", "gone"], [1], 8),
        (False, ["gone", "there"], [1], 8),
    ],
)
def test_what_was_listed_once_is_gone_as_soon_as_it_is_missing(
    listed: bool, looks: list[str], told: list[int | None], code: int
) -> None:
    """A listing may lag behind an Add, and not behind itself; what a look showed is old news."""
    time = FakeClock()
    item = RecordedObject(1, submitted_at=int(time.moment), listed=listed)
    awaited = Awaited(Address("template", "t0"), 1, item.submitted_at, Recorded(current=item))
    said: list[int | None] = []
    ahead = iter(looks)

    def look(_: object) -> Observation:
        now = next(ahead)
        seen = (
            {ObjectId("template", 1): Observed("template", 1, {}, review_of(1))}
            if now == "there"
            else {}
        )
        unread = frozenset({ObjectId("template", 1)}) if now == "unread" else frozenset()
        return Observation(seen, {}, unread=unread, by_id=frozenset(seen))

    waited = poll(
        [awaited],
        look=look,
        over=USABLE,
        timeout=len(looks) - 1,
        pace=Backoff(first=1, most=1),
        clock=time.clock,
        stop=Stop(),
        tell=lambda _, review: said.append(review.code if review else None),
        pausing=lambda _: None,
        missed=never,
    )
    assert said == told
    assert waited.exit() == code
    assert list(ahead) == []
    # What was read by its id was not listed, whatever was read before.
    assert waited.observation is not None
    assert set(waited.observation.objects) == set(waited.observation.by_id)


def test_what_is_gone_after_ten_minutes_is_not_waited_for() -> None:
    """An earlier look is no reason to go on waiting for what somebody deleted since."""
    time = FakeClock()
    item = RecordedObject(1, submitted_at=int(time.moment))
    awaited = Awaited(Address("template", "t0"), 1, item.submitted_at, Recorded(current=item))
    looks: list[float] = []

    def look(_: object) -> Observation:
        looks.append(time.moment)
        there = {ObjectId("template", 1): Observed("template", 1, {}, review_of(1))}
        return Observation(there if len(looks) == 1 else {}, {})

    waited = poll(
        [awaited],
        look=look,
        over=USABLE,
        timeout=4 * 3600,
        pace=Backoff(first=60, most=60),
        clock=time.clock,
        stop=Stop(),
        tell=lambda *_: None,
        pausing=lambda _: None,
        missed=never,
    )
    assert waited.exit() == 1
    assert looks[-1] - looks[0] == 600


@pytest.mark.parametrize(
    ("submitted", "ends"),
    [
        ("2026-11-23T01:00:00Z", "2026-11-23 11:00"),  # Monday 9:00 in Beijing
        ("2026-11-23T12:00:00Z", "2026-11-24 10:00"),  # Monday 20:00: an hour today, one tomorrow
        ("2026-11-23T20:00:00Z", "2026-11-24 11:00"),  # Tuesday 4:00
        ("2026-11-21T09:30:00Z", "2026-11-22 10:30"),  # Saturday 17:30, closes at 18
        ("2026-11-22T10:00:00Z", "2026-11-23 11:00"),  # Sunday 18:00 sharp
    ],
)
def test_reviews_are_expected_in_published_hours(submitted: str, ends: str) -> None:
    moment = from_text(submitted)
    assert moment is not None
    assert f"{expected(moment):%Y-%m-%d %H:%M}" == ends
    assert ends in str(words(moment, moment))
    assert "over that" in str(words(moment, moment + 7 * 86_400))


def test_the_estimate_of_several_reviews_is_one_sentence() -> None:
    """The span of those that are not overdue; nothing of what has no moment."""
    moments = [from_text(f"2026-11-23T0{hour}:00:00Z") for hour in (1, 3, 2)]
    now = moments[0] or 0
    assert expected_of([None], now).plain == ""
    assert expected_of(moments[:1], now).plain == (
        "Reviews are expected by 2026-11-23 11:00 (Asia/Shanghai), an estimate."
    )
    assert expected_of([*moments, None], now).plain == (
        "Reviews are expected from 2026-11-23 11:00 to 2026-11-23 13:00 (Asia/Shanghai), an "
        "estimate."
    )
    assert "to 2026-11-23 13:00" in expected_of(moments, now + 10_000).plain
    assert "over that" in expected_of(moments, now + 7 * 86_400).plain


def test_a_gate_is_closed_for_what_was_never_applied(project: Project) -> None:
    ran = project("wait", "--timeout", "0s")
    assert ran.code == 8
    assert "template.t0: declared, and not applied yet" in ran.err
    project("apply", "--auto-approve")
    project.approve()
    assert project("wait", "--timeout", "0s").code == 0
    project.template("t1")
    assert project("wait", "--timeout", "0s").code == 8
    named = project("wait", "template.t1", "template.t0", "--timeout", "0s")
    assert named.code == 8
    assert "template.t1: declared, and not applied yet" in named.err
    assert 'template.t0 (id 1110, "模板t0"): active' in named.err
    assert project("wait", "template.t0", "--timeout", "0s").code == 0


def test_an_approved_successor_asks_for_its_promotion(applied_project: Project) -> None:
    applied_project.template(content="验证码{1}，请勿泄露。")
    applied_project("apply", "--auto-approve")
    applied_project.review("template", 1111, "approved")
    promotes = f"the next `smsops apply -C {applied_project.root} --emulator` promotes it"
    waited = applied_project("wait", "--timeout", "0s")
    assert waited.code == 0
    assert promotes in waited.err
    assert promotes in applied_project("status").out


def test_outputs_say_what_they_leave_out(project: Project) -> None:
    project("apply", "--auto-approve")
    assert "Left out, never active so far: sign.acme, template.t0" in project("output").err
