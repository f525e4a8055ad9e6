"""Runs: a probe with everything that it names, and what has become of it so far. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smsops.delivery.driver import Driver, Outgoing
from smsops.delivery.model import FINAL, Message, Number, Send, Verdict
from smsops.delivery.preflight import Draft, Refusal
from smsops.errors import SmsopsError
from smsops.text.messages import NOTHING, Text


@dataclass(frozen=True, slots=True)
class WantedReply:
    """A reply that has to come ``within`` seconds of the delivery and match."""

    within: int
    pattern: re.Pattern[str] = re.compile("")


@dataclass(frozen=True, slots=True)
class Case:
    """One probe with everything that it names. ``number`` is ``None`` where there is none."""

    name: str
    project: str
    driver: Driver
    draft: Draft
    number: Number | None
    application: str = ""
    within: int = 300
    reply: WantedReply | None = None
    per_day: int = 2
    convert: bool = False

    @property
    def about(self) -> str:
        """Its address."""
        return f"probe.{self.name}"

    def alike(self, other: Case) -> bool:
        """Whether a vendor's records could not tell the messages of both to one number apart."""
        same = self.driver.vendor is other.driver.vendor
        return same and self.application == other.application

    def outgoing(self) -> Outgoing:
        """The message as its driver takes it."""
        draft = self.draft
        assert draft.number is not None
        assert draft.template is not None
        return Outgoing(
            self.about,
            draft.number,
            draft.template.id,
            tuple(param.value for param in draft.params),
            self.application,
            draft.sign.text if draft.sign else "",
        )


@dataclass(slots=True, eq=False)
class Run:
    """One probe on its way through a run. ``behind``: the probe of the same run and number that it
    is sent after; ``ends``: the state learns the final verdict from this run, and from no other.
    """

    case: Case
    behind: str = ""
    ends: bool = False
    send: Send | None = None
    serial: str = ""
    resumed: bool = False
    refusal: Refusal | None = None
    message: Message | None = None
    replied_at: int | None = None
    why: Text = NOTHING
    trouble: SmsopsError | None = None

    @property
    def verdict(self) -> Verdict:
        """What became of it so far."""
        if self.refusal is not None:
            return Verdict.REFUSED
        return self.message.verdict if self.message is not None else Verdict.PENDING

    @property
    def sends(self) -> bool:
        """Whether something is to be sent."""
        return self.refusal is None and not self.resumed

    @property
    def over(self) -> bool:
        """Whether nothing more is expected."""
        if self.verdict is Verdict.DELIVERED and self.case.reply is not None:
            return self.replied_at is not None
        return self.verdict in (*FINAL, Verdict.REFUSED)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull by application took. ``unusable``: items that are no report and no reply."""

    reports: int = 0
    replies: int = 0
    unusable: int = 0
