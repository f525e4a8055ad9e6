"""The local backend: what it puts on the disk, and what it refuses to touch."""

from __future__ import annotations

import errno
import json
import os
import stat
import warnings
from dataclasses import replace
from pathlib import Path

import filelock
import pytest

from smsops.errors import ForeignDocument, LockedError, StateError
from smsops.state import probe, read_snapshot, save_snapshot
from smsops.state.backends import lockinfo
from smsops.state.backends.local import LocalBackend
from smsops.state.snapshot import dump
from tests.support.clock import FakeClock
from tests.support.said import into
from tests.support.snapshots import small


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".smsops" / "state.json"


def saved(path: Path, *serials: int) -> LocalBackend:
    """A backend that has written these serials."""
    backend = LocalBackend(path)
    for serial in serials:
        backend.write(dump(small(serial)), serial=serial)
    return backend


def names(path: Path) -> set[str]:
    return set(os.listdir(path.parent))


def test_reading_a_project_without_a_state_makes_nothing(path: Path) -> None:
    assert LocalBackend(path).read() is None
    assert not path.parent.exists()


def test_only_the_owner_can_read_what_a_save_leaves(path: Path) -> None:
    backend = LocalBackend(path)
    with backend.lock("apply"):
        save_snapshot(backend, save_snapshot(backend, small(0)))

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert names(path) == {
        "state.json",
        "state.json.backup",
        "state.json.lock",
        "state.json.serial",
    }
    assert {stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()} == {0o600}


def test_the_version_before_is_kept_beside_the_state(path: Path) -> None:
    saved(path, 1, 2, 3)

    assert path.read_bytes() == dump(small(3))
    assert path.with_name("state.json.backup").read_bytes() == dump(small(2))


def test_the_bytes_are_on_the_disk_before_they_get_the_name_and_the_name_after(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that survives a power cut, which kills of the process cannot show."""
    backend = saved(path, 1)
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        kind = "directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        events.append(f"flush {kind}")
        fsync(descriptor)

    def named(source: str, target: str, **where: int) -> None:
        events.append(f"name {target}")
        rename(source, target, **where)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "rename", named)
    backend.write(dump(small(2)), serial=2)

    assert events == [
        "flush file",
        "name state.json.backup",
        "name state.json",
        "flush directory",
        "name state.json.serial",
    ]


def test_what_a_killed_writer_left_is_removed_by_the_next_holder_of_the_lock(path: Path) -> None:
    saved(path, 1)
    left = path.with_name("state.json.tmp-1-abc")
    left.write_bytes(b"half")

    LocalBackend(path).read()
    assert left.exists()
    with LocalBackend(path).lock("apply"):
        assert not left.exists()


def test_a_file_that_is_there_but_empty_is_not_an_absent_state(path: Path) -> None:
    saved(path, 1)
    path.write_bytes(b"")

    assert LocalBackend(path).read() == b""
    with pytest.raises(StateError, match="empty"):
        read_snapshot(LocalBackend(path))


# -- what stands in the place of the file ----------------------------------------------------------


def _symlink(path: Path) -> None:
    target = path.with_name("elsewhere.json")
    target.write_bytes(dump(small()))
    path.symlink_to(target)


def _directory(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [(_symlink, "symbolic link"), (_directory, "not a regular"), (_fifo, "not a regular")],
)
def test_only_a_regular_file_is_a_state(make: object, words: str, path: Path) -> None:
    """Neither read nor replaced, and a FIFO does not hang."""
    assert callable(make)
    path.parent.mkdir()
    make(path)
    before = path.lstat()

    with pytest.raises(StateError, match=words):
        LocalBackend(path).read()
    with pytest.raises(StateError, match=words):
        LocalBackend(path).write(dump(small()), serial=1)

    assert path.lstat().st_ino == before.st_ino
    assert not any("tmp" in name for name in names(path))


def test_a_linked_directory_is_refused(path: Path, tmp_path: Path) -> None:
    """A pull request could lead the state to another directory of the machine."""
    (tmp_path / "home").mkdir()
    path.parent.symlink_to(tmp_path / "home")

    for act in (LocalBackend(path).read, LocalBackend(path).lock("x").__enter__):
        with pytest.raises(StateError, match="directory is a symbolic link"):
            act()
    assert os.listdir(tmp_path / "home") == []


def test_a_linked_lock_file_is_refused(path: Path, tmp_path: Path) -> None:
    saved(path, 1)
    (tmp_path / "target").write_text("kept")
    path.with_name("state.json.lock").symlink_to(tmp_path / "target")

    with pytest.raises(StateError, match="symbolic link"):
        LocalBackend(path).lock("apply").__enter__()
    assert (tmp_path / "target").read_text() == "kept"


def test_a_project_directory_that_is_gone_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="the project directory is gone"):
        LocalBackend(tmp_path / "no" / ".smsops" / "state.json").write(dump(small()), serial=1)


# -- compare and swap ------------------------------------------------------------------------------


def test_a_state_that_somebody_else_wrote_since_is_not_replaced(path: Path) -> None:
    mine, other = saved(path, 1), LocalBackend(path)
    other.write(dump(small(2)), serial=2)

    with pytest.raises(StateError, match="somebody else wrote it since this run read it"):
        mine.write(dump(small(3)), serial=3)

    assert path.read_bytes() == dump(small(2))


def test_a_state_that_appeared_since_is_not_replaced(path: Path) -> None:
    mine = LocalBackend(path)
    assert mine.read() is None
    saved(path, 1)

    with pytest.raises(StateError, match="somebody else"):
        mine.write(dump(small(5)), serial=5)


@pytest.mark.parametrize("serial", [1, 2])
def test_a_serial_that_is_not_newer_is_refused(serial: int, path: Path) -> None:
    backend = saved(path, 2)

    with pytest.raises(StateError, match=f"it has serial 2, and serial {serial} is not newer"):
        backend.write(dump(replace(small(serial), region="x")), serial=serial)


def test_saving_the_same_bytes_again_is_fine(path: Path) -> None:
    """A save whose end was in doubt may be repeated."""
    saved(path, 1, 2).write(dump(small(2)), serial=2)

    assert path.with_name("state.json.backup").read_bytes() == dump(small(1))


# -- rollback --------------------------------------------------------------------------------------


def test_an_older_file_put_back_is_noticed_until_the_next_save(path: Path) -> None:
    saved(path, 1, 2)
    os.replace(path.with_name("state.json.backup"), path)
    warned: list[str] = []
    backend = LocalBackend(path, warn=into(warned))

    assert backend.read() == dump(small(1))
    assert "has serial 1, but serial 2 was written here" in warned[0]
    assert "check the plan" in warned[0]
    backend.write(dump(small(3)), serial=3)
    assert LocalBackend(path, warn=into(warned)).read() == dump(small(3))
    assert len(warned) == 1


def test_a_lost_state_is_no_rollback(path: Path) -> None:
    """Everything that matches is adopted again, under a new lineage."""
    saved(path, 1, 2)
    path.unlink()

    assert LocalBackend(path).read() is None
    other = replace(small(1), lineage="another")
    LocalBackend(path).write(dump(other), serial=1)
    assert read_snapshot(LocalBackend(path)) == other


@pytest.mark.parametrize("mark", [b"", b"{}", b"[1]", b'{"lineage": "x", "serial": "y"}', b"\xff"])
def test_a_damaged_mark_says_nothing(mark: bytes, path: Path) -> None:
    saved(path, 1)
    path.with_name("state.json.serial").write_bytes(mark)

    assert LocalBackend(path).read() == dump(small(1))


# -- the lock --------------------------------------------------------------------------------------


def test_the_second_lock_names_the_holder(path: Path) -> None:
    with LocalBackend(path).lock("apply") as held, pytest.raises(LockedError) as caught:
        LocalBackend(path).lock("state rm").__enter__()

    assert f"pid {os.getpid()}" in caught.value.message
    assert held.id in caught.value.message
    assert held.created in caught.value.message
    assert "ends with the process" in caught.value.hint


def test_the_lock_note_has_the_seven_fields_and_goes_with_the_lock(path: Path) -> None:
    note = path.with_name("state.json.lock.json")
    with LocalBackend(path).lock("apply"):
        fields = json.loads(note.read_bytes())

    assert sorted(fields) == ["Created", "ID", "Info", "Operation", "Path", "Version", "Who"]
    assert fields["Operation"] == "apply"
    assert not note.exists()


def test_the_lock_is_free_again_after_an_error(path: Path) -> None:
    backend = LocalBackend(path)
    with pytest.raises(ZeroDivisionError), backend.lock("apply"):
        raise ZeroDivisionError

    with backend.lock("apply"):
        pass


@pytest.mark.parametrize("failed", [False, True])
def test_a_lock_that_cannot_be_released_is_a_warning_and_not_how_the_work_ended(
    failed: bool, path: Path
) -> None:
    """The directory was replaced by a file during the run; the lock itself is free again."""
    said: list[str] = []
    elsewhere = path.parent.with_name("moved")

    def work() -> None:
        with LocalBackend(path, warn=into(said)).lock("apply"):
            path.parent.rename(elsewhere)
            path.parent.write_text("not a directory", "utf-8")
            if failed:
                raise ZeroDivisionError

    if failed:
        with pytest.raises(ZeroDivisionError):
            work()
    else:
        work()

    assert said == [
        f"Warning: the lock of {path} could not be released: "
        "its directory is a symbolic link or not a directory. It ends with this process."
    ]
    with LocalBackend(elsewhere / path.name).lock("apply"):
        pass


def test_a_directory_that_is_gone_at_the_end_has_no_lock_to_release(path: Path) -> None:
    said: list[str] = []
    with LocalBackend(path, warn=into(said)).lock("apply"):
        path.parent.rename(path.parent.with_name("moved"))
    assert said == []


@pytest.mark.parametrize("note", [b"", b"[]", b'{"ID": 5}', b"\xff\xfe", b"[" * 100_000])
def test_a_note_that_says_nothing_leaves_the_holder_unnamed(note: bytes, path: Path) -> None:
    with LocalBackend(path).lock("apply"):
        path.with_name("state.json.lock.json").write_bytes(note)
        with pytest.raises(LockedError, match="is locked by another run"):
            LocalBackend(path).lock("apply").__enter__()


def test_a_note_cannot_write_to_the_terminal(path: Path) -> None:
    with LocalBackend(path).lock("apply"):
        note = {"ID": "x\x1b[2J", "Who": "eve\n::error::" + "x" * 9999, "Created": 5}
        path.with_name("state.json.lock.json").write_text(json.dumps(note))
        with pytest.raises(LockedError) as caught:
            LocalBackend(path).lock("apply").__enter__()

    assert "\x1b" not in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 600


def test_waiting_for_the_lock_ends_when_it_should(path: Path) -> None:
    """It says once for whom it waits, and never sleeps longer than it may."""
    time, said = FakeClock(), list[str]()
    backend = LocalBackend(path, clock=time.clock, warn=into(said))
    with LocalBackend(path).lock("apply"), pytest.raises(LockedError):
        backend.lock("apply", timeout=3.0).__enter__()

    assert sum(time.slept) == pytest.approx(3.0)
    assert len(said) == 1


def test_there_is_nothing_to_unlock(path: Path) -> None:
    with pytest.raises(StateError, match="ends with the process"):
        LocalBackend(path).unlock("x")


def test_the_probe_finds_that_a_second_lock_is_kept_out(path: Path) -> None:
    backend = LocalBackend(path)
    probe(backend)

    with backend.lock("apply"):
        pass


def test_the_name_of_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", unknown)

    info = lockinfo.new("apply", path="x", clock=FakeClock().clock)

    assert info.who.startswith(f"{os.getuid()}@")


# -- file systems without locks --------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_where_the_file_system_has_no_locks_nothing_is_written(
    code: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would make a file serve as the lock, which a killed run leaves behind."""

    def refused(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", refused)

    with (
        warnings.catch_warnings(action="error"),
        pytest.raises(StateError, match=r"has no locks.*nothing is written") as caught,
    ):
        LocalBackend(path).lock("apply").__enter__()

    assert "http or git backend" in caught.value.hint
    assert not path.exists()
    assert path.with_name("state.json.lock").read_bytes() == b"", "no marker of a soft lock"


def test_a_lock_that_the_kernel_does_not_hold_is_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a library calls a lock: asked again, the kernel has to refuse it."""
    monkeypatch.setattr("filelock.FileLock", filelock.SoftFileLock)

    with pytest.raises(StateError, match="has no locks"):
        LocalBackend(path).lock("apply").__enter__()

    assert not path.exists()


def test_what_is_no_state_of_ours_is_never_written_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"version": 4, "terraform_version": "1.9.8", "serial": 1}')
    before = path.read_bytes()
    backend = LocalBackend(path)

    with pytest.raises(ForeignDocument, match="a state of Terraform"):
        backend.write(dump(small(90)), serial=90)

    assert path.read_bytes() == before
    assert names(path) == {"state.json"}
