"""Windows are full hours, and objectives are judged by exactly what is in them. Pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.delivery.objectives import about_packages, judge, windows
from smsops.delivery.statistics import HOUR, Package, Reported, Window
from smsops.kinds.application import Objective, ObjectiveName
from smsops.providers.tencent.statistics import SPAN, stamp
from smsops.render.objectives import share

NOW = 1_800_000_000.0
RATE, COVERAGE, BALANCE, EXPIRY = ObjectiveName
moments = st.floats(1_500_000_000, 4_000_000_000, allow_nan=False)
hours = st.integers(1, 32 * 24)
shares = st.integers(1, 10_000).map(lambda each: each / 10_000)
counts = st.integers(0, 10**6)


@given(now=moments, length=hours)
def test_a_window_ends_with_the_last_full_hour(now: float, length: int) -> None:
    window = Window.last(length, now)
    assert window.end_at <= now < window.end_at + HOUR
    assert window.end_at - window.begin_at == length * HOUR
    assert window.begin_at % HOUR == 0


@given(begin=st.integers(400_000, 900_000), length=st.integers(1, 10_000))
def test_parts_are_the_window_once_and_short_enough(begin: int, length: int) -> None:
    parts = list(Window(begin, begin + length).parts(SPAN))
    covered = [hour for part in parts for hour in range(part.begin, part.end)]
    assert covered == [*range(begin, begin + length)]
    # Both ends are included in a call, and 32 days are their difference at most.
    assert all(0 <= part.end - 1 - part.begin <= SPAN - 1 for part in parts)


def test_hours_are_written_by_the_clock_of_beijing() -> None:
    """The example of the document: 2024050113 is one o'clock in the afternoon there."""
    assert stamp(1_714_539_600 // HOUR) == "2024050113"
    assert stamp(0) == "1970010108"


@given(
    now=moments,
    length=hours,
    bound=shares,
    least=st.integers(1, 1000),
    accepted=counts,
    data=st.data(),
)
def test_a_share_is_of_what_was_accepted_in_its_own_window(
    now: float, length: int, bound: float, least: int, accepted: int, data: st.DataObject
) -> None:
    delivered = data.draw(st.integers(0, accepted))
    reported = data.draw(st.integers(delivered, accepted))
    objectives = [Objective(name, bound, length, least) for name in (RATE, COVERAGE)]
    [window] = windows(objectives, now)
    found = {
        window: Reported(accepted, reported, delivered),
        Window(0, 1): Reported(10**9),
    }
    judged = judge(objectives, found, None, now)
    for one, part in zip(judged, (delivered, reported), strict=True):
        assert one.of == accepted
        if accepted < least:
            assert (one.got, one.met, one.missed) == (None, None, False)
        else:
            assert one.got == part / accepted
            assert one.met == (part * 10_000 >= round(bound * 10_000) * accepted)
            assert one.missed == (not one.met)


@pytest.mark.parametrize(
    ("bound", "part", "of", "met"),
    [
        *[(0.95, 95, 100, True), (0.95, 57, 60, True), (0.7, 7, 10, True), (1.0, 100, 100, True)],
        *[(0.95, 94_999, 100_000, False), (1.0, 99, 100, False)],
    ],
)
def test_exactly_the_bound_is_enough(bound: float, part: int, of: int, met: bool) -> None:
    objectives = [Objective(RATE, bound, 24, of), Objective(BALANCE, of)]
    [window] = windows(objectives, NOW)
    packages = [Package(1, of, 0 if met else 1, int(NOW) + 1)]
    judged = judge(objectives, {window: Reported(of, of, part)}, packages, NOW)
    assert [each.met for each in judged] == [met, met]


@given(
    left=st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 60), st.integers(-100, 100)), max_size=6
    ),
    least=st.integers(1, 100),
    days=st.integers(1, 90),
)
def test_packages_count_until_they_expire(
    left: list[tuple[int, int, int]], least: int, days: int
) -> None:
    packages = [
        Package(number, amount, used, int(NOW) + ends * 86_400)
        for number, (amount, used, ends) in enumerate(left)
    ]
    objectives = [Objective(BALANCE, least), Objective(EXPIRY, days * 86_400)]
    assert about_packages(objectives)
    assert not windows(objectives, NOW)
    balance, expiry = judge(objectives, {}, packages, NOW)
    alive = [(max(0, amount - used), ends) for amount, used, ends in left if ends > 0]
    assert balance.got == sum(rest for rest, _ in alive)
    assert balance.met == (balance.got >= least)
    ends = [ends for rest, ends in alive if rest]
    assert expiry.got == max(ends, default=0) * 86_400
    assert expiry.met == any(each > days for each in ends)  # later, not at the same moment


def test_where_there_are_no_packages_nothing_is_said_of_them() -> None:
    for objective in (Objective(BALANCE, 1), Objective(EXPIRY, 1)):
        [judged] = judge([objective], {}, None, NOW)
        assert (judged.got, judged.met, judged.missed) == (None, None, False)
    assert not about_packages([Objective(RATE, 0.5, 1, 1)])


@given(part=counts, more=counts)
def test_a_share_is_never_said_to_be_more_than_it_is(part: int, more: int) -> None:
    of = part + more
    if not of:
        return
    shown = float(share(part / of).removesuffix(" %"))
    assert shown * of <= part * 100 * (1 + 1e-12)
    assert shown * of > (part - of / 5_000) * 100
    assert (shown == 100) == (part == of)


def test_sums_add_up() -> None:
    one: Any = Reported(5, 4, 2, {"a": 1, "b": 1})
    two = Reported(10, 6, 5, {"b": 1})
    assert one.plus(two) == Reported(15, 10, 7, {"a": 1, "b": 2})
    assert one.plus(two).failures == 3
    assert one.unreported == 1
    assert Reported(1, 2).unreported == 0
