"""What is released is the same from every place, and says what it is made of."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import smsops
from release import archives, containerfile, locked, man, sbom
from release.__main__ import main
from release.changelog import Changelog
from release.checks import READERS, page_faults
from release.man import EXIT_STATUS
from smsops.cli import COMMANDS
from smsops.errors import Exit
from tests.release.conftest import VERSION, Small
from tests.support.pages import ROOT

pytestmark = pytest.mark.systems

EPOCH = 1_780_000_000


def test_built_twice_the_archives_are_byte_for_byte_the_same(
    committed: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two places, with other rights and times of the files, in other time zones."""
    built = []
    for name, umask, zone in (("one", 0o022, "UTC"), ("the other place", 0o077, "Asia/Shanghai")):
        before = os.umask(umask)
        try:
            committed(tmp_path / name / "smsops")
        finally:
            os.umask(before)
        for path in (tmp_path / name / "smsops").rglob("*.py"):
            path.chmod(0o666 & ~umask)
            os.utime(path, (umask, umask))
        monkeypatch.setenv("TZ", zone)
        source = tmp_path / name / "smsops"
        built.append(archives.build(source, tmp_path / name / "dist", epoch=EPOCH))

    assert [path.name for path in built[0]] == [
        f"smsops-{smsops.__version__}-py3-none-any.whl",
        f"smsops-{smsops.__version__}.tar.gz",
    ]
    assert archives.digests(built[0]) == archives.digests(built[1])
    later = archives.build(source, tmp_path / "later", epoch=EPOCH + 1000)
    assert archives.digests(later) != archives.digests(built[0])  # the time is of the commit
    assert archives.wheel_faults(archives.names(built[0][0]), smsops.__version__) == []


def test_the_bill_of_materials_is_valid_and_the_same_every_time() -> None:
    runtime = locked.runtime(ROOT)
    text = sbom.document(runtime, version="1.2.3", time=EPOCH)
    bill = json.loads(text)
    scopes = {part["name"]: part["scope"] for part in bill["components"]}
    pinned = set(re.findall(r"^([a-z0-9-]+)==", _of("examples/ci/requirements.txt"), re.M))
    to_build = set(re.findall(r"([\w-]+)", _uninstalled()))

    assert text == sbom.document(locked.runtime(ROOT), version="1.2.3", time=EPOCH)
    assert sbom.faults(text) == []
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["timestamp"] == "2026-05-28T20:26:40+00:00"
    assert bill["metadata"]["component"]["purl"] == "pkg:pypi/smsops@1.2.3"
    required = {name for name, scope in scopes.items() if scope == "required"}
    assert required == pinned - to_build == runtime.required
    assert scopes["uvicorn"] == scopes["psycopg"] == "optional"
    hashes = bill["components"][0]["externalReferences"][0]["hashes"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", each["content"]) for each in hashes)
    depends = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    root = {ref.partition("@")[0] for ref in depends["pkg:pypi/smsops@1.2.3"]}
    assert root == {f"pkg:pypi/{name}" for name in runtime.direct}
    (httpx,) = (refs for ref, refs in depends.items() if ref.startswith("pkg:pypi/httpx@"))
    assert any(ref.startswith("pkg:pypi/httpcore@") for ref in httpx)


def test_a_bill_that_breaks_the_schema_is_refused() -> None:
    text = sbom.document(locked.runtime(ROOT), version="1.2.3", time=EPOCH)

    assert sbom.faults(text.replace('"library"', '"book"', 1)) != []


def test_the_man_page_is_the_one_of_these_commands() -> None:
    page = ROOT / man.PAGE
    text = page.read_text("utf-8")

    assert text == man.page(Changelog.of(ROOT)), "run: make man"
    assert text.isascii()
    assert EXIT_STATUS.keys() == set(Exit)
    for name in COMMANDS:
        assert f'.SS "smsops {man.text(name)}"' in text
    assert list(page_faults(page)) == []


@pytest.mark.parametrize(
    ("plain", "roff"),
    [
        ("-v, --verbose", r"\-v, \-\-verbose"),
        (".smsops/x\n.y", "\\&.smsops/x\n\\&.y"),
        (r"a\b", r"a\eb"),
        ("it's `a` ~/b", r"it\(aqs \(gaa\(ga \(ti/b"),
        ("验", r"\[u9A8C]"),
    ],
)
def test_no_text_is_a_request_to_the_formatter(plain: str, roff: str) -> None:
    assert man.text(plain) == roff


@pytest.mark.parametrize("program", READERS)
def test_a_broken_page_is_noticed(program: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.1"
    path.write_text('.TH X 1 "2026-11-27" "x"\n.SH NAME\nx \\- y\n.SS "open\n\\[unknown-glyph]\n')
    if subprocess.run(["which", program], capture_output=True).returncode:
        pytest.skip(f"{program} is not installed")

    assert any(line.startswith(f"{program}: ") for line in page_faults(path))


# -- the image -------------------------------------------------------------------------------------


def _of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _uninstalled() -> str:
    (found,) = re.findall(r"uninstall --yes (hatchling.*?) &&", containerfile.of(ROOT))
    return str(found)


def test_the_image_leaves_out_what_only_builds() -> None:
    found = locked.releases(_of(locked.LOCK))
    kept = {item.name for item in locked.runtime(ROOT).releases}

    assert set(_uninstalled().split()) == locked.closure(found, {"hatchling"}) - kept


def test_the_containerfile_copies_what_is_there_and_not_ignored() -> None:
    let_in = {line[1:] for line in _of(".dockerignore").splitlines() if line.startswith("!")}
    copied = {
        word
        for each in containerfile.instructions(containerfile.of(ROOT))
        if each.name == "COPY" and not each.words.startswith("--from")
        for word in each.words.split()[:-1]
    }

    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ARG BASE\n", "ARG BASE=python:3.13\n", "ARG BASE has a default"),
        ("USER 65532:65532\n", "", "it would run as root"),
        ("USER 65532:65532\n", "USER 0:0\n", "it would run as root"),
        ("FROM ${BASE}\n", "FROM python:3.13\n", "FROM python:3.13 is not the base"),
        ("COPY man man", "ADD https://example.com/man man", "ADD https://example.com/man"),
    ],
)
def test_a_containerfile_that_is_not_sound_is_noticed(old: str, new: str, said: str) -> None:
    text = containerfile.of(ROOT)

    assert containerfile.faults(text) == []
    assert old in text
    assert any(said in fault for fault in containerfile.faults(text.replace(old, new)))


# -- make dist -------------------------------------------------------------------------------------


def test_one_command_makes_all_of_a_release(
    small: Small,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of the commit, whatever lies about; and never on top of another build."""
    monkeypatch.setattr("release.__main__.here", lambda: small.root)
    small.put("smsops/uncommitted.py", "")
    into = tmp_path / "dist"

    assert main(["dist", "--into", str(into)]) == 0
    files = sorted(path.name for path in into.iterdir())
    assert files == [
        "SHA256SUMS",
        f"smsops-{VERSION}-py3-none-any.whl",
        f"smsops-{VERSION}.cdx.json",
        f"smsops-{VERSION}.tar.gz",
        "smsops.1",
    ]
    wheel = archives.names(into / f"smsops-{VERSION}-py3-none-any.whl")
    assert "smsops/uncommitted.py" not in wheel
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=into, capture_output=True).returncode == 0

    assert main(["dist", "--into", str(into)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert main(["notes"]) == 0
    assert capsys.readouterr().out == "- Something.\n"
