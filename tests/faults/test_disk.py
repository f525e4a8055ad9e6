"""A disk that is full, broken or read-only: noticed before the account is written to, and survived
after it.
"""

from __future__ import annotations

import re
import resource
from pathlib import Path

import pytest

from tests.support.account import Account
from tests.support.served_project import (
    Before,
    ServedProject,
    accounted_for,
    check,
    converge,
    served_project,
)

ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
    ("AddSmsTemplate", "模板t1", "您的验证码是{1}。"),
]


def fresh(root: Path, account: Account) -> ServedProject:
    project = served_project(root, account).begin(2)
    project.sign("acme", "艾克米")
    return project


@pytest.fixture
def project(account: Account, tmp_path: Path) -> ServedProject:
    return fresh(tmp_path / "project", account)


@pytest.mark.parametrize(
    ("error", "when"),
    [
        ("ENOSPC", 2),
        *(
            pytest.param(error, when, marks=pytest.mark.faults)
            for error in ("ENOSPC", "EIO", "EROFS")
            for when in (1, 2, 4)
            if (error, when) != ("ENOSPC", 2)
        ),
    ],
)
def test_a_disk_that_takes_nothing_is_noticed_before_the_first_write(
    error: str, when: int, project: ServedProject, account: Account
) -> None:
    """The note of the lock, the proof, and the save of the intents."""
    ran = project.struck(f"write:{error}:{when}", "apply", "--auto-approve")
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err
    assert "cannot" in ran.out + ran.err
    assert account.writes() == []
    converge(project, account)
    check(project, account, ADDS)


def test_a_disk_that_fills_up_after_an_add_leaves_its_id_in_two_other_places(
    project: ServedProject, account: Account
) -> None:
    """The third save is the one of the first id; the next run needs no person all the same."""
    ran = project.struck("fsync:ENOSPC:5", "apply", "--auto-approve")

    assert ran.code == 1, ran
    assert account.writes() == [("AddSmsSign", 1110)]
    assert "sign.acme: created with id 1110, but the state could not be saved" in ran.err
    rescue = project.root / ".smsops" / "rescue.txt"
    assert rescue.read_text("utf-8") == "sign.acme 1110\n"
    assert str(rescue) in ran.err
    assert rescue.stat().st_mode & 0o777 == 0o600
    assert "No space left on device" in ran.out
    accounted_for(project, account)
    converge(project, account)
    check(project, account, ADDS)


@pytest.mark.faults
def test_a_rescue_file_that_cannot_be_written_has_another_place(
    project: ServedProject, account: Account, tmp_path: Path
) -> None:
    """The disk of the project is full; a link in the place of the file is not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine\n", "utf-8")
    (project.root / ".smsops").mkdir(mode=0o700)
    (project.root / ".smsops" / "rescue.txt").symlink_to(elsewhere)
    (tmp_path / "tmp").mkdir()
    project.environment["TMPDIR"] = str(tmp_path / "tmp")

    ran = project.struck("fsync:ENOSPC:5", "apply", "--auto-approve")

    assert ran.code == 1, ran
    assert elsewhere.read_text("utf-8") == "mine\n"
    [other] = (tmp_path / "tmp").glob("smsops-rescue*")
    assert other.read_text("utf-8") == "sign.acme 1110\n"
    assert str(other) in ran.err


@pytest.mark.faults
def test_whatever_fits_on_the_disk_no_id_is_lost(tmp_path: Path) -> None:
    """A real limit of the kernel on the size of files, from too small for anything to large
    enough: every object is in the state, in an intent, or was named on stderr.
    """
    before = Before.make(tmp_path / "before", fresh)
    seen = set()
    for size in range(200, 4000, 150):
        with before.copy(tmp_path / f"copy-{size}") as (project, account):

            def limit(size: int = size) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

            run = project.process("apply", "--auto-approve", preexec_fn=limit)
            ran = project.ended(run)
            seen.add((ran.code, len(account.writes())))
            assert "Traceback" not in ran.err
            if ran.code == 0:
                break
            named = set(re.findall(r"(\S+): created with id (\d+)", ran.err))
            if not named:
                accounted_for(project, account)
            converge(project, account)
            check(project, account, before.adds)
    assert (1, 0) in seen
    assert (0, 3) in seen
