"""Manifests of every environment of a project at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smsops.errors import Problem
from smsops.manifests.environments import DIRECTORY
from smsops.manifests.load import Manifests, load_manifests
from smsops.model import Desired, Project
from smsops.text.messages import N


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What the files declare in each environment, by its name in the declared order, and all
    problems; one that is not in every environment names those that it is in.
    """

    declared: Mapping[str | None, Sequence[Desired]]
    problems: Sequence[Problem]


def load_everywhere(project: Project) -> Everywhere:
    """The manifests of the environment that ``project`` is in, else of each that it has."""
    if project.environment is not None or not project.environments:
        found = load_manifests(project)
        name = project.environment.name if project.environment else None
        return Everywhere({name: found.declared}, found.problems)
    by_name = {each.name: load_manifests(project.within(each)) for each in project.environments}
    return Everywhere({name: found.declared for name, found in by_name.items()}, _joined(by_name))


def _joined(by_name: Mapping[str, Manifests]) -> Sequence[Problem]:
    places: dict[Problem, list[str]] = {}
    for name, found in by_name.items():
        for problem in found.problems:
            places.setdefault(problem, []).append(name)
    return sorted(
        problem
        if len(names) == len(by_name) or problem.file.startswith(f"{DIRECTORY}/")
        else replace(
            problem,
            message=N(
                len(names),
                "{message} (environment {names})",
                "{message} (environments {names})",
                message=problem.message,
                names=", ".join(names),
            ),
        )
        for problem, names in places.items()
    )
