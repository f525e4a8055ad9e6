"""``smsops ledger``: what a ledger keeps, for how long, and whether it is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from smsops.cli.command import Group, command
from smsops.cli.context import Context
from smsops.cli.durations import Duration
from smsops.cli.ledger_options import hash_of, ledger_option, opened
from smsops.cli.options import global_options, merged
from smsops.errors import Exit, UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger


@click.group("ledger", cls=Group)
@global_options
@click.pass_context
def ledger(click_context: click.Context, /, **values: Any) -> None:
    """Keep the ledger of sends, reports and replies.

    It is in .smsops/ledger.db, or where SMSOPS_LEDGER or --ledger says; no project is needed then.
    """
    base: Context = click_context.obj
    click_context.obj = replace(base, options=merged(base.options, values))


@command("prune", help="Remove messages and replies that nothing was heard of since then.")
@click.option(
    "--before",
    type=Duration(),
    required=True,
    metavar="DURATION",
    help="How long to keep them: 90d; at least 3d.",
)
@ledger_option
def prune(context: Context, before: float, url: str | None) -> Exit:
    from smsops.delivery.ledger.store import KEPT
    from smsops.render import ledger as render

    if before < KEPT:
        raise UsageError(
            T("--before is at least {count}d: budgets are counted from sends", count=KEPT // 86_400)
        )
    with opened(context, url) as found:
        done = found.prune(int(context.clock.now() - before))
    context.out(render.removed(done))
    return Exit.OK


@command("forget", help="Remove everything about one number: sends, reports, replies.")
@click.argument("number", metavar="env:NAME|file:PATH")
@ledger_option
def forget(context: Context, number: str, url: str | None) -> Exit:
    from smsops.render import ledger as render

    with opened(context, url) as found:
        done = found.forget(hash_of(context, found, number))
    context.out(render.removed(done))
    return Exit.OK


@command("export", help="Print every row as a line of JSON, numbers as hashes.")
@ledger_option
def export(context: Context, url: str | None) -> Exit:
    from smsops.render import ledger as render

    with opened(context, url) as found:
        for line in render.lines(found.rows()):
            context.stdout.write(f"{line}\n")
    context.stdout.flush()
    return Exit.OK


@command("check", help="Read every row and say what is wrong; exit 1 when something is.")
@ledger_option
def check(context: Context, url: str | None) -> Exit:
    from smsops.render import ledger as render

    with opened(context, url) as found:
        faults = list(found.faults())
        counts = Counter(map(type, _rows(found)))
        place = found.description
    context.out(render.checked(place, counts, faults, ci=context.ci))
    return Exit.ERROR if faults else Exit.OK


def _rows(found: Ledger) -> Iterator[object]:
    yield from found.rows()


for _command in (prune, forget, export, check):
    ledger.add_command(_command)

COMMAND = ledger
