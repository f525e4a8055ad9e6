"""Who never imports whom: the table of nevers, circles, and how many modules stand at the root."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.code import PACKAGE, Import, Module, modules

MODULES = modules()
#: Modules at the root of ``smsops/``, ``__init__`` and ``__main__`` included.
MOST_AT_THE_ROOT = 10


@dataclass(frozen=True)
class Never:
    """``importers`` import none of ``imported``. Patterns; a package stands for what is in it.

    ``but`` names importers that may. ``violation``: an import in a module of this name that breaks
    the row.
    """

    importers: tuple[str, ...]
    imported: tuple[str, ...]
    violation: tuple[str, str]
    but: tuple[str, ...] = ()

    def broken(self, module: Module) -> Iterator[Import]:
        """The imports of ``module`` that the row forbids, those for annotations included."""
        name = module.name
        if not within(name, self.importers) or within(name, self.but):
            return
        for item in module.imports:
            if within(item.module, self.imported) and not within(name, (item.module,)):
                yield item


def within(name: str, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*") for pattern in patterns
    )


def of(*names: str) -> tuple[str, ...]:
    return tuple(f"smsops.{name}" for name in names)


#: The layers above planning, and everything that touches the world.
_OUTSIDE = of(
    "adoption",
    "applying",
    "cli",
    "emulator",
    "manifests",
    "net",
    "providers",
    "render",
    "signals",
    "state",
    "workspace",
)
NEVERS = (
    Never(
        ("smsops",),
        of("cli"),
        ("smsops.workspace.session", "from smsops.cli.context import Context"),
        but=of("cli", "__main__"),
    ),
    Never(
        ("smsops",),
        of("render"),
        ("smsops.planfile.saved", "from smsops.render import style"),
        but=of("render", "cli", "adoption", "reference"),
    ),
    Never(
        ("smsops",),
        of("testing"),
        ("smsops.emulator.core", "from smsops.testing.running import RunningEmulator"),
        but=of("testing"),
    ),
    Never(
        of("planning", "drift", "planfile", "lint", "kinds", "model"),
        _OUTSIDE,
        ("smsops.planning.planner", "from smsops.state.changes import removed"),
    ),
    Never(
        of("model"),
        of("kinds", "lint", "planning", "planfile", "drift"),
        ("smsops.model.operations", "from smsops.kinds.kind import ApiNames"),
    ),
    Never(
        of("kinds"),
        of("lint", "planning", "planfile", "drift"),
        ("smsops.kinds.sign", "from smsops.planning import decisions"),
    ),
    Never(
        of("state"),
        of("providers", "planning", "manifests", "render", "workspace", "applying", "adoption"),
        (
            "smsops.state.backends.httpwire",
            "from smsops.providers.tencent.endpoints import resolve",
        ),
    ),
    Never(
        of("providers"),
        of("state", "planning", "applying", "workspace", "manifests", "render"),
        ("smsops.providers.tencent.client", "from smsops.state.journal import Journal"),
    ),
    Never(
        of("providers.errors", "providers.parallel", "providers.protocol"),
        of("providers.tencent"),
        ("smsops.providers.errors", "from smsops.providers.tencent import codes"),
    ),
    Never(
        ("smsops",),
        of("providers.tencent"),
        ("smsops.applying.batch", "from smsops.providers.tencent.client import Client"),
        but=of("providers.tencent", "providers.tencent_2019", "workspace"),
    ),
    Never(
        ("smsops",),
        of("providers.tencent_2019", "providers.yisha"),
        ("smsops.delivery.probing", "from smsops.providers.yisha.sending import Yisha"),
        but=of("providers.tencent_2019", "providers.yisha", "workspace"),
    ),
    Never(
        ("smsops",),
        of("state.backends"),
        ("smsops.cli.context", "from smsops.state.backends.local import LocalBackend"),
        but=of("state.backends", "workspace"),
    ),
    Never(
        of("delivery"),
        of(
            "adoption",
            "applying",
            "cli",
            "emulator",
            "manifests",
            "net",
            "planning",
            "providers",
            "render",
            "state",
            "workspace",
        ),
        ("smsops.delivery.ledger.sqlite", "from smsops.state.disk import create"),
    ),
    Never(
        ("smsops",),
        of("delivery.ledger.sqlite", "delivery.ledger.postgres"),
        (
            "smsops.cli.commands.ledger",
            "from smsops.delivery.ledger.postgres import PostgresLedger",
        ),
        but=of("workspace"),
    ),
    Never(
        of("receiving"),
        of(
            *("adoption", "applying", "cli", "emulator", "manifests", "planning", "providers"),
            *("render", "state", "workspace"),
        ),
        ("smsops.receiving.keeping", "from smsops.workspace.ledgers import open_ledger"),
    ),
    Never(
        of("emulator"),
        of("providers", "workspace", "applying", "state", "planning", "manifests"),
        ("smsops.emulator.signature", "from smsops.providers.tencent.tc3 import TC3Auth"),
    ),
    Never(
        of("manifests"),
        of("planning", "state", "providers", "workspace", "applying"),
        ("smsops.manifests.load", "from smsops.planning.guards import Guards"),
    ),
    Never(
        of("render"),
        (*of("state", "providers", "manifests", "workspace", "applying"), "os", "sys"),
        ("smsops.render.state", "from smsops.state.snapshot import recorded_json"),
    ),
    Never(of("render"), ("os", "sys"), ("smsops.render.style", "import sys")),
    Never(
        of("errors", "clock", "strictjson", "net", "cancellation", "signals", "text"),
        of("model", "kinds", "lint", "manifests", "planning", "state", "render", "workspace"),
        ("smsops.net.transport", "from smsops.model import Project"),
    ),
)


@pytest.mark.parametrize("never", NEVERS, ids=lambda never: never.violation[0])
def test_nobody_imports_what_the_table_forbids(never: Never) -> None:
    found = [
        f"{module.path}:{item.line}: imports {item.module}"
        for module in MODULES
        for item in never.broken(module)
    ]
    assert found == []


@pytest.mark.parametrize("never", NEVERS, ids=lambda never: never.violation[0])
def test_each_row_notices_its_violation(never: Never, tmp_path: Path) -> None:
    """At the top of a module, in a function, and for annotations only."""
    name, line = never.violation
    assert any(module.name == name for module in MODULES)
    for number, text in enumerate(
        (line, f"def later():\n    {line}", f"if TYPE_CHECKING:\n    {line}")
    ):
        path = tmp_path / f"violation{number}.py"
        path.write_text(f"{text}\n", "utf-8")
        assert list(never.broken(Module(name, path))) != []


@pytest.mark.parametrize("never", NEVERS, ids=lambda never: never.violation[0])
def test_every_name_of_the_table_exists(never: Never) -> None:
    """A package that moved must not leave its row behind, and its promise with it."""
    names = {module.name for module in MODULES}
    for name in (*never.importers, *never.imported, *never.but):
        assert name in names or name in ("os", "sys"), name


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The names of one circle of a graph, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def arrows(found: Iterable[Module]) -> dict[str, set[str]]:
    """Module -> the modules that it imports, for annotations or not."""
    names = {module.name for module in MODULES}
    return {
        module.name: {item.module for item in module.imports if item.module in names}
        - {module.name}
        for module in found
    }


def packages(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The same between the packages (and modules) at the root."""

    def room(name: str) -> str:
        return ".".join(name.split(".")[:2])

    found: dict[str, set[str]] = {}
    for name, targets in graph.items():
        found.setdefault(room(name), set()).update(map(room, targets))
    return {name: targets - {name, "smsops"} for name, targets in found.items()}


def test_there_are_no_circles() -> None:
    graph = arrows(MODULES)
    assert circle(graph) == []
    assert circle(packages(graph)) == []


def test_a_circle_would_be_noticed(tmp_path: Path) -> None:
    """Also one that only annotations close."""
    path = tmp_path / "clock.py"
    path.write_text("if TYPE_CHECKING:\n    from smsops.signals import SIGNALS\n", "utf-8")
    graph = arrows([*MODULES, Module("smsops.clock", path)])
    assert "smsops.clock" in circle(graph)


def test_the_root_holds_the_ground_and_nothing_else() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_AT_THE_ROOT
