"""``smsops export``: manifests for everything that exists and that nobody manages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.destinations import (
    destinations,
    new_schemas_named,
    read_ones,
    reads,
    require_read,
)
from smsops.cli.durations import Duration
from smsops.cli.execution import settled_execution
from smsops.errors import Exit, InvalidManifests, SmsopsError
from smsops.text.messages import C, N, T, Text, listed, shortened

if TYPE_CHECKING:
    from smsops.model import Desired, Observation, Observed, Project, Snapshot


#: Names in one message.
_NAMED = 5


@command(
    "export",
    help="Write a manifest into DIR for every object that neither a manifest nor the state knows. "
    "Fields that the API does not return are left out: `smsops validate` names them. Where smsops "
    "reads DIR/signs and DIR/templates, and not DIR, each file goes to the one of its kind.",
)
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--adopt", is_flag=True, help="Also record the ids, so that they are managed from now on."
)
@click.option(
    "--lock-timeout",
    type=Duration(),
    default="0s",
    show_default=True,
    metavar="DURATION",
    help="With --adopt: how long to wait for the lock.",
)
def export_command(context: Context, into: Path, adopt: bool, lock_timeout: float) -> Exit:
    project = context.project()
    places = destinations(project, into)
    if adopt:
        return _adopt(context, project, places, lock_timeout)
    from smsops.manifests.load import load_manifests
    from smsops.workspace.readonly import open_reading

    with open_reading(context.settings, project) as reading:
        look = reading.look()
    if not look.readable:
        raise InvalidManifests(load_manifests(project).problems)
    found = _found(look.snapshot, look.observation, look.desired, reading.clock.now())
    files = _files(places, found, look.snapshot, look.desired, project)
    _write(context, project, files)
    _say(context, project, files, found, recorded=False)
    return _ended(context, look.observation)


def _adopt(
    context: Context, project: Project, places: Mapping[str, Path], lock_timeout: float
) -> Exit:
    """Write the files, then record the ids: an id without a manifest would be deleted."""
    from smsops.adoption.adopt import record
    from smsops.manifests.load import load_again, require_manifests
    from smsops.model import name_of

    require_read(project, places)
    with settled_execution(context, project, "export --adopt", timeout=lock_timeout) as execution:
        workspace, snapshot = execution.workspace, execution.snapshot
        project = load_again(project)
        observation = workspace.observe(snapshot.resources)
        desired = require_manifests(project)
        found = _found(snapshot, observation, desired, workspace.clock.now())
        files = _files(places, found, snapshot, desired, project)
        _write(context, project, files)
        record(execution, {name_of(item.kind, item.remote_id): item for item in found})
    _say(context, project, files, found, recorded=True)
    return _ended(context, observation)


def _found(
    snapshot: Snapshot, observation: Observation, desired: Sequence[Desired], now: float
) -> tuple[Observed, ...]:
    from smsops.kinds import RESOURCES
    from smsops.planning.unmanaged import unmanaged

    return unmanaged(snapshot, observation, desired, kinds=RESOURCES, now=now)


def _files(
    places: Mapping[str, Path],
    found: Sequence[Observed],
    snapshot: Snapshot,
    desired: Sequence[Desired],
    project: Project,
) -> Mapping[Path, str]:
    """What to write. Raises when a file exists or an address means something else already."""
    from smsops import lint
    from smsops.adoption import export
    from smsops.kinds import on_site
    from smsops.model import name_of

    kinds = on_site(project.site)
    taken = export.conflicts(found, desired, snapshot.resources)
    if taken:
        raise SmsopsError(
            T(
                "{listed}: declared or recorded already, for another object; nothing was written",
                listed=shortened(taken, _NAMED),
            ),
            hint=T(
                "Bind such an object to its own address with {command}.",
                command=C("import ADDR ID"),
            ),
        )
    on = lint.severities(project.lint_ignore, project.template_variables, project.incomplete)
    exceptions = export.standing_exceptions(
        kinds,
        {name_of(item.kind, item.remote_id): item for item in found},
        desired,
        on,
        project.site,
    )
    files = {
        places[item.kind] / export.file_name(item): export.manifest(
            kinds[item.kind],
            item,
            account_id=snapshot.account_id,
            region=project.region,
            style=export.Style(exceptions=exceptions.get(name_of(item.kind, item.remote_id), ())),
        )
        for item in found
    }
    there = [str(path) for path in files if path.is_symlink() or path.exists()]
    if there:
        raise SmsopsError(
            T("{listed}: exists already; nothing was written", listed=shortened(there, _NAMED)),
            hint=T(
                "smsops does not overwrite manifests. Name another directory, or move them away."
            ),
        )
    return files


def _write(context: Context, project: Project, files: Mapping[Path, str]) -> None:
    """Write ``files``, each with the line for editors, and the schema that it leads to."""
    from smsops.adoption.writing import first_line, schema_for
    from smsops.manifests import schemas

    directories = {path.parent for path in files}
    missing = {schema_for(project, each) for each in directories}
    texts = {path: schemas.text(schemas.ANY) for path in missing if not os.path.lexists(path)}
    texts |= {path: first_line(project, path) + text for path, text in files.items()}
    with new_schemas_named(context, project, directories):
        for path, text in texts.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                raise SmsopsError(
                    T("{path} cannot be written: {strerror}", path=path, strerror=error.strerror)
                ) from error


def _say(
    context: Context,
    project: Project,
    files: Mapping[Path, str],
    found: Sequence[Observed],
    *,
    recorded: bool,
) -> None:
    from collections import Counter

    from smsops.model import name_of
    from smsops.text.sanitise import terminal

    lines = [
        terminal(f"{path}  {name_of(item.kind, item.remote_id)}", ci=context.ci)
        for path, item in zip(files, found, strict=True)
    ]
    counts = Counter(item.kind for item in found)
    if not found:
        words = T("Nothing to export: every object that was seen is managed, or about to be.")
        context.out(str(words))
        return
    said = listed(
        " and ",
        (
            N(counts[kind], "{count} {kind}", "{count} {kind}s", kind=kind)
            for kind in sorted(counts)
        ),
    )
    words = T("Exported {said}; their ids are recorded.") if recorded else T("Exported {said}.")
    lines.append(str(words.filled(said=said)))
    context.out("\n".join(lines))
    unread = [path.parent for path in files if not reads(project, path.parent)]
    if unread:
        context.log(_to_be_read(project, unread[0]))
    step = (
        T("After that {command} names the fields to fill in, then {other}.")
        if unread
        else T("Next: {command} names the fields to fill in, then {other}.")
    )
    context.log(step.filled(command=C("validate"), other=C("plan")))


def _ended(context: Context, observation: Observation) -> Exit:
    """0 after a complete listing; 1 when there may be more than could be seen."""
    for note in observation.notes:
        context.log(T("Note: {note}", note=note))
    if observation.listed_all:
        return Exit.OK
    context.log(T("Error: not everything could be listed, so there may be more to export."))
    return Exit.ERROR


def _to_be_read(project: Project, directory: Path) -> Text:
    """What to do with files that are not under spec.manifests."""
    from smsops.adoption.export import plain
    from smsops.manifests.project import NAME, directory_fault

    about = {"directory": directory, "others": read_ones(project)}
    root, real = project.root.resolve(), directory.resolve()
    name = real.relative_to(root).as_posix() if real.is_relative_to(root) else "."
    # The project itself could be named too, and then every YAML file in it would be a manifest.
    hidden = any(part.startswith(".") for part in name.split("/"))
    if hidden or directory_fault(project.root, name):
        return T(
            "{directory} is not under spec.manifests, so nothing reads its files yet.\n"
            "Next: move the files into {others}.",
            **about,
        )
    names = ", ".join(plain(each) for each in (*project.manifests, name))
    return T(
        "{directory} is not under spec.manifests, so nothing reads its files yet.\n"
        "Next: write `manifests: [{names}]` in {file}, or move the files into {others}.",
        names=names,
        file=project.root / NAME,
        **about,
    )


COMMAND = export_command
