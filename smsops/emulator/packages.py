"""Packages of messages (套餐包), which domestic messages are billed to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field

from smsops.emulator.messages import Message
from smsops.emulator.numbers import CHINA


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
class Packages:
    """The packages of an account by their ids, and what messages were billed to."""

    owned: dict[int, Package] = field(default_factory=dict)
    #: Domestic segments that were ever billed to an application.
    spent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    #: Segments taken from each package.
    used: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def usable(self, app: str, now: float) -> list[Package]:
        """Packages of an application that can be used at ``now``, the next to expire first."""
        usable = (
            package
            for package in self.owned.values()
            if package.app == app and package.effective <= now < package.expires
        )
        return sorted(usable, key=lambda package: (package.expires, package.id))

    def bill(self, message: Message) -> None:
        """Bill a message that was accepted, if it is one that packages are for."""
        if message.nation != CHINA or message.channel != "tencent":
            return
        fee = message.fee
        self.spent[message.app] += fee
        if not self.owned:
            return
        for package in self.usable(message.app, message.sent_at):
            taken = min(fee, package.amount - self.used[package.id])
            self.used[package.id] += taken
            fee -= taken
