"""The Yisha gateway on the emulator's port: over the socket, without any signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from smsops.emulator.core import Emulator
from smsops.emulator.faults import Fault
from smsops.emulator.front import answer
from smsops.emulator.messages import sent
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Delivery, Request
from tests.emulator.conftest import Serve
from tests.emulator.test_yisha_values import DOCUMENTED
from tests.support.clock import FakeClock

MOBILE = "+8613700000000"


def ask(
    emulator: Emulator, name: str, given: Mapping[str, object], *, method: str = "POST"
) -> dict[str, Any]:
    """One call in process; its whole answer."""
    headers = {"content-type": "application/json"}
    reply = answer(
        emulator, Request(method, f"/comms/sms/{name}", headers, json.dumps(given).encode())
    )
    assert (reply.status, reply.delivery) == (200, Delivery.WHOLE)
    document: dict[str, Any] = json.loads(reply.body)
    return document


def send(emulator: Emulator, mobile: str = MOBILE, **given: object) -> str:
    """Send a message; its externalId."""
    document = ask(emulator, "sendmsg", {"mobile": mobile, "templateID": "77", **given})
    assert document["code"] == "0000"
    return str(document["externalId"])


@pytest.mark.parametrize("form", [True, False])
def test_the_documented_message_is_sent_and_pulled_over_the_socket(
    serve: Serve, form: bool
) -> None:
    """As form or JSON, without Authorization; it is in the store with its text and parameters."""
    url, emulator = serve(report_delay=0.0)
    sample = DOCUMENTED["sendmsg"]

    def post(name: str, given: dict[str, str]) -> dict[str, Any]:
        body: dict[str, Any] = {"data": given} if form else {"json": given}
        reply = httpx.post(f"{url}/comms/sms/{name}", trust_env=False, verify=False, **body)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
        document: dict[str, Any] = reply.json()
        return document

    answered = post("sendmsg", sample["request"])
    assert list(answered) == list(sample["response"])
    assert (answered["code"], answered["msg"]) == ("0000", sample["response"]["msg"])
    assert len(answered["externalId"]) == len(sample["response"]["externalId"])
    assert len(answered["requestId"]) == len(sample["response"]["requestId"])
    (message,) = emulator.messages()
    assert message.channel == "yisha"
    assert (message.serial, message.number) == (answered["externalId"], MOBILE)
    assert (message.template, message.text) == (sample["request"]["templateID"], sample["text"])
    assert (message.sign, message.params) == ("一砂", ("1234", "2345"))

    pulled = post("pullSmsSendStatus", {"externalId": message.serial})
    wanted = DOCUMENTED["pullSmsSendStatus"]["response"]
    assert pulled == {**wanted, "requestId": pulled["requestId"]}
    many = post("pullSmsSendStatusSet", {"externalIds": f"[{message.serial},nobody]"})
    wanted = DOCUMENTED["pullSmsSendStatusSet"]["response"]
    item = {"externalId": message.serial, "status": "200"}
    assert many.pop("smsSendStatusSe") == [item]
    assert many == {**wanted, "smsSendStatusSet": [item], "requestId": many["requestId"]}


def test_the_documented_pulls_are_answered_with_the_documented_ids(clock: FakeClock) -> None:
    """Of two ids, one is known."""
    emulator = Emulator(None, clock=clock.clock)
    shared = {
        "channel": "yisha", "version": "", "app": "", "sign": "", "template": "1", "text": "1",
        "params": [], "sent_at": clock.moment - 5, "session_context": "", "extend": "",
    }  # fmt: skip
    own = ["01234567890abcdef", MOBILE, "86", "CN", 1, "delivered", "DELIVRD", clock.moment, []]
    with emulator.store.writing():
        emulator.store.commit([sent(1, shared, [own])])
    for name in ("pullSmsSendStatus", "pullSmsSendStatusSet"):
        wanted = DOCUMENTED[name]["response"]
        document = ask(emulator, name, DOCUMENTED[name]["request"])
        document.pop("smsSendStatusSe", None)
        assert document == {**wanted, "requestId": document["requestId"]}


def test_a_status_is_there_for_a_minute(clock: FakeClock) -> None:
    """Nothing while it is under way, 200 afterwards, and an error when the minute is over."""
    emulator = Emulator(None, clock=clock.clock)
    serial = send(emulator)
    one, many = {"externalId": serial}, {"externalIds": f"[{serial}]"}
    assert ask(emulator, "pullSmsSendStatus", one)["status"] == ""
    assert ask(emulator, "pullSmsSendStatusSet", many)["smsSendStatusSet"] == []
    clock.advance(1)
    assert ask(emulator, "pullSmsSendStatus", one)["status"] == "200"
    clock.advance(59)
    assert ask(emulator, "pullSmsSendStatus", one)["status"] == "200"
    clock.advance(0.1)
    late = ask(emulator, "pullSmsSendStatus", one)
    assert (late["ver"], late["code"]) == ("1.0.0", "1005")
    assert "externalId" in late["msg"]
    assert ask(emulator, "pullSmsSendStatusSet", many)["smsSendStatusSet"] == []


def test_the_number_decides_what_becomes_of_a_message(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    refused = ask(emulator, "sendmsg", {"mobile": "+8613700000001", "templateID": "77"})
    assert (refused["code"], "externalId" in refused) == ("1005", False)
    assert emulator.messages()[0].verdict == "refused"
    unregistered = send(emulator, "+8613700000002")
    never = send(emulator, "+8613700000004")
    replying = send(emulator, "+8613700000008")
    clock.advance(30)
    statuses = {
        serial: ask(emulator, "pullSmsSendStatus", {"externalId": serial})["status"]
        for serial in (unregistered, never, replying)
    }
    assert list(statuses.values()) == ["NOREG", "", "200"]
    assert emulator.message(replying).replies[0].text == "R"


@pytest.mark.parametrize(("number", "kept"), [("+8613700000006", 1), ("+8613700000007", 0)])
def test_an_answer_can_be_lost_with_and_without_a_message(number: str, kept: int) -> None:
    emulator = Emulator(None)
    body = json.dumps({"mobile": number, "templateID": "77"}).encode()
    reply = answer(emulator, Request("POST", "/comms/sms/sendmsg", {}, body))
    assert reply.delivery is Delivery.DROPPED
    assert len(emulator.messages()) == kept


@pytest.mark.parametrize(
    ("name", "given", "word"),
    [
        ("sendmsg", {}, "mobile"),
        ("sendmsg", {"mobile": "13700000000", "templateID": "1"}, "E.164"),
        ("sendmsg", {"mobile": MOBILE, "templateID": "1", "templateParamSet": "[1"}, "array"),
        ("pullSmsSendStatus", {"externalId": "nobody"}, "externalId"),
        ("pullSmsSendStatusSet", {"externalIds": "[]"}, "1 to 100"),
        ("pullSmsSendStatusSet", {"externalIds": ",".join(map(str, range(101)))}, "1 to 100"),
        ("sendall", {}, "/comms/sms/sendall"),
    ],
)
def test_what_is_wrong_is_a_business_error_that_says_so(
    name: str, given: dict[str, object], word: str
) -> None:
    emulator = Emulator(None)
    document = ask(emulator, name, given)
    assert document["code"] == "1005"
    assert word in document["msg"]
    assert [*document][:3] == [*DOCUMENTED["failure"]][:3]
    assert emulator.messages() == []


def test_a_get_is_no_message() -> None:
    emulator = Emulator(None)
    given = {"mobile": MOBILE, "templateID": "77"}
    document = ask(emulator, "sendmsg", given, method="GET")
    assert (document["code"], emulator.messages()) == ("1005", [])


def test_a_web_page_sends_no_message() -> None:
    emulator = Emulator(None)
    body = json.dumps({"mobile": MOBILE, "templateID": "77"}).encode()
    reply = answer(
        emulator, Request("POST", "/comms/sms/sendmsg", {"origin": "https://a.example"}, body)
    )
    assert (json.loads(reply.body)["code"], emulator.messages()) == ("1005", [])


def test_messages_of_the_other_gateway_are_unknown(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    shared = {
        "channel": "tencent", "version": "", "app": "", "sign": "", "template": "1", "text": "1",
        "params": [], "sent_at": clock.moment, "session_context": "", "extend": "",
    }  # fmt: skip
    own = ["5000:1", MOBILE, "86", "CN", 1, "delivered", "DELIVRD", clock.moment, []]
    with emulator.store.writing():
        emulator.store.commit([sent(1, shared, [own])])
    assert ask(emulator, "pullSmsSendStatus", {"externalId": "5000:1"})["code"] == "1005"


def test_more_than_the_documented_calls_a_second_are_a_service_error(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    for _ in range(1000):
        send(emulator)
    given = {"mobile": MOBILE, "templateID": "77"}
    over = ask(emulator, "sendmsg", given)
    assert over == {**DOCUMENTED["failure"], "requestId": over["requestId"]}
    assert ask(Emulator(None, Settings(limits=False)), "sendmsg", given)["code"] == "0000"


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        (Fault("sendmsg", "drop", at="after-commit"), 1),
        (Fault("sendmsg", "drop", at="before-commit"), 0),
        (Fault("*", "status", status=502), 1),
        (Fault("sendmsg", "garbage"), 1),
    ],
)
def test_faults_strike_as_they_do_for_other_actions(fault: Fault, kept: int) -> None:
    emulator = Emulator(None, faults=[fault])
    body = json.dumps({"mobile": MOBILE, "templateID": "77"}).encode()
    reply = answer(emulator, Request("POST", "/comms/sms/sendmsg", {}, body))
    assert len(emulator.messages()) == kept
    spoilt = reply.delivery is Delivery.DROPPED or reply.status == 502 or reply.body[:1] == b"\0"
    assert spoilt


def test_an_ordered_error_is_told_as_the_document_does() -> None:
    emulator = Emulator(None, faults=[Fault("sendmsg", "error", code="1999", message="")])
    document = ask(emulator, "sendmsg", {"mobile": MOBILE, "templateID": "77"})
    assert document == {**DOCUMENTED["failure"], "requestId": document["requestId"]}
    assert emulator.messages() == []


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (Fault("sendmsg", "error", message="maintenance"), "9999", "系统异常 (maintenance)"),
        (Fault("sendmsg", "error", code="1999"), "1999", "A fault was ordered."),
        (Fault("sendmsg", "error", code="7777", message="x"), "7777", "(x)"),
    ],
)
def test_an_ordered_error_has_a_code_of_the_gateway_and_its_message(
    fault: Fault, code: str, said: str
) -> None:
    document = ask(Emulator(None, faults=[fault]), "sendmsg", {"mobile": MOBILE, "templateID": "7"})
    assert document["code"] == code
    assert said in document["msg"]


def test_calls_are_recorded() -> None:
    emulator = Emulator(None)
    send(emulator)
    ask(emulator, "pullSmsSendStatus", {"externalId": "nobody"})
    assert [(call.action, call.code) for call in emulator.calls] == [
        ("sendmsg", ""),
        ("pullSmsSendStatus", "1005"),
    ]
