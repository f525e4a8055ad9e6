"""A small project on disk, and smsops run on it: in this process, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smsops.cli import main
from smsops.cli.context import Context
from smsops.cli.options import from_environment
from smsops.clock import SYSTEM, Clock
from smsops.emulator.store import Store

SIGN = """\
apiVersion: smsops/v1
kind: Sign
metadata: {name: acme}
spec:
  signName: 艾克米
  international: false
  signType: company
  documentType: three-in-one
  purpose: own-use
  proofImage: license.png
  qualificationId: 1000001
"""
TEMPLATE = """\
apiVersion: smsops/v1
kind: Template
metadata: {{name: {name}}}
spec:
  templateName: {title}
  content: "{content}"
  smsType: verification
  remark: {remark}
lifecycle: {{retireAfter: {retire_after}}}
"""


def png(shade: int = 16) -> bytes:
    """A small real image."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes([row * shade] * 8) for row in range(8)))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        return self.out.rstrip().rpartition("\n")[2]

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Project:
    """A project in ``root``. ``options`` go before every command."""

    root: Path
    options: tuple[str, ...] = ("--emulator",)
    environment: dict[str, str] = field(default_factory=dict)
    clock: Clock = SYSTEM

    def begin(self, templates: int = 1) -> Project:
        (self.root / "signs").mkdir(parents=True)
        (self.root / "templates").mkdir()
        (self.root / "smsops.yaml").write_text(
            "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: shop}\n"
            "spec: {region: ap-guangzhou}\n",
            encoding="utf-8",
        )
        (self.root / "signs" / "license.png").write_bytes(png())
        (self.root / "signs" / "acme.yaml").write_text(SIGN, encoding="utf-8")
        for number in range(templates):
            self.template(f"t{number}")
        return self

    def template(
        self,
        name: str = "t0",
        content: str = "您的验证码是{1}。",
        *,
        remark: str = "用户登录",
        retire_after: str = "24h",
        title: str | None = None,
    ) -> None:
        text = TEMPLATE.format(
            name=name,
            title=title or f"模板{name}",
            content=content,
            remark=remark,
            retire_after=retire_after,
        )
        (self.root / "templates" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def arguments(self, *arguments: str) -> list[str]:
        return ["-C", str(self.root), *self.options, *arguments]

    def __call__(self, *arguments: str) -> Ran:
        """Run in this process, with nothing on standard input and a clean environment."""
        out, err = io.StringIO(), io.StringIO()
        environment = {"HOME": str(self.root / "home"), **self.environment}
        context = Context(from_environment(environment), environment, self.clock)
        stdin, sys.stdin = sys.stdin, io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(self.arguments(*arguments), context=context)
        finally:
            sys.stdin = stdin
        return Ran(int(code), out.getvalue(), err.getvalue())

    def process(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a process of its own."""
        environment = {
            "HOME": str(self.root / "home"),
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.environment,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "smsops", *self.arguments(*arguments)],
            env=environment,
            text=True,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )

    def approve(self) -> None:
        """Every object in review becomes active."""
        for row in self("status", "--format", "json").json()["resources"]:
            kind = row["address"].partition(".")[0]
            for item in (row, row["successor"]):
                if item and item["review"] == "in_review":
                    self.review(kind, item["remote_id"], "approved")

    def review(self, kind: str, remote_id: int, verdict: str, *more: str) -> None:
        ran = self("emulator", "review", kind, str(remote_id), verdict, *more)
        assert ran.code == 0, ran.err

    def rewrite(self, remote_id: int, content: str) -> None:
        """Somebody edits a template in the console; its review stays as it is."""
        store = Store(self.root / ".smsops" / "emulator.json")
        with store.writing() as contents:
            item = contents.items["template"][remote_id]
            edited = item._replace(parameters={**item.parameters, "TemplateContent": content})
            store.commit([{"put": edited.to_json()}])

    def ledger(self) -> list[Mapping[str, Any]]:
        """Every write that the emulator committed."""
        return [json.loads(line) for line in self("emulator", "ledger").out.splitlines()]

    def writes(self) -> list[str]:
        return [str(row["action"]) for row in self.ledger()]

    @property
    def state(self) -> Path:
        name = "emulator-state.json" if "--emulator" in self.options else "state.json"
        return self.root / ".smsops" / name


@contextmanager
def served(data: Path, *arguments: str) -> Iterator[str]:
    """An emulator on a loopback port of its own; the URL."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "smsops", "emulator", "serve", "--port", "0"),
            *("--data", str(data), "--for", "90s", *arguments),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                break
        else:
            raise AssertionError("the emulator did not start")
    finally:
        process.terminate()
        process.stderr.close()
        process.wait(20)
