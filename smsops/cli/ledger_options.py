"""What every command that reads a ledger takes: where it is, since when, which number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.context import Context
from smsops.cli.durations import Moment, When
from smsops.errors import UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger


def not_empty(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A variable of a script that is not set is no wish for the ledger that is used by default."""
    if value == "":
        raise click.BadParameter(
            str(T("it is empty; leave it out, or write sqlite:PATH or postgresql://..."))
        )
    return value


ledger_option: Callable[[Any], Any] = click.option(
    "--ledger",
    "url",
    metavar="URL",
    callback=not_empty,
    help="sqlite:PATH or postgresql://...; default SMSOPS_LEDGER, then .smsops/ledger.db.",
)


since_option: Callable[[Any], Any] = click.option(
    "--since",
    type=Moment(),
    metavar="WHEN",
    help="From when: 30m, 24h or 7d ago, 2026-11-20, 2026-11-20T13 in Beijing.",
)


def begin_of(since: When | None, now: float, *, default: float) -> int:
    """The epoch seconds that are meant; ``default`` where nobody chose any."""
    if since is None:
        return int(default)
    at = since.at if since.at is not None else now - (since.ago or 0)
    if at > now:
        raise UsageError(T("--since is a moment that is yet to come"))
    return int(at)


@contextmanager
def opened(context: Context, url: str | None) -> Iterator[Ledger]:
    """The ledger that a command is about; there has to be one."""
    from smsops.workspace.ledgers import open_ledger

    with open_ledger(context.settings, url, create=False) as ledger:
        yield ledger


def say_every_environment(context: Context) -> None:
    """Say so where an environment is chosen and no project tells which others there are: then its
    variables count, and nothing of the others can be left out.
    """
    from smsops.workspace.environments import located

    if context.options.environment is not None and located(context.options) is None:
        context.log(
            T("Note: without a project (-C DIR) the messages of every environment are counted.")
        )


def hash_of(context: Context, ledger: Ledger, source: str) -> bytes:
    """The hash in ``ledger`` of the number that ``env:NAME`` or ``file:PATH`` holds."""
    from smsops.delivery.numbers import hidden
    from smsops.workspace.ledgers import number_from, secret

    number = number_from(context.environment, source)
    if ledger.bound() is None:
        return b""  # it holds no number yet, and looking for one makes no key
    return hidden(number, secret(context.settings, ledger)).mac
