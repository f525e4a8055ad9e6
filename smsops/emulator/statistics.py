"""Sums over what was sent: SendStatusStatistics, CallbackStatusStatistics, SmsPackagesStatistics
(2021-01-11).

Hours are those of Beijing and both ends are included; a message counts in the hour in which it was
sent, and so does its report.
"""

from __future__ import annotations

import re
from datetime import datetime

from smsops.emulator.calls import Call, Outcome
from smsops.emulator.packages import Package
from smsops.emulator.sending import BEIJING, application
from smsops.emulator.wire import Refused

HOUR = 3600
MAX_HOURS = 32 * 24
MAX_PACKAGES = 500
#: The package of an application that no seed gave one: from the begin of the year, for two years.
BUILT_IN, BUILT_IN_AMOUNT, GIFT, BOUGHT = 1_000_000_001, 100_000, 0, 1

_TIME = re.compile(r"\d{10}", re.ASCII)


def sent(call: Call) -> Outcome:
    """SendStatusStatistics: how much was submitted, accepted and billed."""
    app = application(call)
    begin, end = _hours(call)
    return Outcome({"SendStatusStatistics": sent_sums(call, app, begin, end)})


def reported(call: Call) -> Outcome:
    """CallbackStatusStatistics: what was reported, failures by class."""
    app = application(call)
    begin, end = _hours(call)
    if end - begin > MAX_HOURS:
        raise Refused(
            "InvalidParameterValue.EndTimeVerifyFail", "BeginTime and EndTime span 32 days at most."
        )
    return Outcome({"CallbackStatusStatistics": reported_sums(call, app, begin, end)})


def packages(call: Call) -> Outcome:
    """SmsPackagesStatistics: packages that were created in a time."""
    app = application(call)
    begin, end = _hour(call, "BeginTime"), _hour(call, "EndTime")
    if not begin < end or end * HOUR >= call.now:
        raise Refused(
            "InvalidParameterValue.EndTimeVerifyFail",
            "EndTime is later than BeginTime and in the past.",
        )
    limit, offset = call.integer("Limit"), call.integer("Offset")
    if not 0 <= limit <= MAX_PACKAGES:
        raise Refused(
            "InvalidParameterValue.LimitVerifyFail", f"Limit is between 0 and {MAX_PACKAGES}."
        )
    if offset < 0:
        raise Refused("InvalidParameterValue.OffsetVerifyFail", "Offset is not negative.")
    found = [
        (package, used)
        for package, used in packages_of(call, app)
        if begin * HOUR <= package.created < (end + 1) * HOUR
    ]
    return Outcome(
        {
            "SmsPackagesStatisticsSet": [
                _package(package, used) for package, used in found[offset : offset + limit]
            ]
        }
    )


def sent_sums(call: Call, app: str, begin: int, end: int) -> dict[str, int]:
    """Members of SendStatusStatistics for hours since the epoch."""
    total = call.contents.history.sums(app, begin, end, call.now)
    return {
        "FeeCount": total.fee,
        "RequestCount": total.requests,
        "RequestSuccessCount": total.accepted,
    }


def reported_sums(call: Call, app: str, begin: int, end: int) -> dict[str, int]:
    """Members of CallbackStatusStatistics for hours since the epoch."""
    total = call.contents.history.sums(app, begin, end, call.now)
    return {
        "CallbackCount": total.delivered + total.failed,
        "RequestSuccessCount": total.accepted,
        "CallbackFailCount": total.failed,
        "CallbackSuccessCount": total.delivered,
        "InternalErrorCount": total.internal,
        "InvalidNumberCount": total.invalid,
        "ShutdownErrorCount": total.shutdown,
        "BlackListCount": total.blacklist,
        "FrequencyLimitCount": total.frequency,
    }


def packages_of(call: Call, app: str) -> list[tuple[Package, int]]:
    """Packages of an application with what was taken from each, oldest first."""
    packages = call.contents.history.packages
    owned = [package for package in packages.owned.values() if package.app == app]
    if not owned:
        return [(_built_in(app, call.now), packages.spent.get(app, 0))]
    owned.sort(key=lambda package: (package.created, package.id))
    return [(package, packages.used.get(package.id, 0)) for package in owned]


def _built_in(app: str, now: float) -> Package:
    year = datetime.fromtimestamp(now, BEIJING).year
    first, last = (int(datetime(at, 1, 1, tzinfo=BEIJING).timestamp()) for at in (year, year + 2))
    return Package(BUILT_IN, app, BUILT_IN_AMOUNT, GIFT, first, first, last)


def _package(package: Package, used: int) -> dict[str, int]:
    return {
        "PackageCreateTime": package.created,
        "PackageEffectiveTime": package.effective,
        "PackageExpiredTime": package.expires,
        "PackageAmount": package.amount,
        "PackageType": package.kind,
        "PackageId": package.id,
        "CurrentUsage": used,
    }


def _hours(call: Call) -> tuple[int, int]:
    begin, end = _hour(call, "BeginTime"), _hour(call, "EndTime")
    if end < begin:
        raise Refused(
            "InvalidParameterValue.EndTimeVerifyFail", "EndTime is not earlier than BeginTime."
        )
    for name in ("Limit", "Offset"):
        if call.integer(name) != 0:
            raise Refused(f"InvalidParameterValue.{name}VerifyFail", f"{name} is 0.")
    return begin, end


def _hour(call: Call, name: str) -> int:
    """An hour, since the epoch, from ``yyyymmddhh``."""
    hour = hour_of(str(call.parameters[name]))
    if hour is None:
        raise Refused(f"InvalidParameterValue.{name}VerifyFail", f"{name} is yyyymmddhh.")
    return hour


def hour_of(text: str) -> int | None:
    """Hours since the epoch that ``yyyymmddhh`` of Beijing names; ``None`` for anything else."""
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.strptime(text, "%Y%m%d%H").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return int(moment.timestamp()) // HOUR
