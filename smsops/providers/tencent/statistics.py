"""Statistics of an application: SendStatusStatistics, CallbackStatusStatistics and
SmsPackagesStatistics of 2021-01-11 ("短信统计相关接口"). Reads only.

Hours are written ``yyyymmddhh`` by Beijing's clock, and both ends are included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from smsops.delivery.statistics import HOUR, OTHER, Package, Reported, Submitted, Window
from smsops.kinds.kind import MalformedReply, integer, moment, prose
from smsops.providers.errors import Unknown
from smsops.providers.tencent.client import Client
from smsops.text.messages import T

#: Hours of one call ("EndTime 必须大于等于 BeginTime，且相差不超过32天").
SPAN = 32 * 24
#: Packages of one page, and as many as no account has.
PAGE, MOST = 500, 100_000
#: Packages are asked for by when they were made; none is older than the service.
FIRST = "2014010100"
#: Seconds by which the clock there may be behind ours ("EndTime ... 小于当前时间").
_BEHIND = 300
#: Members of CallbackStatusStatistics, by the class of failures that they count.
FAILURES: Mapping[str, str] = {
    "internal_error": "InternalErrorCount",
    "invalid_number": "InvalidNumberCount",
    "shutdown_error": "ShutdownErrorCount",
    "black_list": "BlackListCount",
    "frequency_limit": "FrequencyLimitCount",
}
_AHEAD = timedelta(hours=8)


def submitted(client: Client, application: str, window: Window, about: str) -> Submitted:
    """SendStatusStatistics: what was requested and what it costs."""
    found = Submitted()
    for part in window.parts(SPAN):
        with _member(client, "SendStatusStatistics", application, part, about) as sums:
            found = found.plus(Submitted(_count(sums, "RequestCount"), _count(sums, "FeeCount")))
    return found


def reported(client: Client, application: str, window: Window, about: str) -> Reported:
    """CallbackStatusStatistics: what became of what was accepted."""
    found = Reported()
    for part in window.parts(SPAN):
        with _member(client, "CallbackStatusStatistics", application, part, about) as sums:
            failed = {name: _count(sums, member) for name, member in FAILURES.items()}
            rest = _count(sums, "CallbackFailCount") - sum(failed.values())
            found = found.plus(
                Reported(
                    _count(sums, "RequestSuccessCount"),
                    _count(sums, "CallbackCount"),
                    _count(sums, "CallbackSuccessCount"),
                    {**failed, OTHER: max(0, rest)},
                )
            )
    return found


def packages(client: Client, application: str, now: float, about: str) -> Sequence[Package]:
    """SmsPackagesStatistics: the packages that have not expired, by their end."""
    action = "SmsPackagesStatistics"
    found: dict[int, Package] = {}
    for offset in range(0, MOST, PAGE):
        payload = {
            "SmsSdkAppId": application,
            "Limit": PAGE,
            "Offset": offset,
            "BeginTime": FIRST,
            "EndTime": stamp(int(now - _BEHIND) // HOUR),
        }
        response = client.call(action, payload, address=about)
        items = response.get(f"{action}Set")
        with _readable(action, about, response):
            if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
                raise MalformedReply(T("{name} is not an array of objects", name=f"{action}Set"))
            found |= {each.id: each for each in map(_package, items)}
        if len(items) < PAGE:
            break
    valid = [each for each in found.values() if each.expires_at > now]
    return sorted(valid, key=lambda each: (each.expires_at, each.id))


def _package(item: Mapping[str, object]) -> Package:
    # The documented examples have the two moments the wrong way round; no package ends before it
    # begins.
    ends = [moment(item, name) or 0 for name in ("PackageExpiredTime", "PackageEffectiveTime")]
    if not any(ends):
        raise MalformedReply(T("{name} is no moment", name="PackageExpiredTime"))
    amount, used = _count(item, "PackageAmount"), _count(item, "CurrentUsage")
    return Package(_count(item, "PackageId"), amount, used, max(ends))


def stamp(hour: int) -> str:
    """An hour since the epoch as ``yyyymmddhh`` of Beijing's clock."""
    return (datetime.fromtimestamp(hour * HOUR, UTC) + _AHEAD).strftime("%Y%m%d%H")


@contextmanager
def _member(
    client: Client, action: str, application: str, window: Window, about: str
) -> Iterator[Mapping[str, object]]:
    """The sums that an action answers for some hours."""
    payload = {
        "SmsSdkAppId": application,
        "BeginTime": stamp(window.begin),
        "EndTime": stamp(window.end - 1),
        "Limit": 0,
        "Offset": 0,
    }
    response = client.call(action, payload, address=about)
    with _readable(action, about, response):
        sums = response.get(action)
        if not isinstance(sums, Mapping):
            raise MalformedReply(T("{name} is not an object", name=action))
        yield sums


@contextmanager
def _readable(action: str, about: str, response: Mapping[str, object]) -> Iterator[None]:
    """Turns what cannot be read into :class:`Unknown`."""
    try:
        yield
    except MalformedReply as error:
        message = T("was answered with sums that cannot be read: {error}", error=error)
        raise Unknown(action, about, message, request_id=prose(response, "RequestId")) from None


def _count(item: Mapping[str, object], name: str) -> int:
    count = integer(item, name)
    if count < 0:
        raise MalformedReply(T("{name} is negative", name=name))
    return count
