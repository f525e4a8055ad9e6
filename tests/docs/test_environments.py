"""docs/environments.md happens as it is told: its files, its variables, every command on it."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs import transcript
from tests.support import specs
from tests.support.account import Account
from tests.support.clock import WallClock
from tests.support.environments import SharedProject
from tests.support.git import git
from tests.support.pages import ROOT, Page
from tests.support.project import Project, Ran

PAGE = Page(ROOT / "docs" / "environments.md")
SETTINGS, PATCHES = PAGE.blocks("yaml")
IDS: dict[str, str | None] = {
    name: each.get("account")
    for name, each in yaml.safe_load(SETTINGS)["spec"]["environments"].items()
}
_ID = re.compile(r"\b111\d\b")
ADDRESS = "https://state.example.com/prod"


def typed() -> set[str]:
    """The commands that the page shows, whether in a block or in a sentence."""
    shown = (code.partition("  #")[0].strip() for code in PAGE.code())
    return {each for each in shown if each.startswith("smsops ")}


class Story:
    """Types what the page shows, in whichever order; ``left`` is what was not typed yet."""

    def __init__(self) -> None:
        self.left = typed()

    def __call__(self, project: Project, told: str, **names: str) -> Ran:
        """Type one command, with ``names`` in the place of its words in capitals."""
        assert told in typed()
        self.left.discard(told)
        return project(*(names.get(word, word) for word in shlex.split(told)[1:]))


def variables() -> set[str]:
    """What the page exports."""
    (block,) = (each for each in PAGE.blocks("sh") if "export" in each)
    return set(re.findall(r"(\w+)=\S+", block))


def token(ends: float) -> str:
    """What GitLab gives to a job."""
    claims = json.dumps({"sub": "project_path:acme/sms", "exp": int(ends)}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


@pytest.fixture
def accounts() -> Iterator[dict[str, Account]]:
    """An account for each environment of the page, by one clock."""
    time = WallClock()
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(
                Account(None, {"account_id": id, "secret_id": f"AKID{name}0aB1c"}, time=time)
            )
            for name, id in IDS.items()
        }
        for each in found.values():
            two = {"kind": "qualification", "id": 1000002, "name": "another", "status": "approved"}
            each.emulator.seed([two])
        yield found


def written(root: Path) -> None:
    """The manifests that the page speaks of."""
    for name, content in (("login", "您的登录验证码是{1}。"), ("beta", "您的测试验证码是{1}。")):
        text = specs.template_manifest(name, templateName=name, content=f'"{content}"')
        (root / "templates" / f"{name}.yaml").write_text(text, "utf-8")
    text = specs.template_manifest(
        "code", templateName="code", content='"Your code is {1}."', international="true"
    )
    (root / "templates" / "code.yaml").write_text(text, "utf-8")
    (root / "signs" / "acme.yaml").write_text(specs.sign_manifest(), "utf-8")
    text = specs.sign_manifest(
        "abroad", signName="Acme", international="true", qualificationId=None
    )
    (root / "signs" / "abroad.yaml").write_text(text, "utf-8")


def set_up(root: Path, accounts: dict[str, Account]) -> SharedProject:
    """The manifests in a repository, and credentials as the page exports them."""
    time = accounts["prod"].time
    values: dict[str, Any] = {
        "TENCENTCLOUD_PROVIDER_ID": "GitLab",
        "TENCENT_ID_TOKEN": token(time.clock.now() + 36_000),
    }
    for name, each in accounts.items():
        prefix = f"{name.upper()}__"
        values |= {
            f"{prefix}SMSOPS_ENDPOINT": each.url,
            f"{prefix}TENCENTCLOUD_SECRET_ID": each.emulator.settings.secret_id,
            f"{prefix}TENCENTCLOUD_SECRET_KEY": each.emulator.settings.secret_key,
        }
    for name in ("ID", "KEY"):  # production has a role instead
        del values[f"PROD__TENCENTCLOUD_SECRET_{name}"]
    values["PROD__TENCENTCLOUD_ROLE_ARN"] = f"qcs::cam::uin/{IDS['prod']}:roleName/smsops"
    values["PROD__SMSOPS_HTTP_ADDRESS"] = ADDRESS
    assert variables() <= values.keys()
    project = SharedProject(root, (), values, clock=time.clock).begin()
    written(root)
    git(root.parent, "init", "--bare", "-q", "remote.git")
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", str(root.parent / "remote.git"))
    return project


def test_every_command_of_the_page_does_what_it_says(
    tmp_path: Path, accounts: dict[str, Account]
) -> None:
    story, project = Story(), set_up(tmp_path / "sms", accounts)
    _begun(story, tmp_path / "fresh")
    _moved(story, project, accounts)
    _differing(story, project, accounts)
    _promoted(story, project)
    assert story.left == set()


def _begun(story: Story, root: Path) -> None:
    project = Project(root)
    root.mkdir()
    assert story(project, "smsops init --environments").code == 0
    assert project("validate").code == 0


def _moved(story: Story, project: SharedProject, accounts: dict[str, Account]) -> None:
    """From the one account that was there, which is production's, to environments."""
    settings = project.root / "smsops.yaml"
    head = SETTINGS.partition("  environments:")[0]
    settings.write_text(head, "utf-8")
    arn = project.environment["PROD__TENCENTCLOUD_ROLE_ARN"]
    project.options, environment = ("--endpoint", accounts["prod"].url), dict(project.environment)
    project.environment["TENCENTCLOUD_ROLE_ARN"] = arn
    for name in ("login", "beta", "code"):
        (project.root / f"templates/{name}.yaml").rename(project.root / name)
    assert project.apply().code == 0
    project.options, project.environment = (), environment
    settings.write_text(SETTINGS, "utf-8")
    ran = project("plan", "-e", "prod")
    assert (ran.code, "smsops state assign --environment prod" in ran.err) == (4, True), ran
    ran = story(project, "smsops state assign --environment prod")
    assert (ran.code, "that of environment prod now" in ran.out) == (0, True), ran
    settings.write_text(head, "utf-8")
    assert project("plan", "--account-id", str(IDS["prod"])).code == 4  # a checkout from before
    settings.write_text(SETTINGS, "utf-8")
    for name in ("login", "beta", "code"):
        (project.root / name).rename(project.root / f"templates/{name}.yaml")


def _differing(story: Story, project: SharedProject, accounts: dict[str, Account]) -> None:
    """Nothing is the default; patches make the difference, and compare tells it."""
    ran = project("plan")
    assert (ran.code, "say which environment: staging, prod, abroad" in ran.err) == (64, True)
    assert project("validate").out == (
        "OK: staging: 2 signs, 3 templates; prod: 2 signs, 3 templates; "
        "abroad: 1 sign, 1 template\n"
    )
    patches = project.root / "environments" / "prod"
    patches.mkdir(parents=True)
    for number, document in enumerate(PATCHES.split("---\n")):
        (patches / f"{number}.yaml").write_text(document, "utf-8")
    assert "prod: 2 signs, 2 templates; abroad: 1 sign, 1 template" in project("validate").out
    for name, each in accounts.items():
        ran = project("whoami", "-e", name)
        assert (ran.code, f" {IDS[name]}\n" in ran.out) == (0, True), ran
        for _ in range(2):
            ran = project.apply("-e", name)
            assert ran.code == 0, (name, ran)
            each.approve()
    for shown in transcript.exchanges(PAGE.blocks("console")):
        ran = story(project, shown.command)
        # Templates are added side by side: which gets which id is another one each time.
        told, happened = (_ID.sub("ID", each) for each in ("\n".join(shown.output), ran.out))
        assert (ran.code, transcript.fits(tuple(told.splitlines()), happened)) == (2, True), ran.out

    plan = story(project, "smsops plan --all")
    assert (plan.code, re.findall("^== (.*)", plan.out, re.MULTILINE)) == (0, list(IDS))
    document = story(project, "smsops plan --all --format json").json()
    assert document.keys() == {"format_version", "environments", "exit_codes"}
    assert document["environments"].keys() == document["exit_codes"].keys() == IDS.keys()
    output = story(project, "smsops output -e NAME", NAME="prod").json()["outputs"]
    assert output.keys() == {
        "sign.abroad",
        "sign.acme",
        "template.code",
        "template.login",
    }
    ran = story(project, "smsops output --all -e NAME", NAME="prod")
    assert ran.json()["outputs"].keys() == output.keys()


def _promoted(story: Story, project: SharedProject) -> None:
    """A patch goes, and its environment gets another name."""
    settings, patches = project.root / "smsops.yaml", project.root / "environments"
    beta = next(each for each in (patches / "prod").iterdir() if "beta" in each.read_text("utf-8"))
    beta.unlink()
    plan = project("plan", "-e", "prod", "--format", "json").json()
    assert plan["summary"]["create"] == 1
    settings.write_text(SETTINGS.replace("prod:", "live:"), "utf-8")
    (patches / "prod").rename(patches / "live")
    project.environment |= {
        name.replace("PROD__", "LIVE__"): value for name, value in project.environment.items()
    }
    assert project("plan", "-e", "live").code == 4
    assert story(project, "smsops state assign --environment NEW", NEW="live").code == 0
    assert project("plan", "-e", "live", "--format", "json").json()["summary"] == plan["summary"]
