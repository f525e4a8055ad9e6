"""A successor that was made and could not be recorded: what is said, and how it is bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsops.applying.unsaved import place, rescue
from smsops.model import Address, Recorded, RecordedObject, Role
from tests.support.account import Account
from tests.support.said import into
from tests.support.served_project import ServedProject, check, served_project

ADDRESS = Address("template", "t0")


@pytest.fixture
def project(account: Account, tmp_path: Path) -> ServedProject:
    """template.t0 is active, and its manifest asks for a successor."""
    project = served_project(tmp_path / "project", account).begin(1)
    project.sign("acme", "艾克米")
    assert project.apply().code == 0
    account.approve()
    assert project.apply().code == 0
    project.template("t0", "第二版{1}。")
    return project


@pytest.mark.parametrize(
    ("role", "made", "note"),
    [
        (Role.CURRENT, "created with id 1111", "template.t0 1111"),
        (Role.SUCCESSOR, "successor created with id 1111", "template.t0 1111 --as successor"),
    ],
)
def test_a_rescued_id_comes_with_the_command_that_binds_it(
    role: Role, made: str, note: str, tmp_path: Path
) -> None:
    """The note is what follows `smsops import`."""
    said: list[str] = []
    rescue(ADDRESS, 1111, role, directory=tmp_path, say=into(said))
    assert said[0] == f"template.t0: {made}, but the state could not be saved."
    assert f"`smsops import {note}`" in said[1]
    assert (tmp_path / "rescue.txt").read_text("utf-8") == f"{note}\n"


def test_the_place_is_the_one_that_could_not_be_saved() -> None:
    record = Recorded(RecordedObject(1110), RecordedObject(1111))
    assert place(record, 1111) is Role.SUCCESSOR
    assert place(record, 1110) is Role.CURRENT
    assert place(Recorded(), 1110) is Role.CURRENT


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (("--as", "successor"), "already was its successor object"),
        ((), "is recorded already as its successor object"),
    ],
)
def test_an_import_whose_recovery_found_the_successor_has_nothing_left_to_do(
    role: tuple[str, ...], words: str, project: ServedProject, account: Account
) -> None:
    """The disk was full right after the Add; the import settles what that run left open."""
    ran = project.struck("fsync:ENOSPC:5", "apply", "--auto-approve")
    assert ran.code == 1, ran
    assert account.writes()[-1] == ("AddSmsTemplate", 1111)
    assert project.stored()["intents"] != []
    assert "template.t0: successor created with id 1111, but the state" in ran.err
    assert "`smsops import template.t0 1111 --as successor" in ran.err.replace(
        f" -C {project.root}", ""
    )
    note = (project.root / ".smsops" / "rescue.txt").read_text("utf-8")
    assert note == "template.t0 1111 --as successor\n"

    ran = project("import", "template.t0", "1111", *role)
    assert ran.code == 0, ran
    assert words in ran.out
    assert "state rm" not in ran.out + ran.err
    assert project.stored()["resources"]["template.t0"]["successor"]["remote_id"] == 1111
    check(project, account, account.adds())
