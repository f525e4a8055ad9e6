"""One call of the API: in its turn, by whose credentials, sent again where that does no harm.

A *read* (Describe*, Get*) is sent again when it was not sent, throttled, or got no answer. A
*write* is sent again only when it was throttled, which proves that nothing was done: Adds have no
client token, and a second one is a second object.

Logs go to ``smsops.providers.tencent``: INFO has action and address of every call, DEBUG also
RequestId, milliseconds and the outcome. Headers, payloads and images are never logged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import SystemRandom
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Self

from smsops.clock import SYSTEM, Clock
from smsops.errors import CredentialsError
from smsops.net.streams import Unreachable
from smsops.net.transport import Timeouts
from smsops.providers.errors import (
    ApiError,
    CallStopped,
    CredentialsRefused,
    NoCredentials,
    NotSent,
    Throttled,
    Unknown,
    reads,
)
from smsops.providers.tencent.credentials import Bearer, Credentials, Provider, Redacting
from smsops.providers.tencent.endpoints import Endpoints
from smsops.providers.tencent.errors import answered
from smsops.providers.tencent.limits import Limiter, Turn
from smsops.providers.tencent.renewal import Keys
from smsops.providers.tencent.reply import REQUEST_ID, NoAnswer, clock_difference, parse
from smsops.providers.tencent.retries import ENDED, RENEWALS, RETRIES
from smsops.providers.tencent.tc3 import TC3Auth, Unsigned
from smsops.providers.tencent.transport import ApiConnection, Raw
from smsops.text.messages import NOTHING, T, Text

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("smsops.providers.tencent")

SMS_VERSION = "2021-01-11"
#: Its actions are not asked with a region ("本接口不需要传递此参数").
OLD_SMS_VERSION = "2019-07-11"
STS_VERSION = "2018-08-13"
#: Bytes of a request that the gateway takes (API document, "请求结构").
MOST = 10 * 1024 * 1024


@dataclass(slots=True)
class _Begun:
    """When the first exchange of a call began: waiting for its turn is nobody's failure. ``by``:
    who called last; ``renewed``: how often other credentials were asked for meanwhile.
    """

    moment: float | None = None
    by: Credentials | Bearer | None = None
    renewed: int = 0


class Calls:
    """Calls of the API of one account and region. Thread-safe. Use as a context manager, or close
    it.
    """

    def __init__(  # noqa: PLR0913 - what a test replaces is an argument of its own
        self,
        provider: Provider,
        endpoints: Endpoints,
        region: str,
        *,
        clock: Clock = SYSTEM,
        rate_limits: Mapping[str, float] | None = None,
        environment: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
        jitter: Callable[[], float] | None = None,
        warnings: tuple[Text, ...] = (),
        warn: Callable[[Text], None] = log.warning,
    ) -> None:
        """``provider`` is asked when the first call is made. ``environment`` names proxies and CA
        files; ``transport`` replaces the network. ``warnings`` are kept for whoever talks to
        people; ``warn`` tells them at once.
        """
        self.provider = provider
        self._keys = Keys(provider, clock=clock, environment=environment or {}, warn=warn)
        self.warnings = warnings
        self.endpoints = endpoints
        self.region = region
        self._clock = clock
        self._jitter = jitter or SystemRandom().random
        self._limiter = Limiter(clock, rate_limits or {})
        self._stopping = Event()
        self._wire = ApiConnection(
            endpoints,
            environment or {},
            timeouts=timeouts or Timeouts(),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the API."""
        self._wire.close()

    def now(self) -> int:
        """Epoch seconds of the clock that requests are signed by."""
        return int(self._clock.now())

    @property
    def credentials(self) -> Credentials:
        """The credentials that a call would be made with now.

        Raises :class:`CredentialsError` when they cannot be had.
        """
        return self._keys.current(self._ask)

    def _ask(
        self, action: str, payload: Mapping[str, object], by: Credentials | Bearer
    ) -> Mapping[str, object]:
        """A call to STS. Raises :class:`CredentialsError`, whatever the reason."""
        try:
            return self.call(action, payload, version=STS_VERSION, service="sts", by=by)
        except (CallStopped, CredentialsError):
            raise
        except ApiError as error:
            raise CredentialsError(error.message_text, hint=error.hint_text) from None

    def stop(self) -> None:
        """Let calls on their way finish, and those that wait raise :class:`CallStopped`."""
        self._stopping.set()

    def call(
        self,
        action: str,
        payload: Mapping[str, object],
        *,
        address: str = "",
        version: str = SMS_VERSION,
        service: str = "sms",
        by: Credentials | Bearer | None = None,
    ) -> Mapping[str, object]:
        """One logical call: the content of ``Response``, ``RequestId`` included. ``by``: who calls
        in the place of the client's own credentials.

        Raises :class:`ApiError` and its subclasses, nothing else.
        """
        begun = _Begun(by=by)
        counts: dict[type[ApiError], int] = {}
        while True:
            try:
                return self._once(action, payload, address, version, service, begun, by)
            except CredentialsRefused as error:
                used = begun.by
                if by is not None or begun.renewed == RENEWALS or error.code != ENDED:
                    raise
                if not self._keys.renewable or not isinstance(used, Credentials):
                    raise
                # Who asks is checked before anything is done: nothing was.
                begun.renewed += 1
                self._keys.spent(used)
            except (NotSent, Throttled, Unknown) as error:
                retry = RETRIES.get(type(error))
                if retry is None or not (reads(action) or isinstance(error, Throttled)):
                    raise
                calls = counts[type(error)] = counts.get(type(error), 0) + 1
                pause = retry.pause(calls, self._jitter())
                now = self._clock.monotonic()
                elapsed = now - (now if begun.moment is None else begun.moment)
                if calls >= retry.calls or elapsed + pause > retry.seconds:
                    raise
                log.debug("%s %s: again in %.2f s", action, address or "-", pause)
                self._clock.sleep(pause)

    def _once(
        self,
        action: str,
        payload: Mapping[str, object],
        address: str,
        version: str,
        service: str,
        begun: _Begun,
        by: Credentials | Bearer | None,
    ) -> Mapping[str, object]:
        """Send a call once, in its turn, and say what came of it."""
        body = json.dumps(dict(payload)).encode()
        if len(body) > MOST:
            size = f"{len(body) / 1024 / 1024:.1f} MiB"
            why = T("was not sent: it is {size}, the API takes 10 MiB", size=size)
            raise NotSent(action, address, why)
        with self._limiter.turn(action, stopped=self._stopping.is_set) as turn:
            if self._stopping.is_set():
                raise CallStopped(action, address, T("was not sent: the run is ending"))
            used = begun.by = by or self._own(action, address)
            log.info("%s %s", action, address or "-")
            began = self._clock.monotonic()
            if begun.moment is None:
                begun.moment = began
            outcome, request_id = "-", ""
            try:
                raw = self._exchange(action, body, address, version, service, turn, used)
                response = self._answer(action, address, raw, used)
                outcome, request_id = "OK", request_id_of(response, used)
            except ApiError as error:
                if isinstance(error, Throttled):
                    turn.throttled()
                outcome, request_id = error.code or type(error).__name__, error.request_id
                raise
            finally:
                elapsed = (self._clock.monotonic() - began) * 1000
                shown = (action, address or "-", request_id or "-", elapsed, outcome)
                log.debug("%s %s: RequestId %s, %.0f ms, %s", *shown)
        return response

    def _own(self, action: str, address: str) -> Credentials:
        try:
            return self._keys.current(self._ask)
        except CallStopped:
            raise CallStopped(action, address, T("was not sent: the run is ending")) from None
        except CredentialsError as error:
            why = T("was not sent: {error}", error=error.message_text)
            raise NoCredentials(action, address, why, hint=error.hint_text) from None

    def _exchange(
        self,
        action: str,
        body: bytes,
        address: str,
        version: str,
        service: str,
        turn: Turn,
        used: Credentials | Bearer,
    ) -> Raw:
        url = self.endpoints.of(service)
        headers = {"X-TC-Action": action, "X-TC-Version": version}
        if version != OLD_SMS_VERSION:
            headers["X-TC-Region"] = self.region
        auth = (
            TC3Auth(used, service, self._clock.now)
            if isinstance(used, Credentials)
            else Unsigned(self._clock.now)
        )
        try:
            return self._wire.send(url, body, headers, auth=auth, sent=turn.sent)
        except Unreachable as error:
            why = T("was not sent: {error}", error=error)
            raise NotSent(action, address, why, hint=error.hint) from None
        except NoAnswer as error:
            raise Unknown(action, address, T("got no answer: {error}", error=error)) from None

    def _answer(
        self, action: str, address: str, raw: Raw, used: Credentials | Bearer
    ) -> Mapping[str, object]:
        try:
            answer = parse(raw.status, raw.content_type, raw.body)
        except NoAnswer as error:
            raise Unknown(action, address, T("got no answer: {error}", error=error)) from None
        if not answer.code:
            return answer.response
        note = NOTHING
        if answer.code == "AuthFailure.SignatureExpire":
            note = clock_difference(raw.date, self._clock.now()) or NOTHING
        said = map(used.redacted, (answer.code, answer.message, answer.request_id))
        failure = answered(action, address, *said, note=note)
        if isinstance(failure, CredentialsRefused) and isinstance(used, Credentials):
            failure.advise(
                T(
                    "The credentials are those of: {source}, SecretId {secret_id}",
                    source=used.source,
                    secret_id=used.masked_id,
                )
            )
        raise failure


def request_id_of(response: Mapping[str, object], used: Redacting) -> str:
    """The RequestId of a response."""
    value = response.get("RequestId")
    return used.redacted(value[:REQUEST_ID]) if isinstance(value, str) else ""
