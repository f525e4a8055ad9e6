"""``smsops probe``: what refuses a send, who is asked, what is shown and what never is."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from smsops.emulator.faults import Fault
from tests.support.account import SECRET_KEY
from tests.support.probes import ProbeProject, phone, probe_project
from tests.support.project import Ran

BEIJING = timezone(timedelta(hours=8))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop") as made:
        yield made


def test_without_probes_nothing_is_done(project: ProbeProject) -> None:
    ran = project.probe()
    assert (ran.code, ran.out) == (0, "")
    assert project.probe("--format", "json").json()["probes"] == []
    assert ET.fromstring(project.probe("--format", "junit").out)[0].get("tests") == "0"
    assert not (project.root / ".smsops" / "ledger.db").exists()


def test_a_probe_where_nobody_reads_it_is_told(project: ProbeProject) -> None:
    project.declare()
    with (project.root / "smsops.yaml").open("a", encoding="utf-8") as file:
        file.write("  manifests: [signs, templates]\n")
    ran = project.probe()
    assert ran.code == 0
    assert "No probe is declared in signs, templates." in ran.err
    assert "probes/ holds manifests that are not read" in ran.err


def test_a_name_that_no_manifest_has_is_an_error(project: ProbeProject) -> None:
    project.declare()
    ran = project.probe("logout")
    assert ran.code == 64
    assert "login" in ran.err
    ran = project.probe("+8613800000123")
    assert ran.code == 64
    assert "there is no probe '+•••••••••0123'" in ran.err, "a number has no place there"


def test_a_number_that_is_not_there_is_an_error(project: ProbeProject) -> None:
    project.declare()
    del project.environment["PHONE_9999"]
    ran = project.probe()
    assert ran.code == 64
    assert "probe.login (probes/login.yaml:1): the variable PHONE_9999 is not set" in ran.err


def test_a_number_may_be_in_a_file_of_its_own(project: ProbeProject, tmp_path: Path) -> None:
    """Relative to the project, or anywhere; as an editor on Windows writes it, too."""
    (project.root / ".phone").write_text(f"\ufeff{phone('9999')}\r\n", "utf-8")
    project.declare(to={"file": ".phone"})
    assert (project.one()["verdict"], project.messages()[0].number) == ("delivered", phone("9999"))
    project.declare(to={"file": str(tmp_path / "nowhere")})
    ran = project.probe()
    assert ran.code == 64
    assert "nowhere cannot be read" in ran.err


def test_a_run_can_be_written_as_json_besides(project: ProbeProject, tmp_path: Path) -> None:
    """Also of no probe; where it cannot be, what was sent is shown all the same."""
    path = tmp_path / "probe.json"
    assert project("probe", "--json-into", str(path)).code == 0
    assert json.loads(path.read_text("utf-8"))["probes"] == []
    project.declare()
    lost = project("probe", "--auto-approve", "--json-into", str(tmp_path / "no" / "probe.json"))
    assert (lost.code, "delivered" in lost.out, "cannot be written" in lost.err) == (1, True, True)
    ran = project("probe", "--auto-approve", "--format", "json", "--json-into", str(path))
    assert path.read_text("utf-8") == ran.out


# -- asking ---------------------------------------------------------------------------------------


def test_off_a_terminal_nobody_is_asked_and_nothing_is_sent(project: ProbeProject) -> None:
    project.declare()
    ran = project("probe")
    assert ran.code == 64
    assert "--auto-approve" in ran.err
    assert project.messages() == []


def test_a_dry_run_shows_the_text_without_its_values_and_sends_nothing(
    project: ProbeProject,
) -> None:
    project.declare()
    before = sorted((project.root / ".smsops").iterdir())
    ran = project("probe", "--dry-run")
    assert ran.code == 0
    assert sorted((project.root / ".smsops").iterdir()) == before
    assert "【艾克米】您的验证码是######，5分钟内有效。  (1 segment)" in ran.out
    assert "+86…9999" in ran.out
    assert project.messages() == []


@pytest.mark.parametrize("format", ["json", "junit", "markdown"])
def test_a_dry_run_has_no_verdicts_for_a_program_to_read(
    project: ProbeProject, format: str
) -> None:
    project.declare()
    ran = project("probe", "--dry-run", "--format", format)
    assert (ran.code, ran.out) == (64, "")
    assert "Leave out --format and --json-into, or --dry-run." in ran.err
    assert project("probe", "--dry-run", "--json-into", "probe.json").code == 64


def test_a_dry_run_knows_what_was_sent_with_and_without_its_ledger(project: ProbeProject) -> None:
    project.declare(perDay=1)
    assert project.one()["verdict"] == "delivered"
    project.account.time.advance(60)
    for _ in range(2):
        ran = project("probe", "--dry-run")
        assert ran.code == 10
        assert "(DailyBudget)" in ran.out
        (project.root / ".smsops" / "ledger.db").unlink(missing_ok=True)
    assert not (project.root / ".smsops" / "ledger.db").exists()


def test_a_run_that_is_gone_on_with_needs_no_approval(project: ProbeProject) -> None:
    project.declare(last="0004")
    assert project.probe("--no-wait").code == 8
    ran = project("probe", "--no-wait")
    assert ran.code == 8
    assert "goes on with what was sent" in ran.out
    assert "refused" not in ran.err
    assert len(project.messages()) == 1


# -- what refuses a send --------------------------------------------------------------------------

PREFLIGHT: dict[str, dict[str, Any]] = {
    "ParameterCount": {"params": [{"digits": 6}]},
    "ParameterFormat": {"params": [{"digits": 6}, "fünf"]},
    "DomesticTemplate": {"last": "+447911120123"},
    "NumberFormat": {"last": "13800009999"},
}


@pytest.mark.parametrize(("code", "fields"), PREFLIGHT.items(), ids=PREFLIGHT)
def test_preflight_refuses_before_anything_is_spent(
    project: ProbeProject, code: str, fields: dict[str, Any]
) -> None:
    fields = dict(fields)
    number = fields.pop("last", phone("9999"))
    project.declare(**fields)
    project.environment["PHONE_9999"] = number
    row = project.one()
    assert (row["verdict"], row["code"], row["exit"], row["sent_at"]) == ("refused", code, 10, None)
    assert project.messages() == []
    assert "probes" not in project.stored()
    assert project("receipts").out == "No messages.\n"


@pytest.mark.parametrize(("params", "code"), [([{"digits": 6}], "SMS409"), (["12", "x"], "SMS410")])
def test_what_manifests_alone_show_is_an_error_of_them_and_keeps_no_apply(
    project: ProbeProject, params: list[Any], code: str
) -> None:
    project.declare(params=params)
    ran = project("validate")
    assert ran.code == 3
    assert f"probes/login.yaml:1:96: {code} " in ran.out
    project.template("more", "另一个{1}。")
    assert project.apply().code == 0


def test_params_fit_the_template_that_stands_approved_and_not_the_one_in_review(
    project: ProbeProject,
) -> None:
    project.template("login", "您的验证码是{1}。")
    project.declare(params=[{"digits": 6}])
    assert project("validate").code == 0
    assert project.apply().code == 0
    assert project.one()["code"] == "ParameterCount"
    project.account.approve()
    assert project.apply("--promote", "template.login").code == 0
    assert project.one()["verdict"] == "delivered"


def test_a_template_that_is_not_active_is_not_sent(project: ProbeProject) -> None:
    project.declare()
    [template] = [i for i in project.account.items("template") if "{2}" in str(i.parameters)]
    project.account.emulator.review("template", template.id, -1)
    assert project.one()["code"] == "TemplateNotActive"
    assert project.messages() == []


def test_marketing_goes_out_by_day_only(project: ProbeProject) -> None:
    text = "新品上市，编号{1}，拒收请回复R"
    project.template("sale", text)
    path = project.root / "templates" / "sale.yaml"
    path.write_text(path.read_text("utf-8").replace("verification", "marketing"), "utf-8")
    assert project.apply().code == 0
    project.account.approve()
    project.declare(template="sale", params=["12"])
    night = datetime.fromtimestamp(project.clock.now(), BEIJING).replace(hour=23, minute=0)
    project.account.time.advance(night.timestamp() - project.clock.now())
    assert project.one()["code"] == "MarketingHours"
    project.account.time.advance(10 * 3600)
    assert project.one()["verdict"] == "delivered"
    # The one before it in the run takes until after closing time.
    project.account.time.advance(night.timestamp() + 23 * 3600 - 30 - project.clock.now())
    project.declare("first", "0005")
    project.declare("second", "0005", template="sale", params=["12"])
    found = rows(project.probe("first", "second", "--format", "json"))
    assert (found["first"]["verdict"], found["second"]["code"]) == ("delivered", "MarketingHours")
    assert len(project.messages()) == 2


def test_a_number_gets_as_many_messages_a_day_as_all_its_probes_may_send(
    project: ProbeProject,
) -> None:
    project.declare("one")
    project.declare("two")
    codes = []
    for name in ("one", "two", "one"):
        codes.append(project.one(name)["code"])
        project.account.time.advance(60)
    assert codes == ["DELIVRD", "DELIVRD", "DailyBudget"]
    project.account.time.advance(86_400)
    assert project.one("one")["verdict"] == "delivered"
    assert len(project.messages()) == 3


def test_two_messages_to_a_number_are_half_a_minute_apart(project: ProbeProject) -> None:
    project.declare()
    assert project.one()["verdict"] == "delivered"
    assert project.one()["code"] == "TooSoon"
    project.account.time.advance(31)
    assert project.one()["verdict"] == "delivered"


def test_another_probe_of_the_same_number_waits_for_the_first(project: ProbeProject) -> None:
    project.declare("one", "0004")
    project.declare("two", "0004")
    assert project.one("one", "--no-wait")["verdict"] == "pending"
    project.account.time.advance(60)
    assert project.one("two")["code"] == "UnderWay"
    assert len(project.messages()) == 1


def rows(ran: Ran) -> dict[str, dict[str, Any]]:
    """The probes of a run by name."""
    return {row["probe"]: row for row in ran.json()["probes"]}


@pytest.mark.parametrize("last", ["9999", "0005"], ids=["at once", "after a minute"])
def test_probes_of_one_number_in_one_run_are_sent_one_after_the_other(
    project: ProbeProject, last: str
) -> None:
    for name in ("a", "b", "c"):
        project.declare(name, last)
    shown = project("probe", "--dry-run").out
    assert "+ b  +86…" in shown
    assert "tencent  (after a)\n" in shown
    assert "(UnderWay)" in project("probe", "--dry-run", "--no-wait").out
    assert "(DailyBudget)" in shown
    ran = project.probe("--format", "json")
    assert "b: waits for a, which has the same number\n" in ran.err
    found = rows(ran)
    assert [found[name]["verdict"] for name in ("a", "b")] == ["delivered", "delivered"]
    assert (found["c"]["code"], ran.code) == ("DailyBudget", 10)
    first, second = sorted(message.sent_at for message in project.messages())
    reported = 60 if last == "0005" else 1
    assert second - first >= max(30, reported)
    assert second - first < 120


def test_probes_of_two_channels_need_half_a_minute_and_no_report(project: ProbeProject) -> None:
    project.declare("one", "0004", channel="yisha")
    project.declare("two", "0004")
    found = rows(project.probe("--format", "json"))
    assert [found[name]["verdict"] for name in ("one", "two")] == ["unknown", "pending"]
    first, second = sorted(message.sent_at for message in project.messages())
    assert second - first == pytest.approx(30, abs=2)


def test_what_is_behind_a_probe_that_nobody_reports_on_is_not_sent(project: ProbeProject) -> None:
    project.declare("one", "0004")
    project.declare("two", "0004")
    ran = project.probe("--format", "json")
    found = rows(ran)
    assert (found["one"]["verdict"], found["two"]["code"], ran.code) == ("pending", "UnderWay", 10)
    assert len(project.messages()) == 1


def test_a_run_goes_on_with_one_probe_before_it_sends_another(project: ProbeProject) -> None:
    """Whatever their order in the manifests."""
    project.declare("two", "0005")
    assert project.one("--no-wait")["verdict"] == "pending"
    project.declare("one", "0005")
    found = rows(project.probe("--no-wait", "--format", "json"))
    assert (found["one"]["code"], found["two"]["verdict"]) == ("UnderWay", "pending")
    found = rows(project.probe("--format", "json"))
    assert [found[name]["verdict"] for name in ("one", "two")] == ["delivered", "delivered"]
    assert len(project.messages()) == 2


# -- what is certain of a call --------------------------------------------------------------------


@pytest.mark.parametrize("code", ["AuthFailure.SignatureFailure", "UnauthorizedOperation.OfNow"])
def test_refused_credentials_end_the_run_and_spend_nothing(
    project: ProbeProject, code: str
) -> None:
    project.declare(perDay=1)
    project.account.order(Fault(action="SendSms", kind="error", code=code, when=1))
    row = project.one()
    assert (row["verdict"], row["exit"], row["sent_at"]) == ("refused", 4, None)
    assert project.stored()["probes"]["login"]["sends_today"] == []
    assert project.one()["verdict"] == "delivered"


def test_what_never_left_this_machine_spends_nothing(project: ProbeProject) -> None:
    project.declare(perDay=1, channel="yisha")
    url = project.environment["SMSOPS_YISHA_ENDPOINT"]
    project.environment["SMSOPS_YISHA_ENDPOINT"] = "http://127.0.0.1:9"
    row = project.one()
    assert (row["verdict"], row["code"], row["exit"]) == ("refused", "NotSent", 10)
    project.environment["SMSOPS_YISHA_ENDPOINT"] = url
    assert project.one()["verdict"] == "delivered"


UNANSWERED = ("InternalError.Timeout", "InternalError.SendAndRecvFail", "1008", "60008")


@pytest.mark.parametrize("code", UNANSWERED)
def test_a_send_that_nobody_waited_for_is_unknown_and_looked_for(
    project: ProbeProject, code: str
) -> None:
    project.declare()
    project.account.order(Fault(action="SendSms", kind="error", code=code, at="after-commit"))
    row = project.one()
    assert (row["verdict"], row["exit"]) == ("delivered", 0)
    assert len(project.messages()) == 1


@pytest.mark.parametrize("kind", ["drop", "reset", "cut", "garbage", "html", "no-id"])
def test_whatever_happens_to_the_answer_there_is_one_message(
    project: ProbeProject, kind: str
) -> None:
    project.declare()
    project.account.order(Fault(action="SendSms", kind=kind, when=1))
    row = project.one()
    assert (row["verdict"], row["exit"]) == ("delivered", 0)
    assert len(project.messages()) == 1


def test_a_send_is_repeated_only_when_it_was_turned_away(project: ProbeProject) -> None:
    project.declare()
    project.account.order(
        Fault(action="SendSms", kind="error", code="RequestLimitExceeded", when=(1, 2))
    )
    assert project.one()["verdict"] == "delivered"
    assert len(project.messages()) == 1


def test_a_documented_code_is_a_refusal_and_the_message_is_spent(project: ProbeProject) -> None:
    project.declare(perDay=1)
    code = "FailedOperation.InsufficientBalanceInSmsPackage"
    project.account.order(Fault(action="SendSms", kind="error", code=code, when=1))
    row = project.one()
    assert (row["verdict"], row["code"], row["causes"]) == ("refused", code, ["balance"])
    project.account.time.advance(60)
    assert project.one()["code"] == "DailyBudget"


# -- formats --------------------------------------------------------------------------------------


def test_every_format_tells_the_same(project: ProbeProject) -> None:
    project.declare("fine")
    project.declare("bad", "0002")
    document = project.probe("--format", "json").json()
    schema = json.loads((Path(__file__).parents[2] / "schemas/probes.schema.json").read_text())
    Draft7Validator(schema).validate(document)
    assert document["summary"] == {
        "delivered": 1,
        "failed": 1,
        "refused": 0,
        "pending": 0,
        "unknown": 0,
    }
    project.account.time.advance(60)
    suite = ET.fromstring(project.probe("--format", "junit").out)[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    project.account.time.advance(86_400)
    assert "| bad | tencent | " in project.probe("--format", "markdown").out
    project.account.time.advance(86_400)
    ran = project.probe()
    assert ran.code == 10
    assert "cause: sign" in ran.out
    assert ran.last == "Probe: 1 delivered, 1 failed."


def test_no_number_no_value_no_reply_and_no_key_is_in_any_output_or_file(
    project: ProbeProject,
) -> None:
    reply = {"within": "1m", "matches": "^R"}
    project.declare("heard", "0008", expect={"within": "2m", "reply": reply})
    project.declare("lost", "0006")
    project.declare("yisha", "7777", channel="yisha")
    project.environment["SMSOPS_YISHA_AUTHORIZATION"] = "APPCODE 0123456789secret"
    project("-vv", "probe", "--dry-run")
    assert project.probe("-vv").code == 0
    heard = next(each for each in project.messages() if each.number == phone("0008"))
    project.account.emulator.reply_from(heard.serial, "R-said-by-the-phone")
    assert project("receipts", "pull", "--application", "shop", "--consume", "-vv").code == 0
    assert project("receipts", "find", "--to", "env:PHONE_0008", "--format", "json").code == 0
    for format in ("text", "json", "junit", "markdown"):
        project.probe("-vv", "--format", format)
    looks = ("receipts", "ledger export", "state pull", "state show", "state list")
    for arguments in looks:
        assert project(*arguments.split()).code == 0
    values = {value for message in project.messages() for value in message.params}
    secrets = {value for value in values if len(value) == 6}
    assert len(secrets) == 3
    secrets |= {phone(last) for last in ("0008", "0006", "7777")}
    secrets |= {number.removeprefix("+86") for number in secrets if number.startswith("+")}
    secrets |= {SECRET_KEY, "0123456789secret", "said-by-the-phone"}
    files = [path for path in (project.root / ".smsops").rglob("*") if path.is_file()]
    assert any(path.name == "ledger.db" for path in files)
    said = [text.encode() for text in project.said]
    for content in (*said, *(path.read_bytes() for path in files)):
        for secret in secrets:
            assert secret.encode() not in content


def test_the_state_with_probes_is_as_its_schema_says_and_says_how_it_ended(
    project: ProbeProject,
) -> None:
    project.declare("fine")
    project.declare("lost", "0007")
    project.probe()
    stored = project.stored()
    schema = json.loads((Path(__file__).parents[2] / "schemas/state.schema.json").read_text())
    Draft7Validator(schema).validate(stored)
    assert stored["probes"]["fine"]["finished"]["verdict"] == "delivered"
    assert stored["probes"]["lost"]["finished"] is None
    # What an apply saves afterwards keeps it.
    project.template("more", "另一个{1}。")
    assert project.apply().code == 0
    assert project.stored()["probes"] == stored["probes"]
