"""Receivers as processes, what vendors push to them, and what is in the ledger then."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from smsops.delivery.ledger.sqlite import SqliteLedger
from smsops.delivery.model import Report
from tests.support.project import Project
from tests.support.receipts import PHONE, SECRET

TOKEN = "t" * 16 + "0123456789abcdef"
OTHER = "o" * 40
APP = "/tencent/1400006666"
TEXT = "keepthistexttoyourself"


@dataclass
class Running:
    """A receiver that answers. ``begin``: what it has said until it did."""

    process: subprocess.Popen[str]
    url: str
    begin: tuple[str, ...] = ()

    def post(self, path: str, body: bytes | str, token: str = TOKEN, **headers: str) -> Any:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            raw = body if isinstance(body, bytes) else body.encode()
            connection.request("POST", f"/{token}{path}" if token else path, raw, named)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def wait_for(self, words: str, said: list[str]) -> None:
        """Until it has said ``words``, at its beginning or now."""
        assert self.process.stderr is not None
        if any(words in line for line in self.begin):
            return
        for line in self.process.stderr:
            said.append(line)
            if words in line:
                return
        raise AssertionError("".join(said))


@dataclass
class Receivers:
    """Starts receivers in the directory of ``project``, which need not be one."""

    project: Project

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Running]:
        first = len(self.project.said)
        process = self.project.process("receive", "--port", "0", *arguments)
        assert process.stderr is not None
        try:
            for line in process.stderr:
                self.project.said.append(line)
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield Running(process, found[0], tuple(self.project.said[first:]))
                    break
            else:
                raise AssertionError("".join(self.project.said))
        finally:
            if process.poll() is None:
                process.terminate()
            self.project.ended(process)


def item(serial: object, **more: object) -> dict[str, object]:
    return {
        "user_receive_time": "2026-11-27 08:03:04",
        "nationcode": "86",
        "mobile": PHONE[3:],
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": TEXT,
        "sid": f"2019:{serial}",
        **more,
    }


def push(*serials: object) -> str:
    return json.dumps([item(serial) for serial in serials])


def huawei(id: object, **more: str) -> str:
    return urlencode({"smsMsgId": str(id), "status": "DELIVRD", **more})


def reports(path: Path) -> list[Report]:
    ledger = SqliteLedger(path)
    found = [row for row in ledger.rows() if isinstance(row, Report)]
    ledger.close()
    return found


OK = (200, b'{"result":0,"errmsg":"OK"}')


def begin(root: Path) -> Receivers:
    """Receivers in ``root``, with two tokens and a key."""
    root.mkdir()
    environment = {"SMSOPS_RECEIVE_TOKEN": f"{TOKEN},{OTHER}", "SMSOPS_LEDGER_KEY": SECRET.decode()}
    return Receivers(Project(root, options=(), environment=environment))
