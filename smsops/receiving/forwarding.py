"""Forwarding: bodies as they came, to programs that want them too, at least once.

Tencent Cloud has one URL for each application and tries twice more; from here on a body is tried
for 72 hours. Nothing is passed on but the body and its type, no redirect is followed, and an answer
is right when its status is 2xx and it is no JSON object whose ``result`` is another number than 0.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

import httpx

from smsops.clock import Clock
from smsops.errors import SmsopsError, UsageError
from smsops.net.loopback import is_loopback
from smsops.net.streams import Unreachable
from smsops.net.transport import Lost, Timeouts, Transport
from smsops.receiving.keeping import Onward
from smsops.receiving.metrics import Metrics
from smsops.receiving.paths import Place, is_application
from smsops.receiving.queue import Queue, Queued
from smsops.text.messages import T, Text
from smsops.text.numbers import masked_name

_SHAPE = re.compile(r"(?:(tencent|huawei)(?:/([^=/]+))?=)?(https?://.+)", re.DOTALL)
_PRINTABLE = re.compile(r"[!-~]+")
#: Addresses of all of a machine.
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared
#: Bodies on their way to one target at once, and seconds for each.
_AT_ONCE = 8
_TIMEOUTS = Timeouts(connect=5.0, read=10.0, exchange=15.0)
#: Seconds before the second attempt, doubled for each one after it, and at most.
_FIRST, _LONGEST = 1, 300
_LOOK = 1.0
_TIDY = 60.0
_MOST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where bodies go, and which: all, those of a vendor, or those of an application."""

    url: str = field(repr=False)
    vendor: str = ""
    application: str = ""

    @property
    def id(self) -> str:
        """What the queue knows it by: the URL may hold a secret."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]

    @property
    def shown(self) -> str:
        """Host and port, which may be told."""
        return urlsplit(self.url).netloc

    def reaches(self, host: str, port: int) -> bool:
        """Whether who listens at ``host`` and ``port`` of this machine gets what is sent there."""
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        here = is_loopback(name) and (is_loopback(host) or host in _EVERYWHERE)
        used = parts.port or (443 if parts.scheme == "https" else 80)
        return used == port and (here or name == host)

    def wants(self, place: Place) -> bool:
        """Whether bodies of ``place`` go there."""
        vendor = place.endpoint.value.partition("-")[0]
        return self.vendor in ("", vendor) and self.application in ("", place.application)


def target(text: str, ids: Mapping[str, str]) -> Target:
    """``[tencent|tencent/APP|huawei=]URL``; ``ids``: name of an application -> SmsSdkAppId.
    Raises :class:`UsageError`, which does not repeat the URL.
    """
    match = _SHAPE.fullmatch(text)
    vendor, application, url = match.groups("") if match else ("", "", "")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", 0
    usable = host and port != 0 and _PRINTABLE.fullmatch(url) and "#" not in url
    if not usable or "@" in parts.netloc or (application and vendor != "tencent"):
        raise UsageError(
            T("--forward takes a URL, or one with what goes there before it"),
            hint=T("As in --forward tencent/1400006666=https://app.example.com/sms/callback"),
        )
    if parts.scheme != "https" and not is_loopback(host):
        raise UsageError(T("--forward takes https; http is for loopback addresses only"))
    if application and not is_application(application):
        if application not in ids:
            raise UsageError(
                T("no application of this project is named {name}", name=masked_name(application)),
                hint=T("Write its SmsSdkAppId: tencent/1400006666=URL."),
            )
        application = ids[application]
    return Target(url, vendor, application)


class Forwarder:
    """Passes bodies of a queue on, from a thread for each target."""

    def __init__(
        self,
        targets: Sequence[Target],
        queue: Queue,
        *,
        environment: Mapping[str, str],
        clock: Clock,
        metrics: Metrics,
        say: Callable[[Text], None],
    ) -> None:
        self._targets, self._queue, self._clock = targets, queue, clock
        self._metrics, self._say = metrics, say
        self._stop = threading.Event()
        self._wakes = {each.id: threading.Event() for each in targets}
        self._chance = Random()  # noqa: S311 - spreads attempts
        self._lines = [_Line(each, environment) for each in targets]
        self._threads = [
            threading.Thread(target=self._run, args=(line,), name="smsops-forward", daemon=True)
            for line in self._lines
        ]

    def onward(self, place: Place, type: str, body: bytes) -> list[Onward]:
        """What is to be queued of a body that came to ``place``."""
        return [(each.id, type, body) for each in self._targets if each.wants(place)]

    def start(self) -> None:
        """Begin, with what is queued already."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something was queued."""
        for each in self._wakes.values():
            each.set()

    def waiting(self) -> Iterable[tuple[str, Mapping[str, str], float]]:
        """How much waits for each target, as gauges."""
        for each in self._targets:
            yield "forward_waiting", {"target": each.shown}, self._queue.waiting(each.id)

    def close(self) -> None:
        """End after what is under way."""
        self._stop.set()
        self.wake()
        for thread in self._threads:
            if thread.ident is not None:  # else it was never started
                thread.join(_TIMEOUTS.exchange)
        for line in self._lines:
            line.close()
        self._queue.close()

    def _run(self, line: _Line) -> None:
        tidied, failed = 0.0, 0
        wake = self._wakes[line.target.id]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while not self._stop.is_set():
                try:
                    now = self._clock.monotonic()
                    if now - tidied > _TIDY:
                        tidied = now
                        self._tidy()
                    found = self._queue.due(line.target.id, int(self._clock.now()), _AT_ONCE)
                    if found:
                        right = self._passed(found, list(pool.map(line.why_not, found)), line)
                        failed = 0 if right else failed + 1
                except SmsopsError as error:
                    self._say(T("Warning: {why}", why=error.message_text))
                    found, failed = [], failed + 1
                if not found or failed:
                    wake.wait(self._pause(failed) if failed else _LOOK)
                    wake.clear()
                    if failed and not self._stop.is_set():
                        self._stop.wait(self._pause(failed - 1))

    def _passed(self, found: Sequence[Queued], whys: Sequence[Text | None], line: _Line) -> bool:
        done = [each.id for each, why in zip(found, whys, strict=True) if why is None]
        self._queue.done(done)
        now = int(self._clock.now())
        for each, why in zip(found, whys, strict=True):
            if why is not None:
                self._queue.later([each.id], now + int(self._pause(each.tries + 1)))
        shown = line.target.shown
        self._metrics.count("forwarded_total", len(done), target=shown)
        self._metrics.count("forward_failures_total", len(found) - len(done), target=shown)
        failure = next((why for why in whys if why is not None), None)
        if failure is not None and not line.failing:
            self._say(T("Warning: {target} is not reached: {why}", target=shown, why=failure))
        elif failure is None and line.failing:
            self._say(T("{target} takes what is passed on again.", target=shown))
        line.failing = failure is not None
        if done and not self._queue.waiting(line.target.id):
            self._tidy()
        return bool(done)

    def _tidy(self) -> None:
        if gone := self._queue.tidy(int(self._clock.now())):
            words = "Warning: bodies that could not be passed on for 72 h are gone: {count}."
            self._say(T(words, count=gone))

    def _pause(self, tries: int) -> float:
        longest = min(_LONGEST, _FIRST << min(tries, 10))
        return max(_FIRST, longest * self._chance.uniform(0.5, 1.0))


class _Line:
    """The connections to one target."""

    def __init__(self, target: Target, environment: Mapping[str, str]) -> None:
        self.target = target
        self.failing = False
        self._transport = Transport(
            {target.url}, environment, timeouts=_TIMEOUTS, setting="--forward"
        )

    def why_not(self, queued: Queued) -> Text | None:
        """Pass a body on; ``None`` when it was taken."""
        headers = {"Host": self.target.shown, "Content-Length": str(len(queued.body))}
        if queued.type:
            headers["Content-Type"] = queued.type
        try:
            asked = httpx.Request("POST", self.target.url, content=queued.body)
            asked.headers = httpx.Headers(headers)
            asked.extensions = {"timeout": httpx.Timeout(_TIMEOUTS.read).as_dict()}
            with self._transport.within():
                answer = self._transport.handle_request(asked)
                try:
                    said = bytearray()
                    for chunk in answer.stream:  # type: ignore[union-attr]
                        said += chunk
                        if len(said) > _MOST_ANSWER:
                            break
                finally:
                    answer.close()
        except (Unreachable, Lost) as error:
            return T("{why}", why=error)
        except httpx.HTTPError as error:
            return T("{why}", why=type(error).__name__)
        if not 200 <= answer.status_code < 300:
            return T("it answers with status {status}", status=answer.status_code)
        return None if _takes(bytes(said)) else T("its answer has a result that is not 0")

    def close(self) -> None:
        self._transport.close()


def _takes(answer: bytes) -> bool:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return True
    result = found.get("result", 0) if isinstance(found, dict) else 0
    return not (type(result) is int and result != 0)
