"""What every command that reads a ledger takes: where it is, since when, which number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.context import Context
from smsops.cli.durations import Duration

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger

ledger_option: Callable[[Any], Any] = click.option(
    "--ledger",
    "url",
    metavar="URL",
    help="sqlite:PATH or postgresql://...; default SMSOPS_LEDGER, then .smsops/ledger.db.",
)


def since_option(default: str | None = None) -> Callable[[Any], Any]:
    """How far back to look."""
    return click.option(
        "--since",
        type=Duration(),
        default=default,
        show_default=default is not None,
        metavar="DURATION",
        help="How far back to look: 30m, 24h, 7d.",
    )


@contextmanager
def opened(context: Context, url: str | None) -> Iterator[Ledger]:
    """The ledger that a command is about; there has to be one."""
    from smsops.workspace.ledgers import open_ledger

    with open_ledger(context.settings, url, create=False) as ledger:
        yield ledger


def hash_of(context: Context, ledger: Ledger, source: str) -> bytes:
    """The hash in ``ledger`` of the number that ``env:NAME`` or ``file:PATH`` holds."""
    from smsops.delivery.numbers import hidden
    from smsops.workspace.ledgers import number_from, secret

    number = number_from(context.environment, source)
    if ledger.bound() is None:
        return b""  # it holds no number yet, and looking for one makes no key
    return hidden(number, secret(context.settings, ledger)).mac
