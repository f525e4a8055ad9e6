"""``smsops receipts`` and ``smsops ledger``, as they are typed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import COMMANDS
from smsops.delivery.causes import Cause
from smsops.delivery.ledger.secret import secret_of
from smsops.delivery.model import Answer, Reply, Report, Send
from smsops.delivery.numbers import hidden
from smsops.manifests import schemas
from tests.delivery.conftest import opened
from tests.support.clock import FakeClock
from tests.support.hostile_texts import CORPUS
from tests.support.project import Project
from tests.support.pseudo import plain_words, spoken
from tests.support.receipts import (
    PHONE,
    SECRET,
    accepted,
    huawei,
    refused,
    reply,
    send,
    tencent,
)

KEY = SECRET.decode()
NOW = 1_800_000_000
HOUR, DAY = 3600, 86_400
EMPTY = "No messages.\n"


@pytest.fixture
def run(tmp_path: Path, url: str, clock: FakeClock) -> Project:
    """smsops in a directory that is no project, with a ledger of each kind."""
    (tmp_path / "nowhere").mkdir()
    environment = {"SMSOPS_LEDGER": url, "SMSOPS_LEDGER_KEY": KEY, "PHONE": f"{PHONE}\n"}
    return Project(tmp_path / "nowhere", options=(), environment=environment, clock=clock.clock)


@pytest.fixture
def fill(url: str) -> Callable[..., None]:
    """Writes rows as other commands do."""

    def write(*rows: Send | Answer | Report | Reply) -> None:
        ledger = opened(url)
        secret_of(ledger, KEY, None)
        for row in rows:
            if isinstance(row, Send):
                ledger.claim(row, lambda known: None)
        ledger.append(row for row in rows if not isinstance(row, Send))
        ledger.close()

    return write


def story() -> list[Any]:
    """A message of each verdict, one of which is older than a day."""
    at = NOW - HOUR
    return [
        send("s1", at),
        accepted("2019:1", send="s1", at=at),
        tencent(message="2019:1", heard_at=at + 9, vendor_at=at + 5),
        send("s2", at + 1),
        refused("LimitExceeded.PhoneNumberDailyLimit", send="s2", at=at + 2),
        tencent("FAIL", "NOREG", message="2019:3", heard_at=at + 10, vendor_at=None),
        huawei("ACCEPTD", message="uuid_1", heard_at=at + 11),
        huawei("DELIVRD", message="uuid_2", heard_at=NOW - 2 * DAY),
        reply(heard_at=at + 20, replied_at=at + 19),
    ]


def test_nothing_is_listed_and_no_ledger_is_made(run: Project, url: str) -> None:
    for words in (("receipts",), ("ledger", "check"), ("receipts", "find", "--to", "env:PHONE")):
        ran = run(*words)
        assert (ran.code, ran.out) == (1, "")
        assert "there is no ledger at" in ran.err
        assert "Traceback" not in ran.err
    assert list(run.root.parent.glob("*.db*")) == []


def test_an_empty_ledger_has_no_messages(run: Project, fill: Callable[..., None]) -> None:
    fill()
    assert run("receipts").out == EMPTY
    assert run("receipts", "--format", "json").json() == {"format_version": "1.0", "messages": []}
    assert run("receipts", "find", "--to", "env:PHONE").out == f"{EMPTY}0 replies.\n"


def test_messages_of_the_last_day_are_listed_with_their_verdicts(
    run: Project, fill: Callable[..., None]
) -> None:
    fill(*story())
    ran = run("receipts")
    assert ran.code == 0, ran.err
    assert ran.out == (
        "first heard           verdict    to        message  application  probe  "
        "code                                 causes\n"
        "2027-01-15T07:00:00Z  delivered  +86…0123  2019:1   1400006666   login  DELIVRD\n"
        "2027-01-15T07:00:01Z  refused    +86…0123           1400006666   login  "
        "LimitExceeded.PhoneNumberDailyLimit  frequency\n"
        "2027-01-15T07:00:10Z  failed     +86…0123  2019:3   1400006666          "
        "NOREG                                sign\n"
        "2027-01-15T07:00:11Z  pending              uuid_1\n"
        "4 messages: 1 delivered, 1 failed, 1 refused, 1 pending.\n"
    )


def test_the_json_is_what_its_schema_says(run: Project, fill: Callable[..., None]) -> None:
    fill(*story())
    document = run("receipts", "--format", "json").json()
    assert schemas.violations("receipts", document) == []
    assert document["messages"][0] == {
        "message": "2019:1",
        "channel": "tencent",
        "application": "1400006666",
        "probe": "login",
        "to": "+86…0123",
        "verdict": "delivered",
        "code": "DELIVRD",
        "causes": [],
        "sent_at": "2027-01-15T07:00:00Z",
        "reported_at": "2027-01-15T07:00:05Z",
        "reports": 1,
        "conflict": False,
    }
    found = run("receipts", "find", "--to", "env:PHONE", "--format", "json").json()
    assert schemas.violations("receipts", found) == []
    document["messages"][0]["to"] = PHONE
    assert schemas.violations("receipts", document) != []


def verdicts(run: Project, *words: str) -> list[str]:
    ran = run("receipts", *words, "--format", "json")
    assert ran.code == 0, ran.err
    return [each["verdict"] for each in ran.json()["messages"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--since 3d", "delivered delivered refused failed pending"),
        ("--since 30m", ""),
        ("--since 1h", "delivered refused failed pending"),
        ("--application 1400006666", "delivered refused failed"),
        ("--probe login", "delivered refused"),
        ("--probe probe.login", "delivered refused"),
        ("--probe old", ""),
        ("--verdict pending", "pending"),
        ("--cause sign", "failed"),
        ("--cause content", ""),
        ("--message 2019:3", "failed"),
        ("--message uuid_2", "delivered"),
        ("--message uuid_2 --since 24h", ""),
        ("--message nothing", ""),
    ],
)
def test_what_is_listed_can_be_chosen(
    run: Project, fill: Callable[..., None], words: str, found: str
) -> None:
    fill(*story(), send("s0", NOW - 9 * DAY, probe="old"))
    assert verdicts(run, *words.split()) == found.split()


def declare(run: Project, kind: str, name: str, spec: str = "") -> None:
    """A project with one manifest, which without a ``spec`` has errors."""
    run.begin_empty()
    file = run.root / f"{kind.lower()}s" / f"{name}.yaml"
    file.parent.mkdir()
    head = f"apiVersion: smsops/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
    file.write_text(head + spec, "utf-8")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("logni", "Did you mean login?"),
        ("nope", "Known are: bye, login, old."),
        ("probe.nope", "Known are: bye, login, old."),
        ("", "Known are: bye, login, old."),
    ],
)
def test_a_probe_that_nobody_knows_is_named(
    run: Project, fill: Callable[..., None], name: str, hint: str
) -> None:
    declare(run, "Probe", "bye")
    fill(*story(), send("s0", NOW - 9 * DAY, probe="old"))
    ran = run("receipts", "--probe", name)
    assert (ran.code, ran.out) == (64, "")
    assert f"there is no probe {name!r}: no manifest declares it, and nothing of it is" in ran.err
    assert hint in ran.err


def test_a_declared_probe_that_never_sent_has_no_messages(
    run: Project, fill: Callable[..., None]
) -> None:
    """Also one whose document has errors, which ``validate`` tells."""
    declare(run, "Probe", "bye")
    fill(*story())
    assert verdicts(run, "--probe", "bye") == []
    settings = run.root / "smsops.yaml"
    text = settings.read_text("utf-8")
    assert "spec: {" in text
    settings.write_text(text.replace("spec: {", "spec: {environments: {a: {}, b: {}}, "), "utf-8")
    assert verdicts(run, "--probe", "bye") == []
    assert verdicts(run, "--probe", "bye", "-e", "a") == []
    assert run("receipts", "--probe", "nope").code == 64
    assert run("receipts", "--probe", "bye", "-e", "c").code == 64


def test_an_id_that_nobody_knows_may_be_mistyped(run: Project, fill: Callable[..., None]) -> None:
    """No error: there is an application behind every id."""
    fill(*story())
    ran = run("receipts", "--application", "1400006667")
    assert (ran.code, ran.out) == (0, EMPTY)
    assert "Note: no manifest declares application 1400006667, and nothing of it is in" in ran.err
    assert run("receipts", "--application", "1400006666", "--since", "1m").err == ""
    declare(run, "Application", "shop", "spec: {sdkAppId: 1400006667}\n")
    assert run("receipts", "--application", "1400006667").err == ""


def test_without_a_project_no_environment_is_left_out(
    run: Project, fill: Callable[..., None], url: str
) -> None:
    fill(*story())
    said = "Note: without a project (-C DIR) the messages of every environment are counted."
    for words in (("receipts",), ("stats", "--ledger", url)):
        assert said in run(*words, "-e", "prod").err
        assert said not in run(*words).err


def test_since_counts_from_the_first_time_that_anything_was_heard(
    run: Project, fill: Callable[..., None]
) -> None:
    fill(
        tencent("FAIL", "NOREG", heard_at=NOW - 2 * DAY, vendor_at=1),
        tencent(heard_at=NOW - HOUR, vendor_at=2),
        huawei(heard_at=NOW + HOUR),  # by the clock of another machine
    )
    assert verdicts(run) == ["delivered"]
    assert verdicts(run, "--since", "7d") == ["failed", "delivered"]
    assert (
        "! 1 message has reports that contradict each other" in run("receipts", "--since", "7d").out
    )
    begin = datetime.fromtimestamp(NOW - 2 * DAY, UTC)
    in_beijing = (begin + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S")
    assert verdicts(run, "--since", in_beijing) == ["failed", "delivered"]
    assert verdicts(run, "--since", f"{begin + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}") == [
        "delivered"
    ]
    ran = run("receipts", "--since", "2100-01-01")
    assert (ran.code, "--since is a moment that is yet to come" in ran.err) == (64, True)


def test_a_table_for_a_spreadsheet_has_no_formulas(run: Project, fill: Callable[..., None]) -> None:
    fill(*story(), tencent("FAIL", '=cmd|"x",1', message="-1+1", heard_at=NOW - 60))
    ran = run("receipts", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["verdict"] for row in rows] == [
        *("delivered", "refused", "failed", "pending", "failed"),
    ]
    assert (rows[-1]["message"], rows[-1]["code"]) == ("'-1+1", '\'=cmd|"x",1')
    assert rows[0]["to"] == "'+86…0123"


def test_a_number_finds_what_was_sent_reported_and_replied(
    run: Project, fill: Callable[..., None], tmp_path: Path
) -> None:
    other = hidden("+85251234567", SECRET)
    fill(*story(), send("other", NOW - 60, number=other), reply(number=other))
    (tmp_path / "phone").write_text(PHONE, "utf-8")
    ran = run("receipts", "find", "--to", f"file:{tmp_path / 'phone'}")
    assert ran.out.splitlines()[-3:] == [
        "3 messages: 1 delivered, 1 failed, 1 refused.",
        "2027-01-15T07:00:19Z  reply  +86…0123  艾克米",
        "1 reply.",
    ]
    assert run("receipts", "find", "--to", "env:PHONE", "--channel", "huawei").out.startswith(EMPTY)
    assert run("receipts", "find", "--to", "env:PHONE", "--since", "1m").out.startswith(EMPTY)
    assert "852" not in "".join(run.said)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (PHONE, "env:NAME or file:PATH"),
        (f"env:{PHONE}", "the variable +•••••••••0123 is not set"),
        ("env:13800000123", "the variable •••••••0123 is not set"),
        (f"file:{PHONE}", "+•••••••••0123 cannot be read"),
        ("env:NOBODY", "the variable NOBODY is not set"),
        ("env:WRONG", "env:WRONG holds no number in E.164 form"),
        ("file:/nonexistent/x", "/nonexistent/x cannot be read"),
    ],
)
@pytest.mark.parametrize("command", [("receipts", "find", "--to"), ("ledger", "forget")])
def test_a_number_stands_on_no_command_line(
    run: Project, fill: Callable[..., None], command: tuple[str, ...], source: str, words: str
) -> None:
    fill(*story())
    run.environment["WRONG"] = "13800000123"
    ran = run(*command, source)
    assert (ran.code, ran.out) == (64, "")
    assert words in ran.err
    assert "13800000123" not in ran.err


@pytest.mark.parametrize(
    "command",
    [
        ("receipts", PHONE),
        ("receipts", "--since", PHONE),
        ("receipts", "--application", PHONE),
        ("ledger", "prune", "--before", "13800000123"),
        ("ledger", "13800000123"),
        ("receipts", "find", "--to", "env:PHONE", "13800000123"),
    ],
)
def test_a_number_that_is_typed_in_a_wrong_place_is_not_repeated(
    run: Project, fill: Callable[..., None], command: tuple[str, ...]
) -> None:
    fill(*story())
    ran = run(*command)
    assert ran.code == 64
    assert "0123" in ran.err
    assert "13800000123" not in ran.err


def test_another_key_finds_nothing_and_says_why(run: Project, fill: Callable[..., None]) -> None:
    fill(*story())
    run.environment["SMSOPS_LEDGER_KEY"] = "other" * 10
    for command in (("receipts", "find", "--to", "env:PHONE"), ("ledger", "forget", "env:PHONE")):
        ran = run(*command)
        assert ran.code == 1
        assert "was written with another key" in ran.err
    assert run("receipts").code == 0, "which needs no key"


# -- keeping --------------------------------------------------------------------------------------


def test_prune_says_what_it_removed(run: Project, fill: Callable[..., None]) -> None:
    old = NOW - 100 * DAY
    fill(
        *story(),
        send("old", old),
        accepted("m", send="old", at=old),
        tencent(message="m", heard_at=old),
    )
    assert run("ledger", "prune", "--before", "90d").out == (
        "Removed 1 send, 1 report and 0 replies.\n"
    )
    assert verdicts(run, "--since", "200d") == [
        "delivered",
        "delivered",
        "refused",
        "failed",
        "pending",
    ]
    assert run("ledger", "prune", "--before", "3d").out.startswith("Removed 0 sends,")
    ran = run("ledger", "prune", "--before", "2d")
    assert ran.code == 64
    assert "at least 3d" in ran.err


def test_forget_removes_the_number_alone(run: Project, fill: Callable[..., None]) -> None:
    fill(*story(), reply(number=hidden("+85251234567", SECRET), heard_at=NOW))
    assert run("ledger", "forget", "env:PHONE").out == "Removed 2 sends, 2 reports and 1 reply.\n"
    assert run("receipts", "find", "--to", "env:PHONE").out == f"{EMPTY}0 replies.\n"
    assert verdicts(run, "--since", "3d") == ["delivered", "pending"]


def test_export_has_every_row_and_no_number(run: Project, fill: Callable[..., None]) -> None:
    fill(*story())
    head, *rows = found = [json.loads(line) for line in run("ledger", "export").out.splitlines()]
    for each in found:
        assert schemas.violations("ledger-export", each) == []
        assert schemas.violations("ledger-export", {**each, "phone": PHONE}) != []
    assert head == {"format_version": "1.0", "row": "ledger"}
    assert sorted(row["row"] for row in rows) == (
        ["answer"] * 2 + ["reply"] + ["report"] * 4 + ["send"] * 2
    )
    assert {row["to"] for row in rows if row["row"] == "send"} == {"+86…0123"}
    assert {row["text"] for row in rows if row["row"] == "reply"} == {None}
    assert PHONE[1:] not in "".join(run.said)


def test_check_counts_the_rows_and_finds_what_is_wrong(
    run: Project, fill: Callable[..., None], url: str
) -> None:
    fill(*story())
    ran = run("ledger", "check")
    assert ran.code == 0, ran.out
    assert ran.out.endswith(": 2 sends, 2 answers, 4 reports and 1 reply\nNo faults.\n")
    fill(accepted("x", send="nobody"))
    ran = run("ledger", "check")
    assert ran.code == 1
    assert ran.out.endswith("smsops_answers: an answer has no send ('nobody')\n1 fault.\n")


# -- where it is ----------------------------------------------------------------------------------


def test_a_project_has_its_own_ledger(tmp_path: Path, clock: FakeClock) -> None:
    project = Project(tmp_path / "p", options=(), clock=clock.clock).begin()
    ledger = opened(f"sqlite:{project.root}/.smsops/ledger.db")
    ledger.append([tencent(heard_at=NOW)])
    ledger.close()
    assert verdicts(project) == ["delivered"]
    (tmp_path / "q").mkdir()
    other = Project(tmp_path / "q", options=())
    assert other("receipts").code == 1
    place = f"sqlite:{project.root}/.smsops/ledger.db"
    other.clock = clock.clock
    assert verdicts(other, "--ledger", place) == ["delivered"]


@pytest.mark.parametrize(
    "url", ["mysql://me:s3cret@host/db", "sqlite://x", "sqlite:", "ledger.db", "postgresql:x"]
)
def test_an_address_that_is_none_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    ran = Project(tmp_path, options=())("receipts", "--ledger", url)
    assert ran.code == 64
    assert "sqlite:PATH or postgresql://" in ran.err
    assert "s3cret" not in ran.err


@pytest.mark.parametrize(
    "line", ["receipts", "stats", "ledger prune --before 90d", "receive --port 0 --no-token"]
)
def test_a_variable_that_is_not_set_names_no_ledger(run: Project, line: str) -> None:
    """It would be another one than was meant, and lose rows."""
    ran = run(*line.split(), "--ledger", "")
    assert (ran.code, ran.out) == (64, "")
    assert "it is empty; leave it out, or write sqlite:PATH" in ran.err


def test_options_of_the_list_stand_behind_find(run: Project, fill: Callable[..., None]) -> None:
    fill(*story())
    ran = run("receipts", "--since", "3d", "find", "--to", "env:PHONE")
    assert ran.code == 64
    assert "write --since behind find" in ran.err


def test_whoever_has_nothing_yet_is_told_what_makes_it(tmp_path: Path) -> None:
    project = Project(tmp_path / "p").begin()
    assert "`smsops probe -C" in project("receipts").err
    assert "None is declared. A manifest of `kind: Probe` does that." in project("probe", "x").err
    ran = project("stats", "shop")
    assert (ran.code, "give its SmsSdkAppId, such as 1400006666." in ran.err) == (64, True)


def test_an_unknown_cause_gets_the_known_ones(run: Project, fill: Callable[..., None]) -> None:
    fill()
    ran = run("receipts", "--cause", "nonsense")
    assert ran.code == 64
    assert "number, handset, ported" in ran.err


def test_hostile_texts_of_vendors_are_harmless(run: Project, fill: Callable[..., None]) -> None:
    texts = [text.replace("\0", "")[:200] for text in CORPUS]
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    fill(
        *(tencent("FAIL", text, message=text or "x", heard_at=NOW - 60) for text in texts),
        *(reply(sign=text, text=text, heard_at=NOW - 60) for text in texts),
    )
    run.environment["CI"] = "true"
    from tests.support.runners import commands

    for words in (
        *(("receipts", "--format", format) for format in ("text", "json", "csv")),
        *(("receipts", "find", "--to", "env:PHONE", "--format", f) for f in ("text", "json")),
        ("ledger", "export"),
        ("ledger", "check"),
    ):
        ran = run(*words)
        assert ran.code == 0, ran.err
        assert commands(ran.out) == []
        assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    "line",
    [
        "receipts",
        "receipts --cause nonsense",
        "receipts --probe nonsense",
        "receipts --probe logni",
        "receipts --application 1400006667",
        "receipts -e prod",
        "receipts --since 3d find --to env:PHONE",
        "receipts find --to env:PHONE",
        "receipts find --to env:NOBODY",
        "receipts find --to PHONE",
        "ledger check",
        "ledger forget env:PHONE",
        "ledger prune --before 90d",
        "ledger prune --before 1d",
        "receipts --ledger nonsense",
        "receipts --ledger sqlite:/nonexistent/ledger.db",
    ],
)
def test_no_sentence_is_left_in_english(run: Project, fill: Callable[..., None], line: str) -> None:
    fill(*story(), tencent("FAIL", message="2019:1", heard_at=NOW), accepted("y", send="nobody"))
    with spoken():
        ran = run(*line.split())
    assert ran.out + ran.err != ""
    known = {"smsops", *COMMANDS, *Cause, "login", "nobody", "find", "answers", "nonsense"}
    assert plain_words(ran.out + ran.err, known | set(line.split())) == []
