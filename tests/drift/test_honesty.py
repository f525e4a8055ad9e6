"""A report says "no drift" only after a complete, consistent listing, and is read-only."""

from __future__ import annotations

import shutil
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsops.clock import SYSTEM
from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.errors import Exit
from smsops.kinds import RESOURCES
from smsops.manifests import schemas
from smsops.model import Address, Recorded, RecordedObject, Snapshot
from smsops.model import Project as ProjectSettings
from smsops.providers.protocol import Reader, ReadOnly
from smsops.providers.tencent.client import Client
from smsops.render.drift import FORMATS
from smsops.state.snapshot import dump
from smsops.workspace import readonly
from smsops.workspace.readonly import Look, ReadOnlyWorkspace
from smsops.workspace.session import open_backend
from smsops.workspace.settings import Options, Settings
from tests.support.clock import FakeClock
from tests.support.project import Project, served
from tests.support.timed_project import TimedProject


@contextmanager
def away(tmp_path: Path, *, switches: tuple[str, ...] = ()) -> Iterator[Project]:
    """A project that was applied and approved an hour ago; its account is served over a socket."""
    project = TimedProject(tmp_path / "shop", time=FakeClock(time.time() - 7200)).begin_applied(2)
    shutil.copy(project.state, project.state.with_name("state.json"))
    data = project.root / ".smsops" / "emulator.json"
    settings = project.root / "smsops.yaml"
    quick = "rateLimits: {DescribeSmsTemplateList: 1000, DescribeSmsSignList: 1000}"
    text = settings.read_text("utf-8").replace("ap-guangzhou}", f"ap-guangzhou, {quick}}}")
    settings.write_text(text, "utf-8")
    with served(data, "--no-limits", *switches) as url:
        credentials = {"TENCENTCLOUD_SECRET_ID": SECRET_ID, "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}
        yield Project(project.root, ("--endpoint", url), credentials)


def control(project: Project, what: str, document: object) -> None:
    """Ask the served emulator, not through the API."""
    reply = httpx.post(
        f"{project.options[1]}/_emulator/{what}", json=document, trust_env=False, verify=False
    )
    assert reply.status_code == 200, reply.text


def never_says_no_drift(project: Project, code: int) -> Any:
    """In no format; returns the JSON report."""
    for format in FORMATS:
        ran = project("drift", "--format", format)
        assert ran.code == code, ran.err
        assert "no drift" not in ran.out.casefold()
    report = project("drift", "--format", "json").json()
    assert report["complete"] is False
    assert report["notes"]
    assert schemas.violations("drift", report) == []
    return report


def test_a_listing_that_is_refused(tmp_path: Path) -> None:
    """Recorded objects are read by id, so the findings decide; what else exists is unknown."""
    with away(tmp_path, switches=("--listing", "legacy", "--subaccount")) as project:
        report = never_says_no_drift(project, 0)
        assert report["unread"] == []
        assert len(report["notes"]) == 2
        assert "incomplete" in project("drift").last
        junit = project("drift", "--format", "junit").out
        assert 'errors="0"' in junit
        assert '<skipped message="The report is incomplete: ' in junit
        cases = ET.fromstring(junit)[0]
        assert cases.get("skipped") == str(len(cases.findall("testcase/skipped")))


def test_a_listing_that_shifts(tmp_path: Path) -> None:
    """Somebody adds an object before every page, so that the pages never fit together."""
    with away(tmp_path) as project:
        many = [
            {"kind": "template", "templateName": f"n{n}", "content": f"c{n}"} for n in range(150)
        ]
        control(project, "seed", many)
        before_every_page = [
            {
                "action": "DescribeSmsTemplateList",
                "kind": "insert",
                "when": n,
                "value": {"id": n, "templateName": f"early{n}", "content": "x"},
            }
            for n in range(1, 200)
        ]
        control(project, "faults", before_every_page)
        report = never_says_no_drift(project, 0)
        assert "kept changing" in report["notes"][0]


def test_a_recorded_object_that_cannot_be_read(tmp_path: Path) -> None:
    """That is an error: nobody knows whether it is there."""
    # The first two calls are the listings; the others ask by id.
    failing = {
        "action": "DescribeSmsTemplateList",
        "kind": "error",
        "code": "FailedOperation.FailResolvePacket",
    }
    with away(tmp_path, switches=("--subaccount",)) as project:
        for format in FORMATS:
            control(project, "faults", [{**failing, "when": list(range(3, 9))}])
            ran = project("drift", "--format", format)
            assert ran.code == 1, ran.err
            assert "no drift" not in ran.out.casefold()
            if format == "json":
                assert [row["address"] for row in ran.json()["unread"]] == [
                    "template.t0",
                    "template.t1",
                ]
            if format == "junit":
                assert 'errors="1"' in ran.out
                assert 'type="incomplete"' in ran.out


def test_an_account_that_cannot_be_read_at_all_gives_no_report(tmp_path: Path) -> None:
    """Exit 1 and nothing on stdout."""
    with away(tmp_path) as project:
        fault = {"action": "*", "kind": "error", "code": "FailedOperation.FailResolvePacket"}
        control(project, "faults", [{**fault, "action": "DescribeSmsSignList"}])
        ran = project("drift", "--format", "json")
        assert (ran.code, ran.out) == (1, "")


def test_only_describe_actions_are_sent(tmp_path: Path) -> None:
    """With findings of every kind, in every format: nothing but reads arrives at the API."""
    with away(tmp_path) as project:
        number = project("status", "--format", "json").json()["resources"][1]["remote_id"]
        control(project, "remove", {"kind": "template", "id": number})
        before = project.state.read_bytes(), project.state.stat().st_mtime_ns
        for format in FORMATS:
            assert project("drift", "--format", format).code in (0, 2)
        calls = httpx.get(
            f"{project.options[1]}/_emulator/calls", trust_env=False, verify=False
        ).json()["calls"]
        actions = {call["action"] for call in calls}
        assert actions == {
            "GetCallerIdentity",
            "DescribeSmsSignList",
            "DescribeSmsTemplateList",
        }
        assert (project.state.read_bytes(), project.state.stat().st_mtime_ns) == before


def test_drift_takes_no_lock(applied_project: TimedProject) -> None:
    """It runs beside an apply."""
    settings = ProjectSettings(
        root=applied_project.root, name="shop", region="ap-guangzhou", manifests=()
    )
    backend = open_backend(Settings(Options(emulator=True), {}), settings)
    with backend.lock("apply"):
        assert applied_project.drift().code == 0
        assert applied_project("apply", "--auto-approve").code == Exit.LOCKED


def test_the_command_cannot_reach_a_write_action() -> None:
    """What drift holds has two methods; both describe. The type checker sees no other."""
    methods = {name for name in vars(ReadOnly) if not name.startswith("_")}
    assert methods == {"list", "describe"}
    assert {name for name in vars(Reader) if not name.startswith("_")} == methods
    assert ReadOnlyWorkspace.__annotations__["reader"] == Reader.__name__
    assert {"add", "modify", "delete", "call"} <= set(dir(Client))
    for command in ("drift", "plan", "status", "output"):
        source = import_module(f"smsops.cli.commands.{command}")
        assert "open_workspace" not in Path(str(source.__file__)).read_text("utf-8")


class _Moving:
    """A client of an account in which nothing is, and a state that changes at every reading."""

    def __init__(self, root: Path, changes: int) -> None:
        self.root = root
        self.changes = changes
        self.readings = 0

    def list(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def describe(self, *_: Any) -> dict[int | str, Any]:
        return {}

    def stored(self) -> bytes | None:
        serial = min(self.readings, self.changes)
        self.readings += 1
        item = RecordedObject(serial + 1, submitted_at=0)
        return dump(Snapshot("x", serial, resources={Address("template", "a"): Recorded(item)}))

    def look(self) -> Look:
        settings = ProjectSettings(root=self.root, name="x", region="ap-guangzhou", manifests=())
        return ReadOnlyWorkspace(
            project=settings,
            reader=ReadOnly(self),
            stored=self.stored,
            source="here",
            account=lambda: None,
            clock=SYSTEM,
            kinds=RESOURCES,
            stop=lambda: None,
        ).look()


@pytest.mark.parametrize(("changes", "complete"), [(0, True), (1, True), (2, True), (9, False)])
def test_a_state_that_changes_meanwhile_is_read_again(
    tmp_path: Path, changes: int, complete: bool
) -> None:
    """An apply beside the report must not look like drift; one that never ends is said."""
    moving = _Moving(tmp_path, changes)
    look = moving.look()
    assert look.observation.complete is complete
    assert bool(look.observation.notes) is not complete
    assert moving.readings == (changes + 2 if complete else readonly.READINGS + 1)
    # The account was compared with the state that was read before it.
    assert look.snapshot.serial == (changes if complete else readonly.READINGS - 1)
