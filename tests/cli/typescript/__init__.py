"""The compiler of TypeScript, installed from the lock file beside this module."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.installed import installed

_FILES = ("package.json", "package-lock.json")


def compiler() -> tuple[str, ...]:
    """The beginning of its command line. Skips where there is no Node.js."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"no TypeScript is compiled: there is no {program} here")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    place = installed(Path(__file__).parent, "typescript", _FILES, ("npm", "ci", *quiet))
    return "node", str(place / "node_modules" / "typescript" / "bin" / "tsc")
