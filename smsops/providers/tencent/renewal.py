"""Credentials of a run: asked for when they are needed, and again before they end.

A chain of roles is asked for from its beginning each time, since its first link may have ended too.
One thread asks while the others wait. An early renewal that fails is tried again as long as the old
credentials hold; after that nothing is sent with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Protocol

from smsops.clock import Clock, to_text
from smsops.errors import CredentialsError
from smsops.providers.errors import CallStopped
from smsops.providers.tencent.credentials import (
    AssumedRole,
    Bearer,
    Credentials,
    InstanceRole,
    Provider,
    Role,
    WebIdentity,
    described,
)
from smsops.providers.tencent.tokens import identity_token, instance_credentials, issued
from smsops.text.messages import NOTHING, T, Text

#: Credentials are renewed when so many seconds of their life are left, or this share of it if that
#: is less: an exchange takes up to a minute, and a renewal may have to be tried again.
EARLY, SHARE = 300.0, 1 / 4
#: Seconds between two tries while the old credentials hold, or after the first try failed.
AGAIN = 30.0


class Ask(Protocol):
    """A call to STS by somebody."""

    def __call__(
        self, action: str, payload: Mapping[str, object], by: Credentials | Bearer
    ) -> Mapping[str, object]:
        """The content of ``Response``. Raises :class:`smsops.providers.errors.ApiError`."""
        ...


class Keys:
    """Where the credentials of a run are at any moment. Thread-safe."""

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Clock,
        environment: Mapping[str, str],
        warn: Callable[[Text], None],
    ) -> None:
        self.provider = provider
        self._clock = clock
        self._environment = environment
        self._warn = warn
        self._lock = Lock()
        self._held = provider if isinstance(provider, Credentials) else None
        self._due: float | None = None
        self._failed: tuple[float, CredentialsError] | None = None

    @property
    def renewable(self) -> bool:
        """Whether there is somebody to ask."""
        return not isinstance(self.provider, Credentials)

    def current(self, ask: Ask) -> Credentials:
        """Credentials that hold now. Raises :class:`CredentialsError` when there are none."""
        with self._lock:
            held, now = self._held, self._clock.now()
            if held is not None and (self._due is None or now < self._due):
                return held
            if self._failed is not None and now < self._failed[0] + AGAIN:
                raise self._failed[1]
            return self._renewed(ask, held, now)

    def redacted(self, text: str) -> str:
        """``text`` without the secrets that are held."""
        held = self._held
        return text if held is None else held.redacted(text)

    def spent(self, refused: Credentials) -> None:
        """The API says that these have ended, whatever their end was to be."""
        with self._lock:
            if self.renewable and self._held == refused:
                self._held = self._failed = None

    def _renewed(self, ask: Ask, held: Credentials | None, now: float) -> Credentials:
        try:
            found = _obtained(self.provider, ask, self._environment)
        except CallStopped:
            raise
        except CredentialsError as error:
            if held is not None and held.ends is not None and now < held.ends:
                self._due = min(now + AGAIN, held.ends)
                self._warn(
                    T(
                        "Warning: the credentials end at {end} and could not be renewed yet: "
                        "{error}",
                        end=to_text(held.ends),
                        error=error.message_text,
                    )
                )
                return held
            failure = _failure(self.provider, held, error)
            self._failed = (self._clock.now(), failure)
            raise failure from None
        self._held = replace(found, source=described(self.provider))
        self._failed, now = None, self._clock.now()
        if found.ends is not None:
            self._due = found.ends - min(EARLY, max(0.0, found.ends - now) * SHARE)
        return self._held


def _failure(
    provider: Provider, held: Credentials | None, error: CredentialsError
) -> CredentialsError:
    words = T("no credentials of {provider}: {error}")
    if held is not None:
        words = T("the credentials of {provider} ended{end} and could not be renewed: {error}")
    end = to_text(held.ends) if held is not None else None
    return CredentialsError(
        words.filled(
            provider=described(provider),
            end=T(" at {moment}", moment=end) if end else NOTHING,
            error=error.message_text,
        ),
        hint=error.hint_text,
    )


def _obtained(provider: Provider, ask: Ask, environment: Mapping[str, str]) -> Credentials:
    """Fresh credentials. Raises :class:`CredentialsError`."""
    match provider:
        case Credentials():
            return provider
        case InstanceRole():
            return instance_credentials(provider)
        case AssumedRole(role, by):
            return _of_sts(ask, "AssumeRole", role, {}, _obtained(by, ask, environment))
        case WebIdentity(role, provider_id, source):
            token = identity_token(source, environment)
            more = {"ProviderId": provider_id, "WebIdentityToken": token.token}
            return _of_sts(ask, "AssumeRoleWithWebIdentity", role, more, token)


def _of_sts(
    ask: Ask, action: str, role: Role, more: Mapping[str, object], by: Credentials | Bearer
) -> Credentials:
    payload: dict[str, object] = {"RoleArn": role.arn, "RoleSessionName": role.session, **more}
    if role.seconds is not None:
        payload["DurationSeconds"] = role.seconds
    if role.external_id is not None:
        payload["ExternalId"] = role.external_id
    answer = ask(action, payload, by)
    values = answer.get("Credentials")
    found = values if isinstance(values, Mapping) else {}
    return issued(found, "TmpSecretId", "TmpSecretKey", "Token", answer.get("ExpiredTime"))
