"""Wheel and sdist, built once by the backend that pip would ask, without any network."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build(what: str, source: Path, into: Path) -> Path:
    """Ask hatchling for ``wheel``, ``sdist`` or ``editable``; the finished file."""
    program = "import sys, hatchling.build as b; getattr(b, 'build_' + sys.argv[1])(sys.argv[2])"
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", program, what, str(into)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=100,
    )
    (built,) = into.iterdir()
    return built


def unpacked(built: Path, into: Path) -> Path:
    """The directory with the contents of a wheel or an sdist."""
    if built.suffix == ".whl":
        with zipfile.ZipFile(built) as archive:
            archive.extractall(into)
        return into
    with tarfile.open(built) as archive:
        # The argument came with 3.11.4, and warnings of its absence with 3.12.
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(into, **safe)  # type: ignore[arg-type]
    (inside,) = into.iterdir()
    return inside


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what an installation of the wheel holds."""
    return unpacked(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def source(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unpacked sdist."""
    return unpacked(sdist, tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what an editable installation holds."""
    made = build("editable", ROOT, tmp_path_factory.mktemp("editable"))
    return unpacked(made, tmp_path_factory.mktemp("site"))
