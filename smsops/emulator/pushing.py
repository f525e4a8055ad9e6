"""Pushes callbacks from threads of their own, so that no call to the emulator waits for a receiver.

Each URL has its queue and its thread. What could not be delivered is said, when it happens, and
when the emulator stops; with a file, also what a killed emulator still had to push is said at the
next start.
"""

from __future__ import annotations

import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from random import Random
from threading import Condition, Event, Lock, Thread
from typing import TYPE_CHECKING

from smsops.clock import SYSTEM, Clock
from smsops.emulator.callbacks import RULES, Disorder, Kind, Report, Target, reports_of
from smsops.emulator.exchange import TIMEOUT, Exchange, interrupt
from smsops.emulator.history import WAITING as HISTORY
from smsops.emulator.journal import Journal
from smsops.emulator.messages import Message, Reply, cut
from smsops.text.sanitise import terminal

if TYPE_CHECKING:
    from smsops.emulator.core import Emulator

#: Seconds before the second and third try. They are not documented.
PAUSES = (1.0, 2.0)
#: Seconds in which what falls due is collected, to be pushed in reverse.
COLLECTED = 1.0
#: Reports that wait for one URL, at most; then the oldest are dropped. As many as messages may wait
#: for their reports: all of them come at once after a restart.
WAITING = HISTORY
#: Lines about dropped reports of one URL; the rest is counted.
_LINES = 20
_NAMED = 5
#: Characters of what a receiver said that is no answer.
_WORDS = 100


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one push: ``error`` is empty when it was answered rightly."""

    kind: str
    url: str
    serials: tuple[str, ...]
    tries: int
    error: str

    def to_json(self) -> dict[str, object]:
        """JSON values for the control routes."""
        return {
            "kind": self.kind,
            "url": self.url,
            "serials": list(self.serials),
            "tries": self.tries,
            "error": self.error,
        }


class Pusher:
    """Pushes verdicts and replies to ``targets`` as they happen.

    :meth:`report` and :meth:`reply` are for subscribers: they return at once. ``say`` gets a line
    for whatever is dropped, from the thread that dropped it. ``clock`` paces delays and repeats:
    its sleeps should end when the server stops. ``path`` keeps what is under way.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        *,
        disorder: Disorder | None = None,
        clock: Clock = SYSTEM,
        say: Callable[[str], None] = lambda _: None,
        path: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.outcomes: deque[Pushed] = deque(maxlen=1000)
        self.dropped = 0
        self._say = say
        self._said: Counter[Target] = Counter()
        self._delivered: Counter[Target] = Counter()
        self._failed: Counter[Target] = Counter()
        self._errors: dict[Target, str] = {}
        self._told: Callable[[], None] = lambda: None
        self._lock = Lock()
        self._journal = Journal(path)
        made = disorder or Disorder()
        self._lines = [
            _Line(target, made, clock, self._record, Random(seed))  # noqa: S311 - delays
            for target in targets
        ]

    def start(self) -> None:
        """Say what a killed emulator had not pushed, and begin."""
        if left := self._journal.left():
            self._say(f"callbacks that were under way when the emulator ended: {_named(left)}")
        for line in self._lines:
            line.thread.start()

    @contextmanager
    def following(self, emulator: Emulator) -> Iterator[None]:
        """Push what happens in ``emulator``, until the end of the block."""
        self.start()

        def tell(kind: str, payload: object) -> None:
            if isinstance(payload, Message) and not emulator.settings.session_context:
                payload = payload._replace(session_context="")
            self.tell(kind, payload)

        end = emulator.subscribe(tell)
        emulator.pushed = self.to_json
        self._told = lambda: emulator.events.tell("callback", None)
        try:
            yield
        finally:
            end()
            self.stop()

    def tell(self, kind: str, payload: object) -> None:
        """Take an event of an emulator; see :mod:`smsops.emulator.events`."""
        match kind, payload:
            case "report", Message():
                self.report(payload)
            case "expired", Message():
                self._take(payload, None, (Kind.HUAWEI,))
            case "reply", (Message() as message, Reply() as reply):
                self.reply(message, reply)

    def to_json(self) -> dict[str, object]:
        """The last pushes, oldest first, how many reports were dropped, and sums by URL."""
        with self._lock:
            return {
                "callbacks": [one.to_json() for one in self.outcomes],
                "dropped": self.dropped,
                "targets": [self._sums(line) for line in self._lines],
            }

    def _sums(self, line: _Line) -> dict[str, object]:
        target = line.target
        return {
            "kind": target.kind,
            "url": target.shown,
            "delivered": self._delivered[target],
            "failed": self._failed[target],
            "waiting": line.waiting,
            "last_error": self._errors.get(target, ""),
        }

    def report(self, message: Message) -> None:
        """Push the verdict of a message."""
        self._take(message, None)

    def reply(self, message: Message, reply: Reply) -> None:
        """Push a reply to a message."""
        self._take(message, reply)

    def _take(
        self, message: Message, reply: Reply | None, kinds: Iterable[Kind] = tuple(Kind)
    ) -> None:
        for line in self._lines:
            if line.target.kind not in kinds:
                continue
            reports = line.disorder.kept(reports_of(line.target.kind, message, reply))
            if reports:
                with self._lock:
                    for _ in reports:
                        self._journal.begun(line.target.kind, message.serial)
                line.put(reports)

    def stop(self) -> None:
        """End the threads, in the middle of a push too, and say what was not pushed."""
        for line in self._lines:
            line.stop()
        for line in self._lines:
            line.thread.join(TIMEOUT + 1)
            if left := line.rest():
                self._drop(line.target, left, "the emulator stopped")
        self._journal.close()
        if self.dropped:
            self._say(f"callbacks dropped in all: {self.dropped}")

    def settle(self, seconds: float = 30.0) -> bool:
        """Wait until nothing is under way; whether that came about within ``seconds``."""
        return all(line.settle(seconds) for line in self._lines)

    def _record(self, target: Target, reports: Sequence[Report], tries: int, error: str) -> None:
        serials = tuple(report.message.serial for report in reports)
        with self._lock:
            self.outcomes.append(Pushed(target.kind, target.shown, serials, tries, error))
            (self._failed if error else self._delivered)[target] += len(reports)
            if error:
                self._errors[target] = error
        if error:
            times = "once" if tries == 1 else f"{tries} times"
            self._drop(target, reports, f"tried {times}, {error}" if tries else error)
        else:
            self._finish(target, reports)
        self._told()

    def _drop(self, target: Target, reports: Sequence[Report], why: str) -> None:
        with self._lock:
            self.dropped += len(reports)
            self._said[target] += 1
            lines = self._said[target]
        self._finish(target, reports)
        named = _named([report.message.serial for report in reports])
        if lines <= _LINES:
            self._say(f"callback dropped, {target.kind} of {named} to {target.shown}: {why}")
        if lines == _LINES:
            self._say(f"further callbacks to {target.shown} that are dropped are only counted")

    def _finish(self, target: Target, reports: Sequence[Report]) -> None:
        with self._lock:
            for report in reports:
                self._journal.ended(target.kind, report.message.serial)


def _named(serials: Sequence[str]) -> str:
    known = list(dict.fromkeys(serials))
    more = len(known) - _NAMED
    return ", ".join(known[:_NAMED]) + (f" and {more} more" if more > 0 else "")


class _Line:
    """One URL: what waits for it, and the thread that pushes it in order."""

    def __init__(
        self,
        target: Target,
        disorder: Disorder,
        clock: Clock,
        record: Callable[[Target, Sequence[Report], int, str], None],
        random: Random,
    ) -> None:
        self.target = target
        self.disorder = disorder
        self.thread = Thread(target=self._run, name=f"smsops-{target.kind}", daemon=True)
        self._clock = clock
        self._record = record
        self._random = random
        self._waiting: deque[tuple[float, Report]] = deque()
        self._changed = Condition()
        self._stopping = Event()
        self._busy = False
        self._under_way = 0
        self._socket: socket.socket | None = None

    @property
    def waiting(self) -> int:
        """Reports that are not pushed yet, those of the push under way included."""
        with self._changed:
            return len(self._waiting) + self._under_way

    def put(self, reports: Iterable[Report]) -> None:
        low, high = self.disorder.delay
        due = self._clock.monotonic() + (self._random.uniform(low, high) if high else 0.0)
        too_many = []
        with self._changed:
            self._waiting.extend((due, report) for report in reports)
            while len(self._waiting) > WAITING:
                too_many.append(self._waiting.popleft()[1])
            self._changed.notify_all()
        if too_many:
            self._record(self.target, too_many, 0, f"more than {WAITING} were waiting")

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
            if self._socket is not None:
                interrupt(self._socket)

    def rest(self) -> list[Report]:
        """What still waits, taken out of the queue."""
        with self._changed:
            left = [report for _, report in self._waiting]
            self._waiting.clear()
        return left

    def settle(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._busy), seconds)

    def _run(self) -> None:
        while (first := self._first()) is not None:
            self._sleep(first - self._clock.monotonic())
            if self.disorder.reverse:
                self._sleep(COLLECTED)
            pushes = self.disorder.pushes(self.target.kind, self._due())
            for number, push in enumerate(pushes):
                self._under_way = sum(map(len, pushes[number:]))
                tries, error = self._push(push)
                if error and self._stopping.is_set():
                    self._put_back(pushes[number:])
                    break
                self._under_way -= len(push)
                self._record(self.target, push, tries, error)
            self._under_way = 0

    def _first(self) -> float | None:
        """When the first report falls due, once there is one; ``None`` at the end."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._stopping.is_set())
            if self._stopping.is_set():
                return None
            self._busy = True
            return min(due for due, _ in self._waiting)

    def _due(self) -> list[Report]:
        if self._stopping.is_set():
            return []
        now = self._clock.monotonic()
        with self._changed:
            due = [report for moment, report in self._waiting if moment <= now]
            self._waiting = deque(item for item in self._waiting if item[0] > now)
        return due

    def _put_back(self, pushes: Sequence[Sequence[Report]]) -> None:
        """What was not pushed, for :meth:`rest`; duplicates once."""
        left = dict.fromkeys(report for push in pushes for report in push)
        with self._changed:
            self._waiting.extendleft((0.0, report) for report in reversed(left))

    def _sleep(self, seconds: float) -> None:
        if seconds > 0 and not self._stopping.is_set():
            self._clock.sleep(seconds)

    def _push(self, reports: Sequence[Report]) -> tuple[int, str]:
        """Push until it is answered rightly: the tries it took, and why the last one failed."""
        rule = RULES[self.target.kind]
        body, error = rule.encode(reports), ""
        for number in range(rule.tries):
            if number:
                self._sleep(PAUSES[number - 1])
            if self._stopping.is_set():
                return number, error or "the emulator stopped"
            error = self._try(body)
            if not error:
                return number + 1, ""
        return rule.tries, error

    def _try(self, body: bytes) -> str:
        """Push once; why it failed, or nothing."""
        rule = RULES[self.target.kind]
        try:
            with Exchange(self.target, self._interruptible) as exchange:
                status, found = exchange.post(body, rule.content_type)
        except (OSError, HTTPException, ValueError) as error:
            return f"no answer ({_words(error)})"
        if status != 200:
            return f"answered with status {status}"
        return "" if rule.right(found) else 'not answered with {"result":0}'

    def _interruptible(self, connection: socket.socket | None) -> None:
        """Take the connection of a push, for :meth:`stop`; ``None`` when it has ended."""
        with self._changed:
            self._socket = connection
            if connection is not None and self._stopping.is_set():  # stop() came too early for it
                raise OSError("the emulator stopped")


def _words(error: Exception) -> str:
    """Why there was no answer, on one line; what the receiver said in its place is foreign text."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return cut(terminal(str(error).strip()), _WORDS) or type(error).__name__
