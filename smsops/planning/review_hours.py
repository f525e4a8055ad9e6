"""When a review is likely to be over. An estimate from the published hours, nothing more.

Hours (announcement of 2023-04-24): Monday to Friday 9-21, Saturday and Sunday 9-18, Beijing time;
a review takes about two hours. Public holidays postpone it, and are not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from smsops.text.messages import NOTHING, T, Text

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
OPENS = 9
CLOSES = {0: 21, 1: 21, 2: 21, 3: 21, 4: 21, 5: 18, 6: 18}
USUAL = timedelta(hours=2)
#: A moment further ahead than this (seconds) is a clock that is wrong, not a submission.
_TOMORROW = 86_400


def expected(submitted_at: float) -> datetime:
    """When a review submitted at ``submitted_at`` (epoch seconds) ends if it takes two hours."""
    moment = datetime.fromtimestamp(submitted_at, UTC).astimezone(BEIJING)
    left = USUAL
    while True:
        opens = moment.replace(hour=OPENS, minute=0, second=0, microsecond=0)
        closes = moment.replace(hour=CLOSES[moment.weekday()], minute=0, second=0, microsecond=0)
        start = max(moment, opens)
        if start < closes:
            if start + left <= closes:
                return start + left
            left -= closes - start
        moment = opens + timedelta(days=1)


def words(submitted_at: float | None, now: float) -> Text:
    """``review expected by 2026-11-23 11:00 (Asia/Shanghai), an estimate``; nothing if unknown."""
    if submitted_at is None or submitted_at > now + _TOMORROW:
        return NOTHING
    end = expected(submitted_at)
    if end.timestamp() <= now:
        return T("review usually takes 2 hours and is over that")
    return T(
        "review expected by {moment} (Asia/Shanghai), an estimate", moment=f"{end:%Y-%m-%d %H:%M}"
    )


def expected_of(moments: Iterable[float | None], now: float) -> Text:
    """What to tell about several reviews at once; nothing where nothing is known."""
    known = [moment for moment in moments if moment is not None and words(moment, now)]
    due = sorted(end for moment in known if (end := expected(moment)).timestamp() > now)
    if not due:
        return T("Reviews usually take 2 hours; this is over that.") if known else NOTHING
    first, last = (f"{end:%Y-%m-%d %H:%M}" for end in (due[0], due[-1]))
    if first == last:
        return T("Reviews are expected by {moment} (Asia/Shanghai), an estimate.", moment=last)
    return T(
        "Reviews are expected from {first} to {last} (Asia/Shanghai), an estimate.",
        first=first,
        last=last,
    )
