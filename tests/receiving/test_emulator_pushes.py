"""What the emulator pushes, in disorder, ends in the ledger as the verdicts that it meant."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.support.emulator_api import SEEDED_SIGN, ask, sdk
from tests.support.receivers import TOKEN, Receivers
from tests.support.servers import raw_server, wire

pytestmark = [
    pytest.mark.systems,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]

LONG = {
    "kind": "template",
    "id": 1110,
    "TemplateName": "登录",
    "TemplateContent": "您的验证码是{1}。" + "请勿将验证码告诉他人。" * 14,
    "SmsType": 3,
}
NUMBERS = ["+8613800000123", "+8613800000002", "+8613800000003", "+8613800000008"]
VERDICTS = ["delivered", "failed", "failed", "delivered"]
PARTS = 3


class Inbox:
    """What the receiver passes on, which is what it has made durable."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.arrived = threading.Condition()

    def __call__(self, stream: socket.socket, request: bytes) -> None:
        stream.sendall(wire(b""))
        with self.arrived:
            self.bodies.append(request.partition(b"\r\n\r\n")[2])
            self.arrived.notify_all()

    def wait(self, parts: int) -> None:
        """Until every push of a run came: reports and a reply twice, each part twice."""

        def complete() -> bool:
            kinds = Counter(body[:1] for body in self.bodies)
            forms = sum(count for kind, count in kinds.items() if kind not in (b"[", b"{"))
            items = sum(body.count(b'"sid"') for body in self.bodies)
            return items >= 2 * len(NUMBERS) and kinds[b"{"] >= 2 and forms >= 2 * parts

        with self.arrived:
            assert self.arrived.wait_for(complete, 60), Counter(body[:20] for body in self.bodies)


@pytest.mark.parametrize("faults", ["duplicate,reverse", "duplicate,reverse,lose-part"])
def test_pushes_in_disorder_end_in_the_right_verdicts(
    receivers: Receivers, place: Path, faults: str
) -> None:
    lost, inbox = "lose-part" in faults, Inbox()
    ledger = ("--ledger", f"sqlite:{place}")
    with (
        raw_server(inbox) as (onward, _),
        receivers.running(*ledger, "--forward", f"{onward}/x") as running,
    ):
        base = f"{running.url}/{TOKEN}"
        process = receivers.project.process(
            *("emulator", "serve", "--port", "0", "--for", "120s", "--report-delay", "0s"),
            *("--status-url", f"{base}/tencent/1400006666", "--reply-url", f"{base}/tencent"),
            *("--huawei-url", f"{base}/huawei", "--callback-faults", faults),
        )
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found is not None
        url = found[0]
        seeds: list[Any] = [SEEDED_SIGN, LONG]
        httpx.post(
            f"{url}/_emulator/seed", json=seeds, trust_env=False, verify=False
        ).raise_for_status()
        answer = ask(
            sdk(url),
            "SendSms",
            PhoneNumberSet=NUMBERS,
            SmsSdkAppId="1400006666",
            TemplateId="1110",
            SignName="已有签名",
            TemplateParamSet=["123456"],
        )
        serials = [status["SerialNo"] for status in answer["SendStatusSet"]]
        inbox.wait((PARTS - lost) * len(NUMBERS))
        process.terminate()
        receivers.project.ended(process)
    messages = receivers.project("receipts", *ledger, "--format", "json").json()["messages"]
    tencent = {each["message"]: each for each in messages if each["channel"] == "tencent"}
    assert [tencent[serial]["verdict"] for serial in serials] == VERDICTS
    assert {(each["reports"], each["conflict"]) for each in tencent.values()} == {(1, False)}
    assert tencent[serials[1]]["causes"] == ["sign"]
    forms = [dict(parse_qsl(body.decode())) for body in inbox.bodies if body[:1] not in b"[{"]
    huawei = {each["message"]: each for each in messages if each["channel"] == "huawei"}
    assert set(huawei) == {form["smsMsgId"] for form in forms}
    assert len(huawei) == len(NUMBERS)
    wanted = {"pending", "failed"} if lost else {"delivered", "failed"}
    assert {each["verdict"] for each in huawei.values()} == wanted
    assert {each["reports"] for each in huawei.values()} == {PARTS - lost}
    receivers.project.environment["PHONE"] = NUMBERS[3]
    answered = receivers.project(
        "receipts", "find", "--to", "env:PHONE", *ledger, "--format", "json"
    )
    assert len(answered.json()["replies"]) == 1
