"""Files of an application: which of them are read, and which are not and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from smsops.errors import SmsopsError
from smsops.sources import other, settings
from smsops.sources.judge import Index, Verdicts, judged
from smsops.sources.tokens import LANGUAGES, source
from smsops.sources.uses import Use, uses, worth_reading
from smsops.text.messages import T, Text

#: What is fetched, built or kept by tools, and no source of the application.
SKIPPED = frozenset(
    {
        *(".git", ".hg", ".svn", ".idea", ".vscode", ".smsops", ".gradle", ".next", ".nuxt"),
        *("node_modules", "bower_components", "vendor", "site-packages", "__pycache__"),
        *(
            ".venv",
            "venv",
            ".tox",
            ".nox",
            ".hypothesis",
            ".mypy_cache",
            ".pytest_cache",
            ".ruff_cache",
        ),
        *("target", "build", "dist", "out"),
    }
)
#: Files that package managers write, of any size.
LOCKS = frozenset({"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml"})
#: Bytes; what is larger was written by a program, and takes long.
LARGEST = 1024 * 1024
#: Bytes by which a picture or a program is known.
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that should have been read."""

    file: str
    why: Text


@dataclass(slots=True)
class Found:
    """What was read of a directory, and what was not. ``others``: how many files of an ending that
    nobody reads; ``glanced``: what those of them show that send, or hold a recorded id;
    ``skipped``: directories, and lock files.
    """

    read: dict[str, Verdicts] = field(default_factory=dict)
    glanced: dict[str, Verdicts] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def check(
    root: Path, index: Index, *, exclude: Sequence[str] = (), outputs: Path | None = None
) -> Found:
    """Judge every source and configuration file under ``root``. ``exclude``: patterns of paths;
    ``outputs``: the file that all are compared with, and is no part of the application.

    Raises :class:`smsops.errors.SmsopsError` when ``root`` is no directory.
    """
    if not root.is_dir():
        raise SmsopsError(
            T("{root} is no directory", root=root),
            hint=T("Name the directory of the application's sources."),
        )
    found = Found()
    for name, path in _files(root, found, exclude):
        if outputs is not None and path.is_file() and path.samefile(outputs):
            continue
        kind = _kind(path.name)
        if kind is None:
            found.others[path.suffix or path.name] += 1
            if glanced := _glance(path):
                found.glanced[name] = judged(name, glanced, other.uses(glanced, index), index)
            continue
        text = _text(path)
        if isinstance(text, Text):
            found.unread.append(Unread(name, text))
        else:
            found.read[name] = judged(name, text, _uses(text, kind), index)
    return found


def _uses(text: str, kind: str) -> Iterator[Use]:
    if not worth_reading(text):
        return iter(())
    return settings.uses(text) if kind == "" else uses(source(text, kind), text)


def _files(root: Path, found: Found, exclude: Sequence[str]) -> Iterator[tuple[str, Path]]:
    def refused(error: OSError) -> None:
        name = PurePosixPath(os.path.relpath(error.filename, root)).as_posix()
        found.unread.append(Unread(name, T("{strerror}", strerror=error.strerror)))

    for directory, inner, files in os.walk(root, onerror=refused):
        here = Path(directory)
        kept = []
        for each in sorted(inner):
            name = (here / each).relative_to(root).as_posix()
            if _matches(name, exclude):
                found.excluded.append(f"{name}/")
            elif each in SKIPPED:
                found.skipped.append(f"{name}/")
            elif (here / each).is_symlink():
                found.unread.append(Unread(f"{name}/", T("a symbolic link")))
            else:
                kept.append(each)
        inner[:] = kept
        for each in sorted(files):
            path = here / each
            name = path.relative_to(root).as_posix()
            if _matches(name, exclude):
                found.excluded.append(name)
            elif each in LOCKS:
                found.skipped.append(name)
            else:
                yield name, path


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(
        fnmatch(name, each.rstrip("/")) or fnmatch(f"/{name}", f"*/{each.rstrip('/')}")
        for each in patterns
    )


def _kind(name: str) -> str | None:
    """The language of a file, empty for configuration; ``None`` for what nobody reads."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in LANGUAGES:
        return LANGUAGES[suffix]
    return "" if suffix in settings.SUFFIXES or name.startswith(".env") else None


def _glance(path: Path) -> str:
    """The text of a file of another kind; empty for prose, and for what nobody wrote by hand."""
    if path.suffix.lower() in other.PROSE or path.is_symlink() or not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            if b"\0" in file.read(_HEAD):
                return ""
    except OSError:
        return ""
    text = _text(path)
    return "" if isinstance(text, Text) else text


def _text(path: Path) -> str | Text:
    """The text of a file, or why there is none."""
    if path.is_symlink():
        return T("a symbolic link")
    if not path.is_file():
        return T("no regular file")
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
        if len(body) > LARGEST:
            return T("larger than 1 MiB")
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return T("no UTF-8")
    except OSError as error:
        return T("{strerror}", strerror=error.strerror)
    # A line ends as compilers see it, whatever else Unicode calls an end.
    return T("no text") if "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")
