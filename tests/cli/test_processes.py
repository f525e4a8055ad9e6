"""Real processes: prompts, signals, locks."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.account import Account
from tests.support.breakpoint import Breakpoint
from tests.support.environments import SETTINGS
from tests.support.project import Project, served
from tests.support.served_project import ServedProject, served_project

EMULATED = {"TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR", "TENCENTCLOUD_SECRET_KEY": "emulator"}


@contextmanager
def on_a_terminal(
    project: Project, *arguments: str, columns: int = 0
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process whose streams are a terminal, of a width if given; the other end of it."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    try:
        process = project.process(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        try:
            yield process, ours
        finally:
            process.kill()
            process.wait(10)
    finally:
        os.close(ours)


def read_until(terminal: int, wanted: str, seconds: float = 20.0) -> str:
    """What the terminal shows, up to ``wanted`` or its end."""
    shown = b""
    until = time.monotonic() + seconds
    while wanted.encode() not in shown and time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            shown += chunk
    return shown.decode("utf-8", "replace")


def test_only_yes_applies(project: Project) -> None:
    with on_a_terminal(project, "apply") as (process, terminal):
        assert "Only 'yes' is accepted" in read_until(terminal, "accepted: ")
        os.write(terminal, b"y\n")
        assert "nothing was written" in read_until(terminal, "was written")
        assert process.wait(10) == 1
    assert project.writes() == []
    with on_a_terminal(project, "apply") as (process, terminal):
        read_until(terminal, "accepted: ")
        os.write(terminal, b"yes\n")
        assert "Apply complete" in read_until(terminal, "in review.")
        assert process.wait(10) == 0
    assert len(project.writes()) == 2


def test_the_question_names_the_environment(project: Project) -> None:
    (project.root / "smsops.yaml").write_text(SETTINGS, encoding="utf-8")
    with on_a_terminal(project, "apply", "-e", "prod") as (process, terminal):
        assert "Apply this in environment prod? Only 'yes'" in read_until(terminal, "accepted: ")
        os.write(terminal, b"no\n")
        assert process.wait(10) == 1


def test_a_terminal_shows_the_line_of_a_problem(project: Project) -> None:
    """Wherever it is reported; a log of CI gets one line."""
    project.template(content=" 验证码{1}")
    for command in ("validate", "plan"):
        with on_a_terminal(project, command) as (_, terminal):
            shown = read_until(terminal, "1 error in 1 file").replace("\r\n", "\n")
        assert re.search(
            r'^(\d) \|   content: " 验证码\{1\}"\n  \|            ', shown, re.MULTILINE
        )
        assert "templates/t0.yaml:" in shown
    assert "^" not in project("validate").out


def test_long_lines_keep_their_indent_on_a_terminal(project: Project) -> None:
    project("apply", "--auto-approve")
    project.approve()
    project("apply", "--auto-approve")
    project.template(
        content="您的动态验证码是{1}，请在十分钟之内输入，不要转发给任何人，也不要截图。"
    )
    with on_a_terminal(project, "plan", columns=60) as (_, terminal):
        shown = read_until(terminal, "1 to replace").replace("\r\n", "\n")
    plain = re.sub("\x1b\\[[0-9;]*m", "", shown)
    assert "\n    then: a successor with a new id goes to review; the\n          current" in plain
    assert re.search(r"\n    content  .*\n {13}\S", plain)


def test_control_c_at_the_prompt_is_130(project: Project) -> None:
    with on_a_terminal(project, "apply") as (process, terminal):
        read_until(terminal, "accepted: ")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert "Traceback" not in read_until(terminal, "no such text", 0.5)
    assert project.writes() == []
    assert project("plan").code == 0


#: Sends SIGINT from within the call that waits for the answer, before the system's own.
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <sys/select.h>
#include <unistd.h>

static void once(void)
{
    static int sent;
    if (!sent++ && isatty(0))
        raise(SIGINT);
}

ssize_t read(int from, void *into, size_t most)
{
    static ssize_t (*other)(int, void *, size_t);
    if (!other)
        other = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    if (from == 0)
        once();
    return other(from, into, most);
}

int select(int end, fd_set *in, fd_set *out, fd_set *odd, struct timeval *most)
{
    static int (*other)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    if (!other)
        other = (int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *))
            dlsym(RTLD_NEXT, "select");
    if (in && FD_ISSET(0, in))
        once();
    return other(end, in, out, odd, most);
}
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="a library is put before the system's"
)
def test_control_c_as_the_prompt_begins_to_wait_is_130(project: Project, tmp_path: Path) -> None:
    """Python's own handlers are not run before the wait is over."""
    source, library = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    project.environment["LD_PRELOAD"] = str(library)
    with on_a_terminal(project, "apply") as (process, terminal):
        assert "Interrupted." in read_until(terminal, "Interrupted.")
        assert process.wait(10) == 130
    assert project.writes() == []


def test_what_moved_while_somebody_was_thinking_is_not_applied(tmp_path: Path) -> None:
    """The answer is about the plan that was shown."""
    with served(tmp_path / "account.json") as url:
        project = Project(tmp_path / "shop", ("--endpoint", url), EMULATED).begin()
        assert project("apply", "--auto-approve", "--target", "sign.acme").code == 0
        with on_a_terminal(project, "apply") as (process, terminal):
            assert "create   template.t0" in read_until(terminal, "accepted: ")
            twin = {
                "kind": "template",
                "templateName": "模板t0",
                "content": "您的验证码是{1}。",
                "smsType": "verification",
                "status": "approved",
            }
            tell(url, "seed", [twin])
            os.write(terminal, b"yes\n")
            said = read_until(terminal, "what holds now")
            assert process.wait(20) == 6
        assert "the approved plan does not hold any more" in said
        assert "template.t0: was create, is adopt now" in said
        with urlopen(f"{url}/_emulator/ledger") as reply:
            ledger = json.load(reply)["ledger"]
        assert [row["action"] for row in ledger] == ["AddSmsSign"]
        with on_a_terminal(project, "apply") as (process, terminal):
            assert "adopt" in read_until(terminal, "accepted: ")
            os.write(terminal, b"yes\n")
            assert "1 adopted" in read_until(terminal, "Apply complete")  # the last line
            assert process.wait(20) == 0


def tell(url: str, path: str, document: object) -> None:
    """Ask something of an emulator's control interface."""
    request = Request(f"{url}/_emulator/{path}", json.dumps(document).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    with urlopen(request):
        pass


def test_the_end_of_input_at_the_prompt_is_a_no(project: Project) -> None:
    with on_a_terminal(project, "apply") as (process, terminal):
        read_until(terminal, "accepted: ")
        os.write(terminal, b"\x04")
        assert "nothing was written" in read_until(terminal, "was written")
        assert process.wait(10) == 1
    assert project.writes() == []


#: Ctrl-C at the moment at which a module is imported for the first time.
PRESSED = """
import os, signal, sys
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Pressed())
sys.argv = ["smsops", "validate"]
from smsops.__main__ import run
run()
"""


@pytest.mark.parametrize(
    "module", ["smsops.cli", "click", "smsops.cli.context", "smsops.cli.commands.validate", "yaml"]
)
def test_control_c_while_it_starts_is_130_and_one_word(tmp_path: Path, module: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PRESSED.format(module=module)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr.strip()) == (130, "", "Interrupted.")


def test_off_a_terminal_it_names_the_flag_and_never_hangs(project: Project) -> None:
    ran = project("apply")
    assert ran.code == 64
    assert "--auto-approve" in ran.err
    assert project.writes() == []
    process = project.process("apply", stdin=subprocess.PIPE)
    assert process.wait(20) == 64
    process.communicate()


def test_off_a_terminal_with_nothing_to_do_it_is_fine(applied_project: Project) -> None:
    assert applied_project("apply").code == 0


def test_no_input_never_asks(project: Project) -> None:
    with on_a_terminal(project, "--no-input", "apply") as (process, terminal):
        assert "--auto-approve" in read_until(terminal, "--auto-approve")
        assert process.wait(10) == 64


def test_a_closed_stdout_does_not_stop_an_apply(project: Project) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = project.process("apply", "--auto-approve", stdout=writing)
    os.close(writing)
    process.communicate(timeout=30)
    assert project.writes() == ["AddSmsSign", "AddSmsTemplate"]
    assert "2 waiting" in project("plan").last


@pytest.fixture
def held(account: Account, tmp_path: Path) -> Iterator[tuple[ServedProject, Breakpoint]]:
    """A project of a sign and three templates, and the reply that its first apply waits for."""
    project = served_project(tmp_path / "shop", account).begin(3)
    project.sign("acme", "艾克米")
    pause = Breakpoint("before-reply", "AddSmsSign")
    account.emulator.hook = pause
    yield project, pause
    pause.opened.set()
    project.end()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_an_apply_in_order(
    held: tuple[ServedProject, Breakpoint], number: int, code: int
) -> None:
    project, pause = held
    process = project.process("apply", "--auto-approve")
    assert pause.reached.wait(40)
    assert '"intents":[{' in project.state.read_text("utf-8")
    process.send_signal(number)
    assert process.stderr is not None
    assert any("Stopping" in line for line in process.stderr)
    pause.opened.set()
    out, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert "Apply incomplete" in out
    state = json.loads(project.state.read_text("utf-8"))
    assert state["intents"] == []
    assert len(state["resources"]) < 4
    assert project("apply", "--auto-approve").code == 0
    plan = project("plan", "--format", "json").json()
    assert plan["summary"]["wait"] == 4
    assert plan["unmanaged"] == []


def test_a_second_run_is_locked_out_and_names_the_holder(
    held: tuple[ServedProject, Breakpoint],
) -> None:
    project, pause = held
    first = project.process("apply", "--auto-approve")
    assert pause.reached.wait(40)
    second = project("apply", "--auto-approve")
    assert second.code == 5
    assert f"{first.pid}" in second.err or "apply" in second.err
    pause.opened.set()
    first.communicate(timeout=30)
    assert first.returncode == 0
    assert project("apply", "--auto-approve").code == 0
