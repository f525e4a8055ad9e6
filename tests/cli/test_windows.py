"""Without flock and its like, what only reads works, and the rest says why it does not."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsops.manifests import confined
from smsops.platforms import Needing, PlatformError, require
from tests.support.account import Account
from tests.support.pages import ROOT
from tests.support.project import Ran
from tests.support.served_project import ServedProject, served_project
from tests.support.state_server import StateServer


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedProject]:
    """A project that was applied elsewhere, and whose state is here."""
    root = tmp_path_factory.mktemp("windows")
    with Account(root / "account.json") as account:
        found = served_project(root / "sms", account).begin(1)
        found.sign("acme", "艾克米")
        assert found.apply().code == 0
        account.approve()
        assert found.apply().code == 0
        found.template("t1")
        account.emulator.seed(
            [{"kind": "template", "templateName": "别人的", "content": "别人的{1}。", "id": 1199}]
        )
        yield found


def on_windows(project: ServedProject, *lines: str) -> dict[str, Ran]:
    """Run command lines on ``project``, all in one process: importing everything takes a second."""
    words = [
        ["-C", str(project.root), *(() if "emulator" in line else project.options), *line.split()]
        for line in lines
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.windows", json.dumps(words)],
        cwd=ROOT,
        env={**os.environ, **project.environment, "HOME": str(project.root / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return {line: Ran(*ended) for line, ended in zip(lines, json.loads(ran.stdout), strict=True)}


READING = {
    "--version": (0, "smsops "),
    "validate": (0, "OK: 1 sign, 2 templates"),
    "plan --detailed-exitcode": (2, "+ create   template.t1"),
    "status": (0, "template.t0"),
    "drift": (0, "No drift"),
    "output": (0, '"template.t0"'),
    "state list": (0, "sign.acme"),
    "export --help": (0, "Usage: smsops export"),
    "emulator serve --help": (0, "Usage: smsops emulator serve"),
    "receive --help": (0, "Usage: smsops receive"),
    "explain SMS101": (0, "SMS101"),
}
REFUSED = {
    "apply --auto-approve": Needing.LOCAL_STATE,
    "state rm sign.acme": Needing.LOCAL_STATE,
    "import template.t1 1199": Needing.LOCAL_STATE,
    "adopt": Needing.LOCAL_STATE,
    "--emulator plan": Needing.EMULATOR,
    "emulator serve --port 0": Needing.EMULATOR,
    "receive --port 0 --no-token": Needing.RECEIVER,
}


def test_what_only_reads_works_and_what_promises_more_says_why_not(
    project: ServedProject, tmp_path: Path
) -> None:
    saved = tmp_path / "change.plan"
    reading = {**READING, f"plan -o {saved}": (0, ""), f"show {saved}": (0, "template.t1")}
    manifests = sorted(project.root.rglob("*.yaml"))
    ran = on_windows(project, *reading, *REFUSED)

    for line, (code, out) in reading.items():
        assert ran[line].code == code, (line, ran[line].err)
        assert out in ran[line].out, line
    for line, needing in REFUSED.items():
        reason = f"{needing.what} does not work on Windows: it needs {needing.needs}"
        assert ran[line].code == 1, line
        assert f"Error: {reason}" in ran[line].err, line
        assert "WSL 2" in ran[line].err
    assert sorted(project.root.rglob("*.yaml")) == manifests
    left = [path.name for path in (project.root / ".smsops").iterdir()]
    assert not [name for name in left if "emulator" in name or "spool" in name]
    assert project.stored()["resources"].keys() == {"sign.acme", "template.t0"}


def test_a_git_state_and_a_ledger_in_a_file_are_refused(
    project: ServedProject, tmp_path: Path
) -> None:
    other = ServedProject(tmp_path / "sms", project.options, dict(project.environment))
    shutil.copytree(project.root, other.root)
    (other.root / ".smsops" / "ledger.db").write_bytes(b"")
    other.keep_state("git")
    ran = on_windows(other, "receipts", "plan")

    assert [each.code for each in ran.values()] == [1, 1]
    assert f"Error: {Needing.LEDGER.what} does not work on Windows" in ran["receipts"].err
    assert f"Error: {Needing.GIT_STATE.what} does not work on Windows" in ran["plan"].err


def test_with_a_state_on_a_server_apply_works(tmp_path: Path) -> None:
    with StateServer() as server, Account(tmp_path / "account.json") as account:
        project = served_project(tmp_path / "sms", account).begin(1)
        project.keep_state("http")
        project.environment.update(server.environment)
        project.sign("acme", "艾克米")
        apply, plan = on_windows(project, "apply --auto-approve", "plan").values()
        assert apply.code == 0, apply.err
        assert len(account.adds()) == 2
        assert "Plan: nothing to do; 2 waiting." in plan.out
        assert server.lock is None


# -- files of the project, by their names ----------------------------------------------------------


@pytest.fixture
def by_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("smsops.platforms.fcntl", None)
    (tmp_path / "signs").mkdir()
    (tmp_path / "signs" / "Acme.yaml").write_bytes(b"kind: Sign\n")
    return tmp_path


def test_a_file_is_read_by_its_name(by_names: Path) -> None:
    assert confined.read(by_names, "signs/Acme.yaml", limit=100, single=True) == b"kind: Sign\n"
    assert confined.spelled(by_names, "SIGNS/acme.YAML") == "signs/Acme.yaml"
    with pytest.raises(confined.FileMissing):
        confined.read(by_names, "signs/gone.yaml", limit=100)
    with pytest.raises(confined.FileTooLarge):
        confined.read(by_names, "signs/Acme.yaml", limit=3)


@pytest.mark.parametrize(
    "name", ["link.yaml", "linked/Acme.yaml", "pipe", "signs", "C:\\x", "a:b", "..\\..\\x"]
)
def test_nothing_outside_is_read_by_its_name(by_names: Path, name: str) -> None:
    (by_names / "link.yaml").symlink_to(by_names / "signs" / "Acme.yaml")
    (by_names / "linked").symlink_to(by_names / "signs")
    os.mkfifo(by_names / "pipe")
    for odd in ("C:\\x", "a:b", "..\\..\\x"):
        (by_names / odd).write_text("as a whole these are names here")

    with pytest.raises(confined.FileRefused):
        confined.read(by_names, name, limit=100, single=True)
    if "/" in name or name.endswith(".yaml"):
        assert confined.spelled(by_names, name) is None


def test_a_file_that_is_another_when_it_is_opened_is_refused(
    by_names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = by_names / "signs" / "Acme.yaml"
    real = os.open

    def swapping(name: Path, flags: int) -> int:
        path.rename(by_names / "old.yaml")
        path.write_bytes(b"kind: Other\n")
        return real(name, flags)

    monkeypatch.setattr("smsops.manifests.confined.os.open", swapping)
    with pytest.raises(confined.FileRefused, match="another file"):
        confined.read(by_names, "signs/Acme.yaml", limit=100)


# -- what is said ----------------------------------------------------------------------------------


def test_on_posix_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for needing in Needing:
        require(needing)
    monkeypatch.setattr("smsops.platforms.fcntl", None)
    for needing in Needing:
        with pytest.raises(PlatformError):
            require(needing)


def test_the_page_names_all_that_is_refused() -> None:
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| no \| (.+?) \|$", page, re.MULTILINE)

    assert rows == [(needing.what.plain, needing.needs.plain) for needing in Needing]
