"""The documents' own examples: each request is taken, and answered field by field as documented.

``documented/2021-01-11.json`` has the example of every action (API document, part 4 of its page).
The clock stands where the example's answer says, so that moments are the document's too. What
cannot be the same is listed: ids of one call, and the images that the document leaves out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from smsops.emulator.actions import ACTIONS, SMS
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from tests.support.clock import FakeClock
from tests.support.emulator_api import PNG, response, signed

Example = Mapping[str, Any]
EXAMPLES: Mapping[str, Example] = {
    example["action"]: example
    for example in json.loads(
        Path(__file__).with_name("documented").joinpath("2021-01-11.json").read_text("utf-8")
    )
}
#: Actions of newer documents, which have no example in this one.
UNDOCUMENTED = {"DescribeSendRecordList"}

APP, SIGN, NUMBER = "1400006666", "腾讯云", "+8618501234444"
BEIJING = timezone(timedelta(hours=8))
SIGNS = [
    {"kind": "sign", "signName": SIGN, "created": 1617508800},
    {"kind": "sign", "signName": SIGN, "international": 1, "created": 1617508801},
]
TEMPLATES = [
    {
        "kind": "template",
        "templateName": "验证码",
        "content": "您的验证码是{1}",
        "smsType": "verification",
        "created": 1617379200,
    },
    {
        "kind": "template",
        "templateName": "通知",
        "content": "请尽快参加{1}会议",
        "smsType": "notification",
        "created": 1617508800,
    },
]
#: Drawn for one message or one call.
DRAWN = {"SerialNo": re.compile(r"\d+:\d{20,}"), "RequestId": re.compile(r"[0-9a-f-]{36}")}


class Service:
    """An emulator at a moment, and calls of it as the document writes them."""

    def __init__(self, clock: FakeClock, moment: float, **settings: Any) -> None:
        clock.moment = moment
        self.clock = clock
        self.emulator = Emulator(
            None, Settings(limits=False, **{"report_delay": 0.0, **settings}), clock=clock.clock
        )

    def call(self, action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return response(self.emulator.handle(signed(action, parameters, now=self.clock.moment)))

    def send(self, *numbers: str, template: str = "1110", **more: Any) -> list[str]:
        """Send to numbers; the serial numbers."""
        asked = {
            "PhoneNumberSet": list(numbers),
            "SmsSdkAppId": APP,
            "SignName": SIGN,
            "TemplateId": template,
            "TemplateParamSet": ["4370"],
        }
        statuses = self.call("SendSms", {**asked, **more})["SendStatusSet"]
        assert {status["Code"] for status in statuses} == {"Ok"}
        return [status["SerialNo"] for status in statuses]


def beijing(hour: str) -> float:
    """The moment that ``yyyymmddhh`` names."""
    return datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=BEIJING).timestamp()


# ---- the account as each example finds it ------------------------------------------------------


def _seeded(clock: FakeClock, moment: float = 1617600000.0) -> Service:
    service = Service(clock, moment)
    service.emulator.seed([*SIGNS, *TEMPLATES])
    return service


def _empty(clock: FakeClock) -> Service:
    return Service(clock, 1617600000.0)


def _with_sign(clock: FakeClock) -> Service:
    service = _empty(clock)
    service.emulator.seed([SIGNS[0]])
    return service


def _deleting(clock: FakeClock) -> Service:
    return _seeded(clock, 1578988506.0)


def _in_review(clock: FakeClock) -> Service:
    service = _empty(clock)
    service.emulator.seed([{**seed, "status": "pending"} for seed in (SIGNS[0], TEMPLATES[0])])
    return service


def _reported(clock: FakeClock) -> Service:
    service = _seeded(clock, 1620734188.0)
    service.send(NUMBER, "+8618501234445")
    return service


def _reported_twice(clock: FakeClock) -> Service:
    service = _seeded(clock, 1620734188.0)
    service.send(NUMBER)
    service.send(NUMBER)
    return service


def _replied(clock: FakeClock) -> Service:
    service = _seeded(clock, 1620734150.0)
    (serial,) = service.send(NUMBER, ExtendCode="11")
    for moment, text in ((1620734188.0, "1"), (1620734189.0, "2")):
        clock.moment = moment
        service.emulator.reply_from(serial, text)
    return service


def _counted(clock: FakeClock) -> Service:
    """1880 messages: 1344 delivered, 401 to phones that are off, 135 without a report."""
    service = _seeded(clock, beijing("2021050113"))
    numbers = [f"+86185{number:04d}4444" for number in range(1880)]
    silent = [f"+86186{number:04d}0004" for number in range(135)]
    numbers[-135:] = silent
    serials: list[str] = []
    for begin in range(0, 1880, 188):
        serials += service.send(*numbers[begin : begin + 188])
    for serial in serials[:401]:
        service.emulator.report(serial, "failed", "MK:0010")
    clock.moment = beijing("2021050200")
    return service


def _packages(clock: FakeClock) -> Service:
    service = Service(clock, beijing("2021050200"))
    documented = EXAMPLES["SmsPackagesStatistics"]["response"]["SmsPackagesStatisticsSet"]
    service.emulator.seed(
        [
            {
                "kind": "package",
                "app": APP,
                "id": package["PackageId"],
                "amount": package["PackageAmount"],
                "type": package["PackageType"],
                "created": package["PackageCreateTime"],
                "effective": package["PackageEffectiveTime"],
                "expires": package["PackageExpiredTime"],
            }
            for package in documented
        ]
    )
    return service


BEFORE: Mapping[str, Callable[[FakeClock], Service]] = {
    "CallbackStatusStatistics": _counted,
    "SendStatusStatistics": _counted,
    "SmsPackagesStatistics": _packages,
    "AddSmsTemplate": _with_sign,
    "DeleteSmsTemplate": _deleting,
    "DescribeSmsTemplateList": _seeded,
    "ModifySmsTemplate": _in_review,
    "AddSmsSign": _empty,
    "DeleteSmsSign": _deleting,
    "DescribeSmsSignList": _seeded,
    "ModifySmsSign": _in_review,
    "PullSmsReplyStatus": _replied,
    "PullSmsReplyStatusByPhoneNumber": _replied,
    "PullSmsSendStatus": _reported,
    "PullSmsSendStatusByPhoneNumber": _reported_twice,
    "DescribePhoneNumberInfo": _empty,
    "ReportConversion": _seeded,
    "SendSms": _seeded,
}

#: What the requests lack: images are "base64" or empty in the document, and a domestic sign needs
#: the qualification that its newer parameter table asks for.
COMPLETED: Mapping[str, Mapping[str, Any]] = {
    "AddSmsSign": {"ProofImage": PNG, "CommissionImage": PNG},
    "ModifySmsSign": {"ProofImage": PNG, "CommissionImage": PNG, "QualificationId": 1000001},
}
#: Members whose values are not the document's, and why.
APART: Mapping[tuple[str, str], str] = {
    ("SmsPackagesStatistics", "CurrentUsage"): "its packages expire before they may be used",
    ("DescribeSmsSignList", "QualificationId"): "added to the answer later than the example",
    ("DescribeSmsSignList", "QualificationName"): "added to the answer later than the example",
    ("DescribeSmsSignList", "QualificationStatusCode"): "added later than the example",
}


def compared(action: str, answer: Any, documented: Any, at: str = "Response") -> list[str]:
    """Where an answer is not as documented."""
    if isinstance(documented, dict):
        if not isinstance(answer, dict):
            return [f"{at}: {answer!r} is no object"]
        found = [
            f"{at}: {name} is missing or too much"
            for name in sorted(answer.keys() ^ documented.keys())
            if (action, name) not in APART
        ]
        for name in answer.keys() & documented.keys():
            found += compared(action, answer[name], documented[name], f"{at}.{name}")
        return found
    if isinstance(documented, list):
        if not isinstance(answer, list) or len(answer) != len(documented):
            return [f"{at}: {answer!r} has not {len(documented)} items"]
        return [
            line
            for number, pair in enumerate(zip(answer, documented, strict=True))
            for line in compared(action, *pair, f"{at}[{number}]")
        ]
    name = at.rpartition(".")[2]
    if type(answer) is not type(documented):
        return [f"{at}: {answer!r} is not of the type of {documented!r}"]
    if name in DRAWN:
        return [] if DRAWN[name].fullmatch(answer) else [f"{at}: {answer!r} has another form"]
    same = answer == documented or (action, name) in APART
    return [] if same else [f"{at}: {answer!r}, documented {documented!r}"]


def test_every_action_has_its_example() -> None:
    known = {name for version, name in ACTIONS if version == SMS}
    assert EXAMPLES.keys() == BEFORE.keys() == known - UNDOCUMENTED


@pytest.mark.parametrize("action", EXAMPLES)
def test_an_example_is_answered_as_documented(clock: FakeClock, action: str) -> None:
    example = EXAMPLES[action]
    service = BEFORE[action](clock)
    answer = service.call(action, {**example["request"], **COMPLETED.get(action, {})})
    assert compared(action, answer, example["response"]) == []


@pytest.mark.parametrize("action", COMPLETED)
def test_an_example_that_had_to_be_completed_is_refused_as_it_is(
    clock: FakeClock, action: str
) -> None:
    service = BEFORE[action](clock)
    assert "Error" in service.call(action, EXAMPLES[action]["request"])


@pytest.mark.parametrize(("action", "name"), APART)
def test_every_exception_is_needed(clock: FakeClock, action: str, name: str) -> None:
    service, example = BEFORE[action](clock), EXAMPLES[action]
    answer = json.dumps(service.call(action, example["request"]))
    member = re.compile(rf'"{name}": [^,}}]+')
    assert member.findall(answer) != member.findall(json.dumps(example["response"]))


def test_a_difference_is_noticed(clock: FakeClock) -> None:
    """Of a value, a type, a member or a number of items."""
    documented = EXAMPLES["SendSms"]["response"]
    for change, place in (
        ({"Fee": 2}, "Fee"),
        ({"Fee": "1"}, "Fee"),
        ({"SerialNo": "1"}, "SerialNo"),
        ({"Extra": 1}, "Extra"),
    ):
        first, second = documented["SendStatusSet"]
        answer = {**documented, "SendStatusSet": [{**first, **change}, second]}
        (line,) = compared("SendSms", answer, documented)[:1]
        assert place in line
    assert compared("SendSms", {**documented, "SendStatusSet": [first]}, documented) != []


def test_pulls_by_application_hand_out_once_and_by_number_again(clock: FakeClock) -> None:
    for action in ("PullSmsSendStatus", "PullSmsReplyStatus"):
        once, often = BEFORE[action](clock), BEFORE[f"{action}ByPhoneNumber"](clock)
        (member,) = EXAMPLES[action]["response"].keys() - {"RequestId"}
        for service, name, second in ((once, action, 0), (often, f"{action}ByPhoneNumber", 2)):
            asked = EXAMPLES[name]["request"]
            service.clock.moment = 1620734190.0
            assert len(service.call(name, asked)[member]) == 2
            assert len(service.call(name, asked)[member]) == second
