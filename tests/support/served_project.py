"""A project with every kind of write ahead of it, and the oracle for whatever happens to it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self

from smsops.clock import Clock
from tests.support.account import ENVIRONMENT, SECRET_KEY, Account
from tests.support.project import Project, Ran
from tests.support.specs import IMAGE

ROOT = Path(__file__).parents[2]
PROJECT = """\
apiVersion: smsops/v1
kind: Project
metadata: {name: works}
spec:
  region: ap-guangzhou
  rateLimits: {AddSmsSign: 1000, ModifySmsSign: 1000, DeleteSmsSign: 1000,
    AddSmsTemplate: 1000, ModifySmsTemplate: 1000, DeleteSmsTemplate: 1000,
    DescribeSmsSignList: 1000, DescribeSmsTemplateList: 1000}
"""
#: What no output, no log and no state may ever show.
SECRETS = (SECRET_KEY, base64.b64encode(IMAGE).decode()[:60])


@dataclass
class ServedProject(Project):
    """A project on an account that is served, with no sign and no limits to begin with."""

    clock: Clock = field(default_factory=Clock)

    settings: ClassVar[str] = PROJECT

    def begin(self, templates: int = 0) -> Self:
        return self.begin_without_sign(templates)

    def struck(self, fault: str, *arguments: str) -> Ran:
        """Run as a process that meets ``fault``; see :mod:`tests.support.fault_injection`."""
        environment = {**os.environ, **self.environment, "HOME": str(self.root / "home")}
        process = subprocess.Popen(
            [
                sys.executable,
                "-B",
                "-m",
                "tests.support.fault_injection",
                *self.arguments(*arguments),
            ],
            cwd=ROOT,
            env={**environment, "FAULT": fault},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.ended(process)

    def keep_state(self, backend: str, **settings: str) -> None:
        """Choose the backend of the state."""
        chosen = ", ".join(
            f"{name}: {value}" for name, value in {"backend": backend, **settings}.items()
        )
        text = f"{PROJECT}  state: {{{chosen}}}\n"
        (self.root / "smsops.yaml").write_text(text, encoding="utf-8")


def served_project(root: Path, account: Account) -> ServedProject:
    """A project in ``root`` on ``account`` and its clock."""
    return ServedProject(
        root, ("--endpoint", account.url), dict(ENVIRONMENT), clock=account.time.clock
    )


def busy(root: Path, account: Account) -> ServedProject:
    """A project whose next apply adds, modifies, deletes, replaces, promotes, resubmits and
    abandons, in signs and in templates.
    """
    project = served_project(root, account).begin()
    for name, title in (("acme", "艾克米"), ("brand", "旧品牌"), ("old", "老签名")):
        project.sign(name, title)
    for name in ("keep", "swap", "rise", "redo", "back", "gone"):
        project.template(name, retire_after="0s")
    assert project.apply().code == 0
    account.approve()
    project.sign("draft", "草稿签名")
    project.template("edit", retire_after="0s")
    for name in ("rise", "redo", "back"):
        project.template(name, f"第二版{{1}}，{name}。", retire_after="0s")
    assert project.apply().code == 0
    waiting = project.stored()["resources"]
    for name in ("rise", "redo"):
        account.emulator.review(
            "template", waiting[f"template.{name}"]["successor"]["remote_id"], 0
        )
    project.sign("fresh", "新签名")
    project.sign("brand", "新品牌")
    project.sign("draft", "草稿签名", remark="换了说明")
    project.remove("sign", "old")
    # Withdrawn by the reviewer: an active sign would be kept until the new one is active.
    [old] = [item.id for item in account.emulator.items("sign") if item.name == "老签名"]
    account.emulator.review("sign", old, -1)
    project.template("fresh", "全新的{1}。", retire_after="0s")
    project.template("swap", "第二版{1}，swap。", retire_after="0s")
    project.template("redo", "第三版{1}，redo。", retire_after="0s")
    project.template("back", retire_after="0s")
    project.template("edit", "改过的{1}。", retire_after="0s")
    project.remove("template", "gone")
    return project


def modest(root: Path, account: Account) -> ServedProject:
    """A project whose next apply makes one of each kind, amends, promotes and deletes one."""
    project = served_project(root, account).begin()
    project.sign("acme", "艾克米")
    for name in ("rise", "gone"):
        project.template(name, retire_after="0s")
    assert project.apply().code == 0
    account.approve()
    project.template("rise", "第二版{1}。", retire_after="0s")
    project.template("edit", retire_after="0s")
    assert project.apply().code == 0
    waiting = project.stored()["resources"]
    successor = waiting["template.rise"]["successor"]["remote_id"]
    account.emulator.review("template", successor, 0)
    project.sign("fresh", "新签名")
    project.template("fresh", "全新的{1}。", retire_after="0s")
    project.template("edit", "改过的{1}。", retire_after="0s")
    project.remove("template", "gone")
    return project


@dataclass(frozen=True)
class Before:
    """A project and its account right before the apply that matters, to be copied for every try.

    ``adds``: what the account has added in the end when nothing went wrong.
    """

    root: Path
    adds: list[tuple[str, str, str]]

    @classmethod
    def make(cls, root: Path, build: Callable[[Path, Account], ServedProject]) -> Before:
        """Build it in ``root``, and see how it ends without a fault."""
        root.mkdir(parents=True)
        with Account(root / "account.json") as account:
            build(root / "project", account)
        with cls(root, []).copy(root.with_name("undisturbed")) as (project, account):
            converge(project, account)
            adds = account.adds()
            check(project, account, adds)
        return cls(root, adds)

    @contextmanager
    def copy(self, to: Path) -> Iterator[tuple[ServedProject, Account]]:
        """A project and its account, served."""
        shutil.copytree(self.root, to)
        with Account(to / "account.json") as account:
            yield served_project(to / "project", account), account


def converge(project: ServedProject, account: Account, *, runs: int = 8) -> list[Ran]:
    """Apply until nothing is left to do; reviewers approve everything. No person has to help."""
    ran = []
    for _ in range(runs):
        ran.append(project.apply())
        assert ran[-1].code == 0, ran[-1]
        if "No changes." in ran[-1].out:
            plan = project("plan", "--detailed-exitcode")
            assert plan.code == 0
            assert "No changes." in plan.out
            return ran
        account.approve()
        account.time.advance(700)  # after ten minutes what is missing is gone
    raise AssertionError(f"no rest after {runs} runs:\n{ran[-1].out}")


def check(project: ServedProject, account: Account, adds: list[tuple[str, str, str]]) -> None:
    """Nothing twice, nothing lost, nothing told.

    ``adds``: every Add that the account should have seen, each once.
    """
    assert account.adds() == adds
    assert project.recorded() == account.ids(), "something of ours is not recorded"
    assert project.stored()["intents"] == []
    made = {
        ("sign" if "Sign" in action else "template", number)
        for action, number in account.writes()
        if action.startswith("Add")
    }
    assert project.recorded() <= made
    no_secret(project)


def accounted_for(project: ServedProject, account: Account) -> None:
    """Right after a fault: what an Add made is recorded, or an open intent says what it sent."""
    labels = {"sign": ("signName",), "template": ("templateName", "content")}
    intents = [
        (intent["address"].partition(".")[0], intent["submitted"])
        for intent in project.stored().get("intents", ())
    ]
    sent = [(kind, *(spec[name] for name in labels[kind])) for kind, spec in intents]
    for kind, number in sorted(account.ids() - project.recorded()):
        made = next(item for item in account.items(kind) if item.id == number)
        key = (kind, made.name) + ((made.parameters["TemplateContent"],) if kind[0] == "t" else ())
        assert key in sent, f"nobody knows of {kind} {number}"


def no_secret(project: ServedProject) -> None:
    """Neither the key nor an image is in any output, nor in any file that smsops wrote."""
    paths = (project.root / ".smsops").glob("*")
    files = [path.read_text("utf-8", "replace") for path in paths if path.is_file()]
    for text in (*project.said, *files):
        for secret in SECRETS:
            assert secret not in text
