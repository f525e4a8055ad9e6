"""Statistics: sums over the messages themselves, whatever was kept of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsops.emulator.receipts import FAILURES, Cause
from tests.emulator.messages import ABROAD, APP, FOREIGN, NUMBER, OTHER, TWO, Line
from tests.emulator.test_codes import of_action
from tests.support.clock import FakeClock
from tests.support.emulator_api import Refusal
from tests.support.examples import examples

SENT, REPORTED, PACKAGES = (
    "SendStatusStatistics",
    "CallbackStatusStatistics",
    "SmsPackagesStatistics",
)
#: The hour of the clock: 22 o'clock of 2026-09-21 in Beijing.
NOW, HOUR = 1_790_000_000, "2026092122"


@pytest.fixture
def line(clock: FakeClock) -> Line:
    return Line(clock)


def sums(
    line: Line, action: str, begin: str = HOUR, end: str = HOUR, **more: Any
) -> dict[str, Any]:
    asked = {"SmsSdkAppId": APP, "BeginTime": begin, "EndTime": end, "Limit": 0, "Offset": 0}
    found: dict[str, Any] = line.ask(action, **{**asked, **more})[action]
    return found


def test_what_was_sent_is_counted(line: Line) -> None:
    """Refused messages are requests, without a fee; long ones cost more."""
    line.send(NUMBER, OTHER, "18501230001", "18501230004")
    line.send(TemplateId=TWO, TemplateParamSet=["x" * 70, "y"])
    line.send(SmsSdkAppId="1400007777")
    assert sums(line, SENT) == {"FeeCount": 5, "RequestCount": 5, "RequestSuccessCount": 4}


def test_what_was_reported_is_counted_by_class(line: Line) -> None:
    sent = line.send("18501230002", "18501230003", *[f"1850123{n}" for n in range(1000, 1006)])
    for status, code in zip(
        sent[2:], ("MK:0010", "DB:0141", "DB:0142", "SGIP:1", "WHO"), strict=False
    ):
        line.emulator.report(status["SerialNo"], "failed", code)
    assert sums(line, REPORTED)["CallbackCount"] == 5
    line.clock.advance(1)
    assert sums(line, REPORTED) == {
        "CallbackCount": 8,
        "RequestSuccessCount": 8,
        "CallbackFailCount": 7,
        "CallbackSuccessCount": 1,
        "InternalErrorCount": 2,
        "InvalidNumberCount": 2,
        "ShutdownErrorCount": 1,
        "BlackListCount": 1,
        "FrequencyLimitCount": 1,
    }


def test_hours_are_of_beijing_and_both_ends_count(line: Line) -> None:
    """A report counts in the hour of its message."""
    line.send("18501230005")
    line.clock.advance(3600)
    line.send()
    line.clock.advance(1)

    def accepted(begin: str, end: str) -> tuple[int, int]:
        return (
            sums(line, SENT, begin, end)["RequestSuccessCount"],
            sums(line, REPORTED, begin, end)["CallbackCount"],
        )

    assert accepted(HOUR, HOUR) == accepted("2026092100", HOUR) == (1, 1)
    assert accepted("2026092123", "2026092123") == (1, 1)
    assert accepted(HOUR, "2026092123") == (2, 2)
    assert accepted("2026092121", "2026092121") == accepted("2026092200", "2026092223") == (0, 0)


STATISTICS: list[tuple[dict[str, Any], str]] = [
    ({"begin": "2026092123"}, "InvalidParameterValue.EndTimeVerifyFail"),
    ({"begin": "20260921"}, "InvalidParameterValue.BeginTimeVerifyFail"),
    ({"begin": "2026093122"}, "InvalidParameterValue.BeginTimeVerifyFail"),
    ({"end": "2026092124"}, "InvalidParameterValue.EndTimeVerifyFail"),
    ({"end": ""}, "InvalidParameterValue.EndTimeVerifyFail"),
    ({"Limit": 1}, "InvalidParameterValue.LimitVerifyFail"),
    ({"Offset": 1}, "InvalidParameterValue.OffsetVerifyFail"),
    ({"SmsSdkAppId": "x"}, "InvalidParameterValue.SdkAppIdNotExist"),
    ({"BeginTime": 2026092122}, "InvalidParameter"),
]


@pytest.mark.parametrize("action", [SENT, REPORTED])
@pytest.mark.parametrize(("asked", "code"), STATISTICS)
def test_statistics_are_checked(line: Line, action: str, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        sums(line, action, **asked)
    assert refused.value.code == code
    assert code in of_action(action)


def test_reports_are_counted_for_32_days(line: Line) -> None:
    sums(line, REPORTED, "2026082022", "2026092122")
    with pytest.raises(Refusal, match="32 days"):
        sums(line, REPORTED, "2026082021", "2026092122")
    sums(line, SENT, "2020010100", "2026092122")


# ---- packages ----------------------------------------------------------------------------------


def packages(line: Line, **more: Any) -> list[dict[str, Any]]:
    asked = {
        "SmsSdkAppId": APP,
        "BeginTime": "2026010100",
        "EndTime": "2026092121",
        "Limit": 500,
        "Offset": 0,
    }
    found: list[dict[str, Any]] = line.ask(PACKAGES, **{**asked, **more})[f"{PACKAGES}Set"]
    return found


def test_an_application_has_a_package_of_this_year(line: Line) -> None:
    line.send(NUMBER, OTHER)
    line.send(ABROAD, TemplateId=FOREIGN, SignName=None)  # of no package
    (package,) = packages(line)
    assert package == {
        "PackageCreateTime": 1_767_196_800,
        "PackageEffectiveTime": 1_767_196_800,
        "PackageExpiredTime": 1_830_268_800,
        "PackageAmount": 100_000,
        "PackageType": 0,
        "PackageId": 1_000_000_001,
        "CurrentUsage": 2,
    }
    assert packages(line, BeginTime="2026010101") == []


def test_packages_are_used_in_the_order_of_their_end(line: Line) -> None:
    """What has expired stays as it was used, what is to come is not touched."""
    day = 86400
    times: list[dict[str, int]] = [
        {"created": NOW - 9 * day, "effective": NOW - 9 * day, "expires": NOW + 5 * day},
        {"created": NOW - 8 * day, "effective": NOW - 8 * day, "expires": NOW + 2 * day},
        {"created": NOW - 7 * day, "effective": NOW + 3 * day, "expires": NOW + 9 * day},
        {"created": NOW - 6 * day, "effective": NOW - 6 * day, "expires": NOW},
    ]
    line.emulator.seed(
        [
            {"kind": "package", "app": APP, "id": number, "amount": 3, **each}
            for number, each in enumerate(times, start=1)
        ]
    )
    assert line.codes(NUMBER, OTHER) == ["Ok", "Ok"]
    assert [package["CurrentUsage"] for package in packages(line)] == [0, 2, 0, 0]
    assert line.codes(NUMBER, OTHER) == ["Ok", "Ok"]
    assert [package["CurrentUsage"] for package in packages(line)] == [1, 3, 0, 0]
    assert line.codes(NUMBER, OTHER, NUMBER)[-1] != "Ok"
    line.clock.advance(3 * day)
    assert line.codes() == ["Ok"]
    assert [package["CurrentUsage"] for package in packages(line)] == [3, 3, 1, 0]
    assert [package["PackageId"] for package in packages(line, Limit=2, Offset=1)] == [2, 3]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"EndTime": "2026010100"}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"EndTime": "2026092123"}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"BeginTime": "x"}, "InvalidParameterValue.BeginTimeVerifyFail"),
        ({"Limit": 501}, "InvalidParameterValue.LimitVerifyFail"),
        ({"Offset": -1}, "InvalidParameterValue.OffsetVerifyFail"),
    ],
)
def test_packages_are_checked(line: Line, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        packages(line, **asked)
    assert refused.value.code == code
    assert code in of_action(PACKAGES)


def test_the_international_site_has_no_packages(clock: FakeClock) -> None:
    with pytest.raises(Refusal) as refused:
        packages(Line(clock, site="intl"))
    assert refused.value.code == "InvalidAction"


# ---- sums are sums -----------------------------------------------------------------------------

#: Last four digits and what a test knows of them: accepted, verdict, class.
_FATES: dict[str, tuple[bool, str, str]] = {
    "0001": (False, "", ""),
    "0002": (True, "failed", "InternalErrorCount"),
    "0003": (True, "failed", "InvalidNumberCount"),
    "0004": (True, "", ""),
    "0005": (True, "delivered", ""),
    "4444": (True, "delivered", ""),
}
_CLASSES = {
    Cause.INTERNAL: "InternalErrorCount",
    Cause.INVALID: "InvalidNumberCount",
    Cause.SHUTDOWN: "ShutdownErrorCount",
    Cause.BLACKLIST: "BlackListCount",
    Cause.FREQUENCY: "FrequencyLimitCount",
}
_calls = st.lists(
    st.tuples(
        st.sampled_from([APP, "1400007777"]),
        st.lists(st.sampled_from(sorted(_FATES)), min_size=1, max_size=5),
        st.integers(0, 2),  # hours that pass first
        st.integers(1, 130),  # length of a parameter
    ),
    max_size=12,
)


@settings(max_examples=examples(60), deadline=None)
@given(calls=_calls, keep=st.integers(1, 12), ordered=st.lists(st.sampled_from(sorted(FAILURES))))
def test_statistics_are_sums_over_every_message(
    tmp_path_factory: pytest.TempPathFactory,
    calls: list[tuple[str, list[str], int, int]],
    keep: int,
    ordered: list[str],
) -> None:
    """By application and hour; with few messages kept, reports that are ordered, a restart."""
    path = tmp_path_factory.mktemp("statistics") / "emulator.json"
    clock = FakeClock(float(NOW))
    line = Line(clock, path, keep=keep)
    want: dict[tuple[str, str], Counter[str]] = {}
    reports = iter(ordered)
    for app, fates, hours, length in calls:
        clock.advance(3600 * hours)
        count = want.setdefault((app, _hour(clock.moment)), Counter())
        statuses = line.send(
            *[f"+861850123{last}" for last in fates],
            SmsSdkAppId=app,
            TemplateId=TWO,
            TemplateParamSet=["x" * length, ""],
        )
        fee = 1 if length + 8 <= 70 else -(-(length + 8) // 67)
        kept = {message.serial for message in line.emulator.messages()}
        for last, status in zip(fates, statuses, strict=True):
            accepted, verdict, cause = _FATES[last]
            serial = status["SerialNo"]
            code = next(reports, "") if accepted and serial in kept and last == "0004" else ""
            if code:
                line.emulator.report(serial, "failed", code)
                verdict, cause = "failed", _CLASSES[FAILURES[code].cause]
            count.update(
                {
                    "RequestCount": 1,
                    "RequestSuccessCount": int(accepted),
                    "FeeCount": fee * accepted,
                    "CallbackSuccessCount": int(verdict == "delivered"),
                    "CallbackFailCount": int(verdict == "failed"),
                    cause: 1,
                }
            )
        clock.advance(60)
    for account in (line, Line(clock, path, keep=keep)):
        for (app, hour), count in want.items():
            sent = sums(account, SENT, hour, hour, SmsSdkAppId=app)
            assert sent == {name: count[name] for name in sent}
            reported = sums(account, REPORTED, hour, hour, SmsSdkAppId=app)
            count["CallbackCount"] = count["CallbackSuccessCount"] + count["CallbackFailCount"]
            assert reported == {name: count[name] for name in reported}


def _hour(moment: float) -> str:
    beijing = datetime.fromtimestamp(moment, UTC) + timedelta(hours=8)
    return beijing.strftime("%Y%m%d%H")


def test_a_rewritten_file_has_the_same_sums(tmp_path: Path, clock: FakeClock) -> None:
    """Beyond a thousand messages that left, the file is written anew."""
    line = Line(clock, tmp_path / "a.json", keep=50)
    numbers = [f"+8618502{number:06}" for number in range(1000, 1180)]
    for _ in range(8):
        line.send(*numbers)
        clock.advance(1)
    again = Line(clock, tmp_path / "a.json", keep=50)
    for account in (line, again):
        assert sums(account, SENT)["RequestSuccessCount"] == 8 * 180
        assert sums(account, REPORTED)["CallbackSuccessCount"] == 8 * 180
        (package,) = packages(account)
        assert package["CurrentUsage"] == 8 * 180
    line.send(numbers[0])  # when all the others are reported
    assert len(again.emulator.messages()) == 50
