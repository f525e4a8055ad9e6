"""``smsops state assign``: a state changes hands, on purpose."""

from __future__ import annotations

import re

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.state_edit import backend_of, lock_timeout_option, no_state
from smsops.errors import Exit, UsageError
from smsops.text.messages import T

#: What an option given without its name stands for.
_OWN = ""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@command(
    "assign",
    help="Change whose state it is, on purpose: after a project was renamed, or when another one "
    "takes over. Without a NAME, --project means this project and --environment means none.",
)
@click.option(
    "--project", "project_name", is_flag=False, flag_value=_OWN, metavar="[NAME]", help="The owner."
)
@click.option(
    "--environment",
    "assigned",
    is_flag=False,
    flag_value=_OWN,
    metavar="[NAME]",
    help="The environment of that project.",
)
@lock_timeout_option
def assign(
    context: Context, project_name: str | None, assigned: str | None, lock_timeout: float
) -> Exit:
    from smsops.state import binding, read_snapshot, save_snapshot

    if project_name is None and assigned is None:
        raise UsageError(T("say --project, --environment or both"))
    project = context.project()
    mine = binding.Owner.of(project)
    for option, name in (("--project", project_name), ("--environment", assigned)):
        if name and _NAME.fullmatch(name) is None:
            raise UsageError(
                T(
                    "{option} {name} is not a name, as in {project}",
                    option=option,
                    name=repr(name),
                    project=mine.project,
                )
            )
    backend = backend_of(context, project)
    with backend.lock("state assign", timeout=lock_timeout):
        snapshot = read_snapshot(backend)
        if snapshot is None:
            raise no_state()
        before = binding.owner_of(snapshot)
        owner = before or mine
        if project_name is not None:
            owner = owner._replace(project=project_name or mine.project)
        if assigned is not None:
            owner = owner._replace(environment=assigned or None)
        where = backend.description
        if owner != before:
            save_snapshot(backend, binding.assigned(snapshot, owner))
            where = backend.description
    words = (
        T("The state at {where} belongs to {owner} already.")
        if owner == before
        else T("The state at {where} belongs to {owner} now, no longer to {was}.")
    )
    context.out(str(words.filled(where=where, owner=owner, was=before or T("nobody"))))
    if owner != mine:
        context.log(T("Project {project} refuses this state from now on.", project=mine.project))
    return Exit.OK
