"""Signatures: what every SDK may do, and what a refusal says about the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from smsops.emulator.wire import Request
from tests.support.clock import FakeClock
from tests.support.emulator_api import response, signed

HOST = "127.0.0.1:8080"
PARAMETERS = {"International": 0, "SignIdSet": [1110, 1]}
SECRET = "emulator"

Alter = Callable[[Request], Request]


def ask(clock: FakeClock, request: Request, *, service: str = "sms") -> tuple[str, str]:
    """The error code and message of a request, both empty when it is fine."""
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock)
    error = response(emulator.handle(request)).get("Error", {})
    return error.get("Code", ""), error.get("Message", "")


def made(clock: FakeClock, parameters: object = PARAMETERS, **how: Any) -> Request:
    """A signed request to the emulator on loopback."""
    return signed("DescribeSmsSignList", parameters, **{"now": clock.moment, "host": HOST, **how})


def sent_with(**headers: str) -> Alter:
    """The same request, with other headers than were signed."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: replace(request, headers={**request.headers, **changed})


def with_body(change: Callable[[bytes], bytes]) -> Alter:
    return lambda request: replace(request, body=change(request.body))


def as_it_is(request: Request) -> Request:
    return request


ACCEPTED: dict[str, tuple[dict[str, Any], Alter]] = {
    "host with its port": ({}, as_it_is),
    "host without its port": ({"host": "127.0.0.1"}, sent_with(host=HOST)),
    "localhost without its port": ({"host": "localhost"}, sent_with(host="localhost:8080")),
    "a real host that resolves here": ({"host": "sms.tencentcloudapi.com"}, as_it_is),
    "the same with a port": (
        {"host": "sms.tencentcloudapi.com"},
        sent_with(host="sms.tencentcloudapi.com:8080"),
    ),
    "service of 127.0.0.1": ({"service": "127", "host": "127.0.0.1"}, sent_with(host=HOST)),
    "service of localhost:8080": (
        {"service": "localhost:8080", "host": "localhost:8080"},
        as_it_is,
    ),
    "service of localhost": ({"service": "localhost", "host": "LOCALHOST:8080"}, as_it_is),
    "service of [::1]:8080": ({"service": "[::1]:8080", "host": "[::1]:8080"}, as_it_is),
    "a URL as endpoint": ({"host": f"http://{HOST}", "service": "http"}, as_it_is),
}


@pytest.mark.parametrize(("how", "alter"), ACCEPTED.values(), ids=ACCEPTED)
def test_any_official_way_to_sign_is_accepted(
    clock: FakeClock, how: dict[str, Any], alter: Alter
) -> None:
    assert ask(clock, alter(made(clock, **how))) == ("", "")


def day(clock: FakeClock, days: int) -> str:
    return datetime.fromtimestamp(clock.moment + days * 86400, UTC).strftime("%Y-%m-%d")


def spaced(body: bytes) -> bytes:
    return json.dumps(json.loads(body), separators=(",", ":")).encode()


#: How a request was signed, how it was then sent, and what the refusal says.
REFUSED: dict[str, tuple[dict[str, Any], Alter, str]] = {
    "for the real host": (
        {"host": "sms.tencentcloudapi.com"},
        sent_with(host=HOST),
        "host: signed for sms.tencentcloudapi.com, sent to 127.0.0.1:8080",
    ),
    "for a host of a region": (
        {"host": "sms.ap-guangzhou.tencentcloudapi.com"},
        sent_with(host=HOST),
        "host: signed for sms.ap-guangzhou.tencentcloudapi.com, sent to 127.0.0.1:8080",
    ),
    "for the other loopback name": (
        {"host": "localhost:8080"},
        sent_with(host=HOST),
        "host: signed for localhost:8080, sent to 127.0.0.1:8080",
    ),
    "for nothing": (
        {"parameters": b""},
        with_body(lambda _: b'{"International":0}'),
        "payload: signed was nothing, not the 19 bytes that arrived",
    ),
    "for other spaces": (
        {},
        with_body(spaced),
        "payload: signed was the same JSON, written otherwise, not the 40 bytes that arrived",
    ),
    "for UNSIGNED-PAYLOAD": (
        {"parameters": b"UNSIGNED-PAYLOAD"},
        with_body(lambda _: b"{}"),
        "payload: signed was UNSIGNED-PAYLOAD, not the 2 bytes that arrived",
    ),
    "for another content type": (
        {},
        sent_with(content_type="application/json; charset=utf-8"),
        "content-type: signed as application/json, sent as application/json; charset=utf-8",
    ),
    "for a timestamp of before": (
        {},
        lambda request: sent_with(x_tc_timestamp=str(int(request.headers["x-tc-timestamp"]) + 1))(
            request
        ),
        "date: signed for the timestamp 1790000000, X-TC-Timestamp is 1790000001",
    ),
    "for tomorrow": (
        {"date": "2026-09-22"},
        as_it_is,
        "date: the scope says 2026-09-22, X-TC-Timestamp is of 2026-09-21 in UTC",
    ),
    "for tomorrow, said to be today": (
        {"date": "2026-09-22"},
        lambda request: sent_with(
            authorization=request.headers["authorization"].replace("2026-09-22", "2026-09-21")
        )(request),
        "date: signed with 2026-09-22, the scope says 2026-09-21",
    ),
    "for another service, at the real host": (
        {"service": "sts", "host": "sms.tencentcloudapi.com"},
        as_it_is,
        "scope: signed for sts, the action belongs to sms",
    ),
    "for another service than it says": (
        {"service": "sms"},
        lambda request: sent_with(
            authorization=request.headers["authorization"].replace("/sms/", "/127/")
        )(request),
        "scope: signed for sms, the Authorization header says 127",
    ),
    "with the end of the line of its key": (
        {"key": f"{SECRET}\n"},
        as_it_is,
        "key: the SecretKey was used with the end of its line",
    ),
    "with an empty key": ({"key": ""}, as_it_is, "key: the SecretKey was empty"),
    "with another key": (
        {"key": "AnotherKey0123456789"},
        as_it_is,
        "key: the emulator's SecretKey gives another signature for host 127.0.0.1:8080, date "
        "2026-09-21, scope sms and the payload of 44 bytes that arrived, and no usual mistake "
        "in them explains it",
    ),
    "with two mistakes": (
        {"host": "sms.tencentcloudapi.com"},
        lambda request: with_body(spaced)(sent_with(host=HOST)(request)),
        "host: signed for sms.tencentcloudapi.com, sent to 127.0.0.1:8080; payload: signed was "
        "the same JSON, written otherwise, not the 40 bytes that arrived",
    ),
    "without the host": (
        {"names": ("content-type",)},
        as_it_is,
        "headers: SignedHeaders names content-type and host, in lower case, sorted",
    ),
}


@pytest.mark.parametrize(("how", "alter", "says"), REFUSED.values(), ids=REFUSED)
def test_a_refused_signature_says_which_part_differs(
    clock: FakeClock, how: dict[str, Any], alter: Alter, says: str
) -> None:
    clock.moment = 1_790_000_000.0
    code, message = ask(clock, alter(made(clock, **how)))
    assert code == "AuthFailure.SignatureFailure"
    assert message == f"The provided credentials could not be validated. What differs: {says}."


@pytest.mark.parametrize(("how", "alter", "says"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_gives_away_neither_key_nor_signature(
    clock: FakeClock, how: dict[str, Any], alter: Alter, says: str
) -> None:
    """The key is another one here, which no sentence has by accident."""
    key = "Kx7Zq0Wm"
    settings = Settings(limits=False, secret_key=key)
    how = {"key": key, **how}
    if how["key"].startswith(SECRET):
        how["key"] = how["key"].replace(SECRET, key)
    emulator = Emulator(None, settings, clock=clock.clock)
    answer = emulator.handle(alter(made(clock, **how))).body.decode()
    assert "SignatureFailure" in answer
    assert key not in answer
    assert not re.search("[0-9a-f]{64}", answer)


def test_what_a_client_sends_is_cut_where_it_is_shown(clock: FakeClock) -> None:
    request = made(clock, host="sms.tencentcloudapi.com")
    _, message = ask(clock, sent_with(host="x" * 5000)(request))
    assert len(message) < 400
