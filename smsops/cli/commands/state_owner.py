"""``smsops state assign``: a state changes hands, on purpose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from smsops.cli.command import command
from smsops.cli.context import Context
from smsops.cli.options import environments
from smsops.cli.state_edit import backend_of, lock_timeout_option, no_state
from smsops.errors import Exit, StateError, UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Environment, Project
    from smsops.state.backend import Backend
    from smsops.workspace.former import Former

#: What an option given without its name stands for.
_OWN = ""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@command(
    "assign",
    help="Change whose state it is, on purpose: after a project was renamed, or when another one "
    "takes over. Without a NAME, --project means this project and --environment means none. "
    "In a project that has got environments, --environment NAME moves the state that it had.",
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
    shell_complete=environments,
    help="The environment of that project.",
)
@lock_timeout_option
def assign(
    context: Context, project_name: str | None, assigned: str | None, lock_timeout: float
) -> Exit:
    from smsops.state import binding, read_snapshot, save_snapshot
    from smsops.state.moving import one_account

    if project_name is None and assigned is None:
        raise UsageError(T("say --project, --environment or both"))
    whole = _whole(context)
    if assigned and project_name is None and whole.environments:
        moved = _moved(context, whole, assigned, lock_timeout)
        if moved is not None:
            return moved
        if context.options.environment is None and assigned in {
            each.name for each in whole.environments
        }:
            context = context.within(assigned)
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
        for each in project.environments:
            if each.name == owner.environment and owner.project == mine.project:
                one_account(snapshot, each, _others(project, each))
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


def _whole(context: Context) -> Project:
    """The project of ``-C``, in no environment."""
    from smsops.manifests.load import load_project

    return load_project(context.options.directory)


def _left(inside: Context, target: Project, into: Backend) -> Former | None:
    """The state that belongs to no environment any more and may be of that of ``target``, which
    keeps its own in ``into``; ``None`` where there is none. Raises :class:`StateError` when that
    may be one of several.
    """
    from smsops.state import read_snapshot
    from smsops.workspace.former import former

    if inside.options.emulator or target.environment is None:
        return None
    there = read_snapshot(into)
    account = target.environment.account
    found = [
        each
        for each in former(inside.settings, target)
        if account is None or each.snapshot.account_id in (None, account)
        if there is None or there.lineage == each.snapshot.lineage
    ]
    # What the project had before it got environments goes first.
    found = [each for each in found if each.snapshot.environment is None] or found
    # A move leaves a copy behind; what was saved since is in the newest.
    newest = {
        each.snapshot.lineage: each for each in sorted(found, key=lambda one: one.snapshot.serial)
    }
    found = list(newest.values())
    if len(found) > 1:
        raise StateError(
            T(
                "there are several states that no environment reads: {places}",
                places=", ".join(each.backend.description for each in found),
            ),
            hint=T("Say `account` of the environment in smsops.yaml, or move away what is old."),
        )
    return found[0] if found else None


def _others(project: Project, environment: Environment) -> list[Environment]:
    return [each for each in project.environments if each.name != environment.name]


def _moved(context: Context, project: Project, name: str, timeout: float) -> Exit | None:
    """Move the state that ``project`` had before it got environments; ``None`` where it had none,
    or the run is about another environment than ``name``.
    """
    from smsops.state import binding, place
    from smsops.state.moving import move
    from smsops.workspace.environments import chosen
    from smsops.workspace.session import open_backend

    if context.options.environment not in (None, name):
        return None
    inside = context.within(name)
    target = chosen(project, name)
    environment = target.environment
    assert environment is not None
    # Where nothing is, or not yet, is no news here: what to do about it is being done.
    into = open_backend(inside.settings, target, hints=False)
    owner, others = binding.Owner.of(target), _others(project, environment)
    left = _left(inside, target, into)
    moved = move(
        left.backend if left else open_backend(context.settings, project, hints=False),
        into,
        owner,
        environment,
        others,
        timeout=timeout,
        former=left.snapshot.environment if left else None,
    )
    if moved is None:
        return None
    words = (
        T("The state at {target} is that of environment {name} now.")
        if moved.fresh
        else T("The state at {target} is that of environment {name} already.")
    )
    context.out(str(words.filled(target=moved.target, name=name)))
    if moved.fresh and moved.source != moved.target:
        context.log(
            T(
                "It was at {source}, where a copy stays that no run of before takes.",
                source=moved.source,
            )
        )
    ledger = place(project.root) / "ledger.db"
    if ledger.exists():
        context.log(
            T(
                "The ledger stays at {ledger}: move it to {place}, or name it in {variable}.",
                ledger=ledger,
                place=place(project.root, name),
                variable="SMSOPS_LEDGER",
            )
        )
    return Exit.OK
