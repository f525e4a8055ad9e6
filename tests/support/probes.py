"""A project with probes on an account that is served, applied and approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.account import ENVIRONMENT, Account
from tests.support.project import Ran
from tests.support.served_project import ServedProject

#: A number by what becomes of a message to it; see the table of the emulator.
PREFIX = "+861380000"
KEY = "k" * 40
APPLICATION = "1400006666"
YISHA_TEMPLATE = "01234567890abcdef"


def phone(last: str) -> str:
    """The number that ends in ``last``."""
    return f"{PREFIX}{last}"


@dataclass
class ProbeProject(ServedProject):
    """``account`` is what it sends through."""

    account: Account = field(default_factory=lambda: Account(None))

    def begin_probes(self) -> ProbeProject:
        self.begin()
        self.sign("acme", "艾克米")
        self.template("login", "您的验证码是{1}，{2}分钟内有效。")
        for name in ("applications", "probes"):
            (self.root / name).mkdir()
        self._write(
            "applications/shop.yaml",
            "apiVersion: smsops/v1\nkind: Application\nmetadata: {name: shop}\n"
            f"spec: {{sdkAppId: {APPLICATION}}}\n",
        )
        assert self.apply().code == 0
        self.account.approve()
        return self

    def declare(self, name: str = "login", last: str = "9999", **fields: Any) -> None:
        """A probe to the number that ends in ``last``."""
        variable = f"PHONE_{last}"
        self.environment[variable] = phone(last)
        channel = fields.setdefault("channel", "tencent")
        spec: dict[str, Any] = {"params": [{"digits": 6}, "5"], "to": {"env": variable}}
        if channel == "yisha":
            spec |= {"templateId": YISHA_TEMPLATE, "params": [{"digits": 6}]}
        else:
            spec |= {"application": "shop", "sign": "acme", "template": "login"}
        spec |= {"expect": {"within": "2m"}, **fields}
        document = {
            "apiVersion": "smsops/v1",
            "kind": "Probe",
            "metadata": {"name": name},
            "spec": {key: value for key, value in spec.items() if value is not None},
        }
        self._write(f"probes/{name}.yaml", json.dumps(document, ensure_ascii=False))

    def probe(self, *arguments: str) -> Ran:
        return self("probe", "--auto-approve", *arguments)

    def one(self, *arguments: str) -> dict[str, Any]:
        """The one probe of a run, with its exit code."""
        ran = self.probe("--format", "json", *arguments)
        assert ran.out, ran.err
        [row] = ran.json()["probes"]
        return {**row, "exit": ran.code}

    def messages(self) -> list[Any]:
        """Everything that the account was asked to send and kept, refused or not."""
        contents = self.account.emulator.messages()
        return [message for message in contents if message.verdict != "refused"]


@contextmanager
def probe_project(root: Path, **settings: Any) -> Iterator[ProbeProject]:
    """A project in ``root``, applied and approved, with no probe yet."""
    with Account(None, settings) as account:
        project = ProbeProject(
            root,
            ("--endpoint", account.url),
            {**ENVIRONMENT, "SMSOPS_YISHA_ENDPOINT": account.url},
            clock=account.time.clock,
            account=account,
        )
        yield project.begin_probes()
