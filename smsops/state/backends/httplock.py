"""Lock of a state server: taken and released by HTTP, replies that get lost included.

A lock refused with our own id is ours. What is released after a run is best effort: everything
that the run did is done by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from smsops.clock import Clock
from smsops.errors import StateError
from smsops.signals import deferred
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo
from smsops.state.backends.httprefusals import LOCK_HINTS, refused, status
from smsops.state.backends.httpwire import HttpExchange, HttpSettings, NoReply, Reply
from smsops.text.messages import NOTHING, Command, T, Text, said

#: Seconds between the tries of an exchange without a clear answer.
PAUSES = (1.0, 2.0)
#: Statuses for: somebody else holds the lock.
HELD = (409, 423)


class HttpLock:
    """The lock beside a state. ``held``: what this process holds of it now."""

    def __init__(
        self,
        settings: HttpSettings,
        wire: HttpExchange,
        clock: Clock,
        warn: Callable[[Text], None],
    ) -> None:
        self._settings = settings
        self._place = settings.shown
        self._wire = wire
        self._clock = clock
        self._warn = warn
        self.held: LockInfo | None = None

    @contextmanager
    def hold(self, operation: str, *, timeout: float = 0.0) -> Iterator[LockInfo]:
        """Hold the server's lock; waits with growing pauses while somebody else does."""
        info = lockinfo.new(operation, path=self._place, clock=self._clock)
        try:
            lockinfo.acquire(
                lambda: self._try_lock(info),
                timeout=timeout,
                pauses=lockinfo.REMOTE_PAUSES,
                clock=self._clock,
                warn=self._warn,
                place=self._place,
                unlock_hint=True,
            )
        except StateError:
            raise
        except BaseException:  # a signal, and the lock may have been taken in the meantime
            self._release(info, _silent)
            raise
        before, self.held = self.held, info
        try:
            yield info
        finally:
            self.held = before
            with deferred():
                self._release(info, self._warn)

    def unlock(self, lock_id: str) -> None:
        """Ask the server to remove the lock with this id, and no other."""
        info = replace(lockinfo.new("unlock", path=self._place, clock=self._clock), id=lock_id)
        try:
            reply = self._send_unlock(info)
        except NoReply as error:
            raise StateError(
                T(
                    "{description}: the lock may still be there: {error}",
                    description=self._place,
                    error=error,
                )
            ) from error
        if reply.status in HELD:
            raise StateError(
                T(
                    "{description} is not locked with the ID {lock_id}, but by {holder}",
                    description=self._place,
                    lock_id=lock_id,
                    holder=lockinfo.holder(lockinfo.from_json(reply.body)),
                )
            )
        if reply.status not in (200, 204):
            raise refused(self._settings, T("the lock cannot be removed"), reply, LOCK_HINTS)

    def _try_lock(self, info: LockInfo) -> None:
        """Lock, or raise :class:`lockinfo.Held`. A reply that got lost is asked for again."""
        known = self._settings
        fault, sent = NOTHING, False
        for pause in (*PAUSES, None):
            try:
                reply = self._send(known.lock_method, known.lock_address, info)
            except NoReply as error:
                fault, sent = said(error), sent or error.sent
            else:
                sent = True
                if reply.status == 200:
                    return
                if reply.status in HELD:
                    holder = lockinfo.from_json(reply.body)
                    if holder is not None and holder.id == info.id:
                        return
                    raise lockinfo.Held(holder)
                if reply.status < 500 or reply.status == 501:
                    raise refused(self._settings, T("the lock cannot be taken"), reply, LOCK_HINTS)
                fault = status(reply)
            if pause is not None:
                self._clock.sleep(pause)
        if sent:
            self._release(info, self._warn)
        raise StateError(
            T(
                "{description}: the lock cannot be taken: {fault}",
                description=self._place,
                fault=fault,
            )
        )

    def _release(self, info: LockInfo, warn: Callable[[Text], None]) -> None:
        """Unlock. What the run did is done, so a failure here is a warning."""
        fault, sent_before = NOTHING, False
        for pause in (*PAUSES, None):
            try:
                reply = self._send_unlock(info)
            except NoReply as error:
                fault = said(error)
            else:
                if reply.status in (200, 204, 404):
                    return
                if reply.status in HELD:
                    holder = lockinfo.from_json(reply.body)
                    if holder is None or holder.id != info.id:
                        if not sent_before:
                            warn(
                                T(
                                    "Warning: the lock of {place} was taken away from this run "
                                    "before it ended.",
                                    place=self._place,
                                )
                            )
                        return
                fault = status(reply)
            sent_before = True
            if pause is not None:
                self._clock.sleep(pause)
        warn(
            T(
                "Warning: the lock of {place} could not be released ({fault}). "
                "Nobody can write until it is: {command}",
                place=self._place,
                fault=fault,
                command=Command.of("state", "unlock", info.id),
            )
        )

    def _send_unlock(self, info: LockInfo) -> Reply:
        return self._send(self._settings.unlock_method, self._settings.unlock_address, info)

    def _send(self, method: str, url: str, info: LockInfo) -> Reply:
        headers = {"Content-Type": "application/json"}
        return self._wire.send(method, url, lockinfo.to_json(info), headers)


def _silent(_message: Text) -> None:
    """For a lock that was probably never taken."""
