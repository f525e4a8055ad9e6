"""Whatever hits a run while it saves, the state file stays a complete old or new version."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from smsops.errors import LockedError, StateError
from smsops.model import Snapshot
from smsops.state import read_snapshot, save_snapshot
from smsops.state.backends.local import LocalBackend
from tests.state import processes
from tests.support.said import into
from tests.support.snapshots import small


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state file with serial 2 and a backup with serial 1."""
    path = tmp_path / ".smsops" / "state.json"
    backend = LocalBackend(path)
    with backend.lock("setup"):
        save_snapshot(backend, save_snapshot(backend, small(0)))
    return path


def stored(path: Path) -> Snapshot:
    """What is stored; fails when it is not a whole state."""
    found = read_snapshot(LocalBackend(path))
    assert found is not None
    return found


def leftovers(path: Path) -> list[str]:
    return [name for name in os.listdir(path.parent) if "tmp" in name]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[processes.Place]:
    """Every moment of a save that touches the disk."""
    path = tmp_path_factory.mktemp("places") / ".smsops" / "state.json"
    backend = LocalBackend(path)
    with backend.lock("setup"):
        save_snapshot(backend, save_snapshot(backend, small(0)))
    found = processes.places(path)
    assert {place.call for place in found} == set(processes.CALLS)
    return found


@pytest.mark.parametrize("call", processes.CALLS)
def test_a_run_killed_at_any_call_leaves_the_old_or_the_new_state(
    call: str, state: Path, places: list[processes.Place]
) -> None:
    """kill -9 right at every write, fsync, link, rename and unlink of a save."""
    for place in (place for place in places if place.call == call):
        before = stored(state).serial

        code, said = processes.write(state, place, "KILL")

        if processes.strace() is None and code == 0:
            continue  # it makes fewer calls than the guess of the stand-in
        assert code in (-signal.SIGKILL, 128 + signal.SIGKILL), (place, said)
        assert stored(state).serial in (before, before + 1)
        backend = LocalBackend(state)
        with backend.lock("next run"):
            assert leftovers(state) == []
            save_snapshot(backend, stored(state))


@pytest.mark.parametrize(
    ("call", "action"),
    [("write", "ENOSPC"), ("fsync", "EIO"), ("rename", "EIO"), ("link", "EPERM"), ("link", "EIO")],
)
def test_a_disk_that_fails_is_an_error_in_words_and_the_old_state_stays(
    call: str, action: str, state: Path, places: list[processes.Place]
) -> None:
    """A full or broken disk at every call. Without hard links the backup is a copy."""
    for place in (place for place in places if place.call == call):
        before = stored(state).serial

        code, said = processes.write(state, place, action)

        assert code in (0, 1), (place, said)
        assert (code == 1) == said.startswith("StateError: cannot "), (place, said)
        assert stored(state).serial in ((before + 1,) if code == 0 else (before, before + 1))
        assert leftovers(state) == []


def test_a_full_disk_stops_the_run_before_it_could_write_to_the_api(state: Path) -> None:
    """The lock writes its note first, so a full disk shows before anything is sent."""
    code, said = processes.write(state, processes.Place("write", "write", 1), "ENOSPC")

    assert (code, stored(state).serial) == (1, 2)
    assert "No space left on device" in said


def test_the_lock_dies_with_its_process(state: Path) -> None:
    """kill -9 of the holder frees the lock at once; its stale note is taken over silently."""
    said: list[str] = []
    backend = LocalBackend(state, warn=into(said))
    with processes.child("hold", state) as holder:
        with pytest.raises(LockedError, match=f"pid {holder.pid} since .* \\(lock ID "):
            backend.lock("apply").__enter__()
        holder.kill()
        holder.wait()

        with backend.lock("apply"):
            save_snapshot(backend, stored(state))

    assert said == []
    assert stored(state).serial == 3


def test_a_process_that_ends_in_order_frees_the_lock_as_well(state: Path) -> None:
    with processes.child("hold", state) as holder:
        holder.communicate("\n")
        assert holder.returncode == 0

        with LocalBackend(state).lock("apply"):
            pass


def test_a_second_run_waits_for_the_lock_as_long_as_it_is_told(state: Path) -> None:
    said: list[str] = []
    with processes.child("hold", state) as holder:
        assert holder.stdin is not None
        release = threading.Timer(0.2, holder.stdin.close)
        release.start()

        with LocalBackend(state, warn=into(said)).lock("apply", timeout=30):
            release.join()

    assert len(said) == 1
    assert f"pid {holder.pid}" in said[0]


def test_a_paused_run_whose_lock_was_broken_cannot_write_over_the_next_one(state: Path) -> None:
    """SIGSTOP, the lock file is removed, another run saves, SIGCONT: the zombie is refused."""
    with processes.child("zombie", state) as zombie:
        zombie.send_signal(signal.SIGSTOP)
        state.with_name("state.json.lock").unlink()
        backend = LocalBackend(state)
        with backend.lock("next run"):
            kept = save_snapshot(backend, stored(state))
            zombie.send_signal(signal.SIGCONT)
            _, said = zombie.communicate("\n")

    assert zombie.returncode == 1
    assert "StateError" in said
    assert "was removed while this run held it" in said
    assert stored(state) == kept


def test_a_run_without_the_lock_is_stopped_by_the_content_alone(state: Path) -> None:
    """Compare-and-swap does not rely on the lock file."""
    slow, quick = LocalBackend(state), LocalBackend(state)
    found = read_snapshot(slow)
    assert found is not None
    save_snapshot(quick, stored(state))

    with pytest.raises(StateError, match="somebody else wrote it since"):
        save_snapshot(slow, found)

    assert stored(state).serial == 3


def test_two_processes_that_race_for_the_lock_lose_no_write(state: Path) -> None:
    runs = [
        subprocess.Popen(
            [*processes.PYTHON, "write", str(state), "10"],
            cwd=processes.ROOT,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]

    said = [run.communicate(timeout=60)[1] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], said
    assert stored(state).serial == 22
