"""docs/reliability.md names real tests, and every fault and every mistake has one."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.pages import ROOT, Page

PAGE = Page(ROOT / "docs" / "reliability.md")
_TEST = re.compile(r"\[(test_\w+)\]\(\.\./([\w/]+\.py)\)")


@cache
def _defined(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("title", "least"), [("Faults", 28), ("Messages", 7), ("Mistakes of people", 16)]
)
def test_every_row_has_a_promise_and_a_test_that_exists(title: str, least: int) -> None:
    rows = PAGE.table(title)
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= least
    for number, fault, promise, proof in rows:
        named = _TEST.findall(proof)
        assert fault, number
        assert promise, number
        assert named, number
        assert _TEST.sub("", proof).strip() == "", number
        for name, path in named:
            assert name in _defined(ROOT / path), f"row {number}: no {name} in {path}"


def test_every_file_of_fault_tests_proves_something_that_is_promised() -> None:
    named = {path for _, path in _TEST.findall(PAGE.text)}
    here = Path(__file__).parent
    files = {str(path.relative_to(ROOT)) for path in here.glob("test_*.py")}
    assert files - named == {str(Path(__file__).relative_to(ROOT))}
