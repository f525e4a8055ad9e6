"""``smsops show``: a saved plan in any format. Offline; the file is not trusted with anything."""

from __future__ import annotations

from pathlib import Path

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit
from smsops.render.plan import FORMATS


@command("show", help="Render a saved plan in any format, as `smsops plan` did or would have.")
@click.argument("planfile", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
def show_command(context: Context, planfile: Path, format: str) -> Exit:
    from smsops.cli.files import read_named
    from smsops.planfile.saved import HOW, MAX_SIZE, load, plan_of, within
    from smsops.render.plan.formats import render
    from smsops.workspace.session import seconds

    plan = plan_of(load(read_named(planfile, MAX_SIZE, hint=HOW), source=str(planfile)))
    if context.options.environment is not None:
        plan = within(plan, context.options.environment, source=str(planfile))
    # The file does not know the project's own rate limits; the documented ones are close.
    takes = seconds(plan, {})
    colour = context.colour(context.stdout)

    def shown() -> str:
        return render(
            plan, format, seconds=takes, colour=colour, ci=context.ci, every_field=context.verbose
        )

    context.show(shown) if format == "text" else context.out(shown())
    return Exit.OK


COMMAND = show_command
