"""What vendors push and answer, field by field, as their documents show it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest

from smsops.delivery.conversion import tencent
from smsops.delivery.conversion.redaction import redacted
from smsops.delivery.identity import report_key
from smsops.delivery.model import Reply, Report
from smsops.receiving.bodies import Reader, Refused
from smsops.receiving.paths import Endpoint, Place
from tests.support.receipts import NUMBER, SECRET

#: The examples of the documents, with digits for what they leave out.
PUSHED = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13800000123",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "2019:538884066823",
}
REPLY = {
    "extend": "01",
    "mobile": "13800000123",
    "nationcode": "86",
    "sign": "短信签名",
    "text": "用户回复的内容",
    "time": 1457336869,
}
FORM = {
    "sequence": "1",
    "total": "1",
    "orgCode": "000",
    "updateTime": "2018-04-13T06:31:46Z",
    "source": "2",
    "smsMsgId": "2ea20735-f856-4376-afbf-570bd70a46ee_11840135_6",
    "status": "DELIVRD",
}
APPLICATION = Place(Endpoint.TENCENT, "1400006666")
READER = Reader(SECRET)


def read(place: Place, body: object) -> list[Report | Reply]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(READER.read(place, raw, 1000).rows)


def form(**fields: Any) -> bytes:
    return urlencode({**FORM, **fields}).encode()


def status(body: object) -> Report:
    (found,) = read(APPLICATION, [body])
    assert isinstance(found, Report)
    return found


def test_a_pushed_report_of_tencent() -> None:
    found = status(PUSHED)
    assert (found.id.application, found.id.message) == ("1400006666", "2019:538884066823")
    assert (found.status, found.verdict, found.code) == ("SUCCESS", "delivered", "DELIVRD")
    assert found.number == NUMBER
    assert (found.vendor_at, found.stamp) == (1445040184, "2015-10-17 08:03:04")
    assert (found.sequence, found.total, found.heard_at) == (1, 1, 1000)


@pytest.mark.parametrize(
    ("fields", "item"),
    [
        (
            tencent.STATUS_PULLED,
            {
                "CountryCode": "86",
                "SubscriberNumber": "13800000123",
                "PhoneNumber": "+8613800000123",
                "UserReceiveTime": 1445040184,
            },
        ),
        (
            tencent.STATUS_PULLED_2019,
            {
                "NationCode": "86",
                "PhoneNumber": "13800000123",
                "PurePhoneNumber": "+8613800000123",
                "UserReceiveTime": "2015-10-17 08:03:04",
                "UserReceiveUnixTime": 1445040184,
            },
        ),
    ],
)
def test_a_pulled_report_is_the_same_as_the_pushed_one(
    fields: tencent.StatusFields, item: dict[str, object]
) -> None:
    same = {"SerialNo": PUSHED["sid"], "ReportStatus": "SUCCESS", "Description": "DELIVRD"}
    pulled = tencent.status_report(
        {**item, **same}, fields, application="1400006666", secret=SECRET, heard_at=2000
    )
    assert report_key(pulled) == report_key(status(PUSHED))
    assert pulled.vendor_at == 1445040184


def test_a_pushed_and_a_pulled_reply_are_one() -> None:
    (pushed,) = read(Place(Endpoint.TENCENT_REPLIES), REPLY)
    item = {
        "ReplyContent": REPLY["text"],
        "ReplyUnixTime": REPLY["time"],
        "ExtendCode": "01",
        "ReplyTime": "2016-03-07 15:47:49",
        "Sign": REPLY["sign"],
        "PhoneNumber": "+8613800000123",
        "NationCode": "86",
    }
    pulled = tencent.reply(
        item, tencent.REPLY_PULLED_2019, application="1400006666", secret=SECRET, heard_at=1
    )
    assert isinstance(pushed, Reply)
    assert pushed.key == pulled.key
    assert (pushed.sign, pushed.extend, pushed.replied_at) == ("短信签名", "01", 1457336869)
    assert (pushed.number, pushed.text, pushed.application) == (NUMBER, None, "")


def test_a_reply_keeps_its_text_only_when_asked_to() -> None:
    taken = Reader(SECRET, keep_replies=True).read(APPLICATION, json.dumps(REPLY).encode(), 1)
    (kept,) = taken.rows
    assert isinstance(kept, Reply)
    assert (kept.text, kept.application) == ("用户回复的内容", "1400006666")


def test_a_form_and_a_batch_of_huawei_are_the_same_report() -> None:
    (single,) = read(Place(Endpoint.HUAWEI), form())
    (batched,) = read(Place(Endpoint.HUAWEI), {"statusReportList": [FORM]})
    assert single == batched
    assert isinstance(single, Report)
    assert (single.id.message, single.code) == (FORM["smsMsgId"], "DELIVRD")
    assert (single.verdict, single.vendor_at, single.number) == ("delivered", 1523601106, None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "EXPIRED", "updateTime": ""}, ("failed", None, "", 1, 1)),
        ({"status": "UNKNOWN"}, ("pending", 1523601106, FORM["updateTime"], 1, 1)),
        ({"total": "3", "sequence": "2"}, ("delivered", 1523601106, FORM["updateTime"], 2, 3)),
        ({"total": "1", "sequence": "9"}, ("delivered", 1523601106, FORM["updateTime"], 1, 1)),
        ({"updateTime": "+8613800000123"}, ("delivered", None, "", 1, 1)),
    ],
)
def test_parts_times_and_statuses_of_huawei(fields: dict[str, str], expected: object) -> None:
    (found,) = read(Place(Endpoint.HUAWEI), form(**fields))
    assert isinstance(found, Report)
    said = found.verdict.value, found.vendor_at, found.stamp, found.sequence, found.total
    assert said == expected


@pytest.mark.parametrize(
    "to", ["+8613800000123", "8613800000123", "13800000123", "008613800000123"]
)
def test_a_number_of_huawei_in_any_form(to: str) -> None:
    (found,) = read(Place(Endpoint.HUAWEI), form(extend="x", to=to))
    assert isinstance(found, Report)
    assert found.number == NUMBER


def test_an_uplink_form_of_huawei() -> None:
    fields = {"smsMsgId": "r1", "from": "+8613800000123", "to": "106900", "body": "Y"}
    (found,) = read(Place(Endpoint.HUAWEI_REPLIES), urlencode(fields).encode())
    assert isinstance(found, Reply)
    assert (found.message, found.number, found.text) == ("r1", NUMBER, None)


@pytest.mark.parametrize(
    "change", [{"nationcode": 86, "mobile": 13800000123}, {"ext": "x"}, {"new": [1]}]
)
def test_what_a_report_may_have_otherwise(change: dict[str, object]) -> None:
    assert report_key(status({**PUSHED, **change})) == report_key(status(PUSHED))


def test_a_status_is_believed_and_no_code() -> None:
    assert status({**PUSHED, "report_status": "FAIL"}).verdict == "failed"
    assert status({**PUSHED, "errmsg": "NOREG"}).verdict == "delivered"


def test_a_masked_number_costs_no_report() -> None:
    assert status({**PUSHED, "mobile": "13xxxxxxxxx"}).number is None


BROKEN = [{}, 4, None, [], {**PUSHED, "sid": ""}, {**PUSHED, "sid": "x" * 300}]


def test_broken_items_are_told_apart_and_the_rest_is_kept() -> None:
    body = json.dumps([*BROKEN, PUSHED]).encode()
    taken = READER.read(APPLICATION, body, 1)
    assert (len(taken.rows), len(taken.broken)) == (1, len(BROKEN))


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        (APPLICATION, b"[]", 400),
        (APPLICATION, json.dumps(BROKEN).encode(), 400),
        (APPLICATION, b'{"foo":1}', 400),
        (APPLICATION, b"\xff\xfe", 400),
        (APPLICATION, b"[" * 100_000, 400),
        (APPLICATION, b"1" * 9000, 400),
        (APPLICATION, json.dumps([PUSHED] * 101).encode(), 413),
        (Place(Endpoint.TENCENT_REPLIES), json.dumps([PUSHED]).encode(), 400),
        (Place(Endpoint.HUAWEI), b"", 400),
        (Place(Endpoint.HUAWEI), b"{}", 400),
        (Place(Endpoint.HUAWEI), form() + b"&status=EXPIRED", 400),
        (Place(Endpoint.HUAWEI), b"&".join(b"a%d=1" % n for n in range(60)), 400),
        (Place(Endpoint.HUAWEI_REPLIES), b"from=nobody", 400),
    ],
)
def test_what_is_no_such_thing_is_refused(place: Place, body: bytes, status: int) -> None:
    with pytest.raises(Refused) as caught:
        READER.read(place, body, 1)
    assert caught.value.status == HTTPStatus(status)


def test_quarantine_tells_shapes_and_no_value() -> None:
    found = redacted({**PUSHED, **REPLY, "13800000123": "13800000123", "sid": None})
    assert found == {
        "user_receive_time": "9999-99-99 99:99:99",
        "nationcode": "99",
        "mobile": "str(11)",
        "report_status": "AAAAAAA",
        "errmsg": "AAAAAAA",
        "description": "str(8)",
        "sid": "NoneType",
        "extend": "str(2)",
        "sign": "str(4)",
        "text": "str(7)",
        "time": "9999999999",
        "?": "str(11)",
    }
