"""Bodies, paths and connections of somebody who means harm, or is slow."""

from __future__ import annotations

import json
import re
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from smsops.clock import SYSTEM
from smsops.receiving import app
from smsops.receiving.bodies import Reader
from smsops.receiving.keeping import Counts
from smsops.receiving.metrics import Metrics
from smsops.receiving.paths import Paths
from smsops.receiving.quarantine import Quarantine
from tests.support.receipts import PHONE, SECRET
from tests.support.receivers import APP, OK, TEXT, TOKEN, Receivers, Running, item, push, reports

#: The beginning of a character, where a text was cut.
HALF, CUT = "<half>", b"\xe4\xb8"
#: What some decoder, database or terminal stumbles over, in the place of a serial.
WORDS: list[Any] = [
    *("\ud800", "\x00", "\x1b[31m", "\u202e", "a" * 257, "", " ", "'; DROP TABLE smsops_reports;"),
    *(10**4000, -1, 1.5, True, None, [], {}, [["x"] * 1000]),
]


def connection(running: Running) -> socket.socket:
    parts = urlsplit(running.url)
    return socket.create_connection((parts.hostname, parts.port), 30)


def head(*lines: str, path: str = f"/{TOKEN}{APP}") -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def chunks(pieces: int, piece: bytes) -> Iterator[bytes]:
    for _ in range(pieces):
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def status(stream: socket.socket) -> int:
    answer = b""
    while b"\r\n" not in answer and (more := stream.recv(65536)):
        answer += more
    return int(answer.split(b" ", 2)[1]) if answer else 0


def memory(running: Running) -> float:
    """MiB at the peak."""
    about = Path(f"/proc/{running.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", about)
    assert found is not None
    return int(found[1]) / 1024


def test_hostile_items_and_requests_get_a_status_and_nothing_else(
    receivers: Receivers, place: Path
) -> None:
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        for number, word in enumerate(WORDS):
            body = json.dumps([item(f"good{number}"), item(0, sid=word), item(0, mobile=word)])
            assert running.post(APP, body) == OK, repr(word)[:50]
            for field in ("report_status", "errmsg", "user_receive_time", "nationcode"):
                assert running.post(APP, json.dumps([item("x", **{field: word})]))[0] in (200, 400)
            reply = {"mobile": PHONE[3:], "nationcode": "86", "sign": word, "text": word, "time": 5}
            assert running.post("/tencent", json.dumps(reply))[0] in (200, 400)
        for broken in (
            b"[" * 100_000,
            b'{"statusReportList":' + b"[" * 100_000,
            b"\xff\xfe[]",
            b"[NaN]",
            b"[" + b"1" * 5000 + b"]",
            b"null",
            b'"' + TEXT.encode() + b'"',
            b"&" * 1000,
            b"smsMsgId=a&smsMsgId=b&status=DELIVRD",
            b"%ff%fe=%00&status=%00&smsMsgId=%00",
        ):
            for path in (APP, "/tencent", "/huawei", "/huawei/replies"):
                assert running.post(path, broken)[0] == 400, (path, broken[:30])
        for lines in (
            ("Content-Length: -1",),
            ("Content-Length: 5", "Content-Length: 6"),
            ("Content-Length: " + "9" * 30,),
            ("Transfer-Encoding: gzip, chunked",),
            ("X: " + "x" * 200_000,),
        ):
            with connection(running) as stream:
                stream.sendall(head(*lines))
                assert status(stream) in (400, 413, 431, 501), lines[0][:40]
        half = json.dumps([item("half"), item(f"{HALF}gone")], ensure_ascii=False).encode()
        assert running.post(APP, half.replace(TEXT.encode(), CUT).replace(HALF.encode(), CUT)) == OK
        assert running.post("/huawei", b"smsMsgId=half&status=DELIVRD&statusDesc=%e4%b8") == (
            200,
            b"",
        )
        assert running.post("/huawei", b"smsMsgId=half%e4%b8&status=DELIVRD")[0] == 400
        with connection(running) as stream:  # the chunked one counts, or neither
            stream.sendall(head("Content-Length: 3", "Transfer-Encoding: chunked"))
            stream.sendall(b"".join(chunks(1, push("both").encode())))
            assert status(stream) in (200, 400)
        with connection(running) as stream:
            stream.sendall(head("Transfer-Encoding: chunked"))
            for piece in chunks(1, push("chunked").encode()):
                stream.sendall(piece)
            assert status(stream) == 200
        with connection(running) as stream:  # gone in the middle of it
            stream.sendall(head("Content-Length: 1000") + b"[")
        assert running.post(APP, push("last")) == OK
    found = {row.id.message for row in reports(place)}
    assert {f"2019:good{number}" for number in range(len(WORDS))} <= found
    assert {"2019:chunked", "2019:last", "2019:half", "half"} <= found
    assert not any("gone" in id for id in found)
    quarantine = place.with_name("ledger.db.quarantine.jsonl")
    kept = "".join(receivers.project.said) + quarantine.read_text()
    assert not any(secret in kept for secret in (TEXT, TOKEN, PHONE[3:], "DROP TABLE", "\x1b"))
    assert quarantine.stat().st_size < 1 << 20


def test_memory_is_flat_whatever_is_pushed(receivers: Receivers, place: Path) -> None:
    """Bodies that are too large are read and dropped; those that wait are counted."""
    with receivers.running("--ledger", f"sqlite:{place}") as running:
        assert running.post(APP, push(1)) == OK
        before = memory(running)
        for _ in range(4):
            with connection(running) as stream:
                stream.sendall(head("Transfer-Encoding: chunked"))
                for piece in chunks(14, b" " * (1 << 20)):
                    stream.sendall(piece)
                assert status(stream) == 413
        with connection(running) as stream:  # more than is drained: it is cut off
            stream.sendall(head("Content-Length: 99999999999"))
            assert status(stream) == 413
        for begin in range(0, 10_000, 100):
            assert running.post(APP, push(*range(begin, begin + 100))) == OK
        assert memory(running) - before < 32
        streams = [connection(running) for _ in range(100)]
        try:
            for stream in streams:  # of each the last byte never comes
                stream.settimeout(5)
                stream.sendall(head(f"Content-Length: {1 << 20}"))
            full = b" " * ((1 << 20) - 1)
            for stream in streams:
                with suppress(OSError):  # it was refused already
                    stream.sendall(full)
            answered = select.select(streams, [], [], 30)[0]
            assert b"HTTP/1.1 503" in [stream.recv(12) for stream in answered]
            assert memory(running) - before < 160
        finally:
            for stream in streams:
                stream.close()
        # Until the receiver has seen that they are gone, a sender hears 503, and comes again.
        answers = (running.post(APP, push("last")) for _ in range(1000))
        assert next(answer for answer in answers if answer[0] != 503) == OK


@contextmanager
def serving(tmp_path: Path) -> Iterator[str]:
    """The app in this process, which keeps at once."""
    quarantine = Quarantine(tmp_path / "quarantine")
    parts = app.Parts(
        Paths([TOKEN]), Reader(SECRET), quarantine, Metrics({}), None, SYSTEM, show_metrics=False
    )
    receiver = app.Receiver(parts)

    def keep(ticket: Any) -> None:
        ticket.kept = True
        receiver.settled([ticket])

    receiver.keeper = SimpleNamespace(  # type: ignore[assignment]
        keep=keep, counts=Counts(ledger_up=True), ledger_up=True
    )
    ready: list[str] = []
    begun = threading.Event()

    def say(url: str) -> None:
        ready.append(url)
        begun.set()

    server = app.Server(receiver, "127.0.0.1", 0, say)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert begun.wait(60)
        yield ready[0]
    finally:
        server.stop()
        thread.join(60)


def test_whoever_is_slow_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "WHOLE", 0.3)
    monkeypatch.setattr(app, "CONNECTIONS", 4)
    with serving(tmp_path) as url:
        parts = urlsplit(url)
        address = parts.hostname, parts.port
        with (
            socket.create_connection(address, 30) as silent,
            socket.create_connection(address, 30) as headless,
            socket.create_connection(address, 30) as slow,
        ):
            headless.sendall(b"POST /x HTTP/1.1\r\nHos")
            slow.sendall(head("Content-Length: 100") + b"[")
            assert status(slow) == 408
            assert silent.recv(1) == b""
            assert headless.recv(1) == b""
        streams = [socket.create_connection(address, 30) for _ in range(6)]
        try:
            ends = [stream.recv(12) for stream in streams]
            assert ends.count(b"HTTP/1.1 503") == 2
            assert ends.count(b"") == 4
        finally:
            for stream in streams:
                stream.close()
        body = push(1).encode()
        with socket.create_connection(address, 30) as stream:
            stream.sendall(head(f"Content-Length: {len(body)}") + body)
            assert status(stream) == 200
