"""The builder of a project on disk, and smsops run on it: in this process, or as one of its own."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from smsops.cli import main
from smsops.cli.context import Context
from smsops.clock import SYSTEM, Clock
from smsops.emulator.core import Emulator
from smsops.emulator.store import Store
from smsops.workspace.settings import Options
from tests.support import specs
from tests.support.clock import FakeClock


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
    """A project in ``root``. ``options`` go before every command. ``said`` is everything that its
    runs wrote.
    """

    root: Path
    options: tuple[str, ...] = ("--emulator",)
    environment: dict[str, str] = field(default_factory=dict)
    clock: Clock = SYSTEM
    said: list[str] = field(default_factory=list)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    #: What ``smsops.yaml`` says.
    settings: ClassVar[str] = (
        "apiVersion: smsops/v1\nkind: Project\nmetadata: {name: shop}\n"
        "spec: {region: ap-guangzhou}\n"
    )

    # -- manifests -------------------------------------------------------------------------------

    def begin(self, templates: int = 1) -> Self:
        """Write a sign and some templates."""
        self.begin_without_sign(templates)
        self._write("signs/acme.yaml", specs.sign_manifest())
        return self

    def begin_without_sign(self, templates: int = 0) -> Self:
        self.begin_empty()
        (self.root / "signs" / "license.png").write_bytes(specs.IMAGE)
        for number in range(templates):
            self.template(f"t{number}")
        return self

    def begin_empty(self) -> Self:
        for name in ("signs", "templates"):
            (self.root / name).mkdir(parents=True)
        self._write("smsops.yaml", self.settings)
        return self

    def sign(
        self, name: str, title: str, remark: str = "官网登录", *, retire_after: str = "0s"
    ) -> None:
        text = specs.sign_manifest(name, signName=title, remark=remark, retire_after=retire_after)
        self._write(f"signs/{name}.yaml", text)

    def template(
        self,
        name: str = "t0",
        content: str = "您的验证码是{1}。",
        *,
        remark: str = "用户登录",
        retire_after: str = "24h",
        title: str | None = None,
    ) -> None:
        text = specs.template_manifest(
            name,
            templateName=title or f"模板{name}",
            content=f'"{content}"',
            remark=remark,
            retire_after=retire_after,
        )
        self._write(f"templates/{name}.yaml", text)

    def remove(self, kind: str, name: str) -> None:
        (self.root / f"{kind}s" / f"{name}.yaml").unlink()

    def _write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    # -- runs ------------------------------------------------------------------------------------

    def arguments(self, *arguments: str) -> list[str]:
        return ["-C", str(self.root), *self.options, *arguments]

    def __call__(self, *arguments: str) -> Ran:
        """Run in this process, with nothing on standard input and a clean environment."""
        out, err = io.StringIO(), io.StringIO()
        environment = {"HOME": str(self.root / "home"), **self.environment}
        context = Context(Options(), environment, self.clock)
        stdin, sys.stdin = sys.stdin, io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(self.arguments(*arguments), context=context)
        finally:
            sys.stdin = stdin
        self.said += [out.getvalue(), err.getvalue()]
        return Ran(int(code), out.getvalue(), err.getvalue())

    def apply(self, *arguments: str) -> Ran:
        return self("apply", "--auto-approve", *arguments)

    def approved(self) -> Self:
        """Apply what is declared, approve it, and apply again: nothing is left to do."""
        assert self.apply().code == 0
        self.approve()
        assert self.apply().code == 0
        return self

    def copy(self, to: Path) -> Project:
        """The same in another directory, with its account and its state, by the real time."""
        shutil.copytree(self.root, to)
        return Project(to, self.options, dict(self.environment))

    def process(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a process of its own; :meth:`end` ends what a failing test leaves."""
        environment = {
            "HOME": str(self.root / "home"),
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            # By these, coverage measures processes as well.
            **{name: each for name, each in os.environ.items() if name.startswith("COVERAGE_")},
            **self.environment,
        }
        process = subprocess.Popen(
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
        self.started.append(process)
        return process

    def ended(self, process: subprocess.Popen[str], seconds: float = 60) -> Ran:
        """How a process of ours ended."""
        out, err = process.communicate(timeout=seconds)
        self.said += [out, err]
        return Ran(process.returncode, out, err)

    def end(self) -> None:
        for process in self.started:
            with process:
                process.kill()

    # -- the account -----------------------------------------------------------------------------

    @property
    def console(self) -> Emulator:
        """The account, for a person who is not smsops."""
        return Emulator(self.root / ".smsops" / "emulator.json", clock=self.clock)

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

    # -- the state -------------------------------------------------------------------------------

    @property
    def state(self) -> Path:
        name = "emulator-state.json" if "--emulator" in self.options else "state.json"
        return self.root / ".smsops" / name

    def stored(self) -> dict[str, Any]:
        """The state as JSON, ``{}`` when there is none; wherever it is kept."""
        pulled = self("state", "pull")
        assert pulled.code == 0, pulled
        found: dict[str, Any] = json.loads(pulled.out or "{}")
        return found

    def recorded(self) -> set[tuple[str, int]]:
        """Every object in the state."""
        return {
            (address.partition(".")[0], item["remote_id"])
            for address, record in self.stored().get("resources", {}).items()
            for item in (record["current"], record["successor"], *record["retiring"])
            if item
        }


def an_hour_ago(root: Path) -> Project:
    """A project to begin and to :meth:`Project.copy`. Nothing waits while it is built, and what it
    submits is not new any more, however long a session of tests takes.
    """
    return Project(root, clock=FakeClock(time.time() - 3600).clock)


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
