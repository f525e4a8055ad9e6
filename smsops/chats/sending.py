"""Sending a notice to the services that the environment names, a few times where they are busy.

Addresses and secrets come only from the environment, and no output has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from smsops.chats.notice import Notice
from smsops.chats.services import SERVICES, Service
from smsops.clock import Clock
from smsops.errors import UsageError
from smsops.net.loopback import is_loopback
from smsops.net.posting import Undelivered, concealed, exchange
from smsops.text.messages import NOTHING, T, Text, either, joined, said

_ATTEMPTS = 3
#: Longer than this nobody waits for a service, whatever it asks for.
_LONGEST = 60.0
#: A shorter part of a path is a word, no token.
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Robot:
    """Somewhere to write to."""

    service: Service
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)


def robots(environment: Mapping[str, str]) -> list[Robot]:
    """The robots that ``environment`` names. Raises :class:`UsageError` for none, and for an
    address that cannot be used, which is not repeated.
    """
    found = [
        Robot(service, url, environment.get(service.secret, "").strip() if service.sign else "")
        for service in SERVICES
        if (url := environment.get(service.url, "").strip())
    ]
    if not found:
        names = either(service.url for service in SERVICES)
        raise UsageError(T("nobody to notify: set {names}", names=names))
    for robot in found:
        _check(robot)
    return found


def _check(robot: Robot) -> None:
    name = robot.service.url
    try:
        parts = urlsplit(robot.url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(T("{name} is not a URL", name=name)) from None
    printable = robot.url.isascii() and robot.url.isprintable() and " " not in robot.url
    if not host or port == 0 or not printable or "#" in robot.url or "@" in parts.netloc:
        raise UsageError(T("{name} is not a URL", name=name))
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise UsageError(T("{name} must be https; http is for loopback addresses only", name=name))


def _secrets(robot: Robot, url: str) -> Iterator[str]:
    """What an answer may repeat, and no output has: the address in its parts, and the secret."""
    yield from (robot.secret, robot.url, url)
    for parts in map(urlsplit, (robot.url, url)):
        yield from (parts.query, unquote(parts.query))
        words = re.split(r"[/&=]", f"{parts.path}/{parts.query}")
        for word in (each for found in words for each in (found, unquote(found))):
            if len(word) >= _SHORTEST:
                yield word


def send(robot: Robot, notice: Notice, environment: Mapping[str, str], clock: Clock) -> Text | None:
    """Send ``notice``; ``None`` when it was taken, else why not."""
    why = None
    for attempt in range(1, _ATTEMPTS + 1):
        # Signed anew each time: a signature is good for an hour at the most.
        url, body = robot.service.request(robot.url, notice, robot.secret, clock.now())
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            answer = exchange(
                "POST", url, environment, headers=headers, body=body, setting=robot.service.url
            )
        except Undelivered as error:
            return joined(
                ". ", said(error), T("{hint}", hint=error.hint) if error.hint else NOTHING
            )
        said_back = concealed(answer.body, _secrets(robot, url))
        refusal = robot.service.refusal(answer.status, answer.headers, said_back)
        if refusal is None:
            return None
        why = joined(". ", refusal.why, _settings(robot)) if refusal.setting else refusal.why
        if refusal.wait is None or attempt == _ATTEMPTS or refusal.wait > _LONGEST:
            break
        clock.sleep(refusal.wait)
    return why


def _settings(robot: Robot) -> Text:
    """The variables to look at, where the service knows the robot or its signature not."""
    service = robot.service
    if service.sign is None:
        return T("Check {url}", url=service.url)
    if robot.secret:
        return T("Check {url} and {secret}", url=service.url, secret=service.secret)
    return T(
        "Check {url}; {secret} is not set, which is right only for a robot without signature",
        url=service.url,
        secret=service.secret,
    )


def undelivered(failures: Sequence[tuple[Robot, Text]]) -> list[Text]:
    """One line for each service that did not take the message."""
    return [T("{name}: {why}", name=robot.service.name, why=why) for robot, why in failures]
