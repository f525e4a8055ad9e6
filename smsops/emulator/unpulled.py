"""Which reports and replies no pull by application has taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smsops.emulator.messages import REFUSED, Json, Message


@dataclass(slots=True)
class Unpulled:
    """By application, in order: messages by their seq, whose report was not taken, and replies by
    the seq of their message and their place there.
    """

    reports: defaultdict[str, dict[int, None]] = field(default_factory=lambda: defaultdict(dict))
    replies: defaultdict[str, dict[tuple[int, int], None]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def report(self, message: Message) -> None:
        """Another report of a message came: it is the newest one, to be taken once more."""
        reports = self.reports[message.app]
        reports.pop(message.seq, None)
        reports[message.seq] = None

    def forget(self, message: Message) -> None:
        """A message left."""
        self.reports[message.app].pop(message.seq, None)
        for place in range(len(message.replies)):
            self.replies[message.app].pop((message.seq, place), None)

    def take(
        self,
        reports: Iterable[int],
        replies: Iterable[tuple[int, int]],
        messages: Mapping[int, Message],
    ) -> None:
        """A pull took these."""
        for seq in reports:
            if (known := messages.get(seq)) is not None:
                self.reports[known.app].pop(seq, None)
        for seq, place in replies:
            if (known := messages.get(seq)) is not None:
                self.replies[known.app].pop((seq, place), None)

    def taken(self, messages: Iterable[Message]) -> Json:
        """The change that says what was taken of ``messages``."""
        reports: list[int] = []
        replies: list[tuple[int, int]] = []
        for message in messages:
            seq, app = message.seq, message.app
            reported = message.report_at is not None and message.verdict != REFUSED
            if reported and seq not in self.reports[app]:
                reports.append(seq)
            places = range(len(message.replies))
            replies += [(seq, at) for at in places if (seq, at) not in self.replies[app]]
        return {"pulled": {"reports": reports, "replies": replies}}
