"""A git repository with a project in sms/, a clone of it, and the account."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from smsops.emulator.core import Emulator
from tests.support.project import Project

ID, KEY = "AKIDofThisAccount", "keyOfThisAccount"
CREDENTIALS = {"TENCENTCLOUD_SECRET_ID": ID, "TENCENTCLOUD_SECRET_KEY": KEY}

#: What a job has that probes. ``+86…1234``: delivered.
SENDING = {**CREDENTIALS, "SMSOPS_LEDGER_KEY": "k" * 40, "SMSOPS_PROBE_PHONE": "+8613800001234"}
_PROBE = """\
apiVersion: smsops/v1
kind: Application
metadata: {name: shop}
spec: {sdkAppId: 1400006666}
---
apiVersion: smsops/v1
kind: Probe
metadata: {name: login}
spec:
  channel: tencent
  application: shop
  sign: acme
  template: t0
  params: [{digits: 6}]
  to: {env: SMSOPS_PROBE_PHONE}
"""


_OBJECTIVE = """\
apiVersion: smsops/v1
kind: Application
metadata: {{name: shop}}
spec: {{sdkAppId: 1400006666, objectives: {{packageBalance: {{min: {}}}}}}}
"""


class Repository:
    """``state``: what smsops.yaml says about the state; ``variables``: where it is."""

    def __init__(
        self, root: Path, emulator: Emulator, url: str, state: str, **variables: str
    ) -> None:
        self.root, self.emulator = root, emulator
        self.origin, self.clone = root / "origin.git", root / "clone"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.origin), cwd=root)
        self.git("clone", "--quiet", str(self.origin), str(self.clone), cwd=root)
        environment = {**CREDENTIALS, **variables, "SMSOPS_ENDPOINT": url}
        environment["PATH"] = os.environ["PATH"]
        self.project = Project(self.clone / "sms", options=(), environment=environment).begin()
        settings = self.clone / "sms" / "smsops.yaml"
        text = settings.read_text("utf-8").replace("spec: {", f"spec: {{state: {state}, ")
        settings.write_text(text, "utf-8")
        self.push("main")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=cwd or self.clone,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def push(self, branch: str) -> None:
        """Commit what lies in the clone as ``branch`` and push it."""
        self.git("checkout", "--quiet", "-B", branch)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        self.git("push", "--quiet", "--force", "origin", branch)

    def merge(self, branch: str) -> None:
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", branch)
        self.git("push", "--quiet", "origin", "main")

    def apply(self) -> None:
        """What a pipeline does, without its ceremony."""
        ran = self.project("apply", "--auto-approve")
        assert ran.code == 0, ran.err

    def declare_probe(self) -> None:
        """An application and a probe, merged."""
        path = self.project.root / "probes" / "login.yaml"
        path.parent.mkdir()
        path.write_text(_PROBE, "utf-8")
        self.push("main")

    def promise(self, amount: int) -> None:
        """An application that has to have so many messages left, merged; it has 1,000."""
        path = self.project.root / "applications" / "shop.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_OBJECTIVE.format(amount), "utf-8")
        day, now = 86_400, int(time.time())
        package = {"kind": "package", "app": "1400006666", "id": 7, "amount": 1000}
        moments = {"created": now - day, "effective": now - day, "expires": now + day}
        self.emulator.seed([{**package, **moments}])
        self.push("main")

    def judge(self, code: int, reply: str = "") -> None:
        """The reviewer decides about everything that waits."""
        for kind in ("sign", "template"):
            for item in self.emulator.items(kind):
                if item.status == 1:
                    self.emulator.review(kind, item.id, code, reply)

    def templates(self) -> dict[int, int]:
        """Id -> review code."""
        return {item.id: item.status for item in self.emulator.items("template")}

    @property
    def writes(self) -> list[str]:
        """The actions of every committed write, in order."""
        return [str(entry["action"]) for entry in self.emulator.ledger()]
