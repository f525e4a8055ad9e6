"""A receiver whose ledger, spool or disk fails, hangs or is slow."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import pytest

from smsops.clock import SYSTEM
from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.errors import LedgerUnavailable
from smsops.receiving import keeping as keeping_module
from smsops.receiving.forwarding import _Line, target
from smsops.receiving.keeping import Keeper, Ticket
from smsops.receiving.queue import Queue, Queued
from smsops.receiving.spool import KEPT, Place, Spool
from smsops.text.messages import T
from tests.support.clock import FakeClock
from tests.support.postgres import postgres_server
from tests.support.receipts import huawei as reported
from tests.support.receipts import tencent
from tests.support.receivers import APP, OK, TOKEN, Receivers, huawei, push, reports
from tests.support.servers import raw_server, wire

pytestmark = pytest.mark.systems

_COMPILER = shutil.which("cc")
#: While the file HOLD is there, whoever syncs waits for somebody who writes to the pipe PIPE.
_SLOW_SYNC = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static void held(void) {
    const char *hold = getenv("HOLD"), *pipe = getenv("PIPE");
    char said;
    if (hold == NULL || pipe == NULL || access(hold, F_OK) != 0) return;
    int opened = open(pipe, O_RDONLY);
    if (opened >= 0) { if (read(opened, &said, 1) < 0) abort(); close(opened); }
}
int fsync(int opened) { held(); return syscall(SYS_fsync, opened); }
int fdatasync(int opened) { held(); return syscall(SYS_fdatasync, opened); }
"""


@pytest.mark.skipif(_COMPILER is None, reason="there is no C compiler")
def test_no_answer_before_the_disk_has_it(
    receivers: Receivers, place: Path, tmp_path: Path
) -> None:
    """The library in between holds the system's own fdatasync."""
    source, library = tmp_path / "slow.c", tmp_path / "slow.so"
    source.write_text(_SLOW_SYNC)
    command = [str(_COMPILER), "-shared", "-fPIC", "-o", str(library), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    hold, pipe = tmp_path / "hold", tmp_path / "pipe"
    os.mkfifo(pipe)
    receivers.project.environment |= {
        "LD_PRELOAD": str(library),
        "HOLD": str(hold),
        "PIPE": str(pipe),
    }
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        assert running.post(APP, push(1)) == OK
        hold.touch()
        body = push(2).encode()
        parts = urlsplit(running.url)
        with socket.create_connection((parts.hostname, parts.port), 30) as stream:
            head = f"POST /{TOKEN}{APP} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            stream.sendall(head.encode() + body)
            with pipe.open("wb") as letting_go:  # opens when the receiver syncs
                assert running.get("/health")[0] == 200
                stream.setblocking(False)
                with pytest.raises(BlockingIOError):
                    stream.recv(1)
                hold.unlink()
                letting_go.write(b".")
            stream.settimeout(30)
            assert stream.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert len(reports(place)) == 2


def test_503_while_nothing_can_be_kept(receivers: Receivers, place: Path, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    with receivers.running("--ledger", f"sqlite:{place}", "--spool", str(spool)) as running:
        assert running.post(APP, push(1)) == OK
        holder = SqliteLedger(place)
        with holder._transaction():
            spool.rename(tmp_path / "away")
            spool.write_text("no directory")
            refused = 503, b'{"result": 1, "errmsg": "Service Unavailable"}'
            assert running.post(APP, push(2)) == refused
            assert running.post("/huawei", huawei("a")) == (503, b"")
            status, health = running.get("/health")
            assert (status, json.loads(health)) == (503, {"ledger": "down", "keeps": False})
        holder.close()
        while running.get("/health") != (200, '{"ledger": "up", "keeps": true}'):
            assert running.process.poll() is None
        assert running.post(APP, push(2)) == OK
        spool.unlink()
        (tmp_path / "away").rename(spool)
    assert sorted(row.id.message for row in reports(place)) == ["2019:1", "2019:2"]
    assert "no directory" not in "".join(receivers.project.said)


def test_who_could_keep_nothing_is_tried_again(tmp_path: Path) -> None:
    """A balancer that asks for the health sends nothing to one that says no."""
    time, over = FakeClock(), SimpleQueue[Ticket]()
    place = tmp_path / "spool"
    spool = Spool(Place(place / "x."), "ab", SqliteLedger, time.clock)

    def gone() -> SqliteLedger:
        raise LedgerUnavailable(T("gone"))

    def note(tickets: list[Ticket]) -> None:
        for ticket in tickets:
            over.put(ticket)

    keeper = Keeper(*(gone, None, spool, None), clock=time.clock, say=lambda _: None, settled=note)
    keeper.start()

    def kept() -> tuple[bool, bool]:
        keeper.keep(Ticket([tencent()], ()))
        return over.get(timeout=60).kept, keeper.keeps

    assert keeper.keeps
    place.rename(tmp_path / "away")
    place.write_text("no directory")
    assert kept() == (False, False)
    time.advance(16)
    assert keeper.keeps
    assert kept() == (False, False)
    place.unlink()
    (tmp_path / "away").rename(place)
    assert kept() == (True, True)
    keeper.close()


class Hanging(SqliteLedger):
    """A ledger whose first group takes as long as somebody likes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.entered, self.goes_on = threading.Event(), threading.Event()

    def append(self, rows: Any) -> None:
        self.entered.set()
        assert self.goes_on.wait(60)
        super().append(rows)


@dataclass
class Kept:
    """A keeper with a ledger that hangs, and what it settled."""

    keeper: Keeper
    ledger: Hanging
    time: FakeClock
    over: list[Ticket] = field(default_factory=list)
    settled: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def note(self, tickets: list[Ticket]) -> None:
        self.over += tickets
        for _ in tickets:
            self.settled.release()


@contextmanager
def keeping(root: Path, queue: Queue | None = None) -> Iterator[Kept]:
    ledger, time = Hanging(root / "ledger.db"), FakeClock()
    spool = Spool(Place(root / "x."), "ab", SqliteLedger, time.clock)
    found: list[Kept] = []
    keeper = Keeper(
        *(lambda: ledger, ledger, spool, queue),
        clock=time.clock,
        say=lambda _: None,
        settled=lambda tickets: found[0].note(tickets),
    )
    found.append(Kept(keeper, ledger, time))
    keeper.start()
    try:
        yield found[0]
    finally:
        ledger.goes_on.set()
        keeper.close()


def test_a_ledger_that_hangs_delays_nobody_for_long(tmp_path: Path) -> None:
    with keeping(tmp_path) as kept:
        kept.keeper.keep(Ticket([tencent()], ()))
        assert kept.ledger.entered.wait(60)
        kept.keeper.keep(Ticket([reported()], ()))  # waits behind it
        assert kept.over == []
        kept.time.advance(3.5)
        assert kept.settled.acquire(timeout=60)
        assert kept.settled.acquire(timeout=60)
        kept.keeper.keep(Ticket([tencent(message="2019:2")], ()))  # it still hangs
        assert kept.settled.acquire(timeout=60)
        assert [ticket.kept for ticket in kept.over] == [True, True, True]
        assert reports(tmp_path / "ledger.db") == []
        (spooled,) = tmp_path.glob("x.spool-*.db")
        assert len(reports(spooled)) == 3
        kept.ledger.goes_on.set()
    # What hung was written after all: it is one row, whatever the spool holds.
    assert "2019:1" in {row.id.message for row in reports(tmp_path / "ledger.db")}


def test_a_replay_that_fails_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger goes away again after some rows of a file."""
    monkeypatch.setattr(keeping_module, "MOST_ROWS", 2)
    monkeypatch.setattr(keeping_module, "_RETRY", 0.01)
    said, appends = SimpleQueue[str](), count(1)
    left: list[int] = []
    whys = iter(["not there", "not there", "wrong password"])

    class Flaky(SqliteLedger):
        def append(self, rows: Any) -> None:
            if next(appends) == 2:
                left.append(len(reports(file)))
                raise LedgerUnavailable(T("gone again"))
            super().append(rows)

    def opened() -> SqliteLedger:
        if why := next(whys, None):
            raise LedgerUnavailable(T(why))
        return Flaky(tmp_path / "ledger.db")

    spool = Spool(Place(tmp_path / "x."), "ab", SqliteLedger, SYSTEM)
    spool.append(tencent(message=f"2019:{number}") for number in range(5))
    (file,) = tmp_path.glob("x.spool-*.db")
    keeper = Keeper(
        *(opened, None, spool, None),
        clock=SYSTEM,
        say=lambda text: said.put(text.plain),
        settled=lambda _: None,
    )
    keeper.start()
    assert "wrong password" in said.get(timeout=60)
    assert "gone again" in said.get(timeout=60)
    assert "5 rows of the spool" in said.get(timeout=60)
    keeper.close()
    assert left == [5]
    assert len(reports(tmp_path / "ledger.db")) == 5
    assert not file.exists()


def test_a_full_disk_is_not_filled_with_empty_files(tmp_path: Path) -> None:
    def full(path: Path) -> SqliteLedger:
        path.touch()
        raise LedgerUnavailable(T("no room"))

    spool = Spool(Place(tmp_path / "x."), "ab", full, SYSTEM)
    for _ in range(3):
        with pytest.raises(LedgerUnavailable):
            spool.append([tencent()])
    assert list(tmp_path.glob("x.spool-*")) == []
    spool.close()


def test_files_of_a_receiver_that_lives_are_its_own(tmp_path: Path) -> None:
    time = FakeClock()
    place, other = Place(tmp_path / "x."), Place(tmp_path / "x.")
    theirs = Spool(place, "ab", SqliteLedger, time.clock)
    ours = Spool(other, "ab", SqliteLedger, time.clock)
    theirs.append([tencent()])
    ours.take_over()
    assert ours.sealed() == []
    os.close(place._locks.pop(place.owner))  # as the system does at its end
    ours.take_over()
    assert len(ours.sealed()) == 1
    for each in (theirs, ours):
        each.close()


class Held(Queue):
    """A queue that takes nothing before somebody says what becomes of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.works: SimpleQueue[bool] = SimpleQueue()

    def put(self, bodies: Any, now: int) -> None:
        if not self.works.get(timeout=60):
            raise LedgerUnavailable(T("no room"))
        super().put(bodies, now)


@pytest.mark.parametrize("works", [True, False])
def test_what_is_to_be_passed_on_is_queued_before_the_answer(tmp_path: Path, works: bool) -> None:
    with keeping(tmp_path, Held(tmp_path / "queue.db")) as kept:
        queue = kept.keeper._queue
        assert isinstance(queue, Held)
        kept.ledger.goes_on.set()
        kept.keeper.keep(Ticket([tencent()], [("target", "text/plain", b"body")]))
        kept.keeper.keep(Ticket([reported()], ()))
        assert kept.settled.acquire(timeout=60)  # the second one, which is written after the first
        assert [ticket.onward for ticket in kept.over] == [()]
        queue.works.put(works)
        assert kept.settled.acquire(timeout=60)
        assert kept.over[1].kept is works
        assert queue.waiting("target") == works
    queue.close()


def test_nothing_waits_for_longer_than_72_hours(tmp_path: Path) -> None:
    time = FakeClock()
    spool = Spool(Place(tmp_path / "x."), "ab", SqliteLedger, time.clock)
    spool.append([tencent()])
    time.advance(2 * 3600)
    spool.append([tencent(message="2019:2")])  # after an hour a file is not written on
    assert len(list(tmp_path.glob("x.spool-*.db"))) == 2
    time.advance(KEPT - 2 * 3600)
    assert spool.take_over().expired == 0
    time.advance(1)
    assert spool.take_over().expired == 1
    (left,) = spool.sealed()
    assert [row.id.message for row in reports(left)] == ["2019:2"]
    spool.close()

    queue = Queue(tmp_path / "queue.db")
    begin = int(time.moment)
    queue.put([("a", "application/json", b"[1]")], begin)
    queue.put([("a", "application/json", b"[2]")], begin + 10)
    assert queue.tidy(begin + KEPT) == 0
    assert queue.tidy(begin + KEPT + 1) == 1
    assert [each.body for each in queue.due("a", begin + KEPT + 1, 5)] == [b"[2]"]
    assert b"[1]" not in (tmp_path / "queue.db").read_bytes()
    queue.close()


def test_a_server_that_is_down_at_first_gets_everything_later(
    receivers: Receivers, tmp_path: Path
) -> None:
    with postgres_server() as server:
        url = server.fresh()
        server.stop()
        spool = ("--spool", str(tmp_path / "spool"))
        with receivers.running("--ledger", url, *spool) as running:
            assert "Reports wait in the spool" in "".join(receivers.project.said)
            assert running.post(APP, push(*range(100))) == OK
            assert json.loads(running.get("/health")[1]) == {"ledger": "down", "keeps": True}
            server.start()
            running.wait_for("100 rows of the spool", receivers.project.said)
            assert running.post(APP, push(100)) == OK
        with server.connect(url) as connection:
            counted = connection.execute("SELECT count(*) FROM smsops_reports").fetchone()
            assert counted == (101,)
    assert list(tmp_path.rglob("*spool-*")) == []


def test_without_a_key_a_server_that_is_down_is_a_failure(
    receivers: Receivers, tmp_path: Path
) -> None:
    """Rows could not be hashed as the ledger's are."""
    del receivers.project.environment["SMSOPS_LEDGER_KEY"]
    url = "postgresql://me@127.0.0.1:1/x"
    ran = receivers.project(
        "receive", "--port", "0", "--ledger", url, "--spool", str(tmp_path / "spool")
    )
    assert ran.code not in (0, 143)
    assert "127.0.0.1:1" in ran.err


ANSWERS = [
    (wire(b""), True),
    (wire(b"OK"), True),
    (wire(b'{"result": 0}', status="204 No Content"), True),
    (wire(b'{"result": 1}'), False),
    (wire(b"", status="302 Found", headers="Location: http://127.0.0.1:9/\r\n"), False),
    (wire(b"", status="404 Not Found"), False),
    (wire(b"", status="503 Service Unavailable"), False),
    (b"", False),
]


def test_only_a_right_answer_ends_the_attempts_to_pass_on() -> None:
    left = iter(ANSWERS)

    def answer(stream: socket.socket, _: bytes) -> None:
        stream.sendall(next(left)[0])

    with raw_server(answer) as (url, requests):
        line = _Line(target(url, {}), {})
        found = [line.why_not(Queued(1, "t", "text/plain", b"body", 0, 0)) for _ in ANSWERS]
        line.close()
    assert [why is None for why in found] == [right for _, right in ANSWERS]
    assert len(requests) == len(ANSWERS), "no redirect is followed"
