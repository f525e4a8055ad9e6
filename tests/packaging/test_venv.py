"""What `make` installs, and when it installs again; pip and venv only say what they were asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

#: A Python that runs programs, and writes down which modules it was asked to run.
PYTHON = f"""#!/bin/sh
case "$1 $2" in
"-m venv")
    echo "venv $3" >> "$ASKED"
    rm -rf "$4" && mkdir -p "$4/bin" && cp "$0" "$4/bin/python"
    ;;
"-m pip")
    shift 2
    echo "pip $*" >> "$ASKED"
    [ ! -e "$ASKED.broken" ]
    ;;
*) exec "{sys.executable}" "$@" ;;
esac
"""
QUIET = "pip --quiet --disable-pip-version-check"
LIBRARIES = f"{QUIET} install --require-hashes --requirement requirements-dev.txt"
ITSELF = f"{QUIET} install --no-deps --no-build-isolation --editable ."
EVERYTHING = ["venv --clear", LIBRARIES, ITSELF]


class Checkout:
    def __init__(self, place: Path) -> None:
        self.place = place / "checkout"
        self.place.mkdir()
        for name in ("pyproject.toml", "requirements-dev.txt", "requirements-release.txt"):
            shutil.copy(ROOT / name, self.place)
        self.python = place / "python"
        self.python.write_text(PYTHON)
        self.python.chmod(0o755)
        self.asked = place / "asked"
        self.broken = place / "asked.broken"

    def make(self, *arguments: str, code: int = 0) -> list[str]:
        """Run the script; what it had done, in order."""
        self.asked.write_text("")
        ran = subprocess.run(
            ["sh", str(ROOT / ".ci" / "venv"), *(arguments or (".venv", str(self.python)))],
            cwd=self.place,
            env={"PATH": "/usr/bin:/bin", "ASKED": str(self.asked)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == code, ran.stderr
        return self.asked.read_text().splitlines()

    def change(self, name: str) -> None:
        with (self.place / name).open("a") as file:
            file.write("# changed\n")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_second_time_there_is_nothing_to_do(checkout: Checkout) -> None:
    assert checkout.make() == EVERYTHING
    assert checkout.make() == []
    assert checkout.make(".venv", "") == []


def test_another_lock_makes_another_environment(checkout: Checkout) -> None:
    """An upgrade in place would leave what the lock does not name any more."""
    checkout.make()
    checkout.change("requirements-dev.txt")

    assert checkout.make() == EVERYTHING
    assert checkout.make() == []


def test_another_pyproject_installs_smsops_again_and_nothing_else(checkout: Checkout) -> None:
    checkout.make()
    checkout.change("pyproject.toml")

    assert checkout.make() == [ITSELF]
    assert checkout.make() == []


def test_a_checkout_that_was_moved_is_made_again(checkout: Checkout) -> None:
    checkout.make()
    checkout.place = checkout.place.rename(checkout.place.with_name("elsewhere"))

    assert checkout.make() == EVERYTHING


def test_what_broke_off_is_made_again(checkout: Checkout) -> None:
    checkout.broken.touch()
    assert checkout.make(code=1) == EVERYTHING[:2]
    checkout.broken.unlink()

    assert checkout.make() == EVERYTHING


def test_the_newest_is_looked_for_every_time(checkout: Checkout) -> None:
    newest = [
        "venv --clear",
        f"{QUIET} install --upgrade --editable .[dev]",
        ITSELF,
    ]
    for _ in range(2):
        assert checkout.make(".venv-newest", str(checkout.python), "newest") == newest


def test_the_newest_is_not_taken_for_the_lock(checkout: Checkout) -> None:
    checkout.make(".venv", str(checkout.python), "newest")

    assert checkout.make() == EVERYTHING


def test_an_unknown_set_is_refused(checkout: Checkout) -> None:
    assert checkout.make(".venv", str(checkout.python), "latest", code=64) == []


def test_a_release_has_an_environment_of_its_own_lock(checkout: Checkout) -> None:
    arguments = (".venv-release", str(checkout.python), "release")
    of_release = LIBRARIES.replace("-dev", "-release")

    assert checkout.make(*arguments) == ["venv --clear", of_release, ITSELF]
    checkout.change("requirements-dev.txt")
    assert checkout.make(*arguments) == []
    checkout.change("requirements-release.txt")
    assert checkout.make(*arguments) == ["venv --clear", of_release, ITSELF]
