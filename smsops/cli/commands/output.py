"""``smsops output``: the ids and names that applications use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from smsops.cli.addresses import address, known
from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.errors import Blocked, Exit, UnknownAddress, UsageError
from smsops.model import Address
from smsops.text.messages import Command, T, Text, listed

if TYPE_CHECKING:
    from smsops.model import Observation, Project, Snapshot
    from smsops.workspace.readonly import ReadOnlyWorkspace
    from smsops.workspace.recorded import RecordedWorkspace

FORMATS = ("json", "dotenv", "yaml", "typescript", "python", "java", "configmap")
#: Those of which a file has a name inside.
_NAMED = ("java", "configmap")
#: How much larger than it should be a checked file may be, to say what differs (bytes).
_ROOM = 1024 * 1024


@command("output", help="Print what applications need: template ids, parameter counts, sign names.")
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", shell_complete=known)
@click.option("--format", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option(
    "--from-state",
    is_flag=True,
    help="As the state records it: no credentials, no call.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="With java: the class, com.acme.SmsOutputs; with configmap: its name.",
)
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
    context: Context,
    *,
    addresses: Sequence[str],
    format: str,
    from_state: bool,
    name: str | None,
    plain: bool,
    everything: bool,
    check: Path | None,
) -> Exit:
    from smsops.cli.held import held
    from smsops.cli.nothing import nothing
    from smsops.render import outputs
    from smsops.text import sanitise

    named = [address(each) for each in addresses]
    _refuse_options(format, name, plain=plain)
    if everything and not context.options.environment and _shared(context):
        from smsops.cli.everywhere import in_all

        return in_all(context, format, alone={"--check": check, "--name": name, "ADDR": named})
    project = context.project()
    read = _recorded(context, project) if from_state else _observed(context, project)
    for note in read.seen.notes:
        context.log(T("Note: {note}", note=note))
    _refuse_unknown(project, read.snapshot, named)
    wanted = set(named or read.snapshot.resources)
    recorded = wanted & read.snapshot.resources.keys()
    document = outputs.document(
        read.snapshot,
        read.seen,
        now=context.clock.now(),
        everything=everything,
        only=recorded,
    )
    unsent = _say_left_out(context, document, recorded, named=bool(named))
    _say_unapplied(context, project, read.snapshot, named)
    for line in outputs.doubts(document):
        context.log(T("Warning: {line}", line=line))
    lost = nothing(context, project, read.snapshot, fails=True)
    lost = lost or (bool(named) and (unsent or wanted != recorded))
    if plain:
        _refuse_unplain(list(outputs.unplain(document)))
    text = outputs.plain(document) if plain else _written(document, format, name)
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
    flags = (
        *addresses,
        *(("--from-state",) if from_state else ()),
        *(("--name", name) if name else ()),
        *(("--plain",) if plain else ()),
        *(("--all",) if everything else ()),
    )
    again = Command.of("output", "--format", format, *flags, into=check)
    waiting = sorted(wanted & set(held(context, read.workspace, read.snapshot, read.seen)))
    return _checked(context, check, text, format, waiting, again=again)


class _Read(NamedTuple):
    """What was read, and where."""

    workspace: ReadOnlyWorkspace | RecordedWorkspace
    snapshot: Snapshot
    seen: Observation


def _observed(context: Context, project: Project) -> _Read:
    from smsops.workspace.readonly import open_reading

    with open_reading(context.settings, project) as workspace:
        snapshot = workspace.snapshot()
        return _Read(workspace, snapshot, workspace.observe_recorded(snapshot.resources))


def _recorded(context: Context, project: Project) -> _Read:
    from smsops.workspace.recorded import RecordedWorkspace

    workspace = RecordedWorkspace.opened(context.settings, project)
    snapshot = workspace.snapshot()
    return _Read(workspace, snapshot, workspace.observe_recorded(snapshot))


def _written(document: dict[str, Any], format: str, name: str | None) -> str:
    from smsops.render import constants, outputs

    if format in constants.FORMATS:
        called = name or constants.NAMES.get(format, "")
        return constants.FORMATS[format](document, called)
    formats = {"json": outputs.json, "dotenv": outputs.dotenv, "yaml": outputs.yaml}
    return formats[format](document)


def _refuse_options(format: str, name: str | None, *, plain: bool) -> None:
    if plain and format != "dotenv":
        raise UsageError(
            T("--plain is for --format dotenv"), hint=T("Write --format dotenv --plain.")
        )
    if name is None:
        return
    from smsops.render.constants import may_be_called

    if format not in _NAMED:
        raise UsageError(
            T("--name is for --format java and configmap"),
            hint=T("Leave it out, or write --format java."),
        )
    if not may_be_called(format, name):
        raise UsageError(
            T("{name} cannot be the name of a Java class", name=repr(name))
            if format == "java"
            else T("{name} cannot be the name of a ConfigMap", name=repr(name)),
            hint=T("It is written like com.acme.SmsOutputs.")
            if format == "java"
            else T("Lower-case letters, digits, - and . are, as in smsops-outputs."),
        )


def _refuse_unknown(project: Project, snapshot: Snapshot, only: Sequence[Address]) -> None:
    """Raises :class:`UnknownAddress`; one that is declared only is said as not recorded."""
    strange = [each for each in only if each not in snapshot.resources]
    if not strange:
        return
    from smsops.manifests.load import load_manifests

    declared = {item.address for item in load_manifests(project).desired}
    for each in strange:
        if each not in declared:
            raise UnknownAddress(
                T("{address}: no manifest declares it and the state does not record it").filled(
                    address=each
                )
            )


def _say_left_out(
    context: Context, document: dict[str, Any], wanted: Collection[Address], *, named: bool
) -> bool:
    """Whether something wanted has no output yet; then stderr says it, and that it is an error
    where it was ``named``.
    """
    hidden = set(wanted) - {Address.parse(each) for each in document["outputs"]}
    if hidden:
        words = (
            T("Error: never active so far: {names}. --all shows them.")
            if named
            else T("Left out, never active so far: {names}. --all shows them.")
        )
        context.log(words.filled(names=", ".join(sorted(map(str, hidden)))))
    return bool(hidden)


def _shared(context: Context) -> bool:
    """Whether the project has environments."""
    from smsops.manifests.load import load_project

    return bool(load_project(context.options.directory).environments)


def _say_unapplied(
    context: Context, project: Project, snapshot: Snapshot, named: Collection[Address]
) -> None:
    """Say what is declared and not recorded: an application may wait for its id in vain. An error
    of what was ``named``.
    """
    if not snapshot.resources:
        return  # said in other words
    from smsops.manifests.load import load_manifests
    from smsops.planning.unrecorded import about_some, unrecorded

    missing = unrecorded(snapshot, load_manifests(project).desired)
    if wanted := [each for each in missing if each in named]:
        context.log(T("Error: {about_some}", about_some=about_some(wanted)))
    if rest := [each for each in missing if each not in named]:
        context.log(T("Warning: {about_some}", about_some=about_some(rest)))


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
