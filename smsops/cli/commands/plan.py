"""``smsops plan``: what apply would do. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.options import all_option
from smsops.cli.plan_options import plan_options, planning_options
from smsops.errors import Exit
from smsops.model import Action, Plan
from smsops.render.plan import FORMATS
from smsops.text.messages import Command, T


@command(
    "plan",
    help="Show what apply would do. Reads only, writes nothing but the files you name.",
    reports=True,
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan for `smsops apply FILE`.",
)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--json-into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the plan as JSON.",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit 2 when there are differences, 3 when a step is blocked.",
)
@all_option
@planning_options
def plan_command(
    context: Context,
    out: Path | None,
    format: str,
    json_into: Path | None,
    detailed_exitcode: bool,
    everywhere: bool,
    **values: Any,
) -> Exit:
    if everywhere:
        from smsops.cli.everywhere import in_all

        return in_all(context, format, alone={"--out": out, "--json-into": json_into})
    from smsops.workspace.readonly import open_reading

    project = context.project()
    options = plan_options(project, values)
    with open_reading(context.settings, project) as workspace:
        reading = workspace.read(allow_empty=options.allow_empty)
        snapshot, desired, observation, incremental = reading
        plan = workspace.plan(desired, snapshot, observation, options, incremental=incremental)
        seconds = workspace.seconds(plan)
    context.kept.extend((reading, plan))
    from smsops.cli.files import write_private
    from smsops.planfile import saved as planfile
    from smsops.planfile.document import document as plan_document
    from smsops.planfile.document import encode
    from smsops.render.github import reports
    from smsops.render.plan.formats import render

    context.report(lambda: reports.plan(plan, seconds=seconds))
    if json_into is not None:
        write_private(json_into, encode(plan_document(plan)))
    if out is not None:
        lineage = snapshot.lineage if snapshot.serial else None
        saved = planfile.dump(plan, options, lineage=lineage)
        write_private(out, saved)

    def shown() -> str:
        return render(
            plan,
            format,
            seconds=seconds,
            colour=context.colour(context.stdout),
            ci=context.ci,
            every_field=context.verbose,
        )

    context.show(shown) if format == "text" else context.out(shown())
    if out is not None and format == "text":
        context.log(
            T(
                "Saved the plan; run {command} to do exactly this.",
                command=Command.of("apply", out),
            )
        )
    return exit_code(plan) if detailed_exitcode else Exit.OK


def exit_code(plan: Plan) -> Exit:
    """3 when a step is blocked, 2 when something would be done, else 0."""
    if plan.count(Action.BLOCKED):
        return Exit.INVALID
    return Exit.DIFFERENCES if plan.applyable else Exit.OK


COMMAND = plan_command
