"""The state in a file of this machine: never torn, never written by two runs, never silently old.

Beside ``state.json`` live

* ``state.json.backup``     the version before the last write
* ``state.json.lock``       the lock (flock), which ends with its process; never removed
* ``state.json.lock.json``  who holds it, for messages only
* ``state.json.serial``     the highest serial written here, so that an older file is noticed

A write goes temporary file, fsync, backup, rename, fsync of the directory, so that a crash at any
point leaves the complete old or the complete new version. All files are 0600, the directory 0700,
and every name is opened relative to the directory without following links.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EAGAIN, ELOOP, ENOENT, ENOLCK, ENOSYS, ENOTDIR, ENOTSUP, EWOULDBLOCK
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from smsops import platforms
from smsops.clock import SYSTEM, Clock
from smsops.errors import StateError
from smsops.platforms import fcntl
from smsops.state import disk, document
from smsops.state.backend import LockInfo
from smsops.state.backends import lockinfo
from smsops.state.snapshot import MOST_BYTES, peek_lineage, peek_serial
from smsops.text.messages import NOTHING, T, Text

if TYPE_CHECKING:
    from filelock import BaseFileLock

_MOST_NOTE_BYTES = 64 * 1024
#: Seconds until whoever takes the lock has written who it is.
_INTRODUCTION = 0.1
_UNREAD = "not read yet"

_log = logging.getLogger(__name__)


class LocalBackend:
    """The backend ``local``: one file."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock = SYSTEM,
        warn: Callable[[Text], None] = _log.warning,
    ) -> None:
        self._path = path
        self._name = path.name
        self._shown = str(path)
        self._clock = clock
        self._warn = warn
        #: Digest of the bytes last read or written; ``None``: there was no file.
        self._basis: str | None = _UNREAD
        #: Inode of the lock file while this backend holds the lock.
        self._held: int | None = None

    @property
    def description(self) -> str:
        """Path of the file, as messages show it."""
        return self._shown

    @property
    def kept(self) -> None:
        """The backup stays until the next write only."""

    def read(self) -> bytes | None:
        """Content of the file. Warns when it is older than what was seen here last."""
        if not platforms.posix():
            with self._failing("read"):
                body = disk.read_named(self._path, MOST_BYTES)
            self._basis = _digest(body)
            return body
        with self._failing("read"), self._directory(create=False) as directory:
            body = None if directory is None else self._stored(directory)
            mark = None if directory is None or body is None else self._mark(directory)
        self._basis = _digest(body)
        if body is not None and mark is not None:
            self._notice_rollback(body, *mark)
        return body

    def write(self, body: bytes, *, serial: int) -> None:
        """Write and sync a temporary file, and rename it over the state that was read.

        That one becomes the backup.
        """
        platforms.require(platforms.Needing.LOCAL_STATE)
        with self._failing("write"), self._directory(create=True) as directory:
            assert directory is not None
            fresh = self._temporary()
            try:
                disk.create(directory, fresh, body, sync=True)
                if self._compare(directory, body, serial):
                    self._keep_backup(directory)
                    os.rename(fresh, self._name, src_dir_fd=directory, dst_dir_fd=directory)
                    self._basis = _digest(body)
            finally:
                disk.remove(directory, fresh)
            os.fsync(directory)
            self._set_mark(directory, peek_lineage(body), serial)

    @contextmanager
    def lock(self, operation: str, *, timeout: float = 0.0) -> Iterator[LockInfo]:
        """Hold a flock of the kernel on a file beside the state; it ends with the process."""
        platforms.require(platforms.Needing.LOCAL_STATE)
        info = lockinfo.new(operation, path=self._shown, clock=self._clock)
        with self._failing("lock"), self._directory(create=True):
            lock = lockinfo.acquire(
                self._try_lock,
                timeout=timeout,
                pauses=lockinfo.LOCAL_PAUSES,
                clock=self._clock,
                warn=self._warn,
                place=self._shown,
                unlock_hint=False,
            )
        before = self._held
        try:
            with self._failing("lock"), self._directory(create=True) as directory:
                assert directory is not None
                self._held = self._lock_inode()
                self._clean(directory)
                self._replace(directory, f"{self._name}.lock.json", lockinfo.to_json(info))
            yield info
        finally:
            self._held = before
            self._release(lock)

    def unlock(self, lock_id: str) -> None:
        """Always refused: a flock cannot outlive its process."""
        raise StateError(
            T("the lock of {shown} ends with the process that holds it", shown=self._shown),
            hint=T("There is nothing to break. End that process if it hangs."),
        )

    # -- reading ---------------------------------------------------------------------------------

    def _stored(self, directory: int) -> bytes | None:
        """The bytes of the state file; ``None`` when it is not there."""
        try:
            return disk.read(directory, self._name, MOST_BYTES)
        except FileNotFoundError:
            return None

    def _notice_rollback(self, body: bytes, lineage: str, highest: int) -> None:
        """An older state is complete and usable, but objects made since are unknown to it."""
        serial = peek_serial(body)
        if serial is None or serial >= highest or peek_lineage(body) != lineage:
            return
        self._warn(
            T(
                "{shown} has serial {serial}, but serial {highest} was written here before: "
                "somebody put an older state back. Objects made since are unknown to it; check "
                "the plan for adoptions and unmanaged objects before you apply.",
                shown=self._shown,
                serial=serial,
                highest=highest,
            )
        )

    def _mark(self, directory: int) -> tuple[str, int] | None:
        """Lineage and serial of the last write. A mark that cannot be read says nothing."""
        try:
            found = json.loads(disk.read(directory, f"{self._name}.serial", _MOST_NOTE_BYTES))
            return str(found["lineage"]), int(found["serial"])
        except (OSError, StateError, ValueError, KeyError, TypeError):
            return None

    # -- writing ---------------------------------------------------------------------------------

    def _compare(self, directory: int, body: bytes, serial: int) -> bool:
        """Whether to replace the stored state; false when it already is ``body``.

        This is what stops a run that was paused, lost its lock, and goes on.
        """
        if self._held is not None and self._lock_inode() != self._held:
            raise StateError(
                T(
                    "{shown} was not written: the lock file was removed while this run held it",
                    shown=self._shown,
                ),
                hint=T("Another run may be at work. Run the command again."),
            )
        stored = self._stored(directory)
        if self._basis not in (_UNREAD, _digest(stored)):
            raise StateError(
                T(
                    "{shown} was not written: somebody else wrote it since this run read it",
                    shown=self._shown,
                ),
                hint=T("Run the command again; it starts from the state as it is now."),
            )
        if stored == body:
            return False
        document.require_replaceable(stored, source=self._shown)
        newest = None if stored is None else peek_serial(stored)
        if newest is not None and serial <= newest:
            raise StateError(
                T(
                    "{shown} was not written: it has serial {newest}, and serial "
                    "{serial} is not newer",
                    shown=self._shown,
                    newest=newest,
                    serial=serial,
                )
            )
        return True

    def _keep_backup(self, directory: int) -> None:
        """Give the present version a second name. Both names share the bytes, which never change:
        a write only ever moves a name.
        """
        backup, fresh = f"{self._name}.backup", self._temporary()
        try:
            os.link(
                self._name,
                fresh,
                src_dir_fd=directory,
                dst_dir_fd=directory,
                follow_symlinks=False,
            )
        except FileNotFoundError:
            return
        except OSError:  # a file system without hard links
            disk.create(directory, fresh, self._stored(directory) or b"", sync=True)
        try:
            os.rename(fresh, backup, src_dir_fd=directory, dst_dir_fd=directory)
        finally:
            disk.remove(directory, fresh)  # renaming one name of a file to another leaves both

    def _set_mark(self, directory: int, lineage: str | None, serial: int) -> None:
        """Remember the serial. The state is safe already, so a failure here is not one."""
        body = json.dumps({"lineage": lineage, "serial": serial}).encode()
        with suppress(OSError):
            self._replace(directory, f"{self._name}.serial", body)

    def _replace(self, directory: int, name: str, body: bytes) -> None:
        """Write a note: nothing is lost with it, so it need not survive a power cut."""
        fresh = self._temporary()
        try:
            disk.create(directory, fresh, body, sync=False)
            os.rename(fresh, name, src_dir_fd=directory, dst_dir_fd=directory)
        finally:
            disk.remove(directory, fresh)

    # -- the lock --------------------------------------------------------------------------------

    def _try_lock(self) -> BaseFileLock:
        from filelock import FileLock, Timeout

        lock = FileLock(
            self._beside("lock"), timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False
        )
        try:
            lock.acquire()
        except Timeout:
            holder = self._holder()
            if holder is None:
                # Whoever has just taken the lock writes its name next.
                self._clock.sleep(_INTRODUCTION)
                holder = self._holder()
            raise lockinfo.Held(holder) from None
        except NotImplementedError:
            raise self._lockless() from None
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise self._lockless() from None
            raise
        try:
            if not self._excludes():
                raise self._lockless()
        except BaseException:
            lock.release()
            raise
        return lock

    def _excludes(self) -> bool:
        """Whether the kernel holds the lock, and no file that only its finders respect: asked
        again, it says no.
        """
        # Open for writing: NFS asks that of whoever wants an exclusive lock.
        descriptor = os.open(
            self._beside("lock"), os.O_RDWR | platforms.NOFOLLOW | platforms.CLOEXEC
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _CONTENTION
        finally:
            os.close(descriptor)
        return False

    def _lockless(self) -> StateError:
        return StateError(
            T(
                "{shown}: this file system has no locks (flock), and without one "
                "nothing is written",
                shown=self._shown,
            ),
            hint=T("Move the project to a local disk, or use the http or git backend."),
        )

    def _release(self, lock: BaseFileLock) -> None:
        """Give the lock back. Failing at it does not change how the work ended."""
        failed: str | Text = ""
        for step in (self._forget_holder, lock.release):
            try:
                step()
            except OSError as error:
                failed = failed or _reason(error)
        if failed:
            self._warn(
                T(
                    "Warning: the lock of {shown} could not be released: {failed}. "
                    "It ends with this process.",
                    shown=self._shown,
                    failed=failed,
                )
            )

    def _forget_holder(self) -> None:
        with self._directory(create=False) as directory:
            if directory is not None:
                with suppress(FileNotFoundError):
                    os.unlink(f"{self._name}.lock.json", dir_fd=directory)

    def _holder(self) -> LockInfo | None:
        try:
            with self._directory(create=False) as directory:
                if directory is None:
                    return None
                note = disk.read(directory, f"{self._name}.lock.json", _MOST_NOTE_BYTES)
                return lockinfo.from_json(note)
        except (OSError, StateError):
            return None

    def _lock_inode(self) -> int | None:
        try:
            return os.stat(self._beside("lock"), follow_symlinks=False).st_ino
        except FileNotFoundError:
            return None

    def _clean(self, directory: int) -> None:
        """Remove what a killed writer left; safe because the lock is ours."""
        for name in os.listdir(directory):
            if name.startswith(f"{self._name}.tmp-"):
                disk.remove(directory, name)

    # -- names and errors ------------------------------------------------------------------------

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(f"{self._name}.{suffix}")

    def _temporary(self) -> str:
        return f"{self._name}.tmp-{os.getpid()}-{secrets.token_hex(4)}"

    @contextmanager
    def _directory(self, *, create: bool) -> Iterator[int | None]:
        """A descriptor of the directory; ``None`` when it is not there and not to be made."""
        parent = self._path.parent
        if create:
            disk.make(parent)
        try:
            descriptor = disk.opened(parent)
        except FileNotFoundError:
            if create:
                raise
            yield None
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _failing(self, verb: str) -> Iterator[None]:
        """Turn errors of the system into ours."""
        try:
            yield
        except OSError as error:
            raise StateError(
                T(
                    "cannot {verb} {shown}: {reason}",
                    verb=verb,
                    shown=self._shown,
                    reason=_reason(error),
                ),
                hint=T("What is stored is complete: the version before.")
                if verb == "write"
                else NOTHING,
            ) from error


#: What flock says of a lock that somebody holds, and where there are no locks.
_CONTENTION = (EACCES, EAGAIN, EWOULDBLOCK)
_NO_LOCKS = (ENOSYS, ENOTSUP, ENOLCK)
_REASONS = {
    ELOOP: T("it is a symbolic link; put the file itself there"),
    ENOTDIR: T("its directory is a symbolic link or not a directory"),
    ENOENT: T("the project directory is gone"),
}


def _reason(error: OSError) -> str | Text:
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def _digest(body: bytes | None) -> str | None:
    return None if body is None else sha256(body).hexdigest()
