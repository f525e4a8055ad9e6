"""``smsops completion``: the script that makes a shell complete smsops. Never uses the network."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Exit

SHELLS = ("bash", "zsh", "fish")


@command("completion", help='Print shell completion, e.g. eval "$(smsops completion bash)".')
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(context: Context, shell: str) -> Exit:
    from smsops.cli import smsops

    found = get_completion_class(shell)
    assert found is not None
    context.out(found(smsops, {}, "smsops", "_SMSOPS_COMPLETE").source())
    return Exit.OK


COMMAND = completion_command
