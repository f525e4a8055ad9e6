"""A small project with the files that a release is made of, in a repository of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from release.checks import Release
from tests.support.pages import ROOT

#: What a program says that finds nothing wrong, and one that does.
CONTENT = "#!/bin/sh\nexit 0\n"
REFUSING = "#!/bin/sh\necho 'ERROR Long description has syntax errors.' >&2\nexit 1\n"
VERSION = "1.2.3"
_CHANGELOG = f"# Changelog\n\n## [Unreleased]\n\n## [{VERSION}] - 2026-12-01\n\n- Something.\n"


class Small:
    """A checkout with one commit."""

    def __init__(self, root: Path) -> None:
        self.root = root / "checkout"
        self.programs = root / "bin"
        self.programs.mkdir(parents=True)
        for name in ("pyproject.toml", "LICENSE", "README.md", "Containerfile"):
            self.put(name, (ROOT / name).read_text("utf-8"))
        self.put("requirements-all.txt", (ROOT / "requirements-all.txt").read_text("utf-8"))
        self.put("CHANGELOG.md", _CHANGELOG)
        self.put("man/smsops.1", ".TH SMSOPS 1\n")
        self.put("schemas/sign.schema.json", "{}\n")
        self.put("smsops/__init__.py", f'__version__ = "{VERSION}"\n')
        self.put("smsops/py.typed", "")
        self.put(".gitignore", "ignored/\n")
        self.put(".github/workflows/release.yml", "on: push\n")
        for name in ("twine", "hadolint", "zizmor", "actionlint", "check-jsonschema"):
            self.program(name, CONTENT)
        self.git("init", "--quiet")
        self.commit()

    def put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        subprocess.run(["git", "-C", self.root, *who, *words], check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change something")

    def release(self, **more: object) -> Release:
        found = Release(self.root, "registry.example/python:3.13", programs=self.programs)
        return replace(found, **more)  # type: ignore[arg-type]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Writes this project's own files, as they are here, into a directory."""

    def write(into: Path) -> None:
        skipped = shutil.ignore_patterns(
            *(
                ".git",
                ".venv*",
                ".*_cache",
                ".coverage*",
                ".hypothesis",
                "__pycache__",
                "dist",
                "node_modules",
            )
        )
        shutil.copytree(ROOT, into, ignore=skipped, symlinks=True)

    return write
