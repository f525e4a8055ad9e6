"""Ledger protocol: the one interface of every store, which knows rows and no verdicts.

An append is durable when it returns, whole or not at all, and may be repeated: what is there
already is counted, not written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from smsops.delivery.model import Answer, Records, Reply, Report, Row, Send
from smsops.text.messages import Text

Refusal = TypeVar("Refusal")

#: Seconds that everything is kept: budgets are counted from what was sent.
KEPT = 3 * 86_400


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows of each table are gone."""

    sends: int = 0
    reports: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it has to be, and the table that it is about."""

    table: str
    what: Text


class Ledger(Protocol):
    """A store of sends, answers, reports and replies.

    Every method raises :class:`smsops.errors.LedgerUnavailable` when the store does not answer or
    takes nothing, and :class:`smsops.errors.LedgerError` when it is damaged.
    """

    @property
    def description(self) -> str:
        """Where it is, without user and password."""

    def append(self, rows: Iterable[Row]) -> None:
        """Write answers, reports and replies in one transaction, durably."""

    def claim(self, send: Send, refuse: Callable[[Records], Refusal | None]) -> Refusal | None:
        """Write ``send`` durably, unless ``refuse`` finds a reason in everything that is known of
        its number: that is returned. Nobody else claims a send to the number meanwhile.
        """

    def heard(self, since: int, until: int) -> Records:
        """Every row of each message of which anything was heard from ``since`` to ``until``
        (epoch seconds, exclusive), whenever the rest of it came; and the replies of that time.
        """

    def of_messages(self, messages: Iterable[str]) -> Records:
        """Every row about messages with these ids, of any vendor and application."""

    def of_number(self, mac: bytes, since: int = 0) -> Records:
        """Every row about a number that came since then, and all others of the same messages."""

    def prune(self, before: int) -> Removed:
        """Remove messages and replies that nothing was heard of since then."""

    def forget(self, mac: bytes) -> Removed:
        """Remove every row about a number."""

    def probes(self) -> frozenset[str]:
        """The names of all probes that have a send."""

    def applications(self) -> frozenset[str]:
        """The ids of all applications that have a send or a report."""

    def rows(self) -> Iterator[Send | Answer | Report | Reply]:
        """Every row as of now, by table and key."""

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the store and with its rows."""

    def bound(self) -> str | None:
        """The fingerprint of the key whose hashes it holds; ``None`` before the first."""

    def bind(self, fingerprint: str) -> str:
        """Remember the fingerprint, unless there is one; returns the one that stands."""

    def close(self) -> None:
        """Let go of files and connections."""
