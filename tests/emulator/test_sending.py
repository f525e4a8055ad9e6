"""SendSms: what is taken, what is refused with which code, what it costs, what becomes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from smsops.emulator.sending import rendered, segments
from smsops.emulator.wire import Delivery
from tests.emulator.messages import (
    ABROAD,
    APP,
    BOTH,
    FOREIGN,
    LATER,
    NUMBER,
    OTHER,
    SALE,
    SIGN,
    TWO,
    Line,
    sms,
)
from tests.emulator.test_codes import of_action
from tests.support.clock import FakeClock
from tests.support.emulator_api import Refusal

#: 2026-09-21, 22:13:20 in Beijing.
EVENING = 1_790_000_000.0
BLACKLISTED = "FailedOperation.PhoneNumberInBlacklist"


@pytest.fixture
def line(clock: FakeClock) -> Line:
    return Line(clock)


def test_a_message_is_taken_as_documented(line: Line) -> None:
    """Member by member the example of the document, but for its ids."""
    one, two = line.send(NUMBER, OTHER, SessionContext="outsid_1729495320_1011")
    assert one == {
        "SerialNo": one["SerialNo"],
        "PhoneNumber": "+8618501234444",
        "Fee": 1,
        "SessionContext": "outsid_1729495320_1011",
        "Code": "Ok",
        "Message": "send success",
        "IsoCode": "CN",
    }
    assert two["PhoneNumber"] == OTHER
    for status in (one, two):
        head, _, digits = status["SerialNo"].partition(":")
        assert (head, len(digits), digits.isdigit()) == ("5000", 28, True)
    assert one["SerialNo"] != two["SerialNo"]
    (newest, first) = line.emulator.messages()
    assert (first.text, first.params, first.template) == (
        f"【{SIGN}】验证码是4370",
        ("4370",),
        "1110",
    )
    assert (newest.serial, newest.number, newest.app) == (two["SerialNo"], OTHER, APP)


@pytest.mark.parametrize(
    "text", ["+8618501234444", "8618501234444", "008618501234444", "18501234444", "+86018501234444"]
)
def test_domestic_numbers_have_several_spellings(line: Line, text: str) -> None:
    (status,) = line.send(text)
    assert (status["Code"], status["PhoneNumber"]) == ("Ok", NUMBER)


@pytest.mark.parametrize(
    "text", ["", "1850123444", "185012344445", "+8612501234444", "0085261234567", "+86", "abc",
             "85261234567", "+0618501234", "+1", "+8618501234444 ", "１８５０１２３４４４４"]
)  # fmt: skip
def test_what_is_no_number_is_refused_by_itself(line: Line, text: str) -> None:
    """The others of the call are sent; the number comes back as it was given."""
    bad, good = line.send(text, OTHER)
    assert bad == {
        "SerialNo": "",
        "PhoneNumber": text,
        "Fee": 0,
        "SessionContext": "",
        "Code": "InvalidParameterValue.IncorrectPhoneNumber",
        "Message": "the phone number is malformed",
        "IsoCode": "",
    }
    assert good["Code"] == "Ok"


#: What is wrong with a call, and the Error that it is.
ERRORS: list[tuple[dict[str, Any], str]] = [
    ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
    ({"PhoneNumberSet": [NUMBER] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
    (
        {"PhoneNumberSet": [NUMBER, ABROAD]},
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
    ),
    ({"SmsSdkAppId": "shop"}, "InvalidParameterValue.SdkAppIdNotExist"),
    ({"SmsSdkAppId": None}, "MissingParameter"),
    ({"TemplateId": None}, "MissingParameter"),
    ({"TemplateId": 1110}, "InvalidParameter"),
    ({"TemplateParamSet": [4370]}, "InvalidParameter"),
    ({"PhoneNumberSet": NUMBER}, "InvalidParameter"),
    ({"SessionContext": "好" * 171}, "InvalidParameterValue"),
    ({"SessionContext": "x" * 512}, "InvalidParameterValue"),
    ({"SignatureName": SIGN}, "UnknownParameter"),
]


@pytest.mark.parametrize(("given", "code"), ERRORS)
def test_a_call_is_refused_as_a_whole(line: Line, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        line.send(**given)
    assert refused.value.code == code
    assert line.emulator.messages() == []


def test_two_hundred_numbers_and_511_bytes_are_taken(line: Line) -> None:
    numbers = [f"+86185{number:08d}" for number in range(20_100, 20_300)]
    statuses = line.send(*numbers, SessionContext="x" * 511)
    assert {status["Code"] for status in statuses} == {"Ok"}
    assert len({status["SerialNo"] for status in statuses}) == len(numbers) == 200


#: What is wrong with a message, and the Code of its numbers.
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"SignName": "没有"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ({"SignName": "未审核"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ({"SignName": None}, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ({"SignName": "Acme"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ({"TemplateId": "9999"}, "FailedOperation.TemplateUnapprovedOrNotExist"),
    ({"TemplateId": "code"}, "FailedOperation.TemplateUnapprovedOrNotExist"),
    ({"TemplateId": LATER}, "FailedOperation.TemplateUnapprovedOrNotExist"),
    ({"TemplateParamSet": []}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ({"TemplateParamSet": None}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ({"TemplateParamSet": ["1", "2"]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ({"TemplateParamSet": ["1234567"]}, "InvalidParameterValue.TemplateParameterFormatError"),
    ({"TemplateParamSet": ["12a4"]}, "InvalidParameterValue.TemplateParameterFormatError"),
    ({"TemplateParamSet": ["１２"]}, "InvalidParameterValue.TemplateParameterFormatError"),
    (
        {"TemplateId": TWO, "TemplateParamSet": ["货", "x" * 500]},
        "InvalidParameterValue.ContentLengthLimit",
    ),
    (
        # As long as a request may be, and no URL is looked for in it: the length says enough.
        {"TemplateId": TWO, "TemplateParamSet": ["货", "x" * 5_000_000 + ".com"]},
        "InvalidParameterValue.ContentLengthLimit",
    ),
    *(
        (
            {"TemplateId": TWO, "TemplateParamSet": ["货", url]},
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        )
        for url in ("https://a.example", "www.a.b", "去a.com看")
    ),
    ({"TemplateId": FOREIGN}, "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone"),
    (
        {"PhoneNumberSet": [ABROAD], "SignName": None},
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
    ),
]


@pytest.mark.parametrize(("given", "code"), REFUSALS)
def test_a_message_is_refused_for_each_number(line: Line, given: dict[str, Any], code: str) -> None:
    """It costs nothing, has no serial number, and is kept as refused."""
    (status,) = line.send(**given)
    assert (status["Code"], status["Fee"], status["SerialNo"]) == (code, 0, "")
    assert status["Message"]
    (kept,) = line.emulator.messages()
    assert (kept.verdict, kept.code, kept.fee, kept.reported_at) == ("refused", code, 0, None)


@pytest.mark.parametrize("value", ["", "1", "123456"])
def test_verification_values_have_up_to_six_digits(line: Line, value: str) -> None:
    assert line.codes(TemplateParamSet=[value]) == ["Ok"]


@pytest.mark.parametrize(("value", "code"), [("123456", "Ok"), ("张三李四王五", "Ok")])
def test_parameters_of_other_templates_are_free(line: Line, value: str, code: str) -> None:
    assert line.codes(TemplateId=TWO, TemplateParamSet=[value, "3.5元"]) == [code]


def test_an_account_may_bound_its_parameters(clock: FakeClock) -> None:
    line = Line(clock, parameter_length=6)
    assert line.codes(TemplateId=TWO, TemplateParamSet=["六个字的名字", "b"]) == ["Ok"]
    assert line.codes(TemplateId=TWO, TemplateParamSet=["七个字的名字啊", "b"]) == [
        "InvalidParameterValue.TemplateParameterLengthLimit"
    ]


def test_abroad_a_sign_is_optional_and_in_brackets(line: Line) -> None:
    (status,) = line.send(ABROAD, TemplateId=FOREIGN, SignName=None)
    assert (status["Code"], status["IsoCode"], status["PhoneNumber"]) == ("Ok", "HK", ABROAD)
    line.send(ABROAD, TemplateId=FOREIGN, SignName="Acme")
    assert line.codes(ABROAD, TemplateId=FOREIGN) == [
        "FailedOperation.SignatureIncorrectOrUnapproved"  # that sign is domestic
    ]
    with_sign, without = line.emulator.messages()[1:]
    assert (without.text, with_sign.text) == ("Your code is 4370", "[Acme]Your code is 4370")


def test_a_template_for_both_goes_everywhere(line: Line) -> None:
    assert line.codes(NUMBER, TemplateId=BOTH) == ["Ok"]
    assert line.codes(ABROAD, TemplateId=BOTH, SignName="Acme") == ["Ok"]


def test_an_unknown_country_has_a_code_of_its_own(line: Line) -> None:
    (status,) = line.send("+99912345678", TemplateId=FOREIGN, SignName=None)
    assert (status["Code"], status["IsoCode"]) == ("Ok", "DEF")


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("07:59:59", "FailedOperation.MarketingSendTimeConstraint"),
        ("08:00:00", "Ok"),
        ("21:59:59", "Ok"),
        ("22:00:00", "FailedOperation.MarketingSendTimeConstraint"),
    ],
)
def test_marketing_keeps_the_night_of_beijing(line: Line, time: str, code: str) -> None:
    line.clock.moment = datetime.fromisoformat(f"2026-09-22T{time}+08:00").timestamp()
    assert line.codes(TemplateId=SALE, TemplateParamSet=[]) == [code]
    assert line.codes() == ["Ok"]  # verification codes do not


def test_a_template_works_from_its_approval_on(line: Line) -> None:
    line.emulator.review("template", 1110, -1)
    assert line.codes() == ["FailedOperation.TemplateUnapprovedOrNotExist"]
    line.emulator.review("template", 1110, 0)
    assert line.codes() == ["Ok"]
    line.emulator.remove("sign", 1110)
    assert line.codes() == ["FailedOperation.SignatureIncorrectOrUnapproved"]


# ---- what it costs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "domestic", "fee"),
    [
        ("字" * 70, True, 1),
        ("字" * 71, True, 2),
        ("字" * 134, True, 2),
        ("字" * 135, True, 3),
        ("a" * 71, True, 2),
        ("😀" * 36, True, 2),  # two units each
        ("a" * 160, False, 1),
        ("a" * 161, False, 2),
        ("a" * 306, False, 2),
        ("a" * 307, False, 3),
        ("€" * 80, False, 1),
        ("€" * 81, False, 2),  # two units each of the GSM alphabet
        ("字" + "a" * 69, False, 1),
        ("字" + "a" * 70, False, 2),
        ("", False, 1),
    ],
)
def test_segments(text: str, domestic: bool, fee: int) -> None:
    assert segments(text, domestic=domestic) == fee


def test_the_sign_is_billed_too(line: Line) -> None:
    """【腾讯云】 is five characters of the seventy."""
    fees = [
        line.send(TemplateId=TWO, TemplateParamSet=["a" * length, ""])[0]["Fee"]
        for length in (62, 63)
    ]
    assert fees == [1, 2]


def test_values_are_put_in_as_they_are() -> None:
    """A value that looks like a variable is none."""
    assert rendered("{2}{1}", ["{2}", r"\1"], "s", domestic=True) == r"【s】\1{2}"


# ---- what becomes of it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "after", "verdict", "code"),
    [
        ("4444", 0.9, "pending", ""),
        ("4444", 1, "delivered", "DELIVRD"),
        ("0002", 0.9, "pending", ""),
        ("0002", 1, "failed", "NOREG"),
        ("0003", 1, "failed", "MK:0001"),
        ("0004", 10**7, "pending", ""),
        ("0005", 59, "pending", ""),
        ("0005", 60, "delivered", "DELIVRD"),
        ("0008", 1, "delivered", "DELIVRD"),
        ("0009", 1, "delivered", "DELIVRD"),
    ],
)
def test_the_last_four_digits_decide(
    line: Line, last: str, after: float, verdict: str, code: str
) -> None:
    (status,) = line.send(f"+861850123{last}")
    assert status["Code"] == "Ok"
    line.clock.advance(after)
    message = line.emulator.message(status["SerialNo"])
    assert (message.verdict, message.code) == (verdict, code)
    due = None if verdict == "pending" else EVENING + after
    assert message.reported_at == due


def test_some_numbers_are_on_the_list(line: Line) -> None:
    (status,) = line.send("18501230001")
    assert (status["Code"], status["PhoneNumber"]) == (BLACKLISTED, "+8618501230001")
    assert status["SerialNo"] == ""


def test_an_answer_is_lost_and_the_message_is_not(line: Line) -> None:
    reply = line.handle("SendSms", sms("18501230006", NUMBER))
    assert reply.delivery is Delivery.DROPPED
    assert [message.number for message in line.emulator.messages()] == [NUMBER, "+8618501230006"]
    line.clock.advance(1)
    assert {message.verdict for message in line.emulator.messages()} == {"delivered"}


def test_a_call_is_lost_before_anything_is_sent(line: Line) -> None:
    reply = line.handle("SendSms", sms(NUMBER, "18501230007"))
    assert reply.delivery is Delivery.DROPPED
    assert line.emulator.messages() == []


def test_a_lost_message_is_judged_before(line: Line) -> None:
    assert line.codes("18501230007", SignName="没有") == [
        "FailedOperation.SignatureIncorrectOrUnapproved"
    ]


def test_a_phone_replies_by_itself(line: Line) -> None:
    (status,) = line.send("18501230008")
    assert line.emulator.message(status["SerialNo"]).replies == ()
    line.clock.advance(1)
    (reply,) = line.emulator.message(status["SerialNo"]).replies
    assert reply == ("R", EVENING + 1)


def test_the_report_delay_is_a_setting(clock: FakeClock) -> None:
    line = Line(clock, report_delay=5.0)
    (status,) = line.send()
    clock.advance(4.9)
    assert line.emulator.message(status["SerialNo"]).verdict == "pending"
    clock.advance(0.1)
    assert line.emulator.message(status["SerialNo"]).verdict == "delivered"


# ---- limits of a number, packages, the site ----------------------------------------------------


def test_numbers_have_limits_when_asked_for(clock: FakeClock) -> None:
    """The same content once in 30 seconds, and two messages a day of Beijing."""
    line = Line(clock, number_limits=True)
    soon, daily = (
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        "LimitExceeded.PhoneNumberDailyLimit",
    )
    assert line.codes(NUMBER, NUMBER) == ["Ok", soon]
    clock.advance(29.9)
    assert line.codes(NUMBER, OTHER) == [soon, "Ok"]
    clock.advance(0.1)
    assert line.codes() == ["Ok"]
    clock.advance(31)
    assert line.codes(TemplateParamSet=["1"]) == [daily]
    assert line.codes(SmsSdkAppId="1400007777") == ["Ok"]  # another application
    clock.advance(3 * 3600 + 400)  # after midnight
    assert line.codes() == ["Ok"]


def test_without_limits_a_number_takes_everything(line: Line) -> None:
    assert line.codes(*[NUMBER] * 5) == ["Ok"] * 5


def test_packages_are_used_up(line: Line) -> None:
    package = {"kind": "package", "app": APP, "id": 7, "amount": 3}
    line.emulator.seed([package])
    empty = "FailedOperation.InsufficientBalanceInSmsPackage"
    assert line.codes(NUMBER, OTHER) == ["Ok", "Ok"]
    assert line.codes(NUMBER, OTHER) == ["Ok", empty]
    assert line.codes(SmsSdkAppId="1400007777") == ["Ok"]
    assert line.codes(ABROAD, TemplateId=FOREIGN, SignName=None) == ["Ok"]
    line.emulator.seed([{**package, "id": 8}])
    assert line.codes() == ["Ok"]


def test_the_international_site_does_not_send_to_the_mainland(clock: FakeClock) -> None:
    line = Line(clock, site="intl")
    assert line.codes(NUMBER) == ["UnsupportedOperation.UnsupportedRegion"]
    assert line.codes(ABROAD, TemplateId=FOREIGN, SignName=None) == ["Ok"]


def test_every_refusal_is_documented_for_the_action() -> None:
    codes = {code for _, code in (*ERRORS, *REFUSALS)} | {
        BLACKLISTED,
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "FailedOperation.MarketingSendTimeConstraint",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "InvalidParameterValue.TemplateParameterLengthLimit",
        "LimitExceeded.PhoneNumberDailyLimit",
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        "UnsupportedOperation.UnsupportedRegion",
    }
    assert {code for code in codes if "." in code} <= of_action("SendSms")
