"""The journal: durable before it returns, shared by threads, and never confused by a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smsops.errors import StateError
from smsops.model import Address, Recorded, RecordedObject, RemoteId, Snapshot
from smsops.state import changes
from smsops.state.changes import Change
from smsops.state.journal import Journal
from smsops.state.snapshot import Dump, load
from tests.support.memory_backend import MemoryBackend


class Backend(MemoryBackend):
    """Fails as often as it is told to, after it stored (``arrived``) or before."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0
        self.arrived = False
        self.serials: list[int] = []
        self.before: Callable[[], None] = lambda: None

    def write(self, body: bytes, *, serial: int) -> None:
        self.before()
        failing, self.failures = self.failures > 0, max(0, self.failures - 1)
        if not failing or self.arrived:
            super().write(body, serial=serial)
            self.serials.append(serial)
        if failing:
            raise StateError("the disk is full")


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def journal(backend: Backend) -> Journal:
    return Journal(backend, Snapshot("lineage", serial=7), Dump())


def made(remote_id: int) -> Change:
    address = Address("template", f"t{remote_id}")
    return changes.on(address, lambda _: Recorded(RecordedObject(remote_id)))


def stored(backend: Backend) -> Snapshot:
    assert backend.body is not None
    return load(backend.body, source="memory")


def ids(snapshot: Snapshot) -> set[RemoteId]:
    return {item.remote_id for record in snapshot.resources.values() for item in record.objects()}


def test_a_commit_is_stored_under_the_next_serial_when_it_returns(
    journal: Journal, backend: Backend
) -> None:
    journal.commit(made(1))
    assert (ids(stored(backend)), stored(backend).serial) == ({1}, 8)
    journal.commit(made(2))
    assert (ids(stored(backend)), stored(backend).serial) == ({1, 2}, 9)
    assert backend.serials == [8, 9]


def test_a_note_waits_for_the_next_save(journal: Journal, backend: Backend) -> None:
    journal.note(made(1))
    assert backend.saves == 0
    assert ids(journal.snapshot) == {1}
    journal.flush()
    assert ids(stored(backend)) == {1}
    journal.note(made(2))
    journal.commit(made(3))
    assert ids(stored(backend)) == {1, 2, 3}
    assert backend.saves == 2


def test_nothing_new_is_not_saved(journal: Journal, backend: Backend) -> None:
    journal.flush()
    journal.note(lambda snapshot: snapshot)
    journal.flush()
    journal.commit(lambda snapshot: snapshot)
    assert backend.saves == 0
    journal.commit(made(1))
    journal.flush()
    journal.commit(made(1))
    assert backend.saves == 1


def test_a_proof_saves_although_nothing_changed(journal: Journal, backend: Backend) -> None:
    journal.prove()
    assert backend.serials == [8]
    journal.prove()
    assert backend.serials == [8, 9]
    backend.failures = 1
    with pytest.raises(StateError, match="full"):
        journal.prove()


@pytest.mark.parametrize("arrived", [False, True])
def test_what_could_not_be_saved_is_in_the_next_save_under_another_serial(
    arrived: bool, journal: Journal, backend: Backend
) -> None:
    backend.failures, backend.arrived = 2, arrived
    for number in (1, 2):
        with pytest.raises(StateError, match="full"):
            journal.commit(made(number))
    assert ids(journal.snapshot) == {1, 2}

    journal.flush()

    assert ids(stored(backend)) == {1, 2}
    assert backend.serials == ([8, 9, 10] if arrived else [10])


def test_a_state_that_cannot_be_encoded_is_not_written(backend: Backend) -> None:
    def refuse(snapshot: Snapshot) -> bytes:
        raise StateError("inconsistent")

    journal = Journal(backend, Snapshot("lineage"), refuse)
    with pytest.raises(StateError, match="inconsistent"):
        journal.commit(made(1))
    assert backend.saves == 0


def test_commits_that_wait_for_a_save_share_the_next_one(
    journal: Journal, backend: Backend
) -> None:
    """Fifty threads while one save is under way: one more save covers them all."""
    under_way, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        under_way.set()
        go_on.wait(20)

    backend.before = hold
    with ThreadPoolExecutor(51) as threads:
        first = threads.submit(journal.commit, made(0))
        under_way.wait(20)
        backend.before = lambda: None
        others = [threads.submit(journal.commit, made(number)) for number in range(1, 51)]
        while len(ids(journal.snapshot)) < 51:
            threading.Event().wait(0.001)
        assert ids(journal.snapshot) == set(range(51))
        assert not any(other.done() for other in others), "not durable yet"
        go_on.set()
        for future in (first, *others):
            future.result(20)
    assert backend.saves == 2
    assert ids(stored(backend)) == set(range(51))


def test_every_commit_is_in_what_is_stored_when_it_returns(
    journal: Journal, backend: Backend
) -> None:
    def commit(number: int) -> None:
        journal.commit(made(number))
        assert number in ids(stored(backend))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(commit, range(200)))
    assert ids(stored(backend)) == set(range(200))
    assert backend.serials == sorted(set(backend.serials))


def test_the_snapshot_it_began_with_is_not_touched(backend: Backend) -> None:
    begun = Snapshot("lineage", serial=3, resources={})
    journal = Journal(backend, begun, Dump())
    journal.commit(made(1))
    assert begun == Snapshot("lineage", serial=3)
    assert journal.snapshot == replace(begun, resources=journal.snapshot.resources)
