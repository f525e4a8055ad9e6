"""Callbacks at a real socket: answers, repeats, disorder, and what is said of the dropped ones."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from smsops.emulator import exchange, journal, pushing
from smsops.emulator.callbacks import Disorder, Kind, target
from smsops.emulator.messages import Reply
from smsops.emulator.pushing import Pusher
from smsops.errors import SmsopsError
from tests.emulator.test_callbacks import message
from tests.support.clock import FakeClock
from tests.support.servers import raw_server

OK = b'{"result":0,"errmsg":"OK"}'
WRONG = b'{"result":7,"errmsg":"no"}'


def http(body: bytes, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body


class Receiver:
    """A receiver on loopback that answers with each of ``answers`` in turn, and then rightly."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.url = ""
        self.received: list[bytes] = []

    def answer(self, connection: socket.socket, _: bytes) -> None:
        connection.sendall(self.answers.pop(0) if self.answers else http(OK))

    @property
    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.received]

    @property
    def serials(self) -> list[list[str]]:
        """By request to a status URL, the ids in its array."""
        return [[item["sid"] for item in json.loads(body)] for body in self.bodies]


@contextmanager
def receiving(*answers: bytes) -> Iterator[Receiver]:
    receiver = Receiver(*answers)
    with raw_server(receiver.answer) as (receiver.url, receiver.received):
        yield receiver


class Pushes:
    """A pusher on a clock on which nobody waits, and what it said."""

    def __init__(self, kind: Kind, url: str, **options: Any) -> None:
        self.clock = FakeClock()
        self.said: list[str] = []
        self.pusher = Pusher(
            [target(kind, url)],
            clock=options.pop("clock", self.clock.clock),
            say=self.said.append,
            **options,
        )

    def __enter__(self) -> Pushes:
        self.pusher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pusher.stop()

    def settle(self) -> None:
        assert self.pusher.settle(), "nothing came of it"


def test_a_verdict_is_posted_as_json_to_the_path_and_query() -> None:
    with receiving() as receiver:
        url = f"{receiver.url}/sms/callback?token=secret"
        with Pushes(Kind.STATUS, url) as pushes:
            pushes.pusher.report(message())
            pushes.settle()
            (outcome,) = pushes.pusher.outcomes
        (request,) = receiver.received
    head = request.partition(b"\r\n\r\n")[0].decode()
    assert head.startswith("POST /sms/callback?token=secret HTTP/1.1\r\n")
    assert "Content-Type: application/json" in head
    assert receiver.serials == [["xxxxxxx"]]
    assert outcome.to_json() == {
        "kind": "status",
        "url": f"{receiver.url}/sms/callback",
        "serials": ["xxxxxxx"],
        "tries": 1,
        "error": "",
    }
    assert pushes.said == []


def test_a_reply_is_posted_as_an_object() -> None:
    with receiving() as receiver, Pushes(Kind.REPLY, receiver.url) as pushes:
        pushes.pusher.report(message())
        pushes.pusher.reply(message(), Reply("退订", 1457336869.0))
        pushes.settle()
        (body,) = receiver.bodies
    assert json.loads(body)["text"] == "退订"


@pytest.mark.parametrize(
    "wrong", [http(WRONG), http(OK, 500), http(b"OK"), http(OK, 302), b"garbage\r\n\r\n", b""]
)
def test_a_wrong_or_no_answer_is_tried_again_twice_and_then_dropped(wrong: bytes) -> None:
    """The same body each time; what is dropped is said, and the next message is not held up."""
    with receiving(wrong, wrong, wrong) as receiver:
        with Pushes(Kind.STATUS, receiver.url) as pushes:
            pushes.pusher.report(message(serial="a"))
            pushes.settle()
            pushes.pusher.report(message(serial="b"))
            pushes.settle()
            assert [(o.serials, o.tries) for o in pushes.pusher.outcomes] == [
                (("a",), 3),
                (("b",), 1),
            ]
            assert pushes.pusher.dropped == 1
        assert receiver.serials == [["a"]] * 3 + [["b"]]
    assert pushes.clock.slept == [1.0, 2.0]
    line, total = pushes.said
    assert total == "callbacks dropped in all: 1"
    assert line.startswith(f"callback dropped, status of a to {receiver.url}/: tried 3 times, ")


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.REPLY])
def test_a_right_answer_ends_the_repeats(kind: Kind, failures: int) -> None:
    with receiving(*[http(WRONG)] * failures) as receiver:
        with Pushes(kind, receiver.url) as pushes:
            pushes.pusher.report(message())
            pushes.pusher.reply(message(), Reply("R", 1.0))
            pushes.settle()
            (outcome,) = pushes.pusher.outcomes
        assert (outcome.tries, outcome.error, len(receiver.received)) == (
            failures + 1,
            "",
            failures + 1,
        )
    assert pushes.said == []


def test_huawei_asks_for_no_more_than_status_200_and_tries_once() -> None:
    with receiving(http(b""), http(b"", 500)) as receiver:
        with Pushes(Kind.HUAWEI, receiver.url) as pushes:
            pushes.pusher.report(message(serial="a"))
            pushes.pusher.report(
                message(serial="b", report_at=None, verdict="failed", code="EXPIRED")
            )
            pushes.settle()
            assert [(o.serials, o.tries, o.error) for o in pushes.pusher.outcomes] == [
                (("a",), 1, ""),
                (("b",), 1, "answered with status 500"),
            ]
        forms = [dict(parse_qsl(body.decode())) for body in receiver.bodies]
    assert [form["smsMsgId"] for form in forms] == ["a", "b"]
    assert "updateTime" not in forms[1]
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in receiver.received[0]
    assert pushes.said[0].endswith("tried once, answered with status 500")


def test_nobody_waits_for_a_receiver_and_what_waited_goes_as_one_array() -> None:
    """The first push hangs; meanwhile 150 verdicts are taken, and come as arrays of at most 100."""
    hanging, go = threading.Event(), threading.Event()

    def answer(connection: socket.socket, _: bytes) -> None:
        hanging.set()
        go.wait(10)
        connection.sendall(http(OK))

    with raw_server(answer) as (url, received), Pushes(Kind.STATUS, url) as pushes:
        pushes.pusher.report(message(serial="first"))
        assert hanging.wait(10)
        for number in range(150):
            pushes.pusher.report(message(serial=f"{number}"))
        assert len(received) == 1
        go.set()
        pushes.settle()
        arrays = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in received]
    assert [len(array) for array in arrays] == [1, 100, 50]
    assert [item["sid"] for item in arrays[1]] == [f"{number}" for number in range(100)]


def test_a_receiver_that_is_not_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Pushes(Kind.STATUS, f"http://127.0.0.1:{port}/") as pushes:
        pushes.pusher.report(message())
        pushes.settle()
    line, _ = pushes.said
    assert "tried 3 times, no answer (Connection refused)" in line


# ---- disorder ----------------------------------------------------------------------------------


def test_a_delay_is_waited_for_before_a_push() -> None:
    with receiving() as receiver:
        late = Disorder(delay=(2.0, 2.0))
        with Pushes(Kind.STATUS, receiver.url, disorder=late) as pushes:
            pushes.pusher.report(message())
            pushes.settle()
        assert len(receiver.received) == 1
    assert pushes.clock.slept == [2.0]


def test_duplicates_arrive_twice_and_are_accounted_for_once(tmp_path: Path) -> None:
    with receiving() as receiver:
        path = tmp_path / "journal"
        twice = Disorder(duplicate=True)
        with Pushes(Kind.STATUS, receiver.url, disorder=twice, path=path) as pushes:
            for serial in ("a", "b"):
                pushes.pusher.report(message(serial=serial))
                pushes.settle()
                assert path.read_text() == ""
        assert receiver.serials == [["a"], ["a"], ["b"], ["b"]]
    assert pushes.said == []


def test_parts_come_in_reverse_and_without_the_last_one() -> None:
    with receiving() as receiver:
        both = Disorder(reverse=True, lose_part=True)
        with Pushes(Kind.HUAWEI, receiver.url, disorder=both) as pushes:
            pushes.pusher.report(message(fee=3))
            pushes.settle()
        forms = [dict(parse_qsl(body.decode())) for body in receiver.bodies]
    assert [(form["sequence"], form["total"]) for form in forms] == [("2", "3"), ("1", "3")]
    assert pushes.clock.slept == [1.0]  # in which more could have come to be reversed


def test_each_report_waits_for_its_own_delay() -> None:
    """Of a range, drawn anew for every one; what is due first goes first."""
    with receiving() as receiver:
        pushes = Pushes(Kind.STATUS, receiver.url, disorder=Disorder(delay=(1.0, 1000.0)), seed=1)
        for number in range(3):
            pushes.pusher.report(message(serial=f"{number}"))
        with pushes:
            pushes.settle()
        assert [len(array) for array in receiver.serials] == [1, 1, 1]
        assert sorted(receiver.serials) == [["0"], ["1"], ["2"]]
        assert receiver.serials != sorted(receiver.serials)
    assert len(pushes.clock.slept) == 3


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("begin", [b"", HEAD, HEAD + b"Content-Length: 99\r\n\r\n"])
def test_a_receiver_has_one_time_limit_for_all_of_its_answer(
    monkeypatch: pytest.MonkeyPatch, begin: bytes
) -> None:
    """Not one for each byte of it: one that drips is given up, wherever in its answer it is."""
    monkeypatch.setattr(exchange, "TIMEOUT", 0.2)
    given_up = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(begin)
        try:
            while not given_up.wait(0.02):
                connection.sendall(b"X")
        except OSError:
            given_up.set()

    with raw_server(drip) as (url, received), Pushes(Kind.HUAWEI, url) as pushes:
        pushes.pusher.report(message())
        try:
            assert pushes.pusher.settle(10), "the receiver holds the pusher"
        finally:
            given_up.set()
        (outcome,) = pushes.pusher.outcomes
    assert (outcome.tries, outcome.error) == (
        1,
        "no answer (not complete within 0.2 s)",
    )
    assert len(received) == 1


def test_a_redirect_is_not_followed() -> None:
    with receiving() as elsewhere:
        moved = f"HTTP/1.1 302 F\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n"
        with receiving(moved.encode()) as receiver, Pushes(Kind.HUAWEI, receiver.url) as pushes:
            pushes.pusher.report(message())
            pushes.settle()
            (outcome,) = pushes.pusher.outcomes
    assert "status 302" in outcome.error
    assert elsewhere.received == []


# ---- the end -----------------------------------------------------------------------------------


def test_stopping_interrupts_a_push_and_says_what_was_not_pushed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also what waited behind it; the receiver may hang as long as it likes."""
    monkeypatch.setattr(pushing, "TIMEOUT", 3600.0)
    monkeypatch.setattr(exchange, "TIMEOUT", 3600.0)
    hanging, go = threading.Event(), threading.Event()

    def answer(connection: socket.socket, _: bytes) -> None:
        hanging.set()
        ended.append(go.wait(30))

    ended: list[bool] = []
    with raw_server(answer) as (url, _):
        pushes = Pushes(Kind.STATUS, url)
        with pushes:
            pushes.pusher.report(message(serial="a"))
            assert hanging.wait(10)
            for number in range(7):
                pushes.pusher.report(message(serial=f"b{number}"))
        assert ended == [], "stopping waited for the receiver"
        go.set()
    assert pushes.said == [
        f"callback dropped, status of a, b0, b1, b2, b3 and 3 more to {url}/: the emulator stopped",
        "callbacks dropped in all: 8",
    ]
    assert pushes.pusher.dropped == 8


def test_too_many_that_wait_lose_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "WAITING", 2)
    said: list[str] = []
    idle = Pusher([target(Kind.STATUS, "http://127.0.0.1:9/")], say=said.append)
    for number in range(3):
        idle.report(message(serial=f"{number}"))
    assert said == [
        "callback dropped, status of 0 to http://127.0.0.1:9/: more than 2 were waiting"
    ]


def test_a_receiver_that_is_never_there_does_not_fill_the_screen() -> None:
    """Twenty lines, one that says so, and the sum."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Pushes(Kind.HUAWEI, f"http://127.0.0.1:{port}/") as pushes:
        for number in range(25):
            pushes.pusher.report(message(serial=f"{number}"))
        pushes.settle()
    *lines, more, total = pushes.said
    assert len(lines) == 20
    assert (
        more == f"further callbacks to http://127.0.0.1:{port}/ that are dropped are only counted"
    )
    assert total == "callbacks dropped in all: 25"


def test_a_killed_emulator_is_followed_by_one_that_says_what_was_lost(tmp_path: Path) -> None:
    """Its journal is left behind; the next one reads it, and an orderly end empties it."""
    path = tmp_path / "emulator.json.callbacks"
    killed = Pusher([target(Kind.HUAWEI, "http://127.0.0.1:9/")], path=path)
    killed._journal.left()  # as start() does; its threads never get to push anything
    killed.report(message(serial="long", fee=2))
    killed.report(message(serial="short"))
    with receiving() as receiver, Pushes(Kind.HUAWEI, receiver.url, path=path) as pushes:
        assert pushes.said == ["callbacks that were under way when the emulator ended: long, short"]
        pushes.pusher.report(message(serial="new"))
        pushes.settle()
        assert path.read_text() == ""
    with Pushes(Kind.HUAWEI, "http://127.0.0.1:9/", path=path) as pushes:
        assert pushes.said == []


def test_what_is_no_answer_is_said_on_one_line_and_not_whole() -> None:
    """It may hold whatever a terminal or the runner of a pipeline obeys."""
    junk = b"\x1b[2J\r##[error]" + b"x" * 5000 + b"\r\n\r\n"
    with receiving(junk) as receiver, Pushes(Kind.HUAWEI, receiver.url) as pushes:
        pushes.pusher.report(message())
        assert pushes.pusher.settle()
    (outcome,) = pushes.pusher.outcomes
    assert outcome.error.startswith("no answer (\\x1b[2J\\x0d")
    assert outcome.error.isprintable()
    assert len(outcome.error) < 150


def test_a_journal_stays_small_beside_a_receiver_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says what is under way, before and after it was written anew."""
    monkeypatch.setattr(journal, "_FEW", 20)
    path = tmp_path / "emulator.json.callbacks"
    kept = journal.Journal(path)
    kept.left()
    for serial in ("hung", "hung", "stuck"):
        kept.begun("status", serial)
    for number in range(500):
        kept.begun("status", str(number))
        kept.ended("status", str(number))
        assert path.stat().st_size < 25 * len("+ status 1234\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    kept.ended("status", "hung")
    kept.close()
    assert journal.Journal(path).left() == ["hung", "stuck"]


def test_a_journal_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with pytest.raises(SmsopsError, match="cannot use"):
        Pushes(Kind.STATUS, "http://127.0.0.1:9/", path=tmp_path / "j").pusher.start()
