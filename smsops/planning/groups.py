"""Connected components: what belongs together through pairs. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def groups_of(pairs: Iterable[tuple[T, T]]) -> list[set[T]]:
    """The connected components of a graph that is given by its edges (union-find)."""
    parent: dict[T, T] = {}

    def root(item: T) -> T:
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in pairs:
        parent[root(one)] = root(other)
    found: dict[T, set[T]] = {}
    for item in list(parent):
        found.setdefault(root(item), set()).add(item)
    return list(found.values())
