"""docs/emulator.md works as it is written: its programs run, its tables are those of the code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from smsops.cli import main, smsops
from smsops.emulator.control import PREFIX, answer
from smsops.emulator.core import Emulator
from smsops.emulator.outcomes import OUTCOMES
from smsops.emulator.seed import SeedError
from smsops.emulator.wire import Request
from smsops.testing import Message, RunningEmulator
from tests.emulator import official
from tests.emulator.test_testing import APPLICATION
from tests.support.pages import ROOT, Page

pytestmark = pytest.mark.systems

pytest_plugins = ["pytester"]

PAGE = Page(ROOT / "docs" / "emulator.md")
ADDRESS = "127.0.0.1:8080"
TEXT = "【艾克米】您的验证码是123456，5分钟内有效。"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    with RunningEmulator.started(("--no-limits",)) as running:
        yield running


@pytest.fixture
def emulator(running: RunningEmulator, tmp_path: Path) -> RunningEmulator:
    """An emulator with the account of the page, seeded by its command."""
    running.reset(account=True)
    file = tmp_path / "sms-account.yaml"
    file.write_text(PAGE.blocks("yaml")[0], "utf-8")
    assert main(["emulator", "seed", str(file), "--endpoint", running.url]) == 0
    return running


def block(language: str, containing: str, emulator: RunningEmulator) -> str:
    """A block of the page, about an emulator at another port."""
    (found,) = (body for body in PAGE.blocks(language) if containing in body)
    assert ADDRESS in found
    return found.replace(ADDRESS, emulator.endpoint)


def test_the_node_program_sends(emulator: RunningEmulator, tmp_path: Path) -> None:
    program = tmp_path / "send.js"
    program.write_text(block("js", "SendSms", emulator), "utf-8")
    done = subprocess.run(
        ["node", str(program)],
        env={**os.environ, "NODE_PATH": str(official.node_modules())},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("Ok\n", "")
    assert [message.text for message in emulator.messages()] == [TEXT]


def test_the_python_program_sends(emulator: RunningEmulator, tmp_path: Path) -> None:
    program = tmp_path / "send.py"
    program.write_text(block("python", "SendSms", emulator), "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("Ok\n", "")
    assert [message.text for message in emulator.messages()] == [TEXT]


def test_the_pytest_files_pass(pytester: pytest.Pytester) -> None:
    (conftest,) = (body for body in PAGE.blocks("python") if "# conftest.py" in body)
    (test,) = (body for body in PAGE.blocks("python") if "# test_login.py" in body)
    pytester.makeconftest(conftest)
    pytester.makepyfile(application=APPLICATION)
    pytester.makepyfile(test_login=f"from application import send_code\n{test}")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(passed=1)


NODE_APPLICATION = """
const { sms } = require("tencentcloud-sdk-nodejs-sms");

exports.sendCode = (number, template, endpoint) =>
  new sms.v20210111.Client({
    credential: { secretId: "AKIDEMULATOR", secretKey: "emulator" },
    region: "ap-guangzhou",
    profile: { httpProfile: { protocol: "http://", endpoint } },
  }).SendSms({
    PhoneNumberSet: [number],
    SmsSdkAppId: "1400006666",
    SignName: "艾克米",
    TemplateId: template,
    TemplateParamSet: ["123456"],
  });
"""


def test_the_node_test_passes(tmp_path: Path) -> None:
    """It starts an emulator, and leaves none behind."""
    (test,) = (body for body in PAGE.blocks("js") if "// login.test.js" in body)
    (tmp_path / "login.test.js").write_text(test, "utf-8")
    (tmp_path / "application.js").write_text(NODE_APPLICATION, "utf-8")
    done = subprocess.run(
        ["node", "--test", str(tmp_path / "login.test.js")],
        env={
            **os.environ,
            "NODE_PATH": str(official.node_modules()),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TMPDIR": str(tmp_path),
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\W*pass 1$", done.stdout, re.MULTILINE)
    assert list(tmp_path.glob("sms-*/*")) == []  # the file goes with the emulator


def test_the_ready_file_is_waited_for(tmp_path: Path) -> None:
    (script,) = (body for body in PAGE.blocks("sh") if "--ready-file" in body)
    file = tmp_path / "sms.json"
    commands = Path(sys.executable).parent
    # The emulator goes on, and would hold a pipe open.
    with (tmp_path / "stdout").open("w+") as said:
        subprocess.run(
            ["sh", "-c", script.replace("/tmp/sms.json", str(file))],
            env={**os.environ, "PATH": f"{commands}:{os.environ['PATH']}"},
            stdout=said,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
            cwd=tmp_path,
        )
        said.seek(0)
        told = json.load(said)
    os.kill(told["pid"], signal.SIGTERM)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["url"])


def test_the_faults_are_faults(emulator: RunningEmulator) -> None:
    (faults,) = PAGE.blocks("json")
    emulator.faults(json.loads(faults))


def test_the_numbers_are_those_of_the_emulator() -> None:
    rows = [row[0] for row in PAGE.table("What becomes of a message")]
    assert rows == [*OUTCOMES, "anything else"]


def test_every_control_request_is_there() -> None:
    """And is one of the emulator's; what it asks for is checked by its own tests."""
    text = PAGE.text.partition("## For tests")[2]
    for method, path in re.findall(r"^\| `(GET|POST) (/_emulator/\w+)`", text, re.MULTILINE):
        assert path.startswith(PREFIX)
        try:
            reply = answer(Emulator(), Request(method, path, {"host": "localhost"}, b"[]"))
        except SeedError:
            continue
        assert reply.status != 404, path


def test_the_fields_of_a_message_are_those_of_the_fixture() -> None:
    table = PAGE.text.partition("A message:\n\n")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    told = re.findall(r"`(\w+)`", " ".join(cells))
    assert set(told) == set(Message.__dataclass_fields__)


def test_what_the_fixture_has_is_there() -> None:
    cells = " ".join(row[0] for row in PAGE.table("pytest"))
    names = re.findall(r"`(\w+)", cells)
    assert {"url", "messages", "approve", "reset"} <= set(names)
    known = set(dir(RunningEmulator("http://127.0.0.1:1")))
    assert [name for name in names if name not in known] == []


def test_options_in_pipelines_exist() -> None:
    """Command lines in YAML, which no other test reads."""
    lines = [
        line
        for body in PAGE.blocks("yaml")
        for line in re.findall(r"smsops (emulator [^\n&>\"]*)", body)
    ]
    assert len(lines) >= 5
    group = smsops.get_command(click.Context(smsops), "emulator")
    assert isinstance(group, click.Group)
    top = {flag for option in smsops.params for flag in option.opts}
    for line in lines:
        words = line.split()
        known = {flag for option in group.commands[words[1]].params for flag in option.opts}
        assert {word for word in words if word.startswith("--")} <= known | top, line
