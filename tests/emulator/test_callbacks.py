"""Bodies of callbacks, their order and the rules about URLs, as values."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from smsops.emulator.callbacks import (
    RULES,
    Disorder,
    Kind,
    Report,
    disorder,
    huawei_form,
    reply_object,
    reports_of,
    status_item,
    target,
)
from smsops.emulator.messages import Message, Reply
from smsops.errors import UsageError

DOCUMENTED: dict[str, Any] = json.loads(
    Path(__file__).with_name("documented").joinpath("callbacks.json").read_text("utf-8")
)
BEIJING = timezone(timedelta(hours=8))
MOMENT = datetime(2015, 10, 17, 8, 3, 4, tzinfo=BEIJING).timestamp()


def message(**changed: Any) -> Message:
    """A delivered message, as the example of the document has it."""
    return Message(
        seq=1,
        serial="xxxxxxx",
        number="+8613xxxxxxxxx",
        nation="86",
        iso="CN",
        fee=1,
        verdict="delivered",
        code="DELIVRD",
        report_at=MOMENT,
        replies=(),
        channel="tencent",
        version="2021-01-11",
        app="1400006666",
        sign="短信签名",
        template="1110",
        text="【短信签名】您好",
        params=(),
        sent_at=MOMENT - 1,
        session_context="",
        extend="",
    )._replace(**changed)


# ---- Tencent -----------------------------------------------------------------------------------


def test_a_status_report_is_the_documented_one_field_by_field() -> None:
    """An array, of strings alone; without ext where there is no session."""
    body = RULES[Kind.STATUS].encode(reports_of(Kind.STATUS, message()))
    assert json.loads(body) == DOCUMENTED["status"]
    assert list(json.loads(body)[0]) == list(DOCUMENTED["status"][0])


def test_a_failed_report_has_the_receipt_code_and_the_session() -> None:
    failed = message(verdict="failed", code="NOREG", session_context="order 7")
    item = status_item(failed)
    assert (item["report_status"], item["errmsg"], item["ext"]) == ("FAIL", "NOREG", "order 7")
    assert item["description"] != DOCUMENTED["status"][0]["description"]


def test_a_foreign_number_is_told_without_its_country_code() -> None:
    item = status_item(message(number="+14155550100", nation="1"))
    assert (item["nationcode"], item["mobile"]) == ("1", "4155550100")


def test_a_reply_is_the_documented_one_field_by_field() -> None:
    sent = message(extend="扩展码")
    reply = Reply("用户回复的内容", 1457336869.7)
    (report,) = reports_of(Kind.REPLY, sent, reply)
    body = json.loads(RULES[Kind.REPLY].encode([report]))
    assert body == DOCUMENTED["reply"] == reply_object(sent, reply)
    assert list(body) == list(DOCUMENTED["reply"])


@pytest.mark.parametrize(
    ("body", "right"),
    [
        (json.dumps(DOCUMENTED["answer"]).encode(), True),
        (b'{"result":1,"errmsg":"no"}', False),
        (b'{"result":"0"}', False),
        (b'{"result":false}', False),
        (b'{"code":0}', False),
        (b"[]", False),
        (b"OK", False),
        (b"", False),
        (b"[" * 100_000, False),
    ],
)
def test_only_result_0_is_a_right_answer(body: bytes, right: bool) -> None:
    """As a number, in an object; Huawei looks at the status alone."""
    assert RULES[Kind.STATUS].right(body) is right
    assert RULES[Kind.REPLY].right(body) is right
    assert RULES[Kind.HUAWEI].right(body)


def test_who_is_told_what() -> None:
    """Verdicts are not told as replies, nor the other way round; Tencent knows only its own."""
    told = {
        kind: (
            len(reports_of(kind, message())),
            len(reports_of(kind, message(), Reply("R", 1))),
            len(reports_of(kind, message(channel="yisha"))),
        )
        for kind in Kind
    }
    assert told == {Kind.STATUS: (1, 0, 0), Kind.REPLY: (0, 1, 0), Kind.HUAWEI: (1, 0, 1)}


# ---- Huawei ------------------------------------------------------------------------------------


def test_a_huawei_report_is_a_form_with_the_documented_fields() -> None:
    """In UTC, the colons of the time escaped."""
    rule = RULES[Kind.HUAWEI]
    body = rule.encode(reports_of(Kind.HUAWEI, message(serial="a_6")))
    assert body == (
        b"smsMsgId=a_6&total=1&sequence=1&status=DELIVRD&source=2"
        b"&updateTime=2015-10-17T00%3A03%3A04Z"
    )
    assert rule.content_type == DOCUMENTED["huawei"]["content_type"]


def test_extend_comes_with_the_number_or_not_at_all() -> None:
    form = huawei_form(Report(message(extend="12", number="+8613711112222")))
    assert (form["extend"], form["to"]) == ("12", "+8613711112222")
    assert not {"extend", "to"} & set(huawei_form(Report(message())))


@pytest.mark.parametrize("status", DOCUMENTED["huawei"]["statuses"])
def test_every_documented_status_can_be_reported_as_it_is(status: str) -> None:
    verdict = "delivered" if status == "DELIVRD" else "failed"
    form = huawei_form(Report(message(verdict=verdict, code=status, extend="1")))
    assert form["status"] == status
    assert form["source"] in DOCUMENTED["huawei"]["sources"]
    longest = DOCUMENTED["huawei"]["longest"]
    assert all(1 <= len(form[name]) <= longest[name] for name in form if name in longest)


@pytest.mark.parametrize("status", ["EXPIRED", "MC:0001", "IC:0001"])
def test_a_report_that_the_platform_makes_up_has_no_time(status: str) -> None:
    """Where the SMSC never reported; every other report has one."""
    form = huawei_form(Report(message(verdict="failed", code=status)))
    assert (form["source"], "updateTime" in form) == ("1", False)


@pytest.mark.parametrize(
    ("code", "status", "source"),
    [
        ("NOREG", "SC:0018", "3"),
        ("BLACK", "BLACK", "3"),
        ("E200020", "E200020", "3"),
        ("DJ:0255", "DJ:0255", "2"),
        ("LONGCODE", "UNDELIV", "2"),
        ("", "UNDELIV", "2"),
    ],
)
def test_codes_of_another_vendor_are_told_in_huaweis_words(
    code: str, status: str, source: str
) -> None:
    form = huawei_form(Report(message(verdict="failed", code=code)))
    assert (form["status"], form["source"], "updateTime" in form) == (status, source, True)


def test_a_long_message_is_reported_in_parts_with_one_id() -> None:
    reports = reports_of(Kind.HUAWEI, message(fee=3))
    forms = [dict(parse_qsl(RULES[Kind.HUAWEI].encode([report]).decode())) for report in reports]
    assert [(form["total"], form["sequence"]) for form in forms] == [
        ("3", "1"),
        ("3", "2"),
        ("3", "3"),
    ]
    assert {form["smsMsgId"] for form in forms} == {"xxxxxxx"}


# ---- disorder ----------------------------------------------------------------------------------


def numbers(pushes: list[Any]) -> list[list[int]]:
    return [[report.message.seq for report in push] for push in pushes]


def due(count: int) -> list[Report]:
    return [Report(message(seq=number)) for number in range(1, count + 1)]


def test_at_most_a_hundred_reports_are_pushed_together() -> None:
    pushes = Disorder().pushes(Kind.STATUS, due(250))
    assert [len(push) for push in pushes] == [100, 100, 50]
    assert numbers(pushes)[0][:3] == [1, 2, 3]
    assert [len(push) for push in Disorder().pushes(Kind.HUAWEI, due(2))] == [1, 1]


def test_what_is_due_together_is_reversed_before_it_is_cut() -> None:
    pushes = Disorder(reverse=True).pushes(Kind.STATUS, due(101))
    assert numbers(pushes) == [list(range(101, 1, -1)), [1]]


def test_duplicates_are_pushed_twice() -> None:
    assert numbers(Disorder(duplicate=True).pushes(Kind.HUAWEI, due(2))) == [[1], [1], [2], [2]]


def test_the_last_part_of_a_long_message_is_lost_and_no_whole_message() -> None:
    lossy = Disorder(lose_part=True)
    kept = lossy.kept(reports_of(Kind.HUAWEI, message(fee=3)))
    assert [report.sequence for report in kept] == [1, 2]
    assert len(lossy.kept(reports_of(Kind.HUAWEI, message()))) == 1
    assert len(lossy.kept(reports_of(Kind.STATUS, message(fee=3)))) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Disorder()),
        ("duplicate", Disorder(duplicate=True)),
        (
            "duplicate, reverse,delay:2s,lose-part",
            Disorder(duplicate=True, reverse=True, delay=(2, 2), lose_part=True),
        ),
        ("delay:1s-3s", Disorder(delay=(1, 3))),
    ],
)
def test_disorder_is_read_from_a_list(text: str, found: Disorder) -> None:
    assert disorder(text) == found


@pytest.mark.parametrize(
    "text", ["slow", "delay", "delay:", "delay:soon", "duplicate:2", "delay:3s-1s"]
)
def test_what_is_no_disorder_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        disorder(text)


# ---- URLs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8000/sms?token=x", "http://127.0.0.1:8000/sms"),
        ("http://127.8.0.1", "http://127.8.0.1:80/"),
        ("https://localhost/a", "https://localhost:443/a"),
        ("http://[::1]:9/a", "http://[::1]:9/a"),
    ],
)
def test_urls_of_this_machine_are_taken(url: str, shown: str) -> None:
    assert target(Kind.STATUS, url).shown == shown


def test_a_query_is_sent_and_not_shown() -> None:
    assert target(Kind.STATUS, "http://localhost/sms?token=x").path == "/sms?token=x"


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/sms",
        "http://10.0.0.1/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "ftp://127.0.0.1/",
        "127.0.0.1:8000",
        "http://",
        "http:///sms",
        "http://:8000/sms",
        "http://127.0.0.1:0/sms",
        "http://user@127.0.0.1/",
        "http://receiver.example@127.0.0.1/",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nX: y",
        "http://127.0.0.1/短信",
        "file:///etc/passwd",
        "",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--reply-url"):
        target(Kind.REPLY, url)


def test_a_host_that_is_named_is_allowed() -> None:
    there = target(Kind.HUAWEI, "https://Receiver.example/x", ["receiver.EXAMPLE"])
    assert (there.host, there.port, there.secure) == ("receiver.example", 443, True)
    with pytest.raises(UsageError) as caught:
        target(Kind.HUAWEI, "https://receiver.example/x", ["example"])
    assert "--allow-callback receiver.example" in str(caught.value.hint)
