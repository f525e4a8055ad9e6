"""Calls of a code host's API: JSON in and out, pages, rate limits, and what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from smsops import __version__
from smsops.clock import Clock
from smsops.errors import CredentialsError, SmsopsError, UsageError
from smsops.net.loopback import is_loopback
from smsops.net.posting import Answer, Undelivered, concealed, exchange
from smsops.text.messages import NOTHING, T, Text

_ATTEMPTS = 3
#: Longer than this nobody waits for a rate limit.
_LONGEST = 90.0
_MOST_BYTES = 32 * 1024 * 1024
PAGE = 100
#: Pages of comments; a thread of more is not looked through.
_MOST_PAGES = 100


class ForgeError(SmsopsError):
    """The code host refuses a call or does not answer it. ``status`` is 0 without an answer."""

    def __init__(self, message: Text, *, status: int = 0, hint: str | Text = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class ForgeAccess(ForgeError, CredentialsError):
    """The token is refused, or may not do what is asked."""

    exit = CredentialsError.exit


def secure(url: str, name: str) -> None:
    """Nothing, for an address that a token may be sent to. Raises :class:`UsageError`."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    ):
        raise UsageError(T("{name} must be https; http is for loopback addresses only", name=name))


@dataclass(frozen=True, slots=True)
class Calls:
    """The API of a code host. ``setting``: the variable that names it; ``variable``: the one that
    holds the token; ``allowed``: what a token needs, for people.
    """

    base: str
    headers: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    clock: Clock
    setting: str
    variable: str
    allowed: Text

    def __post_init__(self) -> None:
        secure(self.base, self.setting)

    def pages(self, path: str, key: str, asked: str = "") -> Iterator[dict[str, Any]]:
        """The items of every page of a list, each with a ``key``. ``asked`` is a query that narrows
        it. Raises :class:`ForgeError` for anything else: what was missed would be written twice.
        """
        for page in range(1, _MOST_PAGES + 1):
            query = "&".join(filter(None, (asked, f"per_page={PAGE}&page={page}")))
            found = self.call("GET", f"{path}?{query}")
            if not isinstance(found, list):
                raise ForgeError(T("the code host does not answer with a list"))
            for item in found:
                self._require(path, item, key)
                yield item
            if len(found) < PAGE:
                return

    def told(self, path: str, key: str) -> Any:
        """One value of what is at ``path``. Raises :class:`ForgeError` where it has none."""
        found = self.call("GET", path)
        self._require(path, found, key)
        return found[key]

    def _require(self, path: str, found: object, key: str) -> None:
        if not isinstance(found, dict) or found.get(key) is None:
            raise ForgeError(
                T("what answers {path} is not the API: it says no {key}", path=path, key=key),
                hint=T("Check the address in {setting}.", setting=self.setting),
            )

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call, a few times while the host asks to wait. Raises :class:`ForgeError`."""
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self._sent(method, path, body)
            if 200 <= answer.status < 300:
                return self._read(answer)
            wait = self._pause(answer)
            if wait is None or wait > _LONGEST or attempt == _ATTEMPTS:
                break
            # It was refused, so asking again makes nothing twice.
            self.clock.sleep(wait)
        raise self._refused(method, path, answer)

    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "User-Agent": f"smsops/{__version__}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            **self.headers,
        }
        url = path if path.startswith("http") else f"{self.base}{path}"
        try:
            return exchange(
                method,
                url,
                self.environment,
                headers=headers,
                body=content,
                setting=self.setting,
                most=_MOST_BYTES,
            )
        except Undelivered as error:
            raise ForgeError(
                T("the code host did not answer: {why}", why=error),
                hint=error.hint
                or T("Run it again: what was written already is found and updated."),
            ) from None

    def _read(self, answer: Answer) -> Any:
        if not answer.body.strip():
            return None
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise ForgeError(
                T("what the code host answers is not JSON"),
                hint=T("Check the address in {setting}.", setting=self.setting),
            ) from None

    def _pause(self, answer: Answer) -> float | None:
        """Seconds until the host takes calls again; ``None`` when it was no rate limit."""
        if answer.status not in (403, 429):
            return None
        after = answer.headers.get("retry-after", "")
        if after.isascii() and after.isdigit():
            return float(after)
        if answer.headers.get("x-ratelimit-remaining") == "0":
            reset = answer.headers.get("x-ratelimit-reset", "")
            if reset.isascii() and reset.isdigit():
                return max(1.0, float(reset) - self.clock.now())
        # A limit on how fast is written to says itself nowhere but in words.
        secondary = b"secondary rate limit" in answer.body
        return 60.0 if answer.status == 429 or secondary else None

    def _tokens(self) -> Iterator[str]:
        """What an answer may repeat, and no output has."""
        for name in self.headers.keys() & {"Authorization", "PRIVATE-TOKEN"}:
            yield self.headers[name].rpartition(" ")[2]

    def _refused(self, method: str, path: str, answer: Answer) -> ForgeError:
        words = T(
            "{host} refuses {method} {path} with status {status}{said}",
            host=urlsplit(self.base).netloc.rpartition("@")[2],
            method=method,
            path=urlsplit(path).path,
            status=answer.status,
            said=_said(concealed(answer.body, self._tokens())),
        )
        if self._pause(answer) is not None:
            return ForgeError(words, status=answer.status, hint=T("Its rate limit is used up."))
        if answer.status == 401:
            unknown = T(
                "The token in {variable} is not known there: it has expired, or is of another "
                "host.",
                variable=self.variable,
            )
            return ForgeAccess(words, status=answer.status, hint=unknown)
        if answer.status in (403, 404):
            return ForgeAccess(words, status=answer.status, hint=self.allowed)
        return ForgeError(words, status=answer.status)


def _said(body: bytes) -> Text:
    try:
        found = json.loads(body)
        said = found.get("message") or found.get("error")
    except (ValueError, RecursionError, AttributeError):
        return NOTHING
    return T(": {said}", said=str(said)[:300]) if said else NOTHING
