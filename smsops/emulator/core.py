"""The emulator: one request in, one reply out, whoever carries them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from smsops.clock import SYSTEM, Clock
from smsops.emulator import dialects, seed, signature
from smsops.emulator.account import Item, Json
from smsops.emulator.actions import SERVICES, Action, find
from smsops.emulator.calls import Call, Outcome, Session
from smsops.emulator.dialects import Dialect
from smsops.emulator.events import Events, Subscriber
from smsops.emulator.faults import (
    AFTER_ADMISSION,
    AFTER_COMMIT,
    BEFORE_ADMISSION,
    BEFORE_COMMIT,
    Fault,
    Faults,
)
from smsops.emulator.hosts import from_page
from smsops.emulator.limiter import Limiter
from smsops.emulator.messages import Message
from smsops.emulator.parameters import missing, size
from smsops.emulator.settings import Settings
from smsops.emulator.spoiling import SPOILERS, spoil
from smsops.emulator.store import Store
from smsops.emulator.wire import Delivery, Refused, Reply, Request
from smsops.errors import UsageError

LOG = logging.getLogger(__name__)
#: What :meth:`Emulator.reset` can be about.
RESETS = ("all", "messages")
#: Seconds by which a clock that is corrected may go back: it is taken to stand still.
_SLACK = 1.0
#: Characters of an action's name that are remembered of a call.
_NAME = 100
_MAINLAND = ("ap-beijing", "ap-guangzhou", "ap-nanjing")
REGIONS: Mapping[str, tuple[str, ...]] = {
    "cn": _MAINLAND,
    "intl": ("ap-chengdu", "ap-hongkong", "ap-shanghai", "ap-singapore", *_MAINLAND),
}

#: Called with an event and an action: ``before-commit`` and ``before-reply`` of every admitted
#: call, ``after-commit`` of every committed write. It may block, or end a process.
Hook = Callable[[str, str], None]


class _Admitted(NamedTuple):
    action: Action
    session: Session | None
    dialect: Dialect


class _Executed(NamedTuple):
    result: Mapping[str, object]
    committed: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """One call that arrived: ``moment`` is monotonic seconds, ``code`` an error code or ``""``."""

    action: str
    moment: float
    code: str
    request_id: str


class Emulator:
    """An account behind the API. Safe to use from several threads.

    ``path``: the data file; ``None`` keeps everything in memory. ``serves``: this is the one
    emulator that serves it, and tells what was not told when another one ended. The constructor and
    :meth:`handle` raise :class:`smsops.emulator.store.DataError` when the file cannot be used;
    for requests, however broken, there is always a reply.
    """

    def __init__(
        self,
        path: Path | None = None,
        settings: Settings | None = None,
        *,
        clock: Clock = SYSTEM,
        faults: Iterable[Fault] = (),
        hook: Hook | None = None,
        serves: bool = False,
    ) -> None:
        self.settings = settings or Settings()
        self.store = Store(path, keep=self.settings.keep, followed=serves)
        self.events = Events(self.store, self.now)
        if serves:
            self.events.serve()
        self._latest = self._noted() if serves else 0.0
        self._turning = Lock()
        self.faults: Faults = Faults(faults, seed=self.settings.seed)
        self.hook = hook
        self.calls: deque[Served] = deque(maxlen=100_000)
        #: What became of callbacks, for whoever pushes them to replace.
        self.pushed: Callable[[], Json] = lambda: {"callbacks": [], "dropped": 0, "targets": []}
        self._clock = clock
        self._limiter = Limiter()

    # ---- requests ------------------------------------------------------------------------------

    def moment(self) -> float:
        """Now, for :attr:`smsops.emulator.wire.Request.arrived`."""
        return self._clock.monotonic()

    def now(self) -> float:
        """Now, in epoch seconds. What became true stays true when the clock is set back. Not
        inside a store's block.
        """
        now = self._clock.now()
        if now >= self._latest:
            self._latest = now
            return now
        with self._turning:
            if self._latest - now <= _SLACK:
                return self._latest
            self._turn_back(self._latest, now)
            self._latest = now
        return now

    def _turn_back(self, last: float, now: float) -> None:
        LOG.warning("emulator: the clock went back by %.0f s", last - now)
        delay = self.settings.review_delay
        with self.store.writing() as contents:
            changes: list[Json] = [{"clock": [last, now]}]
            for items in contents.items.values():
                for item in items.values():
                    seen = item.at(last, delay)
                    if seen is not item and item.at(now, delay) is item:
                        changes.append({"put": seen.to_json()})
            self.store.commit(changes)

    def _noted(self) -> float:
        with self.store.reading() as contents:
            return contents.history.told

    @property
    def prompt(self) -> bool:
        """Whether calls wait for nothing: neither a file nor a delay, a fault or a hook."""
        waits = any(self.settings.latency) or bool(self.faults.ordered) or self.hook is not None
        return self.store.path is None and not waits

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        dialect = dialects.of(request)
        request_id, name = dialect.new_id(self._clock.now()), dialect.called(request)
        early = self.faults.due(name, BEFORE_ADMISSION)
        begun = self._clock.monotonic()
        self._delay(early, BEFORE_ADMISSION)
        broken = tuple(fault for fault in early if fault.kind in SPOILERS)
        if broken:
            return spoil(dialect.answered({}, request_id, self._clock.now()), broken)
        # A busy server gets round to a request some time after it arrived, which is what counts.
        late = 0.0 if request.arrived is None else begun - request.arrived
        moment = self._clock.monotonic() - late
        try:
            let_in = self._admit(request, dialect, moment)
        except Refused as refusal:
            self._record(name, moment, refusal.code, request_id)
            return dialect.refused(refusal, request_id, self._clock.now())
        return self._serve(request, let_in, moment, request_id)

    def _admit(self, request: Request, dialect: Dialect, moment: float) -> _Admitted:
        """The action that is called and by whom, if the gateway lets the call in."""
        if dialect is dialects.API:
            action, session = self._signed(request)
        else:
            action, session = dialects.operation(request), None
        limited = self.settings.limits and action.limit > 0
        if limited and not self._limiter.admit(action.name, action.limit, moment):
            raise dialect.busy(action)
        return _Admitted(action, session, dialect)

    def _signed(self, request: Request) -> tuple[Action, Session | None]:
        """The action of the API that is called, and by whom."""
        if request.method not in ("GET", "POST"):
            raise Refused("UnsupportedProtocol", "Only GET and POST are supported.")
        if from_page(request.headers):
            raise Refused("UnsupportedOperation", "A web page may not call the emulator.")
        size(request)
        version, name = request.header("x-tc-version"), request.header("x-tc-action")
        known = find(version or "", name or "", self.settings)
        claim = signature.claimed(request) if known is None or known.signed else None
        for header in ("Action", "Version", "Timestamp"):
            if not request.header(f"x-tc-{header.lower()}"):
                raise missing(header)
        if version not in SERVICES:
            raise Refused("NoSuchVersion", "The version does not exist.")
        action = known
        if action is None or request.path != "/":
            raise Refused("InvalidAction", "The action does not exist, or is not emulated.")
        session = None
        if claim is not None:
            now = self._clock.now()
            session = signature.verify(request, claim, action.service, self.settings, now)
        if action.regional:
            region = request.header("x-tc-region")
            if not region:
                raise missing("Region")
            regions = REGIONS[self.settings.site]
            if region not in regions:
                raise Refused("UnsupportedRegion", f"The region is none of {', '.join(regions)}.")
        return action, session

    def _serve(self, request: Request, let_in: _Admitted, moment: float, request_id: str) -> Reply:
        action = let_in.action
        due = self.faults.due(action.name, AFTER_ADMISSION, BEFORE_COMMIT, AFTER_COMMIT)
        self._delay(due, AFTER_ADMISSION)
        self._tell("before-commit", action)
        code, refused = "", None
        done = _Executed({})
        if not _struck(due, BEFORE_COMMIT):
            try:
                done = self._execute(request, let_in, due, request_id)
            except Refused as refusal:
                code, refused = refusal.code, refusal
            if done.committed:
                self._tell("after-commit", action)
                self.events.committed()
        code = next((fault.code for fault in due if fault.kind == "error"), code)
        self._record(action.name, moment, code, request_id)
        self._delay(due, AFTER_COMMIT)
        self._tell("before-reply", action)
        dialect, now = let_in.dialect, self._clock.now()
        answer = (
            dialect.answered(done.result, request_id, now)
            if refused is None
            else dialect.refused(refused, request_id, now)
        )
        if done.lost:
            answer = replace(answer, delivery=Delivery.DROPPED)
        return spoil(answer, due)

    def _execute(
        self, request: Request, let_in: _Admitted, due: tuple[Fault, ...], request_id: str
    ) -> _Executed:
        action, session, dialect = let_in
        parameters = dialect.read(request, action.parameters)
        hidden = max((_one(fault.seconds) for fault in due if fault.kind == "hide"), default=0.0)
        for fault in due:
            if fault.kind in ("insert", "remove"):
                self._shift(fault, action)
        now = self.now()
        if not action.writes:
            with self.store.reading() as contents:
                call = Call(parameters, contents, self.settings, now, hidden, session)
                return _Executed(action.run(call).result)
        with self.store.writing() as contents:
            outcome = action.run(Call(parameters, contents, self.settings, now, 0.0, session))
            change = outcome.change
            if change is not None:
                if action.recorded:
                    entry = _entry(len(contents.ledger) + 1, action, outcome, now, request_id)
                    change = {**change, "ledger": entry}
                self.store.commit([change])
        return _Executed(outcome.result, change is not None, outcome.lost)

    def _record(self, action: str, moment: float, code: str, request_id: str) -> None:
        served = Served(action[:_NAME], moment, code, request_id)
        self.calls.append(served)
        self.events.tell("call", served)
        LOG.debug("emulator: %s %s %s", action, code or "done", request_id)

    def _tell(self, event: str, action: Action) -> None:
        if self.hook is not None:
            self.hook(event, action.name)

    def _delay(self, due: tuple[Fault, ...], place: str) -> None:
        given = [fault.seconds for fault in due if fault.kind == "delay" and fault.place == place]
        if place == self.settings.latency_at and any(self.settings.latency):
            given.append(self.settings.latency)
        for seconds in given:
            self._clock.sleep(self.faults.seconds(seconds))

    # ---- the reviewer, the console and tests ---------------------------------------------------

    def review(self, kind: str, number: int, code: int, reply: str = "") -> None:
        """Give an object a review code. Raises :class:`SeedError` naming the ids there are."""
        now = self.now()
        with self.store.writing() as contents:
            change = seed.review(contents, kind, number, code, reply, now)
            self.store.commit([change])
        self.events.flush()

    def judge_qualification(self, number: int, verdict: str) -> None:
        """Approve or reject a qualification. Raises :class:`SeedError`."""
        with self.store.writing() as contents:
            self.store.commit([seed.judge_qualification(contents, number, verdict)])
        self.events.flush()

    def seed(self, objects: object, *, anew: bool = False) -> list[int]:
        """Put objects into the account without the API; see :func:`smsops.emulator.seed.seeds`.

        Returns their ids. All of them are there, or none.
        """
        now = self.now()
        with self.store.writing() as contents:
            changes = seed.seeds(contents, objects, now, anew=anew)
            self.store.commit(changes)
        self.events.flush()
        return [_id(change) for change in changes]

    def remove(self, kind: str, number: int) -> None:
        """Delete an object as somebody in the console would: it leaves no trace in the ledger.

        Raises :class:`SeedError` naming the ids there are.
        """
        with self.store.writing() as contents:
            self.store.commit([seed.removal(contents, kind, number)])
        self.events.flush()

    def items(self, kind: str) -> list[Item]:
        """The objects of a kind as they are now, by id."""
        now, delay = self.now(), self.settings.review_delay
        with self.store.reading() as contents:
            return [item.at(now, delay) for _, item in sorted(contents.items[kind].items())]

    def reset(self, what: str = "all") -> None:
        """Empty the account: ``all`` of it, or its ``messages``. Ids then begin anew.

        Calls are forgotten and faults taken back with both.
        """
        if what not in RESETS:
            raise UsageError(f"a reset is about {' or '.join(RESETS)}, not {what!r:.40}")
        with self.store.writing():
            self.store.commit([{"reset": True if what == "all" else what}])
        self.calls.clear()
        self.faults.order(())
        self.events.flush()

    # ---- messages ------------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        """The messages that are kept, newest first, as they are now."""
        now = self.now()
        with self.store.reading() as contents:
            return [message.at(now) for message in contents.history.newest()]

    def message(self, serial: str) -> Message:
        """One message as it is now. Raises :class:`SeedError` for an unknown serial number."""
        now = self.now()
        with self.store.reading() as contents:
            return seed.known(contents, serial).at(now)

    def report(self, serial: str, verdict: str, code: str = "") -> None:
        """Report a message now: delivered, or failed with a code. Raises :class:`SeedError`."""
        now = self.now()
        with self.store.writing() as contents:
            self.store.commit([seed.report(contents, serial, verdict, code, now)])
        self.events.flush()

    def reply_from(self, serial: str, text: str) -> None:
        """Answer a message from the phone that it went to. Raises :class:`SeedError`."""
        now = self.now()
        with self.store.writing() as contents:
            self.store.commit([seed.reply(contents, serial, text, now)])
        self.events.flush()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tell ``subscriber`` what happens from now on; returns what ends it.

        See :class:`smsops.emulator.events.Events`.
        """
        return self.events.subscribe(subscriber)

    def ledger(self) -> list[Json]:
        """Every write that an API call committed, in order; images as digest and size."""
        with self.store.reading() as contents:
            return list(contents.ledger)

    def _shift(self, fault: Fault, action: Action) -> None:
        """Somebody else adds or deletes an object, between two pages of a list for example."""
        kind = "sign" if "Sign" in action.name else "template"
        if fault.kind == "insert":
            name = "SignName" if kind == "sign" else "TemplateName"
            made = {name: "inserted", **({"TemplateContent": "inserted"} if name[0] == "T" else {})}
            self.seed([{"kind": kind, **(fault.value or made)}], anew=True)
            return
        items = self.items(kind)
        there = [item.id for item in items]
        number = fault.value if fault.value is not None else next(iter(there), None)
        if number in there:
            self.remove(kind, number)


def _struck(due: tuple[Fault, ...], place: str) -> bool:
    return any(fault.place == place and fault.kind in SPOILERS for fault in due)


def _one(seconds: float | tuple[float, float]) -> float:
    return seconds[1] if isinstance(seconds, tuple) else seconds


def _id(change: Json) -> int:
    for value in change.values():
        if isinstance(value, dict) and isinstance(value.get("id"), int):
            number: int = value["id"]
            return number
    return 0


def _entry(
    seq: int, action: Action, outcome: Outcome, now: float, request_id: str
) -> dict[str, Any]:
    return {
        "seq": seq,
        "time": round(now, 3),
        "action": action.name,
        "id": outcome.id,
        "request_id": request_id,
    }
