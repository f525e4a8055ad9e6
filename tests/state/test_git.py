"""The git backend with a bare repository and two clones, real pushes, and pushes that get lost."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from smsops.errors import ForeignDocument, LockedError, StateError
from smsops.model import Snapshot
from smsops.state import probe, read_snapshot
from smsops.state.backends.git import GitBackend
from smsops.state.backends.gitwire import scrubbed
from smsops.state.snapshot import dump, load
from tests.support.clock import FakeClock
from tests.support.git import Hosting
from tests.support.snapshots import full, small

STATE, LOCK = "refs/smsops/state/prod", "refs/smsops/lock/prod"


# -- a shared state --------------------------------------------------------------------------------


def test_what_one_clone_saves_another_one_reads(hosting: Hosting) -> None:
    a, b = hosting.run("a"), hosting.run("b")
    assert read_snapshot(b.backend) is None
    with a.backend.lock("apply"):
        assert read_snapshot(a.backend) is None
        first = a.save(replace(full(), serial=0))
        second = a.save(first)

    assert read_snapshot(b.backend) == second
    with b.backend.lock("apply"):
        third = b.save(second)
    assert read_snapshot(a.backend) == third
    assert hosting.refs() == {"refs/heads/main", STATE}


def test_every_version_stays_in_the_history(hosting: Hosting) -> None:
    run = hosting.run()
    with run.backend.lock("apply") as held:
        first = run.save(small(0))
        second = run.save(first)

    commits = hosting.git("log", "--format=%H", STATE).split()
    kept = [hosting.git("cat-file", "blob", f"{one}:state.json") for one in commits]
    assert [load(text.encode(), source="x") for text in kept] == [second, first]
    said = hosting.git("log", "-1", "--format=%an <%cn> %at %B", STATE)
    assert said.startswith("smsops <smsops> 1800000000 smsops: serial 2")
    assert held.id in said


def test_work_tree_index_branches_and_hooks_are_left_alone(hosting: Hosting) -> None:
    """Every hook of the clone would leave a trace."""
    trace = hosting.root / "ran"
    for name in ("pre-push", "reference-transaction", "post-commit", "pre-commit"):
        hook = hosting.root / "a" / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {trace}\n")
        hook.chmod(0o755)
    (hosting.root / "a" / "new.txt").write_text("mine")
    hosting.git("add", "new.txt", at="a")
    trace.unlink(missing_ok=True)
    index = (hosting.root / "a" / ".git" / "index").read_bytes()
    before = hosting.git("status", "--porcelain=2", "--branch", at="a")

    run = hosting.run("a")
    with run.backend.lock("apply"):
        run.save(small(0))
    read_snapshot(run.backend)

    assert (hosting.root / "a" / ".git" / "index").read_bytes() == index
    assert hosting.git("status", "--porcelain=2", "--branch", at="a") == before
    assert not (hosting.root / "a" / ".git" / "FETCH_HEAD").exists()
    assert not trace.exists()
    own = {name for name in hosting.refs("a") if name.startswith("refs/smsops")}
    assert own == {"refs/smsops/seen/origin/prod"}


def test_a_project_in_a_subdirectory_of_a_shallow_clone_works(hosting: Hosting) -> None:
    hosting.run("a").save(small(0))
    url = f"file://{hosting.root / 'up.git'}"
    hosting.git("clone", "--quiet", "--depth=1", url, "shallow", at=".")
    (hosting.root / "shallow" / "deep" / "project").mkdir(parents=True)

    run = hosting.run("shallow/deep/project")

    assert read_snapshot(run.backend) == small(1)
    run.save(small(1))
    assert read_snapshot(hosting.run("b").backend) == small(2)


def test_files_that_look_like_a_repository_are_not_taken_for_one(hosting: Hosting) -> None:
    """A pull request could bring a bare repository whose configuration runs a command."""
    hosting.git("init", "--quiet", "--bare", "project", at="a")
    hosting.git("config", "remote.origin.url", "../../up.git", at="a/project")
    hosting.git("config", "remote.origin.uploadpack", f"touch {hosting.root}/ran;", at="a/project")

    with pytest.raises(StateError, match="in no usable git repository"):
        hosting.run("a/project").backend.read()

    assert not (hosting.root / "ran").exists()


def test_a_relative_remote_is_one_of_the_repository_and_not_of_the_project(
    hosting: Hosting,
) -> None:
    hosting.git("remote", "set-url", "origin", "../up.git", at="a")
    (hosting.root / "a" / "deep").mkdir()

    hosting.run("a/deep").save(small(0))

    assert STATE in hosting.refs()


def test_variables_that_name_another_repository_are_ignored(hosting: Hosting) -> None:
    """smsops may run in a git hook, where GIT_DIR and its like are set."""
    other = str(hosting.root / "b" / ".git")
    run = hosting.run("a", GIT_DIR=other, GIT_INDEX_FILE="/nonexistent", GIT_WORK_TREE="/")

    run.save(small(0))

    assert "refs/smsops/seen/origin/prod" in hosting.refs("a")
    assert "refs/smsops/seen/origin/prod" not in hosting.refs("b")


def test_git_sees_no_secret_of_ours_and_nothing_that_leads_it_astray() -> None:
    seen = scrubbed(
        {
            "TENCENTCLOUD_SECRET_KEY": "s",
            "SMSOPS_HTTP_PASSWORD": "s",
            "GIT_DIR": "/x",
            "GIT_TRACE_CURL": "1",
            "GIT_SSL_NO_VERIFY": "1",
            "GIT_EXEC_PATH": "/x",
            "GIT_ASKPASS": "askpass",
            "GIT_SSH_COMMAND": "ssh -i key",
            "SSH_AUTH_SOCK": "/agent",
            "HOME": "/home/x",
        }
    )

    assert seen == {
        "GIT_ASKPASS": "askpass",
        "GIT_SSH_COMMAND": "ssh -i key",
        "SSH_AUTH_SOCK": "/agent",
        "HOME": "/home/x",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }


# -- compare and swap ------------------------------------------------------------------------------


def test_a_push_over_what_somebody_else_pushed_since_is_refused(hosting: Hosting) -> None:
    a, b = hosting.run("a"), hosting.run("b")
    found = a.save(small(0))
    read_snapshot(b.backend)
    kept = a.save(found)

    with pytest.raises(StateError, match="somebody else wrote it since this run read it"):
        b.save(replace(found, region="x"))

    assert read_snapshot(hosting.run("b").backend) == kept


def test_a_state_that_appeared_since_is_not_replaced(hosting: Hosting) -> None:
    a, b = hosting.run("a"), hosting.run("b")
    assert read_snapshot(b.backend) is None
    a.save(small(0))

    with pytest.raises(StateError, match="somebody else"):
        b.save(small(4))


def test_of_many_pushes_at_once_exactly_one_gets_through(hosting: Hosting) -> None:
    hosting.run("a").save(small(0))
    runs = [hosting.run("a" if number % 2 else "b") for number in range(4)]
    for run in runs:
        read_snapshot(run.backend)
    start = threading.Barrier(len(runs))
    outcomes: list[object] = []

    def save(number: int) -> None:
        start.wait()
        try:
            outcomes.append(runs[number].save(replace(small(1), region=f"r{number}")))
        except StateError as error:
            outcomes.append(error.message)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = [item for item in outcomes if isinstance(item, Snapshot)]
    assert won == [read_snapshot(hosting.run("a").backend)]
    assert all("somebody else" in str(item) for item in outcomes if item not in won)


def test_a_serial_that_is_not_newer_is_refused(hosting: Hosting) -> None:
    run = hosting.run()
    run.backend.write(dump(small(3)), serial=3)

    with pytest.raises(StateError, match="it has serial 3, and serial 3 is not newer"):
        hosting.run("b").backend.write(dump(small(3)), serial=3)


@pytest.mark.parametrize("how", ["lose", "drop"])
def test_a_push_without_an_answer_is_looked_up(how: str, hosting: Hosting) -> None:
    """Lost after it arrived: done. Lost before: sent again."""
    run = hosting.run()
    first = run.save(small(0))
    hosting.fail("push", how)

    second = run.save(first)

    assert read_snapshot(hosting.run("b").backend) == second
    assert len(hosting.git("log", "--format=%H", STATE).split()) == 2


def test_a_push_that_never_gets_through_is_an_error_and_the_state_stays(hosting: Hosting) -> None:
    run = hosting.run()
    first = run.save(small(0))
    hosting.fail("push", "drop", times=3)

    with pytest.raises(StateError, match="git push failed: fatal: the remote end hung up") as error:
        run.save(first)

    assert "refs/smsops/*" in error.value.hint
    assert read_snapshot(hosting.run("b").backend) == first


def test_an_outcome_that_stays_unknown_does_not_stop_the_next_save(hosting: Hosting) -> None:
    """The push arrived, its answer and the look at the ref got lost."""
    run = hosting.run()
    first = run.save(small(0))
    hosting.fail("push", "lose")
    hosting.fail("ls-remote", "drop")
    with pytest.raises(StateError, match="cannot be read"):
        run.save(first)

    run.save(small(2))

    assert read_snapshot(hosting.run("b").backend) == small(3)


def test_a_remote_that_refuses_the_ref_is_said_so(hosting: Hosting) -> None:
    hook = hosting.root / "up.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'policy: no' >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(StateError, match=r"\(pre-receive hook declined\).*policy: no"):
        hosting.run().save(small(0))


# -- a project that was renamed --------------------------------------------------------------------


def test_no_state_while_others_are_there_is_said_once(hosting: Hosting) -> None:
    hosting.run(name="shop").save(small(0))
    run = hosting.run("b", name="store", heir="store")

    assert (run.backend.read(), run.backend.read()) == (None, None)

    assert run.said == [
        "Warning: there is no state yet at refs/smsops/state/store; git remote origin has: shop. "
        "If this project was renamed: `spec.state.name: shop` in smsops.yaml, then "
        "`smsops state assign --project`"
    ]
    assert run.save(small(0)) == small(1)
    assert len(run.said) == 1


def test_of_several_others_none_is_picked_and_not_all_are_listed(hosting: Hosting) -> None:
    for name in "abcdef":
        hosting.git("update-ref", f"refs/smsops/state/{name}", "refs/heads/main")
    hosting.git("update-ref", "refs/smsops/state/EVIL;x", "refs/heads/main")
    run = hosting.run()

    run.backend.read()

    [said] = run.said
    assert "has: a, b, c, d, e, .... " in said
    assert "`spec.state.name: OLD`" in said


@pytest.mark.parametrize("others", [(), ("refs/smsops/state/default",), ("refs/smsops/lock/x",)])
def test_where_no_other_project_has_a_state_nothing_is_said(
    others: tuple[str, ...], hosting: Hosting
) -> None:
    for ref in others:
        hosting.git("update-ref", ref, "refs/heads/main")
    run = hosting.run(heir="prod")

    assert run.backend.read() is None
    assert run.said == []


def test_who_has_a_state_is_told_of_no_other(hosting: Hosting) -> None:
    hosting.run(name="shop").save(small(0))
    hosting.git("update-ref", STATE, "refs/smsops/state/shop")
    run = hosting.run()

    assert read_snapshot(run.backend) == small(1)
    assert run.said == []


def test_a_look_for_others_that_fails_is_no_failure(
    hosting: Hosting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[str]:
        raise StateError("no answer")

    monkeypatch.setattr("smsops.state.backends.gitrefs.Refs.names", refuse)

    assert hosting.run().backend.read() is None


# -- the lock --------------------------------------------------------------------------------------


def test_a_second_run_names_the_holder(hosting: Hosting) -> None:
    with hosting.run("a").backend.lock("apply") as held:
        assert LOCK in hosting.refs()
        with pytest.raises(LockedError) as caught:
            hosting.run("b").backend.lock("apply").__enter__()

    assert f"pid {os.getpid()} since 2027-01-15T08:00:00Z (lock ID {held.id})" in (
        caught.value.message
    )
    assert f"smsops state unlock {held.id}" in caught.value.hint
    assert LOCK not in hosting.refs()


def test_of_many_locks_at_once_exactly_one_is_held(hosting: Hosting) -> None:
    start, done = threading.Barrier(4), threading.Barrier(4)
    outcomes: list[str] = []

    def lock(clone: str) -> None:
        run = hosting.run(clone)
        start.wait()
        try:
            with run.backend.lock("apply"):
                outcomes.append("held")
                done.wait()
        except LockedError:
            outcomes.append("locked")
            done.wait()

    threads = [threading.Thread(target=lock, args=(clone,)) for clone in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["held", "locked", "locked", "locked"]
    assert LOCK not in hosting.refs()


def test_a_lock_can_be_waited_for(hosting: Hosting) -> None:
    waiting = hosting.run("b")
    with hosting.run("a").backend.lock("apply"), pytest.raises(LockedError):
        waiting.backend.lock("apply", timeout=4).__enter__()

    assert waiting.time.slept == [1.0, 2.0, 1.0]
    assert len(waiting.said) == 1


@pytest.mark.parametrize("how", ["lose", "drop"])
def test_a_lock_whose_push_got_no_answer_is_ours(how: str, hosting: Hosting) -> None:
    hosting.fail("push", how)
    with hosting.run("a").backend.lock("apply"), pytest.raises(LockedError):
        hosting.run("b").backend.lock("apply").__enter__()

    assert LOCK not in hosting.refs()


@pytest.mark.parametrize("how", ["lose", "drop"])
def test_an_unlock_without_an_answer_is_settled(how: str, hosting: Hosting) -> None:
    run = hosting.run()
    with run.backend.lock("apply"):
        hosting.fail("push", how)

    assert LOCK not in hosting.refs()
    assert run.said == []


def test_a_lock_that_cannot_be_released_is_a_warning_and_no_error(hosting: Hosting) -> None:
    run = hosting.run()
    with run.backend.lock("apply") as held:
        hosting.fail("push", "drop", times=3)

    assert len(run.said) == 1
    assert f"smsops state unlock {held.id}" in run.said[0]
    hosting.run("b").backend.unlock(held.id)
    assert LOCK not in hosting.refs()


def test_unlock_removes_the_lock_with_that_id_only(hosting: Hosting) -> None:
    run, other = hosting.run("a"), hosting.run("b")
    with run.backend.lock("apply") as held:
        with pytest.raises(StateError, match=f"not locked with the ID wrong.*{held.id}"):
            other.backend.unlock("wrong")
        other.backend.unlock(held.id)
        assert LOCK not in hosting.refs()

    with pytest.raises(StateError, match="is not locked"):
        other.backend.unlock(held.id)


def test_a_lock_taken_away_meanwhile_is_told_and_not_deleted(hosting: Hosting) -> None:
    run, other = hosting.run("a"), hosting.run("b")
    stack = run.backend.lock("apply")
    held = stack.__enter__()
    other.backend.unlock(held.id)
    with other.backend.lock("apply"):
        stack.__exit__(None, None, None)
        assert LOCK in hosting.refs()

    assert "was taken away from this run" in run.said[0]


def no_commit(hosting: Hosting) -> str:
    return hosting.git("hash-object", "-w", "-t", "tree", "/dev/null").strip()


def no_lock(hosting: Hosting) -> str:
    return hosting.git("rev-parse", "refs/heads/main").strip()


def committed(body: bytes) -> Callable[[Hosting], str]:
    def commit(hosting: Hosting) -> str:
        (hosting.root / "lock.json").write_bytes(body)
        blob = hosting.git("hash-object", "-w", str(hosting.root / "lock.json")).strip()
        (hosting.root / "tree").write_text(f"100644 blob {blob}\tlock.json\n")
        who = ("-c", "user.name=n", "-c", "user.email=e")
        with (hosting.root / "tree").open() as stdin:
            tree = hosting.git("mktree", stdin=stdin).strip()
        return hosting.git(*who, "commit-tree", tree, "-m", "x").strip()

    return commit


@pytest.mark.parametrize(
    "broken",
    [
        no_commit,
        no_lock,
        committed(b""),
        committed(b'{"ID": ""}'),
        committed(b'{"ID": "$(touch x)", "Who": "eve"}'),
        lambda _: "1234567890123456789012345678901234567890",
    ],
    ids=["a tree", "a commit of others", "empty", "nameless", "a command", "an object gone"],
)
def test_a_lock_that_nobody_can_read_is_named_and_unlocked_all_the_same(
    broken: Callable[[Hosting], str], hosting: Hosting
) -> None:
    sha = broken(hosting)
    place = hosting.root / "up.git" / LOCK
    place.parent.mkdir(parents=True)
    place.write_text(f"{sha}\n")
    with pytest.raises(LockedError, match=f"by a lock that cannot be read.*ID {sha}") as caught:
        hosting.run().backend.lock("apply").__enter__()
    assert f"`smsops state unlock {sha}`" in caught.value.hint
    with pytest.raises(StateError, match=f"not locked with the ID wrong.*{sha}"):
        hosting.run().backend.unlock("wrong")

    hosting.run().backend.unlock(sha)

    with hosting.run().backend.lock("apply"):
        pass
    assert hosting.refs() == {"refs/heads/main"}


def test_a_lock_whose_file_in_the_remote_is_empty_is_told_how_to_remove(hosting: Hosting) -> None:
    """A power cut on the server. While it is there, the server takes no push at all."""
    place = hosting.root / "up.git" / LOCK
    place.parent.mkdir(parents=True)
    place.write_text("")
    with pytest.raises(LockedError) as locked:
        hosting.run().backend.lock("apply").__enter__()
    [lock_id] = re.findall(r"state unlock (\w+)`", locked.value.hint)

    with pytest.raises(StateError, match="is broken in the remote itself") as caught:
        hosting.run().backend.unlock(lock_id)

    assert caught.value.hint.endswith(f"remove the file {LOCK}")
    place.unlink()
    with hosting.run().backend.lock("apply"):
        pass


def test_a_signal_while_locking_leaves_no_lock(hosting: Hosting) -> None:
    """The push arrived, the answers got lost, and Ctrl-C comes during the pause."""
    hosting.fail("push", "drop")

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    run = hosting.run(clock=replace(FakeClock().clock, sleep=interrupted))
    with pytest.raises(KeyboardInterrupt):
        run.backend.lock("apply").__enter__()

    assert LOCK not in hosting.refs()


def test_the_probe_passes_and_leaves_no_lock(hosting: Hosting) -> None:
    probe(hosting.run().backend)

    assert hosting.refs() == {"refs/heads/main"}


# -- settings and surroundings ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "remote",
    ["https://example.com/x.git", "../up.git", "/tmp/up.git", "--upload-pack=touch x", "-x", "",
     "ext::sh -c 'touch x'", "git@example.com:x.git", "a b", "origin\n"],
)  # fmt: skip
def test_only_the_name_of_a_remote_is_taken(remote: str, hosting: Hosting) -> None:
    with pytest.raises(StateError, match="is not the name of a remote"):
        hosting.run(remote=remote)


def test_a_remote_that_is_not_configured_is_refused(hosting: Hosting) -> None:
    """A directory of that name would be a remote for git."""
    shutil.copytree(hosting.root / "up.git", hosting.root / "a" / "elsewhere")

    for act in ("read", "lock"):
        run = hosting.run(remote="elsewhere")
        with pytest.raises(StateError, match="has no such remote") as caught:
            run.backend.read() if act == "read" else run.backend.lock("x").__enter__()
        assert caught.value.hint == (
            "Name one that is there in spec.state.remote (origin), or add this one: "
            "`git remote add elsewhere URL`."
        )
    hosting.git("remote", "remove", "origin", at="a")
    with pytest.raises(StateError, match="has no such remote") as caught:
        hosting.run().backend.read()
    assert caught.value.hint == "It has none: `git remote add origin URL`."


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Prod", "-x", "a" * 64, "a\n", "x.lock"])
def test_only_a_plain_name_is_taken(name: str, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="is not a name"):
        GitBackend(tmp_path, remote="origin", name=name, environment={})


def test_a_directory_without_a_repository_is_said_so(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"]}
    backend = GitBackend(tmp_path, remote="origin", name="prod", environment=environment)

    with pytest.raises(StateError, match="in no usable git repository") as caught:
        backend.read()
    assert "another state backend" in caught.value.hint


def test_a_machine_without_git_is_said_so(hosting: Hosting) -> None:
    run = hosting.run(PATH="/nonexistent")

    with pytest.raises(StateError, match="there is no git command"):
        run.backend.read()


def test_a_remote_that_is_gone_is_said_so(hosting: Hosting) -> None:
    (hosting.root / "up.git").rename(hosting.root / "gone")

    for run in (hosting.run("a"), hosting.run("b")):
        with pytest.raises(StateError, match="git remote origin cannot be read"):
            run.backend.read()
        with pytest.raises(StateError, match="git remote origin cannot be read"):
            run.backend.lock("apply").__enter__()


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@127.0.0.1:1/x.git",
        "https://me:a/b/hunter2@127.0.0.1:1/x.git",
        "https://me:hunter2/a@127.0.0.1:1/x.git",
        "https://me:a@hunter2@127.0.0.1:1/x.git",
        "https://me:a hunter2@127.0.0.1:1/x.git",
        "https://me:%68unter2@127.0.0.1:1/x.git",
        "https://hunter2@127.0.0.1:1/x.git",
        "https://127.0.0.1:1/x.git?access_token=hunter2",
        "https://127.0.0.1:1/x.git?a=b&private_token=hunter2#c",
        "http://me:hunter2@127.0.0.1:1/x.git",
        "ssh://me:hunter2@127.0.0.1:1/x.git",
        "me:hunter2@127.0.0.1:x.git",
    ],
)
def test_a_password_in_the_address_of_a_remote_is_not_printed(url: str, hosting: Hosting) -> None:
    hosting.git("remote", "add", "web", url, at="a")
    run = hosting.run(remote="web", GIT_SSH_COMMAND="sh -c 'echo $0 $@ >&2; exit 1'")

    for act in (run.backend.read, run.backend.lock("apply").__enter__):
        with pytest.raises(StateError) as caught:
            act()
        said = unquote(caught.value.message + caught.value.hint)
        assert "hunter2" not in said
        assert "web" in said


def test_a_token_that_the_configuration_adds_to_an_address_is_not_printed(
    hosting: Hosting,
) -> None:
    """As CI jobs do it, so that git finds the token by itself."""
    hosting.git("remote", "add", "web", "https://127.0.0.1:1/x.git", at="a")
    hosting.git(
        "config", "url.https://ci:hunter2@127.0.0.1:1/.insteadOf", "https://127.0.0.1:1/", at="a"
    )

    with pytest.raises(StateError, match="git remote web cannot be read") as caught:
        hosting.run(remote="web").backend.read()

    assert "hunter2" not in caught.value.message


# -- one place -------------------------------------------------------------------------------------


def test_a_remote_that_is_pushed_to_elsewhere_is_refused_before_anything_is_written(
    hosting: Hosting,
) -> None:
    """What is read would never be what was written, and no lock would keep anybody out."""
    hosting.git("init", "--quiet", "--bare", "other.git", at=".")
    elsewhere = f"file://me:hunter2@{hosting.root / 'other.git'}"
    hosting.git("config", "remote.origin.pushurl", elsewhere, at="a")

    backend = hosting.run().backend
    for act in (
        backend.read,
        backend.lock("apply").__enter__,
        lambda: backend.write(dump(small()), serial=1),
        lambda: backend.unlock("x"),
    ):
        with pytest.raises(StateError, match="a state has one place") as caught:
            act()
        assert "up.git" in caught.value.message
        assert "other.git" in caught.value.message
        assert "hunter2" not in caught.value.message
        assert "spec.state.remote" in caught.value.hint
    assert hosting.refs() == {"refs/heads/main"}
    assert hosting.refs("other.git") == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url.{root}/other.git.pushInsteadOf", "{root}/up.git"),
        ("remote.origin.url", "{root}/other.git"),
        ("remote.origin.pushurl", "{root}/other.git"),
    ],
)
def test_whatever_makes_two_places_of_one_remote_is_refused(
    name: str, value: str, hosting: Hosting
) -> None:
    root = str(hosting.root)
    hosting.git("remote", "set-url", "origin", f"{root}/up.git", at="a")
    hosting.git("config", "--add", name.format(root=root), value.format(root=root), at="a")

    with pytest.raises(
        StateError, match=r"git remote origin is read from .*up\.git and written to"
    ):
        hosting.run().backend.read()


@pytest.mark.parametrize("value", ["true", "yes", "1"])
def test_a_mirror_is_refused(value: str, hosting: Hosting) -> None:
    hosting.git("config", "remote.origin.mirror", value, at="a")

    for act in (hosting.run().backend.read, hosting.run().backend.lock("apply").__enter__):
        with pytest.raises(StateError, match="git remote origin is a mirror") as caught:
            act()
        assert "`git remote add smsops-state URL`" in caught.value.hint
    assert hosting.refs() == {"refs/heads/main"}


def test_a_remote_that_is_said_to_be_no_mirror_is_taken(hosting: Hosting) -> None:
    hosting.git("config", "remote.origin.mirror", "false", at="a")

    assert hosting.run().save(small(0)) == small(1)


def test_a_push_address_that_is_the_same_place_is_none_of_that(hosting: Hosting) -> None:
    url = hosting.git("remote", "get-url", "origin", at="a").strip()
    hosting.git("config", "remote.origin.pushurl", url, at="a")
    hosting.git("config", "url.file:///.insteadOf", "nowhere:", at="a")

    run = hosting.run()

    assert run.save(small(0)) == read_snapshot(hosting.run("b").backend)


# -- surroundings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["a", "up.git"])
def test_a_repository_of_another_user_comes_with_the_command_that_trusts_it(
    where: str, hosting: Hosting
) -> None:
    """A container whose user does not own the checkout; or a remote that is a directory."""
    wrapper = hosting.root / "bin" / "git"
    real = wrapper.read_text().replace(
        "#!/bin/sh\n", "#!/bin/sh\nexport GIT_TEST_ASSUME_DIFFERENT_OWNER=1\n"
    )
    wrapper.write_text(real)
    place = hosting.root / where
    if where == "up.git":
        trusted = f"[safe]\n\tdirectory = {hosting.root / 'a'}\n"
        (hosting.root / ".gitconfig").write_text(trusted)

    with pytest.raises(StateError, match="--add safe") as caught:
        hosting.run().backend.read()

    [path] = re.findall(r"`git config --global --add safe\.directory '?(.*?)'?`", caught.value.hint)
    assert Path(path).resolve() in (place, place / ".git")


def test_a_git_that_hangs_is_ended(hosting: Hosting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsops.state.backends.gitwire.TIMEOUT", 0.3)
    hosting.fail("ls-remote", "hang")

    with pytest.raises(StateError, match="no answer within"):
        hosting.run().backend.read()


def a_directory(hosting: Hosting) -> str:
    inner = hosting.git("rev-parse", f"{committed(b'{}')(hosting)}^{{tree}}").strip()
    with (hosting.root / "rows").open("w+") as rows:
        rows.write(f"040000 tree {inner}\tstate.json\n")
        rows.seek(0)
        tree = hosting.git("mktree", stdin=rows).strip()
    who = ("-c", "user.name=n", "-c", "user.email=e")
    return hosting.git(*who, "commit-tree", tree, "-m", "x").strip()


@pytest.mark.parametrize(
    ("pointed", "what"),
    [
        (lambda hosting: hosting.git("rev-parse", "main").strip(), "a commit without the file"),
        (a_directory, "a commit without the file state.json"),
        (no_commit, "a (tree|blob|tag)"),
        (lambda _: "", "a ref to what the remote does not have"),
        (lambda _: "1234567890123456789012345678901234567890", "a ref to what the remote does not"),
    ],
    ids=["a commit of others", "a directory", "no commit", "an empty file", "an object gone"],
)
def test_a_ref_that_holds_no_state_is_named_and_stays(
    pointed: Callable[[Hosting], str], what: str, hosting: Hosting
) -> None:
    place = hosting.root / "up.git" / STATE
    place.parent.mkdir(parents=True)
    place.write_text(found := pointed(hosting) + "\n")

    for _ in range(2):
        run = hosting.run()
        said = rf"^{STATE} of git remote origin: this is {what}.*, not a state of smsops"
        with pytest.raises(ForeignDocument, match=said) as caught:
            run.backend.read()
        assert "Choose another spec.state.name" in caught.value.hint
        with pytest.raises(ForeignDocument):
            run.backend.write(dump(small()), serial=1)

    assert place.read_text() == found
    assert not any(name.startswith("refs/smsops") for name in hosting.refs("a"))
