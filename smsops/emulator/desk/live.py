"""Tells open pages that something happened, as server-sent events.

An event says what kind of thing it was, never what: pages then ask for themselves again. Many
changes in a short time are one event.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Callable
from threading import Lock

#: Pages that may follow at a time.
MAX_STREAMS = 32
#: Seconds: between two events; between two looks for what other processes changed in the data
#: file and for what the time alone changes; between two signs of life.
_PAUSE, _LOOK, _ALIVE = 0.25, 1.0, 15.0
TOPICS = ("message", "report", "reply", "review", "call")


class _Stream:
    """One open page."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.happened = asyncio.Event()
        self.topics: set[str] = set()


class Live:
    """Everybody who follows.

    ``outside`` says what may change without :meth:`tell`. ``listen`` is called when the first page
    begins to follow and returns what is called when the last one is gone: events cost every call
    some time, which nobody should pay for pages that are not open.
    """

    def __init__(
        self, outside: Callable[[], object], listen: Callable[[], Callable[[], None]]
    ) -> None:
        self._outside = outside
        self._listen = listen
        self._end: Callable[[], None] | None = None
        self._lock = Lock()
        self._streams: set[_Stream] = set()
        self._changes = 0
        self._boot = secrets.token_hex(4)
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether nobody else can follow."""
        return self._closed or len(self._streams) >= MAX_STREAMS

    def revision(self) -> str:
        """Names what a page shows now; another one means that it may show something else."""
        return f"{self._boot}.{self._changes}.{self._outside()}"

    def tell(self, topic: str) -> None:
        """Something happened; from any thread."""
        with self._lock:
            self._changes += 1
            streams = [stream for stream in self._streams if topic not in stream.topics]
            for stream in streams:
                stream.topics.add(topic)
        for stream in streams:
            self._wake(stream)

    def close(self) -> None:
        """End every stream: the server stops."""
        with self._lock:
            self._closed = True
            streams = list(self._streams)
        for stream in streams:
            self._wake(stream)

    @staticmethod
    def _wake(stream: _Stream) -> None:
        try:
            stream.loop.call_soon_threadsafe(stream.happened.set)
        except RuntimeError:  # its loop has ended, and so has the page's connection
            return

    async def events(self) -> AsyncGenerator[bytes]:
        """Server-sent events for one page: at once how things are, then whenever they change."""
        stream = _Stream()
        with self._lock:
            self._streams.add(stream)
            if self._end is None:
                self._end = self._listen()
        try:
            told, silent = "", 0.0
            yield b"retry: 1000\n\n"
            while not self._closed:
                revision = await asyncio.to_thread(self.revision)
                if revision != told:
                    with self._lock:
                        topics = [topic for topic in TOPICS if topic in stream.topics]
                        stream.topics.clear()
                    told, silent = revision, 0.0
                    yield _event(revision, topics)
                    await asyncio.sleep(_PAUSE)
                elif silent >= _ALIVE:
                    silent = 0.0
                    yield b": still here\n\n"
                try:
                    await asyncio.wait_for(stream.happened.wait(), _LOOK)
                except TimeoutError:
                    silent += _LOOK
                stream.happened.clear()
        finally:
            with self._lock:
                self._streams.discard(stream)
                if not self._streams and self._end is not None:
                    self._end()
                    self._end = None


def _event(revision: str, topics: list[str]) -> bytes:
    document = json.dumps({"revision": revision, "topics": topics})
    return f"event: change\ndata: {document}\n\n".encode()
