"""An account that can send, and the calls that send and ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Reply
from tests.support.clock import FakeClock
from tests.support.emulator_api import call, signed

APP = "1400006666"
SIGN = "腾讯云"
#: Ordinary numbers: what is sent there is delivered after a second.
NUMBER, OTHER, ABROAD = "+8618501234444", "+8618501234445", "+85261234567"

ACCOUNT = [
    {"kind": "sign", "signName": SIGN},
    {"kind": "sign", "signName": "Acme", "international": True},
    {"kind": "sign", "signName": "未审核", "status": "pending"},
    {"kind": "template", "TemplateName": "code", "TemplateContent": "验证码是{1}", "SmsType": 3},
    {"kind": "template", "TemplateName": "two", "TemplateContent": "{1}的{2}到了", "SmsType": 2},
    {
        "kind": "template",
        "TemplateName": "sale",
        "TemplateContent": "大促，拒收请回复R",
        "SmsType": 1,
    },
    {
        "kind": "template",
        "TemplateName": "abroad",
        "TemplateContent": "Your code is {1}",
        "SmsType": 3,
        "international": True,
    },
    {
        "kind": "template",
        "TemplateName": "later",
        "TemplateContent": "稍后",
        "SmsType": 2,
        "status": "effective-later",
    },
    {
        "kind": "template",
        "TemplateName": "both",
        "TemplateContent": "Hi {1}",
        "SmsType": 2,
        "international": 3,
    },
]
#: Ids of its templates.
CODE, TWO, SALE, FOREIGN, LATER, BOTH = (str(number) for number in range(1110, 1116))


class Line:
    """An emulator with that account on a clock that stands still. ``clock.advance`` moves it."""

    def __init__(self, clock: FakeClock, path: Path | None = None, **settings: Any) -> None:
        self.clock = clock
        self.emulator = Emulator(path, Settings(**{"limits": False, **settings}), clock=clock.clock)
        if not self.emulator.items("sign"):
            self.emulator.seed(ACCOUNT)

    def ask(self, action: str, **parameters: Any) -> dict[str, Any]:
        """One call. Raises :class:`tests.support.emulator_api.Refusal`."""
        return call(self.emulator, action, now=self.clock.moment, **parameters)

    def handle(self, action: str, parameters: dict[str, Any], **how: Any) -> Reply:
        """One call and its whole reply."""
        return self.emulator.handle(signed(action, parameters, now=self.clock.moment, **how))

    def send(self, *numbers: str, **parameters: Any) -> list[dict[str, Any]]:
        """SendStatusSet of a verification code to ``numbers``."""
        statuses: list[dict[str, Any]] = self.ask("SendSms", **sms(*numbers, **parameters))[
            "SendStatusSet"
        ]
        return statuses

    def codes(self, *numbers: str, **parameters: Any) -> list[str]:
        """What becomes of each of ``numbers``."""
        return [status["Code"] for status in self.send(*numbers, **parameters)]

    def pull(self, action: str, limit: int = 100) -> list[dict[str, Any]]:
        """What a pull by application hands out."""
        pulled: list[dict[str, Any]] = self.ask(action, SmsSdkAppId=APP, Limit=limit)[
            f"{action}Set"
        ]
        return pulled

    def ask_number(self, action: str, number: str = NUMBER, **parameters: Any) -> dict[str, Any]:
        """A question about a number, of the last hour."""
        asked = {
            "SmsSdkAppId": APP,
            "PhoneNumber": number,
            "BeginTime": int(self.clock.moment) - 3600,
            "Limit": 50,
            "Offset": 0,
        }
        return self.ask(action, **{**asked, **parameters})


def sms(*numbers: str, **parameters: Any) -> dict[str, Any]:
    """Parameters of SendSms; ``None`` takes one away."""
    given = {
        "PhoneNumberSet": list(numbers or (NUMBER,)),
        "SmsSdkAppId": APP,
        "SignName": SIGN,
        "TemplateId": CODE,
        "TemplateParamSet": ["4370"],
        **parameters,
    }
    return {name: value for name, value in given.items() if value is not None}
