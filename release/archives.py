"""Wheel and sdist: built so that everybody gets the same bytes, and looked into."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

#: What a wheel may hold at its top, beside ``smsops-VERSION.dist-info``.
PACKAGE = "smsops"
#: Where the man page lands, relative to the environment: pipx shows it to ``man``.
MAN_PAGE = "share/man/man1/smsops.1"
#: What no archive holds: caches, environments, states, and what git and editors leave.
UNWANTED = frozenset(
    (
        *(".git", ".venv", ".smsops", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
        *("__pycache__", "node_modules", ".DS_Store", ".idea", ".vscode", ".env"),
    )
)
_BACKEND = """
import sys, hatchling.build
hatchling.build.build_wheel(sys.argv[1])
hatchling.build.build_sdist(sys.argv[1])
"""


class NotBuilt(Exception):
    """The build backend failed."""


def build(source: Path, into: Path, *, epoch: int) -> list[Path]:
    """Build the wheel and the sdist of ``source`` with the hatchling of this environment."""
    into.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", _BACKEND, str(into.resolve())],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"]
        raise NotBuilt(said[-1])
    return sorted(path for path in into.iterdir() if path.suffix in (".whl", ".gz"))


def digests(files: list[Path]) -> dict[str, str]:
    """Name -> SHA-256."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}


def sums(files: list[Path]) -> str:
    """What ``sha256sum --check`` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests(files).items()))


def names(archive: Path) -> list[str]:
    """The files in a wheel or an sdist; of an sdist without its one directory."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.namelist()
    with tarfile.open(archive) as sdist:
        return [name.partition("/")[2] for name in sdist.getnames()]


def wheel_faults(found: list[str], version: str) -> list[str]:
    """What is wrong with the files of a wheel."""
    about, extra = f"{PACKAGE}-{version}.dist-info", f"{PACKAGE}-{version}.data"
    tops = {name.partition("/")[0] for name in found}
    faults = [f"{top}/ is no part of smsops" for top in sorted(tops - {PACKAGE, about, extra})]
    faults += [
        f"{name} is missing"
        for name in (f"{about}/licenses/LICENSE", f"{extra}/data/{MAN_PAGE}", "smsops/py.typed")
        if name not in found
    ]
    return faults + unwanted(found)


def sdist_faults(found: list[str], committed: list[str]) -> list[str]:
    """What is wrong with the files of an sdist: only committed ones, and those that rebuild it."""
    faults = [
        f"{name} is missing"
        for name in ("LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "man/smsops.1")
        if name not in found
    ]
    known = {"", "PKG-INFO", *committed}
    faults += [f"{name} is not committed" for name in sorted(set(found) - known)]
    return faults + unwanted(found)


def unwanted(found: list[str]) -> list[str]:
    """Files that only a developer has."""
    return [f"{name} is in it" for name in found if UNWANTED & set(name.split("/"))]
