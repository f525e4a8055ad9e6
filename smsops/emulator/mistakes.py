"""Which part of a request a refused signature was made for, found by trying the usual mistakes.

A signature says yes or no. With the key at hand, more can be told: a request that is altered in one
or two parts, as clients get them wrong, has the signature that came, or has not.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from smsops.emulator.canonical import PREFIX, UNSIGNED, Signed, date_of
from smsops.emulator.hosts import without_port

#: Characters shown of what a client sent.
_SHOWN = 100
#: Seconds by which a timestamp that is taken twice differs.
_LATER = 2
_REGIONS = ("ap-guangzhou", "ap-beijing", "ap-nanjing", "ap-singapore")
_CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "application/x-www-form-urlencoded",
    "",
)

#: A field of :class:`Signed` or a header, the value that was signed, and how that is told.
Mistake = tuple[str, Any, str]


def differences(signed: Signed, mac: str, service: str) -> list[str]:
    """What ``mac`` was made for instead of ``signed``, each part as ``part: how``.

    The fewest parts that explain it. What nothing explains is most likely the key.
    """
    parts = {name: list(find(signed, service)) for name, find in _PARTS.items()}
    for size in (1, 2):
        for names in combinations(parts, size):
            for mistakes in product(*(parts[name] for name in names)):
                if any(hmac.compare_digest(m, mac) for m in _macs(signed, mistakes)):
                    return [
                        f"{name}: {how}" for name, (*_, how) in zip(names, mistakes, strict=True)
                    ]
    return [
        f"key: the emulator's SecretKey gives another signature for host "
        f"{_short(signed.headers['host'])}, date {signed.date}, scope {_short(signed.service)} "
        f"and the payload of {len(signed.payload)} bytes that arrived, and no usual mistake in "
        "them explains it"
    ]


def _macs(signed: Signed, mistakes: tuple[Mistake, ...]) -> Iterator[str]:
    for what, value, _ in mistakes:
        if what in signed.headers:
            signed = replace(signed, headers={**signed.headers, what: value})
        else:
            signed = replace(signed, **{what: value})
    return (each.mac() for each in signed.as_sent())


def _hosts(signed: Signed, service: str) -> Iterator[Mistake]:
    sent = signed.headers["host"]
    port = sent.removeprefix(without_port(sent))
    names = ["127.0.0.1", "localhost", f"127.0.0.1{port}", f"localhost{port}"]
    for name in (service, "sms", "sts"):
        names += [f"{name}{region}.tencentcloudapi.com" for region in ("", *_dotted(_REGIONS))]
    names += [f"http://{sent}", f"http://{sent}/", ""]
    for name in dict.fromkeys(names):
        if name != sent:
            yield "host", name, f"signed for {name or 'none'}, sent to {_short(sent)}"


def _dotted(names: tuple[str, ...]) -> Iterator[str]:
    return (f".{name}" for name in names)


def _payloads(signed: Signed, _: str) -> Iterator[Mistake]:
    tried = {b"": "nothing", b"{}": "an empty object", UNSIGNED.encode(): UNSIGNED}
    for spelling in _spellings(signed.payload):
        tried.setdefault(spelling, "the same JSON, written otherwise")
    for payload, what in tried.items():
        if payload != signed.payload:
            how = f"signed was {what}, not the {len(signed.payload)} bytes that arrived"
            yield "payload", payload, how


def _spellings(payload: bytes) -> Iterator[bytes]:
    """The same JSON with and without spaces, escapes and order."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return
    for separators, escaped, ordered in product(
        ((",", ":"), (", ", ": ")), (False, True), (False, True)
    ):
        text = json.dumps(document, ensure_ascii=escaped, separators=separators, sort_keys=ordered)
        yield text.encode("utf-8", "surrogatepass")


def _content_types(signed: Signed, _: str) -> Iterator[Mistake]:
    sent = signed.headers["content-type"]
    for name in _CONTENT_TYPES:
        if name != sent.strip().lower():
            how = f"signed as {name or 'none'}, sent as {_short(sent) or 'none'}"
            yield "content-type", name, how


def _dates(signed: Signed, _: str) -> Iterator[Mistake]:
    for days in (0, -1, 1):
        date = date_of(signed.timestamp + days * 86400)
        if date != signed.date:
            yield "date", date, f"signed with {date}, the scope says {signed.date}"
    for seconds in range(-_LATER, _LATER + 1):
        moment = signed.timestamp + seconds
        if seconds:
            how = f"signed for the timestamp {moment}, X-TC-Timestamp is {signed.timestamp}"
            yield "timestamp", moment, how


def _services(signed: Signed, service: str) -> Iterator[Mistake]:
    label = signed.headers["host"].partition(".")[0]
    for name in dict.fromkeys((service, "sms", "sts", label)):
        if name and name != signed.service:
            said = _short(signed.service)
            yield (
                "service",
                name,
                f"signed for {_short(name)}, the Authorization header says {said}",
            )


def _queries(signed: Signed, _: str) -> Iterator[Mistake]:
    pairs = parse_qsl(signed.query, keep_blank_values=True)
    for query in (
        urlencode(pairs),
        urlencode(pairs, quote_via=quote),
        urlencode(sorted(pairs)),
        urlencode(sorted(pairs), quote_via=quote),
        "&".join(f"{name}={text}" for name, text in pairs),
        "",
    ):
        if query != signed.query:
            yield "query", query, "signed in another spelling or order than it was sent"


def _keys(signed: Signed, _: str) -> Iterator[Mistake]:
    key = signed.key.removeprefix(PREFIX)
    for other, how in (
        (key, f"the SecretKey was used without {PREFIX} before it"),
        (PREFIX, "the SecretKey was empty"),
        (f"{PREFIX}{key}\n", "the SecretKey was used with the end of its line"),
        (f"{PREFIX} {key}", "the SecretKey was used with a space before it"),
        (f"{PREFIX}{key} ", "the SecretKey was used with a space after it"),
        (f'{PREFIX}"{key}"', "the SecretKey was used with its quotes"),
    ):
        yield "key", other, how


_PARTS: Mapping[str, Callable[[Signed, str], Iterator[Mistake]]] = {
    "host": _hosts,
    "payload": _payloads,
    "content-type": _content_types,
    "date": _dates,
    "scope": _services,
    "query": _queries,
    "key": _keys,
}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
