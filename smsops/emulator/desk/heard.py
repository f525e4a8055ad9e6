"""What arrived over HTTP and what was answered, the newest calls only, without their secrets."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

from smsops.emulator.wire import Delivery, Reply, Request

#: Calls that are remembered, and bytes of each body; what is longer is made shorter at once.
KEPT = 200
_REQUEST, _REPLY = 16 * 1024, 64 * 1024
_TEXT, _LIST = 1000, 10

_SECRET = re.compile(r"token|secret|password|credential", re.IGNORECASE)
#: How an image begins in base64, and what stands in its place.
_IMAGES = {"iVBORw0KGgo": "PNG", "/9j/": "JPEG"}
#: What stands where a secret was.
HIDDEN = "••••"


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """One call: ``at`` is epoch seconds, ``request`` and ``reply`` are bodies or queries."""

    number: int
    at: float
    seconds: float
    method: str
    path: str
    action: str
    version: str
    kind: str
    request: bytes
    request_size: int
    status: int
    delivery: Delivery
    reply: bytes
    reply_size: int


class Log:
    """The newest calls of a served emulator. Safe to use from threads."""

    def __init__(self) -> None:
        self._calls: deque[Heard] = deque(maxlen=KEPT)
        self._numbers = count(1)
        self._lock = Lock()
        self.total = 0

    def note(self, request: Request, reply: Reply, at: float, seconds: float) -> None:
        """Remember one call."""
        body = request.body or request.query.encode()
        heard = Heard(
            number=0,
            at=at,
            seconds=seconds,
            method=request.method,
            path=request.path[:200],
            action=(request.header("x-tc-action") or request.path.strip("/"))[:64],
            version=(request.header("x-tc-version") or "")[:16],
            kind=(request.header("content-type") or "")[:100],
            request=body if len(body) <= _REQUEST else _shorter(body),
            request_size=len(body),
            status=reply.status,
            delivery=reply.delivery,
            reply=reply.body if len(reply.body) <= _REPLY else b"",
            reply_size=len(reply.body),
        )
        with self._lock:
            self.total = next(self._numbers)
            self._calls.append(_numbered(heard, self.total))

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._calls.clear()
            self.total = 0

    def newest(self) -> list[Heard]:
        """The calls that are remembered, newest first."""
        with self._lock:
            return list(reversed(self._calls))


def _numbered(heard: Heard, number: int) -> Heard:
    object.__setattr__(heard, "number", number)  # it is nobody's yet
    return heard


def _shorter(body: bytes) -> bytes:
    """A long body without what makes it long; only its size if it is no JSON."""
    try:
        small = json.dumps(_small(json.loads(body)), ensure_ascii=False).encode()
        return small if len(small) <= _REQUEST else b""
    except (ValueError, RecursionError):
        return b""


def parsed(body: bytes, kind: str = "application/json") -> Any:
    """What a body holds, secrets and all; ``None`` when it is neither JSON nor a form."""
    try:
        if kind.startswith("application/json"):
            return json.loads(body)
        if b"=" in body:
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (ValueError, RecursionError):
        pass
    return None


def shown(value: Any) -> Any:
    """What a page shows of a body: no secrets, the beginnings of long things."""
    return _small(value)


def _small(value: Any, depth: int = 0) -> Any:
    if depth > 20:
        return "…"
    if isinstance(value, dict):
        return dict(_members(value, depth))
    if isinstance(value, list):
        kept = [_small(item, depth + 1) for item in value[:_LIST]]
        return [*kept, f"… +{len(value) - _LIST}"] if value[_LIST:] else kept
    if isinstance(value, str):
        return _text(value)
    return value


def _text(value: str) -> str:
    for beginning, name in _IMAGES.items():
        if value.startswith(beginning):
            return f"‹{name}, {size(len(value) * 3 // 4)}›"
    if len(value) > _TEXT:
        return f"{value[:_TEXT]}… ({size(len(value))})"
    return value


def _members(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        hidden = _SECRET.search(str(name)) is not None and not isinstance(item, dict | list)
        yield name, HIDDEN if hidden and item else _small(item, depth + 1)


def size(count: int) -> str:
    """A number of bytes for people."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"
