"""``smsops wait``: until reviews are over. With ``--timeout 0s`` it is a deploy gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smsops.cli.addresses import address, known
from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.durations import Duration
from smsops.errors import Exit, UsageError, most_serious
from smsops.text.messages import C, T

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsops.model import Address, Observation, Project, Snapshot
    from smsops.workspace.workspace import Workspace


@command(
    "wait",
    help="Poll each address's successor, or its current object, until it is active. What was seen "
    "is recorded in the state. DURATION is a number and s, m, h or d.",
)
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", shell_complete=known)
@click.option(
    "--timeout",
    type=Duration(),
    default="4h",
    show_default=True,
    metavar="DURATION",
    help="When to give up; 0s looks once.",
)
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
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
def wait_command(
    context: Context,
    addresses: tuple[str, ...],
    timeout: float,
    interval: float,
    max_interval: float,
    format: str,
) -> Exit:
    from smsops.applying.wait import USABLE, Awaited, Backoff, Waited
    from smsops.cli.nothing import nothing
    from smsops.cli.polling import wait_for
    from smsops.workspace.workspace import open_workspace

    wanted = [address(text) for text in addresses]
    project = context.project()
    with open_workspace(context.settings, project) as workspace:
        snapshot = workspace.snapshot()
        recorded = snapshot.resources
        unapplied = _unapplied(project, snapshot, wanted)
        for name in wanted:
            if name not in recorded and name not in unapplied:
                raise UsageError(
                    T("{name}: no manifest declares it and the state does not record it", name=name)
                )
        names = [name for name in wanted if name in recorded]
        if not wanted:
            # What is bound and was never declared is nobody's release.
            declared = _declared(project)
            names = sorted(name for name in recorded if recorded[name].declared or name in declared)
        chosen = [Awaited.of(name, recorded[name]) for name in names]
        awaited = [item for item in chosen if item is not None]
        for name in unapplied:
            context.log(
                T(
                    "{name}: declared, and not applied yet: {command} first",
                    name=name,
                    command=C("apply"),
                )
            )
        waited = Waited({}, None, USABLE)
        ends = [Exit.PENDING] if unapplied else []
        if not wanted and nothing(context, project, snapshot):
            ends = [Exit.PENDING]
        if awaited:
            pace = Backoff(interval, max(interval, max_interval))
            waited = wait_for(context, workspace, awaited, over=USABLE, timeout=timeout, pace=pace)
            ends.append(waited.exit())
            if not wanted and waited.observation is not None:
                _say_held(context, workspace, waited.observation)
        elif not ends:
            context.log(T("Nothing to wait for: the state holds no resources."))
        if format == "json":
            from smsops.render import awaited as render

            context.out(render.json(snapshot, waited.reviews, unapplied))
    return most_serious(ends)


def _say_held(context: Context, workspace: Workspace, observation: Observation) -> None:
    """What is active and does not take over by itself; superseded objects are read for that."""
    from smsops.cli.held import held

    snapshot = workspace.snapshot()
    if any(record.retiring for record in snapshot.resources.values()):
        observation = workspace.observe_recorded(snapshot.resources)
    held(context, workspace, snapshot, observation)


def _unapplied(project: Project, snapshot: Snapshot, wanted: Sequence[Address]) -> list[Address]:
    """Declared addresses, of ``wanted`` if given, that have no object yet: a gate must not be open
    for them.
    """
    if wanted and all(name in snapshot.resources for name in wanted):
        return []
    declared = _declared(project)
    unanswered = {intent.address for intent in snapshot.intents}
    missing = (declared | unanswered) - snapshot.resources.keys()
    return sorted(missing & set(wanted) if wanted else missing)


def _declared(project: Project) -> set[Address]:
    from smsops.manifests.load import load_manifests

    return {item.address for item in load_manifests(project).desired}


COMMAND = wait_command
