"""``smsops.yaml``: the settings of a project. The environment is never read."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from smsops import lint
from smsops.errors import Problem, Severity, UsageError
from smsops.kinds import KINDS, RESOURCES, application
from smsops.manifests import (
    confined,
    environments,
    regions,
    schemas,
    suspects,
    unread,
    violations,
    yaml_tree,
)
from smsops.manifests.checked import Checked
from smsops.model import DeleteLimit, Project, StateSettings, Suppression
from smsops.model.sites import CN
from smsops.text.messages import NOTHING, C, T, Text, listing

NAME = "smsops.yaml"


def default_directories() -> tuple[str, ...]:
    """Where manifests are looked for when the project does not say."""
    return tuple(kind.directory for kind in KINDS.values())


def load_project(root: Path) -> Project:
    """The project in ``root``.

    Raises :class:`UsageError` when there is none, :class:`InvalidManifests` with every problem of
    the file when it has errors.
    """
    return read_project(root).require()


def load_again(project: Project) -> Project:
    """``project`` as its file is now, in the same environment. Raises as :func:`load_project`."""
    return load_project(project.root).within(project.environment)


def enclosing(root: Path) -> Path | None:
    """The nearest directory above ``root`` that is a project."""
    return next((path for path in root.absolute().parents if (path / NAME).is_file()), None)


def read_project(root: Path) -> Checked[Project]:
    """The project in ``root``, as far as its file says it.

    Raises :class:`UsageError` when there is no project file.
    """
    _require_file(root)
    try:
        raw = confined.read(root, NAME, limit=yaml_tree.MAX_BYTES)
    except confined.FileRefused as refused:
        code = "SMS102" if isinstance(refused, confined.FileTooLarge) else "SMS101"
        return Checked(None, (_problem((0, 0), code, refused.message_text),))
    documents, faults = yaml_tree.read(raw)
    problems = [_problem((line, column), code, text) for line, column, code, text in faults]
    if any(not document.sound for document in documents):
        return Checked(None, tuple(problems))
    if len(documents) != 1:
        several = () if faults else (_several(documents),)
        return Checked(None, (*problems, *several))
    node = documents[0].root
    doubts: list[yaml_tree.Node] = []
    value = schemas.reader("project")(node, doubts)
    broken = violations.problems(NAME, node, "project", value) if doubts else []
    if broken:
        return Checked(None, (*problems, *suspects.explained(documents[0].text, broken)))
    project = replace(_project(root, value), environments=environments.environments(node, value))
    return Checked(project, (*problems, *_beyond_the_schema(project, node, value)))


def _several(documents: Sequence[yaml_tree.Document]) -> Problem:
    """The problem of a file that holds no document, or more than one."""
    at = documents[1].root if documents else None
    message = T(
        "{name} has {count} documents; it holds exactly one", name=NAME, count=len(documents)
    )
    return _problem((at.line, at.column) if at else (0, 0), "SMS110", message)


def _require_file(root: Path) -> None:
    """Raise :class:`UsageError` when there is no project file."""
    if not root.is_dir():
        raise UsageError(
            T("no directory {root}", root=root), hint=T("-C DIR names the project's directory.")
        )
    if not (root / NAME).exists() and not (root / NAME).is_symlink():
        around = enclosing(root)
        if around is not None:
            raise UsageError(
                T(
                    "no {name} in {absolute}, but {around} is a project",
                    name=NAME,
                    absolute=root.absolute(),
                    around=around,
                ),
                hint=T(
                    "Run it there, or with the option {option}",
                    option=shlex.join(("-C", os.path.relpath(around))),
                ),
            )
        raise UsageError(
            T(
                "no {name} in {absolute}; run {command}",
                name=NAME,
                absolute=root.absolute(),
                command=C("init"),
            ),
            hint=T("Or name the project's directory with -C DIR."),
        )


def _problem(at: tuple[int, int], code: str, message: Text) -> Problem:
    return Problem(NAME, *at, code, Severity.ERROR, message)


def _project(root: Path, value: Mapping[str, Any]) -> Project:
    spec = value["spec"]
    named, defaults = spec.get("manifests"), default_directories()
    directories = named or [name for name in defaults if (root / name).exists()]
    rules = spec.get("lint", {})
    return Project(
        root=root,
        name=value["metadata"]["name"],
        region=spec["region"],
        site=spec.get("site", CN),
        manifests=tuple(directories),
        state=StateSettings(**spec.get("state", {})),
        max_deletes=_delete_limit(spec.get("policy", {}).get("maxDeletes")),
        lint_ignore=tuple(rules.get("ignore", ())),
        template_variables=rules.get("templateVariables", "warn"),
        incomplete=rules.get("incomplete", "warn"),
        rate_limits=spec.get("rateLimits", {}),
        suppressions=tuple(
            Suppression(
                address=item["address"],
                drift=item["class"],
                owner=item["owner"],
                reason=item["reason"],
                expires=item["expires"],
            )
            for item in spec.get("drift", {}).get("suppressions", ())
        ),
        absent=() if named else tuple(each for each in defaults if each not in directories),
    )


def _delete_limit(value: int | str | None) -> DeleteLimit:
    """``policy.maxDeletes``: a number or a share; either replaces both defaults."""
    if value is None:
        return DeleteLimit()
    if isinstance(value, int):
        return DeleteLimit(value, None)
    return DeleteLimit(None, int(value.removesuffix("%")), share_from=0)


#: Kinds that a finding of drift may be about.
_FOUND = (*RESOURCES, application.KIND.name)


def _beyond_the_schema(
    project: Project, node: yaml_tree.Node, value: Mapping[str, Any]
) -> Iterator[Problem]:
    def at(*path: str | int) -> tuple[int, int]:
        found = violations.locate(node, ("spec", *path))
        return found.line, found.column

    yield from environments.problems(NAME, project, node)
    yield from regions.problems(NAME, project, at)
    named = value["spec"].get("manifests", ())
    faults = {index: directory_fault(project.root, name) for index, name in enumerate(named)}
    for index, fault in faults.items():
        if fault:
            message = directory_problem(named[index], fault)
            yield _problem(at("manifests", index), "SMS116", message)
    if not any(faults.values()):  # a misspelt one is not left out
        yield from _left_out(project, at("manifests"))
    for index, code in enumerate(project.lint_ignore):
        if fault := lint.exception_fault(code):
            yield _problem(at("lint", "ignore", index), "SMS117", fault)
    for index, item in enumerate(project.suppressions):
        where = ("drift", "suppressions", index)
        try:
            date.fromisoformat(item.expires)
        except ValueError:
            message = T("expires: {day} is not a day of the calendar", day=item.expires)
            yield _problem(at(*where, "expires"), "SMS114", message)
        kind = item.address.partition(".")[0]
        if kind not in _FOUND:
            message = T(
                "address: no kind {kind}; kinds are {kinds}", kind=kind, kinds=", ".join(_FOUND)
            )
            yield _problem(at(*where, "address"), "SMS114", message)


def _left_out(project: Project, at: tuple[int, int]) -> Iterator[Problem]:
    """Directories that would be read if the file named none, and hold manifests."""
    if _UNREAD in project.lint_ignore:
        return
    for name in unread.directories(project.root, project.manifests, default_directories()):
        message = T(
            "{name}/ holds manifests that are not read; add it to spec.manifests, or remove that "
            "line: then {usual} are read",
            name=name,
            usual=listing(default_directories()),
        )
        yield Problem(NAME, *at, _UNREAD, Severity.WARNING, message)


_UNREAD = "SMS122"
#: A clone has no directory that became empty: git keeps files.
_GONE = T(
    "; correct the name, remove it from spec.manifests, or create it (with a .gitkeep while it is "
    "empty)"
)


def directory_problem(name: str, reason: Text) -> Text:
    """What is wrong with the directory ``name`` of manifests."""
    return T("directory {name}: {reason}", name=name, reason=reason)


def directory_fault(root: Path, name: str) -> Text:
    """Why ``name`` cannot be a directory of manifests; nothing when it can."""
    try:
        relative = confined.inside(name)
    except confined.FileRefused as refused:
        return refused.message_text
    place = root
    for part in relative.split("/"):
        place /= part
        try:
            found = place.lstat()
        except FileNotFoundError:
            near = violations.closest(part, _beside(place))
            return T("there is no such directory{advice}", advice=near or _GONE)
        except OSError as error:
            return T("it cannot be read: {reason}", reason=error.strerror)
        if stat.S_ISLNK(found.st_mode):
            return T("a symbolic link is not followed; name the directory itself")
        if not stat.S_ISDIR(found.st_mode):
            return T("it is not a directory")
    readable = os.access(place, os.R_OK | os.X_OK)
    return NOTHING if readable else T("it cannot be read: permission denied")


def _beside(place: Path) -> list[str]:
    """The names of the directories next to ``place``."""
    try:
        with os.scandir(place.parent) as listing:
            return [entry.name for entry in listing if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
