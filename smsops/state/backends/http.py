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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import md5, sha256
from urllib.parse import urlencode, urlsplit, urlunsplit

from smsops.clock import SYSTEM, Clock
from smsops.errors import LockedError, StateAccessError, StateError
from smsops.signals import deferred
from smsops.state import document
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo
from smsops.state.backends.httpwire import (
    PASSWORD,
    USERNAME,
    HttpExchange,
    HttpSettings,
    NoReply,
    Reply,
)
from smsops.state.snapshot import peek_serial
from smsops.text.messages import NOTHING, C, Command, N, T, Text, listed
from smsops.text.messages import said as spoken

#: Seconds between the tries of an exchange without a clear answer.
_PAUSES = (1.0, 2.0)
_HELD = (409, 423)
_UNREAD = "not read yet"

_log = logging.getLogger(__name__)


_LOCKING = T(
    "The server has no lock there. See SMSOPS_HTTP_ADDRESS, SMSOPS_HTTP_LOCK_ADDRESS, "
    "SMSOPS_HTTP_LOCK_METHOD and SMSOPS_HTTP_UNLOCK_METHOD."
)
_WRITING = T(
    "The server takes no state there by POST. Does SMSOPS_HTTP_ADDRESS lead to a place for states "
    "of Terraform?"
)
_MOVED = dict.fromkeys(
    (301, 302, 307, 308),
    T("Redirects are not followed: set SMSOPS_HTTP_ADDRESS to where it leads."),
)
#: What to do about a status, of a lock and of a write.
_LOCK_HINTS = {**_MOVED, **dict.fromkeys((404, 405, 501), _LOCKING)}
_WRITE_HINTS = {**_MOVED, **dict.fromkeys((404, 405), _WRITING)}


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
        self._warn = warn
        self._wire = HttpExchange(settings, clock=clock)
        #: Digest of the bytes last read or written; ``None``: there was no state.
        self._basis: str | None = _UNREAD
        #: Digests of our writes whose outcome stayed unknown.
        self._attempted: set[str | None] = set()
        self._held: LockInfo | None = None

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

    @contextmanager
    def lock(self, operation: str, *, timeout: float = 0.0) -> Iterator[LockInfo]:
        """Hold the server's lock; waits with growing pauses while somebody else does."""
        info = lockinfo.new(operation, path=self.description, clock=self._clock)
        try:
            lockinfo.acquire(
                lambda: self._try_lock(info),
                timeout=timeout,
                pauses=lockinfo.REMOTE_PAUSES,
                clock=self._clock,
                warn=self._warn,
                place=self.description,
                unlock_hint=True,
            )
        except StateError:
            raise
        except BaseException:  # a signal, and the lock may have been taken in the meantime
            self._release(info, _silent)
            raise
        before, self._held = self._held, info
        try:
            yield info
        finally:
            self._held = before
            with deferred():
                self._release(info, self._warn)

    def unlock(self, lock_id: str) -> None:
        """Ask the server to remove the lock with this id, and no other."""
        info = replace(lockinfo.new("unlock", path=self.description, clock=self._clock), id=lock_id)
        try:
            reply = self._send_unlock(info)
        except NoReply as error:
            raise StateError(
                T(
                    "{description}: the lock may still be there: {error}",
                    description=self.description,
                    error=error,
                )
            ) from error
        if reply.status in _HELD:
            raise StateError(
                T(
                    "{description} is not locked with the ID {lock_id}, but by {holder}",
                    description=self.description,
                    lock_id=lock_id,
                    holder=lockinfo.holder(lockinfo.from_json(reply.body)),
                )
            )
        if reply.status not in (200, 204):
            raise self._refused(T("the lock cannot be removed"), reply, _LOCK_HINTS)

    # -- the state -------------------------------------------------------------------------------

    def _stored(self) -> bytes | None:
        said = NOTHING
        for pause in (*_PAUSES, None):
            try:
                reply = self._wire.send("GET", self._settings.address)
            except NoReply as error:
                said = spoken(error)
            else:
                if reply.status == 200:
                    return reply.body or None
                if reply.status in (204, 404):
                    return None
                if reply.status < 500:
                    raise self._refused(T("the state cannot be read"), reply)
                said = _status(reply)
            if pause is not None:
                self._clock.sleep(pause)
        raise StateError(
            T(
                "{description}: the state cannot be read: {said}",
                description=self.description,
                said=said,
            )
        )

    def _post_until_known(self, body: bytes, before: str | None, serial: int) -> None:
        """Write. An unclear answer is settled by reading what the server has now."""
        said = NOTHING
        for pause in (*_PAUSES, None):
            try:
                reply = self._post(body)
            except NoReply as error:
                said, refused = spoken(error), False
            else:
                if reply.status in (200, 201, 204):
                    return
                said, refused = self._unclear(reply, len(body)), reply.status == 422
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
            if refused:
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
                "{description}: the state could not be saved: {said}",
                description=self.description,
                said=said,
            ),
            hint=T(
                "The server still has the version before. GitLab answers like "
                "this, too, when somebody else holds the lock."
            ),
        )

    def _post(self, body: bytes) -> Reply:
        url = self._settings.address
        if self._held is not None:
            parts = urlsplit(url)
            query = "&".join(filter(None, (parts.query, urlencode({"ID": self._held.id}))))
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
        if reply.status in _HELD:
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
            raise self._refused(T("the state cannot be written"), reply, _WRITE_HINTS)
        return _status(reply)

    # -- the lock --------------------------------------------------------------------------------

    def _try_lock(self, info: LockInfo) -> None:
        """Lock, or raise :class:`lockinfo.Held`. A reply that got lost is asked for again."""
        known = self._settings
        said, sent = NOTHING, False
        for pause in (*_PAUSES, None):
            try:
                reply = self._send(known.lock_method, known.lock_address, info)
            except NoReply as error:
                said, sent = spoken(error), sent or error.sent
            else:
                sent = True
                if reply.status == 200:
                    return
                if reply.status in _HELD:
                    holder = lockinfo.from_json(reply.body)
                    if holder is not None and holder.id == info.id:
                        return
                    raise lockinfo.Held(holder)
                if reply.status < 500 or reply.status == 501:
                    raise self._refused(T("the lock cannot be taken"), reply, _LOCK_HINTS)
                said = _status(reply)
            if pause is not None:
                self._clock.sleep(pause)
        if sent:
            self._release(info, self._warn)
        raise StateError(
            T(
                "{description}: the lock cannot be taken: {said}",
                description=self.description,
                said=said,
            )
        )

    def _release(self, info: LockInfo, warn: Callable[[Text], None]) -> None:
        """Unlock. What the run did is done, so a failure here is a warning."""
        said, sent_before = NOTHING, False
        for pause in (*_PAUSES, None):
            try:
                reply = self._send_unlock(info)
            except NoReply as error:
                said = spoken(error)
            else:
                if reply.status in (200, 204, 404):
                    return
                if reply.status in _HELD:
                    holder = lockinfo.from_json(reply.body)
                    if holder is None or holder.id != info.id:
                        if not sent_before:
                            warn(
                                T(
                                    "Warning: the lock of {place} was taken away from this run "
                                    "before it ended.",
                                    place=self.description,
                                )
                            )
                        return
                said = _status(reply)
            sent_before = True
            if pause is not None:
                self._clock.sleep(pause)
        warn(
            T(
                "Warning: the lock of {place} could not be released ({said}). "
                "Nobody can write until it is: {command}",
                place=self.description,
                said=said,
                command=Command.of("state", "unlock", info.id),
            )
        )

    def _send_unlock(self, info: LockInfo) -> Reply:
        return self._send(self._settings.unlock_method, self._settings.unlock_address, info)

    def _send(self, method: str, url: str, info: LockInfo) -> Reply:
        headers = {"Content-Type": "application/json"}
        return self._wire.send(method, url, lockinfo.to_json(info), headers)

    # -- words -----------------------------------------------------------------------------------

    def _refused(self, what: Text, reply: Reply, hints: Mapping[int, Text] = _MOVED) -> StateError:
        status = reply.status
        message = T(
            "{description}: {what}: HTTP status {status}",
            description=self.description,
            what=what,
            status=status,
        )
        if status not in (401, 403):
            return StateError(message, hint=hints.get(status, NOTHING))
        known = self._settings
        missing = [
            name
            for name, value in ((USERNAME, known.username), (PASSWORD, known.password))
            if not value
        ]
        if missing:
            return StateAccessError(
                N(
                    len(missing),
                    "{message}: the server of the state refused: {names} is not set",
                    "{message}: the server of the state refused: {names} are not set",
                    message=message,
                    names=listed(" and ", missing),
                ),
                hint=T("Set {username} and {password}.", username=USERNAME, password=PASSWORD),
            )
        return StateAccessError(
            T("{message}: the server of the state refused the credentials", message=message),
            hint=T(
                "{username} and {password} are set. {refused}",
                username=USERNAME,
                password=PASSWORD,
                refused=_REFUSED[status],
            ),
        )


#: Credentials were sent, and the server says no.
_REFUSED = {
    401: T(
        "The server does not know them: a password or token that has expired, was revoked, or "
        "belongs to another server."
    ),
    403: T(
        "The server knows them, and they may not do this. On GitLab the role Developer may read a "
        "state, and Maintainer may lock and write it; a token needs the scope api."
    ),
}


def _status(reply: Reply) -> Text:
    return T("HTTP status {status}", status=reply.status)


def _digest(body: bytes | None) -> str | None:
    return None if body is None else sha256(body).hexdigest()


def _silent(_message: Text) -> None:
    """For a lock that was probably never taken."""
