"""Probing: one run of probes, from the claim of each send to its verdict.

A send is durable in the ledger and in the state before the call is made, and the call is made once.
What became of it is asked for until the time of its probe is over; a later run goes on with it.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from smsops.clock import Clock
from smsops.delivery import sightings
from smsops.delivery.budget import (
    GAP,
    Known,
    Resume,
    answered,
    decide,
    free,
    known_serials,
    sends_to,
)
from smsops.delivery.driver import NOT_SENT, Converting, Driver, Fate, Sighting
from smsops.delivery.folding import messages
from smsops.delivery.ledger import Ledger
from smsops.delivery.memory import Memory, ends, recorded
from smsops.delivery.model import (
    Answer,
    Answered,
    Number,
    Records,
    Send,
    Source,
    Verdict,
)
from smsops.delivery.outlook import Outlook
from smsops.delivery.preflight import Refusal, refusal
from smsops.delivery.runs import Case, Run
from smsops.errors import CredentialsError, SmsopsError, StateError
from smsops.model import ProbeRecord
from smsops.text.messages import T, Text

_OUTCOMES = {
    Fate.ACCEPTED: Answered.ACCEPTED,
    Fate.REFUSED: Answered.REFUSED,
    Fate.NOT_SENT: Answered.REFUSED,
    Fate.UNKNOWN: Answered.UNKNOWN,
}
_CREDENTIALS = Refusal("NotAttempted", T("the credentials were refused"))


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what happens. ``moved``: a run has something new."""

    moved: Callable[[Run], object] = lambda _: None
    pausing: Callable[[float, Sequence[Run]], object] = lambda _seconds, _runs: None
    warn: Callable[[Text], object] = lambda _: None


@dataclass(slots=True)
class Probing:
    """The run. ``secret`` is the key of the ledger's hashes."""

    ledger: Ledger
    memory: Memory
    clock: Clock
    secret: bytes = field(repr=False)
    watch: Watch = field(default_factory=Watch)

    # -- before anything is sent -----------------------------------------------------------------

    def look_ahead(self, cases: Sequence[Case], *, wait: bool = True) -> list[Run]:
        """What would become of each case now: refused, gone on with, or sent. Writes nothing."""
        probes = self.memory.probes()
        return Outlook(partial(self._known, probes=probes), self._intended, wait).runs(cases)

    def _known(self, number: Number, probes: Mapping[str, ProbeRecord]) -> Known:
        return Known(self.ledger.of_number(number.mac), probes, self.clock.now())

    def _intended(self, case: Case, number: Number) -> Send:
        draft = case.draft
        return Send(
            secrets.token_hex(16),
            int(self.clock.now()),
            case.driver.channel,
            case.driver.vendor,
            number,
            application=case.application,
            project=case.project,
            probe=case.name,
            template=draft.template.id if draft.template else "",
            sign=draft.sign.text if draft.sign else "",
            within=case.within,
        )

    # -- sending ---------------------------------------------------------------------------------

    def begin(self, runs: Sequence[Run]) -> None:
        """Send what is to be sent, one after the other, but what waits for another of the same
        number; refused credentials end that.
        """
        for run in runs:
            if run.refusal is None and not run.behind:
                self._start(run, runs)

    def _start(self, run: Run, runs: Sequence[Run]) -> None:
        refused = any(isinstance(other.trouble, CredentialsError) for other in runs)
        if refused and not run.resumed:
            run.refusal = _CREDENTIALS
            return
        try:
            self._begin(run)
        except CredentialsError as error:
            run.trouble = error
        if not run.resumed:
            self.watch.moved(run)

    def _begin(self, run: Run) -> None:
        if not self._claim(run):
            return
        send = run.send
        assert send is not None
        try:
            sent = run.case.driver.send(run.case.outgoing())
        except CredentialsError as error:
            code = str(getattr(error, "code", ""))
            answer = Answer(send.id, self._now(), Answered.REFUSED, code=code)
            self._learn(run, answer if free(answer) else replace(answer, code=NOT_SENT))
            raise
        run.why = sent.why
        self._learn(
            run,
            Answer(send.id, self._now(), _OUTCOMES[sent.fate], sent.serial, sent.code, sent.fee),
        )

    def _claim(self, run: Run) -> bool:
        """Whether the send is ours to make: durable in the ledger and in the state, both."""
        case = run.case
        assert case.number is not None
        with self.memory.holding() as held:
            wanted = self._intended(case, case.number)
            decision = self.ledger.claim(wanted, partial(self._decide, wanted, case, held.probes))
            if isinstance(decision, Refusal):
                run.refusal, run.resumed, run.send = decision, False, None
                return False
            if isinstance(decision, Resume):
                run.send, run.serial, run.resumed = decision.send, decision.serial, True
                self._take_over(decision)
                self._fold(run)
                return False
            run.send, run.resumed = wanted, False
            try:
                held.save(case.name, recorded(run, self._known(case.number, held.probes)))
            except BaseException:
                # Nothing was sent, and nothing will be: the number has its message left.
                self.ledger.append([Answer(wanted.id, wanted.at, Answered.REFUSED, code=NOT_SENT)])
                raise
        return True

    def _decide(
        self, wanted: Send, case: Case, probes: Mapping[str, ProbeRecord], records: Records
    ) -> Resume | Refusal | None:
        found = decide(wanted, case.per_day, Known(records, probes, self.clock.now()))
        # Who approves, or waits for another probe, may take until after 22 o'clock.
        return found or refusal(replace(case.draft, at=wanted.at))

    def _take_over(self, found: Resume) -> None:
        """The rows of a send that another machine made, or that nobody heard the answer of."""
        send = found.send
        self.ledger.claim(send, lambda _: None)
        records = self.ledger.of_number(send.number.mac)
        standing = answered(send, records.answers)
        if found.serial and (standing is None or not standing.message):
            row = Answer(send.id, send.at, Answered.ACCEPTED, found.serial)
            self.ledger.append([row])
        elif standing is None:
            self.ledger.append([Answer(send.id, send.at, Answered.UNKNOWN)])

    # -- what became of it -----------------------------------------------------------------------

    def follow(self, runs: Sequence[Run], *, wait: bool = True) -> None:
        """Look until every verdict is there or its time is over; once, without ``wait``. What waits
        for its turn is sent meanwhile.
        """
        ways = [_Way(run, self.clock.monotonic()) for run in runs if run.send is not None]
        for way in ways:
            self._fold(way.run)
        left = [way for way in ways if not way.run.over]
        queue = [run for run in runs if run.behind and run.refusal is None]
        while left or queue:
            now = self.clock.monotonic()
            due, moment = [way for way in left if way.due <= now], self.clock.now()
            self._look([way.run for way in due])
            for way in due:
                way.due = self._next(way)
            left = [way for way in left if wait and self._goes_on(way.run, moment)]
            began = [_Way(run, now) for run in self._take_turns(queue, left, runs)]
            ways, left = ways + began, left + [way for way in began if not way.run.over]
            if left or queue:
                pause = self._pause(left, queue)
                self.watch.pausing(pause, [way.run for way in left])
                self.clock.sleep(pause)
        for way in ways:
            self._finish(way.run)

    def _take_turns(
        self, queue: list[Run], left: Sequence[_Way], runs: Sequence[Run]
    ) -> Iterator[Run]:
        """Begin each run of ``queue`` whose turn it is."""
        open_ = [way.run for way in left]
        for run in list(queue):
            if self._turn(run, open_) > self.clock.now():
                continue
            queue.remove(run)
            self._start(run, runs)
            if run.send is not None:
                self._fold(run)
                open_.append(run)
                yield run

    def _turn(self, run: Run, open_: Sequence[Run]) -> float:
        """When a run may be sent; far off while another to the same number is followed."""
        number = run.case.number
        assert number is not None
        if any(other.case.number == number and other.case.alike(run.case) for other in open_):
            return math.inf
        # What is in the ledger is enough until the claim, and no server is asked meanwhile.
        sent = sends_to(number, self._known(number, {}))
        # One second more: moments of sends are whole seconds, and the vendor counts finer.
        return max(sent, default=-GAP) + GAP + 1

    def _pause(self, left: Sequence[_Way], queue: Sequence[Run]) -> float:
        """Seconds until the next look or the next turn."""
        looks = [way.due - self.clock.monotonic() for way in left]
        open_ = [way.run for way in left]
        turns = [self._turn(run, open_) - self.clock.now() for run in queue]
        return max(0.0, min([*looks, *turns]))

    def _goes_on(self, run: Run, moment: float) -> bool:
        """Whether a look at ``moment`` was not the last one."""
        lost = self._lost_for_good(run) or isinstance(run.trouble, CredentialsError)
        return not run.over and not lost and moment < self._until(run)

    def _until(self, run: Run) -> int:
        """When looking ends, in epoch seconds."""
        send, message = run.send, run.message
        assert send is not None
        if run.verdict is Verdict.DELIVERED and run.case.reply and message is not None:
            return (message.reported_at or send.at) + run.case.reply.within
        valid = run.case.driver.valid
        return send.at + (run.case.within if valid is None else min(run.case.within, valid))

    def _next(self, way: _Way) -> float:
        """When to look again: after the driver's pause, and once exactly at the end."""
        left = self._until(way.run) - self.clock.now()
        pause = next(way.pauses)
        return self.clock.monotonic() + (min(pause, left) if left > 0 else pause)

    def _lost_for_good(self, run: Run) -> bool:
        return not run.serial and run.case.driver.serials_only

    def _look(self, runs: Sequence[Run]) -> None:
        """One look at each of ``runs``, as many in a call as their drivers take."""
        delivered = [run for run in runs if run.verdict is Verdict.DELIVERED]
        for run in delivered:
            self._guarded([run], partial(self._hear, run))
        others = [run for run in runs if run not in delivered and not self._lost_for_good(run)]
        drivers = {id(run.case.driver): run.case.driver for run in others}
        for key, driver in drivers.items():
            mine = [run for run in others if id(run.case.driver) == key]
            for start in range(0, len(mine), driver.batch):
                some = mine[start : start + driver.batch]
                self._guarded(some, partial(self._see, driver, some))
        for run in runs:
            self._fold(run)
            if run.verdict is Verdict.DELIVERED and run not in delivered and run.case.reply:
                self._guarded([run], partial(self._hear, run))

    def _guarded(self, runs: Sequence[Run], work: Callable[[], None]) -> None:
        """A look that fails is one of many, unless it is the credentials."""
        try:
            work()
        except CredentialsError as error:
            for run in runs:
                run.trouble = error
        except SmsopsError as error:
            for run in runs:
                code = getattr(error, "code", "") or type(error).__name__
                self.watch.warn(
                    T("{probe}: a look failed ({code})", probe=run.case.name, code=code)
                )

    def _see(self, driver: Driver, runs: Sequence[Run]) -> None:
        sought = []
        for run in runs:
            assert run.send is not None
            number = run.case.draft.number or ""
            sought.append(
                sightings.window(run.send, number, about=run.case.about, serial=run.serial)
            )
        for run, seen in zip(runs, driver.look(sought), strict=True):
            assert run.send is not None
            if not run.serial and not self._found(run, run.send, seen):
                continue
            rows = sightings.reports(run.send, seen, run.serial, self._now())
            if rows:
                self.ledger.append(rows)

    def _found(self, run: Run, send: Send, seen: Sequence[Sighting]) -> bool:
        """Whether one of ``seen`` is the message whose answer was lost; its id is then kept."""
        known = known_serials(self._known(send.number, self.memory.probes()))
        one = sightings.the_one(seen, known)
        if one is None:
            return False
        outcome = Answered.REFUSED if one.refused else Answered.ACCEPTED
        code = one.code if one.refused else ""
        self._learn(run, Answer(send.id, self._now(), outcome, one.serial, code, source=one.source))
        self.watch.moved(run)
        return True

    def _hear(self, run: Run) -> None:
        """Replies of the phone, whose texts are compared and not kept."""
        send, wanted, number = run.send, run.case.reply, run.case.draft.number or ""
        assert send is not None
        if wanted is None:
            return
        sought = sightings.window(send, number, about=run.case.about)
        heard = [
            each
            for each in run.case.driver.replies(sought)
            if each.number == number and each.at >= send.at
        ]
        self.ledger.append(
            sightings.reply_row(
                send.vendor, send.application, each, self.secret, self._now(), Source.PULL
            )
            for each in heard
        )
        fitting = [
            each.at
            for each in heard
            if (not send.sign or not each.sign or each.sign == send.sign)
            and wanted.pattern.search(each.text)
        ]
        run.replied_at = min(fitting, default=None)

    # -- what is known ---------------------------------------------------------------------------

    def _now(self) -> int:
        return int(self.clock.now())

    def _fold(self, run: Run) -> None:
        """The verdict, from everything that the ledger has: others may write to it too."""
        send = run.send
        assert send is not None
        records = self.ledger.of_number(send.number.mac)
        before = run.verdict if run.message is not None else None
        found = messages(records, now=self.clock.now())
        run.message = next(each for each in found if each.send and each.send.id == send.id)
        run.serial = run.message.message or run.serial
        valid = run.case.driver.valid
        gone = valid is not None and self.clock.now() >= send.at + valid
        if run.message.verdict is Verdict.PENDING and gone:
            run.message = replace(run.message, verdict=Verdict.UNKNOWN)
        if before is not None and before is not run.message.verdict:
            self.watch.moved(run)

    def _learn(self, run: Run, answer: Answer) -> None:
        """An answer, kept in the ledger first and then in the state."""
        self.ledger.append([answer])
        run.serial = answer.message or run.serial
        self._fold(run)
        self._remember(run)

    def _remember(self, run: Run) -> None:
        """Keep a run in the state, as soon as its lock can be had. The ledger has it already, so
        a state that cannot be written is said, and changes no verdict.
        """
        send = run.send
        assert send is not None
        try:
            with self.memory.holding() as held:
                before = held.probes.get(run.case.name)
                if before is not None and before.sent_at > send.at:
                    return  # a later send of another run
                held.save(run.case.name, recorded(run, self._known(send.number, held.probes)))
                run.ends = run.ends or ends(run, before)
            if isinstance(run.trouble, StateError):
                run.trouble = None  # what could not be saved then is saved now
        except StateError as error:
            run.trouble = run.trouble or error
            self.watch.warn(
                T(
                    "Warning: what became of {probe} is not saved in the state: {message}",
                    probe=run.case.name,
                    message=error.message_text,
                )
            )

    def _finish(self, run: Run) -> None:
        self._remember(run)
        if not run.ends or run.verdict is not Verdict.DELIVERED or not run.case.convert:
            return
        driver, message = run.case.driver, run.message
        if isinstance(driver, Converting) and message is not None and run.send is not None:
            try:
                driver.convert(
                    run.send.application, run.serial, at=self._now(), about=run.case.about
                )
            except SmsopsError as error:
                code = getattr(error, "code", "") or type(error).__name__
                self.watch.warn(
                    T(
                        "{probe}: the conversion could not be reported ({code})",
                        probe=run.case.name,
                        code=code,
                    )
                )


@dataclass(slots=True, eq=False)
class _Way:
    """When a run is looked at next, in monotonic seconds."""

    run: Run
    due: float
    pauses: Iterator[float] = field(init=False)

    def __post_init__(self) -> None:
        self.pauses = self.run.case.driver.pauses()
