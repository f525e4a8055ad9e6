"""What a statistic is called, in which order it is shown, and how its numbers are written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from smsops.delivery.objectives import Statistics
from smsops.delivery.statistics import Window
from smsops.kinds.application import KIND
from smsops.render.objectives import WORDS, share
from smsops.render.style import counted
from smsops.text.messages import N, T, Text

#: Failures as CallbackStatusStatistics classes them; those of a ledger are causes.
CLASSES: Mapping[str, Text] = {
    "internal_error": T("internal error of the carrier"),
    "invalid_number": T("invalid number"),
    "shutdown_error": T("phone off or out of service"),
    "black_list": T("number on a blocklist"),
    "frequency_limit": T("too frequent"),
    "other": T("other"),
}
_AHEAD = timedelta(hours=8)


def title(each: Statistics) -> str:
    """What an application is called; not sanitised."""
    name, id = each.sums.name, each.sums.sdk_app_id
    if name is None:
        return str(T("application {id}", id=id))
    return f"{KIND.name}.{name}" if id is not None else name


def number(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}"


def part(count: int, of: int) -> str:
    """``92.81 %``; empty where there is nothing to be a part of."""
    return share(count / of) if of else ""


def when(moment: int) -> str:
    """A moment by Beijing's clock."""
    return (datetime.fromtimestamp(moment, UTC) + _AHEAD).strftime("%Y-%m-%d %H:%M")


def day(moment: int) -> str:
    """A day in Beijing."""
    return when(moment)[:10]


def span(window: Window) -> Text:
    """``2026-11-26 13:00 to 2026-11-27 13:00 in Beijing``."""
    begin, end = when(window.begin_at), when(window.end_at)
    return T("{begin} to {end} in Beijing", begin=begin, end=end)


def failures(each: Statistics) -> Sequence[tuple[str, int]]:
    """The classes of failures that there are, the largest first; not sanitised."""
    found = [(name, count) for name, count in each.sums.reported.failed.items() if count]
    found.sort(key=lambda row: (-row[1], row[0]))
    return [(str(CLASSES.get(name, name.replace("|", " / "))), count) for name, count in found]


def figures(each: Statistics) -> Sequence[tuple[Text, int, str]]:
    """The rows of numbers: what, how many, and which part of what was accepted."""
    submitted, reported = each.sums.submitted, each.sums.reported
    of = reported.accepted
    return (
        (T("requested"), submitted.requested, ""),
        (T("accepted"), of, ""),
        (T("reported"), reported.reported, part(reported.reported, of)),
        (T("delivered"), reported.delivered, part(reported.delivered, of)),
        (T("failed"), reported.failures, part(reported.failures, of)),
        (T("billed"), submitted.fee, ""),
    )


def verdict(found: Sequence[Statistics]) -> str:
    """The last line: how many applications, and how their objectives stand."""
    total = N(len(found), "{count} application", "{count} applications")
    judged = [one for each in found for one in each.objectives]
    if not found:
        return str(T("No messages and no applications."))
    if not judged:
        return str(T("{total}; no objectives.", total=total))
    stand = counted(
        (sum(one.met is met for one in judged), WORDS[met]) for met in (False, True, None)
    )
    return str(T("{total}; objectives: {stand}.", total=total, stand=stand))
