"""How many messages are kept and what survives: bounds, rewriting, death, other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from smsops.emulator.account import Contents
from smsops.emulator.core import Emulator
from smsops.emulator.history import History
from smsops.emulator.messages import Message, sent
from smsops.emulator.settings import EVERYTHING, Settings
from smsops.emulator.store import DataError, Store
from smsops.emulator.transport import EmulatorTransport
from tests.emulator.messages import APP, NUMBER, SIGN, Line
from tests.support.clock import FakeClock

REPORTS, REPLIES = "PullSmsSendStatus", "PullSmsReplyStatus"
MANY = [f"+861850{number:07}" for number in range(20_100, 20_250)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "emulator.json"


def state(emulator: Emulator) -> list[object]:
    """All that an account holds, and everything that is remembered of what it held."""
    with emulator.store.reading() as contents:
        history, unpulled = contents.history, contents.history.unpulled
        return [
            contents.items,
            contents.qualifications,
            contents.ledger,
            [contents.next_id(kind) for kind in ("sign", "template")],
            history.messages,
            history.tallies,
            history.packages.owned,
            dict(history.packages.spent),
            dict(history.packages.used),
            {app: list(waiting) for app, waiting in unpulled.reports.items() if waiting},
            {app: list(waiting) for app, waiting in unpulled.replies.items() if waiting},
            history.next_seq,
        ]


def test_everything_is_there_after_a_restart(path: Path, clock: FakeClock) -> None:
    """Messages, reports and replies that were ordered, and what pulls have taken."""
    line = Line(clock, path)
    line.emulator.seed([{"kind": "package", "app": APP, "id": 7, "amount": 100}])
    numbers = ("18501230008", NUMBER, "18501230001", "18501230004")
    line.send(*numbers, SessionContext="a", ExtendCode="1")
    clock.advance(1)
    pulled = line.pull(REPORTS, 1)
    unreported = line.emulator.messages()[0]
    line.emulator.report(unreported.serial, "failed", "BLACK")
    line.emulator.reply_from(unreported.serial, "好")
    line.pull(REPLIES, 1)
    again = Line(clock, path)
    assert state(again.emulator) == state(line.emulator)
    assert again.emulator.messages() == line.emulator.messages()
    assert len(pulled) == 1
    assert [one["Description"] for one in again.pull(REPORTS)] == ["DELIVRD", "BLACK"]
    assert line.pull(REPORTS) == []  # what one process pulls, the other has not
    assert [one["ReplyContent"] for one in again.pull(REPLIES)] == ["好"]


def test_the_newest_messages_are_kept(clock: FakeClock) -> None:
    """What left has left everywhere: numbers, serial numbers and pulls."""
    line = Line(clock, keep=3)
    first, *others = line.send(*(f"185012350{number:02}" for number in range(5)))
    assert len(line.emulator.messages()) == 5  # which wait for their reports
    clock.advance(1)
    (last,) = line.send("18501235004")
    kept = [status["SerialNo"] for status in (*others[2:], last)]
    assert [message.serial for message in line.emulator.messages()] == kept[::-1]
    assert [one["SerialNo"] for one in line.pull(REPORTS)] == kept[:2]
    with line.emulator.store.reading() as contents:
        assert contents.history.of_serial(first["SerialNo"]) is None
    asked = f"{REPORTS}ByPhoneNumber"
    assert line.ask_number(asked, "+8618501235000")[f"{REPORTS}Set"] == []
    assert len(line.ask_number(asked, "+8618501235004")[f"{REPORTS}Set"]) == 1  # of two


def test_a_history_stays_small(clock: FakeClock) -> None:
    """Whatever it is asked to remember; nobody pulls, and nobody is told."""
    history = History(keep=500)
    most = 0
    for seq in range(1, 100_001, 100):
        shared = {
            "channel": "tencent", "version": "2021-01-11", "app": APP, "sign": SIGN,
            "template": "1110", "text": "x", "params": ["1"], "sent_at": clock.moment,
            "session_context": "", "extend": "",
        }  # fmt: skip
        to = [
            [f"5000:{seq + n}", f"+861{seq + n:010}", "86", "CN", 1, "delivered", "DELIVRD",
             clock.moment + 1, [["R", clock.moment + 1]]]
            for n in range(100)
        ]  # fmt: skip
        assert history.apply(sent(seq, shared, to))
        history.trim(followed=False)
        most = max(most, len(history.agenda))
        clock.advance(1)
    sizes = {name: len(getattr(history, name)) for name in ("messages", "_numbers", "tallies")}
    waiting = (len(history.unpulled.reports[APP]), len(history.unpulled.replies[APP]))
    assert sizes["messages"] == sizes["_numbers"] == 500
    assert waiting == (500, 500)
    assert most == 200  # the report and the reply of each of the last call
    assert sizes["tallies"] <= 2 + 100_000 // 3600 // 100  # hours
    assert len(list(history.due(clock.moment))) == 200
    assert list(history.due(clock.moment)) == []


def test_messages_are_found_by_serials_of_others_too(clock: FakeClock) -> None:
    """By the number at their end where the emulator drew them, else by looking at all of them."""
    history = History()
    shared = {
        "channel": "tencent", "version": "2021-01-11", "app": APP, "sign": SIGN,
        "template": "1110", "text": "x", "params": [], "sent_at": clock.moment,
        "session_context": "", "extend": "",
    }  # fmt: skip
    serials = [
        "5000:1790000000000000000000000001",
        "5000:1045710669157053657849499619",
        f"{7:016x}{3:016x}",
        "not a number",
    ]
    own = ["+8618501234444", "86", "CN", 1, "delivered", "DELIVRD", clock.moment, []]
    refused = ["", *own[:3], 0, "refused", "FailedOperation.PhoneNumberInBlacklist", None, []]
    assert history.apply(sent(1, shared, [*([serial, *own] for serial in serials), refused]))
    for seq, serial in enumerate(serials, start=1):
        found = history.of_serial(serial)
        assert found is not None
        assert (found.seq, found.serial) == (seq, serial)
    for serial in ("", "5000:1", "0" * 15 + "1", "5000:9990000000000000000000000001"):
        assert history.of_serial(serial) is None


def test_a_file_stays_small_and_says_the_same(path: Path, clock: FakeClock) -> None:
    """It is rewritten beyond a thousand messages that left; other processes follow."""
    line = Line(clock, path, keep=100)
    other = Line(clock, path, keep=100)
    sizes = []
    for _ in range(30):
        line.send(*MANY)
        clock.advance(1)
        line.pull(REPORTS, 3)
        sizes.append(path.stat().st_size)
        assert state(other.emulator) == state(line.emulator)
    assert max(sizes) < 8 * sizes[0]  # of thirty calls
    assert sum(1 for before, after in pairwise(sizes) if after < before) >= 3
    assert state(Line(clock, path, keep=100).emulator) == state(line.emulator)
    document = json.loads(path.read_bytes())
    assert document["committed"] == len(document["changes"])
    other.send(*MANY)  # and can write
    assert state(other.emulator) == state(line.emulator)


def test_commands_do_not_shorten_what_a_server_keeps(path: Path, clock: FakeClock) -> None:
    """Only who serves a file says how much of it is kept."""
    line = Line(clock, path, keep=2000)
    serial = line.send(NUMBER)[0]["SerialNo"]
    for _ in range(8):
        line.send(*MANY)
    command = EmulatorTransport(path, clock=clock.clock).emulator
    command.report(serial, "failed", "BLACK")
    command.seed([{"kind": "sign", "signName": "新"}])
    assert len(line.emulator.messages()) == len(command.messages()) == 1201
    assert command.settings.keep == EVERYTHING
    assert line.emulator.message(serial).code == "BLACK"


def test_a_snapshot_makes_the_same_account(clock: FakeClock) -> None:
    line = Line(clock, keep=200)
    line.emulator.seed([{"kind": "package", "app": APP, "id": 7, "amount": 900}])
    for numbers in (MANY, ["18501230008", "18501230001"], MANY):
        line.send(*numbers)
        clock.advance(1)
    line.pull(REPLIES)
    line.pull(REPORTS, 5)
    line.emulator.remove("sign", 1112)
    copy = Emulator(None, Settings(keep=200), clock=clock.clock)
    with line.emulator.store.reading() as contents, copy.store.writing():
        changes = json.loads(json.dumps(list(contents.snapshot())))
        copy.store.commit(changes)
    assert state(copy) == state(line.emulator)
    assert len(changes) < 40  # what one call sent is one change


def test_what_is_due_is_told_once_although_the_file_is_rewritten(
    path: Path, clock: FakeClock
) -> None:
    """By a process that only follows the file."""
    line, follower = Line(clock, path, keep=100), Line(clock, path, keep=100)
    told: list[str] = []

    def follow(kind: str, about: object) -> None:
        if kind == "report":
            assert isinstance(about, Message)
            told.append(about.serial)

    follower.emulator.subscribe(follow)
    kept: list[str] = []
    for _ in range(30):
        kept += [status["SerialNo"] for status in line.send(*MANY[:60])]
        follower.emulator.events.flush()
        clock.advance(1)
        follower.emulator.events.flush()
    assert told == kept


SENDER = """
import sys
from pathlib import Path
from smsops.clock import SYSTEM
from smsops.emulator.core import Emulator
from smsops.emulator.settings import EVERYTHING, Settings
from tests.support.emulator_api import call
from tests.emulator.messages import ACCOUNT, sms
import time
emulator = Emulator(Path(sys.argv[1]), Settings(limits=False, keep=int(sys.argv[2])))
while True:
    numbers = [f"+861850{number:07}" for number in range(20100, 20140)]
    answer = call(emulator, "SendSms", now=time.time(), **sms(*numbers))
    print(answer["SendStatusSet"][-1]["SerialNo"], flush=True)
"""


@pytest.mark.parametrize("keep", [100_000, 50])
def test_messages_survive_a_process_that_is_killed(path: Path, keep: int) -> None:
    """What was answered is there, all of it or nothing of what was not; also amid rewriting."""
    Line(FakeClock(time.time()), path)
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(path), str(keep)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(40)]
        os.kill(process.pid, signal.SIGKILL)
        answered += process.stdout.read().split()
        process.wait(30)
        process.stdout.close()
        store = Store(path, keep=keep)
        with store.reading() as contents:
            history = contents.history
            assert history.of_serial(answered[-1]) is not None
            if keep > 1000:
                assert all(history.of_serial(serial) is not None for serial in answered)
                assert len(history.messages) % 40 == 0
            total = sum(counted.requests for counted in history.tallies.values())
            assert (total + len(history.messages)) == history.next_seq - 1
            assert history.packages.spent[APP] == history.next_seq - 1
            assert len(contents.items["template"]) == 6


def test_senders_at_once_lose_nothing(path: Path) -> None:
    clock = FakeClock()
    line = Line(clock, path)
    lines = [Line(clock, path) for _ in range(3)]

    def send(one: Line) -> None:
        for _ in range(10):
            one.send(*MANY[:5])

    threads = [threading.Thread(target=send, args=(one,)) for one in (*lines, lines[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    messages = line.emulator.messages()
    assert len({message.serial for message in messages}) == len(messages) == 200
    assert [message.seq for message in messages] == list(range(200, 0, -1))


def test_a_message_that_is_none_is_damage(path: Path) -> None:
    contents = Contents()
    with pytest.raises(ValueError, match="messages"):
        contents.apply({"send": {"seq": 1, "to": [["a"]]}})
    line = Line(FakeClock(), path)
    line.send()
    path.write_bytes(path.read_bytes().replace(b'"params":["4370"]', b'"params":"4370"  '))
    with pytest.raises(DataError, match="damaged"):
        Store(path)
