"""A project with applications, on an emulator that sends, by a clock that stands still."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.emulator.transport import EmulatorTransport
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials
from smsops.providers.tencent.endpoints import Endpoints
from tests.support.clock import FakeClock
from tests.support.timed_project import TimedProject

SHOP, CART = 1400006666, 1400007777
_URL = "http://emulator.invalid"
HOUR = 3600
#: A line of the log.
_CALL = re.compile(r"([A-Z][a-z]+[A-Z]\w+) (?:-|application\.\S+)$")


def phone(last: str, number: int = 0) -> str:
    """A number that ends in ``last``, which says what becomes of a message to it."""
    return f"+86138{number:04}{last}"


@dataclass
class DeliveryProject(TimedProject):
    """Its account counts what is sent; :meth:`send` is what applications do."""

    def copy(self, to: Path) -> DeliveryProject:
        shutil.copytree(self.root, to)
        time = FakeClock(self.time.moment)
        return DeliveryProject(to, self.options, dict(self.environment), time=time)

    def promise(self, name: str = "shop", id: int = SHOP, **objectives: Mapping[str, Any]) -> Self:
        """Declare an application."""
        (self.root / "applications").mkdir(exist_ok=True)
        spec: dict[str, Any] = {"sdkAppId": id}
        if objectives:
            spec["objectives"] = objectives
        document = {
            "apiVersion": "smsops/v1",
            "kind": "Application",
            "metadata": {"name": name},
            "spec": spec,
        }
        self._write(f"applications/{name}.yaml", json.dumps(document))
        return self

    def declare(self, name: str, last: str, **more: Any) -> None:
        """Declare a probe with ``sign.acme`` and ``template.t0``."""
        (self.root / "probes").mkdir(exist_ok=True)
        variable = f"PHONE_{last}"
        self.environment[variable] = phone(last)
        spec = {
            "channel": "tencent",
            "application": "shop",
            "sign": "acme",
            "template": "t0",
            "params": [{"digits": 6}],
            "to": {"env": variable},
            "expect": {"within": "2m"},
            **more,
        }
        document = {
            "apiVersion": "smsops/v1",
            "kind": "Probe",
            "metadata": {"name": name},
            "spec": spec,
        }
        self._write(f"probes/{name}.yaml", json.dumps(document))

    def send(self, *numbers: str, id: int = SHOP, params: tuple[str, ...] = ("123456",)) -> None:
        """One SendSms to all of ``numbers``, and time for most of its reports."""
        client = Client(
            Credentials(SECRET_ID, SECRET_KEY, None, "test"),
            Endpoints(_URL, _URL),
            "ap-guangzhou",
            clock=self.clock,
            transport=EmulatorTransport(self.root / ".smsops" / "emulator.json", clock=self.clock),
        )
        with client:
            client.call(
                "SendSms",
                {
                    "PhoneNumberSet": list(numbers),
                    "SmsSdkAppId": str(id),
                    "TemplateId": str(self.number("template.t0")),
                    "TemplateParamSet": list(params),
                    "SignName": "艾克米",
                },
            )
        self.time.advance(2)

    def next_hour(self) -> None:
        """The hour that is under way is over."""
        self.time.advance(HOUR - self.time.moment % HOUR)

    def calls(self, *arguments: str) -> Counter[str]:
        """How often each action is called by a command."""
        lines = self(*arguments, "-v").err.splitlines()
        return Counter(found[1] for line in lines if (found := _CALL.match(line)))
