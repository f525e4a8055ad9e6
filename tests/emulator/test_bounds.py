"""What is bounded, and what is never lost for it: reports, statistics, the beginnings of texts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsops.emulator import account, control, history
from smsops.emulator.app import serving
from smsops.emulator.callbacks import Kind, huawei_form, target
from smsops.emulator.core import Emulator
from smsops.emulator.desk import views
from smsops.emulator.faults import Fault
from smsops.emulator.messages import MAX_TEXT, Message, Reply
from smsops.emulator.pulls import masked
from smsops.emulator.pushing import Pusher
from smsops.emulator.remote import Remote
from smsops.emulator.seed import MAX_REPLIES, SeedError
from smsops.emulator.sending import rendered
from smsops.emulator.settings import Settings
from tests.emulator.messages import NUMBER, Line
from tests.emulator.test_callbacks import message
from tests.emulator.test_command import ENVIRONMENT, away, run, served
from tests.emulator.test_statistics import REPORTED, SENT, sums
from tests.support.clock import FakeClock

__all__ = ["away"]

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

MANY = [f"+861850{number:07}" for number in range(20_100, 20_250)]
REPORTS = "PullSmsSendStatus"


class Served(Line):
    """An account that an emulator serves: it is told of every report."""

    def __init__(self, clock: FakeClock, path: Path | None = None, **settings: Any) -> None:
        super().__init__(clock, path, **settings)
        chosen = Settings(**{"limits": False, **settings})
        if path is not None:
            self.emulator = Emulator(path, chosen, clock=clock.clock, serves=True)
        self.emulator.events.serve()
        self.told: list[tuple[str, str]] = []
        self.emulator.subscribe(self._hear)

    def _hear(self, kind: str, about: object) -> None:
        if kind == "reply":
            assert isinstance(about, tuple)
            about = about[0]
        if kind in ("report", "reply", "expired"):
            assert isinstance(about, Message)
            self.told.append((kind, about.serial))

    def flush(self) -> list[tuple[str, str]]:
        """What is told now."""
        self.emulator.events.flush()
        told, self.told = self.told, []
        return told

    def serials(self, *numbers: str) -> list[tuple[str, str]]:
        """Send; the reports that are to come."""
        return [("report", status["SerialNo"]) for status in self.send(*numbers)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "emulator.json"


def counted(line: Line) -> tuple[int, int]:
    """Accepted and reported, by the statistics."""
    return sums(line, SENT)["RequestSuccessCount"], sums(line, REPORTED)["CallbackCount"]


# ---- reports -----------------------------------------------------------------------------------


@pytest.mark.parametrize("on_disk", [False, True])
def test_more_than_are_kept_wait_for_their_reports(
    path: Path, clock: FakeClock, on_disk: bool
) -> None:
    line = Served(clock, path if on_disk else None, keep=10, report_delay=12)
    sent = line.serials(*MANY) + line.serials(*MANY)
    assert line.flush() == []
    assert counted(line) == (300, 0)
    clock.advance(12)
    assert line.flush() == sent
    assert line.flush() == []
    assert counted(line) == (300, 300)
    line.send()
    assert len(line.emulator.messages()) == 10  # those that were told left
    assert counted(line) == (301, 300)


def test_a_message_stays_until_it_was_told_not_only_due(clock: FakeClock) -> None:
    """Whatever is sent between the moment of a report and the look that tells of it."""
    line = Served(clock, keep=1)
    sent = line.serials(*MANY[:5])
    clock.advance(1)
    sent += line.serials(NUMBER)
    clock.advance(1)
    line.send("18501230004")
    assert line.flush() == sent


def test_what_was_not_told_is_told_by_the_next_one(path: Path, clock: FakeClock) -> None:
    """Reports that were to come when an emulator ended, once; also after the file is rewritten."""
    line = Served(clock, path, keep=100)
    told = line.serials(*MANY)
    clock.advance(1)
    assert line.flush() == told
    due = line.serials("18501230008", NUMBER)
    clock.advance(3600)
    again = Served(clock, path, keep=100)
    assert sorted(again.flush()) == sorted([*due, ("reply", due[0][1])])
    assert len(again.pull(REPORTS)) == 100
    with again.emulator.store.writing():
        again.emulator.store._compact()
    assert Served(clock, path, keep=100).flush() == again.flush() == []
    assert counted(again) == (152, 152)


def test_a_message_that_is_sent_without_a_server_is_told_by_the_next(
    path: Path, clock: FakeClock
) -> None:
    sent = [("report", status["SerialNo"]) for status in Line(clock, path).send(NUMBER)]
    clock.advance(5)
    assert Served(clock, path).flush() == sent


def test_a_process_that_looks_on_tells_of_nothing_before(path: Path, clock: FakeClock) -> None:
    line = Served(clock, path)
    line.send()
    clock.advance(1)
    line.flush()
    told: list[str] = []
    Line(clock, path).emulator.subscribe(lambda kind, _: told.append(kind))
    assert told == []


@pytest.mark.parametrize("follows", [True, False])
def test_reports_come_early_where_too_many_wait(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, follows: bool
) -> None:
    """The oldest first, each told once, also by the next emulator; the rest in its time."""
    monkeypatch.setattr(history, "WAITING", 100)
    made: Callable[..., Any] = Served if follows else Line
    line = made(clock, path, keep=50, report_delay=3600)
    sent = []
    most = 0
    told = Counter[tuple[str, str]]()
    for begin in range(0, 150, 10):
        for _ in range(4):
            sent += line.send(*MANY[begin : begin + 10])
            most = max(most, len(line.emulator.messages()))
            if follows:
                told.update(line.flush())
        clock.advance(1)
    assert most <= 50 + 100 + 10
    accepted, reported = counted(line)
    assert accepted == 600
    assert 450 <= reported < 600
    again = Served(clock, path, keep=50, report_delay=3600)
    assert counted(again) == (600, reported)
    if follows:
        told.update(again.flush())
        assert set(told.values()) == {1}
        assert len(told) == reported
        assert [serial for _, serial in told] == [one["SerialNo"] for one in sent[:reported]]
    clock.advance(3600)
    told.update(again.flush())
    assert counted(again) == (600, 600)
    assert set(told.values()) == {1}


def test_a_file_does_not_grow_by_what_happens_to_the_same_messages(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_FEW", 100)
    line = Served(clock, path, keep=100)
    (sent,) = line.send(NUMBER)
    for _ in range(220):
        line.emulator.report(sent["SerialNo"], "failed", "BLACK")
        clock.advance(1)
    assert len(path.read_bytes().splitlines()) < 120
    assert counted(line) == (1, 1)


# ---- a clock that goes back --------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.4, 3600.0])
def test_what_was_reported_stays_so_when_the_clock_goes_back(
    path: Path, clock: FakeClock, seconds: float
) -> None:
    """And is told once; what is to come is as far away as before; also in the next process."""
    line = Served(clock, path, review="auto:5s")
    line.emulator.seed([{"kind": "sign", "signName": "新", "status": "pending"}])
    told = line.serials("18501230008", NUMBER)
    later = line.serials("18501230005")
    clock.advance(10)
    assert len(line.flush()) == 3
    clock.moment -= seconds
    assert line.flush() == []
    assert [one.verdict for one in line.emulator.messages()] == [
        "pending",
        "delivered",
        "delivered",
    ]
    assert [len(one.replies) for one in line.emulator.messages()] == [0, 0, 1]
    assert line.emulator.items("sign")[-1].status == 0
    until: dict[str, Any] = {"EndTime": int(clock.moment + seconds + 60)}
    assert len(line.ask_number(f"{REPORTS}ByPhoneNumber", **until)[f"{REPORTS}Set"]) == 1
    again = Served(clock, path, review="auto:5s")
    assert again.flush() == []
    assert {one.serial for one in again.emulator.messages() if one.verdict == "delivered"} == {
        serial for _, serial in told
    }
    assert again.emulator.items("sign")[-1].status == 0
    clock.advance(49)
    assert again.flush() == []
    clock.advance(2)
    assert again.flush() == later
    fresh = again.serials(NUMBER)
    clock.advance(1)
    assert again.flush() == fresh
    assert len(again.pull(REPORTS)) == 4


def test_a_clock_that_went_back_while_nothing_ran(path: Path, clock: FakeClock) -> None:
    line = Served(clock, path)
    line.send(NUMBER)
    clock.advance(2)
    line.flush()
    clock.moment -= 3600
    again = Served(clock, path)
    assert again.flush() == []
    assert [one.verdict for one in again.emulator.messages()] == ["delivered"]


# ---- Huawei --------------------------------------------------------------------------------------


def test_what_nobody_reports_expires_for_huawei_after_72_hours(
    path: Path, clock: FakeClock
) -> None:
    """By the clock, also where no emulator ran; the others never hear of it."""
    line = Served(clock, path)
    (sent,) = line.serials("18501230004")
    reported = line.serials("18501230004")[0][1]
    line.emulator.report(reported, "delivered")
    line.flush()
    clock.advance(72 * 3600 - 1)
    assert line.flush() == []
    clock.advance(1)
    again = Served(clock, path)
    assert again.flush() == [("expired", sent[1])]
    assert Served(clock, path).flush() == []
    assert again.emulator.message(sent[1]).verdict == "pending"
    assert counted(again) == (2, 1)


def test_what_leaves_before_it_was_reported_expires_then(clock: FakeClock) -> None:
    line = Served(clock, keep=1)
    (sent,) = line.serials("18501230004")
    line.send("18501230001")
    assert line.flush() == [("expired", sent[1])]


def test_an_expired_message_is_pushed_to_huawei_alone() -> None:
    urls = [target(kind, "http://127.0.0.1:9/") for kind in Kind]
    pusher = Pusher(urls)
    pusher.tell("expired", message(verdict="failed", code="EXPIRED"))
    waiting = {line.target.kind: line.rest() for line in pusher._lines}
    assert waiting[Kind.STATUS] == waiting[Kind.REPLY] == []
    (report,) = waiting[Kind.HUAWEI]
    form = huawei_form(report)
    assert (form["status"], form["source"], "updateTime" in form) == ("EXPIRED", "1", False)


# ---- size ----------------------------------------------------------------------------------------


def test_only_the_beginning_of_what_was_refused_is_kept(path: Path, clock: FakeClock) -> None:
    """Of everything that a caller can make long; the answer says it whole."""
    line = Line(clock, path)
    long = "长" * 300_000
    (status,) = line.send(
        "1" * 50_000, TemplateParamSet=[long, "x", long], SignName=long, TemplateId="9" * 50_000
    )
    assert status["PhoneNumber"] == "1" * 50_000
    line.send(NUMBER, TemplateParamSet=["a"] * 5000, ExtendCode="1" * 9999)
    assert path.stat().st_size < 40_000
    many, one = line.emulator.messages()
    assert one.params == ("长" * MAX_TEXT + "… (+298000)", "… (+2)")
    assert one.sign.endswith("… (+299400)")
    assert one.number == "1" * 40 + "… (+49960)"
    assert len(many.params) == 101
    assert many.params[-1] == "… (+4900)"


def test_an_ordinary_message_is_kept_whole(clock: FakeClock) -> None:
    line = Line(clock)
    line.send(TemplateId="1111", TemplateParamSet=["长" * 400, "x" * 80])
    (one,) = line.emulator.messages()
    assert one.params == ("长" * 400, "x" * 80)
    assert one.text.endswith("x" * 80 + "到了")
    assert one.verdict == "pending"


def test_a_template_does_not_multiply_a_parameter() -> None:
    text = rendered("{1}" * 10_000, ["长" * 1_000_000], "", domestic=True)
    assert 500 < len(text) <= 2_000_000


def test_large_messages_leave_before_there_are_many(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST", 20_000)
    line = Served(clock, keep=1000)
    for _ in range(50):
        line.send(NUMBER, TemplateParamSet=["长" * 5000])
    assert 4 <= len(line.emulator.messages()) <= 10
    assert sums(line, SENT)["RequestCount"] == 50


def test_a_message_has_so_many_replies(clock: FakeClock) -> None:
    line = Line(clock)
    (sent,) = line.send()
    for _ in range(MAX_REPLIES):
        line.emulator.reply_from(sent["SerialNo"], "x")
    with pytest.raises(SeedError, match="100 replies"):
        line.emulator.reply_from(sent["SerialNo"], "x")
    assert len(line.emulator.messages()[0].replies) == MAX_REPLIES


def test_a_list_of_messages_says_how_many_it_leaves_out(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on before the last one of it."""
    line = Line(clock)
    line.send(*MANY)
    monkeypatch.setattr(control, "MOST", 20_000)
    with serving(line.emulator) as url, httpx.Client(trust_env=False, verify=False) as client:
        first = client.get(f"{url}/_emulator/messages").json()
        assert 50 < len(first["messages"]) < 100
        assert first["older"] == 150 - len(first["messages"])
        last = first["messages"][-1]["seq"]
        rest = client.get(f"{url}/_emulator/messages?before={last}").json()
        assert rest["messages"][0]["seq"] == last - 1
        assert client.get(f"{url}/_emulator/messages?before=x").status_code == 400
        seqs = [one["seq"] for one in Remote(url).messages()]
    assert seqs == list(range(150, 0, -1))


def test_a_page_of_the_desk_is_bounded_by_what_it_shows() -> None:
    replies = tuple(Reply("长" * 500, 1.0) for _ in range(MAX_REPLIES))
    talk = [message(seq=seq, number=NUMBER, replies=replies) for seq in range(40, 0, -1)]
    shown = views.messages(talk, NUMBER, None, 10.0)
    assert sum(not one["reply"] for one in shown["talk"]) == 3
    assert shown["older"].endswith("&before=38")
    seen = [one["id"] for one in views.messages(talk, NUMBER, 38, 10.0)["talk"]]
    assert "m-37" in seen
    assert views.messages(talk[-1:], NUMBER, None, 10.0)["older"] == ""


def test_pages_of_the_desk_show_the_beginnings_of_what_was_seeded(clock: FakeClock) -> None:
    """Which may be as long as a request; also where it would be an example to send."""
    emulator = Line(clock).emulator
    emulator.reset()
    long, variables = "长" * 100_000, "{1}长" * 50_000
    for status in ("approved", "pending", "rejected"):
        shared = {"status": status, "reply": long, "remark": long}
        emulator.seed([{"kind": "sign", "signName": f"{status}{long}", **shared}] * 60, anew=True)
        template = {"kind": "template", "templateName": long, "content": variables, **shared}
        emulator.seed([template] * 60, anew=True)
    fault = Fault("SendSms" * 20_000, "error", code="A" * 100_000, message=long)
    emulator.faults.order([fault] * 150)
    with serving(emulator) as url, httpx.Client(trust_env=False, verify=False) as client:

        def page(path: str) -> str:
            return client.get(f"{url}{path}", headers={"accept": "text/html"}).text

        every = {
            path: page(path) for path in ("/", "/desk/review", "/desk/faults", "/desk/connect")
        }
    assert {path: len(text) for path, text in every.items() if len(text) > 3_000_000} == {}
    assert "【pending长" in every["/desk/review"]
    assert "… (+" in every["/desk/review"]
    assert "The first 50 are shown." in every["/desk/review"]
    assert every["/desk/faults"].count('id="fault-') == 100
    assert "The first 100 are shown." in every["/desk/faults"]
    assert long[:200] not in every["/"] + every["/desk/connect"]


@pytest.mark.parametrize(
    ("text", "params", "shown"),
    [
        ("code 123456 ok", ("123456",), "code 1****6 ok"),
        ("ab", ("ab",), "ab"),
        ("1234512", ("123", "34512"), "1****2"),
        ("12345 123", ("123", "12345"), "1****5 1****3"),
        ("aaaaaa", ("aaa",), "a****aa****a"),
        ("x", ("yyy",), "x"),
        ("", ("yyy",), ""),
    ],
)
def test_longer_parameters_are_covered(text: str, params: tuple[str, ...], shown: str) -> None:
    assert masked(message(text=text, params=params)) == shown


def test_many_parameters_are_covered_in_linear_time() -> None:
    """The bound is many times what it takes."""
    params = tuple(f"p{number:07}" for number in range(20_000))
    begun = time.process_time()
    assert masked(message(text=" ".join(params[:200]), params=params)).startswith("p****0 p****1")
    assert time.process_time() - begun < 2.0


# ---- one emulator a file -------------------------------------------------------------------------


def test_a_second_emulator_on_a_file_is_refused_by_the_name_of_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Until it ends, in whatever way; commands work beside it."""
    Path("seed.json").write_text('[{"kind": "sign", "signName": "艾克米"}]', "utf-8")
    options = ("emulator", "serve", "--port", "0", "--for", "0s", "--data", "d.json")
    with served("--data", "d.json") as (url, process):
        code, out, err = run(capsys, *options)
        assert (code, out) == (1, "")
        assert f"another emulator serves d.json: process {process.pid} at {url}" in err
        assert "--data" in err
        assert run(capsys, "emulator", "seed", "seed.json", "--data", "d.json")[0] == 0
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    assert Path("d.json.served").read_text() != ""  # which nobody believes
    done = subprocess.run(
        [sys.executable, "-m", "smsops", *options],
        capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Path("d.json.served").read_text() == ""
    assert [item.name for item in Emulator(Path("d.json")).items("sign")] == ["艾克米"]
