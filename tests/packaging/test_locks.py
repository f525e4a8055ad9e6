"""The lock files pin what pyproject.toml asks for, by hash, for every Python and platform here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.packaging.conftest import ROOT
from tests.support.pythons import PYTHONS

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
TO_BUILD: list[str] = PROJECT["build-system"]["requires"]
TO_RUN: list[str] = PROJECT["project"]["dependencies"]
#: What each lock file is for.
LOCKS = {
    "requirements-dev.txt": [*TO_BUILD, *TO_RUN, *EXTRAS["dev"], *EXTRAS["emulator"]],
    "requirements-all.txt": [*TO_BUILD, *TO_RUN, *EXTRAS["server"], *EXTRAS["postgres"]],
    "requirements-release.txt": [*TO_RUN, *PROJECT["dependency-groups"]["release"]],
    "examples/ci/requirements.txt": [*TO_BUILD, *TO_RUN],
}
PLACES = [
    {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "sys_platform": system,
        "platform_system": "Darwin" if system == "darwin" else "Linux",
        "os_name": "posix",
        "platform_machine": machine,
        "extra": "",
    }
    for python in PYTHONS
    for system, machine in [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]
]
every_lock = pytest.mark.parametrize("name", LOCKS)


class Pin(NamedTuple):
    """One release of one distribution, where ``marker`` holds."""

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]

    def applies(self, place: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(place)


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def pins(text: str) -> list[Pin]:
    found = []
    for line in lines(text):
        what, *hashes = re.split(r" +--hash=", line.strip())
        pinned = re.fullmatch(r"([a-z0-9-]+)==([^ ;]+)(?: +; +(.+))?", what.strip())
        assert pinned, f"not pinned by one release: {what}"
        marker = Marker(pinned[3]) if pinned[3] else None
        found.append(Pin(pinned[1], pinned[2], marker, tuple(each.strip() for each in hashes)))
    return found


def unmet(needed: Sequence[str], locked: Sequence[Pin]) -> list[str]:
    """What is asked for and not pinned exactly once, by a release that is allowed, somewhere."""
    missing: dict[str, None] = {}
    for place in PLACES:
        for item in map(Requirement, needed):
            name = canonicalize_name(item.name)
            if name == "smsops" or (item.marker and not item.marker.evaluate(place)):
                continue
            found = [pin.version for pin in locked if pin.name == name and pin.applies(place)]
            if len(found) != 1 or not item.specifier.contains(found[0], prereleases=True):
                missing[f"{item} on Python {place['python_version']}: {found}"] = None
    return list(missing)


@every_lock
def test_a_lock_has_a_release_for_all_that_pyproject_asks_for(name: str) -> None:
    assert unmet(LOCKS[name], pins(text_of(name))) == [], "run: make lock"


def test_a_lock_that_is_too_old_is_noticed() -> None:
    """The check above can fail: raised bounds, new dependencies, one Python left out."""
    text = "click==8.5.1 ; python_full_version >= '3.12' --hash=sha256:00\nrich==15.0.0 --hash=x"
    locked = pins(text)
    elsewhere = [python for python in PYTHONS if python != "3.11"]

    assert unmet(["rich>=13"], locked) == []
    assert unmet(["click>=8"], locked) == ["click>=8 on Python 3.11: []"]
    assert unmet(["Rich>=15.0.1"], locked) == [
        f"Rich>=15.0.1 on Python {python}: ['15.0.0']" for python in PYTHONS
    ]
    assert unmet(["uv; python_version >= '3.12'"], locked) == [
        f'uv; python_version >= "3.12" on Python {python}: []' for python in elsewhere
    ]


@every_lock
def test_every_pin_has_its_hashes(name: str) -> None:
    """Without them pip would take a whole other archive of the same release."""
    for pin in pins(text_of(name)):
        assert pin.hashes, pin.name
        for each in pin.hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", each), pin.name


@every_lock
def test_a_lock_names_no_registry_and_no_place_of_one_machine(name: str) -> None:
    """Everybody asks the registry of their own choice."""
    text = text_of(name)

    assert "://" not in text
    assert not re.search(r"(?:^|\s)(?:--(?!hash=)|-[a-z]\b|/|\.\.?/|~)", text, re.MULTILINE)


def test_users_get_the_releases_that_the_suite_runs_with() -> None:
    def given(name: str) -> set[tuple[str, str]]:
        return {(pin.name, pin.version) for pin in pins(text_of(name))}

    tested = given("requirements-dev.txt")
    assert given("examples/ci/requirements.txt") < given("requirements-all.txt") < tested


def test_every_python_that_is_promised_is_allowed_and_tried() -> None:
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    tried = re.search(r'^pythons="(.*)"$', text_of(".ci/run"), re.MULTILINE)

    assert PYTHONS[0] == "3.11"
    assert all(python in allowed for python in PYTHONS)
    assert tried
    assert tried[1].split() == PYTHONS
