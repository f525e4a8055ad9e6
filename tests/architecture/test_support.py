"""What tests share is in one package: one copy of each manifest and of each clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
#: A test of how a manifest may be written, and the violations below.
EXCUSES = {"lint/test_table.py", "architecture/test_support.py"}
FIELDS = {"kind: Sign": "signName:", "kind: Template": "templateName:"}


@cache
def modules() -> dict[str, list[ast.AST]]:
    """Every module under tests/, by its path: all that is in it."""
    return {
        str(path.relative_to(TESTS)): list(ast.walk(ast.parse(path.read_text("utf-8"))))
        for path in sorted(TESTS.rglob("*.py"))
    }


def clocks(nodes: list[ast.AST]) -> Iterator[str]:
    """Classes named a clock, and whatever makes a ``Clock``."""
    for node in nodes:
        match node:
            case ast.ClassDef(name=name) if name.lower().endswith("clock"):
                yield name
            case ast.FunctionDef(name=name, returns=ast.Name(id="Clock")):
                yield name


def manifests(nodes: list[ast.AST]) -> Iterator[str]:
    """Texts that are a manifest with its fields."""
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            text = "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        yield from (kind for kind, field in FIELDS.items() if kind in text and field in text)


def borrowed(path: str, nodes: list[ast.AST]) -> Iterator[str]:
    """Modules of another folder of tests than tests/support/."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            folder = str(node.module).split(".")[1]
            if folder not in ("support", Path(path).parts[0]):
                yield str(node.module)


def test_the_clocks_are_in_one_module() -> None:
    found = {path for path, nodes in modules().items() if any(clocks(nodes))}
    assert found == {"support/clock.py"}


def test_the_manifests_of_a_sign_and_a_template_are_written_once() -> None:
    """Every excuse is needed."""
    found = {path for path, nodes in modules().items() if any(manifests(nodes))}
    assert found == EXCUSES


def test_tests_share_by_the_support_package_only() -> None:
    found = {path: list(borrowed(path, nodes)) for path, nodes in modules().items()}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "violation",
    [
        "class Ticking:\n    @property\n    def clock(self) -> Clock: ...\n",
        "class SlowClock: ...\n",
        'SIGN = """\\\nkind: Sign\nspec:\n  signName: x\n"""\n',
        'text = f"kind: Template\\nspec:\\n  templateName: {name}\\n"\n',
        "from tests.cli.test_help import pages\n",
    ],
)
def test_a_violation_is_found(violation: str) -> None:
    nodes = list(ast.walk(ast.parse(violation)))
    assert [*clocks(nodes), *manifests(nodes), *borrowed("core/test_x.py", nodes)]
