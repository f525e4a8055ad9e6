"""``smsops wait``: until reviews are over. With ``--timeout 0s`` it is a deploy gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smsops.cli.addresses import address, known
from smsops.cli.context import Context, command
from smsops.cli.durations import Duration
from smsops.errors import Exit, UsageError, most_serious

if TYPE_CHECKING:
    from smsops.model import Address, Project, Snapshot


@command("wait", help="Poll each address's successor, or its current object, until it is active.")
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", shell_complete=known)
@click.option("--timeout", type=Duration(), default="4h", show_default=True, metavar="DURATION")
@click.option(
    "--interval",
    type=Duration(),
    default="30s",
    show_default=True,
    metavar="DURATION",
    help="First pause; each is half as long again.",
)
@click.option(
    "--max-interval",
    type=Duration(),
    default="5m",
    show_default=True,
    metavar="DURATION",
    help="Longest pause.",
)
def wait_command(
    context: Context,
    addresses: tuple[str, ...],
    timeout: float,
    interval: float,
    max_interval: float,
) -> Exit:
    from smsops.cli.waits import wait_for
    from smsops.waiting import USABLE, Awaited, Pace
    from smsops.workspace import open_workspace

    wanted = [address(text) for text in addresses]
    project = context.project()
    with open_workspace(context, project) as workspace:
        snapshot = workspace.snapshot()
        recorded = snapshot.resources
        for name in wanted:
            if name not in recorded:
                raise UsageError(f"{name} is not in the state: apply it first, or check the name")
        chosen = [Awaited.of(name, recorded[name]) for name in wanted or sorted(recorded)]
        awaited = [item for item in chosen if item is not None]
        unapplied = [] if wanted else _unapplied(project, snapshot)
        for name in unapplied:
            context.log(f"{name}: declared, and not applied yet: `smsops apply` first")
        ends = [Exit.PENDING] if unapplied else []
        if awaited:
            pace = Pace(interval, max(interval, max_interval))
            waited = wait_for(context, workspace, awaited, over=USABLE, timeout=timeout, pace=pace)
            ends.append(waited.exit())
        elif not unapplied:
            context.log("Nothing to wait for: the state holds no resources.")
    return most_serious(ends)


def _unapplied(project: Project, snapshot: Snapshot) -> list[Address]:
    """Declared addresses that have no object yet: a gate must not be open for them."""
    from smsops import manifest

    declared = {item.address for item in manifest.load(project).desired}
    unanswered = {intent.address for intent in snapshot.intents}
    return sorted((declared | unanswered) - snapshot.resources.keys())


COMMAND = wait_command
