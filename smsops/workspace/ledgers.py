"""Where a ledger is opened: the one place that knows every engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from smsops import platforms
from smsops.errors import LedgerError, LedgerMissing, LedgerUnavailable, UsageError
from smsops.state.disk import make
from smsops.text.messages import T
from smsops.text.numbers import masked_name
from smsops.workspace.environments import kept
from smsops.workspace.settings import Settings

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger

VARIABLE = "SMSOPS_LEDGER"
#: Beside the state of a project.
DEFAULT = "ledger.db"
_SQLITE = "sqlite:"
_POSTGRES = ("postgresql://", "postgres://")


@contextmanager
def open_ledger(settings: Settings, url: str | None, *, create: bool) -> Iterator[Ledger]:
    """The ledger at ``url``, else at SMSOPS_LEDGER, else the one in the directory of ``-C``; closed
    at the end. ``create``: make it where there is none.
    """
    ledger = _opened(settings, url, create=create)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def rehearsed(settings: Settings, url: str | None) -> Iterator[tuple[Ledger, bytes]]:
    """The ledger and its key for a run that leaves nothing behind: where there is none, an empty
    one that is gone with the block.
    """
    from smsops.delivery.ledger.secret import VARIABLE as KEY
    from smsops.delivery.ledger.secret import secret_of
    from smsops.delivery.ledger.sqlite import SqliteLedger, key_file

    with ExitStack() as stack:
        try:
            ledger = stack.enter_context(open_ledger(settings, url, create=False))
        except LedgerMissing:
            place = Path(stack.enter_context(TemporaryDirectory(prefix="smsops-")))
            empty = stack.enter_context(closing(SqliteLedger(place / "ledger.db")))
            given = settings.environment.get(KEY)
            chosen = url or settings.environment.get(VARIABLE)
            if not given and not (chosen or "").startswith(_POSTGRES):
                # The state may know numbers by the key of a ledger that is gone.
                left = key_file(_path(settings, chosen))
                given = left.read_text("utf-8") if left.is_file() else None
            yield empty, secret_of(empty, given, empty.key_file)
        else:
            yield ledger, secret(settings, ledger)


def secret(settings: Settings, ledger: Ledger) -> bytes:
    """The key of the hashes in ``ledger``; one is made at first use beside a local ledger."""
    from smsops.delivery.ledger.secret import VARIABLE as KEY
    from smsops.delivery.ledger.secret import secret_of
    from smsops.delivery.ledger.sqlite import SqliteLedger

    file = ledger.key_file if isinstance(ledger, SqliteLedger) else None
    return secret_of(ledger, settings.environment.get(KEY), file)


def unmade_key(settings: Settings, url: str | None) -> Path | None:
    """The file of the key that a first use of the ledger at ``url`` would make; ``None`` when there
    is a key.
    """
    from smsops.delivery.ledger.secret import VARIABLE as KEY
    from smsops.delivery.ledger.sqlite import key_file

    chosen = url or settings.environment.get(VARIABLE)
    if settings.environment.get(KEY) or (chosen or "").startswith(_POSTGRES):
        return None
    file = key_file(_path(settings, chosen))
    return None if file.exists() or file.is_symlink() else file


def _opened(settings: Settings, url: str | None, *, create: bool, patience: float = 30.0) -> Ledger:
    chosen = url or settings.environment.get(VARIABLE)
    if chosen is not None and chosen.startswith(_POSTGRES):
        from smsops.delivery.ledger.postgres import PostgresLedger

        return PostgresLedger(chosen, create=create, clock=settings.clock)
    from smsops.delivery.ledger.sqlite import SqliteLedger

    path = _path(settings, chosen)
    if create or os.path.exists(path):  # also where its directory cannot be looked into
        platforms.require(platforms.Needing.LEDGER)
    if create and not chosen:
        make(path.parent)
    return SqliteLedger(path, create=create, patience=patience)


def _path(settings: Settings, url: str | None) -> Path:
    if not url:
        return kept(settings.options) / DEFAULT
    path = url.removeprefix(_SQLITE)
    if not url.startswith(_SQLITE) or not path or path.startswith("//"):
        # The address may hold a password, and is not repeated.
        raise UsageError(
            T("the address of a ledger is sqlite:PATH or postgresql://..."),
            hint=T("For example: --ledger sqlite:/var/lib/smsops/ledger.db"),
        )
    return Path(path)


@dataclass(frozen=True, slots=True)
class Receiving:
    """What a receiver keeps rows in. ``ledger``: ``None`` while it is not there; ``open`` tries
    again. ``spool``: what the names of its other files begin with, opened by ``open_file``.
    """

    open: Callable[[], Ledger]
    ledger: Ledger | None
    secret: bytes = field(repr=False)
    fingerprint: str
    spool: Path
    open_file: Callable[[Path], Ledger]


def receiving(
    settings: Settings, url: str | None, directory: Path | None, *, patience: float
) -> Receiving:
    """The ledger of a receiver and the place of its spool.

    A server that is not there yet is no failure: reports wait for it, hashed with the key of the
    environment. ``patience``: seconds that a writer waits for another process.
    """
    from smsops.delivery.ledger.secret import VARIABLE as KEY
    from smsops.delivery.ledger.secret import fingerprint, given_secret
    from smsops.delivery.ledger.sqlite import SqliteLedger

    chosen = url or settings.environment.get(VARIABLE)
    server = chosen is not None and chosen.startswith(_POSTGRES)
    if chosen is None and not (settings.options.directory / "smsops.yaml").exists():
        raise UsageError(
            T("there is no project here, and no ledger is named"),
            hint=T("Name one: --ledger sqlite:/var/lib/smsops/ledger.db, or SMSOPS_LEDGER."),
        )
    if server and directory is None:
        raise UsageError(
            T("with a ledger on a server, say where reports wait for it: --spool DIR"),
            hint=T("A directory of this machine, such as /var/lib/smsops."),
        )
    key = settings.environment.get(KEY)
    ledger: Ledger | None = None
    with ExitStack() as failing:
        try:
            ledger = _opened(settings, url, create=True, patience=patience)
            failing.callback(ledger.close)
            known = secret(settings, ledger)
        except LedgerUnavailable as error:
            if not (server and key):
                raise
            known = given_secret(key)
            ledger = None
            settings.warn(T("Warning: {why}. Reports wait in the spool.", why=error.message_text))
        else:
            failing.pop_all()
    path = _path(settings, None if server else chosen)
    place = directory / "x" if directory is not None else path
    prefix = place.with_name("smsops-") if directory is not None else Path(f"{path}.")

    def again() -> Ledger:
        found = _opened(settings, url, create=True, patience=patience)
        if found.bind(fingerprint(known)) != fingerprint(known):
            found.close()
            raise LedgerError(
                T("{place} was written with another key", place=found.description),
                hint=T("Set {variable} to the key that it was made with.", variable=KEY),
            )
        return found

    open_file = partial(SqliteLedger, patience=patience)
    return Receiving(again, ledger, known, fingerprint(known), prefix, open_file)


def number_from(environment: Mapping[str, str], source: str) -> str:
    """The number that ``env:NAME`` or ``file:PATH`` holds, in E.164 form; it is never repeated."""
    from smsops.delivery.numbers import e164

    try:
        return e164(content_of(environment, source))
    except ValueError:
        raise UsageError(
            T("{source} holds no number in E.164 form", source=source),
            hint=T("Write the country code too, such as +8613800000000."),
        ) from None


def content_of(environment: Mapping[str, str], source: str) -> str:
    """What ``env:NAME`` or ``file:PATH`` holds, whatever it is."""
    kind, _, name = source.partition(":")
    if kind == "env" and name:
        found = environment.get(name)
        if not found:
            raise UsageError(T("the variable {name} is not set", name=masked_name(name)))
        return found
    if kind == "file" and name:
        return _content(Path(name))
    raise UsageError(
        T("say where the number is: env:NAME or file:PATH"),
        hint=T("A number on the command line would stay in the shell's history and in logs."),
    )


#: No number is longer, whatever stands around it.
_MOST = 256


def _content(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.read(_MOST)
    except OSError as error:
        raise UsageError(
            T(
                "{path} cannot be read: {strerror}",
                path=path.parent / masked_name(path.name),
                strerror=error.strerror,
            )
        ) from error
