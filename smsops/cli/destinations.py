"""Directories that new manifests go to, and whether anything reads them there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smsops.errors import UsageError
from smsops.text.messages import T, Text, listed

if TYPE_CHECKING:
    from smsops.cli.context import Context
    from smsops.model import Project


def destinations(project: Project, directory: Path) -> Mapping[str, Path]:
    """Kind -> where its files go: into DIR, or where only DIR/signs is read, there."""
    from smsops.kinds import RESOURCES

    if reads(project, directory):
        return dict.fromkeys(RESOURCES, directory)
    inner = {name: directory / kind.directory for name, kind in RESOURCES.items()}
    return {name: path if reads(project, path) else directory for name, path in inner.items()}


def require_read(project: Project, places: Mapping[str, Path]) -> None:
    """Only directories whose files are read as manifests will do.

    Raises :class:`smsops.errors.UsageError`.
    """
    for directory in places.values():
        if not reads(project, directory):
            raise UsageError(
                T(
                    "{directory} is not under spec.manifests, so its files "
                    "would not be read and the next apply would delete what they "
                    "describe",
                    directory=directory,
                ),
                hint=T("Write into {read_ones}.", read_ones=read_ones(project)),
            )


def reads(project: Project, directory: Path) -> bool:
    """Whether files in ``directory`` are read as manifests, once it exists."""
    real = directory.resolve()
    for name in (*project.manifests, *project.absent):
        base = (project.root / name).resolve()
        if real.is_relative_to(base):
            return not any(part.startswith(".") for part in real.relative_to(base).parts)
    return False


def read_ones(project: Project) -> Text:
    """``signs or templates``: the directories that are read, for what the account holds."""
    from smsops.kinds import KINDS, RESOURCES

    local = {kind.directory for name, kind in KINDS.items() if name not in RESOURCES}
    names = (name for name in (*project.manifests, *project.absent) if name not in local)
    return listed(" or ", (project.root / name for name in names))


@contextmanager
def new_schemas_named(
    context: Context, project: Project, directories: Iterable[Path]
) -> Iterator[None]:
    """Say which schemas came with manifests that were written into ``directories`` meanwhile: a
    commit of the manifests alone would leave the editors of others without.
    """
    from smsops.adoption.writing import schema_for

    there = {path: path.exists() for path in (schema_for(project, each) for each in directories)}
    yield
    for path in sorted(path for path, before in there.items() if not before and path.exists()):
        context.log(
            T("Note: editors check the manifests by {path}: commit it with them.", path=path)
        )
