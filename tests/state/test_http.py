"""The http backend against a server with GitLab's rules, and with replies that get lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from smsops.errors import Exit, ForeignDocument, LockedError, StateAccessError, StateError
from smsops.state import probe, read_snapshot, save_snapshot
from smsops.state.backends.http import HttpBackend
from smsops.state.backends.httpwire import settings
from smsops.state.snapshot import dump
from tests.support.clock import FakeClock
from tests.support.said import into
from tests.support.snapshots import full, small
from tests.support.state_server import DROP, FIELDS, LOSE, PASSWORD, Fault, StateServer

BROKEN = Fault(500)
REFUSED = Fault(500, commit=False)


@pytest.fixture
def gitlab() -> Iterator[StateServer]:
    with StateServer() as server:
        yield server


class Run:
    """One run against the server: its backend, its clock, and what it said."""

    def __init__(self, gitlab: StateServer, **environment: str) -> None:
        self.time = FakeClock()
        self.said: list[str] = []
        self.backend = HttpBackend(
            settings({**gitlab.environment, **environment}),
            clock=self.time.clock,
            warn=into(self.said),
        )


# -- the plain protocol ----------------------------------------------------------------------------


def test_a_run_locks_reads_writes_and_unlocks(gitlab: StateServer) -> None:
    run = Run(gitlab)
    with run.backend.lock("apply") as held:
        assert read_snapshot(run.backend) is None
        first = save_snapshot(run.backend, replace(full(), serial=0))
        second = save_snapshot(run.backend, first)

    assert read_snapshot(run.backend) == second
    assert gitlab.holder() is None
    assert sorted(gitlab.versions) == [1, 2]
    assert run.said == []
    operation, _, lock = gitlab.requests[0]
    assert (operation, json.loads(lock)["ID"]) == ("lock", held.id)
    writes = [path for operation, path, _ in gitlab.requests if operation == "write"]
    assert [parse_qs(urlsplit(path).query) for path in writes] == [{"ID": [held.id]}] * 2


def test_the_lock_has_the_seven_fields_in_lock_and_unlock(gitlab: StateServer) -> None:
    with Run(gitlab).backend.lock("apply"):
        assert gitlab.lock is not None
        assert set(gitlab.lock) == set(FIELDS)
        assert gitlab.lock["Operation"] == "apply"
    assert gitlab.operations() == ["lock", "unlock"]
    assert json.loads(gitlab.requests[1][2]) == json.loads(gitlab.requests[0][2])


@pytest.mark.parametrize("answer", [Fault(204), Fault(404), Fault(200, body=b"")])
def test_nothing_stored_is_no_state(answer: Fault, gitlab: StateServer) -> None:
    gitlab.faults["read"] = [answer]

    assert Run(gitlab).backend.read() is None


@pytest.mark.parametrize("status", [200, 201, 204])
def test_three_answers_mean_that_a_write_is_done(status: int, gitlab: StateServer) -> None:
    gitlab.faults["write"] = [Fault(status)]

    Run(gitlab).backend.write(dump(small()), serial=1)

    assert gitlab.operations() == ["read", "write"]


def test_other_addresses_and_methods_of_the_lock_are_used(gitlab: StateServer) -> None:
    run = Run(
        gitlab,
        SMSOPS_HTTP_LOCK_ADDRESS=f"{gitlab.address}/other/lock?a=1",
        SMSOPS_HTTP_LOCK_METHOD="LOCK",
        SMSOPS_HTTP_UNLOCK_METHOD="UNLOCK",
    )
    with run.backend.lock("apply") as held:
        assert gitlab.holder() == held.id

    assert gitlab.holder() is None
    assert [urlsplit(path).path[-11:] for _, path, _ in gitlab.requests] == ["/other/lock"] * 2


# -- the lock --------------------------------------------------------------------------------------


def test_a_second_run_names_the_holder_and_not_itself(gitlab: StateServer) -> None:
    """GitLab fills Operation, Info, Version and Path of its answer with the asker's own."""
    with Run(gitlab).backend.lock("apply") as held:
        assert gitlab.lock is not None
        gitlab.lock["Who"] = "ci@runner"
        with pytest.raises(LockedError) as caught:
            Run(gitlab).backend.lock("state rm").__enter__()

    message = caught.value.message
    assert f"ci@runner since {held.created} (lock ID {held.id})" in message
    assert "state rm" not in message
    assert f"smsops state unlock {held.id}" in caught.value.hint


def test_423_means_locked_as_well(gitlab: StateServer) -> None:
    gitlab.faults["lock"] = [Fault(423, commit=False, body=b'{"ID": "9", "Who": "eve\\u001b[2J"}')]

    with pytest.raises(LockedError, match=r"by eve\\x1b\[2J \(lock ID 9\)"):
        Run(gitlab).backend.lock("apply").__enter__()


def test_a_lock_can_be_waited_for(gitlab: StateServer) -> None:
    holder = Run(gitlab)
    waiting = Run(gitlab)
    with holder.backend.lock("apply"):
        with pytest.raises(LockedError):
            waiting.backend.lock("apply", timeout=40).__enter__()
        assert waiting.time.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 9.0]
    assert len(waiting.said) == 1

    with waiting.backend.lock("apply"):
        pass


@pytest.mark.parametrize("fault", [LOSE, BROKEN])
def test_a_lock_whose_answer_got_lost_is_ours(fault: Fault, gitlab: StateServer) -> None:
    """Asked again, the server refuses with our own ID: that is a yes."""
    gitlab.faults["lock"] = [fault]
    with Run(gitlab).backend.lock("apply") as held:
        assert gitlab.holder() == held.id

    assert gitlab.operations() == ["lock", "lock", "unlock"]
    assert gitlab.holder() is None


@pytest.mark.parametrize("fault", [DROP, REFUSED])
def test_a_lock_that_did_not_arrive_is_asked_for_again(fault: Fault, gitlab: StateServer) -> None:
    gitlab.faults["lock"] = [fault]
    with Run(gitlab).backend.lock("apply"):
        assert gitlab.lock is not None


def test_a_lock_that_never_gets_an_answer_is_not_left_behind(gitlab: StateServer) -> None:
    gitlab.faults["lock"] = [LOSE, Fault(503), Fault(503)]

    with pytest.raises(StateError, match="the lock cannot be taken: HTTP status 503"):
        Run(gitlab).backend.lock("apply").__enter__()

    assert gitlab.holder() is None


def test_a_signal_while_locking_leaves_no_lock(gitlab: StateServer) -> None:
    """The reply was lost, and Ctrl-C comes during the pause before the next try."""
    gitlab.faults["lock"] = [LOSE]
    run = Run(gitlab)

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    backend = HttpBackend(
        settings(gitlab.environment),
        clock=replace(run.time.clock, sleep=interrupted),
        warn=into(run.said),
    )
    with pytest.raises(KeyboardInterrupt):
        backend.lock("apply").__enter__()

    assert gitlab.holder() is None
    assert run.said == []


@pytest.mark.parametrize("fault", [LOSE, DROP, BROKEN, REFUSED])
def test_an_unlock_without_an_answer_is_tried_again(fault: Fault, gitlab: StateServer) -> None:
    gitlab.faults["unlock"] = [fault]
    run = Run(gitlab)
    with run.backend.lock("apply"):
        pass

    assert gitlab.holder() is None
    assert run.said == []


def test_a_lock_that_cannot_be_released_is_a_warning_and_no_error(gitlab: StateServer) -> None:
    gitlab.faults["unlock"] = [REFUSED] * 3
    run = Run(gitlab)
    with run.backend.lock("apply") as held:
        pass

    assert len(run.said) == 1
    assert f"smsops state unlock {held.id}" in run.said[0]


def test_a_lock_taken_away_meanwhile_is_told(gitlab: StateServer) -> None:
    run, other = Run(gitlab), Run(gitlab)
    with run.backend.lock("apply") as held:
        other.backend.unlock(held.id)
        with other.backend.lock("apply"):
            pass

    assert "was taken away from this run" in run.said[0]


def test_unlock_removes_the_lock_with_that_id_only(gitlab: StateServer) -> None:
    run = Run(gitlab)
    with run.backend.lock("apply") as held:
        with pytest.raises(StateError, match=f"not locked with the ID wrong.*lock ID {held.id}"):
            run.backend.unlock("wrong")
        assert gitlab.holder() == held.id
        run.backend.unlock(held.id)
        assert gitlab.holder() is None

    with pytest.raises(StateError, match="not locked with the ID"):
        run.backend.unlock(held.id)


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (404, "SMSOPS_HTTP_LOCK_ADDRESS"),
        (405, "SMSOPS_HTTP_LOCK_METHOD"),
        (501, "SMSOPS_HTTP_UNLOCK_METHOD"),
        (307, "Redirects are not followed"),
    ],
)
def test_a_server_that_refuses_to_lock_is_said_why(
    status: int, hint: str, gitlab: StateServer
) -> None:
    away = (("Location", "http://127.0.0.1:9/"),)
    gitlab.faults["lock"] = [Fault(status, commit=False, headers=away)]

    with pytest.raises(StateError, match=f"HTTP status {status}") as caught:
        Run(gitlab).backend.lock("apply").__enter__()

    assert hint in caught.value.hint
    assert gitlab.operations() == ["lock"]


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_that_takes_no_state_is_not_said_to_have_no_lock(
    status: int, gitlab: StateServer
) -> None:
    gitlab.faults["write"] = [Fault(status, commit=False)]

    with pytest.raises(StateError, match=f"cannot be written: HTTP status {status}") as caught:
        Run(gitlab).backend.write(dump(small()), serial=1)

    assert "SMSOPS_HTTP_ADDRESS" in caught.value.hint
    assert "LOCK" not in caught.value.hint
    assert "no lock" not in caught.value.hint


# -- writes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [LOSE, BROKEN])
def test_a_write_whose_answer_got_lost_is_found_done(fault: Fault, gitlab: StateServer) -> None:
    """It is looked up and not sent again: GitLab would refuse the serial."""
    gitlab.faults["write"] = [fault]
    run = Run(gitlab)

    run.backend.write(dump(small()), serial=1)

    assert gitlab.operations() == ["read", "write", "read"]
    assert gitlab.latest == dump(small())


@pytest.mark.parametrize("fault", [DROP, REFUSED])
def test_a_write_that_did_not_arrive_is_sent_again(fault: Fault, gitlab: StateServer) -> None:
    gitlab.faults["write"] = [fault, fault]

    Run(gitlab).backend.write(dump(small()), serial=1)

    assert gitlab.operations().count("write") == 3
    assert gitlab.latest == dump(small())


def test_422_after_a_lost_answer_is_a_success_when_the_bytes_are_ours(gitlab: StateServer) -> None:
    """The first try committed late; the second one is refused for its serial."""
    gitlab.faults["write"] = [LOSE]
    gitlab.faults["read"] = [None, Fault(204)]

    Run(gitlab).backend.write(dump(small()), serial=1)

    assert gitlab.operations() == ["read", "write", "read", "write", "read"]


def test_a_server_that_keeps_failing_is_an_error_and_the_state_stays(gitlab: StateServer) -> None:
    run = Run(gitlab)
    run.backend.write(dump(small(1)), serial=1)
    gitlab.faults["write"] = [REFUSED] * 3

    with pytest.raises(StateError, match="could not be saved: HTTP status 500") as caught:
        run.backend.write(dump(small(2)), serial=2)

    assert "still has the version before" in caught.value.hint
    assert gitlab.latest == dump(small(1))


def test_an_outcome_that_stays_unknown_does_not_stop_the_next_save(gitlab: StateServer) -> None:
    """The write committed, its reply and the look at it got lost; the next serial builds on it."""
    run = Run(gitlab)
    run.backend.write(dump(small(1)), serial=1)
    gitlab.faults = {"write": [LOSE], "read": [None, *[REFUSED] * 3]}
    with pytest.raises(StateError, match="cannot be read"):
        run.backend.write(dump(small(2)), serial=2)

    run.backend.write(dump(small(3)), serial=3)

    assert gitlab.latest == dump(small(3))


def test_a_write_under_a_lock_that_somebody_else_holds_is_refused(gitlab: StateServer) -> None:
    """A paused run whose lock was broken; GitLab answers it with a server error."""
    zombie, other = Run(gitlab), Run(gitlab)
    with zombie.backend.lock("apply") as held:
        found = save_snapshot(zombie.backend, small(0))
        other.backend.unlock(held.id)
        with other.backend.lock("apply"):
            with pytest.raises(StateError, match="could not be saved: HTTP status 500"):
                save_snapshot(zombie.backend, found)
            kept = save_snapshot(other.backend, found)

    assert gitlab.latest == dump(kept)


def test_a_write_refused_with_409_names_the_holder(gitlab: StateServer) -> None:
    gitlab.faults["write"] = [Fault(409, commit=False, body=b'{"ID": "7", "Who": "ci"}')]

    with pytest.raises(LockedError, match=r"not written: it is locked by ci \(lock ID 7\)"):
        Run(gitlab).backend.write(dump(small()), serial=1)


def test_a_state_that_somebody_else_wrote_since_is_not_replaced(gitlab: StateServer) -> None:
    mine, other = Run(gitlab), Run(gitlab)
    mine.backend.write(dump(small(1)), serial=1)
    other.backend.write(dump(small(2)), serial=2)

    with pytest.raises(StateError, match="somebody else wrote it since this run read it"):
        mine.backend.write(dump(small(3)), serial=3)

    assert gitlab.latest == dump(small(2))


def test_a_write_overtaken_by_another_is_refused(gitlab: StateServer) -> None:
    """Somebody writes between the look and the write, and takes the same serial."""
    gitlab.versions[1] = dump(replace(small(), region="x"))
    gitlab.faults["read"] = [Fault(204)]

    with pytest.raises(StateError, match="somebody else wrote it meanwhile"):
        Run(gitlab).backend.write(dump(small()), serial=1)


def test_a_serial_that_the_server_knows_from_before_is_refused(gitlab: StateServer) -> None:
    """After a version was removed on the server, its serial cannot be used again."""
    gitlab.faults["write"] = [Fault(422, commit=False)]

    with pytest.raises(StateError, match="refuses serial 1") as caught:
        Run(gitlab).backend.write(dump(small()), serial=1)

    assert "`smsops state push --force FILE`" in caught.value.hint
    assert gitlab.operations() == ["read", "write", "read"]


@pytest.mark.parametrize("serial", [1, 2])
def test_a_serial_that_is_not_newer_is_not_even_sent(serial: int, gitlab: StateServer) -> None:
    run = Run(gitlab)
    run.backend.write(dump(small(2)), serial=2)

    with pytest.raises(StateError, match=f"serial {serial} is not newer"):
        run.backend.write(dump(replace(small(serial), region="x")), serial=serial)

    assert gitlab.operations().count("write") == 1


def test_a_state_over_the_limit_of_the_server_is_said_so(gitlab: StateServer) -> None:
    gitlab.limit = 10

    with pytest.raises(StateError, match="too large for the server"):
        Run(gitlab).backend.write(dump(small()), serial=1)


# -- reads and the connection ----------------------------------------------------------------------


def test_a_read_survives_two_failures(gitlab: StateServer) -> None:
    gitlab.versions[1] = dump(small())
    gitlab.faults["read"] = [DROP, Fault(502)]

    assert Run(gitlab).backend.read() == dump(small())


def test_a_read_that_keeps_failing_is_an_error(gitlab: StateServer) -> None:
    gitlab.faults["read"] = [Fault(502)] * 3

    with pytest.raises(StateError, match="cannot be read: HTTP status 502"):
        Run(gitlab).backend.read()


def test_a_redirect_is_not_followed_with_the_password(gitlab: StateServer) -> None:
    gitlab.faults["read"] = [Fault(302, headers=(("Location", f"{gitlab.address}/stolen"),))]

    with pytest.raises(StateError, match="302"):
        Run(gitlab).backend.read()

    assert gitlab.operations() == ["read"]


def test_an_endless_reply_is_given_up(gitlab: StateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsops.state.backends.httpwire.MOST_BYTES", 100)
    gitlab.faults["read"] = [Fault(200, body=b"x" * 101)]

    with pytest.raises(StateError, match="more than 100 bytes"):
        Run(gitlab).backend.read()


def test_a_cut_off_reply_is_no_state(gitlab: StateServer) -> None:
    gitlab.versions[1] = dump(small())
    gitlab.faults["read"] = [Fault(200, body=b'{"half', headers=(("Content-Length", "999"),))]

    assert Run(gitlab).backend.read() == dump(small())


def test_a_server_that_is_not_there_is_said_so_and_nothing_is_unlocked() -> None:
    with StateServer() as server:
        environment = server.environment
    time, said = FakeClock(), list[str]()
    backend = HttpBackend(settings(environment), clock=time.clock, warn=into(said))

    for act in (backend.read, backend.lock("apply").__enter__):
        with pytest.raises(StateError, match="cannot be reached: Connection refused"):
            act()
    assert said == []


def test_loopback_is_never_asked_through_a_proxy(gitlab: StateServer) -> None:
    run = Run(gitlab, HTTPS_PROXY="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")

    assert run.backend.read() is None


# -- credentials of the server ---------------------------------------------------------------------


def acts(run: Run) -> dict[str, Callable[[], object]]:
    return {
        "read": run.backend.read,
        "write": lambda: run.backend.write(dump(small()), serial=1),
        "lock": run.backend.lock("apply").__enter__,
        "unlock": lambda: run.backend.unlock("x"),
    }


@pytest.mark.parametrize("act", ["read", "write", "lock", "unlock"])
@pytest.mark.parametrize(
    ("status", "advice"), [(401, "expired, was revoked"), (403, "they may not do this")]
)
def test_refused_credentials_are_said_to_be_refused(
    status: int, advice: str, act: str, gitlab: StateServer
) -> None:
    """Whoever set them needs no advice to set them."""
    gitlab.faults[act] = [Fault(status, commit=False)] * 3

    with pytest.raises(StateAccessError, match=f"HTTP status {status}.* refused the cred") as said:
        acts(Run(gitlab))[act]()

    assert said.value.exit is Exit.CREDENTIALS
    assert "SMSOPS_HTTP_USERNAME and SMSOPS_HTTP_PASSWORD are set." in said.value.hint
    assert advice in said.value.hint
    assert PASSWORD not in said.value.message + said.value.hint
    assert gitlab.operations()[-1] == act
    assert gitlab.operations().count(act) == 1, "asking again changes nothing"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("unset", "words"),
    [
        (("USERNAME", "PASSWORD"), "SMSOPS_HTTP_USERNAME and SMSOPS_HTTP_PASSWORD are not set"),
        (("USERNAME",), "SMSOPS_HTTP_USERNAME is not set"),
        (("PASSWORD",), "SMSOPS_HTTP_PASSWORD is not set"),
    ],
)
def test_credentials_that_are_missing_are_said_to_be_missing(
    unset: tuple[str, ...], words: str, status: int, gitlab: StateServer
) -> None:
    gitlab.faults["read"] = [Fault(status, commit=False)]
    run = Run(gitlab, **{f"SMSOPS_HTTP_{name}": "" for name in unset})

    with pytest.raises(StateAccessError, match=words) as caught:
        run.backend.read()

    assert caught.value.hint == "Set SMSOPS_HTTP_USERNAME and SMSOPS_HTTP_PASSWORD."


# -- what is not ours ------------------------------------------------------------------------------


TERRAFORM = b'{"version": 4, "terraform_version": "1.9.8", "serial": 1, "resources": []}'


@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("body", [TERRAFORM, b"<html>Sign in</html>", b'{"message": "ok"}'])
def test_what_is_no_state_of_ours_is_never_written_over(
    body: bytes, read_first: bool, gitlab: StateServer
) -> None:
    gitlab.versions[1] = body
    run = Run(gitlab)
    if read_first:
        assert run.backend.read() == body

    with pytest.raises(ForeignDocument, match="not a state of smsops"):
        run.backend.write(dump(small(90)), serial=90)

    assert gitlab.operations().count("write") == 0
    assert gitlab.latest == body


def test_a_damaged_state_of_ours_may_be_written_over(gitlab: StateServer) -> None:
    gitlab.versions[1] = dump(small())[:-9]

    Run(gitlab).backend.write(dump(small(2)), serial=2)

    assert gitlab.latest == dump(small(2))


# -- the probe -------------------------------------------------------------------------------------


def test_the_probe_passes_and_leaves_no_lock(gitlab: StateServer) -> None:
    probe(Run(gitlab).backend)

    assert gitlab.holder() is None


def test_the_probe_refuses_a_server_that_gives_every_lock(gitlab: StateServer) -> None:
    yes = Fault(200, commit=False)
    gitlab.faults = {"lock": [yes] * 2, "unlock": [yes] * 2}

    with pytest.raises(StateError, match="gave the same lock twice"):
        probe(Run(gitlab).backend)

    assert gitlab.operations() == ["lock", "lock", "unlock", "unlock"]


def test_the_probe_does_not_break_the_lock_of_a_run(gitlab: StateServer) -> None:
    with Run(gitlab).backend.lock("apply") as held:
        with pytest.raises(LockedError):
            probe(Run(gitlab).backend)
        assert gitlab.holder() == held.id


# -- settings --------------------------------------------------------------------------------------


def address(value: str, **more: str) -> dict[str, str]:
    return {"SMSOPS_HTTP_ADDRESS": value, **more}


def test_the_lock_is_below_the_address_by_default() -> None:
    found = settings(address("https://git.example.com/state/prod?token=t"))

    assert found.lock_address == "https://git.example.com/state/prod/lock?token=t"
    assert found.unlock_address == found.lock_address
    assert (found.lock_method, found.unlock_method) == ("POST", "DELETE")
    assert found.shown == "https://git.example.com/state/prod"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "SMSOPS_HTTP_ADDRESS is not set"),
        (address(""), "SMSOPS_HTTP_ADDRESS is not set"),
        (address("http://git.example.com/s"), "must be https"),
        (address("http://127.0.0.1.example.com/s"), "must be https"),
        (address("ftp://git.example.com/s"), "must be https"),
        (address("file:///etc/passwd"), "is not a URL"),
        (address("git.example.com/s"), "is not a URL"),
        (address("https://[::1/s"), "is not a URL"),
        (address("https://git.example.com:99999/s"), "is not a URL"),
        (address("https://git.example.com/\nHost: x"), "is not a URL"),
        (address("https://git.example.com/s#x"), "is not a URL"),
        (address("https://me:hunter2@git.example.com/s"), "user or a password"),
        (address("https://a/s", SMSOPS_HTTP_LOCK_ADDRESS="http://b/l"), "LOCK_ADDRESS must be"),
        (address("https://a/s", SMSOPS_HTTP_UNLOCK_ADDRESS="//b"), "UNLOCK_ADDRESS must be"),
        (address("https://a/s", SMSOPS_HTTP_LOCK_METHOD="GET /x"), "LOCK_METHOD is not"),
    ],
)
def test_an_address_that_could_leak_is_refused_unquoted(
    environment: dict[str, str], words: str
) -> None:
    with pytest.raises(StateError, match=words) as caught:
        settings(environment)

    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("host", ["127.0.0.1:80", "127.9.9.9", "[::1]:8080", "localhost"])
def test_loopback_may_do_without_tls(host: str) -> None:
    assert settings(address(f"http://{host}/s")).address == f"http://{host}/s"


def test_the_password_is_not_in_the_words_of_the_settings() -> None:
    found = settings(address("https://a/s", SMSOPS_HTTP_PASSWORD=PASSWORD))

    assert PASSWORD not in repr(found)


def test_a_ca_bundle_that_is_not_there_is_said_so() -> None:
    backend = HttpBackend(
        settings(address("https://localhost:1/s", SSL_CERT_FILE="/nonexistent")),
        clock=FakeClock().clock,
    )

    with pytest.raises(StateError, match="SSL_CERT_FILE"):
        backend.read()
