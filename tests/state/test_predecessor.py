"""The state that 0.1 kept for all projects of a repository: one of them gets it, once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smsops.errors import DamagedState, ForeignDocument, LockedError, OwnerError, StateError
from smsops.model import Snapshot
from smsops.state import document, read_snapshot
from smsops.state.document import Taken
from smsops.state.snapshot import load
from tests.support.git import Hosting, Run
from tests.support.legacy import dumped
from tests.support.snapshots import full, small

OLD, SHOP, OPS = (f"refs/smsops/state/{name}" for name in ("default", "shop", "ops"))
PAGE = b"<html>"
AS_READ = load(dumped(full(7)), source="x")


@pytest.fixture
def old(hosting: Hosting) -> str:
    """The commit of a state of 0.1 with serial 7, whose history has one version before."""
    return begin(hosting, dumped(full(7)))


def begin(hosting: Hosting, body: bytes) -> str:
    """Keep ``body`` at the old name, as a run of 0.1 would; the commit."""
    run = hosting.run(name="default")
    run.backend.write(dumped(small(2)), serial=2)
    run.backend.write(body, serial=7)
    return hosting.git("rev-parse", OLD).strip()


def stored(hosting: Hosting, ref: str) -> bytes:
    return hosting.git("cat-file", "blob", f"{ref}:state.json").encode()


def mark(hosting: Hosting) -> Taken | None:
    return document.taken(stored(hosting, OLD))


def save(run: Run) -> Snapshot:
    """One run of a command: read, and save as the project's own."""
    found = read_snapshot(run.backend)
    mine = found or Snapshot(lineage="fresh", region="ap-guangzhou")
    return run.save(replace(mine, project="p"))


# -- the one that takes it -------------------------------------------------------------------------


def test_a_project_reads_it_at_the_old_name_and_saves_it_at_its_own(
    old: str, hosting: Hosting
) -> None:
    run = hosting.project("shop")

    found = read_snapshot(run.backend)

    assert found == AS_READ
    assert not any(record.declared for record in found.resources.values())
    assert run.backend.description == f"{OLD} of git remote origin"
    assert hosting.git("rev-parse", OLD).strip() == old, "reading changes nothing"
    kept = run.save(replace(found, project="shop"))
    assert run.backend.description == f"{SHOP} of git remote origin"
    assert load(stored(hosting, SHOP), source="x") == kept
    assert kept.serial == 8
    assert mark(hosting) == Taken("shop", SHOP, complete=True)
    assert hosting.git("rev-parse", f"{SHOP}^").strip() == old, "its history goes on"
    assert hosting.refs() == {"refs/heads/main", OLD, SHOP}
    seen = {name for name in hosting.refs("a") if name.startswith("refs/smsops")}
    assert seen == {"refs/smsops/seen/origin/shop"}


def test_it_is_said_once_what_is_read_and_what_becomes_of_it(old: str, hosting: Hosting) -> None:
    run = hosting.project("shop")
    run.backend.read()
    run.backend.read()

    [said] = run.said
    assert said.startswith(f"Warning: the state that smsops 0.1 kept at {OLD} is read there once")
    assert SHOP in said


def test_from_then_on_only_the_own_name_counts(old: str, hosting: Hosting) -> None:
    kept = save(hosting.project("shop"))
    later = hosting.project("shop", "b")

    with later.backend.lock("apply"):
        assert read_snapshot(later.backend) == kept
        newer = later.save(kept)

    assert later.said == []
    assert read_snapshot(hosting.project("shop").backend) == newer
    assert mark(hosting) == Taken("shop", SHOP, complete=True)


def test_a_second_save_of_the_same_run_is_an_ordinary_one(old: str, hosting: Hosting) -> None:
    run = hosting.project("shop")
    first = save(run)
    second = run.save(first)

    assert (first.serial, second.serial) == (8, 9)
    assert len(hosting.git("log", "--format=%H", SHOP).split()) == 4


def test_a_state_whose_new_name_was_removed_since_is_not_read_again(
    old: str, hosting: Hosting
) -> None:
    """Its serial 7 knows nothing of what was made since: an old state is worse than none."""
    save(hosting.project("shop"))
    hosting.git("update-ref", "-d", SHOP)
    run = hosting.project("shop", "b")

    assert run.backend.read() is None
    assert run.said == []


# -- the others ------------------------------------------------------------------------------------


def test_the_next_project_begins_a_state_of_its_own(old: str, hosting: Hosting) -> None:
    kept = save(hosting.project("shop"))
    run = hosting.project("ops", "b")

    assert read_snapshot(run.backend) is None
    assert run.said[0] == (
        f"The state at {OLD} belongs to project shop. Project ops begins a state of its own at "
        f"{OPS}."
    )
    assert [said for said in run.said[1:] if "remote origin has: shop. If" not in said] == []
    mine = save(run)
    assert read_snapshot(hosting.project("ops").backend) == mine
    assert read_snapshot(hosting.project("shop").backend) == kept
    assert mark(hosting) == Taken("shop", SHOP, complete=True)


def test_of_two_projects_at_the_same_time_one_gets_it(old: str, hosting: Hosting) -> None:
    shop, ops = hosting.project("shop", "a"), hosting.project("ops", "b")
    found = read_snapshot(shop.backend)
    assert found is not None
    assert read_snapshot(ops.backend) == found

    kept = ops.save(replace(found, project="ops"))
    with pytest.raises(StateError, match="was not taken over: somebody else saved or took it"):
        shop.save(replace(found, project="shop"))

    assert SHOP not in hosting.refs()
    assert mark(hosting) == Taken("ops", OPS, complete=True)
    assert read_snapshot(hosting.project("ops").backend) == kept
    assert read_snapshot(hosting.project("shop").backend) is None


@pytest.mark.parametrize("owner", ["shop", "ops"])
def test_a_state_that_has_an_owner_goes_to_nobody_else(owner: str, hosting: Hosting) -> None:
    """Somebody wrote ``name: default``, and this smsops has saved it since."""
    run = hosting.run(name="default")
    kept = run.save(replace(full(6), project=owner))
    reading = hosting.project("shop")

    found = read_snapshot(reading.backend)

    assert found == (kept if owner == "shop" else None)
    if owner == "ops":
        save(reading)
        assert read_snapshot(hosting.run(name="default").backend) == kept


def test_who_names_the_old_place_is_told_whose_it_is(old: str, hosting: Hosting) -> None:
    save(hosting.project("shop"))

    with pytest.raises(OwnerError, match="belongs to project shop now") as caught:
        read_snapshot(hosting.run(name="default").backend)

    assert SHOP in caught.value.message
    assert "spec.state.name of its own" in caught.value.hint


def test_nobody_writes_over_the_mark(old: str, hosting: Hosting) -> None:
    save(hosting.project("shop"))
    before = hosting.git("rev-parse", OLD)

    with pytest.raises(OwnerError):
        hosting.run(name="default").backend.write(dumped(full(90)), serial=90)

    assert hosting.git("rev-parse", OLD) == before


def test_an_older_smsops_takes_the_mark_for_a_state_of_the_future(
    old: str, hosting: Hosting
) -> None:
    """It refuses every format_version whose major number is not 1; "no state" would make it add
    everything again.
    """
    save(hosting.project("shop"))

    said = json.loads(stored(hosting, OLD))

    assert said["format_version"] == "2.0"
    assert said["serial"] == 7
    assert said["lineage"] == full().lineage


# -- what can go wrong -----------------------------------------------------------------------------


def refuse(hosting: Hosting, ref: str) -> None:
    """Let the remote refuse every push of ``ref``."""
    hook = hosting.root / "up.git" / "hooks" / "update"
    hook.write_text(f"#!/bin/sh\ntest $1 != {ref}\n")
    hook.chmod(0o755)


def test_a_run_that_ends_between_the_two_pushes_loses_nothing(old: str, hosting: Hosting) -> None:
    """The mark is there and the state is not: its project still finds it, and no other one."""
    refuse(hosting, SHOP)
    with pytest.raises(StateError, match=f"^{SHOP} of git remote origin: git push fai") as caught:
        save(hosting.project("shop"))
    assert "unchanged" not in caught.value.hint
    assert f"{OLD} is marked as taken by project shop, and nothing is lost" in caught.value.hint
    (hosting.root / "up.git" / "hooks" / "update").unlink()
    assert mark(hosting) == Taken("shop", SHOP, complete=False)

    assert read_snapshot(hosting.project("ops", "b").backend) is None
    run = hosting.project("shop", "b")
    assert read_snapshot(run.backend) == AS_READ
    kept = save(run)

    assert kept.serial == 8
    assert read_snapshot(hosting.project("shop").backend) == kept
    assert mark(hosting) == Taken("shop", SHOP, complete=True)


def test_a_run_goes_on_where_its_own_push_failed(old: str, hosting: Hosting) -> None:
    refuse(hosting, SHOP)
    run = hosting.project("shop")
    found = read_snapshot(run.backend)
    assert found is not None
    with pytest.raises(StateError):
        run.save(found)
    (hosting.root / "up.git" / "hooks" / "update").unlink()

    assert run.save(replace(found, serial=8)).serial == 9
    assert mark(hosting) == Taken("shop", SHOP, complete=True)


@pytest.mark.parametrize("how", ["lose", "drop"])
def test_a_mark_whose_push_got_no_answer_is_looked_up(how: str, old: str, hosting: Hosting) -> None:
    run = hosting.project("shop")
    found = read_snapshot(run.backend)
    assert found is not None
    hosting.fail("push", how)

    kept = run.save(found)

    assert read_snapshot(hosting.project("shop", "b").backend) == kept
    assert mark(hosting) == Taken("shop", SHOP, complete=True)


def test_a_mark_of_ours_whose_outcome_stayed_unknown_is_known_again(
    old: str, hosting: Hosting
) -> None:
    run = hosting.project("shop")
    found = read_snapshot(run.backend)
    assert found is not None
    hosting.fail("push", "vanish")
    with pytest.raises(StateError, match="cannot be read"):
        run.save(found)
    assert mark(hosting) == Taken("shop", SHOP, complete=False)
    run.time.moment += 5  # another commit of the same mark

    kept = run.save(replace(found, serial=8))

    assert read_snapshot(hosting.project("shop", "b").backend) == kept


def test_a_mark_that_cannot_be_completed_is_no_failure(old: str, hosting: Hosting) -> None:
    run = hosting.project("shop")
    found = read_snapshot(run.backend)
    assert found is not None
    hook = hosting.root / "up.git" / "hooks" / "update"
    hook.write_text(f"#!/bin/sh\ntest $1 != {OLD} || test $2 = {old}\n")
    hook.chmod(0o755)

    kept = run.save(found)

    assert mark(hosting) == Taken("shop", SHOP, complete=False)
    assert read_snapshot(hosting.project("shop", "b").backend) == kept


def test_what_a_run_of_0_1_saves_meanwhile_is_not_lost(old: str, hosting: Hosting) -> None:
    run = hosting.project("shop")
    found = read_snapshot(run.backend)
    assert found is not None
    late = hosting.run("b", name="default")
    late.backend.write(dumped(full(8)), serial=8)

    with pytest.raises(StateError, match="saved or took it since this run read it"):
        run.save(found)

    assert stored(hosting, OLD) == dumped(full(8))
    assert SHOP not in hosting.refs()


def test_while_a_run_of_0_1_holds_its_lock_nothing_is_taken(old: str, hosting: Hosting) -> None:
    run = hosting.project("shop")
    with (
        hosting.run("b", name="default").backend.lock("apply") as held,
        pytest.raises(LockedError) as caught,
    ):
        save(run)
    assert f"{OLD} of git remote origin is locked by " in caught.value.message
    assert f"`smsops state unlock {held.id}`" in caught.value.hint

    assert hosting.git("rev-parse", OLD).strip() == old
    assert SHOP not in hosting.refs()


def test_the_lock_of_a_dead_run_of_0_1_can_be_removed(old: str, hosting: Hosting) -> None:
    with hosting.run("b", name="default").backend.lock("apply") as held:
        run = hosting.project("shop")
        with pytest.raises(
            StateError,
            match=f"not locked with the ID x, but by .*{held.id}.*, at refs/smsops/lock/default$",
        ):
            run.backend.unlock("x")

        run.backend.unlock(held.id)

        assert run.backend.description == f"{OLD} of git remote origin"
        assert save(run).serial == 8
    with pytest.raises(StateError, match="is not locked"):
        hosting.project("shop").backend.unlock(held.id)


def test_a_damaged_one_is_never_taken_for_none(hosting: Hosting) -> None:
    begin(hosting, dumped(full(7))[:-9])
    run = hosting.project("shop")

    with pytest.raises(DamagedState, match=OLD):
        read_snapshot(run.backend)
    [said] = run.said
    assert "is damaged, and does not say whose it is" in said
    assert "`spec.state.name: shop` in smsops.yaml" in said

    new = hosting.run(name="shop")
    assert read_snapshot(new.backend) is None
    assert save(new).serial == 1


def test_what_is_no_state_there_is_nobodys_and_stays(hosting: Hosting) -> None:
    hosting.run(name="default").backend.write(PAGE, serial=1)
    before = hosting.git("rev-parse", OLD)
    run = hosting.project("shop")

    assert run.backend.read() is None
    save(run)

    assert hosting.git("rev-parse", OLD) == before
    assert SHOP in hosting.refs()


def test_a_ref_of_others_at_the_old_name_is_nobodys_and_stays(hosting: Hosting) -> None:
    hosting.git("update-ref", OLD, "refs/heads/main")
    run = hosting.project("shop")

    assert run.backend.read() is None
    save(run)

    assert hosting.git("rev-parse", OLD) == hosting.git("rev-parse", "main")
    assert SHOP in hosting.refs()


def test_an_old_name_that_points_to_nothing_is_never_taken_for_none(hosting: Hosting) -> None:
    place = hosting.root / "up.git" / OLD
    place.parent.mkdir(parents=True)
    place.write_text("1234567890123456789012345678901234567890\n")

    with pytest.raises(ForeignDocument, match=OLD):
        hosting.project("shop").backend.read()
