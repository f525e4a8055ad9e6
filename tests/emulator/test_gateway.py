"""What is checked before any action runs: signature, versions, parameters, limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.common.sign import Sign

from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from smsops.emulator.signature import claimed, verify
from smsops.emulator.wire import Refused, Request
from tests.support.clock import FakeClock
from tests.support.emulator_api import SEEDED_SIGN, TEMPLATE, response, signed
from tests.support.examples import examples

LIST = {"International": 0}


def code(emulator: Emulator, request: Request) -> str:
    """The error code of a request, ``""`` when it is fine."""
    answer = response(emulator.handle(request))
    return str(answer.get("Error", {}).get("Code", ""))


@pytest.fixture
def emulator(clock: FakeClock) -> Emulator:
    return Emulator(None, Settings(limits=False), clock=clock.clock)


def test_the_documents_own_example_has_the_documents_canonical_form() -> None:
    """The document's request for cvm, with a key of ours since it prints none.

    Signed headers beyond content-type and host, a charset, and escapes in the body all count;
    header values are compared in lower case, as its canonical form has them.
    """
    body = (
        rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    )
    # The document prints the hash of the canonical request: only the key is missing.
    hashed = "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"
    to_sign = f"TC3-HMAC-SHA256\n1551113065\n2019-02-25/cvm/tc3_request\n{hashed}"
    mac = Sign.sign_tc3("emulator", "2019-02-25", "cvm", to_sign)
    request = Request(
        "POST",
        "/",
        {
            "authorization": "TC3-HMAC-SHA256 Credential=AKIDEMULATOR/2019-02-25/cvm/tc3_request, "
            f"SignedHeaders=content-type;host;x-tc-action, Signature={mac}",
            "content-type": "application/json; charset=utf-8",
            "host": "cvm.tencentcloudapi.com",
            "x-tc-action": "DescribeInstances",
            "x-tc-timestamp": "1551113065",
        },
        body,
    )
    verify(request, claimed(request), "cvm", Settings(), 1551113065.0)
    altered = replace(request, body=body + b" ")
    with pytest.raises(Refused, match="SignatureFailure"):
        verify(altered, claimed(altered), "cvm", Settings(), 1551113065.0)


def without(name: str) -> Callable[[Request], Request]:
    return lambda request: replace(
        request, headers={key: value for key, value in request.headers.items() if key != name}
    )


def header(name: str, change: Callable[[str], str]) -> Callable[[Request], Request]:
    return lambda request: replace(
        request, headers={**request.headers, name: change(request.headers[name])}
    )


BROKEN: list[tuple[str, Callable[[Request], Request], str]] = [
    ("as it is", lambda request: request, ""),
    ("no authorization", without("authorization"), "AuthFailure.InvalidAuthorization"),
    (
        "another algorithm",
        header("authorization", lambda text: text.replace("TC3", "TC4")),
        "AuthFailure.InvalidAuthorization",
    ),
    (
        "a signature cut short",
        header("authorization", lambda text: text[:-1]),
        "AuthFailure.InvalidAuthorization",
    ),
    (
        "an unknown SecretId",
        header("authorization", lambda text: text.replace("AKIDEMULATOR", "AKIDOTHER")),
        "AuthFailure.SecretIdNotFound",
    ),
    (
        "another service",
        header("authorization", lambda text: text.replace("/sms/", "/sts/")),
        "AuthFailure.SignatureFailure",
    ),
    (
        "another day",
        header(
            "authorization",
            lambda text: text.replace("Credential=AKIDEMULATOR/20", "Credential=AKIDEMULATOR/19"),
        ),
        "AuthFailure.SignatureFailure",
    ),
    (
        "host not signed",
        header("authorization", lambda text: text.replace("content-type;host", "content-type")),
        "AuthFailure.SignatureFailure",
    ),
    ("another body", lambda request: replace(request, body=b"{}"), "AuthFailure.SignatureFailure"),
    ("another host", header("host", lambda _: "evil"), "AuthFailure.SignatureFailure"),
    (
        "a moved timestamp",
        header("x-tc-timestamp", lambda text: str(int(text) + 1)),
        "AuthFailure.SignatureFailure",
    ),
    ("no timestamp", without("x-tc-timestamp"), "MissingParameter"),
    ("a timestamp of words", header("x-tc-timestamp", lambda _: "now"), "InvalidParameter"),
    ("a timestamp without end", header("x-tc-timestamp", lambda _: "9" * 40), "InvalidParameter"),
    ("no action", without("x-tc-action"), "MissingParameter"),
    ("an unknown action", header("x-tc-action", lambda _: "AddSms"), "InvalidAction"),
    (
        "sts under the version of sms",
        header("x-tc-action", lambda _: "GetCallerIdentity"),
        "InvalidAction",
    ),
    ("no version", without("x-tc-version"), "MissingParameter"),
    ("an unknown version", header("x-tc-version", lambda _: "2018-07-11"), "NoSuchVersion"),
    ("no region", without("x-tc-region"), "MissingParameter"),
    ("another region", header("x-tc-region", lambda _: "ap-tokyo"), "UnsupportedRegion"),
    ("another path", lambda request: replace(request, path="/v2"), "InvalidAction"),
    ("PUT", lambda request: replace(request, method="PUT"), "UnsupportedProtocol"),
]


@pytest.mark.parametrize(("how", "breaks", "expected"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_request_is_refused_with_its_code(
    emulator: Emulator,
    clock: FakeClock,
    how: str,
    breaks: Callable[[Request], Request],
    expected: str,
) -> None:
    request = signed("DescribeSmsSignList", LIST, now=clock.moment)
    assert code(emulator, breaks(request)) == expected


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, ""),
        ({"names": ("content-type", "host", "x-tc-action")}, ""),
        ({"service": "sts"}, "AuthFailure.SignatureFailure"),
        ({"date": "2026-09-20"}, "AuthFailure.SignatureFailure"),
        ({"names": ("content-type",)}, "AuthFailure.SignatureFailure"),
        ({"names": ("host", "content-type")}, "AuthFailure.SignatureFailure"),
        ({"key": "wrong"}, "AuthFailure.SignatureFailure"),
    ],
)
def test_a_correct_signature_of_the_wrong_thing_is_refused(
    emulator: Emulator, clock: FakeClock, how: dict[str, Any], expected: str
) -> None:
    """The scope has to name the service and the day, the headers content-type and host, sorted."""
    request = signed("DescribeSmsSignList", LIST, now=clock.moment, **how)
    assert code(emulator, request) == expected


@pytest.mark.parametrize(("skew", "expected"), [(300, ""), (301, "AuthFailure.SignatureExpire")])
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_may_differ_by_five_minutes(
    emulator: Emulator, clock: FakeClock, skew: int, sign: int, expected: str
) -> None:
    """And the reply's Date is the emulator's, so that a client can tell how wrong it is."""
    request = signed("DescribeSmsSignList", LIST, now=clock.moment + sign * skew)
    assert code(emulator, request) == expected
    assert emulator.handle(request).headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"


BODIES: list[tuple[bytes, str]] = [
    (b"", "MissingParameter"),
    (b"[]", "InvalidParameter"),
    (b"not json", "InvalidParameter"),
    (b'{"International": 0', "InvalidParameter"),
    (b'{"International": "\xff"}', "InvalidParameter"),
    (b'{"International": "0"}', "InvalidParameter"),
    (b'{"International": true}', "InvalidParameter"),
    (b'{"International": 0.0}', "InvalidParameter"),
    (b'{"International": 1e999}', "InvalidParameter"),
    (b'{"International": NaN}', "InvalidParameter"),
    (b'{"International": ' + b"9" * 30 + b"}", "InvalidParameter"),
    (b'{"International": ' + b"9" * 6000 + b"}", "InvalidParameter"),
    (b'{"International": null}', "MissingParameter"),
    (b'{"International": 0, "SignIdSet": null}', ""),
    (b'{"International": 0, "SignIdSet": 1}', "InvalidParameter"),
    (b'{"International": 0, "SignIdSet": [null]}', "InvalidParameter"),
    (b'{"International": 0, "Filter": 1}', "UnknownParameter"),
    (b'{"\\ud800": 0}', "InvalidParameter"),
    (b"[" * 100_000, "InvalidParameter"),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_a_body_that_is_not_what_the_table_says_is_refused(
    emulator: Emulator, clock: FakeClock, body: bytes, expected: str
) -> None:
    assert code(emulator, signed("DescribeSmsSignList", body, now=clock.moment)) == expected


def test_half_a_character_is_not_text(emulator: Emulator, clock: FakeClock) -> None:
    emulator.seed([SEEDED_SIGN])
    broken = {**TEMPLATE, "TemplateName": "\ud800"}
    assert code(emulator, signed("AddSmsTemplate", broken, now=clock.moment)) == "InvalidParameter"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json; charset=utf-8", ""),
        ("multipart/form-data; boundary=x", "InvalidRequest"),
        ("application/x-www-form-urlencoded", "InvalidParameter"),
    ],
)
def test_a_post_is_json(emulator: Emulator, clock: FakeClock, kind: str, expected: str) -> None:
    request = signed("DescribeSmsSignList", LIST, now=clock.moment, content_type=kind)
    assert code(emulator, request) == expected


#: Calls a second (API document, "API 概览").
LIMITS = {
    "AddSmsSign": 1,
    "ModifySmsSign": 1,
    "DeleteSmsSign": 1,
    "DescribeSmsSignList": 20,
    "AddSmsTemplate": 2,
    "ModifySmsTemplate": 20,
    "DeleteSmsTemplate": 1,
    "DescribeSmsTemplateList": 20,
}


@pytest.mark.parametrize(("action", "limit"), LIMITS.items())
def test_every_action_has_its_own_sliding_second(clock: FakeClock, action: str, limit: int) -> None:
    """As many as documented in any second, by arrival; refused calls do not count."""
    emulator = Emulator(None, clock=clock.clock)

    def admitted() -> bool:
        return code(emulator, signed(action, {}, now=clock.moment)) != "RequestLimitExceeded"

    begin = clock.moment
    for number in range(limit):
        clock.moment = begin + number * 0.9 / limit
        assert admitted()
    clock.moment = begin + 0.95
    assert not any(admitted() for _ in range(5))
    clock.moment = begin + 1.0
    assert admitted()  # the first has left the window, and the five refused ones never were in it
    assert not admitted()
    others = [name for name in LIMITS if name != action]
    assert all(
        code(emulator, signed(name, {}, now=clock.moment)) != "RequestLimitExceeded"
        for name in others
    )


def test_an_even_pace_at_the_limit_is_never_refused(clock: FakeClock) -> None:
    emulator = Emulator(None, clock=clock.clock)
    for _ in range(100):
        assert code(emulator, signed("DescribeSmsSignList", LIST, now=clock.moment)) == ""
        clock.advance(0.05)


def test_limits_can_be_switched_off(emulator: Emulator, clock: FakeClock) -> None:
    for _ in range(50):
        assert code(emulator, signed("DescribeSmsSignList", LIST, now=clock.moment)) == ""


def test_calls_are_recorded_with_their_codes(emulator: Emulator, clock: FakeClock) -> None:
    """What tests count: every arrival, admitted or not."""
    code(emulator, signed("DescribeSmsSignList", LIST, now=clock.moment))
    code(emulator, signed("DeleteSmsSign", {"SignId": 1}, now=clock.moment))
    code(emulator, signed("Nonsense", {}, now=clock.moment))
    assert [(served.action, served.code) for served in emulator.calls] == [
        ("DescribeSmsSignList", ""),
        ("DeleteSmsSign", "FailedOperation.SignIdNotExist"),
        ("Nonsense", "InvalidAction"),
    ]


TEXT = st.text(max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "authorization",
            "content-type",
            "host",
            "x-tc-action",
            "x-tc-version",
            "x-tc-timestamp",
            "x-tc-region",
            "x-tc-token",
            "x-tc-content-sha256",
            "origin",
        ]
    ),
    TEXT,
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "HEAD", "", "\x00"])
PATHS = st.sampled_from(["/", "", "*", "/x", "/_emulator/", "/_emulator/seed", "/_emulator/review"])


@settings(max_examples=examples(200), deadline=None)
@given(method=METHODS, path=PATHS, headers=HEADERS, body=st.binary(max_size=200), query=TEXT)
def test_whatever_arrives_is_answered(
    method: str, path: str, headers: dict[str, str], body: bytes, query: str
) -> None:
    """Arbitrary requests never raise."""
    reply = Emulator(None, Settings(limits=False)).handle(
        Request(method, path, headers, body, query)
    )
    assert reply.body.startswith(b"{")
    if not path.startswith("/_emulator/"):
        response(reply)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([0, 1, 2, 3, 1110, "{1}", "拒收请回复R", "【", 1000001])
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        *("International", "SignIdSet", "TemplateIdSet", "Limit", "Offset", "SignId", "TemplateId"),
        *("SignName", "SignType", "DocumentType", "SignPurpose", "ProofImage", "CommissionImage"),
        *("Remark", "QualificationId", "TemplateName", "TemplateContent", "SmsType", "Other"),
    ]
)


@settings(max_examples=examples(200), deadline=None)
@given(
    action=st.sampled_from(sorted(LIMITS)),
    parameters=st.dictionaries(NAMES, JSON, max_size=9),
    base=st.sampled_from([{}, TEMPLATE]),
)
def test_whatever_a_signed_call_says_is_answered(
    action: str, parameters: dict[str, Any], base: dict[str, Any]
) -> None:
    """Signed calls with arbitrary parameters: a result or a documented public or action code."""
    clock = FakeClock()
    emulator = Emulator(None, Settings(limits=False), clock=clock.clock)
    emulator.seed([SEEDED_SIGN, {"kind": "template", "templateName": "a", "content": "a"}])
    answer = response(emulator.handle(signed(action, {**base, **parameters}, now=clock.moment)))
    assert "Error" not in answer or answer["Error"]["Code"] != "InternalError"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://127.0.0.1:8080"}, {"origin": "null"}, {"sec_fetch_site": "same-origin"}],
)
def test_a_web_page_does_not_call_the_api(
    emulator: Emulator, clock: FakeClock, headers: Any
) -> None:
    request = signed("DescribeSmsSignList", LIST, now=clock.moment, **headers)
    assert code(emulator, request) == "UnsupportedOperation"
