"""``smsops whoami``: whose account, where, and by which credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.clock import to_text
from smsops.errors import Exit
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Project


@command("whoami")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def whoami(context: Context, format: str) -> Exit:
    """Show account, region and credentials source.

    Of roles also the chain that leads to them, and until when they are valid. Works outside a
    project too; then there is no region. Secrets are never shown, of the SecretId only the last 4
    characters.
    """
    from smsops.render import whoami as render
    from smsops.workspace.session import caller, foreign, links, open_client

    project = _project(context)
    settings = context.settings
    with open_client(
        settings.options, settings.environment, project, settings.clock, settings.warn
    ) as client:
        for warning in client.warnings:
            context.log(T("Warning: {warning}", warning=warning))
        known = caller(client, context.options, context.log)
        if doubt := foreign(project, known["account_id"]):
            context.log(T("Warning: {warning}", warning=doubt))
        used = client.credentials
        identity = render.Identity(
            **known,
            region=project.region if project else None,
            endpoint=client.endpoints.sms,
            source=used.source,
            secret_id=used.masked_id,
            chain=links(client),
            expires_at=to_text(used.ends),
            environment=project.environment.name if project and project.environment else None,
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
