"""How an emulator behaves: the switches of ``smsops emulator serve`` and of tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from smsops.emulator import ACCOUNT_ID, SECRET_ID, SECRET_KEY
from smsops.emulator.history import EVERYTHING as EVERYTHING
from smsops.emulator.history import KEEP
from smsops.emulator.normalise import FORMS
from smsops.errors import UsageError

LISTINGS = ("modern", "legacy")
SITES = ("cn", "intl")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
#: Seconds of a duration, at most: more cannot be waited for, nor added to a date.
LONGEST = 100 * 365 * 86400.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """Behaviour of one emulator; the defaults are those of the documents.

    ``token``: when set, requests must carry it in X-TC-Token (temporary credentials).
    ``identity``: false refuses GetCallerIdentity. ``limits``: the documented calls a second.
    ``review``: ``manual`` or ``auto[:DELAY]``. ``listing``: ``modern`` lists signs without ids
    (API of 2026-05), ``legacy`` requires SignIdSet. ``subaccount``: listing templates without ids
    is refused. ``unknown_ids``: ``omit`` leaves unknown template ids out of a Describe, ``fail``
    refuses the whole batch. ``template_variables``: false refuses variables in domestic
    notification and marketing templates. ``qualifications``: false leaves the Qualification
    members out of signs, as official examples do. ``normalise``: names of
    :data:`smsops.emulator.normalise.FORMS`, applied to returned texts from ``normalise_from``
    (``submission`` or ``approval``) on. ``latency``: seconds, a range, after admission by the
    limiter or, with ``latency_at``, ``before-admission``. ``max_signs`` and ``max_templates``:
    quotas, none by default. ``site``: ``intl`` behaves as tencentcloud.com. ``keep``: how many
    messages are kept. ``report_delay``: seconds until an ordinary message is reported.
    ``number_limits``: the documented limits of messages to one number. ``session_context``: reports
    repeat it, as support can enable. ``parameter_length``: the most characters of one template
    parameter, no bound by default.
    """

    account_id: str = ACCOUNT_ID
    secret_id: str = SECRET_ID
    secret_key: str = SECRET_KEY
    token: str | None = None
    identity: bool = True
    limits: bool = True
    review: str = "manual"
    listing: str = "modern"
    subaccount: bool = False
    unknown_ids: str = "omit"
    template_variables: bool = True
    qualifications: bool = True
    normalise: tuple[str, ...] = ()
    normalise_from: str = "submission"
    latency: tuple[float, float] = (0.0, 0.0)
    latency_at: str = "after-admission"
    seed: int = 0
    max_signs: int | None = None
    max_templates: int | None = None
    site: str = "cn"
    keep: int = KEEP
    report_delay: float = 1.0
    number_limits: bool = False
    session_context: bool = False
    parameter_length: int | None = None

    def __post_init__(self) -> None:
        """Raises :class:`UsageError` for a value that means nothing."""
        review_delay(self.review)
        choices = (
            ("listing", (self.listing,), LISTINGS),
            ("site", (self.site,), SITES),
            ("unknown_ids", (self.unknown_ids,), ("omit", "fail")),
            ("normalise", self.normalise, tuple(FORMS)),
            ("normalise_from", (self.normalise_from,), ("submission", "approval")),
            ("latency_at", (self.latency_at,), ("before-admission", "after-admission")),
        )
        if not (self.account_id.isascii() and self.account_id.isdigit()):
            raise UsageError(f"the id of an account is digits, not {self.account_id!r:.40}")
        if self.keep < 1:
            raise UsageError("at least one message is kept")
        for name, given, known in choices:
            for value in given:
                if value not in known:
                    raise UsageError(f"{name} {value!r} is none of {', '.join(known)}")

    @property
    def review_delay(self) -> float | None:
        """Seconds until a review approves by itself; ``None`` when a person decides."""
        return review_delay(self.review)


@lru_cache(maxsize=64)
def review_delay(text: str) -> float | None:
    """Parse ``manual`` (``None``) or ``auto[:DELAY]`` (seconds). Raises :class:`UsageError`."""
    mode, _, delay = text.partition(":")
    if text == "manual":
        return None
    if mode != "auto" or (delay == "" and text != "auto"):
        raise UsageError(f"review {text!r} is neither manual nor auto[:DELAY], as in auto:2s")
    return duration(delay) if delay else 0.0


def duration(text: str) -> float:
    """``250ms``, ``2s``, ``1.5m`` or plain seconds. Raises :class:`UsageError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a duration: write a number and ms, s, m, h or d")
    seconds = float(match[1]) * _SECONDS[match[2] or "s"]
    if seconds > LONGEST:
        raise UsageError(f"{text!r:.40} is longer than a hundred years")
    return seconds


def interval(text: str) -> tuple[float, float]:
    """``50ms`` or ``50ms-200ms`` as a range of seconds. Raises :class:`UsageError`."""
    low, _, high = text.partition("-")
    first, last = duration(low), duration(high or low)
    if first > last:
        raise UsageError(f"the range {text!r} ends before it begins")
    return first, last
