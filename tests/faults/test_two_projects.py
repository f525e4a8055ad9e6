"""Two projects and one place for a state; and a place that holds something else altogether."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from smsops.state.snapshot import load
from tests.support.account import Account
from tests.support.backends import BACKENDS, on_server
from tests.support.git import git
from tests.support.legacy import dumped
from tests.support.served_project import ServedProject, check, converge, served_project
from tests.support.state_server import StateServer

#: Every command that reads the state to work with it.
COMMANDS = (
    ("plan",),
    ("apply", "--auto-approve"),
    ("drift",),
    ("status",),
    ("wait", "--timeout", "0s"),
    ("output",),
    ("import", "template.x", "1110"),
    ("export", "{root}/found"),
    ("export", "{root}/templates", "--adopt"),
    ("state", "rm", "template.t0"),
    ("state", "mv", "template.t0", "template.x"),
    ("state", "protect", "template.t0"),
    ("state", "resolve", "template.t0", "--abandon"),
)
ADDS = [
    ("AddSmsSign", "艾克米", ""),
    ("AddSmsTemplate", "模板t0", "您的验证码是{1}。"),
]
TERRAFORM = b'{"version": 4, "terraform_version": "1.9.8", "serial": 7, "resources": []}'
FOREIGN = {
    "a state of Terraform": TERRAFORM,
    "an encrypted state of OpenTofu": b'{"meta": {}, "encrypted_data": "x", "serial": 1}',
    "a state of Pulumi": b'{"version": 3, "deployment": {"manifest": {}}}',
    "a web page (HTML)": b"<!DOCTYPE html><html><title>Sign in</title></html>",
    "JSON of something else": b'{"message": "404 Project Not Found"}',
    "binary data": b"\x7fELF",
}


def begun(root: Path, account: Account) -> ServedProject:
    """A project of the name works, with nothing applied."""
    project = served_project(root, account).begin(1)
    project.sign("acme", "艾克米")
    return project


def rename(project: ServedProject, name: str) -> None:
    """As if the project had always been called so."""
    settings = project.root / "smsops.yaml"
    text = settings.read_text("utf-8").replace("{name: works}", f"{{name: {name}}}")
    settings.write_text(text, "utf-8")


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_command_works_with_the_state_of_another_project(
    backend: str, account: Account, tmp_path: Path
) -> None:
    """Its records would be deleted, since no manifest here declares them."""
    with BACKENDS[backend](tmp_path) as place:
        project = begun(tmp_path / "a", account)
        place.keep(project)
        converge(project, account)
        state = project("state", "pull").out
        calls = len(account.writes())
        rename(project, "ops")
        project.remove("template", "t0")

        for command in COMMANDS:
            ran = project(*(word.format(root=project.root) for word in command))
            assert ran.code == 4, (command, ran)
            assert "belongs to project works, and this is project ops" in ran.err
            assert "smsops state assign --project ops" in ran.err
            if backend == "git":
                assert "spec.state.name" in ran.err
        assert project("state", "list").code == 0
        assert project("state", "pull").out == state
        assert len(account.writes()) == calls
        assert not list((project.root / "templates").glob("*.yaml"))

        assert project("state", "assign", "--project").code == 0
        assert project("plan").code == 0


def test_two_projects_at_one_address_do_not_delete_each_others_objects(
    account: Account, tmp_path: Path
) -> None:
    with BACKENDS["http"](tmp_path) as place:
        shop, ops = (begun(tmp_path / name, account) for name in ("shop", "ops"))
        for project, name in ((shop, "shop"), (ops, "ops")):
            place.keep(project)
            rename(project, name)
        ops.remove("template", "t0")
        ops.template("alert", "服务器告警{1}。")
        converge(shop, account)

        ran = ops.apply()

        assert ran.code == 4
        assert "belongs to project shop" in ran.err
        check(shop, account, ADDS)
        assert "No changes." in shop("plan").out


def test_two_projects_of_one_repository_have_a_state_each(account: Account, tmp_path: Path) -> None:
    """Neither says a name for it."""
    git(tmp_path, "init", "--quiet", "--bare", "up.git")
    for name in ("shop", "ops"):
        project = begun(tmp_path / name, account)
        project.keep_state("git")
        rename(project, name)
        project.environment["PATH"] = os.environ["PATH"]
        git(project.root, "init", "--quiet")
        git(project.root, "remote", "add", "origin", str(tmp_path / "up.git"))
        if name == "ops":
            project.remove("template", "t0")
            project.template("alert", "服务器告警{1}。")
        converge(project, account)
        assert "No changes." in project("plan").out

    refs = git(tmp_path / "up.git", "for-each-ref", "--format=%(refname)").split()
    assert refs == ["refs/smsops/state/ops", "refs/smsops/state/shop"]
    assert [action for action, _ in account.writes() if action.startswith("Delete")] == []


def test_the_git_state_of_0_1_that_two_projects_shared_costs_neither_of_them_an_object(
    account: Account, tmp_path: Path
) -> None:
    """The first to save takes it. What it does not declare is the other one's, and stays."""
    git(tmp_path, "init", "--quiet", "--bare", "up.git")
    both = []
    for name in ("shop", "ops"):
        project = begun(tmp_path / name, account)
        project.keep_state("git", name="default")
        project.environment["PATH"] = os.environ["PATH"]
        git(project.root, "init", "--quiet")
        git(project.root, "remote", "add", "origin", str(tmp_path / "up.git"))
        both.append(project)
    shop, ops = both
    shop.template("alert", "服务器告警{1}。")
    converge(shop, account)
    shop.remove("template", "alert")
    ops.remove("template", "t0")
    ops.template("alert", "服务器告警{1}。")
    everything = account.ids()
    written = dumped(load(shop("state", "pull").out.encode(), source="x"))
    (tmp_path / "state.json").write_bytes(written)
    blob = git(tmp_path / "up.git", "hash-object", "-w", str(tmp_path / "state.json")).strip()
    git(tmp_path / "up.git", "read-tree", "--empty")
    git(tmp_path / "up.git", "update-index", "--add", "--cacheinfo", f"100644,{blob},state.json")
    tree = git(tmp_path / "up.git", "write-tree").strip()
    who = ("-c", "user.name=n", "-c", "user.email=e")
    commit = git(tmp_path / "up.git", *who, "commit-tree", tree, "-m", "smsops: serial 9").strip()
    git(tmp_path / "up.git", "update-ref", "refs/smsops/state/default", commit)
    for project, name in ((shop, "shop"), (ops, "ops")):
        project.keep_state("git")
        rename(project, name)

    for project in (ops, shop, ops, shop):
        plan = project("plan")
        assert plan.code == 0, plan
        assert not re.search(r"^Plan: .*to (create|delete)", plan.out, re.MULTILINE)
        assert project.apply().code == 0

    assert account.ids() == everything
    assert ops.stored()["project"] == "ops"
    assert shop.stored()["project"] == "shop"


@pytest.mark.parametrize("backend", ["local", "http"])
def test_a_state_of_0_1_gets_its_owner_with_the_first_save(
    backend: str, account: Account, tmp_path: Path
) -> None:
    with StateServer() as server:
        project = begun(tmp_path / "a", account)
        if backend == "http":
            on_server(server).keep(project)
        assert project.apply().code == 0
        written = dumped(load(project("state", "pull").out.encode(), source="x"))
        if backend == "http":
            server.versions[max(server.versions)] = written
        else:
            project.state.write_bytes(written)
        assert "project" not in project.stored()
        account.approve()

        assert project.apply().code == 0

        assert project.stored()["project"] == "works"
        check(project, account, ADDS)


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize("backend", ["local", "http"])
def test_what_is_no_state_is_named_by_every_command_and_stays(
    backend: str, what: str, account: Account, tmp_path: Path
) -> None:
    """An address of something else: damage would be restored, and that overwrites it."""
    project = begun(tmp_path / "a", account)
    converge(project, account)
    good = tmp_path / "good.json"
    good.write_bytes(project.state.read_bytes())
    writes = len(account.writes())
    with StateServer() as server:
        if backend == "http":
            on_server(server).keep(project)
            server.versions[1] = FOREIGN[what]
        else:
            project.state.write_bytes(FOREIGN[what])
        pushes = (("state", "push", str(good)), ("state", "push", "--force", str(good)))

        for command in (*COMMANDS, *pushes, ("state", "assign", "--project")):
            ran = project(*(word.format(root=project.root) for word in command))
            assert ran.code == 1, (command, ran)
            assert f"this is {what}, not a state of smsops" in ran.err
            assert "damaged" not in ran.err
            assert "push --force" not in ran.err

        stored = server.latest if backend == "http" else project.state.read_bytes()
        assert stored == FOREIGN[what]
        assert len(account.writes()) == writes
        assert not server.lock
