"""``smsops export``: manifests for everything that exists and that nobody manages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.context import Context, command
from smsops.cli.durations import Duration
from smsops.errors import Exit, SmsopsError, UsageError

if TYPE_CHECKING:
    from smsops.model import Desired, Observation, Observed, Project, Snapshot


@command(
    "export",
    help="Write a manifest into DIR for every object that neither a manifest nor the state knows. "
    "Fields that the API does not return are left out: `smsops validate` names them.",
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
    if adopt:
        return _adopt(context, project, into, lock_timeout)
    from smsops.reading import open_reading

    with open_reading(context, project) as reading:
        look = reading.look()
    found = _found(look.snapshot, look.observation, look.desired, reading.clock.now())
    files = _files(into, found, look.snapshot, look.desired, project.region)
    _write(files)
    _say(context, files, found, recorded=False)
    if found and not _declares(context.project(), into):
        context.log(f"{into} is not under spec.manifests: move the files, or add it there.")
    return _ended(context, look.observation)


def _adopt(context: Context, project: Project, directory: Path, lock_timeout: float) -> Exit:
    """Write the files, then record the ids: an id without a manifest would be deleted."""
    from smsops import manifest, recording
    from smsops.execution import Execution
    from smsops.model import RecordedObject, Role
    from smsops.stop import Stop
    from smsops.unmanaged import name_of
    from smsops.workspace import open_workspace

    _require_declared(context, directory)
    with (
        open_workspace(context, project) as workspace,
        workspace.backend.lock("export --adopt", timeout=lock_timeout),
    ):
        execution = Execution.begin(workspace, Stop(), context.log)
        unresolved = [item.error for item in execution.recover() if item.error is not None]
        if unresolved:
            raise unresolved[0]
        snapshot = execution.snapshot
        observation = workspace.observe(snapshot.resources)
        desired = manifest.load(project).desired
        now = workspace.clock.now()
        found = _found(snapshot, observation, desired, now)
        files = _files(directory, found, snapshot, desired, project.region)
        _write(files)
        changes = []
        for item in found:
            kind = workspace.kinds[item.kind]
            object_ = recording.settle(kind, None, RecordedObject(item.remote_id), item, now)
            place = partial(recording.placed, object_=object_, role=Role.CURRENT)
            changes.append(recording.on(name_of(item.kind, item.remote_id), place))
        if changes:
            execution.journal.commit(recording.chained(*changes))
    _say(context, files, found, recorded=True)
    return _ended(context, observation)


def _found(
    snapshot: Snapshot, observation: Observation, desired: Sequence[Desired], now: float
) -> tuple[Observed, ...]:
    from smsops.kinds import KINDS
    from smsops.unmanaged import unmanaged

    return unmanaged(snapshot, observation, desired, kinds=KINDS, now=now)


def _files(
    directory: Path,
    found: Sequence[Observed],
    snapshot: Snapshot,
    desired: Sequence[Desired],
    region: str,
) -> Mapping[Path, str]:
    """What to write. Raises when a file exists or an address means something else already."""
    from smsops import exporting
    from smsops.kinds import KINDS

    taken = exporting.conflicts(found, desired, snapshot.resources)
    if taken:
        raise SmsopsError(
            f"{_listed(taken)}: declared or recorded already, for another object; "
            "nothing was written",
            hint="Bind such an object to its own address with `smsops import ADDR ID`.",
        )
    files = {
        directory / exporting.file_name(item): exporting.manifest(
            KINDS[item.kind], item, account_id=snapshot.account_id, region=region
        )
        for item in found
    }
    there = [str(path) for path in files if path.is_symlink() or path.exists()]
    if there:
        raise SmsopsError(
            f"{_listed(there)}: exists already; nothing was written",
            hint="smsops does not overwrite manifests. Name another directory, or move them away.",
        )
    return files


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise SmsopsError(f"{path} cannot be written: {error.strerror}") from error


def _say(
    context: Context, files: Mapping[Path, str], found: Sequence[Observed], *, recorded: bool
) -> None:
    from collections import Counter

    from smsops.render.drift import plural
    from smsops.render.sanitise import terminal
    from smsops.unmanaged import name_of

    lines = [
        terminal(f"{path}  {name_of(item.kind, item.remote_id)}", ci=context.ci)
        for path, item in zip(files, found, strict=True)
    ]
    counts = Counter(item.kind for item in found)
    if not found:
        context.out("Nothing to export: every object that was seen is managed.")
        return
    said = " and ".join(plural(counts[kind], kind) for kind in sorted(counts))
    lines.append(f"Exported {said}{'; their ids are recorded' if recorded else ''}.")
    context.out("\n".join(lines))
    context.log("Next: `smsops validate` names the fields to fill in, then `smsops plan`.")


def _ended(context: Context, observation: Observation) -> Exit:
    """0 after a complete listing; 1 when there may be more than could be seen."""
    for note in observation.notes:
        context.log(f"Note: {note}")
    if all(observation.listed.values()):
        return Exit.OK
    context.log("Error: not everything could be listed, so there may be more to export.")
    return Exit.ERROR


def _require_declared(context: Context, directory: Path) -> None:
    """Only a directory whose files are read as manifests will do.

    Raises :class:`smsops.errors.UsageError`. The directory is made first: the default directories
    of a project count once they exist.
    """
    made = not directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SmsopsError(f"{directory} cannot be made: {error.strerror}") from error
    if _declares(context.project(), directory):
        return
    if made:
        directory.rmdir()
    raise UsageError(
        f"--adopt: {directory} is not under spec.manifests, so its files would not be read and "
        "the next apply would delete what they describe",
        hint="Export into a directory that smsops.yaml names.",
    )


def _declares(project: Project, directory: Path) -> bool:
    """Whether files in ``directory`` are read as manifests."""
    real = directory.resolve()
    for name in project.manifests:
        base = (project.root / name).resolve()
        if real.is_relative_to(base):
            return not any(part.startswith(".") for part in real.relative_to(base).parts)
    return False


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


COMMAND = export_command
