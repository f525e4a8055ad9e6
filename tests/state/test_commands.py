"""``smsops state``: every command on real projects, streams and exit codes included."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from smsops.kinds.reviews import review_of
from smsops.manifests import schemas
from smsops.model import Lifecycle, Promotion, Recorded, RecordedObject, Snapshot
from smsops.state.backends.local import LocalBackend
from smsops.state.snapshot import dump, load
from tests.state.shell import Shell, ours
from tests.support.snapshots import LOGIN, SIGN, full, intent, small, with_intents
from tests.support.state_server import StateServer

# -- reading ---------------------------------------------------------------------------------------


def test_without_a_state_there_is_nothing_to_list_and_that_is_no_error(shell: Shell) -> None:
    code, out, err = shell.run("list")

    assert (code, out) == (0, "")
    assert "no state yet" in err
    assert not shell.path.parent.exists()


def test_without_a_state_the_json_list_is_empty(shell: Shell) -> None:
    code, out, _ = shell.run("list", "--format", "json")

    assert code == 0
    assert json.loads(out)["resources"] == []


def test_list_prints_one_address_a_line(shell: Shell) -> None:
    shell.store(full())

    assert shell.run("list") == (0, "sign.acme\ntemplate.login\ntemplate.news\n", "")


def test_list_as_json_has_every_id(shell: Shell) -> None:
    shell.store(full())

    code, out, _ = shell.run("list", "--format", "json")

    document = json.loads(out)
    assert code == 0
    assert (document["format_version"], document["serial"]) == ("1.0", 7)
    assert document["resources"][1] == {
        "address": "template.login",
        "remote_id": 1110,
        "successor": 1111,
        "retiring": [1109],
        "protected": True,
        "declared": True,
        "intents": [],
    }
    assert document["resources"][2]["intents"] == ["a1"]


def test_show_names_everything_that_is_recorded(shell: Shell) -> None:
    shell.store(full())

    code, out, _ = shell.run("show", "template.login")

    assert code == 0
    for words in (
        "template.login",
        "protected, retires after 0 s",
        "current: id 1110",
        'review: active (0), reply "好\\n的"',
        "activated_at: 2027-01-15T10:00:00Z",
        'submitted remark: "用户登录" (assumed)',
        "read back international: ",
        "successor: id 1111",
        'review: rejected (-1), reply "签名与内容不符"',
        "retiring: id 1109",
    ):
        assert words in out
    assert "sign.acme" not in out


def test_show_without_an_address_shows_everything(shell: Shell) -> None:
    shell.store(full())

    code, out, _ = shell.run("show")

    assert code == 0
    for words in ("serial: 7", "sign.acme", "template.login", "open intent (current): AddSms"):
        assert words in out


def test_show_as_json_has_the_keys_of_the_state_file(shell: Shell) -> None:
    shell.store(full())

    _, one, _ = shell.run("show", "template.news", "--format", "json")
    _, all_, _ = shell.run("show", "--format", "json")

    assert json.loads(one)["resources"] == {}
    assert [item["id"] for item in json.loads(one)["intents"]] == ["a1"]
    stored = json.loads(shell.path.read_bytes())
    assert json.loads(all_) == {name: value for name, value in stored.items() if name != "checksum"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("state-list", ("list", "--format", "json")),
        ("state", ("show", "--format", "json")),
        ("state", ("show", "template.login", "--format", "json")),
        ("state", ("pull",)),
    ],
)
@pytest.mark.parametrize("snapshot", [full(), small()])
def test_every_json_is_what_its_schema_says(
    name: str, arguments: tuple[str, ...], snapshot: Snapshot, shell: Shell
) -> None:
    shell.store(snapshot)

    _, out, _ = shell.run(*arguments)

    jsonschema.Draft7Validator(schemas.load(name)).validate(json.loads(out))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "template.nope"), 1, "template.nope is not in the state"),
        (("show", "robot.r2"), 64, "robot"),
        (("show", "Login"), 64, "is not an address"),
        (("rm",), 64, "Missing argument"),
        (("resolve", "template.news"), 64, "either --adopt ID or --abandon"),
        (("resolve", "template.news", "--adopt", "1", "--abandon"), 64, "either"),
        (("resolve", "template.news", "--adopt", "0"), 64, "not an id: a TemplateId"),
        (("rm", "template.login", "--lock-timeout", "soon"), 64, "duration"),
        (("unlock", "x"), 1, "ends with the process"),
        (("migrate", "--to", "local"), 64, "already"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_exit_code(
    arguments: tuple[str, ...], code: int, words: str, shell: Shell
) -> None:
    shell.store(full())

    assert shell.run(*arguments)[0] == code
    assert words in shell.run(*arguments)[2]
    assert shell.stored() == full()


def test_a_damaged_state_is_an_error_and_not_an_empty_one(shell: Shell) -> None:
    shell.store(full())
    shell.path.write_bytes(shell.path.read_bytes()[:-9])

    for arguments in (("list",), ("show",), ("pull",), ("rm", "template.login")):
        code, out, err = shell.run(*arguments)
        assert (code, out) == (1, "")
        assert "damaged" in err
        assert "state.json.backup" in err


def test_what_others_wrote_cannot_command_a_terminal_or_a_runner(shell: Shell) -> None:
    shell.environment = {"CI": "1"}
    item = RecordedObject(1, review=review_of(-1, "\x1b[2J\n::error::x ##[set-env]\x9b\u202e"))
    shell.store(replace(small(), resources={LOGIN: Recorded(item)}))

    for arguments in (("show",), ("show", "--format", "json"), ("pull",)):
        code, out, _ = shell.run(*arguments)
        assert code == 0
        assert not {"\x1b", "\x9b", "\u202e"} & set(out)
        assert "##[" not in out
        assert all(not line.lstrip().startswith("::") for line in out.splitlines())


# -- options ---------------------------------------------------------------------------------------


def test_global_options_work_in_every_place(shell: Shell) -> None:
    shell.store(small())
    where = ("-C", str(shell.root))

    for arguments in (
        (*where, "state", "list"),
        ("state", *where, "list"),
        ("state", "list", *where),
    ):
        assert shell.smsops(*arguments) == (0, "template.login\n", "")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_emulator_has_a_state_of_its_own(place: int, shell: Shell) -> None:
    shell.store(small())
    emulated = shell.path.with_name("emulator-state.json")
    LocalBackend(emulated).write(dump(full()), serial=7)
    words = ["state", "list"]
    words.insert(place, "--emulator")

    _, out, _ = shell.smsops("-C", str(shell.root), *words)

    assert "sign.acme" in out


# -- editing ---------------------------------------------------------------------------------------


def test_rm_forgets_and_says_that_nothing_was_deleted(shell: Shell) -> None:
    shell.store(full())

    code, out, _ = shell.run("rm", "template.login", "sign.acme")

    assert code == 0
    assert "Forgot template.login. Not deleted, still in the account: template 1110, 1111" in out
    assert shell.stored().resources == {}
    assert shell.stored().serial == 8


def test_rm_of_one_unknown_address_forgets_none(shell: Shell) -> None:
    shell.store(full())

    code, _, err = shell.run("rm", "template.login", "template.nope")

    assert code == 1
    assert "template.nope" in err
    assert shell.stored() == full()


def test_mv_moves_the_record(shell: Shell) -> None:
    shell.store(full())

    assert shell.run("mv", "template.login", "template.logon")[0] == 0

    moved = shell.stored().resources
    assert [str(address) for address in moved] == ["sign.acme", "template.logon"]
    bound = replace(full().resources[LOGIN], declared=False, manifest=None)
    assert moved[LOGIN._replace(name="logon")] == bound, "a mistyped name deletes nothing"


def test_mv_onto_another_address_is_refused(shell: Shell) -> None:
    shell.store(full())

    assert shell.run("mv", "template.login", "template.news")[0] == 1
    assert shell.run("mv", "template.login", "sign.login")[0] == 1
    assert shell.stored() == full()


def test_protect_and_unprotect_switch_the_recorded_protection(shell: Shell) -> None:
    shell.store(full())

    assert shell.run("unprotect", "template.login")[:2] == (
        0,
        "template.login is not protected any more.\n",
    )
    assert shell.stored().resources[LOGIN].lifecycle == Lifecycle(False, 0, Promotion.MANUAL)
    assert shell.run("protect", "sign.acme")[0] == 0
    assert shell.stored().resources[SIGN].lifecycle.protected


def test_an_edit_that_changes_nothing_writes_nothing(shell: Shell) -> None:
    shell.store(full())

    assert shell.run("protect", "template.login")[0] == 0

    assert shell.stored().serial == full().serial


def test_resolve_adopt_records_the_id(shell: Shell) -> None:
    shell.store(full())

    code, out, err = shell.run("resolve", "template.news", "--adopt", "1500")

    assert code == 0
    assert "template 1500 is recorded" in out
    assert "1500 was not looked up in the account: `smsops status" in err
    assert "template.news" in shell.run("list")[1]
    assert shell.stored().intents == ()


def test_resolve_adopt_says_which_id_loses_its_place(shell: Shell) -> None:
    shell.store(with_intents(intent("i", LOGIN)))

    _, _, err = shell.run("resolve", "template.login", "--adopt", "1500")

    assert "takes the place of template 1110" in err


def test_resolve_abandon_drops_the_intent(shell: Shell) -> None:
    shell.store(full())

    assert shell.run("resolve", "template.news", "--abandon")[0] == 0

    assert shell.stored().intents == ()
    code, _, err = shell.run("resolve", "template.news", "--abandon")
    assert code == 1
    assert "has no open intent" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("rm", "template.login"),
        ("mv", "template.login", "template.x"),
        ("protect", "sign.acme"),
        ("unprotect", "template.login"),
        ("resolve", "template.news", "--abandon"),
    ],
)
def test_every_edit_respects_the_lock_and_needs_a_state(
    arguments: tuple[str, ...], shell: Shell
) -> None:
    code, _, err = shell.run(*arguments)
    assert code == 1
    assert "there is no state yet" in err

    shell.store(full())
    with LocalBackend(shell.path).lock("apply"):
        code, _, err = shell.run(*arguments)
    assert code == 5
    assert "is locked by" in err
    assert shell.stored() == full()


# -- the whole state -------------------------------------------------------------------------------


def test_pull_prints_what_push_takes(shell: Shell, tmp_path: Path) -> None:
    shell.store(full())
    _, out, _ = shell.run("pull")
    (tmp_path / "copy.json").write_text(out)

    assert load(out.encode(), source="x") == full()
    code, said, _ = shell.run("push", str(tmp_path / "copy.json"))
    assert code == 0
    assert "holds this state already" in said


def test_pull_without_a_state_prints_nothing(shell: Shell) -> None:
    code, out, err = shell.run("pull")

    assert (code, out) == (0, "")
    assert "no state yet" in err


def test_push_into_an_empty_place_keeps_the_serial(shell: Shell) -> None:
    code, out, _ = shell.push(full(41))

    assert code == 0
    assert "as serial 41" in out
    assert shell.stored() == ours(full(41))


def test_push_of_a_newer_state_replaces_the_older_one(shell: Shell) -> None:
    shell.store(small(3))

    assert shell.push(full(9))[0] == 0
    assert shell.stored() == ours(full(9))


def test_push_of_an_older_state_needs_force_and_gets_a_new_serial(shell: Shell) -> None:
    shell.store(small(9))

    code, _, err = shell.push(full(3))
    assert code == 1
    assert "older than" in err
    assert "--force" in err
    assert shell.stored() == small(9)

    assert shell.push(full(3), "--force")[0] == 0
    assert shell.stored() == ours(full(10))


def test_push_of_another_lineage_is_refused_by_force_too(shell: Shell) -> None:
    shell.store(small(3))
    other = replace(full(9), lineage="other")

    for options in ((), ("--force",)):
        code, _, err = shell.push(other, *options)
        assert code == 1
        assert "lineage" in err
    assert shell.stored() == small(3)


def test_push_of_another_region_is_refused(shell: Shell) -> None:
    code, _, err = shell.push(replace(full(), region="ap-beijing"))

    assert code == 1
    assert "ap-beijing" in err
    assert not shell.path.exists()


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _clear(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [_truncate, _clear])
def test_push_force_of_the_backup_repairs_a_state(
    harm: Callable[[Path], None], shell: Shell
) -> None:
    """What the messages about damaged states tell people to do."""
    shell.store(small(3))
    shell.store(full(4))
    harm(shell.path)
    backup = str(shell.path.with_name("state.json.backup"))
    code, _, err = shell.run("list")
    assert code == 1
    assert "smsops state push --force" in err

    assert shell.run("push", backup)[0] == 1
    assert shell.run("push", "--force", backup)[0] == 0

    assert shell.run("list")[:2] == (0, "template.login\n")
    assert shell.stored().resources == small().resources


def test_a_rolled_back_state_is_usable_and_said(shell: Shell) -> None:
    shell.store(small(3))
    shell.store(full(4))
    shell.path.write_bytes(shell.path.with_name("state.json.backup").read_bytes())

    code, out, err = shell.run("list")
    assert (code, out) == (0, "template.login\n")
    assert "has serial 3, but serial 4" in err


def test_push_reads_stdin(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(dump(full()))))

    assert shell.run("push", "-")[0] == 0
    assert shell.stored() == ours(full())


def test_push_of_garbage_or_of_nothing_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(b"{}")

    assert shell.run("push", str(tmp_path / "garbage"))[0] == 1
    code, _, err = shell.run("push", str(tmp_path / "nothing"))
    assert code == 1
    assert "cannot be read" in err


@pytest.mark.parametrize(
    "harm",
    [
        lambda body: body.replace(b"template.login", b"template.logon"),
        lambda body: body[:100],
        lambda body: b"",
        lambda body: b"{}",
    ],
)
def test_push_of_an_edited_file_says_so_and_not_to_push_again(
    harm: Callable[[bytes], bytes], shell: Shell, tmp_path: Path
) -> None:
    """The stored state is in order: there is nothing to restore."""
    shell.store(full(4))
    edited = tmp_path / "edited.json"
    edited.write_bytes(harm(dump(full(5))))
    for options in ((), ("--force",)):
        code, out, err = shell.run("push", str(edited), *options)
        assert (code, out) == (1, "")
        assert f"{edited} is damaged or was edited by hand." in err
        assert "smsops state rm" in err
        assert "smsops import" in err
        assert "push --force" not in err
    assert shell.stored() == full(4)


def test_push_respects_the_lock(shell: Shell) -> None:
    with LocalBackend(shell.path).lock("apply"):
        assert shell.push(full())[0] == 5


# -- other backends --------------------------------------------------------------------------------


def test_the_state_on_a_server_is_edited_in_place_and_its_lock_can_be_broken(shell: Shell) -> None:
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        shell.project("{backend: http}")
        assert shell.push(small(1))[0] == 0
        assert shell.run("protect", "template.login")[0] == 0
        gitlab.lock = {"ID": "dead-run", "Who": "ci@runner", "Created": "yesterday"}

        code, _, err = shell.run("rm", "template.login")
        assert code == 5
        assert "ci@runner" in err
        assert "smsops state unlock dead-run" in err
        assert shell.run("unlock", "other")[0] == 1
        assert shell.run("unlock", "dead-run")[0] == 0
        assert shell.run("rm", "template.login")[0] == 0

        assert sorted(gitlab.versions) == [1, 2, 3]
        assert gitlab.holder() is None


def test_a_state_migrates_to_a_server_and_back_but_never_over_another(shell: Shell) -> None:
    shell.store(full(7))
    with StateServer() as gitlab:
        shell.environment = gitlab.environment
        code, out, err = shell.run("migrate", "--to", "http")
        assert code == 0
        assert gitlab.address in out
        assert "{backend: http}" in err
        assert gitlab.latest == dump(full(7))
        assert gitlab.holder() is None

        code, _, err = shell.run("migrate", "--to", "http")
        assert code == 1
        assert "already" in err

        shell.project("{backend: http}")
        assert shell.run("migrate", "--to", "local")[0] == 1
        shell.path.unlink()
        assert shell.run("migrate", "--to", "local")[0] == 0
    assert shell.stored() == full(7)


def test_a_state_migrates_to_the_git_remote_of_the_project(shell: Shell) -> None:
    shell.store(full(7))
    for arguments in (
        ("init", "--quiet", "--bare", "up.git"),
        ("init", "--quiet"),
        ("remote", "add", "origin", "up.git"),
    ):
        subprocess.run(["git", *arguments], cwd=shell.root, check=True)
    shell.environment = {"PATH": os.environ["PATH"], "HOME": str(shell.root)}

    code, out, err = shell.run("migrate", "--to", "git")

    assert code == 0, err
    assert "refs/smsops/state/p of git remote origin" in out
    assert "{backend: git, remote: origin, name: p}" in err
    shell.path.unlink()
    shell.project("{backend: git, remote: origin}")
    assert shell.run("list")[1] == "sign.acme\ntemplate.login\ntemplate.news\n"


def test_migrate_needs_a_state_and_no_emulator(shell: Shell) -> None:
    with StateServer() as gitlab:
        shell.environment = gitlab.environment

        assert shell.run("migrate", "--to", "http")[0] == 1
        assert shell.run("migrate", "--to", "http", "--emulator")[0] == 64
        assert gitlab.versions == {}
        assert gitlab.holder() is None
