"""Credentials, and the roles whose credentials have to be asked for.

A :data:`Provider` is where the credentials of a run come from: keys as they were found, or a role
and by what it is assumed, link by link. Values only; :mod:`smsops.providers.tencent.sources` finds
them, :mod:`smsops.providers.tencent.renewal` asks for what they promise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

#: The session of a role by default; it is what CloudAudit shows.
SESSION = "smsops"


def _masked(text: str, secrets: tuple[str | None, ...]) -> str:
    """``text`` without the secrets, in case somebody echoes a request."""
    for secret in secrets:
        # Short ones are no secrets, but words that messages may well contain.
        if secret and len(secret) > 8:
            text = text.replace(secret, "****")
    return text


class Redacting(Protocol):
    """What a request is sent with, and what no answer to it may show."""

    def redacted(self, text: str) -> str:
        """``text`` without the secrets."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """A pair, perhaps with a token, and where it was found. Its repr tells no secret.

    ``ends``: when they expire, in epoch seconds, where that is known.
    """

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)
    source: str
    ends: float | None = None

    @property
    def masked_id(self) -> str:
        """The last 4 characters of the SecretId; none of a short one."""
        return "****" + (self.secret_id[-4:] if len(self.secret_id) >= 8 else "")

    def redacted(self, text: str) -> str:
        """``text`` without the secrets, in case somebody echoes a request."""
        return _masked(text, (self.secret_key, self.token, self.secret_id))


@dataclass(frozen=True, slots=True)
class Bearer:
    """An identity token, for the one call that is not signed but carries it."""

    token: str = field(repr=False)

    def redacted(self, text: str) -> str:
        """``text`` without the token, whole or in its parts."""
        return _masked(text, (self.token, *self.token.split(".")))


@dataclass(frozen=True, slots=True)
class TokenFile:
    """An identity token in a file, which somebody keeps up to date."""

    path: Path


@dataclass(frozen=True, slots=True)
class TokenVariable:
    """An identity token in a variable of the environment."""

    variable: str
    bearer: Bearer


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """An identity token that GitHub makes when it is asked."""

    url: str = field(repr=False)
    bearer: Bearer
    audience: str


TokenSource = TokenFile | TokenVariable | TokenRequest


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume, and where that is asked for. ``seconds``: how long its credentials are to
    last; STS decides without it.
    """

    arn: str
    source: str
    session: str = SESSION
    seconds: int | None = None
    external_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role that other credentials assume (sts:AssumeRole)."""

    role: Role
    by: Provider


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """A role for whom an identity provider vouches (sts:AssumeRoleWithWebIdentity)."""

    role: Role
    provider_id: str
    voucher: TokenSource


@dataclass(frozen=True, slots=True)
class InstanceRole:
    """The role of the CVM instance that this is."""

    name: str


Provider = Credentials | AssumedRole | WebIdentity | InstanceRole


class Link(NamedTuple):
    """One link of a chain: ``how`` it is had, where that is said, and the role, if it is one."""

    how: str
    source: str
    role: str | None = None


def chain(provider: Provider) -> tuple[Link, ...]:
    """The links of a provider, the one that needs no other first."""
    match provider:
        case Credentials():
            return (Link("keys", provider.source),)
        case InstanceRole():
            return (Link("instance-role", "metadata", provider.name),)
        case WebIdentity(role):
            return (Link("web-identity", role.source, role.arn),)
        case AssumedRole(role, by):
            return (*chain(by), Link("assume-role", role.source, role.arn))


def described(provider: Provider) -> str:
    """A provider on one line: where it begins, and the roles one after the other."""
    links = chain(provider)
    return " -> ".join([links[0].source, *(link.role for link in links if link.role)])
