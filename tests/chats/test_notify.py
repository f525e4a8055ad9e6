"""``smsops notify`` against robots that refuse as the four services do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smsops.chats.services import dingtalk_signature, feishu_signature
from smsops.errors import Exit
from smsops.render.endings import ENDINGS
from tests.support.chats import SECRET, Chats, chats
from tests.support.clock import FakeClock
from tests.support.project import Project, Ran

HOSTILE = '<at user_id="all"></at> <!channel> <@all> @everyone `x` </details> ::add-mask::x \x1b[2J'
RUN = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "acme/sms",
    "GITHUB_RUN_ID": "77",
}
LINK = "https://github.example/acme/sms/actions/runs/77"


def drift(rows: int = 1, detail: str = "edited in the console") -> dict[str, Any]:
    finding = {
        "class": "config",
        "type": "template",
        "remote_id": 1,
        "field": "content",
        "recorded": "a",
        "observed": "b",
        "detail": detail,
        "detail_code": "x",
        "next": "correct",
        "advice": [["plan"]],
    }
    return {
        "format_version": "1.0",
        "environment": "prod",
        "account_id": "100000000001",
        "region": "ap-guangzhou",
        "complete": True,
        "checked": 9,
        "summary": {"config": rows, "review": 0},
        "findings": [{**finding, "address": f"template.t{n}"} for n in range(rows)],
        "notes": [],
    }


@pytest.fixture
def robots() -> Iterator[Chats]:
    with chats(FakeClock()) as found:
        yield found


def told(
    tmp: Path, robots: Chats, document: Any, *options: str, names: tuple[str, ...] = ()
) -> Ran:
    path = tmp / "result.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    environment = {**RUN, **robots.environment(*names)}
    project = Project(tmp, options=(), environment=environment, clock=robots.clock.clock)
    ran = project("notify", *options, str(path))
    assert not any(secret in ran.out + ran.err for secret in ("tok-", SECRET, robots.url))
    return ran


def texts(robots: Chats) -> dict[str, str]:
    """The text of the last message to each, as people read it."""
    found = {name: taken[-1] for name, taken in robots.taken.items()}
    post = found["feishu"]["content"]["post"]["zh_cn"]
    lines = [post["title"], *("".join(part["text"] for part in line) for line in post["content"])]
    return {
        "feishu": "\n".join(lines),
        "dingtalk": found["dingtalk"]["text"]["content"],
        "wecom": found["wecom"]["text"]["content"],
        "slack": found["slack"]["text"],
    }


def test_signatures_are_those_that_the_services_compute() -> None:
    """Computed with openssl, in the way that each service documents."""
    assert feishu_signature("SECa1b2c3", 1599360473) == (
        "+M7bHNlP/cc33PZa3oY22S47kovLdMAqsL4gnFsY5AQ="
    )
    assert dingtalk_signature("SECa1b2c3", 1599360473000) == (
        "qb8+mctntJyLRgWu+RyO5x9m2krMWHHub4dxpDtAJ4I="
    )


def test_all_four_are_told_what_where_who_and_link(tmp_path: Path, robots: Chats) -> None:
    ran = told(tmp_path, robots, drift())
    assert ran.code == 0, ran.err
    for name, text in texts(robots).items():
        assert "smsops acme/sms: drift: 1 config" in text, name
        assert "environment prod" in text
        assert "account 100000000001" in text
        assert "template.t0: config: edited in the console (content)" in text
        assert "you decide: `smsops plan`" in text
        assert text.endswith(LINK)


def test_hostile_texts_reach_no_markup_and_no_mention(tmp_path: Path, robots: Chats) -> None:
    assert told(tmp_path, robots, drift(detail=HOSTILE)).code == 0
    taken = {name: found[-1] for name, found in robots.taken.items()}
    assert "\x1b" not in json.dumps(taken, ensure_ascii=False)
    assert {
        part["tag"]
        for line in taken["feishu"]["content"]["post"]["zh_cn"]["content"]
        for part in line
    } == {"text", "a"}
    assert taken["feishu"]["msg_type"] == "post"
    assert taken["dingtalk"]["msgtype"] == taken["wecom"]["msgtype"] == "text"
    assert taken["dingtalk"]["at"] == {"isAtAll": False}
    assert "<@all>" not in taken["wecom"]["text"]["content"]
    assert "<" not in taken["slack"]["text"]
    assert taken["slack"]["parse"] == "none"
    assert taken["slack"]["mrkdwn"] is False


@pytest.mark.parametrize(
    ("rows", "detail"),
    [
        (400, "改" * 60),
        (1, "改" * 30_000),
        (20, "😀" * 90),
        (1, '"\\' * 15_000),
        (3, "<@" * 300),
    ],
    ids=["many", "long", "wide", "escaped", "called"],
)
def test_what_is_too_long_is_cut_and_counted(
    tmp_path: Path, robots: Chats, rows: int, detail: str
) -> None:
    ran = told(tmp_path, robots, drift(rows, detail))
    assert ran.code == 0, ran.err
    assert all(text.endswith(LINK) for text in texts(robots).values())
    assert "more" in texts(robots)["wecom"] or "…" in texts(robots)["wecom"]


def test_a_refusal_with_status_200_is_a_failure(tmp_path: Path, robots: Chats) -> None:
    robots.clock.advance(0)
    robots.busy = {"dingtalk": 1, "wecom": 9}
    ran = told(tmp_path, robots, drift())
    assert ran.code == 1
    assert "Error: DingTalk: it refuses with errcode 130101: send too fast" in ran.err
    assert "Error: WeCom: it refuses with errcode 45009" in ran.err
    assert "Feishu: sent." in ran.err
    assert set(robots.taken) == {"feishu", "slack"}, "one that fails keeps no other from it"
    assert robots.clock.slept == [60.0, 60.0], "DingTalk blocks for longer than anybody waits"


def test_a_gateway_that_repeats_the_address_reveals_nothing(tmp_path: Path, robots: Chats) -> None:
    robots.echoes = True
    ran = told(tmp_path, robots, drift())
    assert ran.code == 1
    assert ran.err.count("status 404") == 4
    assert "sign=" not in ran.err


def test_a_wrong_address_or_secret_is_named_by_its_variable(tmp_path: Path, robots: Chats) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(drift()), encoding="utf-8")
    given = robots.environment()
    del given["SMSOPS_NOTIFY_FEISHU_SECRET"]
    given["SMSOPS_NOTIFY_DINGTALK_SECRET"] = "another"
    given["SMSOPS_NOTIFY_SLACK_URL"] = given["SMSOPS_NOTIFY_SLACK_URL"].replace("tok-", "")
    ran = Project(tmp_path, options=(), environment=given, clock=robots.clock.clock)(
        "notify", str(path)
    )
    assert ran.code == 1
    for said in (
        "SMSOPS_NOTIFY_FEISHU_URL; SMSOPS_NOTIFY_FEISHU_SECRET is not set",
        "sign not match. Check SMSOPS_NOTIFY_DINGTALK_URL and SMSOPS_NOTIFY_DINGTALK_SECRET",
        "no such robot. Check SMSOPS_NOTIFY_SLACK_URL",
    ):
        assert said in ran.err, ran.err
    robots.busy = {"dingtalk": 1}
    assert "Check SMSOPS" not in told(tmp_path, robots, drift()).err


def test_a_line_end_after_a_variable_is_no_part_of_it(tmp_path: Path, robots: Chats) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(drift()), encoding="utf-8")
    given = {name: f"{value}\n" for name, value in robots.environment().items()}
    project = Project(tmp_path, options=(), environment=given, clock=robots.clock.clock)
    ran = project("notify", str(path))
    assert ran.code == 0, ran.err


def test_a_busy_service_is_asked_again_and_signed_anew(tmp_path: Path, robots: Chats) -> None:
    robots.busy = {"feishu": 2, "slack": 1}
    ran = told(tmp_path, robots, drift(), names=("FEISHU", "SLACK"))
    assert ran.code == 0, ran.err
    assert robots.clock.slept == [5.0, 5.0, 7.0]
    assert robots.taken["feishu"][0]["timestamp"] == str(int(robots.clock.moment) - 7)


def test_nothing_to_tell(tmp_path: Path, robots: Chats) -> None:
    quiet = told(tmp_path, robots, drift(0))
    assert (quiet.code, robots.taken) == (0, {})
    assert "Nothing to tell" in quiet.err
    assert told(tmp_path, robots, drift(), "--on", "apply").code == 0
    assert robots.taken == {}
    assert told(tmp_path, robots, drift(0), "--heartbeat").code == 0
    assert all("nothing to report" in text for text in texts(robots).values())


def test_nobody_and_nothing_usable(tmp_path: Path, robots: Chats) -> None:
    project = Project(tmp_path, options=())
    (tmp_path / "x.json").write_text('{"a": 1}', encoding="utf-8")
    assert project("notify", str(tmp_path / "x.json")).code == 64
    project.environment = {"SMSOPS_NOTIFY_SLACK_URL": "http://hooks.example/tok"}
    ran = project("notify", str(tmp_path / "x.json"))
    assert ran.code == 64
    assert "must be https" in ran.err
    assert "tok" not in ran.err
    project.environment = robots.environment("SLACK")
    ran = project("notify", str(tmp_path / "x.json"))
    assert ran.code == 1
    assert "is no result of smsops" in ran.err


def test_a_closed_input_is_an_empty_one(
    tmp_path: Path, robots: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    ran = Project(tmp_path, options=(), environment=robots.environment("SLACK"))("notify", "-")
    assert (ran.code, "- is empty: the command that wrote it failed" in ran.err) == (1, True)


def test_a_value_of_another_type_is_no_result(tmp_path: Path, robots: Chats) -> None:
    change = {"address": "sign.acme", "smsops": {"action": "create", "reason": {"a": [1]}}}
    plan = {"summary": {"create": 1}, "resource_changes": [change]}
    ran = told(tmp_path, robots, plan)
    assert (ran.code, "is no result of smsops" in ran.err) == (1, True)


@pytest.mark.parametrize("inner", [False, True])
def test_a_newer_format_is_refused_and_not_half_told(
    tmp_path: Path, robots: Chats, inner: bool
) -> None:
    newer = {**drift(), "format_version": "2.0"}
    document = {"format_version": "1.7", "environments": {"prod": newer}} if inner else newer
    ran = told(tmp_path, robots, document)
    assert ran.code == 1
    assert "result.json has format_version 2.0; this smsops reads 1.x" in ran.err
    assert "or a newer one" in ran.err
    assert robots.taken == {}
    assert told(tmp_path, robots, {**drift(), "format_version": "1.7"}).code == 0


def test_results_of_real_commands(tmp_path: Path, robots: Chats) -> None:
    shop = Project(tmp_path / "shop").begin()
    plan = json.loads(shop("plan", "--format", "json").out)
    assert told(tmp_path, robots, plan, "--on", "apply").code == 0
    assert "template.t0: create" in texts(robots)["slack"]
    applied = json.loads(shop("apply", "--auto-approve", "--format", "json").out)
    assert told(tmp_path, robots, applied).code == 0
    assert "apply complete: 2 created" in texts(robots)["slack"]
    assert "2 objects in review → the reviewers of Tencent Cloud" in texts(robots)["feishu"]
    status = json.loads(shop("status", "--format", "json").out)
    assert told(tmp_path, robots, status, "--on", "review").code == 0
    assert "template.t0: in review" in texts(robots)["wecom"]
    gate = json.loads(shop("wait", "--timeout", "0s", "--format", "json").out)
    assert told(tmp_path, robots, gate).code == 0
    assert "wait: 2 objects" in texts(robots)["slack"]
    assert "template.t0: in review → the reviewers of Tencent Cloud" in texts(robots)["slack"]
    shop.approve()
    over = json.loads(shop("wait", "--timeout", "0s", "--format", "json").out)
    assert "Nothing to tell" in told(tmp_path, robots, over).err


def test_a_failed_environment_hides_no_other_and_is_told(tmp_path: Path, robots: Chats) -> None:
    for environments, said in (
        ({"prod": None, "staging": drift()}, "template.t0: config"),
        ({"prod": None}, "environment prod failed"),
    ):
        document = {
            "format_version": "1.0",
            "environments": environments,
            "exit_codes": {"prod": 4, "staging": 2},
        }
        assert told(tmp_path, robots, document, "--on", "drift").code == 0
        for text in texts(robots).values():
            assert "prod: exit code 4" in text
            assert said in text


def test_no_result_is_told_and_is_an_error(tmp_path: Path, robots: Chats) -> None:
    """What `smsops drift --format json > drift.json || true` leaves when it failed."""
    shop = Project(tmp_path / "shop", options=()).begin()
    failed = shop("drift", "--format", "json")
    assert (failed.code, failed.out) == (4, "")
    path = tmp_path / "empty.json"
    path.write_text(failed.out, encoding="utf-8")
    shop.environment, shop.clock = {**RUN, **robots.environment()}, robots.clock.clock
    ran = shop("notify", "--on", "drift", str(path))
    assert ran.code == 1
    assert "is empty" in ran.err
    for text in texts(robots).values():
        assert "ended without a result" in text
        assert LINK in text


def test_what_has_to_be_done_stands_before_what_is_only_counted(
    tmp_path: Path, robots: Chats
) -> None:
    shop = Project(tmp_path / "shop", clock=robots.clock.clock).begin().approved()
    quiet = json.loads(shop("drift", "--format", "json").out)
    assert quiet["summary"]["unverifiable"], "else this shows nothing"
    assert "Nothing to tell" in told(tmp_path, robots, quiet).err
    found = drift(25)
    for row in found["findings"][:24]:
        row["class"] = "unmanaged"
    assert told(tmp_path, robots, found).code == 0
    assert "template.t24: config" in texts(robots)["slack"]
    for number in range(21):
        shop.template(f"new{number}", f"新的第{number}条内容{{1}}。")
    (shop.root / "templates" / "t0.yaml").unlink()
    plan = json.loads(shop("plan", "--format", "json", "--max-deletes", "0").out)
    assert told(tmp_path, robots, plan).code == 0
    assert texts(robots)["slack"].splitlines()[1].startswith("template.t0: blocked")
    applied = json.loads(
        shop("apply", "--auto-approve", "--format", "json", "--max-deletes", "0").out
    )
    assert told(tmp_path, robots, applied).code == 0
    assert texts(robots)["slack"].splitlines()[1].startswith("template.t0: blocked")


def test_a_held_promotion_is_told_with_what_ends_it(tmp_path: Path, robots: Chats) -> None:
    shop = Project(tmp_path / "shop").begin().approved()
    shop.template("t0", "您的验证码是{1}，{2}分钟内有效。")
    shop.apply()
    shop.approve()
    plan = json.loads(shop("plan", "--format", "json").out)
    assert told(tmp_path, robots, plan).code == 0
    line = texts(robots)["wecom"].splitlines()[1]
    assert line.startswith("template.t0: held: the successor is active; held: parameters 1 -> 2")
    assert "smsops apply --promote template.t0" in line


def test_objectives_that_are_missed(tmp_path: Path, robots: Chats) -> None:
    def objective(met: bool | None) -> dict[str, Any]:
        return {"objective": "deliveryRate", "want": 0.98, "got": 0.91, "met": met}

    kept = {"application": "other", "sdk_app_id": "1400000002", "objectives": [objective(None)]}
    missed = {**kept, "application": "shop", "objectives": [objective(True), objective(False)]}
    document = {"format_version": "1.0", "applications": [kept, missed]}
    assert told(tmp_path, robots, document).code == 0
    lines = texts(robots)["slack"].splitlines()
    assert lines[1:-1] == [
        "application.shop: deliveryRate: want 0.98, got 0.91 → a person has to decide"
    ]


def test_a_run_that_left_no_result_says_what_its_exit_code_means(
    tmp_path: Path, robots: Chats
) -> None:
    """A file that is not there or empty; one that says something is what is told."""
    environment = {**RUN, **robots.environment("SLACK"), "GITHUB_WORKFLOW": f"apply {HOSTILE}"}
    project = Project(tmp_path, options=(), environment=environment, clock=robots.clock.clock)
    path = tmp_path / "result.json"

    def sent(code: int) -> str:
        ran = project("notify", "--on", "drift", "--exit-code", str(code), str(path))
        assert ran.code == 0, ran.err
        return str(robots.taken["slack"][-1]["text"])

    stale = sent(6)
    assert "the saved plan no longer holds; nothing was written (exit code 6)" in stale
    assert "have that approved" in stale
    assert LINK in stale
    assert "<!channel>" not in stale
    path.touch()
    assert "another run holds the lock" in sent(5)
    path.write_text(json.dumps(drift()), encoding="utf-8")
    assert "edited in the console" in sent(1)
    path.write_text(json.dumps(drift(0)), encoding="utf-8")
    before = len(robots.taken["slack"])
    sent(0)
    assert len(robots.taken["slack"]) == before
    assert "no credentials" in sent(4)
    assert "an error" in sent(77)


def test_every_exit_code_that_fails_has_words() -> None:
    assert set(ENDINGS) == set(Exit) - {Exit.OK, Exit.DIFFERENCES}


def test_what_to_do_about_a_proxy_is_said(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps(drift()), encoding="utf-8")
    way = {
        "SMSOPS_NOTIFY_SLACK_URL": "https://chat.example/services/tok-slack",
        "HTTPS_PROXY": "http://127.0.0.1:1",
    }
    ran = Project(tmp_path, options=(), environment=way)("notify", str(tmp_path / "result.json"))
    assert ran.code == 1
    assert "cannot be reached: Connection refused. Check HTTPS_PROXY." in ran.err
    assert "tok-" not in ran.err
