"""What the Yisha gateway reads and says, as values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from smsops.emulator import yisha
from smsops.emulator.wire import Refused, Request
from tests.emulator.test_callbacks import message

DOCUMENTED: dict[str, Any] = json.loads(
    Path(__file__).with_name("documented").joinpath("yisha.json").read_text("utf-8")
)


TABLES = {row.name: row.parameters for row in yisha.OPERATIONS}


def request(body: bytes, content_type: str = "") -> Request:
    return Request("POST", "/comms/sms/sendmsg", {"content-type": content_type}, body)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", ["json", "json without a type", "form"])
def test_the_documented_requests_are_read_as_form_and_as_json(name: str, kind: str) -> None:
    given = DOCUMENTED[name]["request"]
    if kind == "form":
        made = request(
            urlencode(given).encode(), "application/x-www-form-urlencoded; charset=UTF-8"
        )
    else:
        made = request(json.dumps(given).encode(), "application/json" if kind == "json" else "")
    assert yisha.parse(made, TABLES[name]) == given


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[1234,2345]", ("1234", "2345")),
        ("[01234567890abcdef,123456778abfds]", ("01234567890abcdef", "123456778abfds")),
        ("['a','b']", ("a", "b")),
        ('["a, b","c\\"d"]', ("a, b", 'c"d')),
        ("2233, 1", ("2233", "1")),
        ("[]", ()),
        ("", ()),
        (None, ()),
        ("[1.50,]", ("1.50", "")),
        ("[ 1 , 2 ]", ("1", "2")),
        (["1", 2], ("1", "2")),
        ("一,二", ("一", "二")),
        ('["a"b, "c]', ('"a"b', '"c')),
    ],
)
def test_arrays_in_all_spellings(text: object, items: tuple[str, ...]) -> None:
    assert yisha.array(text) == items


@pytest.mark.parametrize("text", ["[1,2", "1,2]"])
def test_what_is_no_array(text: str) -> None:
    with pytest.raises(Refused) as caught:
        yisha.array(text)
    assert caught.value.code == "1005"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "mobile is missing"),
        (b"{", "the body is not JSON"),
        (b"[" * 100_000, "mobile is missing"),
        (b'{"mobile":"+8613700000000"}', "templateID is missing"),
        (b'{"mobile":"","templateID":"1"}', "mobile is missing"),
        (b'{"mobile":13700000000,"templateID":"1"}', "mobile is no String"),
        (b"mobile=%ff", "the body is neither JSON nor a form in UTF-8"),
        (b"\xff", "the body is neither JSON nor a form in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_request(body: bytes, why: str) -> None:
    with pytest.raises(Refused) as caught:
        yisha.parse(request(body), TABLES["sendmsg"])
    assert (caught.value.code, caught.value.message) == ("1005", why)


def test_a_json_body_that_is_no_object() -> None:
    with pytest.raises(Refused, match="not a JSON object"):
        yisha.parse(request(b"[1]", "application/json"), TABLES["sendmsg"])


@pytest.mark.parametrize("number", ["13700000000", "86137", "+0123456789", "+86 137", "+8613x"])
def test_a_number_is_e164(number: str) -> None:
    with pytest.raises(Refused, match=r"E\.164"):
        yisha.mobile({"mobile": number})


def test_a_plus_that_was_not_escaped_in_a_form_is_explained() -> None:
    given = yisha.parse(request(b"mobile=+8613700000000&templateID=1"), TABLES["sendmsg"])
    with pytest.raises(Refused, match="%2B"):
        yisha.mobile(given)


def test_the_documented_template_is_rendered_from_zero() -> None:
    sample = DOCUMENTED["sendmsg"]
    params = yisha.array(sample["request"]["templateParamSet"])
    sign, text = yisha.rendered(sample["request"]["templateID"], params)
    assert (sign, text) == ("一砂", sample["text"])


def test_a_template_that_nobody_knows_shows_its_id_and_values() -> None:
    assert yisha.rendered("77", ("a", "b")) == ("", "77: a, b")
    assert yisha.rendered("77", ()) == ("", "77")


def test_answers_are_the_documented_ones_field_by_field() -> None:
    """With their members in the same order."""
    sent = DOCUMENTED["sendmsg"]["response"]
    pulled = DOCUMENTED["pullSmsSendStatus"]["response"]
    request_id = sent["requestId"]
    for expected, made in (
        (sent, yisha.answer({"externalId": sent["externalId"]}, request_id)),
        (pulled, yisha.answer({"status": "200"}, request_id)),
        (DOCUMENTED["failure"], yisha.answer({"code": "1999"}, request_id)),
    ):
        assert made == expected
        assert list(made) == list(expected)


@pytest.mark.parametrize(
    ("verdict", "code", "status"),
    [("delivered", "DELIVRD", "200"), ("pending", "", ""), ("failed", "NOREG", "NOREG")],
)
def test_only_delivered_is_200(verdict: str, code: str, status: str) -> None:
    assert yisha.status(message(verdict=verdict, code=code)) == status
