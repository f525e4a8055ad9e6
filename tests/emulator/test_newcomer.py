"""What a newcomer tries first: seeds twice, a reset, https by mistake, and the reference."""

from __future__ import annotations

import json
import logging
import re
import socket
from pathlib import Path

import pytest

from smsops.cli import main
from smsops.emulator import control
from smsops.emulator.actions import find
from smsops.emulator.app import serving
from smsops.emulator.callbacks import Kind, target
from smsops.emulator.core import Emulator
from smsops.emulator.desk import views
from smsops.emulator.desk.words import Tongue
from smsops.emulator.faults import KINDS, Fault, Faults
from smsops.emulator.messages import Reply
from smsops.emulator.pushing import Pusher
from smsops.emulator.settings import Settings
from tests.emulator.test_callbacks import message
from tests.support.clock import FakeClock

DOCUMENT = Path(__file__).parents[2].joinpath("docs", "emulator.md").read_text("utf-8")
SIGN = {"kind": "sign", "signName": "艾克米"}
CODE = {"kind": "template", "templateName": "code", "content": "x{1}"}


def test_seeds_that_are_put_twice_are_there_once() -> None:
    emulator = Emulator()
    assert emulator.seed([SIGN, CODE, CODE]) == [1110, 1110, 1111]
    assert emulator.seed([SIGN, {**CODE, "content": "y{1}"}, CODE]) == [1110, 1110, 1111]
    contents = [item.parameters["TemplateContent"] for item in emulator.items("template")]
    assert contents == ["y{1}", "x{1}"]
    assert emulator.seed([{**SIGN, "international": True}]) == [1111]
    assert emulator.seed([{**SIGN, "id": 1110}, SIGN]) == [1110, 1112]


def test_the_command_says_which_were_there_and_reset_forgets_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds, data = tmp_path / "seeds.json", tmp_path / "d.json"
    seeds.write_text(json.dumps([SIGN]))
    for said in ("", "sign 1110 was there already: replaced\n"):
        assert main(("emulator", "seed", str(seeds), "--data", str(data))) == 0
        assert capsys.readouterr() == ("sign 1110\n", said)
    assert main(("emulator", "reset", "--data", str(data))) == 0
    assert len(Emulator(data).items("sign")) == 1
    assert main(("emulator", "reset", "--all", "--data", str(data))) == 0
    assert Emulator(data).items("sign") == []


def test_https_at_the_port_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), serving(Emulator()) as url:
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        with socket.create_connection(address, 10) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert connection.recv(1) == b""
    assert "set the protocol of the SDK to http" in caplog.text


def test_faults_are_counted_and_others_leave_the_counts() -> None:
    faults = Faults([Fault("*", "drop", when=(1, 3))])
    faults.due("SendSms", "after-commit")
    faults.add([Fault("*", "hang")])
    (first, count), (second, every) = faults.counted()
    assert (count, every) == ((1, 1, 1), (0, 0, None))
    assert not faults.take_back(0, second)
    assert faults.take_back(1, second)
    assert faults.ordered == (first,)


def test_2019_on_the_international_site_knows_no_qualification() -> None:
    found = find("2019-07-11", "AddSmsSign", Settings(site="intl"))
    assert found is not None
    assert "QualificationId" not in {parameter.name for parameter in found.parameters}
    assert find("2019-07-11", "SmsPackagesStatistics", Settings(site="intl")) is not None


@pytest.mark.parametrize(("method", "path"), control._ROUTES)
def test_every_control_is_in_the_reference(method: str, path: str) -> None:
    assert f"| `{method} /_emulator/{path}` |" in DOCUMENT


def test_every_fault_is_in_the_reference() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", DOCUMENT, re.MULTILINE)
    assert {kind: tuple(places.replace("`", "").split(", ")) for kind, places in rows} == KINDS


def test_the_inbox_is_by_what_was_said_last() -> None:
    """A reply brings its number to the top, with its own time; one to come does not yet."""
    first, second = (
        message(seq=seq, number=number, sent_at=float(seq), replies=())
        for seq, number in ((1, "+8613800000001"), (2, "+8613800000002"))
    )
    answered = first._replace(replies=(Reply("R", 5.0),))
    said = views.messages([second, answered], "", None, 9.0)["people"]
    assert [each["number"] for each in said] == [first.number, second.number]
    assert (said[0]["text"], said[0]["time"]) == ("R", views.moment(5.0, 9.0))
    early = views.messages([second, answered], "", None, 4.0)["people"]
    assert [each["number"] for each in early] == [second.number, first.number]


@pytest.mark.parametrize(
    ("tag", "words"), [("en", "verification code (3)"), ("zh-CN", "验证码短信（3）")]
)
def test_numbers_of_the_api_are_words(tag: str, words: str) -> None:
    emulator = Emulator()
    emulator.seed([{**CODE, "smsType": "verification", "status": "pending"}])
    (queued,) = views.review(emulator.items("template"), 0, 9.0, Tongue(tag))["queue"]
    assert queued["facts"] == [("SmsType", words)]


def test_callbacks_are_summed_by_url() -> None:
    pusher = Pusher([target(Kind.STATUS, "http://127.0.0.1:9/cb")], clock=FakeClock().clock)
    pusher.start()
    pusher.report(message())
    assert pusher.settle()
    (sums,) = views.callbacks(pusher.to_json()["targets"], Tongue("en"))
    pusher.stop()
    counted = [count["text"] for count in sums["counts"]]
    assert counted == ["0 delivered", "1 failed", "0 waiting"]
    assert sums["error"].startswith("Last failure: no answer")
