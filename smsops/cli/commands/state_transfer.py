"""``smsops state push`` and ``smsops state migrate``: a whole state takes another place."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.state_edit import backend_of, lock_timeout_option, no_state
from smsops.errors import (
    DamagedState,
    Exit,
    ForeignDocument,
    OwnerError,
    StateError,
    UsageError,
)
from smsops.model import BACKENDS
from smsops.text.messages import C, T

if TYPE_CHECKING:
    from smsops.model import Project, Snapshot
    from smsops.state.backend import Backend
    from smsops.state.binding import Owner


#: About the file that somebody wants to push; the stored state may be in best order.
_UNUSABLE = T(
    "Nothing was changed. {file} is damaged or was edited by hand. A state is not edited by hand: "
    "use {remove}, {move} or {bind}.",
    remove=C("state rm"),
    move=C("state mv"),
    bind=C("import"),
)
_FOREIGN = T("Nothing was changed. Push what {command} has printed.", command=C("state pull"))


@command("push", help="Put FILE (or - for stdin) in the place of the stored state.")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--force",
    is_flag=True,
    help="Even if FILE is older, or the stored state is damaged; FILE gets a new serial, and what "
    "it replaces is kept.",
)
@lock_timeout_option
def push(context: Context, file: Path, force: bool, lock_timeout: float) -> Exit:
    from smsops.state import binding
    from smsops.state.snapshot import dump

    project = context.project()
    owner = binding.Owner.of(project)
    incoming = _incoming(file, owner)
    binding.same_region(incoming, project.region)
    backend = backend_of(context, project)
    with backend.lock("state push", timeout=lock_timeout):
        body = backend.read()
        source = backend.description
        stored, newest = _stored(body, owner, source=source, force=force)
        if not binding.replaceable(stored, incoming, force=force):
            same = T("{place} holds this state already, serial {serial}.")
            context.out(str(same.filled(place=source, serial=incoming.serial)))
            return Exit.OK
        if newest is not None and newest >= incoming.serial:
            incoming = replace(incoming, serial=newest + 1)
        elif newest is None and body is not None and source.startswith(("http://", "https://")):
            # GitLab takes every serial once, and what is stored does not say which are taken: one
            # that no number of saves comes to.
            incoming = replace(incoming, serial=max(incoming.serial, int(context.clock.now())))
        if force and body is not None:
            _keep(context, project, backend, body)
        backend.write(dump(binding.assigned(incoming, owner)), serial=incoming.serial)
    done = T("Pushed to {place} as serial {serial}.")
    context.out(str(done.filled(place=backend.description, serial=incoming.serial)))
    return Exit.OK


def _incoming(file: Path, owner: Owner) -> Snapshot:
    """The state in ``file``, which belongs to ``owner`` or to nobody yet."""
    from smsops.state import binding
    from smsops.state.snapshot import load

    try:
        incoming = load(_bytes(file), source=str(file), hint=_UNUSABLE.filled(file=file))
    except ForeignDocument as error:
        raise ForeignDocument(error.message_text, hint=_FOREIGN) from None
    found = binding.owner_of(incoming)
    if found not in (None, owner):
        raise OwnerError(
            T(
                "{file} is a state of {found}, and this is project {project}",
                file=file,
                found=found,
                project=owner.project,
            ),
            hint=T(
                "Nothing was changed. If the state is to change hands: push the "
                "file in a project of that name first, then {command}",
                project=owner.project,
                command=C("state assign --project {project}"),
            ),
        )
    return incoming


def _stored(
    body: bytes | None, owner: Owner, *, source: str, force: bool
) -> tuple[Snapshot | None, int | None]:
    """The stored snapshot, and the highest serial that the place has seen.

    With ``force`` a damaged state counts as none, but its serial and its project stand. Raises for
    another project's, and for anything that is no state of ours.
    """
    from smsops.state import binding
    from smsops.state.snapshot import load, peek_project, peek_serial

    if body is None:
        return None, None
    try:
        snapshot = load(body, source=source)
    except DamagedState:
        project = peek_project(body)
        if project not in (None, owner.project):
            raise binding.foreign(binding.Owner(project), owner, source=source) from None
        if not force:
            raise
        return None, peek_serial(body)
    binding.owned(snapshot, owner, source=source)
    return snapshot, snapshot.serial


def _keep(context: Context, project: Project, backend: Backend, body: bytes) -> None:
    """Keep what a forced push is about to replace, and say where."""
    from smsops.state import place_of, replaced

    kept = backend.kept or replaced.keep(body, place_of(project), clock=context.clock)
    context.log(T("What it replaces is kept: {kept}", kept=kept))


def _bytes(file: Path) -> bytes:
    from smsops.state.snapshot import MOST_BYTES

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise StateError(
            T("{file} cannot be read: {strerror}", file=file, strerror=error.strerror)
        ) from error


@command("migrate", help="Copy the state to another, still empty backend.")
@click.option("--to", type=click.Choice(BACKENDS), required=True)
@lock_timeout_option
def migrate(context: Context, to: str, lock_timeout: float) -> Exit:
    from smsops.state import binding, document, read_snapshot
    from smsops.state.snapshot import dump

    project = context.project()
    if context.options.emulator:
        raise UsageError(T("with --emulator the state is always local"))
    if project.state.backend == to:
        raise UsageError(T("the state is kept by {to} already", to=to))
    source = backend_of(context, project)
    name = project.state.name or project.name
    # Named, so that no state of 0.1 is taken for one that is there already.
    there = replace(project.state, backend=to, name=name)
    target = backend_of(context, replace(project, state=there))
    with (
        source.lock("state migrate", timeout=lock_timeout),
        target.lock("state migrate", timeout=lock_timeout),
    ):
        snapshot = read_snapshot(source)
        if snapshot is None:
            raise no_state()
        binding.owned(snapshot, binding.Owner.of(project), source=source.description)
        body = target.read()
        document.require_replaceable(body, source=target.description)
        if body is not None:
            raise StateError(
                T(
                    "there is a state at {description} already; nothing was copied",
                    description=target.description,
                ),
                hint=T(
                    "Look at it with spec.state set to that backend, and use {command} "
                    "if this one is to take its place.",
                    command=C("state push"),
                ),
            )
        target.write(dump(snapshot), serial=snapshot.serial)
    copied = T("Copied serial {serial} to {place}.")
    context.out(str(copied.filled(serial=snapshot.serial, place=target.description)))
    rest = f", remote: {project.state.remote}, name: {name}" if to == "git" else ""
    context.log(
        T(
            "Now set spec.state to {{backend: {to}{rest}}} in smsops.yaml, and "
            "keep nothing that still writes to {description}.",
            to=to,
            rest=rest,
            description=source.description,
        )
    )
    return Exit.OK
