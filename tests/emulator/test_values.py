"""What cannot be stored: found at the door, and mended where a file has it already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsops.emulator.core import Emulator
from smsops.emulator.faults import parse
from smsops.emulator.seed import SeedError
from smsops.emulator.settings import duration
from smsops.emulator.values import flaw, is_moment, mended
from smsops.errors import UsageError
from tests.emulator.conftest import Serve
from tests.support.clock import FakeClock
from tests.support.emulator_api import SEEDED_SIGN, TEMPLATE, call

HALF = "half a character (a lone surrogate) is no text"
LARGE = "a number that is too large, or none"
PAGES = ("/desk/messages", "/desk/review", "/desk/calls", "/desk/faults")
LISTS = ("objects", "messages", "faults", "calls", "ledger", "callbacks")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": [1, 2.5, "文😀", None, True]}, ""),
        ("\ud800", HALF),
        ({"a": [1, {"b": "x\udfff"}]}, f"a[1].b: {HALF}"),
        ({"\ud800": 1}, f"'\\ud800': {HALF}"),
        ([float("nan")], f"[0]: {LARGE}"),
        ([1, float("inf")], f"[1]: {LARGE}"),
        ({"created": 1e300}, f"created: {LARGE}"),
        ({"id": 10**30}, "id: a number beyond 63 bits"),
        ({"first": "\ud800", "second": 1e300}, f"first: {HALF}"),
    ],
)
def test_the_first_flaw_is_named_with_its_place(value: object, found: str) -> None:
    assert flaw(value) == found
    assert flaw(mended(value)) == ""


def test_values_may_be_nested_as_deep_as_they_are_read() -> None:
    assert flaw(json.loads("[" * 900 + "]" * 900)) == ""


@pytest.mark.parametrize("value", [True, "1", None, -1, float("nan"), float("inf"), 253402300800])
def test_what_is_no_moment(value: object) -> None:
    assert not is_moment(value)
    assert is_moment(0)
    assert is_moment(253402300799.0)


def healthy(url: str) -> None:
    """Every list and page is answered, in JSON that other programs read."""
    with httpx.Client(
        base_url=url, trust_env=False, verify=False, headers={"accept": "text/html"}
    ) as client:
        for path in LISTS:
            reply = client.get(f"/_emulator/{path}")
            assert reply.status_code == 200
            json.loads(reply.content, parse_constant=lambda name: pytest.fail(name))
        assert [client.get(page).status_code for page in PAGES] == [200] * len(PAGES)


REVIEW = '{"kind":"sign","id":1110,"verdict":"rejected"'
ODD = [
    ("review", REVIEW + ',"reply":"\\ud800"}', f"reply: {HALF}"),
    ("review", REVIEW + ',"reply":7}', "reply is not text"),
    ("review", '{"kind":"sign","id":true,"verdict":"rejected"}', "id is not a whole number"),
    ("review", '{"kind":"sign","id":1110,"code":false}', "code is not a whole number"),
    ("review", '{"kind":"sign","id":1110,"code":1e300}', f"code: {LARGE}"),
    ("review", '{"kind":"sign","id":1110,"code":4294967296}', "code: a review code has"),
    ("seed", '[{"kind":"sign","signName":"a","created":NaN}]', f"[0].created: {LARGE}"),
    ("seed", '[{"kind":"sign","signName":"a","created":1e11}]', None),
    ("seed", '[{"kind":"sign","signName":"a","created":253402300800}]', "created is not"),
    ("seed", '[{"kind":"sign","signName":"a","created":true}]', "created is not"),
    ("seed", '[{"kind":"sign","signName":"a","created":-1}]', "created is not"),
    ("seed", '[{"kind":"sign","signName":"a","id":9007199254740992}]', "id is not between"),
    ("seed", '[{"kind":"sign","signName":"a","id":true}]', "id is not an integer"),
    ("seed", '[{"kind":"sign","signName":"a","status":99999999999}]', "status is"),
    ("seed", '[{"kind":"sign","signName":"a","reply":[1]}]', "reply is not text"),
    ("seed", '[{"kind":"sign","signName":"a","signType":true}]', "signType is company"),
    ("seed", '[{"kind":"sign","signName":"a","remark":false}]', "remark is neither"),
    ("seed", '[{"kind":"qualification","id":5,"name":"\\ud800"}]', f"[0].name: {HALF}"),
    ("seed", '[{"kind":"qualification","id":5,"name":true}]', "name is not text"),
    ("seed", '[{"kind":"package","app":true,"id":1,"amount":1}]', "needs app"),
    ("seed", '[{"kind":"package","app":"1","id":1,"amount":1,"expires":1000000000000}]', "expires"),
    ("messages", '{"serial_no":"\\ud800","reply":"R"}', f"serial_no: {HALF}"),
    ("messages", '{"serial_no":"1","verdict":"failed","code":7}', "code is not text"),
    ("messages", '{"serial_no":"1","reply":true}', "reply is not text"),
    ("faults", '[{"kind":"error","code":"\\ud800"}]', f"[0].code: {HALF}"),
    ("faults", '[{"kind":"delay","seconds":NaN}]', f"[0].seconds: {LARGE}"),
    ("faults", '[{"kind":"delay","seconds":86401}]', "seconds from 0 to 86400"),
    ("faults", '[{"kind":"delay","seconds":true}]', "'seconds' cannot be True"),
    ("faults", '[{"kind":"delay","seconds":[]}]', "'seconds' cannot be"),
    ("faults", '[{"kind":"error","when":true}]', "'when' cannot be True"),
    ("faults", '[{"kind":"error","when":0}]', "calls from 1"),
    ("faults", '[{"kind":"error","when":[1,true]}]', "'when' cannot be"),
    ("faults", '[{"kind":"status","status":204}]', "status from 200"),
    ("faults", '[{"kind":"status","status":100}]', "status from 200"),
    ("faults", '[{"kind":"gzip-bomb","value":true}]', "value True"),
    ("remove", '{"kind":"sign","id":true}', "id is not a whole number"),
    ("reset", '{"all":1}', "a reset is"),
]


def test_what_enters_is_checked_at_the_door_and_the_field_is_named(serve: Serve) -> None:
    url, emulator = serve()
    emulator.seed([SEEDED_SIGN])
    for path, body, why in ODD:
        reply = httpx.post(
            f"{url}/_emulator/{path}",
            content=body,
            headers={"content-type": "application/json"},
            trust_env=False,
            verify=False,
        )
        assert reply.status_code == (200 if why is None else 400), body
        assert why is None or why in reply.json()["error"], body
    healthy(url)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"mobile":"+8613700000000","templateID":"\\ud800"}', f"templateID: {HALF}"),
        ('{"mobile":"+8613700000000","templateID":"1","templateParamSet":["\\udfff"]}', HALF),
        ('{"mobile":"+8613700000000","templateID":"1","templateParamSet":[1e999]}', LARGE),
        ('{"mobile":"+8613700000000","templateID":"1","templateParamSet":[true]}', "no array"),
        ('{"mobile":"+8613700000000","templateID":"1","templateParamSet":[[1]]}', "no array"),
        ('{"mobile":"+8613700000000","templateID":"1","templateParamSet":{"a":1}}', "no array"),
    ],
)
def test_yisha_answers_1005(serve: Serve, body: str, why: str) -> None:
    url, emulator = serve()
    headers = {"content-type": "application/json"}
    address = f"{url}/comms/sms/sendmsg"
    reply = httpx.post(address, content=body, headers=headers, trust_env=False, verify=False)
    assert (reply.status_code, reply.json()["code"]) == (200, "1005")
    assert why in reply.json()["msg"]
    assert emulator.messages() == []


@pytest.mark.parametrize("path", [None, "emulator.json"])
def test_commands_and_programs_pass_the_same_door(tmp_path: Path, path: str | None) -> None:
    emulator = Emulator(tmp_path / path if path else None)
    emulator.seed([SEEDED_SIGN])
    with pytest.raises(SeedError, match="reply"):
        emulator.review("sign", 1110, -1, "\udcff")
    with pytest.raises(SeedError, match="seed 1: created"):
        emulator.seed([{"kind": "sign", "signName": "a", "created": float("nan")}])
    with pytest.raises(UsageError, match="code"):
        parse([{"kind": "error", "code": "\ud800"}])
    assert [item.name for item in emulator.items("sign")] == [SEEDED_SIGN["signName"]]


@pytest.mark.parametrize("text", ["36501d", "9" * 400, "99999999999999999999s"])
def test_a_duration_has_a_most(text: str) -> None:
    assert duration("36500d") == 36500 * 86400
    with pytest.raises(UsageError, match="hundred years"):
        duration(text)


def test_a_file_that_holds_such_things_opens(tmp_path: Path, clock: FakeClock) -> None:
    """Of a version that let them in: every list is answered, and the file is written on."""
    path = tmp_path / "emulator.json"
    Emulator(path, clock=clock.clock).seed([SEEDED_SIGN, {**SEEDED_SIGN, "signName": "b"}])
    raw = path.read_bytes()
    assert raw.count(b"1790000000.0") == 4
    for odd in (b"NaN", b"1e+300", b"-Infinity", b"9" * 30):
        raw = raw.replace(b"1790000000.0", odd, 1)
    path.write_bytes(raw.replace(b'"reply":""', b'"reply":"\\ud800"'))
    emulator = Emulator(path, clock=clock.clock)
    items = emulator.items("sign")
    assert [(item.added, item.submitted, item.reply) for item in items] == [(0, 0, "\ufffd")] * 2
    listed: dict[str, Any] = call(
        emulator, "DescribeSmsSignList", now=clock.moment, International=0
    )
    assert len(listed["DescribeSignListStatusSet"]) == 2
    call(emulator, "AddSmsTemplate", now=clock.moment, **TEMPLATE)
    assert len(Emulator(path, clock=clock.clock).items("template")) == 1
