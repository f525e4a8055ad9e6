"""``smsops receive`` as a process, over real sockets."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.delivery.model import Reply
from tests.support.postgres import postgres_server
from tests.support.receipts import PHONE
from tests.support.receivers import (
    APP,
    OK,
    OTHER,
    TEXT,
    TOKEN,
    Receivers,
    Running,
    huawei,
    item,
    push,
    reports,
)
from tests.support.servers import raw_server, wire

pytestmark = pytest.mark.systems


def test_what_is_acknowledged_is_in_the_ledger_and_nothing_else_is_anywhere(
    receivers: Receivers, place: Path
) -> None:
    reply = {"mobile": PHONE[3:], "nationcode": "86", "sign": "s", "text": TEXT, "time": 5}
    uplink = urlencode({"smsMsgId": "u", "from": PHONE, "to": "106", "body": TEXT})
    with receivers.running("--ledger", f"sqlite:{place}", "--metrics") as running:
        assert running.post(APP, push(1, 2)) == OK
        assert running.post(APP, push(2, 1), token=OTHER) == OK
        assert running.post("/tencent", json.dumps(reply)) == OK
        assert running.post("/huawei", huawei("a")) == (200, b"")
        assert running.post("/huawei", json.dumps({"statusReportList": [{}]})) == (400, b"")
        assert running.post("/huawei/replies", uplink) == (200, b"")
        broken = json.dumps([item(3), item(4, sid=[PHONE]), {PHONE: TEXT}])
        assert running.post(APP, broken) == OK
        assert running.get("/health") == (200, '{"ledger": "up", "keeps": true}')
        status, metrics = running.get("/metrics")
        assert status == 200
        assert 'reports_total{application="",vendor="tencent",verdict="delivered"} 5' in metrics
    assert running.process.returncode == 143
    assert sorted(row.id.message for row in reports(place)) == ["2019:1", "2019:2", "2019:3", "a"]
    assert sum(row.repeats for row in reports(place)) == 2
    said = "".join(receivers.project.said) + metrics
    files = [path for path in place.parent.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert {path.name for path in files} == {"ledger.db", "ledger.db.quarantine.jsonl"}
    kept = said.encode() + b"".join(path.read_bytes() for path in files)
    for secret in (PHONE[1:], PHONE[3:], TOKEN, OTHER, TEXT):
        assert secret.encode() not in kept


def test_replies_are_kept_with_their_texts_when_somebody_asks(
    receivers: Receivers, place: Path
) -> None:
    reply = {"mobile": PHONE[3:], "nationcode": "86", "sign": "s", "text": TEXT, "time": 5}
    with receivers.running("--ledger", f"sqlite:{place}", "--keep-replies") as running:
        assert running.post(APP, json.dumps(reply)) == OK
    ledger = SqliteLedger(place)
    assert [row.text for row in ledger.rows() if isinstance(row, Reply)] == [TEXT]
    ledger.close()


def test_hostile_requests_get_the_right_status_and_the_receiver_lives(
    receivers: Receivers, place: Path
) -> None:
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        assert running.post(APP, "{")[0] == 400
        assert running.post(APP, "[]") == (400, b'{"result": 1, "errmsg": "Bad Request"}')
        assert running.post("/tencent", push(1))[0] == 400
        assert running.post("/huawei", "nonsense")[0] == 400
        assert running.post(APP, b" " * (1 << 20) + b"[]")[0] == 413
        assert running.post(APP, push(*range(101)))[0] == 413
        assert running.post(APP, push(1), Content_Encoding="gzip")[0] == 415
        # A mobile number is no SmsSdkAppId, and would be kept as one.
        for path in ("", "/", "/tencent/x", "/tencent/13800000123", "/huawei/", "/nobody"):
            assert running.post(path, push(1))[0] == 404
        for token in ("x" * 32, TOKEN[:-1], TOKEN + "x", ""):
            assert running.post(APP, push(1), token=token)[0] == 404
        assert running.get(f"/{TOKEN}{APP}")[0] == 405
        assert running.get("/metrics")[0] == 404
        parts = urlsplit(running.url)
        with socket.create_connection((parts.hostname, parts.port)) as raw:
            raw.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
            assert b" 400 " in raw.recv(4096)
        assert running.post(APP, push(1)) == OK
    said = "".join(receivers.project.said).splitlines()
    told = [line for line in said if line.startswith("Warning: ")]
    assert len(told) == 5, told
    assert told[0] == (
        "Warning: a body for tencent was refused with 400: it is no report and no reply. "
        "This is said once."
    )
    assert "status reports go to /TOKEN/tencent/SDKAPPID" in told[1]
    assert not any(TOKEN in line or TEXT in line for line in told)


@pytest.mark.parametrize(
    ("token", "arguments", "said"),
    [
        (None, (), "SMSOPS_RECEIVE_TOKEN is not set"),
        ("sh0rt", (), "is too short"),
        (f"{TOKEN},short", (), "is too short"),
        ("a/b" * 20, (), "something else than a token"),
        (None, ("--no-token", "--host", "0.0.0.0"), "for loopback addresses only"),
        (TOKEN, ("--no-token",), "choose one"),
        (TOKEN, ("--forward", "http://example.com/x"), "takes https"),
        (TOKEN, ("--forward", "huawei/1=https://example.com/"), "--forward takes a URL"),
        (TOKEN, ("--forward", "tencent/shop=https://example.com/"), "no application"),
        (TOKEN, ("--forward", "tencent/13800000123=https://a.test/"), "named •••••••0123"),
        (TOKEN, ("--ledger", "postgresql://me:s3cret@127.0.0.1:1/x"), "--spool DIR"),
        (TOKEN, (), "no ledger is named"),
    ],
)
def test_what_cannot_be_served_is_said(
    receivers: Receivers, token: str | None, arguments: tuple[str, ...], said: str
) -> None:
    project = receivers.project
    project.environment.pop("SMSOPS_RECEIVE_TOKEN")
    if token is not None:
        project.environment["SMSOPS_RECEIVE_TOKEN"] = token
    ran = project("receive", "--port", "0", *arguments)
    assert (ran.code, said in ran.err) == (64, True), ran.err
    assert token is None or token not in ran.err
    assert "s3cret" not in ran.err
    assert [path for path in project.root.rglob("*") if path.is_file()] == []


def test_an_address_of_another_machine_is_no_matter_of_the_port(
    receivers: Receivers, tmp_path: Path
) -> None:
    """192.0.2.1 is for documentation, and no machine has it."""
    ran = receivers.project(
        *("receive", "--port", "0", "--host", "192.0.2.1"),
        *("--ledger", f"sqlite:{tmp_path}/x.db", "--forward", "http://127.0.0.1:9/"),
    )
    assert ran.code == 1
    assert "Give --host an address of this machine." in ran.err
    assert {path.name for path in tmp_path.glob("x.db*")} == {"x.db"}


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_receiver_passes_nothing_on_to_itself(
    receivers: Receivers, tmp_path: Path, host: str
) -> None:
    ran = receivers.project(
        *("receive", "--port", "8090", "--host", host, "--ledger", f"sqlite:{tmp_path}/x.db"),
        *("--forward", f"http://localhost:8090/{TOKEN}/tencent/1400006666"),
    )
    assert ran.code == 64
    assert "--forward names this receiver" in ran.err
    assert TOKEN not in ran.err
    assert list(tmp_path.glob("x.db*")) == []


def test_without_a_token_paths_have_none(receivers: Receivers, place: Path) -> None:
    del receivers.project.environment["SMSOPS_RECEIVE_TOKEN"]
    with receivers.running("--ledger", f"sqlite:{place}", "--no-token") as running:
        assert running.post(APP, push(1), token="") == OK
        assert running.post(APP, push(1))[0] == 404


def test_a_ledger_that_is_held_sends_rows_to_the_spool_which_is_replayed(
    receivers: Receivers, place: Path
) -> None:
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        assert running.post(APP, push(1)) == OK
        holder = SqliteLedger(place)
        with holder._transaction():
            assert running.post(APP, push(2)) == OK
            assert json.loads(running.get("/health")[1])["ledger"] == "down"
            assert [row.id.message for row in reports(place)] == ["2019:1"]
        holder.close()
        assert running.process.stderr is not None
        for line in running.process.stderr:
            receivers.project.said.append(line)
            if "row" in line and "spool was written" in line:
                break
        assert running.post(APP, push(3)) == OK
    assert sorted(row.id.message for row in reports(place)) == ["2019:1", "2019:2", "2019:3"]
    assert sorted(path.name for path in place.parent.glob("ledger.db.*")) == []


def test_what_a_killed_receiver_spooled_is_written_by_the_next(
    receivers: Receivers, place: Path
) -> None:
    reply = {"mobile": PHONE[3:], "nationcode": "86", "sign": "s", "text": TEXT, "time": 5}
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        holder = SqliteLedger(place)
        with holder._transaction():
            assert running.post(APP, push(*range(49))) == OK
            assert running.post("/tencent", json.dumps(reply)) == OK
            running.process.kill()
            running.process.wait(30)
        holder.close()
    assert reports(place) == []
    (spooled,) = place.parent.glob("ledger.db.spool-*.db")
    left = b"".join(path.read_bytes() for path in place.parent.glob("ledger.db.*"))
    assert b"2019:48" in left
    for secret in (PHONE[3:], TOKEN, OTHER, TEXT):
        assert secret.encode() not in left
    assert spooled.stat().st_mode & 0o777 == 0o600
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        running.wait_for("50 rows of the spool", receivers.project.said)
    assert len(reports(place)) == 49


def test_bodies_are_passed_on_as_they_came(receivers: Receivers, place: Path) -> None:
    refusing = threading.Event()
    arrived = threading.Semaphore(0)

    def answer(stream: socket.socket, _: bytes) -> None:
        if refusing.is_set():
            refusing.clear()
            stream.sendall(wire(b'{"result": 1}'))
        else:
            stream.sendall(wire(b""))
            arrived.release()

    with raw_server(answer) as (url, requests):
        forward = ("--forward", f"tencent/1400006666={url}/theirs?key=1")
        with receivers.running("--ledger", f"sqlite:{place}", *forward) as running:
            refusing.set()
            assert running.post(APP, push(1), Content_Type="application/json", X_Own="1") == OK
            assert running.post("/tencent/1400006667", push(2)) == OK
            assert running.post("/huawei", huawei("a")) == (200, b"")
            assert running.post(APP, "[]")[0] == 400
            assert arrived.acquire(timeout=60)
    assert {request.partition(b"\r\n\r\n")[2] for request in requests} == {push(1).encode()}
    assert len(requests) == 2
    for request in requests:
        head = request.partition(b"\r\n\r\n")[0].decode()
        assert head.startswith("POST /theirs?key=1 HTTP/1.1")
        names = {line.partition(":")[0].lower() for line in head.splitlines()[1:]}
        assert names <= {"host", "content-length", "content-type"}
        assert TOKEN not in head
    assert sorted(path.name for path in place.parent.glob("ledger.db.*")) == []


def everything(
    receivers: Receivers, place: Path, *, bodies: int, kills: int, senders: int = 8
) -> None:
    """Push all bodies, in reverse and twice, to a receiver that is killed again and again."""
    sent = [(APP, push(n, n + 1)) for n in range(0, 2 * bodies, 2)]
    sent += [("/huawei", huawei(n)) for n in range(bodies)]
    sent = [*reversed(sent), *sent[::7]]
    where: dict[str, Running] = {}
    ready = threading.Condition()
    done = 0
    waiting = list(sent)

    def other(seen: Running) -> bool:
        return where.get("now") is not seen

    def reached(most: int) -> bool:
        return done >= most

    def work() -> None:
        nonlocal done
        while True:
            with ready:
                if not waiting:
                    return
                path, body = waiting.pop()
            while True:
                with ready:
                    ready.wait_for(lambda: bool(where), 60)
                    running = where["now"]
                try:
                    status, _ = running.post(path, body)
                except (OSError, http.client.HTTPException):
                    with ready:  # until there is another one
                        ready.wait_for(partial(other, running), 60)
                    continue
                if status == 200:
                    break
            with ready:
                done += 1
                ready.notify_all()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for kill in range(1, kills + 2):
        with receivers.running("--ledger", f"sqlite:{place}") as running, ready:
            where["now"] = running
            ready.notify_all()
            until = len(sent) * kill // (kills + 1)
            assert ready.wait_for(partial(reached, until), 100)
            if kill <= kills:
                running.process.send_signal(signal.SIGKILL)
                running.process.wait(30)
                del where["now"]
    for thread in threads:
        thread.join(30)
    found = reports(place)
    wanted = {f"2019:{n}" for n in range(2 * bodies)} | {str(n) for n in range(bodies)}
    assert {row.id.message for row in found} == wanted
    assert len(found) == len(wanted)


def test_kill_9_loses_nothing_that_was_acknowledged(receivers: Receivers, place: Path) -> None:
    everything(receivers, place, bodies=150, kills=2)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_kill_9_ten_times_during_twenty_thousand_callbacks(
    receivers: Receivers, place: Path
) -> None:
    everything(receivers, place, bodies=10_000, kills=10)


def test_a_slow_fsync_holds_the_answer_back(tmp_path: Path) -> None:
    """The thread that commits is held: no ticket is settled before it goes on."""
    from smsops.clock import SYSTEM
    from smsops.receiving.keeping import Keeper, Ticket
    from smsops.receiving.spool import Place, Spool
    from tests.support.receipts import tencent

    synced, entered = threading.Event(), threading.Event()
    over: list[Ticket] = []
    settled = threading.Event()

    class Slow(SqliteLedger):
        def append(self, rows: Any) -> None:
            super().append(rows)
            entered.set()
            assert synced.wait(60)

    ledger = Slow(tmp_path / "ledger.db")
    spool = Spool(Place(tmp_path / "x."), "ab", SqliteLedger, SYSTEM)

    def note(tickets: list[Ticket]) -> None:
        over.extend(tickets)
        settled.set()

    keeper = Keeper(
        lambda: ledger, ledger, spool, None, clock=SYSTEM, say=lambda _: None, settled=note
    )
    keeper.start()
    keeper.keep(Ticket([tencent()], ()))
    assert entered.wait(60)
    assert over == []
    synced.set()
    assert settled.wait(60)
    assert [ticket.kept for ticket in over] == [True]
    keeper.close()


# -- PostgreSQL -----------------------------------------------------------------------------------


def test_two_receivers_on_one_server_that_crashes_lose_nothing(
    receivers: Receivers, tmp_path: Path
) -> None:
    with postgres_server() as server, ExitStack() as stack:
        url = server.fresh()
        both = [
            stack.enter_context(
                receivers.running("--ledger", url, "--spool", str(tmp_path / f"spool{n}"))
            )
            for n in range(2)
        ]
        answers: list[int] = []

        def work(running: Running, order: Callable[[range], Any]) -> None:
            for begin in order(range(0, 600, 50)):
                serials = list(range(begin, begin + 100))
                answers.append(running.post(APP, push(*order(serials)))[0])  # type: ignore[arg-type]

        def batch() -> None:
            orders = (list, lambda found: list(reversed(found)))
            threads = [
                threading.Thread(target=work, args=(running, order))
                for running in both
                for order in orders
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(100)

        batch()
        server.stop()
        assert both[0].post("/huawei", huawei("while it is away"))[0] == 200
        batch()
        both[1].process.kill()
        both[1].process.wait(30)
        server.start()
        spool = ("--spool", str(tmp_path / "spool1"))
        both[1] = stack.enter_context(receivers.running("--ledger", url, *spool))
        for running in both:
            running.wait_for("The ledger is there", receivers.project.said)
        assert set(answers) == {200}
        assert len(answers) == 96
        with server.connect(url) as connection:
            counted = connection.execute("SELECT count(*) FROM smsops_reports").fetchone()
            assert counted == (651,)
        assert list(tmp_path.rglob("*spool-*")) == []
