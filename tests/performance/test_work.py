"""Work that is not done twice, and work that is done at the same time. Counted, never timed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from smsops.cli import main
from smsops.errors import Exit, InvalidManifests
from smsops.manifests import load
from smsops.model import Address, Desired, Observed, Project, Recorded, RecordedObject, Snapshot
from smsops.planning.incremental import IncrementalSteps
from smsops.providers.tencent.client import Caller, Client
from smsops.state import snapshot as snapshots
from smsops.state.snapshot import Dump, dump
from tests.support.applying import Harness


def state(count: int) -> Snapshot:
    resources = {
        Address("template", f"t{number}"): Recorded(RecordedObject(number))
        for number in range(1, count + 1)
    }
    return Snapshot("lineage", 1, resources=resources)


def test_a_save_encodes_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Recorded] = []
    real = snapshots.recorded_json

    def counted(recorded: Recorded) -> Mapping[str, object]:
        encoded.append(recorded)
        return real(recorded)

    monkeypatch.setattr(snapshots, "recorded_json", counted)
    encode, before = Dump(), state(50)
    encode(before)
    encoded.clear()
    changed = Recorded(RecordedObject(7, submitted_at=1_800_000_000))
    after = replace(before, resources={**before.resources, Address("template", "t7"): changed})
    body = encode(after)
    assert encoded == [changed]
    assert body == dump(after)


def test_saves_of_any_history_are_the_bytes_of_the_state() -> None:
    """Entries that go, come back and come in another order leave no trace in the cache."""
    encode, whole = Dump(), state(20)
    backwards = dict(reversed(list(whole.resources.items())))
    fewer = {address: record for address, record in backwards.items() if address.name != "t3"}
    for resources in (whole.resources, backwards, fewer, {}, whole.resources):
        snapshot = replace(whole, resources=resources)
        assert encode(snapshot) == dump(snapshot)


def test_manifests_are_read_while_the_account_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first Describe is answered only once reading manifests has begun."""
    begun = threading.Event()
    real = load.require_manifests

    def require(project: Project) -> tuple[Desired, ...]:
        begun.set()
        return real(project)

    def hook(event: str, action: str) -> None:
        if event == "before-reply":
            assert begun.wait(20), action

    monkeypatch.setattr(load, "require_manifests", require)
    harness = Harness(tmp_path)
    harness.seed({"kind": "template", "templateName": "名字", "content": "您好"})
    harness.emulator.hook = hook
    with harness.workspace() as workspace:
        _, desired, observation, _ = workspace.read(allow_empty=False)
    assert desired == ()
    assert len(observation.objects) == 1


def test_a_plan_lists_the_account_while_it_asks_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = threading.Event()
    real_list, real_caller = Client.list, Client.caller

    def list_(self: Client, *arguments: Any, **options: Any) -> Sequence[Observed]:
        listed.set()
        return real_list(self, *arguments, **options)

    def caller(self: Client) -> Caller:
        assert listed.wait(20)
        return real_caller(self)

    monkeypatch.setattr(Client, "list", list_)
    monkeypatch.setattr(Client, "caller", caller)
    assert main(["-C", str(tmp_path), "init"]) == Exit.OK
    assert main(["-C", str(tmp_path), "--emulator", "plan"]) == Exit.OK
    assert "to create" in capsys.readouterr().out


def test_rows_are_decided_while_the_account_is_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last Describe is answered only once the object of an earlier page was looked at."""
    decided = threading.Event()
    real = IncrementalSteps.saw

    def saw(self: IncrementalSteps, objects: Iterable[Observed]) -> None:
        real(self, objects)
        if objects:
            decided.set()

    calls = count(1)

    def hook(event: str, action: str) -> None:
        # Four lists with a page each, and an empty page after the one with an object.
        if event == "before-reply" and next(calls) == 5:
            assert decided.wait(20), action

    monkeypatch.setattr(IncrementalSteps, "saw", saw)
    harness = Harness(tmp_path)
    harness.seed({"kind": "template", "templateName": "名字", "content": "您好"})
    harness.emulator.hook = hook
    with harness.workspace() as workspace:
        workspace.read(allow_empty=False)
    assert next(calls) == 6


def test_an_error_in_the_manifests_ends_the_reading_of_the_account(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "broken.yaml").write_text("kind: Nothing\n", "utf-8")
    harness = Harness(tmp_path)
    before = set(threading.enumerate())
    with harness.workspace() as workspace, pytest.raises(InvalidManifests):
        workspace.read(allow_empty=False)
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()


def test_an_error_in_the_manifests_is_said_while_the_account_hangs(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "broken.yaml").write_text("kind: Nothing\n", "utf-8")
    harness = Harness(tmp_path)
    before = set(threading.enumerate())
    said = threading.Event()

    def hook(event: str, action: str) -> None:
        said.wait(60)

    harness.emulator.hook = hook
    with harness.workspace() as workspace:
        with pytest.raises(InvalidManifests):
            workspace.read(allow_empty=False)
        said.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(20)


def test_the_http_client_brings_no_terminal_library() -> None:
    """httpx imports rich and pygments for a command line of its own, where they are installed."""
    client = "smsops.providers.tencent.client"
    program = f"import sys, {client}; print({{'rich', 'pygments'}} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == "set()\n"
