"""Messages over a socket: the routes for tests, faults of sending, and the switches of `serve`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from smsops.emulator.actions import ACTIONS
from tests.emulator.conftest import Serve
from tests.emulator.messages import ACCOUNT, APP, NUMBER, OTHER, SIGN, sms
from tests.support.emulator_api import Refusal, ask, sdk


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10, verify=False) as client:
        yield client


class Service:
    """A served account that can send, its SDK client and its routes for tests."""

    def __init__(self, serve: Serve, client: httpx.Client, **settings: Any) -> None:
        self.url, self.emulator = serve(**settings)
        self.emulator.seed(ACCOUNT)
        self.sdk = sdk(self.url)
        self._client = client

    def send(self, *numbers: str, **parameters: Any) -> list[dict[str, Any]]:
        statuses: list[dict[str, Any]] = ask(self.sdk, "SendSms", **sms(*numbers, **parameters))[
            "SendStatusSet"
        ]
        return statuses

    def get(self, path: str = "messages") -> Any:
        return self._client.get(f"{self.url}/_emulator/{path}").json()

    def post(self, document: object, path: str = "messages") -> httpx.Response:
        return self._client.post(f"{self.url}/_emulator/{path}", json=document)


def test_messages_are_listed_for_tests(serve: Serve, client: httpx.Client) -> None:
    service = Service(serve, client, report_delay=0.0)
    (sent,) = service.send(NUMBER, SessionContext="order 1")
    service.send("18501230001")
    refused, message = service.get()["messages"]
    at = message["sent_at"]
    assert abs(time.time() - at) < 60
    assert message == {
        "serial_no": sent["SerialNo"],
        "seq": 1,
        "channel": "tencent",
        "app": APP,
        "to": NUMBER,
        "sign": SIGN,
        "template_id": "1110",
        "text": f"【{SIGN}】验证码是4370",
        "params": ["4370"],
        "fee": 1,
        "verdict": "delivered",
        "code": "DELIVRD",
        "sent_at": at,
        "reported_at": at,
        "session_context": "order 1",
        "replies": [],
    }
    assert (refused["verdict"], refused["serial_no"]) == ("refused", "")
    assert refused["code"] == "FailedOperation.PhoneNumberInBlacklist"


def test_a_test_reports_and_replies(serve: Serve, client: httpx.Client) -> None:
    service = Service(serve, client)
    (sent,) = service.send("18501230004")
    serial = sent["SerialNo"]
    assert service.get()["messages"][0]["verdict"] == "pending"
    assert service.post({"serial_no": serial, "verdict": "failed", "code": "BLACK"}).json() == {}
    assert service.post({"serial_no": serial, "reply": "<b>好</b>"}).json() == {}
    (message,) = service.get()["messages"]
    assert (message["verdict"], message["code"]) == ("failed", "BLACK")
    assert [reply["text"] for reply in message["replies"]] == ["<b>好</b>"]
    (reply,) = ask(service.sdk, "PullSmsReplyStatus", SmsSdkAppId=APP, Limit=1)[
        "PullSmsReplyStatusSet"
    ]
    assert reply["ReplyContent"] == "<b>好</b>"


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"serial_no": "SERIAL"},
        {"verdict": "delivered"},
        {"serial_no": "SERIAL", "verdict": "delivered", "reply": "x"},
        {"serial_no": "SERIAL", "verdict": "gone"},
        {"serial_no": "SERIAL", "reply": 1},
        {"serial_no": "5000:0", "verdict": "delivered"},
        {"serial_no": 5000, "verdict": "delivered"},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(
    serve: Serve, client: httpx.Client, document: Any
) -> None:
    service = Service(serve, client)
    (sent,) = service.send("18501230004")
    if isinstance(document, dict) and document.get("serial_no") == "SERIAL":
        document = {**document, "serial_no": sent["SerialNo"]}
    before = service.get()
    reply = service.post(document)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert service.get() == before


def test_an_account_is_reset(serve: Serve, client: httpx.Client) -> None:
    service = Service(serve, client)
    service.send()
    assert service.post({"what": "everything"}, "reset").status_code == 400
    assert service.post({}, "reset").json() == {}
    assert service.get()["messages"] == []
    assert len(service.get("objects")["templates"]) == 6
    assert service.post({"all": True}, "reset").json() == {}
    assert service.get("objects") == {"signs": [], "templates": []}


# ---- what goes wrong on the way ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ({"kind": "drop", "at": "before-commit"}, 0),
        ({"kind": "drop", "at": "after-commit"}, 1),
        ({"kind": "status", "status": 502, "at": "before-commit"}, 0),
        ({"kind": "status", "status": 502}, 1),
        ({"kind": "garbage"}, 1),
        ({"kind": "error", "code": "InternalError.Timeout"}, 0),
        ({"kind": "error", "code": "InternalError.Timeout", "at": "after-commit"}, 1),
    ],
)
def test_faults_strike_sending_before_or_after(
    serve: Serve, client: httpx.Client, fault: dict[str, Any], sent: int
) -> None:
    """And never twice: the next call works."""
    service = Service(serve, client)
    service.post([{"action": "SendSms", "when": 1, **fault}], "faults")
    with pytest.raises(Refusal):
        service.send()
    assert len(service.emulator.messages()) == sent
    assert service.send(OTHER)[0]["Code"] == "Ok"


def test_ids_of_messages_are_left_out_and_exchanged(serve: Serve, client: httpx.Client) -> None:
    """Of each number; the message itself has the one that was drawn."""
    service = Service(serve, client)
    faults = [{"kind": "no-id", "when": 1}, {"kind": "id", "when": 2, "value": "twice"}]
    service.post([{"action": "SendSms", **fault} for fault in faults], "faults")
    assert [status.get("SerialNo") for status in service.send(NUMBER, OTHER)] == [None, None]
    assert [status["SerialNo"] for status in service.send(NUMBER, OTHER)] == ["twice"] * 2
    drawn = {message["serial_no"] for message in service.get()["messages"]}
    assert len(drawn) == 4
    assert "twice" not in drawn


def test_a_pull_whose_answer_is_lost_has_consumed(serve: Serve, client: httpx.Client) -> None:
    """As the service's queue: what was handed out is gone."""
    service = Service(serve, client, report_delay=0.0)
    service.send()
    service.post([{"action": "PullSmsSendStatus", "kind": "drop", "when": 1}], "faults")
    with pytest.raises(Refusal):
        ask(service.sdk, "PullSmsSendStatus", SmsSdkAppId=APP, Limit=1)
    pulled = ask(service.sdk, "PullSmsSendStatus", SmsSdkAppId=APP, Limit=1)
    assert pulled["PullSmsSendStatusSet"] == []


def test_answers_are_lost_by_number_on_a_socket(serve: Serve, client: httpx.Client) -> None:
    service = Service(serve, client)
    for number, sent in (("18501230006", 1), ("18501230007", 1)):
        with pytest.raises(Refusal) as refused:
            service.send(number)
        assert refused.value.code == "ClientNetworkError"
        assert len(service.emulator.messages()) == sent


def test_everything_is_asked_by_get_too(serve: Serve, client: httpx.Client) -> None:
    """Arrays of texts as PhoneNumberSet.0, a plus sign encoded."""
    url, emulator = serve()
    emulator.seed(ACCOUNT)
    getting = sdk(url, method="GET")
    one, two = ask(getting, "SendSms", **sms(NUMBER, OTHER))["SendStatusSet"]
    assert (one["PhoneNumber"], two["PhoneNumber"]) == (NUMBER, OTHER)
    found = ask(getting, "DescribePhoneNumberInfo", PhoneNumberSet=[NUMBER])
    assert found["PhoneNumberInfoSet"][0]["IsoCode"] == "CN"


def test_a_server_tells_what_is_due_by_itself(serve: Serve, client: httpx.Client) -> None:
    """Without any call."""
    from threading import Event

    service = Service(serve, client, report_delay=0.2)
    there = Event()
    service.emulator.subscribe(lambda kind, _: there.set() if kind == "report" else None)
    service.send()
    assert there.wait(20)


def test_limits_of_the_document_hold_for_questions(serve: Serve, client: httpx.Client) -> None:
    service = Service(serve, client, limits=True)
    asked = {"SmsSdkAppId": APP, "BeginTime": "2026010100", "EndTime": "2026010100"}
    codes = []
    for _ in range(11):
        try:
            ask(service.sdk, "SendStatusStatistics", **asked, Limit=0, Offset=0)
            codes.append("")
        except Refusal as refusal:
            codes.append(refusal.code)
    assert set(codes) <= {"", "RequestLimitExceeded"}
    assert codes[:10] == [""] * 10


#: 1. API 概览 of the document, 2025-04-25; DescribeSendRecordList and STS of their own pages.
LIMITS = {
    "CallbackStatusStatistics": 10,
    "SendStatusStatistics": 10,
    "SmsPackagesStatistics": 10,
    "AddSmsTemplate": 2,
    "DeleteSmsTemplate": 1,
    "DescribeSmsTemplateList": 20,
    "ModifySmsTemplate": 20,
    "AddSmsSign": 1,
    "DeleteSmsSign": 1,
    "DescribeSmsSignList": 20,
    "ModifySmsSign": 1,
    "PullSmsReplyStatus": 100,
    "PullSmsReplyStatusByPhoneNumber": 20,
    "PullSmsSendStatus": 100,
    "PullSmsSendStatusByPhoneNumber": 20,
    "DescribePhoneNumberInfo": 1000,
    "ReportConversion": 1000,
    "SendSms": 3000,
    "DescribeSendRecordList": 10,
}


def test_every_action_of_the_document_is_there_with_its_limit() -> None:
    there = {
        name: action.limit for (version, name), action in ACTIONS.items() if version == "2021-01-11"
    }
    assert there == LIMITS
