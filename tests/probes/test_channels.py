"""Each channel end to end over a real socket: what became of a message, and how a run says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.delivery.causes import causes
from smsops.delivery.model import Vendor
from smsops.emulator.faults import Fault
from tests.support.probes import ProbeProject, phone, probe_project

CHANNELS = ("tencent", "tencent-2019", "yisha")
TENCENT = ("tencent", "tencent-2019")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProbeProject]:
    with probe_project(tmp_path / "shop") as made:
        yield made


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_message_that_arrives_is_delivered(project: ProbeProject, channel: str) -> None:
    project.declare(channel=channel)
    row = project.one()
    assert (row["verdict"], row["exit"], row["to"]) == ("delivered", 0, "+86…9999")
    assert row["channel"] == channel
    [message] = project.messages()
    assert message.number == phone("9999")
    assert row["serial_no"] == message.serial
    assert message.params[0].isdigit()
    assert len(message.params[0]) == 6


@pytest.mark.parametrize("channel", TENCENT)
def test_a_message_that_fails_has_a_code_and_its_cause(project: ProbeProject, channel: str) -> None:
    project.declare(last="0002", channel=channel)
    row = project.one()
    assert (row["verdict"], row["code"], row["causes"], row["exit"]) == (
        *("failed", "NOREG", ["sign"]),
        10,
    )


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_message_that_is_refused_is_not_looked_for(project: ProbeProject, channel: str) -> None:
    project.declare(last="0001", channel=channel)
    row = project.one()
    assert (row["verdict"], row["exit"], row["serial_no"]) == ("refused", 10, None)
    assert row["causes"] == (["request"] if channel == "yisha" else ["blocklist"])


@pytest.mark.parametrize("channel", TENCENT)
def test_what_is_never_reported_is_pending_and_the_next_run_goes_on_with_it(
    project: ProbeProject, channel: str
) -> None:
    project.declare(last="0004", channel=channel)
    row = project.one()
    assert (row["verdict"], row["exit"], row["code"]) == ("pending", 8, None)
    assert project("receipts", "--format", "json").json()["messages"][0]["code"] is None
    again = project.one()
    assert (again["verdict"], again["exit"], again["serial_no"]) == ("pending", 8, row["serial_no"])
    assert len(project.messages()) == 1


def test_a_report_after_a_minute_is_waited_for(project: ProbeProject) -> None:
    project.declare(last="0005")
    row = project.one()
    assert row["verdict"] == "delivered"
    assert row["seconds"] >= 60


def test_yisha_answers_for_a_minute_and_then_nobody_knows(project: ProbeProject) -> None:
    project.declare(last="0004", channel="yisha")
    row = project.one()
    assert (row["verdict"], row["exit"]) == ("unknown", 7)
    assert len(project.messages()) == 1


@pytest.mark.parametrize("channel", TENCENT)
def test_an_answer_that_is_lost_is_found_by_asking(project: ProbeProject, channel: str) -> None:
    """12 of 12. The older version finds what was reported, the newer one what was sent."""
    project.declare(last="0006", channel=channel)
    found: set[str] = set()
    for sent in range(1, 13):
        row = project.one()
        assert (row["verdict"], row["exit"]) == ("delivered", 0)
        found.add(row["serial_no"])
        assert found == {message.serial for message in project.messages()}
        assert len(found) == sent
        project.account.time.advance(86_400)


def test_where_records_may_not_be_listed_reports_are_pulled(project: ProbeProject) -> None:
    project.declare(last="0006")
    code = "UnauthorizedOperation.RequestPermissionDeny"
    project.account.order(Fault(action="DescribeSendRecordList", kind="error", code=code))
    assert project.one()["verdict"] == "delivered"
    assert len(project.messages()) == 1


@pytest.mark.parametrize("channel", TENCENT)
def test_a_message_that_is_lost_before_it_was_sent_is_unknown(
    project: ProbeProject, channel: str
) -> None:
    """12 of 12, and the next run on the same day goes on with it."""
    project.declare(last="0007", channel=channel)
    moments: set[str] = set()
    for run in range(1, 13):
        row = project.one()
        assert (row["verdict"], row["exit"], row["serial_no"]) == ("unknown", 7, None)
        again = project.one()
        assert (again["exit"], again["sent_at"]) == (7, row["sent_at"])
        moments.add(row["sent_at"])
        assert len(moments) == run
        assert project.messages() == []
        project.account.time.advance(86_400)


def test_what_yisha_loses_is_unknown_and_not_asked_for(project: ProbeProject) -> None:
    project.declare(last="0007", channel="yisha")
    assert project.one()["exit"] == 7
    assert project.one()["exit"] == 7
    assert project.messages() == []


@pytest.mark.parametrize("last", ["0002", "0003"])
def test_yisha_has_no_word_for_a_failure(project: ProbeProject, last: str) -> None:
    """Its one status is 200: what it does not say is unknown, never failed."""
    project.declare(last=last, channel="yisha")
    row = project.one()
    assert (row["verdict"], row["exit"], row["code"]) == ("unknown", 7, None)


def test_after_its_time_an_unknown_send_is_given_up_and_the_next_run_sends(
    project: ProbeProject,
) -> None:
    project.declare(last="0007", expect={"within": "1m"})
    assert project.one()["exit"] == 7
    project.account.time.advance(900)
    sent = project.one()["sent_at"]
    assert sent is not None
    assert project.one()["sent_at"] == sent


def test_a_lost_answer_of_yisha_cannot_be_looked_up(project: ProbeProject) -> None:
    project.declare(last="0006", channel="yisha")
    row = project.one()
    assert (row["verdict"], row["exit"], row["serial_no"]) == ("unknown", 7, None)
    assert len(project.messages()) == 1


def test_several_messages_of_yisha_are_looked_at_in_one_call(project: ProbeProject) -> None:
    for last in ("1001", "1002", "1003"):
        project.declare(f"p{last}", last, channel="yisha")
    ran = project.probe("--format", "json")
    assert ran.json()["summary"]["delivered"] == 3


@pytest.mark.parametrize("body", ["form", "json"])
def test_yisha_takes_bodies_of_either_form(project: ProbeProject, body: str) -> None:
    project.environment["SMSOPS_YISHA_BODY"] = body
    project.declare(channel="yisha")
    assert project.one()["verdict"] == "delivered"


# -- replies --------------------------------------------------------------------------------------


def test_a_reply_that_was_asked_for_is_heard(project: ProbeProject) -> None:
    reply = {"within": "10m", "matches": "^R$"}
    project.declare(last="0008", expect={"within": "2m", "reply": reply})
    row = project.one()
    assert (row["verdict"], row["reply"]["matches"], row["exit"]) == ("delivered", True, 0)


@pytest.mark.parametrize(("last", "matches"), [("9999", "."), ("0008", "^[Yy]")])
def test_a_reply_that_does_not_come_leaves_the_verdict_and_fails_the_run(
    project: ProbeProject, last: str, matches: str
) -> None:
    reply = {"within": "1m", "matches": matches}
    project.declare(last=last, expect={"within": "2m", "reply": reply})
    row = project.one()
    assert (row["verdict"], row["reply"]["matches"], row["exit"]) == ("delivered", False, 10)


@pytest.mark.parametrize(("last", "said"), [("9999", True), ("0001", False), ("0002", False)])
def test_no_reply_is_missed_to_what_did_not_arrive(
    project: ProbeProject, last: str, said: bool
) -> None:
    project.declare(last=last, expect={"within": "2m", "reply": {"within": "1m", "matches": "."}})
    ran = project.probe()
    assert (ran.code, "no reply" in ran.out) == (10, said)


def test_the_codes_of_refused_sends_have_causes() -> None:
    assert causes(Vendor.TENCENT, "FailedOperation.PhoneNumberInBlacklist") == ("blocklist",)
    assert causes(Vendor.TENCENT, "LimitExceeded.PhoneNumberDailyLimit") == ("frequency",)
    assert causes(Vendor.YISHA, "1005") == ("request",)
