"""The API as functions: one call, and on top of it what smsops asks of a kind.

A *read* (Describe*, Get*) is sent again when it was not sent, throttled, or got no answer. A
*write* is sent again only when it was throttled, which proves that nothing was done: Adds have no
client token, and a second one is a second object.

Logs go to ``smsops.providers.tencent``: INFO has action and address of every call, DEBUG also
RequestId, milliseconds and the outcome. Headers, payloads and images are never logged.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import SystemRandom
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING

from smsops.clock import SYSTEM, Clock
from smsops.errors import CredentialsError
from smsops.kinds.kind import INTERNATIONAL, MalformedReply, Resource, identifier, prose
from smsops.model import Observed, RemoteId, Spec, Value
from smsops.net.streams import Unreachable
from smsops.net.transport import Timeouts
from smsops.providers.errors import (
    ApiError,
    CallStopped,
    CredentialsRefused,
    Meaning,
    NoCredentials,
    NotSent,
    Refused,
    Throttled,
    Unknown,
    reads,
)
from smsops.providers.parallel import concurrently
from smsops.providers.protocol import Arrived, Expected, ignored, unknown
from smsops.providers.tencent import paging
from smsops.providers.tencent.credentials import Bearer, Credentials, Provider, Redacting
from smsops.providers.tencent.endpoints import Endpoints
from smsops.providers.tencent.errors import answered
from smsops.providers.tencent.limits import Limiter, Turn
from smsops.providers.tencent.renewal import Keys
from smsops.providers.tencent.reply import REQUEST_ID, NoAnswer, clock_difference, parse
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
#: Ids in one Describe ("默认数组长度最大100").
BATCH = 100

#: An account's id; it is what a state belongs to.
_ACCOUNT = re.compile(r"[0-9]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Retry:
    """How long a failing call is repeated: at most ``calls`` in all, none after ``seconds``."""

    calls: int
    seconds: float
    first_pause: float = 0.25
    longest_pause: float = 5.0

    def pause(self, calls: int, jitter: float) -> float:
        """Seconds before the next call after ``calls`` of them; ``jitter`` is in [0, 1)."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(calls - 1, 16)) * (
            0.5 + jitter / 2
        )


#: Temporary credentials that ended, or were ended, before their time.
ENDED = "AuthFailure.TokenFailure"
#: Other credentials for one call: short ones may end while it waits among others.
RENEWALS = 3


@dataclass(slots=True)
class _Begun:
    """When the first exchange of a call began: waiting for its turn is nobody's failure. ``by``:
    who called last; ``renewed``: how often other credentials were asked for meanwhile.
    """

    moment: float | None = None
    by: Credentials | Bearer | None = None
    renewed: int = 0


#: An unreachable host fails within seconds, a throttled or flapping service within a minute. The
#: last exchange begins within that minute, so a call ends within two, however slow the answers.
RETRIES: Mapping[type[ApiError], Retry] = {
    NotSent: Retry(calls=4, seconds=4),
    Unknown: Retry(calls=5, seconds=60),
    Throttled: Retry(calls=60, seconds=60, first_pause=0.1),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the credentials belong to (sts:GetCallerIdentity)."""

    account_id: str
    arn: str = ""
    user_id: str = ""
    type: str = ""


class Client:
    """The API of one account and region. Thread-safe. Use as a context manager, or close it."""

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

    def __enter__(self) -> Client:
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

    def add(self, kind: Resource, spec: Spec, images: Mapping[str, str], *, address: str) -> int:
        """Add an object and return its id. ``images``: field -> base64 text."""
        action = kind.api.add
        response = self.call(action, kind.encode(spec, images), address=address)
        added = response.get(kind.api.added)
        if isinstance(added, Mapping):
            with suppress(MalformedReply):
                return identifier(added, kind.api.id)
        raise Unknown(
            action,
            address,
            T("was answered without an id"),
            request_id=_request_id(response, self._keys),
        )

    def modify(
        self,
        kind: Resource,
        remote_id: RemoteId,
        spec: Spec,
        images: Mapping[str, str],
        *,
        address: str,
    ) -> None:
        """Replace all fields of an object that is in review or rejected."""
        payload = {kind.api.id: remote_id, **kind.encode(spec, images)}
        self.call(kind.api.modify, payload, address=address)

    def delete(self, kind: Resource, remote_id: RemoteId, *, address: str) -> None:
        """Delete an object; one that is gone already is deleted."""
        try:
            self.call(kind.api.delete, {kind.api.id: remote_id}, address=address)
        except Refused as error:
            if error.meaning is not Meaning.GONE:
                raise

    def list(
        self,
        kind: Resource,
        partition: Value,
        *,
        expected: Expected = unknown,
        arrived: Arrived = ignored,
    ) -> Sequence[Observed]:
        """Every object of a kind, each once. ``expected``: how many the state knows of; a hint.

        Raises :class:`ListingRefused` where only ids can be described, and
        :class:`InconsistentListing` when the pages never fit together.
        """
        action = kind.api.describe

        def page(offset: int) -> Sequence[Observed]:
            # Limit's default is 0 for templates and 10 for signs, so both are always sent.
            payload = {
                "International": INTERNATIONAL[bool(partition)],
                "Limit": paging.PAGE,
                "Offset": offset,
            }
            objects = self._decoded(kind, self.call(action, payload))
            arrived(objects)
            return objects

        return paging.listing(action, page, expected)

    def describe(
        self, kind: Resource, ids: Collection[RemoteId], partition: Value
    ) -> Mapping[RemoteId, Observed]:
        """Those of ``ids`` that exist in this partition, by id."""

        def batch(chunk: Sequence[RemoteId]) -> Iterable[Observed]:
            payload = {"International": INTERNATIONAL[bool(partition)], kind.api.id_set: chunk}
            try:
                return self._decoded(kind, self.call(kind.api.describe, payload))
            except Refused as error:
                if error.meaning is not Meaning.GONE:
                    raise
            # One bad id fails the whole batch: halve it until the bad ones stand alone.
            if len(chunk) == 1:
                return ()
            middle = len(chunk) // 2
            return [*batch(chunk[:middle]), *batch(chunk[middle:])]

        wanted = sorted(set(ids))
        chunks = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        found = concurrently(batch, chunks)
        asked = set(wanted)
        return {
            item.remote_id: item for items in found for item in items if item.remote_id in asked
        }

    def caller(self) -> Caller:
        """Who the credentials belong to."""
        action = "GetCallerIdentity"
        response = self.call(action, {}, version=STS_VERSION, service="sts")
        names = ("AccountId", "Arn", "UserId", "Type")
        account, arn, user, kind = (prose(response, name) for name in names)
        if not _ACCOUNT.fullmatch(account):
            raise Unknown(
                action,
                "",
                T("was answered without an AccountId"),
                request_id=_request_id(response, self._keys),
            )
        return Caller(account, arn, user, kind)

    def _decoded(self, kind: Resource, response: Mapping[str, object]) -> Sequence[Observed]:
        """The objects of a Describe. An empty array is no objects; a null one is no answer:
        in this API null means that the value could not be obtained ("返回结果").
        """
        action, request_id = kind.api.describe, _request_id(response, self._keys)
        items = response.get(kind.api.described)
        if not isinstance(items, list):
            message = T("was answered without {field}", field=kind.api.described)
            raise Unknown(action, "", message, request_id=request_id)
        try:
            return [kind.decode(_object(item)) for item in items]
        except MalformedReply as error:
            message = T("was answered with an object that cannot be read: {error}", error=error)
            raise Unknown(action, "", message, request_id=request_id) from None

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
                outcome, request_id = "OK", _request_id(response, used)
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


def _request_id(response: Mapping[str, object], used: Redacting) -> str:
    value = response.get("RequestId")
    return used.redacted(value[:REQUEST_ID]) if isinstance(value, str) else ""


def _object(item: object) -> Mapping[str, object]:
    if not isinstance(item, Mapping):
        raise MalformedReply(T("an element is not an object"))
    return item
