"""``spec.environments`` of ``smsops.yaml``: accounts that share the manifests."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smsops.errors import Problem, Severity
from smsops.manifests import violations, yaml_tree
from smsops.model import Environment, Project, StateSettings
from smsops.text.messages import T

#: The directory of patches; one below it for each environment.
DIRECTORY = "environments"
NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def environments(node: yaml_tree.Node, value: Mapping[str, Any]) -> tuple[Environment, ...]:
    """The environments of a project file, in the order in which they stand there."""
    declared = violations.locate(node, ("spec", "environments"))
    spec = value["spec"]
    if not spec.get("environments") and "environments" not in _entries(node, "spec"):
        return ()
    given = spec.get("environments", {})
    # One without any setting is null, and is an environment all the same.
    names = declared.entries if isinstance(declared, yaml_tree.Mapping) else ()
    return tuple(
        _environment(name, given.get(name, {}), spec, value["metadata"]["name"]) for name in names
    )


def _environment(
    name: str, given: Mapping[str, Any], spec: Mapping[str, Any], project: str
) -> Environment:
    shared = StateSettings(**spec.get("state", {}))
    state = StateSettings(**given["state"]) if "state" in given else shared
    if "name" not in given.get("state", {}):
        # Each has a place of its own, also where all are kept by the same backend.
        place = f"{shared.name or project}-{name}"
        state = StateSettings(state.backend, state.remote, place)
    return Environment(
        name=name,
        region=given.get("region", spec["region"]),
        state=state,
        account=given.get("account"),
        site=given.get("site", spec.get("site", "cn")),
        profile=given.get("profile"),
        only=given.get("only", {}),
    )


def problems(file: str, project: Project, node: yaml_tree.Node) -> Iterator[Problem]:
    """What is wrong with the environments beyond their schema."""
    declared = violations.locate(node, ("spec", "environments"))
    keys = declared.keys if isinstance(declared, yaml_tree.Mapping) else {}
    places: dict[tuple[str, ...], str] = {}
    for each in project.environments:
        at = keys[each.name]
        if NAME.fullmatch(each.name) is None:
            message = T(
                "{name} is no name of an environment: lower-case letters, digits and inner "
                "hyphens, at most 63, the first a letter",
                name=violations.shown(each.name),
            )
            yield Problem(file, *at, "SMS114", Severity.ERROR, message)
        if each.state.backend == "git":
            place = each.state.remote, each.state.name or project.name
            other = places.setdefault(place, each.name)
            if other != each.name:
                message = T(
                    "environments {other} and {name} keep their states at the same place; set "
                    "state.name",
                    other=other,
                    name=each.name,
                )
                yield Problem(file, *at, "SMS144", Severity.ERROR, message)
    yield from _one_account(file, project, keys)
    for name in _undeclared(project) if project.environments else ():
        message = T(
            "{directory}/{name} is of no environment; declared are: {names}",
            directory=DIRECTORY,
            name=name,
            names=", ".join(each.name for each in project.environments),
        )
        yield Problem(file, declared.line, declared.column, "SMS143", Severity.ERROR, message)


def _one_account(
    file: str, project: Project, keys: Mapping[str, tuple[int, int]]
) -> Iterator[Problem]:
    """Environments whose signs and templates would be the same objects."""
    for number, each in enumerate(project.environments):
        for other in project.environments[:number]:
            apart = any(
                other.only.get(name, wanted) != wanted for name, wanted in each.only.items()
            )
            if each.account is None or apart:
                continue
            if (each.account, each.region) == (other.account, other.region):
                message = T(
                    "environments {other} and {name} are of one account and region: what one "
                    "replaces or deletes is gone for the other",
                    other=other.name,
                    name=each.name,
                )
                yield Problem(file, *keys[each.name], "SMS145", Severity.WARNING, message)


def _undeclared(project: Project) -> list[str]:
    """Directories and files of patches that no environment reads."""
    known = {each.name for each in project.environments}
    return [name for name in _entered(project.root) if name not in known]


def _entered(root: Path) -> list[str]:
    """What is in the directory of patches: a file that is in no environment's is lost there."""
    try:
        with os.scandir(root / DIRECTORY) as listing:
            return sorted(
                each.name
                for each in listing
                if each.name[0] != "." and (each.is_dir() or each.name.endswith((".yaml", ".yml")))
            )
    except OSError:
        return []


def _entries(node: yaml_tree.Node, name: str) -> Mapping[str, yaml_tree.Node]:
    found = violations.locate(node, (name,))
    return found.entries if isinstance(found, yaml_tree.Mapping) else {}
