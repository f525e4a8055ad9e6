"""``smsops stats``: what was counted of each application, and whether its objectives are met."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.durations import Moment, When
from smsops.cli.ledger_options import not_empty, say_every_environment
from smsops.errors import Exit, UsageError
from smsops.render.stats import FORMATS
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.delivery.statistics import Window

#: Hours of the window that nobody chose.
_HOURS = 24


@command(
    "stats",
    help="Show what became of the messages of each declared application, or of those named: "
    "accepted, reported, delivered, failures by class, packages, objectives. Full hours only. "
    "Reads the account, or with --ledger what smsops heard itself.",
)
@click.argument("applications", nargs=-1, metavar="[APPLICATION]...")
@click.option(
    "--since",
    type=Moment(),
    metavar="WHEN",
    help="From when: 24h or 7d ago, 2026-11-20, 2026-11-20T13 in Beijing. Default: 24 hours "
    "before the end.",
)
@click.option(
    "--until", type=Moment(), metavar="WHEN", help="To when; by default the last full hour."
)
@click.option("--check", is_flag=True, help="Exit 10 when an objective is missed.")
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--json-into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the result as JSON.",
)
@click.option(
    "--ledger",
    "url",
    metavar="URL",
    callback=not_empty,
    help="Count the messages of a ledger, sqlite:PATH or postgresql://..., instead. Needs no "
    "project and no account.",
)
def stats(
    context: Context,
    applications: tuple[str, ...],
    since: When | None,
    until: When | None,
    check: bool,
    format: str,
    json_into: Path | None,
    url: str | None,
) -> Exit:
    from smsops.cli.files import write_private
    from smsops.render.stats import formats
    from smsops.render.stats.words import span
    from smsops.workspace.statistics import of_account, of_ledger

    now = context.clock.now()
    window = _window(since, until, now)
    if url is not None:
        if check:
            raise UsageError(
                T("objectives are about what Tencent Cloud counts, not about a ledger"),
                hint=T("Leave out --ledger or --check."),
            )
        found = of_ledger(context.settings, url, applications, window, now)
        say_every_environment(context)
        if not found:
            context.log(T("Looked at full hours: {span}.", span=span(window)))
    else:
        project = context.project()
        found = of_account(context.settings, project, applications, window, now)
        if not found:
            read = ", ".join(project.manifests)
            context.log(
                T(
                    "No application is declared in {directories}. "
                    "A manifest of `kind: Application` does that.",
                    directories=read,
                )
            )
        elif check and not any(each.objectives for each in found):
            context.log(T("Warning: no objective is declared, so there is nothing to check."))
    if json_into is not None:
        write_private(json_into, formats.render(found, "json", window))
    if format == "text":
        context.show(
            lambda: formats.text(found, colour=context.colour(context.stdout), ci=context.ci)
        )
    else:
        context.out(formats.render(found, format, window))
    missed = check and any(each.missed for each in found)
    return Exit.NOT_DELIVERED if missed else Exit.OK


def _window(since: When | None, until: When | None, now: float) -> Window:
    """The full hours that are meant. Raises :class:`UsageError` for none, or too many."""
    from smsops.delivery.statistics import HOUR, LONGEST, Window, full

    last = full(now)
    end = last if until is None else min(last, full(_moment(until, now)))
    if since is None:
        begin = end - _HOURS
    elif since.ago is not None:
        begin = last - math.ceil(since.ago / HOUR)
    else:
        begin = full(_moment(since, now))
    if begin >= end:
        raise UsageError(
            T("there is no full hour between --since and --until"),
            hint=T("The hour that is under way does not count: --since 1h is the last full one."),
        )
    if end - begin > LONGEST:
        raise UsageError(
            T("a window of more than {days} days is too long", days=LONGEST // 24),
            hint=T("Ask for it in parts: --since 2025-01-01 --until 2026-01-01."),
        )
    return Window(begin, end)


def _moment(when: When, now: float) -> float:
    return when.at if when.at is not None else now - (when.ago or 0)


COMMAND = stats
