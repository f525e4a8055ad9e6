"""Which environment of a project a run is about."""

from __future__ import annotations

from pathlib import Path

from smsops.errors import UsageError
from smsops.model import Project
from smsops.state import binding, place, place_of
from smsops.text.messages import T
from smsops.workspace.settings import Options
from smsops.workspace.variables import VARIABLE


def chosen(project: Project, name: str | None) -> Project:
    """``project`` in the environment ``name``. Raises :class:`UsageError` when it has none of that
    name, and when it has several and none is chosen: there is no default.
    """
    if name is None and not project.environments:
        return project
    names = ", ".join(each.name for each in project.environments)
    if name is None:
        raise UsageError(
            T("say which environment: {names}", names=names),
            hint=T("-e NAME, or the variable {variable}; there is no default.", variable=VARIABLE),
        )
    found = {each.name: each for each in project.environments}.get(name)
    if found is not None:
        return project.within(found)
    if names:
        raise UsageError(
            T("there is no environment {name}; there are: {names}", name=repr(name), names=names)
        )
    raise UsageError(
        T(
            "project {project} has no environments, and {name} was chosen",
            project=project.name,
            name=repr(name),
        ),
        hint=T(
            "Leave out -e and {variable}, or declare spec.environments in smsops.yaml.",
            variable=VARIABLE,
        ),
    )


def located(options: Options) -> Project | None:
    """The project of a run that can do without one, in its environment; ``None`` where there is
    none, or its file cannot be understood and no environment is chosen.
    """
    from smsops.manifests.project import NAME, read_project

    if not (options.directory / NAME).exists():
        return None
    found = read_project(options.directory)
    if found.value is None and options.environment is None:
        return None
    return chosen(found.value or found.require(), options.environment)


def kept(options: Options) -> Path:
    """The directory of ledger and emulator, for commands that can do without a project."""
    project = located(options)
    return place_of(project) if project is not None else place(options.directory)


def elsewhere(options: Options) -> frozenset[str]:
    """What a ledger, which several may share, calls the environments that were not chosen; empty
    where none was.
    """
    project = located(options) if options.environment is not None else None
    if project is None or project.environment is None:
        return frozenset()
    owners = (binding.Owner(project.name, each.name) for each in project.environments)
    return frozenset(owner.key for owner in owners) - {binding.Owner.of(project).key}


def account_of(options: Options) -> str | None:
    """The account of the environment that is chosen, if it says one."""
    if options.environment is None:
        return None
    project = located(options)
    return project.environment.account if project and project.environment else None
