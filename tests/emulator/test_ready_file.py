"""``smsops emulator serve --ready-file``: how other programs find a served emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smsops.cli import main
from smsops.emulator.ready import ready_file
from smsops.errors import SmsopsError
from tests.emulator.test_command import ENVIRONMENT


@contextmanager
def serving(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that announces itself in ``file``, from then on."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "smsops", "emulator", "serve", "--port", "0"),
            *("--ready-file", str(file), "--for", "60s"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        deadline = time.monotonic() + 30
        while not announced(file, process.pid):
            assert process.poll() is None
            assert time.monotonic() < deadline
        yield process
    finally:
        process.kill()
        process.wait()


def announced(file: Path, pid: int) -> bool:
    """Whether the file is of that process. It is never there and incomplete; one of a server that
    was killed goes away first.
    """
    try:
        return bool(json.loads(file.read_bytes())["pid"] == pid)
    except FileNotFoundError:
        return False


def test_the_file_is_there_while_requests_are_answered(tmp_path: Path) -> None:
    file = tmp_path / "emulator.json"
    with serving(file) as process:
        told = json.loads(file.read_bytes())
        assert set(told) == {"url", "pid"}
        with urllib.request.urlopen(f"{told['url']}/_emulator/calls", timeout=10) as reply:
            assert json.load(reply) == {"calls": []}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_killed_server_does_not_deceive(tmp_path: Path) -> None:
    """It is gone before the next server answers, and then names that one."""
    file = tmp_path / "emulator.json"
    with serving(file) as process:
        before = json.loads(file.read_bytes())
        process.kill()
        process.wait()
    assert json.loads(file.read_bytes()) == before
    with serving(file) as process:
        assert json.loads(file.read_bytes())["pid"] == process.pid


def test_a_file_that_another_server_took_over_stays(tmp_path: Path) -> None:
    file = tmp_path / "emulator.json"
    with ready_file(file) as announce:
        announce("http://127.0.0.1:1")
        assert json.loads(file.read_bytes()) == {"url": "http://127.0.0.1:1", "pid": os.getpid()}
        file.write_text('{"url": "http://127.0.0.1:2", "pid": 2}')
    assert json.loads(file.read_bytes())["pid"] == 2


def test_a_file_that_is_removed_meanwhile_is_no_error(tmp_path: Path) -> None:
    with ready_file(tmp_path / "emulator.json") as announce:
        announce("http://127.0.0.1:1")
        (tmp_path / "emulator.json").unlink()


def test_without_a_file_nothing_is_announced(tmp_path: Path) -> None:
    with ready_file(None) as announce:
        announce("http://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_an_error_before_anything_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (tmp_path / "gone" / "emulator.json", tmp_path):
        assert main(["emulator", "serve", "--port", "0", "--ready-file", str(file)]) == 1
        told = capsys.readouterr().err
        assert f"cannot write {file}" in told
        assert "--ready-file" in told


def test_a_directory_that_goes_before_the_server_is_ready_is_an_error(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with ready_file(place / "emulator.json") as announce:
        place.rmdir()
        with pytest.raises(SmsopsError, match="cannot write"):
            announce("http://127.0.0.1:1")
