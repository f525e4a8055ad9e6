"""The messages of an account: the newest ones whole, all of them in its sums.

Bounded: with more than ``keep`` messages the oldest leave, and what they were stays in
:attr:`History.tallies`, so that statistics are always sums over everything that was sent.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from smsops.emulator.messages import (
    FAILED,
    REFUSED,
    Json,
    Message,
    Reply,
    received,
    seq_of,
    snapshot,
)
from smsops.emulator.receipts import cause_of

KEEP = 20_000
_HOUR = 3600


class Tally(NamedTuple):
    """Sums over the messages of one application that were sent in one hour."""

    requests: int = 0
    accepted: int = 0
    fee: int = 0
    delivered: int = 0
    failed: int = 0
    internal: int = 0
    invalid: int = 0
    shutdown: int = 0
    blacklist: int = 0
    frequency: int = 0

    def plus(self, other: Tally, times: int = 1) -> Tally:
        """Both together; the other one as often as ``times``."""
        return Tally(*[mine + times * theirs for mine, theirs in zip(self, other, strict=True)])


NOTHING = Tally()


def tally(message: Message, now: float | None = None) -> Tally:
    """What one message counts for at ``now``; ``None``: when everything is over."""
    if message.verdict == REFUSED:
        return Tally(requests=1)
    seen = message if now is None else message.at(now)
    counted = Tally(requests=1, accepted=1, fee=seen.fee)
    if seen.reported_at is None:
        return counted
    if seen.verdict == FAILED:
        return counted._replace(failed=1, **{cause_of(seen.code).value: 1})
    return counted._replace(delivered=1)


def _moments(message: Message) -> Iterator[tuple[float, int, int]]:
    """What becomes true of a message: the moment, its seq, the place of the reply or -1."""
    if message.report_at is not None:
        yield message.report_at, message.seq, -1
    for place, reply in enumerate(message.replies):
        yield reply.at, message.seq, place


@dataclass(frozen=True, slots=True)
class Package:
    """A package of messages (套餐包) of an application; moments are epoch seconds."""

    id: int
    app: str
    amount: int
    kind: int
    created: int
    effective: int
    expires: int

    def to_json(self) -> dict[str, int | str]:
        """JSON values for the stored account."""
        return asdict(self)


@dataclass(slots=True)
class History:
    """Messages, sums, packages, and which reports and replies by-app pulls have taken.

    Changes are ``send`` (:func:`smsops.emulator.messages.sent`),
    ``{"report": [seq, verdict, code, at]}``, ``{"reply": [seq, text, at]}``,
    ``{"pulled": {"reports": [seq, ...], "replies": [[seq, place], ...]}}``,
    ``{"package": {...}}`` and ``{"sums": {...}}``, which only a rewritten file has.
    """

    keep: int = KEEP
    messages: dict[int, Message] = field(default_factory=dict)
    tallies: dict[tuple[str, int], Tally] = field(default_factory=dict)
    packages: dict[int, Package] = field(default_factory=dict)
    #: Domestic segments that were ever billed to an application.
    spent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    #: Segments taken from each package.
    used: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    #: By application, in order: messages whose report, and replies that no pull has taken.
    reports: defaultdict[str, dict[int, None]] = field(default_factory=lambda: defaultdict(dict))
    replies: defaultdict[str, dict[tuple[int, int], None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    next_seq: int = 1
    #: Messages that left since the file was last rewritten.
    dead: int = 0
    #: A heap of (moment, seq, place of the reply or -1): what becomes true, for :meth:`due`, and
    #: made when somebody asks for the first time.
    _agenda: list[tuple[float, int, int]] | None = None
    _numbers: defaultdict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))

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

    def usable(self, app: str, now: float) -> list[Package]:
        """Packages of an application that can be used at ``now``, the next to expire first."""
        usable = (
            package
            for package in self.packages.values()
            if package.app == app and package.effective <= now < package.expires
        )
        return sorted(usable, key=lambda package: (package.expires, package.id))

    def due(self, now: float, since: float = 0.0) -> Iterator[tuple[Message, Reply | None]]:
        """What became true up to ``now``, once: a report (``None``) or a reply of a message.

        What became true until ``since`` is passed over.
        """
        if self._agenda is None:
            self._agenda = [entry for one in self.messages.values() for entry in _moments(one)]
            heapify(self._agenda)
        agenda = self._agenda
        while agenda and agenda[0][0] <= now:
            at, seq, place = heappop(agenda)
            message = self.messages.get(seq)
            if message is None or at <= since:
                continue
            if place >= 0:
                yield message.at(now), message.replies[place]
            elif message.report_at == at:  # else another report took its place
                yield message.at(now), None

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
                self._pulled(reports, replies)
            case {"package": dict(document)}:
                package = Package(**document)
                self.packages[package.id] = package
            case {"sums": dict(document)}:
                self._sums(document)
            case _:
                return False
        return True

    def _send(self, messages: Iterable[Message]) -> None:
        # Runs for every message of a call: names instead of attributes, and members by place.
        kept, by_number, reports, spent = self.messages, self._numbers, self.reports, self.spent
        seq = self.next_seq - 1
        for message in messages:
            seq, _, number, nation, _, fee, verdict, _, report_at, replies = message[:10]
            kept[seq] = message
            by_number[number].append(seq)
            if verdict == REFUSED:
                continue
            app = message.app
            if nation == "86" and message.channel == "tencent":
                spent[app] += fee
                if self.packages:
                    self._take(message)
            if report_at is not None:
                reports[app][seq] = None
            for place in range(len(replies)):
                self.replies[app][seq, place] = None
            if self._agenda is not None:
                for entry in _moments(message):
                    heappush(self._agenda, entry)
        self.next_seq = seq + 1
        if self._agenda is not None and len(self._agenda) > 4 * self.keep:  # of what left, mostly
            self._agenda = [entry for entry in self._agenda if entry[1] in kept]
            heapify(self._agenda)
        # Messages are numbered without gaps; the dict itself finds its first one slowly.
        first, many = self.next_seq - len(kept), len(kept) - self.keep
        if many > 0:
            self._leave([kept.pop(seq) for seq in range(first, first + many)])

    def _take(self, message: Message) -> None:
        """Bill a message to the packages of its application, the next to expire first."""
        fee = message.fee
        for package in self.usable(message.app, message.sent_at):
            taken = min(fee, package.amount - self.used[package.id])
            self.used[package.id] += taken
            fee -= taken

    def _leave(self, messages: Sequence[Message]) -> None:
        by_number, reports = self._numbers, self.reports
        # Those of one call count alike: what they add is worked out once for all of them.
        alike: dict[tuple[object, ...], int] = {}
        examples: dict[tuple[object, ...], Message] = {}
        for message in messages:
            seq, _, number, _, _, *what, replies = message[:10]
            app = message.app
            key = (app, message.sent_at, *what)
            if key in alike:
                alike[key] += 1
            else:
                alike[key], examples[key] = 1, message
            seqs = by_number[number]
            seqs.popleft()
            if not seqs:
                del by_number[number]
            reports[app].pop(seq, None)
            for place in range(len(replies)):
                self.replies[app].pop((seq, place), None)
        for key, times in alike.items():
            one = examples[key]
            of = (one.app, int(one.sent_at // _HOUR))
            self.tallies[of] = self.tallies.get(of, NOTHING).plus(tally(one), times)
        self.dead += len(messages)

    def _report(self, seq: int, verdict: str, code: str, at: float) -> None:
        known = self.messages.get(seq)
        if known is not None:
            self.messages[seq] = known._replace(verdict=verdict, code=code, report_at=at)
            self.reports[known.app].pop(seq, None)
            self.reports[known.app][seq] = None
            self._note(at, seq, -1)

    def _reply(self, seq: int, reply: Reply) -> None:
        known = self.messages.get(seq)
        if known is not None:
            self.messages[seq] = known._replace(replies=(*known.replies, reply))
            self.replies[known.app][seq, len(known.replies)] = None
            self._note(reply.at, seq, len(known.replies))

    def _note(self, at: float, seq: int, place: int) -> None:
        if self._agenda is not None:
            heappush(self._agenda, (at, seq, place))

    def _pulled(self, reports: Iterable[int], replies: Iterable[tuple[int, int]]) -> None:
        for seq in reports:
            if (known := self.messages.get(seq)) is not None:
                self.reports[known.app].pop(seq, None)
        for seq, place in replies:
            if (known := self.messages.get(seq)) is not None:
                self.replies[known.app].pop((seq, place), None)

    # ---- rewriting the file --------------------------------------------------------------------

    def snapshot(self) -> Iterator[Json]:
        """Changes that make this history from an empty one."""
        for package in self.packages.values():
            yield {"package": package.to_json()}
        yield from snapshot(self.messages.values())
        yield {
            "pulled": {
                "reports": [
                    message.seq
                    for message in self.messages.values()
                    if message.report_at is not None
                    and message.verdict != REFUSED
                    and message.seq not in self.reports[message.app]
                ],
                "replies": [
                    (message.seq, place)
                    for message in self.messages.values()
                    for place in range(len(message.replies))
                    if (message.seq, place) not in self.replies[message.app]
                ],
            }
        }
        yield {
            "sums": {
                "next": self.next_seq,
                "spent": dict(self.spent),
                "used": [list(pair) for pair in self.used.items()],
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
                self.used = defaultdict(int, dict(used))
                self.spent = defaultdict(int, spent)
                self.tallies = {(app, hour): Tally(*counted) for app, hour, *counted in tallies}
            case _:
                raise ValueError("sums that are not complete")
