"""Paths of the receiver: which vendor pushes what where, behind a token. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from smsops.errors import UsageError
from smsops.text.messages import T
from smsops.text.numbers import is_mobile

VARIABLE = "SMSOPS_RECEIVE_TOKEN"
#: Characters of a token: fewer could be guessed.
SHORTEST = 32
#: How many tokens there may be, to change one while the vendors still push to the other.
_MOST = 2
#: What stands in a path as it is.
_TOKEN = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
_APPLICATION = re.compile(r"[0-9]{1,20}", re.ASCII)


class Endpoint(StrEnum):
    """What is pushed there."""

    TENCENT = "tencent"
    TENCENT_REPLIES = "tencent-replies"
    HUAWEI = "huawei"
    HUAWEI_REPLIES = "huawei-replies"

    @property
    def tencent(self) -> bool:
        """Whether Tencent Cloud pushes there, which reads the answer."""
        return self in (Endpoint.TENCENT, Endpoint.TENCENT_REPLIES)


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint, and the application in its path."""

    endpoint: Endpoint
    application: str = ""


class Paths:
    """The paths behind ``tokens``; without any of them the paths have none."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = [token.encode() for token in tokens]

    def place(self, path: str) -> Place | None:
        """What is at ``path``, if anything is. Takes as long for any token that is none."""
        begin, _, rest = path.partition("/")
        if begin:
            return None
        if self._tokens:
            given, _, rest = rest.partition("/")
            offered = given.encode("utf-8", "replace")
            known = [hmac.compare_digest(offered, token) for token in self._tokens]
            if True not in known:
                return None
        return _placed(rest)


def is_application(text: str) -> bool:
    """Whether ``text`` may be an SmsSdkAppId. A ledger keeps it as it is, so no phone number is."""
    return _APPLICATION.fullmatch(text) is not None and not is_mobile(text)


def _placed(rest: str) -> Place | None:
    match rest.split("/"):
        case ["tencent", application] if is_application(application):
            return Place(Endpoint.TENCENT, application)
        case ["tencent"]:
            return Place(Endpoint.TENCENT_REPLIES)
        case ["huawei"]:
            return Place(Endpoint.HUAWEI)
        case ["huawei", "replies"]:
            return Place(Endpoint.HUAWEI_REPLIES)
    return None


def tokens_of(given: str | None, *, none: bool, loopback: bool) -> tuple[str, ...]:
    """The tokens that SMSOPS_RECEIVE_TOKEN holds; ``none``: somebody wants to do without, which
    only ``loopback`` allows. Raises :class:`UsageError`, which repeats no token.
    """
    if not given:
        if not none:
            raise UsageError(
                T("there is no token: {variable} is not set", variable=VARIABLE),
                hint=T(
                    "Set it to {count} or more random characters, such as `openssl rand -hex 24` "
                    "prints; vendors push to /TOKEN/tencent/SDKAPPID. To try it out on this "
                    "machine: --no-token.",
                    count=SHORTEST,
                ),
            )
        if not loopback:
            raise UsageError(T("--no-token is for loopback addresses only"))
        return ()
    if none:
        raise UsageError(
            T("--no-token was given and {variable} is set: choose one", variable=VARIABLE)
        )
    found = tuple(token.strip() for token in given.split(","))
    if len(found) > _MOST or not all(map(_TOKEN.fullmatch, found)):
        raise UsageError(
            T("{variable} holds something else than a token", variable=VARIABLE),
            hint=T("One token, or two with a comma between them, of letters, digits and -._~."),
        )
    if min(map(len, found)) < SHORTEST:
        raise UsageError(
            T(
                "{variable} is too short: a token has {count} or more characters",
                variable=VARIABLE,
                count=SHORTEST,
            ),
            hint=T("`openssl rand -hex 24` prints one."),
        )
    return found
