"""Driver protocol: what a probe asks of any vendor's API, and the values of the answers. Pure.

Three calls: send one message to one number, look what is known of it, and its replies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from smsops.delivery.model import Source, Vendor
from smsops.text.messages import NOTHING, Text

#: The code of a send that never left this machine.
NOT_SENT = "NotSent"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one number. ``about`` is the address that calls are logged with."""

    about: str
    number: str = field(repr=False)
    template: str
    params: tuple[str, ...] = field(default=(), repr=False)
    application: str = ""
    sign: str = ""


class Fate(StrEnum):
    """What is certain of one call that sends."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    #: Nothing was sent and nothing is spent: the call left no trace at the vendor.
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer to a send. ``serial``: the vendor's id; ``fee``: messages that it bills."""

    fate: Fate
    serial: str = ""
    code: str = ""
    fee: int = 0
    why: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages are looked for: those of one number, sent from ``begin`` to ``end`` (epoch
    seconds); one of them where ``serial`` is known.
    """

    about: str
    number: str = field(repr=False)
    application: str
    begin: int
    end: int
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a vendor says of one message. ``status`` is its word, empty without a report; ``code``
    what its table explains. ``refused``: it was never passed on.
    """

    serial: str
    status: str = ""
    code: str = ""
    reported_at: int | None = None
    stamp: str = ""
    source: Source = Source.PULL
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Uplink:
    """A message from the phone."""

    number: str = field(repr=False)
    text: str = field(repr=False)
    at: int
    sign: str = ""
    extend: str = ""


class Driver(Protocol):
    """One API that sends. ``serials_only``: it is asked by id, so a send whose answer is lost
    cannot be found.

    Raises :class:`smsops.errors.SmsopsError` and its subclasses, nothing else; a send only
    :class:`smsops.errors.CredentialsError`: then nothing was sent.
    """

    @property
    def channel(self) -> str:
        """Its name in manifests."""

    @property
    def vendor(self) -> Vendor:
        """Whose messages they are."""

    @property
    def serials_only(self) -> bool:
        """Whether a message without a known id cannot be looked for."""

    @property
    def batch(self) -> int:
        """How many messages are looked at in one call."""

    @property
    def valid(self) -> int | None:
        """Seconds after a send in which it can be looked at; ``None``: longer than anybody asks."""

    def pauses(self) -> Iterator[float]:
        """Seconds between two looks, for ever."""

    def send(self, message: Outgoing) -> Sent:
        """Send once. It is never repeated, unless the vendor turned it away for its frequency."""

    def look(self, sought: Sequence[Sought]) -> Sequence[Sequence[Sighting]]:
        """For each of at most ``batch``: what is known of the messages that fit, in no order."""

    def replies(self, sought: Sought) -> Sequence[Uplink]:
        """What the phone sent since ``begin``."""


@runtime_checkable
class Converting(Protocol):
    """A driver whose vendor wants to hear that a message had its effect."""

    def convert(self, application: str, serial: str, *, at: int, about: str) -> None:
        """Report a conversion."""
