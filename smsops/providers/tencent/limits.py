"""Calls a second: the documented limits, and the pacing that stays below them.

The API counts arrivals per action, region and sub-account in a sliding second ("接口请求频率限制"),
and answers ``RequestLimitExceeded`` beyond. Requests take a varying time to arrive, so an even
pace at exactly the limit is throttled now and then. Hence two rules, both per action:

* **evenly spaced**: calls are due 1/limit apart, stretched by a margin. A call that starts a
  little late, on a busy machine say, does not make all after it late. Reading starts late by the
  time that a process needs to get there, in which it made no call: its first few calls go at once.
  Nothing else is saved up, so neither a pause nor a suspended machine is followed by a burst.
* **a window of sent requests**: a call starts only when the call ``limit`` places before it was
  *completely sent* a second and most of the margin ago. A slow connection delays its successors
  with it. Most of it, because a call that was late itself has used up the rest.

Once a call is throttled all the same, the way there is jittery, and the window is counted from
*replies* instead, without a margin: a request has arrived before its reply. This costs a round
trip in each window and ends the throttling.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Condition, Lock
from types import TracebackType
from typing import NamedTuple

from smsops.clock import Clock
from smsops.errors import UsageError
from smsops.providers.errors import reads
from smsops.text.messages import T

#: Documented calls a second ("简介", 频率限制); those of STS have no entry, 10 is modest.
DOCUMENTED: Mapping[str, float] = {
    "AddSmsSign": 1,
    "AddSmsTemplate": 2,
    "DeleteSmsSign": 1,
    "DeleteSmsTemplate": 1,
    "DescribeSmsSignList": 20,
    "DescribeSmsTemplateList": 20,
    "ModifySmsSign": 1,
    "ModifySmsTemplate": 20,
    "GetCallerIdentity": 10,
    "SendSms": 3000,
    "PullSmsSendStatus": 100,
    "PullSmsReplyStatus": 100,
    "PullSmsSendStatusByPhoneNumber": 20,
    "PullSmsReplyStatusByPhoneNumber": 20,
    "DescribePhoneNumberInfo": 1000,
    "ReportConversion": 1000,
    "SendStatusStatistics": 10,
    "CallbackStatusStatistics": 10,
    "SmsPackagesStatistics": 10,
    "AssumeRole": 10,
    "AssumeRoleWithWebIdentity": 10,
}
#: At and above this a rate is no limit at all.
UNLIMITED = 1000.0


class Margin(NamedTuple):
    """How a pace of up to ``most`` calls a second stays below the limit.

    ``writes`` and ``reads`` are the shares of a window that are kept free. ``lead`` are the seconds
    by which the first read of a process is late: half of what it takes to get there, so that
    commands in a row keep to the limit together.
    """

    most: float
    writes: float
    reads: float
    lead: float


#: Jitter is a matter of milliseconds: it is small beside the second between two Adds, and large
#: beside the 50 ms between two Modifies. Measured at a limit of 20: 18 a second is never throttled,
#: 19.6 is. A read that is throttled now and then is only read again, so reads dare a little more.
MARGINS = (Margin(5.0, 0.03, 0.03, 0.0), Margin(math.inf, 1 / 9, 0.06, 0.2))
#: What of a margin is kept towards the moment at which a call was sent.
MOST = 0.75
#: Seconds that keep the noise of floating point out of a window without a margin.
ROUNDING = 0.002
#: Seconds by which a call may be late without delaying those after it.
LATE = 0.25
#: Seconds after which even a request on a jittery way has arrived, reply or not.
PATIENCE = 5.0


def rate(action: str, overrides: Mapping[str, float]) -> float:
    """Calls a second for ``action``: the project's, else the documented one, else a modest 1.

    Raises :class:`UsageError` for an override that is no rate.
    """
    chosen = overrides.get(action, DOCUMENTED.get(action, 1.0))
    if not chosen > 0:
        raise UsageError(
            T("rateLimits: {action} must be more than 0 calls a second", action=action)
        )
    return chosen


@dataclass(slots=True, eq=False)
class Ticket:
    """One call on its way. Moments are monotonic seconds; ``None`` until they happen."""

    started: float
    sent: float | None = None
    ended: float | None = None


class Rate:
    """The two rules for one action. Not thread-safe, never waits: :class:`Limiter` does."""

    def __init__(self, calls_a_second: float, *, reads: bool = False) -> None:
        self._unlimited = calls_a_second >= UNLIMITED
        row = next(row for row in MARGINS if calls_a_second <= row.most)
        margin = row.reads if reads else row.writes
        #: How late the first call is.
        self._lead = row.lead if reads else 0.0
        #: How many calls a window takes, and how long it is.
        self.size = max(1, math.floor(calls_a_second))
        self.window = self.size / calls_a_second * (1 + margin)
        self._sent = self.size / calls_a_second * (1 + margin * MOST)
        self._bare = self.size / calls_a_second + ROUNDING
        self._latest: deque[Ticket] = deque(maxlen=self.size)
        self._due = -math.inf
        self._careful = False

    @property
    def _spacing(self) -> float:
        """Seconds between two calls. Counted from replies, they are late by themselves."""
        return self.window / self.size / (2 if self._careful and self.size > 1 else 1)

    def delay(self, now: float) -> float:
        """Seconds until the next call may start, 0 for now; infinite: until a call reports."""
        if self._unlimited or not self._latest:
            return 0.0
        # A clock that jumped back would make calls wait for a moment long past.
        ready = min(self._due, now + self._spacing)
        if len(self._latest) == self.size:
            window = self._bare if self._careful else self._sent
            ready = max(ready, self._counted_from(self._latest[0], now) + window)
        return max(0.0, ready - now)

    def start(self, now: float) -> Ticket:
        """A call starts. Only when :meth:`delay` is 0."""
        ticket = Ticket(now)
        self._latest.append(ticket)
        if self._due == -math.inf:
            self._due = now - self._lead
        elif not 0 <= now - self._due <= LATE:
            self._due = now
        self._due += self._spacing
        return ticket

    def end(self, ticket: Ticket, now: float, *, throttled: bool) -> None:
        """A call has its reply, or never will."""
        ticket.ended = now
        self._careful = self._careful or throttled

    def _counted_from(self, ticket: Ticket, now: float) -> float:
        """The moment from which the window after ``ticket`` counts; infinite if yet to come."""
        if ticket.sent is None:
            moment = ticket.ended
        elif not self._careful:
            moment = ticket.sent
        elif ticket.ended is not None:
            moment = ticket.ended
        else:
            moment = ticket.sent + PATIENCE if now > ticket.sent + PATIENCE else None
        return math.inf if moment is None else min(moment, now)


class Limiter:
    """Makes calls wait for their turn, action by action. Thread-safe.

    ``with limiter.turn(action) as turn:`` waits, and the body sends. It calls :meth:`Turn.sent`
    when the request has left, and :meth:`Turn.throttled` when it was refused for its frequency.
    """

    def __init__(self, clock: Clock, overrides: Mapping[str, float]) -> None:
        self._clock = clock
        self._overrides = overrides
        self._lanes: dict[str, _Lane] = {}
        self._lock = Lock()

    def turn(self, action: str, *, stopped: Callable[[], bool] = lambda: False) -> Turn:
        """The next turn of ``action``. Entering it waits; if ``stopped`` says so, not for long."""
        with self._lock:
            lane = self._lanes.get(action)
            if lane is None:
                pace = Rate(rate(action, self._overrides), reads=reads(action))
                lane = self._lanes[action] = _Lane(pace, self._clock)
        return Turn(lane, stopped)


class _Lane:
    """One queue an action: ``first`` is held by the next call, ``changed`` guards its rate."""

    def __init__(self, pace: Rate, clock: Clock) -> None:
        self.pace = pace
        self.clock = clock
        self.first = Lock()
        self.changed = Condition()


class Turn(AbstractContextManager["Turn"]):
    """One call's turn; see :class:`Limiter`."""

    #: Seconds after which a wait looks again whether the run is stopping.
    LOOK = 0.2

    def __init__(self, lane: _Lane, stopped: Callable[[], bool]) -> None:
        self._lane = lane
        self._stopped = stopped
        self._ticket: Ticket | None = None
        self._throttled = False

    def __enter__(self) -> Turn:
        lane = self._lane
        with lane.first:
            while not self._stopped():
                with lane.changed:
                    delay = lane.pace.delay(lane.clock.monotonic())
                    if delay <= 0:
                        self._ticket = lane.pace.start(lane.clock.monotonic())
                        break
                    if delay == math.inf:
                        lane.changed.wait(self.LOOK)
                        continue
                lane.clock.sleep(min(delay, self.LOOK))
        return self

    def sent(self) -> None:
        """The request has left this machine. Asked again, the later moment counts."""
        with self._lane.changed:
            if self._ticket is not None:
                self._ticket.sent = self._lane.clock.monotonic()
            self._lane.changed.notify_all()

    def throttled(self) -> None:
        """The call was refused for its frequency."""
        self._throttled = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ticket is None:
            return
        with self._lane.changed:
            now = self._lane.clock.monotonic()
            self._lane.pace.end(self._ticket, now, throttled=self._throttled)
            self._lane.changed.notify_all()
