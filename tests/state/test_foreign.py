"""What a push may replace: a state of ours, of which a copy is kept, and nothing else."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest

from smsops.state.snapshot import dump
from tests.state.shell import Shell, ours
from tests.support.git import Hosting
from tests.support.legacy import sealed
from tests.support.snapshots import full, small
from tests.support.state_server import StateServer


def test_a_forced_push_keeps_what_it_replaces_and_says_where(shell: Shell) -> None:
    shell.store(full(9))
    before = shell.path.read_bytes()

    code, _, err = shell.push(small(3), "--force")

    kept = shell.path.with_name("replaced-9.json")
    assert code == 0
    assert f"What it replaces is kept: {kept}" in err
    assert kept.read_bytes() == before
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert shell.run("push", "--force", str(kept))[0] == 0
    assert shell.stored().resources == full().resources


def test_a_forced_push_over_http_keeps_a_copy_here(shell: Shell) -> None:
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        shell.project("{backend: http}")
        damaged = dump(full(9)).replace(b"template.login", b"template.logon")
        gitlab.versions[9] = damaged

        code, _, err = shell.push(small(3), "--force")

        assert code == 0
        assert sorted(gitlab.versions) == [9, 10]
        kept = shell.root / ".smsops" / "replaced-9.json"
        assert f"What it replaces is kept: {kept}" in err
        assert kept.read_bytes() == damaged


@pytest.mark.parametrize("serial", [3, 9])
def test_a_damaged_state_without_a_serial_is_replaced_under_one_that_is_not_taken(
    serial: int, shell: Shell
) -> None:
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        shell.project("{backend: http}")
        gitlab.versions[9] = dump(full(9))[:-9]

        assert shell.push(small(serial), "--force")[0] == 0

        assert sorted(gitlab.versions) == [9, 1_800_000_000]
        assert gitlab.latest == dump(ours(small(1_800_000_000)))


def test_a_forced_push_by_git_names_the_commit_that_keeps_it(
    shell: Shell, hosting: Hosting
) -> None:
    run = hosting.run("a", name="p")
    run.save(full(8))
    commit = hosting.git("rev-parse", "refs/smsops/state/p").strip()
    shell.root = hosting.root / "b"
    shell.environment = hosting.environment
    shell.project("{backend: git}")

    code, _, err = shell.push(small(3), "--force")

    assert code == 0, err
    assert f"What it replaces is kept: commit {commit} (git show {commit}:state.json)" in err
    shown = hosting.git("show", f"{commit}:state.json", at="b")
    assert shown.encode() == dump(full(9))
    assert not list(shell.root.glob(".smsops/replaced-*"))


def test_a_damaged_state_that_a_push_replaces_is_kept_too(shell: Shell) -> None:
    shell.store(full(9))
    shell.path.write_bytes(shell.path.read_bytes()[:90])

    code, _, err = shell.push(small(3), "--force")

    assert code == 0
    [kept] = shell.path.parent.glob("replaced-*")
    assert kept.name == "replaced-20270115T080000Z.json", "it has no serial any more"
    assert str(kept) in err
    assert kept.read_bytes() == dump(full(9))[:90]


def test_two_states_of_one_serial_are_both_kept(shell: Shell) -> None:
    for state in (full(9), replace(full(9), region=None), full(9)):
        shell.path.unlink(missing_ok=True)
        shell.store(state)
        assert shell.push(small(3), "--force")[0] == 0

    kept = {path.name: path.read_bytes() for path in shell.path.parent.glob("replaced-*")}
    assert kept == {
        "replaced-9.json": dump(full(9)),
        "replaced-9-2.json": dump(replace(full(9), region=None)),
    }


def test_what_cannot_be_kept_is_not_replaced(shell: Shell) -> None:
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        shell.project("{backend: http}")
        gitlab.versions[9] = dump(full(9))
        (shell.root / ".smsops").write_text("no directory")

        code, _, err = shell.push(small(3), "--force")

        assert code == 1
        assert "what would be replaced cannot be kept" in err
        assert sorted(gitlab.versions) == [9]


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_push_that_replaces_nothing_keeps_nothing(options: tuple[str, ...], shell: Shell) -> None:
    assert shell.push(full(9), *options)[0] == 0
    shell.path.unlink()
    assert shell.push(full(9), *options)[0] == 0
    assert shell.push(ours(full(9)), *options)[0] == 0

    assert not list(shell.path.parent.glob("replaced-*"))


# -- what is not ours ------------------------------------------------------------------------------


FOREIGN = {
    "a state of Terraform": b'{"version": 4, "terraform_version": "1.9.8", "resources": []}',
    "a web page (HTML)": b"<!doctype html><title>Sign in</title>",
    "JSON of something else": b'{"message": "404 Not Found"}',
    "binary data": b"\x7fELF",
}
WRITERS = (
    ("push", "--force", "FILE"),
    ("push", "FILE"),
    ("rm", "template.login"),
    ("assign", "--project"),
)


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize("arguments", [*WRITERS, ("list",), ("show",), ("pull",)])
def test_what_is_no_state_is_named_and_never_replaced(
    arguments: tuple[str, ...], what: str, shell: Shell
) -> None:
    file = shell.root / "state.json"
    file.write_bytes(dump(full(90)))
    shell.path.parent.mkdir()
    shell.path.write_bytes(FOREIGN[what])

    code, out, err = shell.run(*(str(file) if word == "FILE" else word for word in arguments))

    assert (code, out) == (1, "")
    assert f"{shell.path}: this is {what}, not a state of smsops" in err
    assert "--force" not in err
    assert shell.path.read_bytes() == FOREIGN[what]
    assert not list(shell.path.parent.glob("replaced-*"))


@pytest.mark.parametrize("version", ["9.0", "1.7"])
def test_a_state_of_a_newer_smsops_is_not_replaced_by_force_either(
    version: str, shell: Shell
) -> None:
    newer = sealed({**json.loads(dump(full(9))), "format_version": version, "quota": 1})
    shell.path.parent.mkdir()
    shell.path.write_bytes(newer)

    code, _, err = shell.push(full(90), "--force")

    assert code == 1
    assert "newer" in err
    assert shell.path.read_bytes() == newer


def test_a_state_does_not_migrate_over_what_is_not_ours(shell: Shell) -> None:
    shell.store(full(7))
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        gitlab.versions[1] = FOREIGN["a state of Terraform"]

        code, _, err = shell.run("migrate", "--to", "http")

        assert code == 1
        assert "this is a state of Terraform" in err
        assert "SMSOPS_HTTP_ADDRESS" in err
        assert sorted(gitlab.versions) == [1]


def test_what_is_no_state_is_not_pushed(shell: Shell) -> None:
    file = shell.root / "terraform.tfstate"
    file.write_bytes(FOREIGN["a state of Terraform"])

    code, _, err = shell.run("push", "--force", str(file))

    assert code == 1
    assert f"{file}: this is a state of Terraform" in err
    assert "what `smsops state pull" in err
