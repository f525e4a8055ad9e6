"""What happens in an emulated account, told to whoever wants to know: callbacks, web pages."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Lock

from smsops.emulator.account import Json, item
from smsops.emulator.messages import received
from smsops.emulator.store import Store

LOG = logging.getLogger(__name__)

#: Called with the kind of an event and what it is about:
#:
#: - ``message``: a :class:`smsops.emulator.messages.Message` that was sent or refused
#: - ``report``: a message whose report is there now
#: - ``reply``: ``(message, reply)``, now that the phone answered
#: - ``review``: a sign or template (:class:`smsops.emulator.account.Item`) as it is from now on
#: - ``remove``: ``(kind, id)`` of one that is gone
#: - ``reset``: ``None``, when the account was emptied
#: - ``call``: a :class:`smsops.emulator.core.Served`
#: - ``callback``: ``None``, when a callback was pushed or dropped
#:
#: After the change is durable, in the thread that made it or in one that calls
#: :meth:`Events.flush`. A subscriber must not block; what it raises is logged and goes no further.
Subscriber = Callable[[str, object], None]


class Events:
    """Turns changes of a store, whichever process makes them, into events. Thread-safe.

    What becomes true by itself (reports, replies) is told by :meth:`flush`, which every change
    calls and a process that serves calls all the time.
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._subscribers: tuple[Subscriber, ...] = ()
        self._lock = Lock()
        self._changes: deque[Json] = deque()
        self._since = now()
        self._loads = store.loads
        store.observer = self._observe

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Begin to tell ``subscriber``; returns what ends it."""
        with self._lock:
            if not self._subscribers:
                self._since, self._loads = self._now(), -1
            self._subscribers = (*self._subscribers, subscriber)

        def end() -> None:
            with self._lock:
                self._subscribers = tuple(
                    known for known in self._subscribers if known is not subscriber
                )

        return end

    def tell(self, kind: str, payload: object) -> None:
        """Tell all subscribers of one event."""
        for subscriber in self._subscribers:
            try:
                subscriber(kind, payload)
            except Exception:
                LOG.exception("emulator: a subscriber failed at %s", kind)

    def flush(self) -> None:
        """Tell what happened and became true since the last time. Not inside a store's block."""
        if not self._subscribers:
            return
        now = self._now()
        with self._store.reading() as contents, self._lock:
            changes = [self._changes.popleft() for _ in range(len(self._changes))]
            # After everything was read anew, what was true before has been told already.
            since = 0.0 if self._loads == self._store.loads else self._since
            due = list(contents.history.due(now, since))
            self._loads, self._since = self._store.loads, now
        for change in changes:
            self._translate(change, now)
        for message, reply in due:
            if reply is None:
                self.tell("report", message)
            else:
                self.tell("reply", (message, reply))

    def _observe(self, change: Json) -> None:
        if self._subscribers:
            self._changes.append(change)

    def _translate(self, change: Json, now: float) -> None:
        match change:
            case {"send": dict(document)}:
                for message in received(document):
                    self.tell("message", message.at(now))
            case {"put": dict(document)}:
                self.tell("review", item(document))
            case {"delete": [str(kind), int(number)]}:
                self.tell("remove", (kind, number))
            case {"reset": _}:
                self.tell("reset", None)
            case _:
                pass
