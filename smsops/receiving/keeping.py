"""Group commit: rows of many requests become durable together, in the ledger or in the spool.

Two threads: one writes to the ledger and replays the spool, the other one writes the files of this
receiver. When the ledger fails, or takes too long, rows go to the spool; that a row may then be
written twice does no harm, it has a key.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from smsops.clock import Clock
from smsops.errors import SmsopsError
from smsops.receiving.spool import Spool, Waiting, erase
from smsops.text.messages import N, T, Text

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger
    from smsops.delivery.model import Row
    from smsops.receiving.queue import Queue

#: Rows of one transaction.
MOST_ROWS = 2_000
#: Seconds that the ledger may take before rows go to the spool instead.
PATIENCE = 3.0
#: Seconds between attempts to reach a ledger that failed: at first, and at most.
_RETRY, _LONGEST = 0.5, 15.0
#: Seconds between looks for what other receivers left and for what is too old, and after a replay.
_CARE, _SOON = 60.0, 2.0
#: Seconds between looks whether the ledger takes too long.
_WATCH = 0.5
_MOST_TICKETS = 500

#: Target, type and body of what is passed on.
Onward = tuple[str, str, bytes]


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that waits until its ``rows`` and what is to be passed on (``onward``) are
    durable. ``kept``: whether they are, once it is ``over``. ``done`` is the request's own.
    """

    rows: Sequence[Row] = field(repr=False)
    onward: Sequence[Onward] = field(repr=False)
    done: object = None
    kept: bool = False
    over: bool = False


class _Task(NamedTuple):
    """What the files get of a ticket."""

    ticket: Ticket
    rows: bool
    onward: bool


@dataclass
class Counts:
    """What is to be told about keeping."""

    ledger_up: bool
    spooled: int = 0
    replayed: int = 0
    groups: int = 0


class Keeper:
    """Keeps what requests bring. ``settled`` gets the tickets that are over, from its threads."""

    def __init__(
        self,
        open_ledger: Callable[[], Ledger],
        ledger: Ledger | None,
        spool: Spool,
        queue: Queue | None,
        *,
        clock: Clock,
        say: Callable[[Text], None],
        settled: Callable[[list[Ticket]], None],
    ) -> None:
        self._open, self._ledger = open_ledger, ledger
        self._spool, self._queue = spool, queue
        self._clock, self._say, self._settled = clock, say, settled
        self.counts = Counts(ledger_up=ledger is not None)
        self._lock = threading.Lock()
        self._for_ledger: deque[Ticket] = deque()
        self._for_files: deque[_Task] = deque()
        self._ledger_wakes = threading.Condition(self._lock)
        self._files_wake = threading.Condition(self._lock)
        self._onward: set[Ticket] = set()
        self._busy: list[Ticket] = []
        self._busy_since: float | None = None
        self._stopping = False
        self._retry_at, self._pause, self._care_at = 0.0, _RETRY, 0.0
        self._unreadable: set[str] = set()
        self._failed_at: float | None = None
        self._why_down: str | None = None
        self._threads = [
            threading.Thread(target=self._write_ledger, name="smsops-ledger", daemon=True),
            threading.Thread(target=self._write_files, name="smsops-spool", daemon=True),
        ]

    def start(self) -> None:
        """Begin to write; what earlier receivers left is replayed first."""
        for thread in self._threads:
            thread.start()

    def keep(self, ticket: Ticket) -> None:
        """Make a ticket durable; it is settled when it is, or cannot be."""
        with self._lock:
            spooled = not self.counts.ledger_up or self._stuck()
            if ticket.onward:
                self._onward.add(ticket)
            if not spooled:
                self._for_ledger.append(ticket)
                self._ledger_wakes.notify()
            if spooled or ticket.onward:
                self._for_files.append(_Task(ticket, spooled, bool(ticket.onward)))
                self._files_wake.notify()

    def close(self) -> None:
        """End after everything that waits; what is in the spool stays there."""
        with self._lock:
            self._stopping = True
            self._ledger_wakes.notify_all()
            self._files_wake.notify_all()
        for thread in self._threads:
            if thread.ident is not None:  # else it was never started
                thread.join(3 * PATIENCE)
        if self._threads[0].is_alive():
            return  # the ledger hangs, and what it was to keep is in the spool
        if self._ledger is not None:
            with suppress(SmsopsError):
                self._ledger.close()
        self._spool.close()

    @property
    def ledger_up(self) -> bool:
        """Whether the ledger takes rows, and in time."""
        return self.counts.ledger_up and not self._stuck()

    @property
    def keeps(self) -> bool:
        """Whether requests can be kept. What failed a while ago may work again: nobody would try if
        whoever watches sent no request here any more.
        """
        at = self._failed_at
        if at is None or (self._queue is None and self.ledger_up):
            return True
        return self._clock.monotonic() - at > _LONGEST

    def _stuck(self) -> bool:
        since = self._busy_since
        return since is not None and self._clock.monotonic() - since > PATIENCE

    # -- the ledger ------------------------------------------------------------------------------

    def _write_ledger(self) -> None:
        while True:
            with self._lock:
                while not (self._for_ledger or self._stopping or self._due()):
                    self._ledger_wakes.wait(self._until_due())
            if self._keep_some():
                continue
            if self._stopping:
                return
            self._care()

    def _due(self) -> bool:
        now = self._clock.monotonic()
        return now >= (self._care_at if self.counts.ledger_up else self._retry_at)

    def _until_due(self) -> float:
        until = self._care_at if self.counts.ledger_up else self._retry_at
        return max(0.01, until - self._clock.monotonic())

    def _keep_some(self) -> bool:
        """Write the next group, if any waits."""
        with self._lock:
            group = _group(self._for_ledger)
            self._busy, self._busy_since = group, self._clock.monotonic() if group else None
        if not group:
            return False
        try:
            self._append([row for ticket in group for row in ticket.rows])
            self.counts.groups += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, rows are kept elsewhere
            self._down(error)
            with self._lock:
                self._busy, self._busy_since = [], None
                self._for_files += [_Task(each, True, False) for each in group if not each.over]
                self._files_wake.notify()
            return True
        with self._lock:
            self._busy, self._busy_since = [], None
        self._settle(group)
        return True

    def _append(self, rows: Sequence[Row]) -> None:
        if self._ledger is None:
            self._ledger = self._open()
        self._ledger.append(rows)

    def _down(self, error: Exception) -> None:
        with self._lock:
            before, self.counts.ledger_up = self.counts.ledger_up, False
            self._retry_at = self._clock.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST)
        known, self._why_down = self._why_down, str(_why(error))
        # One that is not there at the beginning was told of before.
        if before or known not in (None, self._why_down):
            self._say(T("Warning: {why}. Reports wait in the spool.", why=_why(error)))

    def _care(self) -> None:
        """Reach the ledger again, replay what waits for it, forget what is too old."""
        now = self._clock.monotonic()
        waits = readable = False
        try:
            if now >= self._care_at:
                self._care_at = now + _CARE
                self._take_over()
            waits, readable = self._spool.waits(), True
        except Exception as error:  # noqa: BLE001 - the ledger is not to blame
            self._say(T("Warning: the spool cannot be read: {why}", why=_why(error)))
        try:
            if waits or not self.counts.ledger_up:
                self._go_on(replay=readable)
        except Exception as error:  # noqa: BLE001 - this thread has to go on
            self._down(error)

    def _take_over(self) -> None:
        """What receivers that are gone have left."""
        found = self._spool.take_over()
        if found.expired:
            self._say(_expired(found))
        for path in found.queues:
            if self._queue is not None:
                self._queue.take_over(path)
            else:
                erase(path)  # nobody is told any more

    def _go_on(self, *, replay: bool) -> None:
        if self._ledger is None:
            self._ledger = self._open()
        self._ledger.bound()  # whether it answers
        with self._lock:
            before, self.counts.ledger_up = self.counts.ledger_up, True
            if self._queue is None:
                self._failed_at = None
        replayed = self._replay() if replay else 0
        self._pause = _RETRY
        if replayed or not before:
            self._care_at = min(self._care_at, self._clock.monotonic() + _SOON)
            one = "The ledger is there; {count} row of the spool was written to it."
            many = "The ledger is there; {count} rows of the spool were written to it."
            self._say(N(replayed, one, many))

    def _replay(self) -> int:
        """Write what waits to the ledger; how many rows that were."""
        replayed = 0
        for path in self._spool.sealed():
            if path.name in self._unreadable:
                continue
            groups = self._spool.replay(path, MOST_ROWS)
            while (rows := self._next(groups, path.name)) is not None:
                self._append(rows)
                replayed += len(rows)
                self._keep_some()  # requests do not wait until all of a long spool is replayed
        self.counts.replayed += replayed
        return replayed

    def _next(self, groups: Iterable[list[Row]], name: str) -> list[Row] | None:
        try:
            return next(iter(groups), None)
        except SmsopsError as error:
            self._unreadable.add(name)
            words = T("Warning: a file of the spool cannot be read: {why}", why=error.message_text)
            self._say(words)
            return None

    # -- files of this receiver ------------------------------------------------------------------

    def _write_files(self) -> None:
        while True:
            with self._lock:
                if not self._for_files:
                    if self._stopping and (not self._threads[0].is_alive() or self._stuck()):
                        return
                    self._files_wake.wait(0.05 if self._stopping else _WATCH)
                if self._stuck():
                    self._rescue()
                most = min(_MOST_TICKETS, len(self._for_files))
                tasks = [self._for_files.popleft() for _ in range(most)]
            if tasks:
                self._keep_in_files(tasks)

    def _rescue(self) -> None:
        """The ledger takes too long: what it was to write goes to the spool."""
        waiting = [*self._busy, *self._for_ledger]
        self._busy = []
        self._for_ledger.clear()
        self._for_files += [_Task(ticket, True, False) for ticket in waiting if not ticket.over]

    def _keep_in_files(self, tasks: list[_Task]) -> None:
        rows = [row for task in tasks if task.rows for row in task.ticket.rows]
        onward = [each for task in tasks if task.onward for each in task.ticket.onward]
        try:
            if onward and self._queue is not None:
                self._queue.put(onward, int(self._clock.now()))
            if rows:
                self._spool.append(rows)
                self.counts.spooled += len(rows)
        except Exception as error:  # noqa: BLE001 - they are told that nothing was kept
            if self._failed_at is None:
                self._say(T("Warning: nothing can be kept: {why}", why=_why(error)))
            self._failed_at = self._clock.monotonic()
            self._settle([task.ticket for task in tasks], failed=True)
            return
        self._failed_at = None
        with self._lock:
            self._onward -= {task.ticket for task in tasks if task.onward}
            done = [task.ticket for task in tasks if task.rows or task.ticket.kept]
        self._settle(done)

    def _settle(self, tickets: Iterable[Ticket], *, failed: bool = False) -> None:
        """Rows of ``tickets`` are durable; they are over unless something is still to be queued."""
        over = []
        with self._lock:
            for ticket in tickets:
                if ticket.over:
                    continue
                if failed:
                    self._onward.discard(ticket)
                ticket.kept = not failed
                if ticket not in self._onward:
                    ticket.over = True
                    over.append(ticket)
        if over:
            self._settled(over)


def _group(waiting: deque[Ticket]) -> list[Ticket]:
    found: list[Ticket] = []
    rows = 0
    while waiting and (not found or rows + len(waiting[0].rows) <= MOST_ROWS):
        ticket = waiting.popleft()
        if not ticket.over:
            rows += len(ticket.rows)
            found.append(ticket)
    return found


def _why(error: Exception) -> object:
    return error.message_text if isinstance(error, SmsopsError) else type(error).__name__


def _expired(found: Waiting) -> Text:
    return N(
        found.expired,
        "Warning: {count} file that waited for 72 h is gone.",
        "Warning: {count} files that waited for 72 h are gone.",
    )
