"""Whose state it is, which one may take its place, what may be edited, and where it is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smsops.errors import AccountError, Exit, OwnerError, StateError
from smsops.model import Address, Project, Recorded, RecordedObject, Role, Snapshot, StateSettings
from smsops.state import binding, edits
from smsops.state.backends.git import GitBackend
from smsops.state.backends.local import LocalBackend
from smsops.state.binding import Owner
from smsops.state.snapshot import new_snapshot
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Options, Settings
from tests.support.snapshots import LOGIN, SIGN, TEMPLATE_SPEC, full, intent, small, with_intents

MINE, OTHER = "100000000001", "100000000002"
NEWS = Address("template", "news")
P = Owner("p")


# -- binding ---------------------------------------------------------------------------------------


def bind(
    snapshot: Snapshot,
    *,
    owner: Owner = P,
    account_id: str | None = MINE,
    region: str = "ap-guangzhou",
    source: str = ".smsops/state.json",
) -> Snapshot:
    return binding.bind(snapshot, owner=owner, account_id=account_id, region=region, source=source)


def test_an_unbound_state_gets_the_project_account_and_region_of_the_run() -> None:
    bound = bind(new_snapshot(), region="ap-beijing")

    assert (bound.project, bound.account_id, bound.region) == ("p", MINE, "ap-beijing")


def test_a_bound_state_of_the_same_owner_and_account_stays_as_it_is() -> None:
    mine = replace(small(), project="p")

    assert bind(mine) == mine


def test_an_unbound_state_stays_unbound_while_the_account_is_unknown() -> None:
    bound = bind(new_snapshot(), account_id=None)

    assert (bound.account_id, bound.region) == (None, "ap-guangzhou")


def test_another_account_is_refused() -> None:
    with pytest.raises(AccountError, match=f"{MINE}.*{OTHER}") as caught:
        bind(small(), account_id=OTHER)

    assert caught.value.exit is Exit.CREDENTIALS


def test_an_unknown_account_is_refused_on_a_bound_state() -> None:
    with pytest.raises(AccountError, match="is unknown") as caught:
        bind(small(), account_id=None)

    assert f"--account-id {MINE}" in caught.value.hint


def test_another_region_is_refused_before_the_account_matters() -> None:
    with pytest.raises(StateError, match=r"ap-guangzhou, but smsops\.yaml says ap-beijing"):
        bind(small(), account_id=OTHER, region="ap-beijing")


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (".smsops/state.json", "Is this the right directory (-C)"),
        ("https://git.example.com/state/x", "another address in SMSOPS_HTTP_ADDRESS"),
        ("refs/smsops/state/default of git remote origin", "spec.state.name in smsops.yaml (p)"),
    ],
)
def test_another_project_is_refused_before_anything_else_matters(source: str, advice: str) -> None:
    shop = replace(small(), project="shop")

    with pytest.raises(OwnerError, match=r"belongs to project shop, and this is project p") as said:
        bind(shop, account_id=OTHER, region="ap-beijing", source=source)

    assert said.value.exit is Exit.CREDENTIALS
    assert source in said.value.message
    assert advice in said.value.hint
    assert "`smsops state assign --project p`" in said.value.hint


@pytest.mark.parametrize(
    ("stored", "run", "advice"),
    [
        ("prod", None, "`smsops state assign --project p --environment`"),
        ("prod", "dev", "`smsops state assign --project p --environment dev`"),
        (None, "dev", "`smsops state assign --project p --environment dev`"),
        ("dev", "dev", "`smsops state assign --project p`"),
    ],
)
def test_where_project_and_environment_differ_one_command_is_advised(
    stored: str | None, run: str | None, advice: str
) -> None:
    error = binding.foreign(Owner("shop", stored), Owner("p", run), source=".smsops/state.json")

    assert advice in error.hint


@pytest.mark.parametrize(
    ("stored", "run", "words", "advice"),
    [
        ("prod", None, "environment prod of project p, and this run is in none", "--environment`"),
        (None, "prod", "project p, and this run is in environment prod", "--environment prod`"),
        ("dev", "prod", "environment dev of project p, and", "--environment prod`"),
    ],
)
def test_another_environment_of_the_same_project_is_refused(
    stored: str | None, run: str | None, words: str, advice: str
) -> None:
    state = replace(small(), project="p", environment=stored)

    with pytest.raises(OwnerError, match=words) as caught:
        bind(state, owner=Owner("p", run))

    assert advice in caught.value.hint
    assert bind(state, owner=Owner("p", stored)) == state


def test_a_state_changes_hands_whole() -> None:
    shop = replace(full(), project="shop", environment="dev")

    taken = binding.assigned(shop, Owner("ops"))

    assert binding.owner_of(taken) == Owner("ops")
    assert {record.declared for record in taken.resources.values()} == {False}
    back = {
        address: replace(record, declared=old.declared, manifest=old.manifest)
        for (address, record), old in zip(
            taken.resources.items(), shop.resources.values(), strict=True
        )
    }
    assert replace(taken, project="shop", environment="dev", resources=back) == shop
    assert binding.assigned(shop, Owner("shop")).resources == shop.resources
    assert binding.owner_of(replace(full(), project=None)) is None


# -- one state in the place of another -------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "incoming", "force", "outcome"),
    [
        (None, small(5), False, True),
        (small(5), small(6), False, True),
        (small(5), small(5), False, False),
        (small(5), small(5), True, False),
        (small(5), replace(small(5), region="x"), False, "as old as"),
        (small(5), replace(small(5), region="x"), True, True),
        (small(5), small(4), False, "older than"),
        (small(5), small(4), True, True),
        (small(5), replace(small(9), lineage="other"), False, "nothing to do with each other"),
        (small(5), replace(small(9), lineage="other"), True, "nothing to do with each other"),
    ],
)
def test_which_state_may_take_the_place_of_which(
    stored: Snapshot | None, incoming: Snapshot, force: bool, outcome: bool | str
) -> None:
    if isinstance(outcome, bool):
        assert binding.replaceable(stored, incoming, force=force) is outcome
        return
    with pytest.raises(StateError, match=outcome):
        binding.replaceable(stored, incoming, force=force)


# -- edits -----------------------------------------------------------------------------------------


def test_a_forgotten_address_is_gone_and_the_others_stay() -> None:
    assert set(edits.forget(full(), [LOGIN, LOGIN]).resources) == {SIGN}


def test_an_unknown_address_is_not_forgotten() -> None:
    with pytest.raises(StateError, match=r"template\.news is not in the state"):
        edits.forget(small(), [LOGIN, NEWS])


def test_an_address_with_an_open_intent_is_not_forgotten() -> None:
    with pytest.raises(StateError, match="open intent") as caught:
        edits.forget(with_intents(intent("i", LOGIN)), [LOGIN])

    assert "state resolve template.login" in caught.value.hint


def test_a_move_takes_the_whole_record_and_the_open_intents_along() -> None:
    before = with_intents(intent("i", LOGIN, Role.SUCCESSOR), intent("j", Address("sign", "x")))

    after = edits.move(before, LOGIN, NEWS)

    assert after.resources == {NEWS: before.resources[LOGIN]}
    assert [item.address for item in after.intents] == [NEWS, Address("sign", "x")]


def test_an_address_that_has_only_an_open_intent_can_be_moved() -> None:
    after = edits.move(with_intents(intent("i", NEWS)), NEWS, Address("template", "x"))

    assert [item.address.name for item in after.intents] == ["x"]
    assert set(after.resources) == {LOGIN}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (LOGIN, SIGN, "is a template and cannot become a sign"),
        (LOGIN, Address("template", "news"), "is in the state already"),
        (LOGIN, LOGIN, "is in the state already"),
        (Address("template", "nope"), Address("template", "x"), "is not in the state"),
    ],
)
def test_a_move_that_would_lose_something_is_refused(
    old: Address, new: Address, words: str
) -> None:
    with pytest.raises(StateError, match=words):
        edits.move(full(), old, new)


def test_protection_is_switched_and_nothing_else() -> None:
    after = edits.protect(small(), LOGIN, protected=True)

    assert after.resources[LOGIN].lifecycle.protected
    assert edits.protect(after, LOGIN, protected=False) == small()
    with pytest.raises(StateError, match="is not in the state"):
        edits.protect(small(), NEWS, protected=True)


def test_an_adopted_id_is_recorded_with_what_the_add_sent() -> None:
    after = edits.adopt(full(), NEWS, 1500)

    assert after.resources[NEWS].current == RecordedObject(
        1500, TEMPLATE_SPEC, submitted_at=1_800_000_000
    )
    assert after.intents == ()


def test_an_adopted_successor_stands_beside_the_current_object() -> None:
    before = with_intents(intent("i", LOGIN, Role.SUCCESSOR))

    after = edits.adopt(before, LOGIN, 1500)

    record = after.resources[LOGIN]
    assert record.current == before.resources[LOGIN].current
    assert record.successor is not None
    assert record.successor.remote_id == 1500
    assert edits.replaced(before, LOGIN) is None


def test_an_adopted_first_object_takes_the_place_of_one_that_is_gone() -> None:
    before = with_intents(intent("i", LOGIN))

    assert edits.replaced(before, LOGIN) == 1110
    assert edits.adopt(before, LOGIN, 1500).resources[LOGIN] == Recorded(
        RecordedObject(1500, TEMPLATE_SPEC, submitted_at=1_800_000_000)
    )


@pytest.mark.parametrize("taken", [1109, 1110, 1111])
def test_an_id_that_is_recorded_anywhere_is_not_adopted(taken: int) -> None:
    with pytest.raises(StateError, match=r"is recorded already, at template\.login"):
        edits.adopt(full(), NEWS, taken)


def test_the_same_id_of_another_kind_can_be_adopted() -> None:
    before = replace(full(), resources={SIGN: full().resources[SIGN]})

    assert edits.adopt(before, NEWS, 1110).resources[NEWS].current is not None


def test_an_object_from_before_the_add_is_not_adopted() -> None:
    with pytest.raises(StateError, match="was there before") as caught:
        edits.adopt(full(), NEWS, 1108)

    assert "smsops import template.news 1108" in caught.value.hint


def test_an_abandoned_intent_is_dropped_alone() -> None:
    before = with_intents(intent("i", LOGIN), intent("j", NEWS))

    assert edits.abandon(before, LOGIN) == with_intents(intent("j", NEWS))


def test_an_address_without_an_open_intent_is_told_which_ones_have_one() -> None:
    with pytest.raises(StateError, match=r"template\.login has no open intent") as caught:
        edits.adopt(full(), LOGIN, 1)
    assert "template.news" in caught.value.hint
    with pytest.raises(StateError, match=r"template\.login has no open intent") as caught:
        edits.abandon(full(), LOGIN)
    assert "template.news" in caught.value.hint
    with pytest.raises(StateError) as caught:
        edits.abandon(small(), LOGIN)
    assert "No address" in caught.value.hint


# -- where it is kept ------------------------------------------------------------------------------


def project(root: Path, **state: str) -> Project:
    return Project(root, "p", "ap-guangzhou", (), state=StateSettings(**state))


def test_the_local_state_is_in_the_project(tmp_path: Path) -> None:
    backend = open_backend(Settings(Options(emulator=False), {}), project(tmp_path))

    assert isinstance(backend, LocalBackend)
    assert backend.description == str(tmp_path / ".smsops" / "state.json")


@pytest.mark.parametrize("backend", ["local", "http", "git"])
def test_the_emulator_has_a_local_state_of_its_own(backend: str, tmp_path: Path) -> None:
    found = open_backend(Settings(Options(emulator=True), {}), project(tmp_path, backend=backend))

    assert found.description == str(tmp_path / ".smsops" / "emulator-state.json")


def test_http_and_git_are_opened_with_their_settings(tmp_path: Path) -> None:
    environment = {"SMSOPS_HTTP_ADDRESS": "https://git.example.com/s?token=x"}
    http = open_backend(
        Settings(Options(emulator=False), environment), project(tmp_path, backend="http")
    )
    git = open_backend(
        Settings(Options(emulator=False), {}),
        project(tmp_path, backend="git", remote="up", name="prod"),
    )

    assert http.description == "https://git.example.com/s"
    assert git.description == "refs/smsops/state/prod of git remote up"


@pytest.mark.parametrize(
    ("name", "project_name", "ref", "heir"),
    [
        (None, "shop", "refs/smsops/state/shop", True),
        ("prod", "shop", "refs/smsops/state/prod", False),
        ("default", "shop", "refs/smsops/state/default", False),
        (None, "default", "refs/smsops/state/default", False),
    ],
)
def test_a_git_state_is_called_like_its_project_and_only_then_looks_for_an_older_one(
    name: str | None, project_name: str, ref: str, heir: bool, tmp_path: Path
) -> None:
    chosen = replace(
        project(tmp_path, backend="git"), name=project_name, state=StateSettings("git", name=name)
    )

    found = open_backend(Settings(Options(emulator=False), {}), chosen)

    assert isinstance(found, GitBackend)
    assert found.description == f"{ref} of git remote origin"
    assert found.inherits is heir


def test_an_unknown_backend_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no state backend 'ftp'"):
        open_backend(Settings(Options(emulator=False), {}), project(tmp_path, backend="ftp"))
