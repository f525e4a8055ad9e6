"""`smsops emulator serve --status-url ...` and `smsops emulator message` in real processes."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from smsops.emulator.core import Emulator
from tests.emulator.test_command import ENVIRONMENT, away, run, served
from tests.support.emulator_api import SEEDED_SIGN, ask, sdk
from tests.support.servers import raw_server

__all__ = ["away"]

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

TEMPLATE = {
    "kind": "template",
    "id": 1110,
    "TemplateName": "登录",
    "TemplateContent": "您的验证码是{1}。",
    "SmsType": 3,
}
SEND: dict[str, Any] = {
    "SmsSdkAppId": "1400006666",
    "TemplateId": "1110",
    "SignName": "已有签名",
    "TemplateParamSet": ["123456"],
}
RIGHT = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"result":0}'


class Inbox:
    """What arrives at a receiver: bodies, and an event for each."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.arrived = threading.Condition()

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        connection.sendall(RIGHT)
        with self.arrived:
            self.bodies.append(request.partition(b"\r\n\r\n")[2])
            self.arrived.notify_all()

    def wait(self, count: int) -> list[bytes]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.bodies) >= count, 20)
        return self.bodies


def send(url: str, *numbers: str) -> list[str]:
    """Send a message to each number; their serial numbers."""
    httpx.post(f"{url}/_emulator/seed", json=[SEEDED_SIGN, TEMPLATE], trust_env=False, verify=False)
    statuses = ask(sdk(url), "SendSms", PhoneNumberSet=list(numbers), **SEND)["SendStatusSet"]
    assert {status["Code"] for status in statuses} == {"Ok"}
    return [status["SerialNo"] for status in statuses]


def test_verdicts_and_replies_arrive_at_their_urls() -> None:
    """By number: delivered, not registered, delivered and answered."""
    statuses, replies, forms = Inbox(), Inbox(), Inbox()
    with (
        raw_server(statuses) as (status_url, _),
        raw_server(replies) as (reply_url, _),
        raw_server(forms) as (huawei_url, _),
        served(
            *("--status-url", status_url, "--reply-url", reply_url, "--huawei-url", huawei_url),
            *("--report-delay", "0s"),
        ) as (url, _),
    ):
        numbers = ("+8613711110100", "+8613711110002", "+8613711110008")
        serials = send(url, *numbers)
        forms.wait(3)
        (reply,) = map(json.loads, replies.wait(1))
        while sum(len(json.loads(body)) for body in statuses.bodies) < 3:
            statuses.wait(len(statuses.bodies) + 1)
        pushed = httpx.get(f"{url}/_emulator/callbacks", trust_env=False, verify=False).json()
    told = [item for body in statuses.bodies for item in json.loads(body)]
    delivered = ("SUCCESS", "DELIVRD")
    assert {item["sid"]: (item["report_status"], item["errmsg"]) for item in told} == dict(
        zip(serials, [delivered, ("FAIL", "NOREG"), delivered], strict=True)
    )
    assert (reply["text"], reply["mobile"], reply["sign"]) == ("R", "13711110008", "已有签名")
    found = [dict(parse_qsl(body.decode())) for body in forms.bodies]
    assert {form["smsMsgId"]: form["status"] for form in found} == dict(
        zip(serials, ["DELIVRD", "SC:0018", "DELIVRD"], strict=True)
    )
    assert pushed["dropped"] == 0
    assert {one["kind"] for one in pushed["callbacks"]} <= {"status", "reply", "huawei"}


@pytest.mark.parametrize(("switches", "ext"), [((), None), (("--session-context",), "order 7")])
def test_a_session_context_comes_back_where_support_enabled_it(
    switches: tuple[str, ...], ext: str | None
) -> None:
    statuses = Inbox()
    with (
        raw_server(statuses) as (status_url, _),
        served("--status-url", status_url, "--report-delay", "0s", *switches) as (url, _),
    ):
        httpx.post(
            f"{url}/_emulator/seed", json=[SEEDED_SIGN, TEMPLATE], trust_env=False, verify=False
        )
        number = "+8613711110100"
        ask(sdk(url), "SendSms", PhoneNumberSet=[number], SessionContext="order 7", **SEND)
        (item,) = json.loads(statuses.wait(1)[0])
    assert item.get("ext") == ext


def test_a_message_of_a_served_emulator_is_reported_and_answered_by_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Number 0004 is never reported by itself; the verdict and the reply are pushed at once."""
    statuses, replies = Inbox(), Inbox()
    with (
        raw_server(statuses) as (status_url, _),
        raw_server(replies) as (reply_url, _),
        served("--status-url", status_url, "--reply-url", reply_url) as (url, _),
    ):
        (serial,) = send(url, "+8613711110004")
        at = ("--endpoint", url, "emulator", "message", serial)
        assert run(capsys, *at, "failed", "--code", "MK:0010") == (
            0,
            f"message {serial}: failed\n",
            "",
        )
        ((item,),) = map(json.loads, statuses.wait(1))
        assert (item["sid"], item["errmsg"]) == (serial, "MK:0010")
        assert run(capsys, *at, "reply", "好的")[0] == 0
        (reply,) = map(json.loads, replies.wait(1))
        assert reply["text"] == "好的"
        code, _, err = run(capsys, "--endpoint", url, "emulator", "message", "nobody", "delivered")
    assert (code, "nobody" in err) == (1, True)


def test_a_message_in_a_file_is_reported_and_answered_by_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with served("--data", "d.json") as (url, process):
        (serial,) = send(url, "+8613711110004")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    at = ("emulator", "message", serial)
    assert run(capsys, *at, "delivered", "--data", "d.json")[0] == 0
    assert run(capsys, *at, "reply", "R", "--data", "d.json")[0] == 0
    (message,) = Emulator(Path("d.json")).messages()
    assert (message.verdict, message.code) == ("delivered", "DELIVRD")
    assert [reply.text for reply in message.replies] == ["R"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("reply",),
        ("delivered", "R"),
        ("delivered", "--code", "NOREG"),
        ("reply", "R", "--code", "NOREG"),
        ("pending",),
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    Emulator(Path("d.json")).seed([SEEDED_SIGN])
    code, out, err = run(capsys, "emulator", "message", "1", *arguments, "--data", "d.json")
    assert (code, out) == (64, "")
    assert err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--status-url", "http://receiver.example/"),
        ("--reply-url", "ftp://127.0.0.1/"),
        ("--huawei-url", "http://127.0.0.1/", "--callback-faults", "slow"),
        ("--allow-callback", "other.example", "--status-url", "http://receiver.example/"),
    ],
)
def test_a_url_or_fault_that_is_none_is_refused_before_anything_is_served(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, "emulator", "serve", "--port", "0", "--for", "0s", *arguments)
    assert (code, out) == (64, "")
    assert "listening" not in err


def test_what_was_not_pushed_is_said_when_the_server_stops() -> None:
    """The receiver hangs; a signal ends the server at once all the same."""
    hanging, go = threading.Event(), threading.Event()

    def hang(_: socket.socket, __: bytes) -> None:
        hanging.set()
        go.wait(20)

    with (
        raw_server(hang) as (status_url, _),
        served("--status-url", status_url, "--report-delay", "0s", "--data", "d.json") as (
            url,
            process,
        ),
    ):
        (serial,) = send(url, "+8613711110100")
        assert hanging.wait(20)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        go.set()
    assert process.returncode == 143
    assert f"callback dropped, status of {serial} to {status_url}/: the emulator stopped" in err
    assert Path("d.json.callbacks").read_text() == ""


def test_a_killed_server_is_followed_by_one_that_says_what_was_lost() -> None:
    hanging, go = threading.Event(), threading.Event()

    def hang(_: socket.socket, __: bytes) -> None:
        hanging.set()
        go.wait(20)

    options = ("--report-delay", "0s", "--data", "d.json")
    with raw_server(hang) as (status_url, _):
        with served("--status-url", status_url, *options) as (url, process):
            (serial,) = send(url, "+8613711110100")
            assert hanging.wait(20)
            process.kill()
            process.wait(20)
        go.set()
    lines = Path("d.json.callbacks").read_text()
    assert lines == f"+ status {serial}\n"
    at = ("--status-url", "http://127.0.0.1:9/", "--for", "0s", *options)
    next_one = subprocess.run(
        [sys.executable, "-m", "smsops", "emulator", "serve", "--port", "0", *at],
        capture_output=True,
        text=True,
        timeout=60,
        env=ENVIRONMENT,
    )
    assert next_one.returncode == 0
    said = f"callbacks that were under way when the emulator ended: {serial}"
    assert said in next_one.stderr
