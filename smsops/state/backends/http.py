"""The state on a server that speaks Terraform's http protocol: GitLab, Gitea, and others.

    GET    ADDRESS                the state; 204, 404 or an empty body: there is none
    POST   ADDRESS?ID=LOCK        write it
    POST   ADDRESS/lock           lock, with Terraform's seven fields; 409 or 423: held
    DELETE ADDRESS/lock           unlock, with the fields of the lock

Replies get lost. A lock refused with our own id is ours. A write without a clear answer is looked
up: if the server has exactly our bytes, it happened. Address and credentials come from the
environment only, so a pull request cannot send them elsewhere.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import md5, sha256
from urllib.parse import urlencode, urlsplit, urlunsplit

from smsops.clock import SYSTEM, Clock
from smsops.errors import LockedError, StateError
from smsops.state import document
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo
from smsops.state.backends.httplock import HELD, PAUSES, HttpLock
from smsops.state.backends.httprefusals import WRITE_HINTS, refused, status
from smsops.state.backends.httpwire import HttpExchange, HttpSettings, NoReply, Reply
from smsops.state.snapshot import peek_serial
from smsops.text.messages import NOTHING, C, T, Text, said

_UNREAD = "not read yet"

_log = logging.getLogger(__name__)


class HttpBackend:
    """The backend ``http``."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        clock: Clock = SYSTEM,
        warn: Callable[[Text], None] = _log.warning,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._wire = HttpExchange(settings, clock=clock)
        #: Digest of the bytes last read or written; ``None``: there was no state.
        self._basis: str | None = _UNREAD
        #: Digests of our writes whose outcome stayed unknown.
        self._attempted: set[str | None] = set()
        self._lock = HttpLock(settings, self._wire, clock, warn)

    @property
    def description(self) -> str:
        """Address of the state, as messages show it."""
        return self._settings.shown

    @property
    def kept(self) -> None:
        """A server may keep earlier versions, as GitLab does, or not: nothing to rely on."""

    def read(self) -> bytes | None:
        """Body that the server has; ``None`` for 204, 404 and an empty one."""
        body = self._stored()
        self._basis = _digest(body)
        return body

    def write(self, body: bytes, *, serial: int) -> None:
        """POST the body, if a GET right before still finds what was read.

        The protocol has no compare-and-swap; the lock closes the gap.
        """
        mine, stored = _digest(body), self._stored()
        before = _digest(stored)
        if before not in self._attempted and self._basis not in (_UNREAD, before):
            raise StateError(
                T(
                    "{description} was not written: somebody else wrote it since this run read it",
                    description=self.description,
                ),
                hint=T("Run the command again; it starts from the state as it is now."),
            )
        document.require_replaceable(stored, source=self.description)
        newest = None if stored is None else peek_serial(stored)
        if before != mine and newest is not None and serial <= newest:
            raise StateError(
                T(
                    "{description} was not written: it has serial {newest}, and serial "
                    "{serial} is not newer",
                    description=self.description,
                    newest=newest,
                    serial=serial,
                )
            )
        if before != mine:
            self._attempted.add(mine)
            self._post_until_known(body, before, serial)
        self._basis = mine

    def lock(self, operation: str, *, timeout: float = 0.0) -> AbstractContextManager[LockInfo]:
        """Hold the server's lock; waits with growing pauses while somebody else does."""
        return self._lock.hold(operation, timeout=timeout)

    def unlock(self, lock_id: str) -> None:
        """Ask the server to remove the lock with this id, and no other."""
        self._lock.unlock(lock_id)

    def _stored(self) -> bytes | None:
        fault = NOTHING
        for pause in (*PAUSES, None):
            try:
                reply = self._wire.send("GET", self._settings.address)
            except NoReply as error:
                fault = said(error)
            else:
                if reply.status == 200:
                    return reply.body or None
                if reply.status in (204, 404):
                    return None
                if reply.status < 500:
                    raise refused(self._settings, T("the state cannot be read"), reply)
                fault = status(reply)
            if pause is not None:
                self._clock.sleep(pause)
        raise StateError(
            T(
                "{description}: the state cannot be read: {fault}",
                description=self.description,
                fault=fault,
            )
        )

    def _post_until_known(self, body: bytes, before: str | None, serial: int) -> None:
        """Write. An unclear answer is settled by reading what the server has now."""
        fault = NOTHING
        for pause in (*PAUSES, None):
            try:
                reply = self._post(body)
            except NoReply as error:
                fault, rejected = said(error), False
            else:
                if reply.status in (200, 201, 204):
                    return
                fault, rejected = self._unclear(reply, len(body)), reply.status == 422
            stored = self._stored()
            now = _digest(stored)
            if now == _digest(body):
                return
            if now != before:
                raise StateError(
                    T(
                        "{description} was not written: somebody else wrote it meanwhile",
                        description=self.description,
                    ),
                    hint=T("Run the command again; it starts from the state as it is now."),
                )
            if rejected:
                raise StateError(
                    T(
                        "{description}: the server refuses serial {serial} (HTTP status "
                        "422): GitLab takes every serial once",
                        description=self.description,
                        serial=serial,
                    ),
                    hint=T(
                        "Look at {command}. To put a file in place under a new serial: {other}",
                        command=C("state pull"),
                        other=C("state push --force FILE"),
                    ),
                )
            if pause is not None:
                self._clock.sleep(pause)
        raise StateError(
            T(
                "{description}: the state could not be saved: {fault}",
                description=self.description,
                fault=fault,
            ),
            hint=T(
                "The server still has the version before. GitLab answers like "
                "this, too, when somebody else holds the lock."
            ),
        )

    def _post(self, body: bytes) -> Reply:
        url = self._settings.address
        if self._lock.held is not None:
            parts = urlsplit(url)
            query = "&".join(filter(None, (parts.query, urlencode({"ID": self._lock.held.id}))))
            url = urlunsplit(parts._replace(query=query))
        # The protocol asks for the MD5, against damage on the way and nothing else.
        digest = md5(body, usedforsecurity=False).digest()
        headers = {
            "Content-Type": "application/json",
            "Content-MD5": b64encode(digest).decode(),
        }
        return self._wire.send("POST", url, body, headers)

    def _unclear(self, reply: Reply, size: int) -> Text:
        """The words for a reply to a write that proves nothing. Raises for one that does."""
        if reply.status in HELD:
            by = lockinfo.holder(lockinfo.from_json(reply.body))
            raise LockedError(
                T(
                    "{description} was not written: it is locked by {by}",
                    description=self.description,
                    by=by,
                ),
                hint=T(
                    "This run lost its lock. Run the command again when the other one has ended."
                ),
            )
        if reply.status == 413:
            raise StateError(
                T(
                    "{description}: the state of {size} bytes is too large for the server",
                    description=self.description,
                    size=size,
                ),
                hint=T(
                    "Ask its administrator for more (GitLab: the limit of Terraform state files)."
                ),
            )
        if reply.status < 500 and reply.status != 422:
            raise refused(self._settings, T("the state cannot be written"), reply, WRITE_HINTS)
        return status(reply)


def _digest(body: bytes | None) -> str | None:
    return None if body is None else sha256(body).hexdigest()
