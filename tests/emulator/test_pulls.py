"""What became of messages, as programs ask for it: by application, by number, by record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smsops.emulator.faults import Fault
from smsops.emulator.messages import Message
from smsops.emulator.seed import SeedError
from tests.emulator.messages import ABROAD, APP, FOREIGN, NUMBER, OTHER, SIGN, TWO, Line, sms
from tests.emulator.test_codes import of_action
from tests.support.clock import FakeClock
from tests.support.emulator_api import Refusal

NOW = 1_790_000_000
DAY = 86400
REPORTS, REPLIES = "PullSmsSendStatus", "PullSmsReplyStatus"


@pytest.fixture
def line(clock: FakeClock) -> Line:
    return Line(clock)


def serials(found: list[dict[str, Any]]) -> list[str]:
    return [one["SerialNo"] for one in found]


# ---- by application ----------------------------------------------------------------------------


def test_a_report_is_pulled_once_and_as_documented(line: Line) -> None:
    (sent,) = line.send(SessionContext="order 1")
    assert line.pull(REPORTS) == []  # not reported yet
    line.clock.advance(1)
    assert line.pull(REPORTS) == [
        {
            "UserReceiveTime": NOW + 1,
            "CountryCode": "86",
            "SubscriberNumber": "18501234444",
            "PhoneNumber": NUMBER,
            "SerialNo": sent["SerialNo"],
            "ReportStatus": "SUCCESS",
            "Description": "DELIVRD",
            "SessionContext": "",
        }
    ]
    assert line.pull(REPORTS) == []


def test_support_can_let_reports_repeat_the_session_context(clock: FakeClock) -> None:
    line = Line(clock, session_context=True)
    line.send(SessionContext="order 1")
    clock.advance(1)
    (by_number,) = line.ask_number(f"{REPORTS}ByPhoneNumber")[f"{REPORTS}Set"]
    (by_app,) = line.pull(REPORTS)
    assert by_number["SessionContext"] == by_app["SessionContext"] == "order 1"


def test_pulls_take_the_oldest_up_to_the_limit(line: Line) -> None:
    """In the order of the reports, not of the messages; one of them is never reported."""
    late, *sent = line.send(
        "18501230005", *(f"185012340{number:02}" for number in range(50, 55)), "18501230004"
    )
    line.clock.advance(60)
    line.send(OTHER)
    pulled = [serials(line.pull(REPORTS, limit)) for limit in (2, 0, 100, 100)]
    assert pulled == [serials(sent[:2]), [], [*serials(sent[2:5]), late["SerialNo"]], []]


def test_every_application_has_its_own(line: Line) -> None:
    line.send(SmsSdkAppId="1400007777")
    line.clock.advance(1)
    assert line.pull(REPORTS) == []
    assert len(line.ask(REPORTS, SmsSdkAppId="1400007777", Limit=1)[f"{REPORTS}Set"]) == 1


def test_failures_are_reported_and_refusals_are_not(line: Line) -> None:
    line.send("18501230001", "18501230002", "18501230003")
    line.clock.advance(1)
    assert [(one["ReportStatus"], one["Description"]) for one in line.pull(REPORTS)] == [
        ("FAIL", "NOREG"),
        ("FAIL", "MK:0001"),
    ]


def test_a_reply_is_pulled_once_and_as_documented(line: Line) -> None:
    line.send("18501230008", ExtendCode="11")
    assert line.pull(REPLIES) == []
    line.clock.advance(1)
    assert line.pull(REPLIES) == [
        {
            "ExtendCode": "11",
            "CountryCode": "86",
            "PhoneNumber": "+8618501230008",
            "SignName": SIGN,
            "ReplyContent": "R",
            "ReplyTime": NOW + 1,
            "SubscriberNumber": "18501230008",
        }
    ]
    assert line.pull(REPLIES) == []


def test_replies_of_a_tester_are_pulled_in_their_order(line: Line) -> None:
    first, second = line.send(NUMBER, OTHER)
    for serial, text in ((second, "1"), (first, "2"), (second, "3")):
        line.clock.advance(1)
        line.emulator.reply_from(serial["SerialNo"], text)
    assert [one["ReplyContent"] for one in line.pull(REPLIES, 2)] == ["1", "2"]
    assert [one["ReplyContent"] for one in line.pull(REPLIES, 2)] == ["3"]


def test_a_reply_that_comes_by_itself_comes_in_its_time(clock: FakeClock) -> None:
    line = Line(clock, report_delay=5.0)
    _, other = line.send("18501230008", NUMBER)
    line.emulator.reply_from(other["SerialNo"], "sooner")
    clock.advance(5)
    assert [one["ReplyContent"] for one in line.pull(REPLIES)] == ["sooner", "R"]


def test_a_tester_decides_what_is_reported(line: Line) -> None:
    """A report that was pulled is followed by another one when the tester says so."""
    (sent,) = line.send("18501230004")
    line.emulator.report(sent["SerialNo"], "failed", "DB:0141")
    (report,) = line.pull(REPORTS)
    assert (report["ReportStatus"], report["Description"]) == ("FAIL", "DB:0141")
    line.clock.advance(5)
    line.emulator.report(sent["SerialNo"], "delivered")
    (report,) = line.pull(REPORTS)
    assert (report["ReportStatus"], report["Description"]) == ("SUCCESS", "DELIVRD")
    assert report["UserReceiveTime"] == NOW + 5
    line.emulator.report(sent["SerialNo"], "failed")
    assert line.emulator.message(sent["SerialNo"]).code == "MK:0001"


@pytest.mark.parametrize(
    "change",
    [
        lambda line, serial: line.emulator.report(serial, "refused"),
        lambda line, serial: line.emulator.report(serial, "pending"),
        lambda line, serial: line.emulator.report(serial, "failed", "NO REG"),
        lambda line, serial: line.emulator.report(serial, "failed", "x" * 65),
        lambda line, serial: line.emulator.report(f"{serial}0", "delivered"),
        lambda line, _: line.emulator.report("", "delivered"),
        lambda line, serial: line.emulator.reply_from(serial, ""),
        lambda line, serial: line.emulator.reply_from(serial, "x" * 501),
        lambda line, serial: line.emulator.reply_from(serial, "\ud800"),
        lambda line, _: line.emulator.reply_from("5000:1", "x"),
    ],
)
def test_nonsense_of_a_tester_changes_nothing(
    line: Line, change: Callable[[Line, str], None]
) -> None:
    line.send("18501230001")
    (sent,) = line.send("18501230004")
    before = line.emulator.messages()
    with pytest.raises(SeedError):
        change(line, sent["SerialNo"])
    assert line.emulator.messages() == before


# ---- by number ---------------------------------------------------------------------------------


def test_reports_of_a_number_stay(line: Line) -> None:
    first, second = line.send(NUMBER), line.send(NUMBER)
    line.send(OTHER)
    line.send(SmsSdkAppId="1400007777")
    asked = f"{REPORTS}ByPhoneNumber"
    assert line.ask_number(asked)[f"{REPORTS}Set"] == []
    line.clock.advance(1)
    line.pull(REPORTS)
    for _ in range(2):
        found = line.ask_number(asked)[f"{REPORTS}Set"]
        assert serials(found) == serials([*first, *second])
    assert serials(line.ask_number(asked, Limit=1)[f"{REPORTS}Set"]) == serials(first)


def test_replies_of_a_number_stay(line: Line) -> None:
    line.send("18501230008", "18501230018")
    line.clock.advance(1)
    line.pull(REPLIES)
    asked = f"{REPLIES}ByPhoneNumber"
    for _ in range(2):
        (reply,) = line.ask_number(asked, "+8618501230008")[f"{REPLIES}Set"]
        assert reply["ReplyContent"] == "R"
    assert line.ask_number(asked, "+8618501230018")[f"{REPLIES}Set"] == []


def test_the_window_is_about_when_it_was_sent(line: Line) -> None:
    (sent,) = line.send("18501230005")
    line.clock.advance(100)
    asked, number = f"{REPORTS}ByPhoneNumber", "+8618501230005"

    def found(begin: int, end: int) -> list[str]:
        pulled = line.ask_number(asked, number, BeginTime=NOW + begin, EndTime=NOW + end)
        return serials(pulled[f"{REPORTS}Set"])

    assert found(-1, 0) == found(0, 0) == found(0, 99) == [sent["SerialNo"]]
    assert found(1, 99) == found(-9, -1) == []


BY_NUMBER: list[tuple[dict[str, Any], str]] = [
    ({"BeginTime": NOW - 7 * DAY - 2}, "InvalidParameterValue.BeginTimeVerifyFail"),
    ({"EndTime": NOW - 3601}, "InvalidParameterValue.InvalidStartTime"),
    ({"PhoneNumber": "18501234444"}, "InvalidParameterValue.IncorrectPhoneNumber"),
    ({"PhoneNumber": "+86185"}, "InvalidParameterValue.IncorrectPhoneNumber"),
    ({"SmsSdkAppId": "x"}, "InvalidParameterValue.SdkAppIdNotExist"),
    ({"Offset": 1}, "InvalidParameter"),
    ({"Limit": 101}, "InvalidParameter"),
    ({"Limit": -1}, "InvalidParameter"),
    ({"Limit": "2"}, "InvalidParameter"),
]


@pytest.mark.parametrize("action", [f"{REPORTS}ByPhoneNumber", f"{REPLIES}ByPhoneNumber"])
@pytest.mark.parametrize(("given", "code"), BY_NUMBER)
def test_questions_about_a_number_are_checked(
    line: Line, action: str, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        line.ask_number(action, **given)
    assert refused.value.code == code
    assert code in of_action(action)


def test_seven_days_are_within_reach(line: Line) -> None:
    asked = f"{REPORTS}ByPhoneNumber"
    assert line.ask_number(asked, BeginTime=NOW - 7 * DAY)[f"{REPORTS}Set"] == []


@pytest.mark.parametrize("action", [REPORTS, REPLIES])
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Limit": 101}, "InvalidParameter"),
        ({"Limit": -1}, "InvalidParameter"),
        ({"SmsSdkAppId": ""}, "InvalidParameterValue.SdkAppIdNotExist"),
    ],
)
def test_pulls_are_checked(line: Line, action: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        line.ask(action, **{"SmsSdkAppId": APP, "Limit": 1, **given})
    assert refused.value.code == code
    assert code in of_action(action)


# ---- records -----------------------------------------------------------------------------------


def records(line: Line, number: str = NUMBER, **given: Any) -> dict[str, Any]:
    """DescribeSendRecordList, without its RequestId."""
    asked = {"PhoneNumber": number, "SmsSdkAppId": APP, "BeginTime": NOW - 3600, **given}
    answer = line.ask("DescribeSendRecordList", **asked)
    del answer["RequestId"]
    return answer


def test_a_record_says_everything(line: Line) -> None:
    (sent,) = line.send()
    record = {
        "PhoneNumber": NUMBER,
        "SerialNo": sent["SerialNo"],
        "SendStatus": 3,
        "RequestCode": "Ok",
        "StatusCode": "",
        "SendTime": NOW,
        "UserReceiveTime": 0,
        "IsoCode": "CN",
        "Content": f"【{SIGN}】验证码是4****0",
    }
    assert records(line) == {"SendRecordSet": [record], "TotalCount": 1}
    line.clock.advance(1)
    delivered = {"SendStatus": 2, "StatusCode": "DELIVRD", "UserReceiveTime": NOW + 1}
    assert records(line)["SendRecordSet"] == [{**record, **delivered}]


@pytest.mark.parametrize(
    ("number", "members"),
    [
        ("0001", (1, "FailedOperation.PhoneNumberInBlacklist", "", 0)),
        ("0002", (4, "Ok", "NOREG", 0)),
        ("0004", (3, "Ok", "", 0)),
        ("0006", (2, "Ok", "DELIVRD", NOW + 1)),
    ],
)
def test_a_record_of_every_verdict(line: Line, number: str, members: tuple[object, ...]) -> None:
    """Also of the message whose answer was lost."""
    line.ask("SendSms", **sms(f"1850123{number}"))
    line.clock.advance(1)
    (record,) = records(line, f"+861850123{number}")["SendRecordSet"]
    names = ("SendStatus", "RequestCode", "StatusCode", "UserReceiveTime")
    assert tuple(record[name] for name in names) == members


def test_records_are_paged_from_the_newest_on(line: Line) -> None:
    sent = []
    for _ in range(25):
        sent.extend(line.send())
        line.clock.advance(1)
    newest = serials(sent)[::-1]
    usual = records(line)
    assert (serials(usual["SendRecordSet"]), usual["TotalCount"]) == (newest[:20], 25)
    page = records(line, Offset=20, Limit=50)
    assert (serials(page["SendRecordSet"]), page["TotalCount"]) == (newest[20:], 25)
    assert records(line, Offset=1000)["SendRecordSet"] == []


def test_a_fault_hides_the_newest_records(line: Line) -> None:
    """As an index that lags behind."""
    line.emulator.faults.order([Fault("DescribeSendRecordList", "hide", seconds=30.0)])
    line.send()
    assert records(line)["TotalCount"] == 0
    line.clock.advance(30)
    assert records(line)["TotalCount"] == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"BeginTime": NOW - 3 * DAY - 2}, "InvalidParameterValue.BeginTimeVerifyFail"),
        ({"EndTime": NOW + 60}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"EndTime": NOW - 3601}, "InvalidParameterValue.InvalidStartTime"),
        ({"Limit": 0}, "InvalidParameterValue.LimitVerifyFail"),
        ({"Limit": 51}, "InvalidParameterValue.LimitVerifyFail"),
        ({"Offset": -1}, "InvalidParameterValue.OffsetVerifyFail"),
        ({"Offset": 1001}, "InvalidParameterValue.OffsetVerifyFail"),
        ({"PhoneNumber": "x"}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"SmsSdkAppId": "x"}, "InvalidParameterValue.SdkAppIdNotExist"),
    ],
)
def test_questions_for_records_are_checked(line: Line, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        records(line, **given)
    assert refused.value.code == code


def test_parameters_are_covered_in_records(line: Line) -> None:
    line.send(TemplateId=TWO, TemplateParamSet=["王小二", "包裹"])
    (record,) = records(line)["SendRecordSet"]
    assert record["Content"] == f"【{SIGN}】王****二的包裹到了"


# ---- numbers, conversions ----------------------------------------------------------------------


def test_numbers_are_described_as_documented(line: Line) -> None:
    asked = ["+86018501234444", ABROAD, "+12125550100", "+12045550100", "+77010000000", "+1", "x"]
    found = line.ask("DescribePhoneNumberInfo", PhoneNumberSet=asked)["PhoneNumberInfoSet"]
    assert found[0] == {
        "Code": "Ok",
        "Message": "Describe success",
        "NationCode": "86",
        "SubscriberNumber": "18501234444",
        "PhoneNumber": NUMBER,
        "IsoCode": "CN",
        "IsoName": "China",
    }
    assert [(one["IsoCode"], one["NationCode"], one["SubscriberNumber"]) for one in found[1:5]] == [
        ("HK", "852", "61234567"),
        ("US", "1", "2125550100"),
        ("CA", "1", "2045550100"),
        ("KZ", "7", "7010000000"),
    ]
    for bad, text in zip(found[5:], ("+1", "x"), strict=True):
        assert bad["Code"] == "FailedOperation.PhoneNumberParseFail"
        assert (bad["PhoneNumber"], bad["IsoCode"]) == (text, "DEF")


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([], "InvalidParameterValue.IncorrectPhoneNumber"),
        ([NUMBER] * 201, "LimitExceeded.PhoneNumberCountLimit"),
    ],
)
def test_descriptions_are_checked(line: Line, numbers: list[str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        line.ask("DescribePhoneNumberInfo", PhoneNumberSet=numbers)
    assert refused.value.code == code
    assert code in of_action("DescribePhoneNumberInfo")


def test_a_conversion_is_spelled_as_in_the_example(line: Line) -> None:
    """SendSms says Ok, this one OK: clients compare without case."""
    (sent,) = line.send()
    answer = line.ask(
        "ReportConversion", SmsSdkAppId=APP, SerialNo=sent["SerialNo"], ConversionTime=NOW
    )
    assert answer["ReportConversionStatus"] == {"Code": "OK", "Message": "success"}
    with pytest.raises(Refusal) as refused:
        line.ask("ReportConversion", SmsSdkAppId="x", SerialNo="1")
    assert refused.value.code in of_action("ReportConversion")


# ---- what testers see --------------------------------------------------------------------------


def test_what_happens_is_told_in_its_order(line: Line) -> None:
    """To subscribers: at once what a call did, and reports and replies once they are there."""
    told: list[tuple[str, object]] = []
    end = line.emulator.subscribe(lambda kind, about: told.append((kind, about)))

    def kinds() -> list[str]:
        seen = [kind for kind, _ in told]
        told.clear()
        return seen

    line.send("18501230008", "18501230001", "18501230005")
    assert kinds() == ["message", "message", "message", "call"]
    line.emulator.events.flush()
    assert kinds() == []
    line.clock.advance(1)
    line.emulator.events.flush()
    assert kinds() == ["report", "reply"]
    line.clock.advance(60)
    line.emulator.review("template", 1110, -1, "不行")
    message = told[1][1]
    assert isinstance(message, Message)
    assert (message.verdict, message.number) == ("delivered", "+8618501230005")
    assert kinds() == ["review", "report"]
    line.emulator.reply_from(message.serial, "hello")
    line.emulator.remove("template", 1110)
    line.emulator.reset()
    assert kinds() == ["reply", "remove", "reset"]
    end()
    line.emulator.seed([{"kind": "sign", "signName": "新"}])
    assert told == []


def test_a_report_of_a_tester_takes_the_place_of_the_one_to_come(line: Line) -> None:
    told: list[str] = []
    (sent,) = line.send("18501230005")
    line.emulator.subscribe(lambda kind, _: told.append(kind))
    line.clock.advance(5)
    line.emulator.report(sent["SerialNo"], "failed")
    line.clock.advance(60)
    line.emulator.events.flush()
    assert told == ["report"]
    assert line.emulator.message(sent["SerialNo"]).verdict == "failed"


def test_a_broken_subscriber_harms_nobody(line: Line) -> None:
    told = []

    def broken(*_: object) -> None:
        raise RuntimeError

    line.emulator.subscribe(broken)
    line.emulator.subscribe(lambda kind, _: told.append(kind))
    assert line.codes() == ["Ok"]
    assert told == ["message", "call"]


def test_a_reset_empties_the_account_or_only_its_messages(line: Line) -> None:
    line.send("18501230008")
    line.emulator.reset("messages")
    assert line.emulator.messages() == []
    assert len(line.emulator.items("template")) == 6
    line.clock.advance(60)
    assert line.pull(REPORTS) == line.pull(REPLIES) == []
    assert line.codes() == ["Ok"]
    line.emulator.reset()
    assert line.emulator.items("sign") == []
    assert line.emulator.messages() == []
    assert line.emulator.seed([{"kind": "sign", "signName": "新"}]) == [1110]


def test_abroad_records_have_the_country(line: Line) -> None:
    line.send(ABROAD, TemplateId=FOREIGN, SignName=None)
    (record,) = records(line, ABROAD)["SendRecordSet"]
    assert (record["IsoCode"], record["Content"]) == ("HK", "Your code is 4****0")
