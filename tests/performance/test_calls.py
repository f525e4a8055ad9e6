"""What a plan asks of the API: pages of a hundred, an empty one a list, and whose account it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from smsops.model import Address, PlanOptions, Recorded, RecordedObject, Snapshot
from smsops.providers.tencent.client import Client
from smsops.state.snapshot import dump
from smsops.workspace.session import account
from smsops.workspace.settings import Options
from tests.support.applying import Harness
from tests.support.project import Project, served

NAMES = {"template": "templateName", "sign": "signName"}
#: templates, how many of them international; signs, how many of them international
SIZES = [
    (0, 0, 0, 0),
    (1, 0, 1, 0),
    (99, 1, 1, 1),
    (100, 0, 1, 0),
    (101, 0, 2, 0),
    (350, 150, 3, 1),
    (1000, 0, 20, 2),
    (1234, 234, 101, 0),
]


def pages(count: int, abroad: int) -> int:
    """The calls for one kind: the pages of both its lists, and an empty one behind each."""
    return sum(-(-each // 100) + 1 for each in (count - abroad, abroad))


def seeded(harness: Harness, kind: str, count: int, abroad: int) -> Mapping[Address, Recorded]:
    """Put objects into the account; what a state would record of them."""
    objects: list[dict[str, Any]] = [
        {"kind": kind, NAMES[kind]: f"名字{number}", "international": number < abroad}
        for number in range(count)
    ]
    if kind == "template":
        objects = [{**item, "content": "您好"} for item in objects]
    ids = harness.seed(*objects)
    return {
        Address(kind, f"r{number}"): Recorded(
            RecordedObject(remote_id, read_back={"international": number < abroad})
        )
        for number, remote_id in enumerate(ids)
    }


@pytest.mark.parametrize(("templates", "abroad", "signs", "signs_abroad"), SIZES)
@pytest.mark.parametrize("recorded", [True, False])
def test_a_plan_takes_the_calls_of_the_formula(
    tmp_path: Path, templates: int, abroad: int, signs: int, signs_abroad: int, recorded: bool
) -> None:
    """Whether the state knows the objects, so that pages can be read at once, or not."""
    harness = Harness(tmp_path)
    resources = {
        **seeded(harness, "template", templates, abroad),
        **seeded(harness, "sign", signs, signs_abroad),
    }
    if recorded:
        harness.backend.body = dump(Snapshot("lineage", 1, resources=resources))
    with harness.workspace() as workspace:
        assert isinstance(workspace.client, Client)
        account(workspace.client, Options())
        snapshot, desired, observation, _ = workspace.read(allow_empty=True)
        workspace.plan(desired, snapshot, observation, PlanOptions())
    assert len(observation.objects) == templates + signs
    assert len(snapshot.resources) == (len(resources) if recorded else 0)
    assert Counter(call.action for call in harness.emulator.calls) == {
        "GetCallerIdentity": 1,
        "DescribeSmsTemplateList": pages(templates, abroad),
        "DescribeSmsSignList": pages(signs, signs_abroad),
    }


def test_the_command_takes_no_more(tmp_path: Path) -> None:
    """``smsops plan`` over a socket, with a state that records everything."""
    with served(tmp_path / "account.json", "--no-limits") as url:
        project = Project(
            tmp_path / "shop",
            ("--endpoint", url),
            {"TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR", "TENCENTCLOUD_SECRET_KEY": "emulator"},
        ).begin(templates=120)
        seeds = tmp_path / "seeds.json"
        seeds.write_text(
            json.dumps(
                [
                    {"kind": "sign", "signName": "艾克米", "qualificationId": 1000001},
                    *(
                        {
                            "kind": "template",
                            "templateName": f"模板t{number}",
                            "content": "您的验证码是{1}。",
                        }
                        for number in range(120)
                    ),
                ]
            ),
            "utf-8",
        )
        assert project("emulator", "seed", str(seeds)).code == 0
        assert project("apply", "--auto-approve").last.startswith("Apply complete: 121 adopted")
        before = calls(url)
        assert project("plan").last == "No changes. Signs and templates match the manifests."
        assert calls(url) - before == {
            "GetCallerIdentity": 1,
            "DescribeSmsTemplateList": 4,
            "DescribeSmsSignList": 3,
        }


def calls(url: str) -> Counter[str]:
    """How often each action was called so far."""
    with urlopen(f"{url}/_emulator/calls") as reply:
        return Counter(call["action"] for call in json.load(reply)["calls"])
