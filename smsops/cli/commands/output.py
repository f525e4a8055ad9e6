"""``smsops output``: the ids and names that applications use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Blocked, Exit, UsageError
from smsops.model import Address
from smsops.text.messages import Command, T, Text, listed

if TYPE_CHECKING:
    from smsops.model import Project, Snapshot

FORMATS = ("json", "dotenv", "yaml")
#: How much larger than it should be a checked file may be, to say what differs (bytes).
_ROOM = 1024 * 1024


@command("output", help="Print what applications need: template ids, parameter counts, sign names.")
@click.option("--format", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option(
    "--plain",
    is_flag=True,
    help="With dotenv: no quotation marks, for GitLab's dotenv reports and docker --env-file.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also what is not live yet, and what retires. In a project with environments, without "
    "-e: of every environment at once.",
)
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare with FILE instead; exit 2 when it is stale.",
)
def output_command(
    context: Context, format: str, plain: bool, everything: bool, check: Path | None
) -> Exit:
    from smsops.cli.held import held
    from smsops.cli.nothing import nothing
    from smsops.render import outputs
    from smsops.text import sanitise
    from smsops.workspace.readonly import open_reading

    if plain and format != "dotenv":
        raise UsageError(
            T("--plain is for --format dotenv"), hint=T("Write --format dotenv --plain.")
        )
    if everything and not context.options.environment and _shared(context):
        from smsops.cli.everywhere import in_all

        return in_all(context, format, alone={"--check": check})
    project = context.project()
    with open_reading(context.settings, project) as workspace:
        snapshot = workspace.snapshot()
        seen = workspace.observe_recorded(snapshot.resources)
        now = workspace.clock.now()
    for note in seen.notes:
        context.log(T("Note: {note}", note=note))
    document = outputs.document(snapshot, seen, now=now, everything=everything)
    hidden = snapshot.resources.keys() - {Address.parse(name) for name in document["outputs"]}
    if hidden:
        names = ", ".join(sorted(map(str, hidden)))
        context.log(T("Left out, never active so far: {names}. --all shows them.", names=names))
    _say_unapplied(context, project, snapshot)
    for line in outputs.doubts(document):
        context.log(T("Warning: {line}", line=line))
    lost = nothing(context, project, snapshot)
    if plain:
        _refuse_unplain(list(outputs.unplain(document)))
    formats = {"json": outputs.json, "dotenv": outputs.dotenv, "yaml": outputs.yaml}
    text = outputs.plain(document) if plain else formats[format](document)
    if check is None:
        if format == "dotenv" and not plain and outputs.quoted(document):
            context.log(
                T(
                    "Note: quotation marks are for shells, docker compose and dotenv "
                    "libraries; GitLab's dotenv reports and docker --env-file keep "
                    "them: --plain writes none."
                )
            )
        context.out(text if format == "json" or not context.ci else sanitise.runner(text))
        return Exit.ERROR if lost else Exit.OK
    if lost:
        context.log(
            T("{check} was not checked: there are no outputs to compare it with.", check=check)
        )
        return Exit.ERROR
    flags = (("--plain",) if plain else ()) + (("--all",) if everything else ())
    again = Command.of("output", "--format", format, *flags, into=check)
    waiting = sorted(held(context, workspace, snapshot, seen))
    return _checked(context, check, text, format, waiting, again=again)


def _shared(context: Context) -> bool:
    """Whether the project has environments."""
    from smsops.manifests.load import load_project

    return bool(load_project(context.options.directory).environments)


def _say_unapplied(context: Context, project: Project, snapshot: Snapshot) -> None:
    """Name what is declared and not recorded: an application may wait for its id in vain."""
    if not snapshot.resources:
        return  # said in other words
    from smsops.manifests.load import load_manifests
    from smsops.planning.unrecorded import about_some, unrecorded

    if missing := unrecorded(snapshot, load_manifests(project).desired):
        context.log(T("Warning: {about_some}", about_some=about_some(missing)))


def _checked(
    context: Context, file: Path, text: str, format: str, held: Sequence[Address], *, again: Command
) -> Exit:
    """Whether ``file`` holds ``text``, and stays right. ``again``: the command that writes it."""
    from smsops.cli.files import read_named
    from smsops.render.output_check import stale, waiting

    limit = len(text.encode()) + _ROOM
    found = read_named(file, limit, hint=T("Write it with {command}.", command=again))
    reasons = list(stale(text, found, format))
    if reasons:
        context.log(T("{file} is stale. Write it again with {command}.", file=file, command=again))
    for line in [*(T("  {reason}", reason=reason) for reason in reasons), *waiting(held)]:
        context.log(line)
    if reasons or held:
        return Exit.DIFFERENCES
    context.log(T("{file} is up to date.", file=file))
    return Exit.OK


def _refuse_unplain(values: Sequence[Text]) -> None:
    if values:
        lines = listed("", (T("\n  {value}", value=value) for value in values))
        raise Blocked(
            T("not every value can be written without quotation marks:{lines}", lines=lines),
            hint=T("Let the application read --format json, or dotenv with quotation marks."),
        )


COMMAND = output_command
