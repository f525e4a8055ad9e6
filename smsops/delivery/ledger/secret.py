"""The key of a ledger's hashes: from the environment, or from a file beside a local ledger."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from smsops import platforms
from smsops.delivery.ledger.store import Ledger
from smsops.errors import LedgerError, UsageError
from smsops.text.messages import T

VARIABLE = "SMSOPS_LEDGER_KEY"
#: Characters of a key: fewer could be guessed.
SHORTEST = 32
_MOST = 4096
_READ = os.O_RDONLY | platforms.NOFOLLOW | platforms.CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | platforms.NOFOLLOW | platforms.CLOEXEC


def secret_of(ledger: Ledger, given: str | None, file: Path | None) -> bytes:
    """The key of ``ledger``: ``given`` by the environment, else that of ``file``, which is made at
    first use. Raises :class:`LedgerError` for another one than the ledger's hashes were made with.
    """
    bound = ledger.bound()
    if given:
        secret = _checked(given, VARIABLE)
    elif file is None:
        raise UsageError(
            T("{place} needs a key for its hashes of numbers", place=ledger.description),
            hint=T(
                "Set {variable} to {count} or more random characters, the same for everybody who "
                "uses this ledger.",
                variable=VARIABLE,
                count=SHORTEST,
            ),
        )
    else:
        secret = _from_file(file, make=bound is None)
    # A ledger that knows its key may be one that can only be read.
    if (bound or ledger.bind(fingerprint(secret))) != fingerprint(secret):
        raise LedgerError(
            T("{place} was written with another key", place=ledger.description),
            hint=T(
                "No number would be found again, and no budget would hold. Set {variable} to the "
                "key that it was made with.",
                variable=VARIABLE,
            ),
        )
    return secret


def given_secret(text: str) -> bytes:
    """The key that the environment holds, whatever ledger it is for."""
    return _checked(text, VARIABLE)


def fingerprint(secret: bytes) -> str:
    """What a ledger remembers of its key, which tells it from others and tells nothing else."""
    return hmac.digest(secret, b"ledger of smsops", "sha256")[:8].hex()


def _checked(text: str, source: str | Path) -> bytes:
    text = text.strip()
    if len(text) < SHORTEST:
        raise UsageError(
            T(
                "{source} is too short: a key has {count} or more characters",
                source=source,
                count=SHORTEST,
            )
        )
    return text.encode("utf-8", "surrogateescape")


def _from_file(file: Path, *, make: bool) -> bytes:
    try:
        if make:
            _make(file)
        with open(os.open(file, _READ), encoding="utf-8", errors="surrogateescape") as opened:
            return _checked(opened.read(_MOST), file)
    except FileNotFoundError:
        raise LedgerError(
            T("the key of the ledger is gone: there is no {file}", file=file),
            hint=T("Put it back, or set {variable} to what it held.", variable=VARIABLE),
        ) from None
    except OSError as error:
        raise LedgerError(
            T("{file} cannot be used: {reason}", file=file, reason=error.strerror)
        ) from error


def _make(file: Path) -> None:
    """Write a new key, whole and durably, unless there is a file by then."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with open(os.open(fresh, _CREATE, 0o600), "w", encoding="utf-8") as opened:
            opened.write(f"{secrets.token_hex(SHORTEST)}\n")
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)
    directory = os.open(file.parent, os.O_RDONLY | platforms.DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
