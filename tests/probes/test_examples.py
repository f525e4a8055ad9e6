"""The application and the probes of examples/delivery, beside what they are written for."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.clock import FakeClock
from tests.support.project import Project

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_examples_are_delivered_or_say_why_not(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    for name in ("quickstart", "delivery"):
        shutil.copytree(EXAMPLES / name, root, dirs_exist_ok=True)
    project = Project(root, clock=FakeClock().clock)
    assert project("validate", "--strict").last.startswith("OK: 1 application, 2 probes, ")
    project.approved()
    project.environment |= {
        "SMSOPS_PROBE_PHONE": "+8613800001234",
        "SMSOPS_PROBE_PHONE_UNICOM": "+8613100000002",
    }
    ran = project("probe", "--auto-approve", "--format", "json")
    assert ran.code == 10
    found = {row["probe"]: (row["verdict"], row["causes"]) for row in ran.json()["probes"]}
    assert found == {
        "login-code-mobile": ("delivered", []),
        "login-code-unicom": ("failed", ["sign"]),
    }
