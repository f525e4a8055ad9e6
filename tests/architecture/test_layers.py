"""What the design promises about imports, read from the source.

Decisions are pure, each third-party library has one door, and only the command line prints.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.architecture.code import PACKAGE, Import, Module, modules

MODULES = {module.name: module for module in modules()}

#: Values in, values out: no file, socket, clock, environment, thread or chance.
PURE = (
    "smsops.chats",
    "smsops.chats.notice",
    "smsops.chats.services",
    "smsops.adoption.bind",
    "smsops.adoption.drafts",
    "smsops.adoption.export",
    "smsops.adoption.terraform.claims",
    "smsops.adoption.terraform.files",
    "smsops.adoption.terraform.release",
    "smsops.adoption.terraform.states",
    "smsops.delivery",
    "smsops.delivery.budget",
    "smsops.delivery.causes",
    "smsops.delivery.conversion",
    "smsops.delivery.conversion.*",
    "smsops.delivery.driver",
    "smsops.delivery.folding",
    "smsops.delivery.identity",
    "smsops.delivery.ledger",
    "smsops.delivery.ledger.migrations",
    "smsops.delivery.ledger.rows",
    "smsops.delivery.ledger.store",
    "smsops.delivery.model",
    "smsops.delivery.numbers",
    "smsops.delivery.objectives",
    "smsops.delivery.preflight",
    "smsops.delivery.runs",
    "smsops.delivery.sightings",
    "smsops.delivery.statistics",
    "smsops.delivery.statuses",
    "smsops.drift",
    "smsops.drift.*",
    "smsops.errors",
    "smsops.kinds",
    "smsops.kinds.*",
    "smsops.lint",
    "smsops.lint.*",
    "smsops.manifests.compiled",
    "smsops.manifests.encodings",
    "smsops.manifests.modeline",
    "smsops.manifests.starter",
    "smsops.manifests.suspects",
    "smsops.manifests.yaml_hints",
    "smsops.manifests.yaml_tree",
    "smsops.model",
    "smsops.model.*",
    "smsops.planfile",
    "smsops.planfile.*",
    "smsops.planning",
    "smsops.planning.*",
    "smsops.providers.errors",
    "smsops.providers.tencent.codes",
    "smsops.providers.tencent.pasted",
    "smsops.receiving",
    "smsops.receiving.bodies",
    "smsops.receiving.paths",
    "smsops.providers.tencent.send_codes",
    "smsops.providers.tencent_2019",
    "smsops.providers.yisha",
    "smsops.reference.diagrams",
    "smsops.sources",
    "smsops.sources.expressions",
    "smsops.sources.judge",
    "smsops.sources.kept",
    "smsops.sources.lexemes",
    "smsops.sources.settings",
    "smsops.sources.uses",
    "smsops.reference.lifecycle",
    "smsops.render",
    "smsops.render.*",
    "smsops.state.backends.giturls",
    "smsops.state.binding",
    "smsops.state.changes",
    "smsops.state.document",
    "smsops.state.edits",
    "smsops.state.parse",
    "smsops.strictjson",
    "smsops.text",
    "smsops.text.*",
)
# fmt: off
#: The standard library that pure modules may use.
HARMLESS = {
    "__future__", "base64", "bisect", "collections", "collections.abc", "contextlib", "dataclasses",
    "datetime", "difflib", "enum", "functools", "hashlib", "hmac", "html", "http",
    "itertools", "json",
    "math", "operator", "re", "shlex", "typing", "unicodedata", "urllib.parse",
    "xml.sax.saxutils", "zlib",
}
# fmt: on
#: What else a pure module may import, and why that is harmless.
EXCUSED = {
    ("smsops.delivery.causes", "smsops.explain"): "reads a table that ships with smsops",
    ("smsops.kinds", "pkgutil"): "finds the kinds in its own package",
    ("smsops.kinds", "importlib"): "imports them",
    ("smsops.text.messages", "contextvars"): "who renders says with which options",
    ("smsops.model.resources", "pathlib"): "names files; opens none",
    ("smsops.model.project", "pathlib"): "names files; opens none",
    ("smsops.render.page", "pathlib"): "reads the templates that ship next to it",
    ("smsops.render.explain", "smsops.explain"): "types of its argument",
}
#: Names that a pure module may take from a module that is not pure.
BORROWED = {
    "smsops": {"__version__"},
    "smsops.clock": {"to_text", "from_text"},
    "smsops.manifests.images": {"ImageRefused", "digest", "extension"},
}
# fmt: off
#: Calls that touch the world, whatever they are called on.
WORLDLY = {
    "open", "print", "input", "exec", "eval", ".open", ".read_text", ".read_bytes",
    ".write_text", ".write_bytes", ".exists", ".is_file", ".is_dir", ".iterdir", ".glob",
    ".mkdir", ".unlink", ".resolve", ".stat", ".now", ".today", ".utcnow", ".connect", ".sleep",
}
# fmt: on
#: Module -> the worldly calls that its excuse above covers.
TOLERATED = {"smsops.render.page": {".read_text"}}

#: Library -> the modules that may import it. Its types may be named anywhere.
DOORS: dict[str, tuple[str, ...]] = {
    "click": ("smsops.cli", "smsops.cli.*"),
    "deepdiff": ("smsops.drift.diff",),
    "filelock": ("smsops.state.backends.local",),
    "httpcore": ("smsops.net.network", "smsops.net.streams", "smsops.net.transport"),
    "httpx": (
        "smsops.providers.tencent.tc3",
        "smsops.providers.tencent.tokens",
        "smsops.providers.tencent.transport",
        "smsops.providers.yisha.wire",
        "smsops.net.posting",
        "smsops.net.transport",
        "smsops.net.trust",
        "smsops.receiving.forwarding",
        "smsops.state.backends.httpwire",
        "smsops.emulator.remote",
        "smsops.emulator.transport",
    ),
    "jinja2": ("smsops.render.page", "smsops.emulator.desk.page"),
    "jsonschema": ("smsops.manifests.schemas",),
    "psycopg": ("smsops.delivery.ledger.postgres",),
    "pygments": ("smsops.sources.tokens",),
    "pypinyin": ("smsops.adoption.naming",),
    "pytest": ("smsops.testing",),
    "rich": ("smsops.cli.progress", "smsops.cli.polling"),
    "starlette": ("smsops.emulator.app", "smsops.receiving.app"),
    "uvicorn": ("smsops.emulator.app", "smsops.emulator.protocol", "smsops.receiving.app"),
    "wcwidth": ("smsops.text.width",),
    "yaml": ("smsops.manifests.yaml_tree", "smsops.render.outputs"),  # reading; writing
}
#: A module of one distribution that another one brings along.
BROUGHT_BY = {"anyio": "starlette", "h11": "uvicorn", "markupsafe": "jinja2"}
#: What is there before a door is opened: pytest loads its plugins.
THERE_ALREADY = {"pytest"}
#: Import name -> distribution, where they differ.
DISTRIBUTION = {"yaml": "pyyaml"}


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def pure() -> list[Module]:
    return [module for name, module in MODULES.items() if matches(name, PURE)]


def top(item: Import) -> str:
    return item.module.partition(".")[0]


def third_party(module: Module) -> list[Import]:
    own = {"smsops", *sys.stdlib_module_names}
    return [item for item in module.imports if top(item) not in own]


def test_every_pure_module_exists() -> None:
    """A renamed module must not leave the list behind, and its promise with it."""
    assert [pattern for pattern in PURE if not any(matches(n, (pattern,)) for n in MODULES)] == []


def test_every_excuse_is_needed() -> None:
    imported = {(name, item.module) for name in MODULES for item in MODULES[name].runtime}
    assert EXCUSED.keys() <= imported


def test_a_pure_module_imports_nothing_that_touches_the_world() -> None:
    found = [
        f"{module.path}:{item.line}: imports {item.module}"
        for module in pure()
        for item in module.runtime
        if not harmless(module, item)
    ]
    assert found == []


def harmless(module: Module, item: Import) -> bool:
    if (module.name, item.module) in EXCUSED or item.module in HARMLESS:
        return True
    if item.module in BORROWED:
        return set(item.names) <= BORROWED[item.module]
    if top(item) == "smsops":
        return matches(item.module, PURE)
    return matches(module.name, DOORS.get(BROUGHT_BY.get(top(item), top(item)), ()))


def test_a_pure_module_calls_nothing_that_touches_the_world() -> None:
    found = [
        f"{module.path}:{line}: calls {name}()"
        for module in pure()
        for name, line in module.calls()
        if name in WORLDLY and name not in TOLERATED.get(module.name, set())
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "def later():\n    import socket",
        "from smsops import workspace",
        "from smsops.providers.tencent.client import Client",
        "from smsops.clock import SYSTEM",
        "import httpx",
    ],
)
def test_these_checks_notice_a_worldly_import(line: str, tmp_path: Path) -> None:
    path = tmp_path / "planner.py"
    path.write_text(f"{line}\n", "utf-8")
    module = Module("smsops.planning.planner", path)

    assert [item.module for item in module.runtime if not harmless(module, item)] != []


def test_an_import_for_annotations_is_none(tmp_path: Path) -> None:
    path = tmp_path / "planner.py"
    path.write_text("if TYPE_CHECKING:\n    import httpx\nelse:\n    import os\n", "utf-8")

    assert [item.module for item in Module("smsops.planning.planner", path).runtime] == ["os"]


def test_every_third_party_library_has_its_door() -> None:
    found = [
        f"{module.path}:{item.line}: imports {item.module}"
        for module in MODULES.values()
        for item in third_party(module)
        if not item.typing
        and not matches(module.name, DOORS.get(BROUGHT_BY.get(top(item), top(item)), ()))
    ]
    assert found == []


def test_every_door_is_used() -> None:
    """A library that nothing imports any more should leave pyproject.toml too."""
    for library, doors in DOORS.items():
        users = [
            module.name
            for module in MODULES.values()
            if library in {top(item) for item in module.runtime}
        ]
        unused = [door for door in doors if not any(matches(user, (door,)) for user in users)]
        assert unused == [], library


def test_the_declared_dependencies_are_the_imported_ones() -> None:
    declared = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = declared["optional-dependencies"]
    needs = [*declared["dependencies"], *extras["server"], *extras["postgres"]]
    names = {need.partition(">")[0].strip().lower() for need in needs}

    assert names == {DISTRIBUTION.get(library, library) for library in DOORS.keys() - THERE_ALREADY}


@pytest.mark.parametrize(
    ("forbidden", "allowed"),
    [
        (lambda module: [x for x in module.calls() if x[0] == "print"], ()),
        (
            lambda module: [x for x in module.attributes() if x[0] in ("sys.stdout", "sys.stderr")],
            (
                "smsops.__main__",  # interrupted before anything could be imported
                "smsops.cli",  # the reader of stdout went away
                "smsops.cli.streams",
                "smsops.reference.__main__",  # a program of its own
            ),
        ),
        (
            lambda module: [
                x for x in module.attributes() if x[0] in ("os.environ", "os.environb", "os.getenv")
            ],
            (
                "smsops.cli",
                "smsops.cli.command",
                "smsops.state.backends.gitwire",  # what git inherits
                "smsops.testing.running",  # what an emulator inherits
            ),
        ),
    ],
    ids=["print", "standard streams", "environment"],
)
def test_only_the_command_line_reaches_for(
    forbidden: Callable[[Module], list[tuple[str, int]]], allowed: tuple[str, ...]
) -> None:
    """Streams and environment are handed down, so that nothing is printed unsanitised and every
    test can choose its own.
    """
    found = [
        f"{module.path}:{line}: {name}"
        for module in MODULES.values()
        if module.name not in allowed
        for name, line in forbidden(module)
    ]
    assert found == []
