"""What is built works where it is installed: from a wheel, an sdist, a checkout, or editable."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from configparser import ConfigParser
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import smsops
from tests.packaging.conftest import ROOT, build

pytestmark = pytest.mark.systems

QUICKSTART = ROOT / "examples" / "quickstart"
LIBRARIES = sysconfig.get_path("purelib")

#: Runs smsops from one directory. With -I and -S neither the working directory nor an editable
#: installation is on the path; libraries come from this environment.
_PROGRAM = """
import site, sys
place, libraries, *arguments = sys.argv[1:]
sys.path += [place, libraries]
site.addsitedir(place)
import smsops, smsops.manifests.schemas
from smsops.cli import main
print(smsops.__file__, smsops.manifests.schemas.directory(), sep="\\n", file=sys.stderr)
sys.exit(main(arguments))
"""


def run(place: Path, *arguments: str, cwd: Path) -> tuple[str, Path, Path]:
    """Run smsops from ``place``: what it printed, where it is, and where its schemas are."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(place), LIBRARIES, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd)},
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    package, schemas = ran.stderr.splitlines()[:2]
    return ran.stdout, Path(package), Path(schemas)


@pytest.mark.parametrize(
    ("place", "package", "schemas"),
    [
        ("installed", "installed/smsops", "installed/smsops/schemas"),
        ("source", "source/smsops", "source/schemas"),
        ("editable", "checkout/smsops", "checkout/schemas"),
        ("checkout", "checkout/smsops", "checkout/schemas"),
    ],
)
def test_smsops_runs_and_finds_its_schemas_from(
    place: str, package: str, schemas: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def path(text: str) -> Path:
        name, _, rest = text.partition("/")
        found: Path = ROOT if name == "checkout" else request.getfixturevalue(name)
        return found / rest if rest else found

    said, where, found = run(path(place), "--version", cwd=tmp_path)
    names, _, _ = run(path(place), "schema", "--list", cwd=tmp_path)
    sign, _, _ = run(path(place), "schema", "Sign", cwd=tmp_path)

    assert said == f"smsops {smsops.__version__}\n"
    assert where.parent == path(package)
    assert found == path(schemas)
    assert {"project", "sign", "template", "status", "output"} <= set(names.split())
    assert sign == (ROOT / "schemas" / "sign.schema.json").read_text("utf-8")


def test_the_wheel_does_the_main_job(installed: Path, tmp_path: Path) -> None:
    """Everything that reads a file of the package: schemas, codes, pages."""
    project = ("-C", str(tmp_path))
    run(installed, *project, "init", cwd=tmp_path)
    validated, _, _ = run(installed, *project, "validate", cwd=tmp_path)
    applied, _, _ = run(installed, *project, "--emulator", "apply", "--auto-approve", cwd=tmp_path)
    page, _, _ = run(installed, *project, "--emulator", "plan", "--format", "html", cwd=tmp_path)
    explained, _, _ = run(installed, "explain", "FailedOperation.MissingSignature", cwd=tmp_path)

    assert validated == "OK: 1 sign, 1 template\n"
    assert "2 created" in applied
    assert page.startswith("<!doctype html>")
    assert "MissingSignature" in explained


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "smsops").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    schemas = {f"smsops/schemas/{path.name}" for path in (ROOT / "schemas").iterdir()}
    about = {name for name in names if name.startswith(f"smsops-{smsops.__version__}.dist-info/")}

    page = f"smsops-{smsops.__version__}.data/data/share/man/man1/smsops.1"
    assert names - about == package | schemas | {page}
    assert {"smsops/py.typed", "smsops/explain/codes.json"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in about)


def test_a_wheel_of_the_sdist_is_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    """Distributions rebuild from the sdist; nothing may be missing from it."""
    again = build("wheel", source, tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {i.filename: i.CRC for i in one.infolist()} == {
            i.filename: i.CRC for i in other.infolist()
        }


def test_the_sdist_can_be_tested_where_it_lands(source: Path, sdist: Path) -> None:
    shell = ("Makefile", ".ci/run", ".ci/venv", ".ci/lock", "examples/demo.sh")
    for name in (
        *shell,
        "requirements-dev.txt",
        "requirements-all.txt",
        "Containerfile",
        "README.md",
        "LICENSE",
        "SECURITY.md",
    ):
        assert (source / name).is_file(), name
    assert (source / "tests" / "packaging" / "test_distributions.py").is_file()
    image = "examples/quickstart/signs/proofs/license.png"
    assert (source / image).read_bytes() == (ROOT / image).read_bytes()
    with tarfile.open(sdist) as archive:
        parts = {part for name in archive.getnames() for part in name.split("/")}
    assert parts & {".git", ".venv", ".smsops", "__pycache__", ".mypy_cache"} == set()


def test_pip_installs_the_wheel_with_a_working_command(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "a place with spaces"
    offline = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *offline, "--target", str(target), str(wheel)],
        check=True,
        capture_output=True,
        timeout=100,
    )
    ran = subprocess.run(
        [str(target / "bin" / "smsops"), "-C", str(QUICKSTART), "validate"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        timeout=60,
    )

    assert ran.stdout == "OK: 1 sign, 5 templates\n"
    assert ran.returncode == 0


def about(installed: Path, name: str) -> str:
    return (installed / f"smsops-{smsops.__version__}.dist-info" / name).read_text("utf-8")


def test_the_metadata_says_what_an_index_and_pip_need(installed: Path) -> None:
    metadata: Message = Parser().parsestr(about(installed, "METADATA"))
    needs = metadata.get_all("Requires-Dist", [])

    assert metadata["Name"] == "smsops"
    assert metadata["Version"] == smsops.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert set(metadata.get_all("Provides-Extra", [])) == {"server", "emulator", "postgres", "dev"}
    assert any(need.startswith("uvicorn") and "server" in need for need in needs)
    assert any(need.startswith("uvicorn") and "emulator" in need for need in needs)
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_the_console_script_is_the_program(installed: Path) -> None:
    scripts = ConfigParser()
    scripts.read_string(about(installed, "entry_points.txt"))

    assert dict(scripts["console_scripts"]) == {"smsops": "smsops.__main__:run"}


def test_the_version_has_one_source() -> None:
    assert smsops.__version__.count(".") == 2
    assert f"## [{smsops.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
