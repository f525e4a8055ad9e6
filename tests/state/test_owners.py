"""A state belongs to one project: others may look at it, and it changes hands only on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsops.model import Commit, Snapshot
from smsops.state.backends.local import LocalBackend
from smsops.state.snapshot import dump
from tests.state.shell import Shell, ours
from tests.support.legacy import dumped
from tests.support.snapshots import LOGIN, full
from tests.support.state_server import StateServer

SHOP = replace(full(), project="shop")


@pytest.mark.parametrize(
    "arguments",
    [
        ("rm", "template.login"),
        ("mv", "template.login", "template.x"),
        ("protect", "sign.acme"),
        ("unprotect", "template.login"),
        ("resolve", "template.news", "--abandon"),
        ("migrate", "--to", "http"),
    ],
)
def test_the_state_of_another_project_is_not_edited(
    arguments: tuple[str, ...], shell: Shell
) -> None:
    shell.store(SHOP)
    with StateServer() as gitlab:
        shell.environment = gitlab.environment

        code, out, err = shell.run(*arguments)

        assert (code, out) == (4, "")
        assert gitlab.versions == {}
    assert f"the state at {shell.path} belongs to project shop, and this is project p" in err
    assert "`smsops state assign --project p" in err
    assert shell.stored() == SHOP


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("list",), "sign.acme"), (("show",), "lineage"), (("pull",), '"project":"shop"')],
)
def test_the_state_of_another_project_may_be_looked_at_and_it_is_said_whose_it_is(
    arguments: tuple[str, ...], words: str, shell: Shell
) -> None:
    shell.store(SHOP)

    code, out, err = shell.run(*arguments)

    assert code == 0
    assert words in out
    assert err == "This state belongs to project shop, not to project p.\n"


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_the_state_of_another_project_is_neither_pushed_nor_pushed_over(
    options: tuple[str, ...], shell: Shell
) -> None:
    code, _, err = shell.push(SHOP, *options)
    assert code == 4
    assert "is a state of project shop, and this is project p" in err
    assert "`smsops state assign --project p" in err
    assert not shell.path.exists()

    shell.store(SHOP)
    code, _, err = shell.push(full(90), *options)
    assert code == 4
    assert "belongs to project shop" in err
    assert shell.stored() == SHOP


def test_a_damaged_state_of_another_project_is_not_pushed_over_either(shell: Shell) -> None:
    shell.store(SHOP)
    shell.path.write_bytes(shell.path.read_bytes()[:-9])
    damaged = shell.path.read_bytes()

    code, _, err = shell.push(full(90), "--force")

    assert code == 4
    assert "belongs to project shop" in err
    assert shell.path.read_bytes() == damaged


def test_the_first_edit_gives_a_state_without_an_owner_this_project(shell: Shell) -> None:
    shell.path.parent.mkdir()
    shell.path.write_bytes(dumped(full(7)))
    assert shell.run("protect", "template.login")[0] == 0
    assert shell.path.read_bytes() == dumped(full(7)), "nothing to save"

    assert shell.run("protect", "sign.acme")[0] == 0

    assert shell.stored().project == "p"


def test_migrate_keeps_everything(shell: Shell) -> None:
    records = {
        address: replace(record, declared=True, manifest="x.yaml")
        for address, record in full().resources.items()
    }
    state = replace(ours(full(7)), resources=records, commit=Commit("a" * 40, 1_800_000_000))
    shell.store(state)
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        assert shell.run("migrate", "--to", "http")[0] == 0

        assert gitlab.latest == dump(state)


def undeclared(state: Snapshot) -> Snapshot:
    """As another project gets it, which has declared nothing of it yet."""
    resources = {
        address: replace(record, declared=False, manifest=None)
        for address, record in state.resources.items()
    }
    return replace(state, resources=resources)


# -- another owner ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "arguments", "after"),
    [
        (("shop", None), ("--project",), ("p", None)),
        (("shop", None), ("--project", "p"), ("p", None)),
        (("shop", "prod"), ("--project",), ("p", "prod")),
        (("p", None), ("--project", "ops"), ("ops", None)),
        (("p", None), ("--environment", "prod"), ("p", "prod")),
        (("p", "prod"), ("--environment",), ("p", None)),
        (("shop", "dev"), ("--project", "--environment"), ("p", None)),
        (("shop", "dev"), ("--environment", "prod", "--project", "ops"), ("ops", "prod")),
        ((None, None), ("--project",), ("p", None)),
        ((None, None), ("--environment", "prod"), ("p", "prod")),
    ],
)
def test_assign_changes_the_owner_and_deletes_nothing(
    before: tuple[str | None, str | None],
    arguments: tuple[str, ...],
    after: tuple[str, str | None],
    shell: Shell,
) -> None:
    state = replace(full(7), project=before[0], environment=before[1])
    shell.store(state)

    code, out, err = shell.run("assign", *arguments)

    assert code == 0
    expected = replace(state, serial=8, project=after[0], environment=after[1])
    if before[0] not in (None, after[0]):
        expected = undeclared(expected)
    assert shell.stored() == expected
    assert f"project {after[0]} now" in out
    assert ("refuses this state from now on" in err) is (after != ("p", None))


def test_assign_to_the_owner_writes_nothing(shell: Shell) -> None:
    shell.store(ours(full(7)))

    code, out, _ = shell.run("assign", "--project")

    assert code == 0
    assert "already" in out
    assert shell.stored() == ours(full(7))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say --project, --environment or both"),
        (("--project", "My Shop"), "'My Shop' is not a name"),
        (("--environment", "-x"), "-x"),
    ],
)
def test_assign_needs_to_know_to_whom(arguments: tuple[str, ...], words: str, shell: Shell) -> None:
    shell.store(SHOP)

    code, _, err = shell.run("assign", *arguments)

    assert code == 64
    assert words in err
    assert shell.stored() == SHOP


def test_assign_respects_the_lock_and_needs_a_state(shell: Shell) -> None:
    code, _, err = shell.run("assign", "--project")
    assert code == 1
    assert "there is no state yet" in err

    shell.store(SHOP)
    with LocalBackend(shell.path).lock("apply"):
        assert shell.run("assign", "--project")[0] == 5
    assert shell.stored() == SHOP


def test_after_assign_the_project_works_with_the_state(shell: Shell) -> None:
    shell.store(SHOP)
    assert shell.run("rm", "template.login")[0] == 4

    assert shell.run("assign", "--project")[0] == 0

    assert shell.run("rm", "template.login")[0] == 0


def test_push_keeps_what_was_ever_declared(shell: Shell) -> None:
    records = {**full().resources, LOGIN: replace(full().resources[LOGIN], declared=True)}

    assert shell.push(replace(full(), resources=records))[0] == 0

    assert [item.declared for item in shell.stored().resources.values()] == [False, True]
