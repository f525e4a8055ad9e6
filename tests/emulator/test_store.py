"""The data file: several processes at once, death at any moment, damage, and speed."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from smsops.emulator.claim import claimed
from smsops.emulator.core import Emulator
from smsops.emulator.journal import journal
from smsops.emulator.settings import Settings
from smsops.emulator.store import DataError, Store
from smsops.emulator.transport import EmulatorTransport
from tests.support.clock import FakeClock
from tests.support.emulator_api import SEEDED_SIGN, TEMPLATE, call

SEEDED = [SEEDED_SIGN, {"kind": "template", "templateName": "a", "content": "甲"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "emulator.json"


def emulator_at(path: Path, clock: FakeClock | None = None) -> Emulator:
    return Emulator(path, Settings(limits=False), clock=(clock or FakeClock()).clock)


def add(emulator: Emulator, **change: Any) -> int:
    answer = call(emulator, "AddSmsTemplate", now=FakeClock().moment, **{**TEMPLATE, **change})
    return int(answer["AddTemplateStatus"]["TemplateId"])


def test_looking_leaves_no_trace(path: Path) -> None:
    """Reading an account that is not there creates no file and no directory."""
    emulator = emulator_at(path)
    call(emulator, "DescribeSmsTemplateList", now=FakeClock().moment, International=0, Limit=100)
    assert emulator.ledger() == []
    assert not path.parent.exists()


def test_everything_is_there_after_a_restart(path: Path) -> None:
    """Objects, verdicts, deletions, qualifications, ledger and the next id."""
    first = emulator_at(path)
    first.seed([*SEEDED, {"kind": "qualification", "id": 7, "name": "新", "status": 5}])
    added = add(first)
    call(first, "DeleteSmsTemplate", now=FakeClock().moment, TemplateId=added)
    first.review("sign", 1110, -1, "不行")

    second = emulator_at(path)
    assert second.items("sign") == first.items("sign")
    assert second.items("sign")[0].reply == "不行"
    assert [item.id for item in second.items("template")] == [1110]
    assert second.ledger() == first.ledger() != []
    with second.store.reading() as contents:
        assert contents.qualifications[7].status == 5
    assert add(second) == added + 1  # an id is never used twice


def test_the_file_is_json_private_and_without_images(path: Path) -> None:
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    add(emulator)
    document = json.loads(path.read_bytes())
    assert document["format"] == "smsops-emulator/2"
    assert document["committed"] == len(document["changes"]) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_emulators_see_each_others_writes(path: Path) -> None:
    """As `apply` in one terminal and `emulator review` in another."""
    one, two = emulator_at(path), emulator_at(path)
    one.seed(SEEDED)
    two.review("template", 1110, -1, "再改")
    assert one.items("template")[0].reply == "再改"
    assert {add(one), add(two), add(one)} == {1111, 1112, 1113}
    assert [entry["seq"] for entry in two.ledger()] == [1, 2, 3]
    assert one.ledger() == two.ledger()


def test_a_file_that_was_exchanged_is_read_anew(path: Path, tmp_path: Path) -> None:
    """A copy put back, in place or by renaming, and a deleted file, all count at once."""
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    copy = path.read_bytes()
    add(emulator)
    path.write_bytes(copy)
    assert len(emulator.items("template")) == 1
    add(emulator)
    other = emulator_at(tmp_path / "other.json")
    other.seed([*SEEDED, *SEEDED, *SEEDED, *SEEDED])
    path.write_bytes((tmp_path / "other.json").read_bytes())  # another history, and longer
    assert [item.name for item in emulator.items("template")] == ["a"] * 4
    (tmp_path / "other.json").replace(path)
    assert len(emulator.items("template")) == 4
    assert add(emulator) == 1114
    path.unlink()
    assert emulator.items("template") == []


WRITER = """
import sys
from pathlib import Path
from tests.emulator.test_store import add, emulator_at
emulator = emulator_at(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    add(emulator, TemplateName=f"{sys.argv[3]}-{number}")
"""


def test_several_processes_write_at_once(path: Path) -> None:
    """Three writers: no id twice, no write lost, every sequence number once."""
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), "40", str(number)])
        for number in range(3)
    ]
    while any(writer.poll() is None for writer in writers):
        emulator.items("template")  # a reader in between never sees half a write
        time.sleep(0.01)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    ledger = emulator.ledger()
    assert [entry["seq"] for entry in ledger] == list(range(1, 121))
    assert len({entry["id"] for entry in ledger}) == 120
    names = {item.name for item in emulator.items("template")}
    assert names >= {f"{writer}-{number}" for writer in range(3) for number in range(40)}


DYING = """
import os, signal, sys
from pathlib import Path
from tests.emulator.test_store import add, emulator_at
emulator = emulator_at(Path(sys.argv[1]))
emulator.hook = lambda event, _: event == sys.argv[2] and os.kill(os.getpid(), signal.SIGKILL)
add(emulator)
"""


@pytest.mark.parametrize(
    ("event", "committed"), [("before-commit", 0), ("after-commit", 1), ("before-reply", 1)]
)
def test_a_killed_process_leaves_all_or_nothing(path: Path, event: str, committed: int) -> None:
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    died = subprocess.run([sys.executable, "-c", DYING, str(path), event], check=False)
    assert died.returncode == -signal.SIGKILL
    assert len(emulator.ledger()) == committed
    assert add(emulator) == 1111 + committed


def test_a_write_that_was_cut_anywhere_never_happened(path: Path) -> None:
    """Every prefix of the appended bytes, before the header counts them: the old contents."""
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    before = path.read_bytes()
    add(emulator)
    after = path.read_bytes()
    end = len(before) - len(b"]}\n")
    for size in range(end, len(after) + 1):
        path.write_bytes(before[:end] + after[end:size] + before[size:])
        torn = emulator_at(path)
        assert len(torn.items("template")) == 1
        assert torn.ledger() == []
    assert add(torn) == 1111
    assert json.loads(path.read_bytes())["committed"] == 3
    assert len(emulator_at(path).items("template")) == 2


def test_a_long_cut_write_leaves_nothing_behind(path: Path) -> None:
    """The next write is shorter, and the file is JSON again."""
    emulator_at(path).seed(SEEDED)
    body = path.read_bytes()
    path.write_bytes(body[: -len(b"]}\n")] + b',{"put":{"parameters":"' + b"x" * 5000)
    emulator_at(path).seed([SEEDED_SIGN], anew=True)
    assert json.loads(path.read_bytes())["committed"] == 3
    assert len(emulator_at(path).items("sign")) == 2


def test_a_damaged_file_is_never_an_account_with_less_in_it(path: Path) -> None:
    """Cut anywhere within what was committed: an error that names the file."""
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    body = path.read_bytes()
    for size in range(len(body) - len(b"]}\n")):
        path.write_bytes(body[:size])
        with pytest.raises(DataError, match=r"emulator\.json"):
            Store(path)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"format_version": "1.0", "lineage": "x"}',
        b"apiVersion: smsops/v1\n",
        b'{"format":"smsops-emulator/3","committed":         0,"changes":[\n]}\n',
        b'{"format":"smsops-emulator/2","changes":[\n]}\n',
        b'{"format":"smsops-emulator/0","committed":         0,"changes":[\n]}\n',
        b'{"format":"smsops-emulator/1","committed":         1,"changes":[\n7\n]}\n',
        b'{"format":"smsops-emulator/1","committed":         1,"changes":[\n{"put":{}}\n]}\n',
        b'{"format":"smsops-emulator/1","committed":         1,"changes":[\n{"drop":1}\n]}\n',
        b'{"format":"smsops-emulator/1","committed":         2,"changes":[\n{},{}\n]}\n',
        b'{"format":"smsops-emulator/1","committed":         1,"changes":[\n'
        + b"[" * 99999
        + b"\n",
        bytes(range(256)),
    ],
)
def test_a_foreign_or_broken_file_is_refused_by_name(path: Path, body: bytes) -> None:
    """And left alone; the transport says so from its constructor on."""
    path.parent.mkdir()
    path.write_bytes(body)
    with pytest.raises(DataError, match=r"emulator\.json"):
        EmulatorTransport(path)
    assert path.read_bytes() == body


OLD = Path(__file__).with_name("emulator-1.json")


def test_a_file_of_the_format_before_is_read_and_then_of_ours(path: Path) -> None:
    """Looking changes nothing. What it was to push is over: that was the older one's to do."""
    path.parent.mkdir()
    path.write_bytes(OLD.read_bytes())
    emulator = emulator_at(path)
    assert [item.name for item in emulator.items("sign")] == ["已有签名"]
    first, second = emulator.messages()
    assert (first.verdict, second.verdict) == ("refused", "delivered")
    assert path.read_bytes() == OLD.read_bytes()
    assert add(emulator) == 1111
    assert json.loads(path.read_bytes())["format"] == "smsops-emulator/2"
    served = Emulator(path, Settings(), clock=FakeClock().clock, serves=True)
    told: list[str] = []
    served.subscribe(lambda kind, _: told.append(kind))
    served.events.flush()
    assert told == []
    assert served.items("template") == emulator.items("template")
    assert served.messages() == [first, second]


@pytest.mark.parametrize(
    "rest", [b'"committed":         0,"changes":[\n]}\n', b'"lines":7}\n', b'"n":' + b"7" * 99]
)
@pytest.mark.parametrize("number", [3, 12])
def test_a_file_of_a_newer_smsops_is_named_as_one(path: Path, rest: bytes, number: int) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"format":"smsops-emulator/%d",' % number + rest)
    with pytest.raises(DataError, match=rf"written by a newer smsops \(format {number}\)"):
        Store(path)


def test_a_file_that_breaks_later_is_refused_then(path: Path) -> None:
    emulator = emulator_at(path)
    emulator.seed(SEEDED)
    path.write_bytes(b"{}")
    with pytest.raises(DataError):
        add(emulator)
    with pytest.raises(DataError):
        emulator.items("sign")
    assert path.read_bytes() == b"{}"


def test_a_directory_or_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a file"):
        Store(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot"):
        emulator_at(tmp_path / "file" / "data.json").seed(SEEDED)


def test_a_file_has_one_lock_by_whichever_name(tmp_path: Path) -> None:
    """A link to it stays one when the file is rewritten."""
    link, path = tmp_path / "link.json", tmp_path / "real.json"
    link.symlink_to(path)
    emulator_at(link).seed(SEEDED)
    with claimed(path), pytest.raises(DataError, match="another emulator serves"):
        claimed(link).__enter__()
    named = Store(link)
    with named.writing():
        named._compact()
    assert link.is_symlink()
    assert len(emulator_at(path).items("sign")) == 1
    assert {each.name for each in tmp_path.iterdir()} == {
        "link.json", "real.json", "real.json.lock", "real.json.served",
    }  # fmt: skip
    assert journal(link) == tmp_path / "real.json.callbacks"


def test_seeds_are_all_there_or_none(path: Path) -> None:
    from smsops.emulator.seed import SeedError

    emulator = emulator_at(path)
    with pytest.raises(SeedError, match="seed 2"):
        emulator.seed([SEEDED_SIGN, {"kind": "stamp"}])
    assert emulator.items("sign") == []


def test_ten_thousand_templates_are_quick(path: Path) -> None:
    """Loading them and reading 100 pages; and one more Add does not write them all again.

    The bound is many times what it takes, for slow and busy machines.
    """
    emulator = emulator_at(path)
    emulator.seed(
        [SEEDED_SIGN]
        + [
            {
                "kind": "template",
                "templateName": f"登录验证码{number}",
                "content": f"您的验证码是{{1}}，{{2}}分钟内有效，请勿泄露给他人。{number}",
                "smsType": "verification",
                "remark": "用户登录",
            }
            for number in range(10_000)
        ]
    )
    begun = time.process_time()
    again = emulator_at(path)
    seen = 0
    for offset in range(0, 10_000, 100):
        page = call(
            again,
            "DescribeSmsTemplateList",
            now=FakeClock().moment,
            International=0,
            Limit=100,
            Offset=offset,
        )
        seen += len(page["DescribeTemplateStatusSet"])
    assert seen == 10_000
    assert time.process_time() - begun < 2.0

    before, moved = path.stat(), time.process_time()
    for _ in range(20):
        add(again)
    assert time.process_time() - moved < 1.0
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_size - before.st_size < 20_000
    assert len(emulator.items("template")) == 10_020
