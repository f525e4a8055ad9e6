"""What the ``smsops state`` commands share: the backend, and editing under its lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from smsops.cli.context import Context
from smsops.cli.durations import Duration
from smsops.errors import StateError
from smsops.text.messages import C, T

if TYPE_CHECKING:
    from smsops.model import Project, Snapshot
    from smsops.state.backend import Backend

lock_timeout_option = click.option(
    "--lock-timeout",
    type=Duration(),
    default="0s",
    show_default=True,
    metavar="DURATION",
    help="How long to wait for the lock.",
)


def backend_of(context: Context, project: Project | None = None) -> Backend:
    """The backend of ``project``, by default the one of ``-C``, with its warnings on stderr."""
    return context.backend(project or context.project())


def read(context: Context) -> Snapshot | None:
    """The stored snapshot, to look at. Says so when there is none, and when it is another
    project's.
    """
    from smsops.state import read_snapshot

    project = context.project()
    backend = backend_of(context, project)
    snapshot = read_snapshot(backend)
    if snapshot is None:
        context.log(T("There is no state yet at {description}.", description=backend.description))
    else:
        say_whose(context, project, snapshot)
    return snapshot


def say_whose(context: Context, project: Project, snapshot: Snapshot) -> None:
    """Say on stderr when ``snapshot`` is not this project's."""
    from smsops.state import binding

    found = binding.owner_of(snapshot)
    mine = binding.Owner.of(project)
    if found not in (None, mine):
        context.log(T("This state belongs to {found}, not to {mine}.", found=found, mine=mine))


def edit(
    context: Context, operation: str, timeout: float, change: Callable[[Snapshot], Snapshot]
) -> Snapshot:
    """Change the stored state of this project under its lock; returns it as it was before."""
    from smsops.state import binding, read_snapshot, save_snapshot

    project = context.project()
    backend = backend_of(context, project)
    with backend.lock(f"state {operation}", timeout=timeout):
        before = read_snapshot(backend)
        if before is None:
            raise no_state()
        owner = binding.Owner.of(project)
        bound = binding.owned(before, owner, source=backend.description)
        after = change(bound)
        if after != bound:
            save_snapshot(backend, after)
    return before


def no_state() -> StateError:
    """The error of commands that need a stored state."""
    return StateError(
        T("there is no state yet"),
        hint=T(
            "{command} or {other} makes it. Is -C right, and --emulator?",
            command=C("apply"),
            other=C("import ADDR ID"),
        ),
    )
