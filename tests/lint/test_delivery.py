"""SMS4xx: applications and probes, read from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.manifests.load import load_manifests, load_project
from smsops.manifests.source import lines as source
from tests.support.environments import patch
from tests.support.manifests import PNG, PROJECT, SIGN, TEMPLATE, Files, lines, load, write

APPLICATION = """\
apiVersion: smsops/v1
kind: Application
metadata: {name: shop}
spec:
  sdkAppId: 1400006666
  objectives:
    deliveryRate: {min: 0.95, window: 24h, least: 100}
    packageExpiry: {min: 14d}
"""
PROBE = """\
apiVersion: smsops/v1
kind: Probe
metadata: {name: login}
spec:
  channel: tencent
  application: shop
  sign: acme
  template: login
  params: [{digits: 6}]
  to: {env: SMSOPS_PROBE_PHONE}
"""
YISHA = """\
apiVersion: smsops/v1
kind: Probe
metadata: {name: login}
spec:
  channel: yisha
  templateId: 01234567890abcdef
  to: {env: SMSOPS_PROBE_PHONE}
"""


def found(root: Path, probe: str = PROBE, **more: str) -> list[str]:
    """Problems of a sound project with this probe."""
    files: Files = {
        "signs/proof.png": PNG,
        "signs/acme.yaml": SIGN,
        "templates/login.yaml": TEMPLATE,
        "applications/shop.yaml": APPLICATION,
        "probes/login.yaml": probe,
        **{f"applications/{name}.yaml": text for name, text in more.items()},
    }
    return lines(load(root, files).problems)


@pytest.mark.parametrize("probe", [PROBE, YISHA], ids=["tencent", "yisha"])
def test_a_sound_probe_has_no_problem(probe: str, tmp_path: Path) -> None:
    assert found(tmp_path, probe) == []


CASES = [
    ("application: shop", "application: other", "6:16 SMS404"),
    ("sign: acme", "sign: other", "7:9 SMS405"),
    ("template: login", "template: other", "8:13 SMS406"),
    ("channel: tencent", "channel: yisha", "5:12 SMS407"),
    ("  sign: acme\n", "", "5:3 SMS408"),
    ("[{digits: 6}]", "['1', '2']", "9:11 SMS409"),
    ("digits: 6", "digits: 7", "9:11 SMS410"),
    ("[{digits: 6}]", "[abc]", "9:11 SMS410"),
    ("{env: SMSOPS_PROBE_PHONE}", "{}", "10:7 SMS412"),
    ("PHONE}", "PHONE}\n  expect: {reply: {matches: '['}}", "11:11 SMS413"),
    (": tencent", ": tencent-2019\n  reportConversion: true", "6:21 SMS411"),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_a_finding_points_at_its_field(old: str, new: str, expected: str, tmp_path: Path) -> None:
    problems = found(tmp_path, PROBE.replace(old, new))
    assert f"probes/login.yaml:{expected}" in problems


def test_an_application_is_declared_once(tmp_path: Path) -> None:
    twin = APPLICATION.replace("name: shop", "name: twin")
    assert found(tmp_path, twin=twin) == ["applications/twin.yaml:5:13 SMS402"]


def test_packages_are_of_the_domestic_site_only(tmp_path: Path) -> None:
    """In the environment that is there; a patch takes the objective away."""
    environments = "  environments:\n    home: {}\n    abroad: {site: intl}\n"
    files: Files = {"applications/shop.yaml": APPLICATION}
    root = write(tmp_path, files, project=PROJECT + environments)
    project = load_project(root)
    home, abroad = project.environments
    assert lines(load_manifests(project.within(home)).problems) == []
    found = load_manifests(project.within(abroad))
    assert lines(found.problems) == ["applications/shop.yaml:7:5 SMS403"]
    assert found.errors
    patch(root, "abroad", "application.shop", "spec: {objectives: {packageExpiry: null}}")
    assert lines(load_manifests(project.within(abroad)).problems) == []


@pytest.mark.parametrize(
    "written",
    [
        "'+8613800000123'",
        "13800000123",
        "12025550123",
        "{env: '13800000123'}",
        "{file: /run/138-0000-0123}",
        "{env: PHONE} # 138 0000 0123",
    ],
)
def test_a_number_is_refused_and_repeated_by_nothing(written: str, tmp_path: Path) -> None:
    probe = PROBE.replace("{env: SMSOPS_PROBE_PHONE}", written)
    files: Files = {"probes/login.yaml": probe}
    problems = load(tmp_path, files).problems
    assert "SMS401" in {each.code for each in problems}
    said = " ".join(str(each.message) for each in problems)
    assert "0123" in said
    assert not any(piece in said for piece in ("38000", "138 0000", "138-0000", "2025550"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: login}", "name: p13800000123}"),
        ("name: login}", "name: login-8613800000123}"),
        ("name: login}", "name: login, labels: {owner: tel13800000123}}"),
        ("application: shop", "application: shop13800000123"),
        ("channel: tencent", "channel: '13800000123'"),
        ("params: [{digits: 6}]", "params: ['no13800000123']"),
    ],
)
def test_a_number_inside_a_word_is_one(old: str, new: str, tmp_path: Path) -> None:
    """A name is an address, which state, ledger and every report repeat."""
    files: Files = {"probes/login.yaml": PROBE.replace(old, new)}
    problems = load(tmp_path, files).problems
    assert "SMS401" in {each.code for each in problems}
    assert "38000" not in " ".join(f"{each.message} {each.file}" for each in problems)
    assert not any("38000" in line for line in source(tmp_path, problems).values())
    # One problem at one place: what a number leaves behind is nobody's mistake.
    assert len({(each.line, each.column) for each in problems}) == len(problems)


@pytest.mark.parametrize("id", ["13800000123", "8619900000123"])
def test_a_mobile_number_is_no_id_of_an_application(id: str, tmp_path: Path) -> None:
    files: Files = {"applications/shop.yaml": APPLICATION.replace("1400006666", id)}
    problems = load(tmp_path, files).problems
    (first,) = problems
    assert first.code == "SMS401"
    assert (first.line, first.column) == (5, 13)
    assert "spec.sdkAppId: a phone number" in str(first.message)
    assert not any(id[:-4] in str(each.message) for each in problems)


@pytest.mark.parametrize("file", ["13800000123", "p13800000123", "138-0000-0123/login"])
def test_a_number_is_no_name_of_a_file(file: str, tmp_path: Path) -> None:
    (only,) = load(tmp_path, {f"probes/{file}.yaml": YISHA}).problems
    assert (only.code, only.line) == ("SMS401", 0)
    assert "0123" in only.file
    assert not any(piece in only.file for piece in ("38000", "38-0000"))


def test_what_only_looks_like_a_number_stays(tmp_path: Path) -> None:
    """Ids of applications, of templates of Yisha, and names with days in them."""
    for id in ("1400006666", "1900006666", "2400000000", "12345678901"):
        files: Files = {"applications/shop.yaml": APPLICATION.replace("1400006666", id)}
        assert lines(load(tmp_path, files).problems) == []
    for day in ("20261127103000", "1800000000000", "login-2026-11-27"):
        assert lines(load(tmp_path / day, {f"probes/{day}.yaml": YISHA}).problems) == []
    named = YISHA.replace("name: login}", "name: v20261127-1400006666}")
    hexadecimal = "01234567890abcdef"
    for template in (hexadecimal, "ab13800000123cdef"):
        probe = named.replace(hexadecimal, template)
        assert lines(load(tmp_path, {"probes/login.yaml": probe}).problems) == []


def test_a_patch_names_no_number(tmp_path: Path) -> None:
    root = write(tmp_path, {}, project=PROJECT + "  environments:\n    home: {}\n")
    patch(root, "home", "probe.p13800000123", "present: false")
    project = load_project(root)
    found = load_manifests(project.within(project.environments[0]))
    (only,) = found.problems
    assert only.code == "SMS401"
    assert "38000" not in str(only.message)
