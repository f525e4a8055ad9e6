"""Probe: a declared test message, and what is expected of it. Only declared.

A phone number never stands in one: ``to`` says where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smsops.kinds.kind import Field, Kind
from smsops.model import Address, Desired, Effect, Origin

KIND = Kind(
    name="probe",
    manifest="Probe",
    label="channel",
    addressee="to",
    fields=tuple(
        Field(name, "", Effect.NOTE, required=False)
        for name in (
            *("channel", "application", "sign", "template", "templateId", "params", "to"),
            *("expect", "perDay", "reportConversion"),
        )
    ),
)


class Channel(StrEnum):
    """What sends a probe."""

    TENCENT = "tencent"
    TENCENT_2019 = "tencent-2019"
    YISHA = "yisha"

    @property
    def tencent(self) -> bool:
        """Whether it is Tencent Cloud, in either version of its API."""
        return self is not Channel.YISHA


@dataclass(frozen=True, slots=True)
class Digits:
    """A parameter of so many random digits, fresh for every send."""

    count: int


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A number that an environment variable holds."""

    name: str


@dataclass(frozen=True, slots=True)
class FromFile:
    """A number that a file holds; a relative path begins at the project's directory."""

    path: str


@dataclass(frozen=True, slots=True)
class ExpectedReply:
    """A reply that has to come ``within`` seconds of the delivery and match a regular expression,
    any if there is none.
    """

    within: int
    matches: str | None = None


#: What the schema says too.
WITHIN, REPLY_WITHIN = "5m", "10m"
_SECONDS: Mapping[str, int] = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe. ``application``, ``sign`` and ``template`` are names in manifests, of Tencent
    channels; ``template_id`` is Yisha's. ``within``: seconds in which a report is expected.
    """

    address: Address
    channel: Channel
    to: FromEnvironment | FromFile
    application: str | None = None
    sign: str | None = None
    template: str | None = None
    template_id: str | None = None
    params: tuple[str | Digits, ...] = ()
    within: int = 300
    reply: ExpectedReply | None = None
    per_day: int = 2
    report_conversion: bool = False
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return self.address.name


def probes(declared: Iterable[Desired]) -> tuple[Probe, ...]:
    """The probes among manifests without errors, in their order."""
    return tuple(_probe(item) for item in declared if item.address.kind == KIND.name)


def parameters(spec: Mapping[str, Any]) -> tuple[str | Digits, ...]:
    """The values of ``params``."""
    return tuple(
        each if isinstance(each, str) else Digits(each["digits"]) for each in spec["params"] or ()
    )


def _probe(item: Desired) -> Probe:
    spec: Mapping[str, Any] = item.spec
    expect: Mapping[str, Any] = spec["expect"] or {}
    reply = expect.get("reply")
    to = spec["to"]
    return Probe(
        address=item.address,
        channel=Channel(spec["channel"]),
        to=FromEnvironment(to["env"]) if "env" in to else FromFile(to.get("file", "")),
        application=spec["application"],
        sign=spec["sign"],
        template=spec["template"],
        template_id=spec["templateId"],
        params=parameters(spec),
        within=_seconds(expect.get("within", WITHIN)),
        reply=None
        if reply is None
        else ExpectedReply(_seconds(reply.get("within", REPLY_WITHIN)), reply.get("matches")),
        per_day=spec["perDay"],
        report_conversion=spec["reportConversion"],
        origin=item.origin,
    )


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]
