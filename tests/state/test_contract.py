"""The contract of a state backend, for every row of the table of backends, and for one more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from smsops.clock import Clock
from smsops.errors import LockedError, StateError
from smsops.model import Snapshot
from smsops.state import probe, read_snapshot, save_snapshot
from smsops.state.backend import Backend
from smsops.state.backends.local import LocalBackend
from smsops.state.changes import on
from smsops.state.journal import Journal
from smsops.state.snapshot import Dump, dump
from tests.support.backends import BACKENDS, Place
from tests.support.clock import FakeClock
from tests.support.memory_backend import Memory, MemoryBackend
from tests.support.served_project import ServedProject
from tests.support.snapshots import LOGIN, full, small


@contextmanager
def memory(root: Path) -> Iterator[Place]:
    """The memory of this process, where no project can keep its state."""
    shared = Memory()

    def keep(project: ServedProject) -> None:
        raise NotImplementedError

    yield Place(lambda clock: MemoryBackend(shared, clock=clock), keep)


#: Joining takes one line.
JOINED = {
    **BACKENDS,
    "memory": memory,
}


@pytest.fixture(params=JOINED)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with JOINED[request.param](tmp_path) as place:
        yield place


@pytest.fixture
def run(place: Place, clock: FakeClock) -> Backend:
    return place.open(clock.clock)


@pytest.fixture
def other(place: Place, clock: FakeClock) -> Backend:
    """The backend of another run at the same place."""
    return place.open(clock.clock)


def begun(run: Backend) -> Snapshot:
    """A first state, stored."""
    assert run.read() is None
    return save_snapshot(run, replace(small(), serial=0))


# -- reading and writing ---------------------------------------------------------------------------


def test_where_nothing_was_stored_there_is_no_state(run: Backend) -> None:
    assert run.read() is None
    assert read_snapshot(run) is None


def test_what_is_stored_is_read_by_every_run_byte_by_byte(run: Backend, other: Backend) -> None:
    body = dump(replace(full(), serial=1))
    assert run.read() is None
    run.write(body, serial=1)

    assert run.read() == body
    assert other.read() == body


def test_one_run_saves_often(run: Backend, other: Backend) -> None:
    stored = begun(run)
    for _ in range(3):
        stored = save_snapshot(run, stored)

    assert stored.serial == 4
    assert read_snapshot(other) == stored


def test_runs_that_read_first_save_in_turn(run: Backend, other: Backend) -> None:
    begun(run)
    for backend in (other, run, other):
        found = read_snapshot(backend)
        assert found is not None
        stored = save_snapshot(backend, found)

    assert stored.serial == 4
    assert read_snapshot(run) == stored


def test_a_long_state_is_kept_whole(run: Backend, other: Backend) -> None:
    long = replace(full(), serial=1, project="p" * 300_000)
    run.read()
    run.write(dump(long), serial=1)

    assert other.read() == dump(long)


# -- compare and swap ------------------------------------------------------------------------------


def test_a_state_that_another_run_wrote_since_is_not_written_over(
    run: Backend, other: Backend
) -> None:
    stored = begun(run)
    assert read_snapshot(other) == stored
    newer = save_snapshot(run, replace(stored, project="newer"))

    with pytest.raises(StateError):
        save_snapshot(other, replace(stored, project="stale"))

    assert read_snapshot(run) == newer


def test_of_two_first_states_one_is_stored(run: Backend, other: Backend) -> None:
    assert other.read() is None
    stored = begun(run)

    with pytest.raises(StateError):
        save_snapshot(other, replace(full(), serial=0))

    assert read_snapshot(run) == stored


# -- the lock --------------------------------------------------------------------------------------


def test_a_lock_keeps_every_other_run_out_and_names_its_holder(
    run: Backend, other: Backend
) -> None:
    with run.lock("apply") as held:
        assert held.operation == "apply"
        with pytest.raises(LockedError) as caught, other.lock("plan"):
            pass
        with pytest.raises(LockedError), run.lock("plan"):
            pass

    assert held.who in caught.value.message


def test_a_lock_is_free_after_its_work_however_that_ended(run: Backend, other: Backend) -> None:
    with run.lock("apply"):
        pass
    with pytest.raises(ZeroDivisionError), other.lock("apply"):
        raise ZeroDivisionError
    with run.lock("apply"):
        pass


def test_a_lock_is_waited_for_no_longer_than_was_asked(
    run: Backend, other: Backend, clock: FakeClock
) -> None:
    with run.lock("apply"), pytest.raises(LockedError), other.lock("apply", timeout=30.0):
        pass

    assert sum(clock.slept) == pytest.approx(30.0)


def test_a_lock_that_is_released_in_time_is_taken(place: Place, clock: FakeClock) -> None:
    with ExitStack() as holding:

        def sleep(seconds: float) -> None:
            holding.close()
            clock.sleep(seconds)

        holding.enter_context(place.open(clock.clock).lock("apply"))
        waiting = place.open(Clock(clock.clock.now, clock.clock.monotonic, sleep))
        with waiting.lock("apply", timeout=30.0):
            assert 0 < sum(clock.slept) < 30


def test_a_state_is_read_and_written_under_the_lock(run: Backend, other: Backend) -> None:
    with run.lock("apply"):
        stored = begun(run)
        assert read_snapshot(other) == stored


def test_a_lock_is_broken_by_its_own_id_only(run: Backend, other: Backend) -> None:
    """Where a lock ends with its process there is nothing to break, and that is said."""
    with run.lock("apply") as held:
        with pytest.raises(StateError):
            other.unlock("another")
        with pytest.raises(LockedError), other.lock("apply"):
            pass
        refused = pytest.raises(StateError, match="ends with the process")
        with refused if isinstance(run, LocalBackend) else nullcontext():
            other.unlock(held.id)
        if not isinstance(run, LocalBackend):
            with other.lock("apply"):
                pass


def test_the_probe_finds_that_a_lock_keeps_out(run: Backend) -> None:
    probe(run)
    with run.lock("apply"):
        pass


# -- words, and what is built on it ----------------------------------------------------------------


def test_a_place_is_described_in_one_line_without_secrets(run: Backend) -> None:
    assert run.description.isprintable()
    assert run.description
    assert "glpat" not in run.description
    assert run.kept is None or run.kept.isprintable()


def test_a_journal_leaves_what_it_committed(run: Backend, other: Backend) -> None:
    run.read()
    journal = Journal(run, replace(small(), serial=0), Dump())
    journal.commit(on(LOGIN, lambda record: replace(record, declared=True)))

    found = read_snapshot(other)
    assert found is not None
    assert found.resources[LOGIN].declared
