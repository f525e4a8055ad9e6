"""Pacing: below the documented limits, and on a jittery way too, without giving away much time."""

from __future__ import annotations

import heapq
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsops.clock import SYSTEM, Clock
from smsops.errors import UsageError
from smsops.kinds import RESOURCES
from smsops.providers.tencent.limits import DOCUMENTED, Limiter, Rate, Ticket, rate
from tests.support.clock import FakeClock
from tests.support.examples import examples

DOCUMENT = {
    "AddSmsTemplate": 2,
    "DeleteSmsTemplate": 1,
    "ModifySmsTemplate": 20,
    "DescribeSmsTemplateList": 20,
    "AddSmsSign": 1,
    "ModifySmsSign": 1,
    "DeleteSmsSign": 1,
    "DescribeSmsSignList": 20,
}


def test_the_documented_limits() -> None:
    assert {action: DOCUMENTED[action] for action in DOCUMENT} == DOCUMENT
    for kind in RESOURCES.values():
        wire = kind.api
        assert {wire.add, wire.modify, wire.delete, wire.describe} <= DOCUMENTED.keys()


def test_a_project_may_set_another_rate() -> None:
    assert rate("AddSmsSign", {}) == 1
    assert rate("AddSmsSign", {"AddSmsSign": 0.5}) == 0.5
    assert rate("SomethingNew", {}) == 1


@pytest.mark.parametrize("chosen", [0, -1, float("nan")])
def test_a_rate_has_to_be_one(chosen: float) -> None:
    with pytest.raises(UsageError, match="AddSmsSign"):
        rate("AddSmsSign", {"AddSmsSign": chosen})


class SlidingWindow:
    """A server that counts arrivals in a sliding second; refused ones do not count, or do."""

    def __init__(self, limit: int, *, strict: bool = False) -> None:
        self._limit = limit
        self._strict = strict
        self._arrivals: deque[float] = deque()

    def admits(self, moment: float) -> bool:
        while self._arrivals and moment - self._arrivals[0] >= 1.0:
            self._arrivals.popleft()
        fits = len(self._arrivals) < self._limit
        if fits or self._strict:
            self._arrivals.append(moment)
        return fits


@dataclass(frozen=True)
class Run:
    """What came of a simulated run: its length and how many calls were throttled."""

    seconds: float
    throttled: int


def simulate(
    calls: int,
    limit: int,
    *,
    before: Callable[[], float] = lambda: 0.0,
    after: Callable[[], float] = lambda: 0.0,
    strict: bool = False,
    pace: Rate | None = None,
) -> Run:
    """``calls`` through a pace to a server, in simulated time, as many at once as the pace lets.

    ``before`` and ``after`` are seconds before the server admits a call and until its reply.
    Throttled calls are repeated.
    """
    pace = pace or Rate(limit)
    server = SlidingWindow(limit, strict=strict)
    now, todo, throttled, finished = 0.0, calls, 0, 0.0
    #: (moment, number, what happens, ticket, admitted)
    events: list[tuple[float, int, str, Ticket, bool]] = []
    number = 0
    while todo or events:
        delay = pace.delay(now) if todo else float("inf")
        due = events[0][0] if events else float("inf")
        if now + delay <= due:
            now += delay
            if delay > 0:
                continue  # time has passed: ask again, as a sleeper does
            ticket = pace.start(now)
            ticket.sent = now
            todo -= 1
            number += 1
            heapq.heappush(events, (now + before(), number, "arrives", ticket, False))
            continue
        now, _, what, ticket, admitted = heapq.heappop(events)
        number += 1
        if what == "arrives":
            fits = server.admits(now)
            heapq.heappush(events, (now + (after() if fits else 0), number, "reply", ticket, fits))
            continue
        pace.end(ticket, now, throttled=not admitted)
        if not admitted:
            throttled += 1
            todo += 1
        finished = now
    return Run(finished, throttled)


def jitter(seed: int) -> Callable[[], float]:
    """0 to 300 ms, at random but always the same."""
    noise = random.Random(seed)
    return lambda: noise.uniform(0, 0.3)


@pytest.mark.parametrize(("limit", "calls"), [(1, 20), (1, 200), (2, 200), (20, 400)])
@pytest.mark.parametrize("strict", [False, True])
def test_slow_replies_cost_nothing_and_nothing_is_throttled(
    limit: int, calls: int, strict: bool
) -> None:
    run = simulate(calls, limit, after=jitter(limit * calls), strict=strict)
    assert run.throttled == 0
    assert run.seconds <= calls / limit * (1.05 if limit <= 2 else 1.12)


@pytest.mark.parametrize(("limit", "calls"), [(1, 20), (1, 50), (1, 200), (2, 50), (2, 200)])
@pytest.mark.parametrize("strict", [False, True])
def test_a_jittery_way_there_is_learned_from_the_first_refusal(
    limit: int, calls: int, strict: bool
) -> None:
    for seed in range(50):
        run = simulate(calls, limit, before=jitter(seed), strict=strict)
        assert run.throttled <= max(1, calls // 20)
        assert run.seconds <= calls / limit * 1.2


def test_twenty_a_second_survive_jitter() -> None:
    for seed in range(20):
        run = simulate(400, 20, before=jitter(seed))
        assert run.throttled <= 400 // 20
        assert run.seconds <= 400 / 20 * 1.5


def test_eighteen_of_twenty_a_second() -> None:
    """Measured: 18 a second is never throttled, 19.6 is."""
    run = simulate(181, 20)
    assert run.seconds == pytest.approx(10.0, rel=0.01)


def test_reads_dare_a_little_more_than_writes() -> None:
    assert simulate(186, 20, pace=Rate(20, reads=True)).seconds == pytest.approx(9.6, rel=0.01)
    jittery = [
        simulate(186, 20, before=jitter(seed), pace=Rate(20, reads=True)) for seed in range(20)
    ]
    assert max(run.throttled for run in jittery) <= 186 // 20


def test_reading_catches_up_with_the_start_of_its_process() -> None:
    """Four calls at once, then an even pace: a small account is read as soon as it can be."""
    quick, slow = Rate(20, reads=True), Rate(20)
    assert simulate(4, 20, pace=quick).seconds == 0
    assert simulate(4, 20, pace=slow).seconds == pytest.approx(3 / 18)


@pytest.mark.parametrize("strict", [False, True])
def test_commands_in_a_row_keep_to_the_limit_together(strict: bool) -> None:
    """Processes come to their first call about 0.4 s after the last one of the one before."""
    server, now, throttled = SlidingWindow(20, strict=strict), 0.0, 0
    for calls in (40, 12, 5, 30, 18, 19, 20, 21, 40):
        pace = Rate(20, reads=True)
        for _ in range(calls):
            while (delay := pace.delay(now)) > 0:
                now += delay
            ticket = pace.start(now)
            ticket.sent = now
            throttled += not server.admits(now)
            pace.end(ticket, now, throttled=False)
        now += 0.4
    assert throttled == 0


@given(
    limit=st.integers(1, 25),
    delays=st.lists(st.floats(0, 0.025), min_size=60, max_size=60),
    strict=st.booleans(),
    reads=st.booleans(),
)
@settings(max_examples=examples(100))
def test_small_jitter_is_never_throttled(
    limit: int, delays: list[float], strict: bool, reads: bool
) -> None:
    left, pace = iter(delays), Rate(limit, reads=reads)
    assert simulate(60, limit, before=lambda: next(left), strict=strict, pace=pace).throttled == 0


@given(
    limit=st.sampled_from([1, 2, 20]),
    noise=st.randoms(use_true_random=False),
    width=st.floats(0, 2),
)
@settings(max_examples=examples(50))
def test_every_run_ends_whatever_the_jitter(limit: int, noise: random.Random, width: float) -> None:
    run = simulate(60, limit, before=lambda: noise.uniform(0, width))
    assert run.seconds < 60 / limit * (1.2 + 2 * width) + 2 * width + 5


@pytest.mark.parametrize(("chosen", "seconds"), [(0.5, 2.0), (0.1, 10.0), (1, 1.0), (2.5, 0.4)])
def test_fractions_of_a_call_a_second(chosen: float, seconds: float) -> None:
    pace = Rate(chosen)
    pace.start(0.0).sent = 0.0
    assert seconds <= pace.delay(0.0) <= seconds * 1.04
    assert pace.delay(seconds * 1.04) == 0.0


def test_a_very_large_rate_is_no_limit() -> None:
    pace = Rate(10_000)
    for _ in range(1000):
        assert pace.delay(5.0) == 0.0
        pace.start(5.0)


def test_a_late_call_does_not_make_all_after_it_late() -> None:
    """A busy machine wakes a sleeper late; a pause is another matter."""
    pace = Rate(20)
    for moment in (0.0, 0.1, 2.0):
        pace.start(moment).sent = moment
        due = pace.window / pace.size * 2 if moment == 0.1 else moment + pace.window / pace.size
        assert pace.delay(moment) == pytest.approx(due - moment)


def test_late_sends_keep_the_pace() -> None:
    """Every call starts 20 ms after it could: together they take as long as if none did."""
    pace = Rate(20)
    now = 0.0
    for _ in range(181):
        now += pace.delay(now) + 0.02
        pace.start(now).sent = now
    assert now == pytest.approx(10.0, abs=0.05)


@pytest.mark.parametrize("limit", [1, 2, 20])
def test_a_pause_saves_nothing_up(limit: int) -> None:
    """After a suspend or a jump ahead the next calls are as far apart as ever."""
    pace = Rate(limit)
    for step in range(limit):
        pace.start(step / limit).sent = step / limit
    later = 100_000.0
    starts: list[float] = []
    while len(starts) < 3 * limit:
        later += pace.delay(later)
        pace.start(later).sent = later
        starts.append(later)
    server = SlidingWindow(limit)
    assert all(server.admits(moment) for moment in starts)


def test_a_clock_that_jumps_back_does_not_stop_the_run() -> None:
    pace = Rate(1)
    pace.start(5000.0).sent = 5000.0
    assert pace.delay(10.0) <= 1.1


def test_a_slow_send_delays_its_successor() -> None:
    """A connection that takes half a second must not halve the distance of two arrivals."""
    pace = Rate(1)
    ticket = pace.start(0.0)
    assert pace.delay(0.4) == float("inf")
    ticket.sent = 0.5
    assert pace.delay(0.5) >= 1.0


def test_a_call_that_was_never_sent_frees_its_place() -> None:
    pace = Rate(1)
    ticket = pace.start(0.0)
    pace.end(ticket, 0.2, throttled=False)
    assert pace.delay(0.2) < 1.1


def test_a_lost_reply_does_not_stop_a_careful_pace_for_ever() -> None:
    pace = Rate(1)
    first = pace.start(0.0)
    first.sent = 0.0
    pace.end(first, 0.1, throttled=True)
    second = pace.start(2.0)
    second.sent = 2.0
    assert pace.delay(4.0) == float("inf")
    assert pace.delay(7.5) < 1.1


def test_turns_wait_on_the_injected_clock() -> None:
    fake = FakeClock()
    limiter = Limiter(fake.clock, {})
    for _ in range(4):
        with limiter.turn("AddSmsTemplate") as turn:
            turn.sent()
    assert 1.5 <= fake.elapsed <= 1.6


def test_actions_do_not_wait_for_each_other() -> None:
    fake = FakeClock()
    limiter = Limiter(fake.clock, {})
    for action in DOCUMENT:
        with limiter.turn(action) as turn:
            turn.sent()
    assert fake.elapsed == 0


def test_overrides_reach_the_pace() -> None:
    fake = FakeClock()
    limiter = Limiter(fake.clock, {"AddSmsSign": 1e9})
    for _ in range(100):
        with limiter.turn("AddSmsSign") as turn:
            turn.sent()
    assert fake.elapsed == 0


def test_a_failed_call_ends_its_turn() -> None:
    fake = FakeClock()
    limiter = Limiter(fake.clock, {})
    with pytest.raises(RuntimeError), limiter.turn("AddSmsSign"):
        raise RuntimeError("nothing was sent")
    with limiter.turn("AddSmsSign"):
        assert fake.elapsed < 1.1


def test_many_threads_keep_one_pace() -> None:
    """Twelve threads, real time: no second ever sees more than the limit."""
    limiter = Limiter(SYSTEM, {"X": 40})
    moments: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(3):
            with limiter.turn("X") as turn:
                with lock:
                    moments.append(SYSTEM.monotonic())
                turn.sent()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments.sort()
    assert len(moments) == 36
    assert moments[-1] - moments[0] >= 35 / 40


def test_a_stopped_run_waits_for_no_turn() -> None:
    stop = threading.Event()

    def sleep(seconds: float) -> None:
        stop.set()

    limiter = Limiter(Clock(lambda: 0.0, lambda: 0.0, sleep), {})
    with limiter.turn("AddSmsSign", stopped=stop.is_set) as turn:
        turn.sent()
    with limiter.turn("AddSmsSign", stopped=stop.is_set):
        assert stop.is_set()
