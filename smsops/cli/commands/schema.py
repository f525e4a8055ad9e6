"""``smsops schema KIND``: print a JSON Schema, for editors and other tools."""

from __future__ import annotations

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit
from smsops.text.messages import T


def _completed(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    from smsops.manifests import schemas

    return [name for name in schemas.names() if name.startswith(typed.lower())]


@command(
    "schema",
    help="Print the JSON Schema of KIND: Project, Sign or Template, of every kind that manifests "
    "have (manifest), or of a JSON output.",
)
@click.argument("kind", metavar="KIND", required=False, shell_complete=_completed)
@click.option("--list", "listing", is_flag=True, help="Print the names of all schemas.")
def schema(context: Context, *, kind: str | None, listing: bool) -> Exit:
    from smsops.manifests import schemas

    if listing:
        context.out("\n".join(schemas.names()))
    elif kind is None:
        raise click.UsageError(str(T("Missing argument 'KIND'.")))
    else:
        context.out(schemas.text(kind))
    return Exit.OK


COMMAND = schema
