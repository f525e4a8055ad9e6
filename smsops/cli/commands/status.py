"""``smsops status``: every managed resource with its id and its review, read now."""

from __future__ import annotations

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.options import all_option
from smsops.errors import Exit
from smsops.text.messages import T


@command(
    "status", help="List every managed resource: id, review, reply, age, successor. Reads only."
)
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@all_option
def status_command(context: Context, format: str, everywhere: bool) -> Exit:
    if everywhere:
        from smsops.cli.everywhere import in_all

        return in_all(context, format, alone={})
    from smsops.cli.held import held
    from smsops.cli.nothing import nothing
    from smsops.render import status
    from smsops.workspace.readonly import open_reading

    project = context.project()
    with open_reading(context.settings, project) as workspace:
        snapshot = workspace.snapshot()
        seen = workspace.observe_recorded(snapshot.resources)
        now = workspace.clock.now()
    for note in seen.notes:
        context.log(T("Note: {note}", note=note))
    nothing(context, project, snapshot)
    held(context, workspace, snapshot, seen)
    if format == "json":
        context.out(status.json(snapshot, seen, now=now))
    else:
        columns = context.columns(context.stdout)
        context.show(lambda: status.text(snapshot, seen, now=now, ci=context.ci, columns=columns))
    return Exit.ERROR if seen.unread else Exit.OK


COMMAND = status_command
