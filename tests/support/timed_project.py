"""A project that was applied and approved, and what somebody else does to its account."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.clock import FakeClock
from tests.support.project import Project, Ran


@dataclass
class TimedProject(Project):
    """A project whose clock only moves when somebody sleeps or says so."""

    time: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.clock = self.time.clock

    def begin_applied(self, templates: int = 3) -> Self:
        self.begin(templates).approved()
        self.time.advance(3600)
        return self

    def copy(self, to: Path) -> TimedProject:
        """The same in another directory, at the same moment."""
        shutil.copytree(self.root, to)
        time = FakeClock(self.time.moment)
        return TimedProject(to, self.options, dict(self.environment), time=time)

    def number(self, address: str) -> int:
        """The id of the current object of an address. (Adds run in parallel: none is fixed.)"""
        rows = self("status", "--format", "json").json()["resources"]
        found: int = next(row["remote_id"] for row in rows if row["address"] == address)
        return found

    def edit(self, address: str, **fields: Any) -> None:
        """Somebody changes an object in the console: nothing else about it changes."""
        kind, number = address.partition(".")[0], self.number(address)
        item = next(item for item in self.console.items(kind) if item.id == number)
        was = {**item.parameters, "International": item.international}
        was.pop("ProofImage", None)
        self.console.seed(
            [{"kind": kind, "id": number, **was, "created": item.submitted, **fields}]
        )

    def drift(self, *arguments: str) -> Ran:
        return self("drift", *arguments)

    def report(self, *arguments: str) -> Any:
        """The JSON report."""
        return self.drift("--format", "json", *arguments).json()

    def counted(self) -> Mapping[str, int]:
        """How many findings of each class there are; not unverifiable ones, nor classes of none."""
        summary: dict[str, int] = self.report()["summary"]
        del summary["unverifiable"]
        return {name: count for name, count in summary.items() if count}

    def suppress(self, *rows: Mapping[str, str]) -> None:
        """Write suppressions into ``smsops.yaml``."""
        lines = ["  drift:", "    suppressions:"]
        for row in rows:
            inside = ", ".join(f'{name}: "{value}"' for name, value in row.items())
            lines.append(f"      - {{{inside}}}")
        path = self.root / "smsops.yaml"
        text = path.read_text("utf-8").replace(
            "spec: {region: ap-guangzhou}", "spec:\n  region: ap-guangzhou"
        )
        path.write_text(text + "\n".join(lines) + "\n", "utf-8")
