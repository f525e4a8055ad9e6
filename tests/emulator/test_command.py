"""`smsops emulator ...` as its users call it: real processes, real signals."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import main
from smsops.emulator.core import Emulator
from smsops.emulator.settings import Settings
from smsops.text.width import width
from tests.emulator.messages import ACCOUNT, APP, NUMBER, OTHER, TWO, sms
from tests.support.emulator_api import SIGN, TEMPLATE, Refusal, ask, sdk

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

PROJECT = """apiVersion: smsops/v1
kind: Project
metadata: {name: acme-sms}
spec: {region: ap-guangzhou}
"""
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("SMSOPS", "TENCENT"))
}


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in an empty directory, without endpoints in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMSOPS_ENDPOINT", raising=False)
    return tmp_path


@contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`smsops emulator serve` in a process of its own, from its first line to its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "smsops", "emulator", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    guard = threading.Timer(30, process.kill)
    guard.start()
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert match, line + process.stderr.read()
        yield match[1], process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate()
        guard.cancel()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_serve_works_outside_a_project_and_stops_in_order(number: int, code: int) -> None:
    """In memory, at a free port; one line on stderr, nothing on stdout; the signal's exit code."""
    with served("--no-limits") as (url, process):
        ask(sdk(url), "AddSmsSign", **SIGN)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (code, "", "")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("kind", ["delay", "hang"])
def test_serve_stops_although_a_request_is_waiting(kind: str) -> None:
    """A delay of an hour, or a connection that hangs, does not outlive the server."""
    fault = {"kind": kind, "at": "after-commit", "seconds": 3600}
    Path("faults.json").write_text(json.dumps([fault]))
    with served("--data", "d.json", "--faults", "faults.json") as (url, process):
        asking = threading.Thread(target=gives_up, args=(url,))
        asking.start()
        while not (Path("d.json").exists() and Emulator(Path("d.json")).ledger()):
            assert asking.is_alive()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 143
        asking.join(15)


def gives_up(url: str) -> None:
    """Add a sign; the answer never comes, or is that of a server that stops."""
    with suppress(Refusal):
        ask(sdk(url), "AddSmsSign", **SIGN)


def test_serve_ends_by_itself_when_told_for_how_long() -> None:
    with served("--for", "200ms") as (_, process):
        assert process.wait(20) == 0


def test_serve_keeps_a_projects_data_in_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    """And a review in another process is seen by the one that serves."""
    Path("p").mkdir()
    Path("p/smsops.yaml").write_text(PROJECT)
    with served("-C", "p", "--no-limits") as (url, _):
        client = sdk(url)
        ask(client, "AddSmsSign", **SIGN)
        assert ask(client, "AddSmsTemplate", **TEMPLATE)
        assert Path("p/.smsops/emulator.json").exists()
        rejected = ("review", "template", "1110", "rejected", "--reply", "不行")
        assert run(capsys, "emulator", *rejected, "-C", "p") == (0, "template 1110: rejected\n", "")
        (status,) = ask(client, "DescribeSmsTemplateList", International=0, Limit=9)[
            "DescribeTemplateStatusSet"
        ]
        assert (status["StatusCode"], status["ReviewReply"]) == (-1, "不行")


def test_serve_takes_every_switch() -> None:
    Path("faults.json").write_text('[{"kind": "error", "action": "DeleteSmsSign", "code": "X.Y"}]')
    options = (
        *("--data", "d.json", "--review", "auto", "--listing", "legacy", "--subaccount"),
        *("--no-limits", "--latency", "1ms-2ms", "--latency-at", "before-admission"),
        *("--refuse-identity", "--unknown-ids", "fail", "--normalise", "full-width"),
        *("--faults", "faults.json", "--account-id", "7"),
    )
    with served(*options) as (url, _):
        client = sdk(url)
        ask(client, "AddSmsSign", **{**SIGN, "SignName": "AB"})
        ask(client, "AddSmsTemplate", **{**TEMPLATE, "TemplateName": "a,b"})
        found = ask(client, "DescribeSmsTemplateList", International=0, TemplateIdSet=[1110])
        status = found["DescribeTemplateStatusSet"][0]
        assert (status["StatusCode"], status["TemplateName"]) == (0, "a，b")
        for action, parameters, code in (
            ("DescribeSmsSignList", {"International": 0}, "MissingParameter"),
            ("DescribeSmsTemplateList", {"International": 0}, "FailedOperation.ProhibitSub"),
            (
                "DescribeSmsTemplateList",
                {"International": 0, "TemplateIdSet": [3]},
                "FailedOperation.MissingTemplateToModify",
            ),
            ("DeleteSmsSign", {"SignId": 1110}, "X.Y"),
        ):
            with pytest.raises(Refusal, match=code):
                ask(client, action, **parameters)
        with pytest.raises(Refusal, match="UnauthorizedOperation"):
            ask(sdk(url, service="sts"), "GetCallerIdentity")
    assert len(Emulator(Path("d.json")).items("sign")) == 1


def test_serve_takes_the_switches_of_messages() -> None:
    """Of a number's limits, a parameter's length, reports, how many are kept, and the site."""
    Path("seed.json").write_text(json.dumps(ACCOUNT), "utf-8")
    assert main(("emulator", "seed", "seed.json", "--data", "d.json")) == 0
    options = (
        *("--data", "d.json", "--number-limits", "--parameter-length", "4", "--keep", "2"),
        *("--report-delay", "1h", "--account", "200000000002"),
    )
    with served(*options) as (url, _):
        client = sdk(url)

        def codes(*numbers: str, **given: Any) -> list[str]:
            statuses = ask(client, "SendSms", **sms(*numbers, **given))["SendStatusSet"]
            return [status["Code"] for status in statuses]

        assert codes(NUMBER, NUMBER) == ["Ok", "LimitExceeded.PhoneNumberThirtySecondLimit"]
        assert codes(OTHER, TemplateId=TWO, TemplateParamSet=["五个字的啊", ""]) == [
            "InvalidParameterValue.TemplateParameterLengthLimit"
        ]
        assert codes(OTHER) == ["Ok"]
        pulled = ask(client, "PullSmsSendStatus", SmsSdkAppId=APP, Limit=1)
        assert pulled["PullSmsSendStatusSet"] == []
        identity = ask(sdk(url, service="sts"), "GetCallerIdentity")
        assert identity["AccountId"] == "200000000002"
    kept = Emulator(Path("d.json"), Settings(keep=2)).messages()
    # The first waits for its report, and so the others stay with it.
    assert [message.number for message in kept] == [OTHER, OTHER, NUMBER, NUMBER]
    assert [message.verdict for message in kept] == ["pending", "refused", "refused", "pending"]


def test_serve_is_of_a_site() -> None:
    with served("--site", "intl", "--no-limits") as (url, _):
        client = sdk(url, region="ap-singapore")
        of_a_site = {name: value for name, value in SIGN.items() if name != "QualificationId"}
        ask(client, "AddSmsSign", **{**of_a_site, "SignType": 2, "DocumentType": 5})
        (sign,) = ask(client, "DescribeSmsSignList", International=0, Limit=9)[
            "DescribeSignListStatusSet"
        ]
        assert not sign.get("QualificationId")
        with pytest.raises(Refusal, match="UnknownParameter"):
            ask(client, "AddSmsSign", **SIGN)
        with pytest.raises(Refusal, match="InvalidDocumentType"):
            ask(client, "AddSmsSign", **{**of_a_site, "SignType": 2, "DocumentType": 8})
    with served("--no-limits") as (url, _), pytest.raises(Refusal, match="UnsupportedRegion"):
        ask(sdk(url, region="ap-singapore"), "AddSmsSign", **SIGN)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--review", "never"), "never"),
        (("--site", "moon"), "moon"),
        (("--keep", "0"), "0"),
        (("--report-delay", "soon"), "soon"),
        (("--parameter-length", "0"), "0"),
        (("--for", "soon"), "soon"),
        (("--latency", "2s-1s"), "2s-1s"),
        (("--normalise", "rot13"), "rot13"),
        (("--port", "70000"), "70000"),
        (("--listing", "ancient"), "ancient"),
        (("--endpoint", "http://127.0.0.1:8080"), "--port"),
        (("--callback-faults", "duplicate"), "--status-url"),
        (("--allow-callback", "receiver.example"), "--status-url"),
    ],
)
def test_serve_refuses_what_means_nothing(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], says: str
) -> None:
    code, out, err = run(capsys, "emulator", "serve", *options)
    assert (code, out) == (64, "")
    assert says in err


def test_serve_refuses_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with served() as (url, _):
        port = url.rpartition(":")[2]
        code, _, err = run(capsys, "emulator", "serve", "--port", port)
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err


def test_serve_without_its_libraries_says_what_to_install() -> None:
    """Exit 64 with the command that installs them."""
    blocked = "import sys; sys.modules['uvicorn'] = None; from smsops.cli import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", blocked, "emulator", "serve", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 64
    assert "pip install 'smsops[server]'" in done.stderr


def test_where_no_emulator_is_the_command_that_serves_one_there_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which takes no --endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert main(["emulator", "list", "--endpoint", f"http://127.0.0.1:{port}"]) == 1
    assert f"Start one with `smsops emulator serve --port {port}`, or" in capsys.readouterr().err


@pytest.mark.parametrize("before", [True, False])
def test_the_directory_may_come_before_or_after_the_command(
    capsys: pytest.CaptureFixture[str], before: bool
) -> None:
    Path("p/.smsops").mkdir(parents=True)
    Path("p/smsops.yaml").write_text(PROJECT)
    Path("seed.yaml").write_text("- {kind: sign, signName: 艾克米, status: pending}\n")
    where = ("-C", "p")

    def smsops(*arguments: str) -> tuple[int, str, str]:
        if before:
            return run(capsys, *where, "emulator", *arguments)
        return run(capsys, "emulator", *arguments, *where)

    assert smsops("seed", "seed.yaml") == (0, "sign 1110\n", "")
    assert smsops("review", "sign", "1110", "effective-later") == (
        0,
        "sign 1110: effective-later\n",
        "",
    )
    code, out, _ = smsops("list")
    assert code == 0
    assert re.fullmatch(r"sign  1110  approved  domestic  \S+Z  艾克米\n", out)
    code, out, err = smsops("review", "template", "5", "approved")
    assert (code, out) == (1, "")
    assert "no template has the id 5; there are no templates" in err
    assert smsops("ledger") == (0, "", "")


def test_somebody_deletes_in_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    """In a file and over a socket; what is not there is an error."""
    Path("seeds.json").write_text(
        '[{"kind": "template", "templateName": "a", "content": "b"}]', "utf-8"
    )
    with served() as (url, _):
        for place in (("--data", "account.json"), ("--endpoint", url)):
            _, out, _ = run(capsys, "emulator", "seed", "seeds.json", *place)
            number = out.split()[-1]
            assert run(capsys, "emulator", "remove", "template", number, *place) == (
                0,
                f"template {number}: removed\n",
                "",
            )
            assert run(capsys, "emulator", "list", *place) == (0, "", "")
            code, out, err = run(capsys, "emulator", "remove", "template", number, *place)
            assert (code, out) == (1, "")
            assert f"there is no template {number}" in err


def test_the_ledger_is_json_lines_without_images(capsys: pytest.CaptureFixture[str]) -> None:
    with served("--data", "d.json", "--no-limits") as (url, _):
        ask(sdk(url), "AddSmsSign", **SIGN)
        ask(sdk(url), "DeleteSmsSign", SignId=1110)
    code, out, _ = run(capsys, "emulator", "ledger", "--data", "d.json")
    assert code == 0
    entries = [json.loads(line) for line in out.splitlines()]
    assert [entry["action"] for entry in entries] == ["AddSmsSign", "DeleteSmsSign"]
    assert set(entries[0]["parameters"]["ProofImage"]) == {"sha256", "size"}
    assert set(entries[0]) == {"seq", "time", "action", "id", "request_id", "parameters"}


def test_commands_reach_a_served_emulator_by_its_endpoint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """For one in memory there is no other way; --data wins when both are given."""
    Path("seed.json").write_text('[{"kind": "sign", "signName": "艾克米"}]')
    with served() as (url, _):
        there = ("--endpoint", url)
        assert run(capsys, "emulator", "seed", "seed.json", *there) == (0, "sign 1110\n", "")
        assert run(capsys, *there, "emulator", "review", "sign", "1110", "pending")[0] == 0
        code, out, _ = run(capsys, "emulator", "list", "--format", "json", *there)
        assert (code, json.loads(out)["status"]) == (0, 1)
        code, _, err = run(capsys, "emulator", "list", "--data", "nowhere.json", *there)
        assert code == 64
        assert "nowhere.json" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {kind: sign, signName: [", ":1:"),
        ("kind: sign", "list"),
        ("a: 1\n---\nb: 2\n", "2 documents"),
        ("- {kind: sign, signName: ab, colour: red}", "colour"),
    ],
)
def test_a_seed_file_that_is_none_is_an_error(
    capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    Path("seed.yaml").write_text(text)
    code, out, err = run(capsys, "emulator", "seed", "seed.yaml", "--data", "d.json")
    assert (code, out) == (1, "")
    assert says in err
    assert Emulator(Path("d.json")).items("sign") == []


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--data", ""), 1, "emulator data . is not a file"),
        (("--data", "/"), 1, "emulator data / is not a file"),
        (("--data", "folder", "--status-url", "http://127.0.0.1:9"), 1, "folder is not a file"),
        (("--account", "mine"), 64, "the id of an account is digits, not 'mine'"),
    ],
)
def test_a_mistaken_option_of_serve_is_told_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int, told: str
) -> None:
    Path("folder").mkdir()
    found = run(capsys, "emulator", "serve", "--port", "0", "--for", "0s", *options)
    assert (found[0], found[1]) == (code, "")
    assert told in found[2]
    assert [each.name for each in Path().iterdir()] == ["folder"]


def test_texts_of_the_account_do_not_reach_the_terminal_raw(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("seed.json").write_text(
        json.dumps([{"kind": "sign", "signName": "\x1b[2J\u202e", "reply": "\r::error::x"}])
    )
    run(capsys, "emulator", "seed", "seed.json", "--data", "d.json")
    for options in ((), ("--format", "json")):
        _, out, _ = run(capsys, "emulator", "list", "--data", "d.json", *options)
        assert not set("\x1b\u202e\r") & set(out)


def test_objects_are_listed_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is in them; Chinese characters take two columns."""
    objects = [
        {"kind": "sign", "signName": "艾克米", "id": 7, "reply": "不行"},
        {"kind": "template", "templateName": "code", "content": "x", "status": 0, "reply": "ok"},
    ]
    Path("seed.json").write_text(json.dumps(objects))
    run(capsys, "emulator", "seed", "seed.json", "--data", "d.json")
    _, out, _ = run(capsys, "emulator", "list", "--data", "d.json")
    sign, template = out.splitlines()
    assert width(sign[: sign.index("不行")]) == template.index("ok")
    assert sign.index("domestic") == template.index("domestic")


def test_without_any_data_a_command_says_where_it_looked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments in (("list",), ("ledger",), ("review", "sign", "1", "approved")):
        code, _, err = run(capsys, "emulator", *arguments)
        assert code == 64
        assert "emulator.json" in err
    assert list(Path().iterdir()) == []


def test_a_damaged_data_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d.json").write_text("{}")
    for arguments in (("list",), ("serve", "--port", "0")):
        code, out, err = run(capsys, "emulator", *arguments, "--data", "d.json")
        assert (code, out) == (1, "")
        assert "d.json is not emulator data" in err
