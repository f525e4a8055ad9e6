"""Answers of the three actions as documented, and as they must not be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import httpx
import pytest

from smsops.delivery.statistics import Package, Reported, Submitted, Window
from smsops.providers.errors import Unknown
from smsops.providers.tencent import statistics
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials
from smsops.providers.tencent.endpoints import Endpoints
from tests.support.clock import SLEEPLESS

#: Examples of the documents of 2021-01-11.
SENT = {"FeeCount": 1880, "RequestCount": 1880, "RequestSuccessCount": 1880}
REPORTED = {
    "CallbackCount": 1745,
    "RequestSuccessCount": 1880,
    "CallbackFailCount": 401,
    "CallbackSuccessCount": 1344,
    "InternalErrorCount": 0,
    "InvalidNumberCount": 0,
    "ShutdownErrorCount": 401,
    "BlackListCount": 0,
    "FrequencyLimitCount": 0,
}
PACKAGES = [
    {
        "PackageCreateTime": 1617292800,
        "PackageExpiredTime": 1617292800,
        "PackageEffectiveTime": 1619884800,
        "PackageType": 1,
        "CurrentUsage": 1000,
        "PackageId": 1000791745,
        "PackageAmount": 1000,
    },
    {
        "PackageCreateTime": 1617379200,
        "PackageExpiredTime": 1617379200,
        "PackageEffectiveTime": 1619971200,
        "PackageType": 1,
        "CurrentUsage": 100,
        "PackageId": 1000876572,
        "PackageAmount": 1000,
    },
]
DOCUMENTED: Mapping[str, Any] = {
    "SendStatusStatistics": {"SendStatusStatistics": SENT},
    "CallbackStatusStatistics": {"CallbackStatusStatistics": REPORTED},
    "SmsPackagesStatistics": {"SmsPackagesStatisticsSet": PACKAGES},
}
#: The window of the documented requests: 2021050113 to 2021050123, both included.
WINDOW = Window(1_619_845_200 // 3600, 1_619_884_800 // 3600)
ABOUT = "application.shop"
#: When the second package of the example is still to be used.
NOW = 1_619_890_000.0


class Answering(httpx.BaseTransport):
    """Answers an action with what it is told; ``asked`` has the payloads."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[Any] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.read()))
        answer = self.answers[request.headers["x-tc-action"]]
        return httpx.Response(200, json={"Response": {**answer, "RequestId": "r-1"}})


@pytest.fixture
def answering() -> Answering:
    return Answering(dict(DOCUMENTED))


@pytest.fixture
def client(answering: Answering) -> Iterator[Client]:
    url = "http://emulator.invalid"
    by = Credentials("AKIDx", "key", None, "test")
    with Client(
        by,
        Endpoints(url, url),
        "ap-guangzhou",
        clock=SLEEPLESS,
        transport=answering,
        rate_limits=dict.fromkeys(DOCUMENTED, 1e9),
    ) as made:
        yield made


def test_documented_requests_and_answers(client: Client, answering: Answering) -> None:
    app = "1400006666"
    assert statistics.submitted(client, app, WINDOW, "application.shop") == Submitted(1880, 1880)
    assert statistics.reported(client, app, WINDOW, "application.shop") == Reported(
        1880,
        1745,
        1344,
        {
            "internal_error": 0,
            "invalid_number": 0,
            "shutdown_error": 401,
            "black_list": 0,
            "frequency_limit": 0,
            "other": 0,
        },
    )
    sums = {
        "SmsSdkAppId": app,
        "BeginTime": "2021050113",
        "EndTime": "2021050123",
        "Limit": 0,
        "Offset": 0,
    }
    assert answering.asked == [sums, sums]


def test_the_example_of_packages_has_begin_and_end_the_wrong_way_round(
    client: Client, answering: Answering
) -> None:
    """No package ends before it begins."""
    found = statistics.packages(client, "1400006666", NOW, "")
    assert found == [Package(1000876572, 1000, 100, 1619971200)]
    assert answering.asked[0] == {
        "SmsSdkAppId": "1400006666",
        "BeginTime": "2014010100",
        "EndTime": "2021050201",
        "Limit": 500,
        "Offset": 0,
    }
    hour = NOW - NOW % 3600
    for moment, end in ((hour + 299, "2021050200"), (hour + 301, "2021050201")):
        statistics.packages(client, "1400006666", moment, "")
        assert answering.asked[-1]["EndTime"] == end  # earlier than any clock has it


def test_a_failure_of_no_class_is_another_one(client: Client, answering: Answering) -> None:
    sums = {**REPORTED, "CallbackFailCount": 410, "ShutdownErrorCount": "400"}
    answering.answers = {"CallbackStatusStatistics": {"CallbackStatusStatistics": sums}}
    failed = statistics.reported(client, "1", WINDOW, "").failed
    assert (failed["shutdown_error"], failed["other"]) == (400, 10)


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("SendStatusStatistics", {}),
        ("SendStatusStatistics", {"SendStatusStatistics": None}),
        ("SendStatusStatistics", {"SendStatusStatistics": [SENT]}),
        ("SendStatusStatistics", {"SendStatusStatistics": {**SENT, "FeeCount": -1}}),
        ("CallbackStatusStatistics", {"CallbackStatusStatistics": SENT}),
        (
            "CallbackStatusStatistics",
            {"CallbackStatusStatistics": {**REPORTED, "BlackListCount": "x"}},
        ),
        ("SmsPackagesStatistics", {"SmsPackagesStatisticsSet": None}),
        ("SmsPackagesStatistics", {"SmsPackagesStatisticsSet": [1]}),
        (
            "SmsPackagesStatistics",
            {"SmsPackagesStatisticsSet": [{**PACKAGES[0], "PackageId": None}]},
        ),
        (
            "SmsPackagesStatistics",
            {"SmsPackagesStatisticsSet": [{"PackageId": 1, "PackageAmount": 1, "CurrentUsage": 0}]},
        ),
    ],
    ids=str,
)
def test_what_is_no_answer_is_unknown_and_names_the_application(
    client: Client, answering: Answering, action: str, answer: Any
) -> None:
    answering.answers = {action: answer}
    ask: Mapping[str, Callable[[], object]] = {
        "SendStatusStatistics": partial(statistics.submitted, client, "1", WINDOW, ABOUT),
        "CallbackStatusStatistics": partial(statistics.reported, client, "1", WINDOW, ABOUT),
        "SmsPackagesStatistics": partial(statistics.packages, client, "1", NOW, ABOUT),
    }
    with pytest.raises(Unknown, match="sums that cannot be read") as raised:
        ask[action]()
    assert raised.value.message.startswith(f"{ABOUT}: {action} ")
    assert "r-1" in raised.value.message
    assert raised.value.exit == 1
