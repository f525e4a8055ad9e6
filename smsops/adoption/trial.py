"""Manifests on trial: what `validate` would say of them, before they are written into a project."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smsops.adoption import writing
from smsops.adoption.drafts import Draft
from smsops.errors import Problem, Severity, SmsopsError
from smsops.manifests import files, yaml_tree
from smsops.manifests.load import load_manifests
from smsops.manifests.problems import Problems
from smsops.model import Address, Project
from smsops.text.messages import T, Text

_FIELD = re.compile(r"  ([A-Za-z]+): ")


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of a draft in one of its fields. ``judged``: only of what would be submitted, so
    that the manifest may make an exception.
    """

    field: str
    code: str
    message: Text
    judged: bool


def faults(project: Project, drafts: Sequence[Draft]) -> Mapping[Address, tuple[Fault, ...]]:
    """The errors that ``drafts`` would have beside the manifests of ``project``.

    They are written into a directory that only this user may read, and that is removed again.
    Raises :class:`smsops.errors.SmsopsError` when that cannot be done.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="smsops-") as name:
            trial = replace(project, root=Path(name))
            _copy(project, trial)
            written = writing.write(trial, drafts, bare=True)
            # All directories are there by now that new files need.
            names = dict.fromkeys((*project.manifests, *_made(trial)))
            manifests = load_manifests(replace(trial, manifests=tuple(names), absent=()))
    except OSError as error:
        raise SmsopsError(
            T(
                "new manifests cannot be checked beside the others: {name}: {strerror}",
                name=error.filename,
                strerror=error.strerror,
            )
        ) from error
    by_file = {
        os.path.normpath(written[draft.address].relative_to(trial.root)): draft for draft in drafts
    }
    found: dict[Address, list[Fault]] = {}
    for problem in manifests.problems:
        draft = by_file.get(problem.file)
        if draft is not None and problem.severity is Severity.ERROR:
            judged = problem in manifests.undecided
            fault = Fault(_field_of(draft, problem), problem.code, problem.message, judged)
            found.setdefault(draft.address, []).append(fault)
    return {address: tuple(each) for address, each in found.items()}


def _field_of(draft: Draft, problem: Problem) -> str:
    """The field in whose line a problem of a draft is; empty where that has none. What is wrong
    with a spec as a whole is at its first field.
    """
    lines = draft.text.split("\n")
    line = lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""
    match = _FIELD.match(line)
    return match[1] if match is not None else ""


def _made(trial: Project) -> list[str]:
    return [name for name in trial.absent if (trial.root / name).is_dir()]


def _copy(project: Project, trial: Project) -> None:
    """Copy the manifests, and nothing that they name: problems of theirs are not asked for."""
    for name in project.manifests:
        (trial.root / name).mkdir(parents=True, exist_ok=True)
    for name in files.walk(project, Problems()):
        path, target = project.root / name, trial.root / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > yaml_tree.MAX_BYTES:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
