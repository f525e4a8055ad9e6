"""The messages of an account: the newest ones whole, all of them in its sums.

Bounded: the oldest leave once there are more than ``keep``, or too large ones, and what they were
stays in :attr:`History.tallies`, so that statistics are always sums over everything that was sent.
None leaves before its report was told. Where too many wait for that, the oldest reports come early.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, nextafter

from smsops.emulator.agenda import Agenda, Entry
from smsops.emulator.expiry import Expiry
from smsops.emulator.messages import (
    PENDING,
    REFUSED,
    Json,
    Message,
    Reply,
    received,
    seq_of,
    snapshot,
)
from smsops.emulator.packages import Package, Packages
from smsops.emulator.tallies import NOTHING, Tally, tally
from smsops.emulator.unpulled import Unpulled

KEEP = 20_000
#: ``keep`` of who bounds nothing.
EVERYTHING = 10**9
#: Messages beyond ``keep`` that wait for their reports, at most.
WAITING = 100_000
#: A message with more characters than ``HEAVY`` counts towards ``MOST``, the sum of all those.
HEAVY, MOST = 1000, 16_000_000
_HOUR = 3600
#: What happened, and to what, as :mod:`smsops.emulator.events` tells it.
Event = tuple[str, Message | tuple[Message, Reply]]


@dataclass(slots=True)
class History:
    """Messages, their sums, and what is to come of them: who is told, billed, and may pull.

    Changes are ``send`` (:func:`smsops.emulator.messages.sent`),
    ``{"report": [seq, verdict, code, at]}``, ``{"reply": [seq, text, at]}``,
    ``{"pulled": {"reports": [seq, ...], "replies": [[seq, place], ...]}}``,
    ``{"package": {...}}``, ``{"told": at}`` (subscribers know what became true until then),
    ``{"early": [seq, at]}`` (reports up to a message come now), ``{"clock": [last, now]}`` (it
    went back) and ``{"sums": {...}}``, which only a rewritten file has.
    """

    keep: int = KEEP
    messages: dict[int, Message] = field(default_factory=dict)
    tallies: dict[tuple[str, int], Tally] = field(default_factory=dict)
    packages: Packages = field(default_factory=Packages)
    unpulled: Unpulled = field(default_factory=Unpulled)
    next_seq: int = 1
    #: What the last rewriting of the file spared: messages that left, changes that are over.
    dead: int = 0
    #: When the newest message was sent, and until when everything was told.
    latest: float = 0.0
    told: float = 0.0
    #: What becomes true and was not told.
    agenda: Agenda = field(default_factory=Agenda)
    _expiry: Expiry = field(default_factory=Expiry)
    _heavy: dict[int, int] = field(default_factory=dict)
    _weight: int = 0
    _numbers: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    # ---- looking -------------------------------------------------------------------------------

    def of_serial(self, serial: str) -> Message | None:
        """The message that the API calls ``serial``."""
        message = self.messages.get(seq_of(serial))
        if message is None or message.serial != serial:  # of a file that others wrote
            message = next((one for one in self.newest() if one.serial == serial), None)
        return None if serial == "" else message

    def of_number(self, number: str) -> Iterator[Message]:
        """Messages to a number (E.164), oldest first."""
        return (self.messages[seq] for seq in self._numbers.get(number, ()))

    def newest(self) -> Iterator[Message]:
        """All messages, newest first."""
        return reversed(self.messages.values())

    def sums(self, app: str, begin: int, end: int, now: float) -> Tally:
        """Sums of an application over the hours from ``begin`` to ``end`` (hours since the epoch),
        both included.
        """
        total = NOTHING
        for (of, hour), counted in self.tallies.items():
            if of == app and begin <= hour <= end:
                total = total.plus(counted)
        for message in self.messages.values():
            if message.app == app and begin <= int(message.sent_at // _HOUR) <= end:
                total = total.plus(tally(message, now))
        return total

    @property
    def next_moment(self) -> float:
        """When the next thing is due to be told."""
        return min(self.agenda.first, self._expiry.first)

    def due(self, now: float) -> Iterator[Event]:
        """What became true up to ``now``, once: a ``report`` or ``reply``, or that a message that
        was never reported ``expired``.
        """
        for at, entries in self.agenda.pop(now):
            for entry in entries:
                if self._moment(entry) != at:  # it left, or another report took its place
                    continue
                if isinstance(entry, int):
                    yield "report", self.messages[entry].at(now)
                else:
                    message = self.messages[entry[0]]
                    yield "reply", (message.at(now), message.replies[entry[1]])
        for message in self._expiry.pop(now, self.messages):
            yield "expired", message

    def pass_over(self, now: float) -> None:
        """Take what became true up to ``now`` as told."""
        for _ in self.agenda.pop(now):
            pass
        for _ in self._expiry.pop(now, self.messages):
            pass

    def forgo(self) -> None:
        """Take everything as told, also what is to come: an older emulator told it, or never will.
        Pulls hand it out all the same.
        """
        moments = [at for message in self.messages.values() for at in message.moments()]
        self.told = max([self.told, *moments])
        self.pass_over(self.told)

    def _moment(self, entry: Entry) -> float | None:
        seq, place = (entry, -1) if isinstance(entry, int) else entry
        message = self.messages.get(seq)
        if message is None:
            return None
        return message.report_at if place < 0 else message.replies[place].at

    # ---- changing ------------------------------------------------------------------------------

    def apply(self, change: Json) -> bool:
        """Take over one change, if it is about messages. Raises ``ValueError``."""
        match change:
            case {"send": dict(document)}:
                self._send(received(document))
            case {"report": [int(seq), str(verdict), str(code), int(at) | float(at)]}:
                self._report(seq, verdict, code, at)
            case {"reply": [int(seq), str(text), int(at) | float(at)]}:
                self._reply(seq, Reply(text, at))
            case {"pulled": {"reports": list(reports), "replies": list(replies)}}:
                self.dead += 1
                self.unpulled.take(reports, replies, self.messages)
            case {"told": int(at) | float(at)}:
                self.told = at
                self.dead += 1
                self.pass_over(at)
            case {"early": [int(seq), int(at) | float(at)]}:
                self._early(seq, at)
            case {"clock": [int(last) | float(last), int(now) | float(now)]}:
                self._turn_back(last, now)
            case {"package": dict(document)}:
                package = Package(**document)
                self.packages.owned[package.id] = package
            case {"sums": dict(document)}:
                self._sums(document)
            case _:
                return False
        return True

    def _send(self, messages: Iterable[Message]) -> None:
        # Runs for every message of a call: names instead of attributes, and members by place.
        kept, by_number, reports = self.messages, self._numbers, self.unpulled.reports
        bill = self.packages.bill
        seq, before = self.next_seq - 1, len(kept)
        moment, entries = -1.0, list[Entry]()
        for message in messages:
            seq, _, number, _, _, _, verdict, _, report_at, replies = message[:10]
            kept[seq] = message
            by_number[number].append(seq)
            if verdict == REFUSED:
                continue
            app = message.app
            bill(message)
            if report_at is not None:
                reports[app][seq] = None
                if report_at != moment:
                    moment, entries = report_at, []
                    self.agenda.put(report_at, entries)
                entries.append(seq)
            elif verdict == PENDING:
                self._expiry.wait(message)
            for place, reply in enumerate(replies):
                self.unpulled.replies[app][seq, place] = None
                self.agenda.put(reply.at, [(seq, place)])
        self.next_seq = seq + 1
        if seq in kept:
            last = kept[seq]
            self.latest = max(self.latest, last.sent_at)
            if (weight := last.weight) > HEAVY:  # all of one call are alike
                many = len(kept) - before
                self._heavy |= dict.fromkeys(range(seq + 1 - many, seq + 1), weight)
                self._weight += weight * many

    def trim(self, *, followed: bool) -> None:
        """Let the oldest messages leave that need not be kept. ``followed``: somebody is told of
        reports; else they are told as soon as they are there.
        """
        if not followed:
            self.pass_over(self.latest)
        kept, told = self.messages, self.agenda.first
        first, leaving = self.next_seq - len(kept), list[Message]()
        # Messages are numbered without gaps; the dict itself finds its first one slowly.
        for seq in range(first, self.next_seq - self.keep):
            message = kept[seq]
            if not message.is_over(told):
                break
            leaving.append(message)
        self._leave(leaving, followed=followed)
        while self._weight > MOST and self.keep < EVERYTHING and kept:
            message = kept[self.next_seq - len(kept)]
            if not message.is_over(told):
                break
            self._leave([message], followed=followed)

    def crowded(self) -> Json | None:
        """The change that lets the oldest reports come early, if too many messages wait for them.

        Then half as many do.
        """
        over = len(self.messages) - self.keep
        heavy = self._weight > MOST and self.keep < EVERYTHING
        first = self.next_seq - len(self.messages)
        if (over <= WAITING and not heavy) or self.messages[first].is_over(
            nextafter(self.latest, inf)  # it is there already, and will be told
        ):
            return None
        last = first + max(over - WAITING // 2, 0)
        spare = self._weight - MOST // 2 if heavy else 0
        while spare > 0 and last < self.next_seq - 1:
            spare -= self._heavy.get(last, 0)
            last += 1
        return {"early": [last, self.latest]}

    def _early(self, last: int, at: float) -> None:
        first = self.next_seq - len(self.messages)
        self._move(range(first, min(last + 1, self.next_seq)), lambda moment: min(moment, at))

    def _turn_back(self, last: float, now: float) -> None:
        """What was true stays true, and what is to come is as far away as before."""

        def moved(moment: float) -> float:
            return moment if moment <= now else moment - (last - now)

        self._move(range(self.next_seq - len(self.messages), self.next_seq), moved)
        self.latest, self.told = min(self.latest, now), min(self.told, now)

    def _move(self, seqs: range, moved: Callable[[float], float]) -> None:
        """Other moments for the reports and replies of some messages."""

        self.agenda.move(seqs, moved, self._moment)
        for seq in seqs:
            self.messages[seq] = self.messages[seq].moved(moved)

    def _leave(self, messages: Sequence[Message], *, followed: bool) -> None:
        by_number = self._numbers
        # Those of one call count alike: what they add is worked out once for all of them.
        alike: dict[tuple[object, ...], int] = {}
        examples: dict[tuple[object, ...], Message] = {}
        for message in messages:
            seq, _, number, _, _, *what, _ = message[:10]
            key = (message.app, message.sent_at, *what)
            if key in alike:
                alike[key] += 1
            else:
                alike[key], examples[key] = 1, message
            del self.messages[seq]
            seqs = by_number[number]
            del seqs[0]
            if not seqs:
                del by_number[number]
            self.unpulled.forget(message)
            self._expiry.leave(message, followed=followed)
            if self._heavy:
                self._weight -= self._heavy.pop(seq, 0)
        for key, times in alike.items():
            one = examples[key]
            of = (one.app, int(one.sent_at // _HOUR))
            self.tallies[of] = self.tallies.get(of, NOTHING).plus(tally(one), times)
        self.dead += len(messages)

    def _report(self, seq: int, verdict: str, code: str, at: float) -> None:
        known = self.messages.get(seq)
        if known is not None:
            self.messages[seq] = known._replace(verdict=verdict, code=code, report_at=at)
            self.unpulled.report(known)
            self.agenda.put(at, [seq])
            self.dead += 1

    def _reply(self, seq: int, reply: Reply) -> None:
        known = self.messages.get(seq)
        if known is not None:
            self.messages[seq] = known._replace(replies=(*known.replies, reply))
            self.unpulled.replies[known.app][seq, len(known.replies)] = None
            self.agenda.put(reply.at, [(seq, len(known.replies))])
            self.dead += 1

    # ---- rewriting the file --------------------------------------------------------------------

    def snapshot(self) -> Iterator[Json]:
        """Changes that make this history from an empty one."""
        for package in self.packages.owned.values():
            yield {"package": package.to_json()}
        yield from snapshot(self.messages.values())
        yield self.unpulled.taken(self.messages.values())
        # Reports that came between two moments of telling are rather told twice than never.
        yield {"told": min(self.told, nextafter(self.agenda.first, 0.0))}
        yield {
            "sums": {
                "next": self.next_seq,
                "spent": dict(self.packages.spent),
                "used": [list(pair) for pair in self.packages.used.items()],
                "tallies": [[*key, *counted] for key, counted in self.tallies.items()],
            }
        }

    def _sums(self, document: Mapping[str, object]) -> None:
        match document:
            case {
                "next": int(seq),
                "spent": dict(spent),
                "used": list(used),
                "tallies": list(tallies),
            }:
                self.next_seq = seq
                self.packages.used = defaultdict(int, dict(used))
                self.packages.spent = defaultdict(int, spent)
                self.tallies = {(app, hour): Tally(*counted) for app, hour, *counted in tallies}
            case _:
                raise ValueError("sums that are not complete")
