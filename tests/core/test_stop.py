"""Asking a run to end: who asked counts, and what waits gives up soon."""

from __future__ import annotations

import pytest

from smsops.cancellation import Stop, Stopped
from smsops.errors import Exit, Interrupted, StateError
from tests.support.clock import FakeClock

TERMINATED = Interrupted(exit=Exit.TERMINATED)
FULL, BROKEN = StateError("full"), StateError("broken")


def test_nobody_asked() -> None:
    stop = Stop()
    assert not stop
    assert stop.cause is None
    stop.check()


def test_the_first_cause_stays() -> None:
    stop = Stop()
    causes = []
    for cause in (FULL, BROKEN, TERMINATED, BROKEN):
        stop.set(cause)
        assert stop
        causes.append(stop.cause)
    # But a signal is weightier than a failure.
    assert causes == [FULL, FULL, TERMINATED, TERMINATED]


def test_listeners_are_told_once() -> None:
    stop = Stop()
    told: list[int] = []
    stop.listeners.append(lambda: told.append(1))
    stop.set(FULL)
    stop.set(TERMINATED)
    assert told == [1]


@pytest.mark.parametrize(
    ("cause", "code"), [(TERMINATED, Exit.TERMINATED), (Interrupted(), 130), (FULL, 130)]
)
def test_what_was_not_attempted_ends_as_the_signal_says(cause: StateError, code: int) -> None:
    stop = Stop()
    stop.set(cause)
    with pytest.raises(Stopped, match="not attempted, the run was ending") as ended:
        stop.check()
    assert ended.value.exit == code


def test_a_pause_ends_soon_after_somebody_asks() -> None:
    stop, time = Stop(), FakeClock(moment=0.0)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.advance(seconds)
        if time.moment >= 1.0:
            stop.set(TERMINATED)

    clock = type(time.clock)(time.clock.now, time.clock.monotonic, sleep)
    with pytest.raises(Stopped):
        stop.sleep(clock, 100)
    assert time.moment == 1.0
    assert max(slept) == 0.25


def test_a_pause_that_nobody_ends_has_its_length() -> None:
    stop, time = Stop(), FakeClock(moment=0.0)
    stop.sleep(time.clock, 0.6)
    assert time.moment == pytest.approx(0.6)
    stop.sleep(time.clock, 0)
    stop.sleep(time.clock, -1)
    assert time.moment == pytest.approx(0.6)
