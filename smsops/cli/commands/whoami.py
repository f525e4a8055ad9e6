"""``smsops whoami``: whose account, where, and by which credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Project


@command("whoami")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def whoami(context: Context, format: str) -> Exit:
    """Show account, region and credentials source.

    Works outside a project too; then there is no region. Secrets are never shown, of the SecretId
    only the last 4 characters.
    """
    from smsops.render import whoami as render
    from smsops.workspace.session import caller, open_client

    project = _project(context)
    with open_client(context.options, context.environment, project, context.clock) as client:
        for warning in client.warnings:
            context.log(T("Warning: {warning}", warning=warning))
        identity = render.Identity(
            **caller(client, context.options, context.log),
            region=project.region if project else None,
            endpoint=client.endpoints.sms,
            source=client.credentials.source,
            secret_id=client.credentials.masked_id,
        )
    context.out(
        render.as_json(identity) if format == "json" else render.text(identity, ci=context.ci)
    )
    return Exit.OK


def _project(context: Context) -> Project | None:
    """The project, if ``-C`` is one; a broken one is an error."""
    if not (context.options.directory / "smsops.yaml").exists():
        return None
    return context.project()


COMMAND = whoami
