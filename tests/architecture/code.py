"""The source of smsops as data: its modules, and what each imports and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "smsops"


@dataclass(frozen=True)
class Import:
    """One imported module. ``names``: what is taken from it; ``typing``: for annotations only."""

    module: str
    names: tuple[str, ...]
    typing: bool
    line: int


@dataclass(frozen=True)
class Module:
    """One module of smsops."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"), str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in it."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import, also those inside functions."""
        return tuple(_imports(self.tree, typing=False))

    @property
    def runtime(self) -> Iterator[Import]:
        """The imports that really happen."""
        return (item for item in self.imports if not item.typing)

    def calls(self) -> Iterator[tuple[str, int]]:
        """The name of every called function or method, with its line."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name):
                    yield node.func.id, node.lineno
                elif isinstance(node.func, ast.Attribute):
                    yield f".{node.func.attr}", node.lineno

    def attributes(self) -> Iterator[tuple[str, int]]:
        """Every ``name.attribute`` that is read, with its line."""
        for node in self.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield f"{node.value.id}.{node.attr}", node.lineno


@cache
def modules() -> tuple[Module, ...]:
    """Every module of smsops, sorted by name; each is parsed once in a process."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("smsops", *path.relative_to(PACKAGE).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        found.append(Module(name, path))
    return tuple(found)


_NAMES = frozenset(module.name for module in modules())


def _imports(node: ast.AST, *, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, (), typing, child.lineno)
        elif isinstance(child, ast.ImportFrom):
            yield from _from(child, typing)
        elif isinstance(child, ast.If) and _type_checking(child.test):
            for inner in child.body:
                yield from _imports(ast.Module([inner], []), typing=True)
            for inner in child.orelse:
                yield from _imports(ast.Module([inner], []), typing=typing)
        else:
            yield from _imports(child, typing=typing)


def _from(node: ast.ImportFrom, typing: bool) -> Iterator[Import]:
    """``from a import b`` imports the module ``a.b`` where there is one, else names of ``a``."""
    assert node.level == 0, "smsops has no relative imports"
    assert node.module is not None
    names = []
    for alias in node.names:
        if f"{node.module}.{alias.name}" in _NAMES:
            yield Import(f"{node.module}.{alias.name}", (), typing, node.lineno)
        else:
            names.append(alias.name)
    if names:
        yield Import(node.module, tuple(names), typing, node.lineno)


def _type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
