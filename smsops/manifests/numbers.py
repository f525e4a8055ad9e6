"""Phone numbers in manifests that may not hold one. Pure.

A number is masked in the tree before anything looks at it, so that no message can repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from smsops.kinds.kind import Kind
from smsops.manifests.problems import Position
from smsops.manifests.yaml_tree import Mapping, Node, Sequence
from smsops.text.messages import T, Text
from smsops.text.numbers import NUMBER, SHORTEST, digits, hidden, masked

#: Where a comment begins, near enough: nothing is lost when a text has one inside.
_COMMENT = re.compile(r"(?:^|[ \t])#")


class Found(NamedTuple):
    """A number: where it is, and what of it may be shown."""

    at: Position
    shown: str

    @property
    def message(self) -> Text:
        """What is wrong, and what to write instead."""
        return T(
            "a phone number ({shown}) may not stand in a manifest; take it out, and say where it "
            "is: {instead}",
            shown=self.shown,
            instead="to: {env: NAME} or {file: PATH}",
        )


def without(root: Mapping, kind: Kind) -> tuple[Mapping, list[Found]]:
    """A document with its numbers masked, and where they are."""
    found: list[Found] = []
    made = _masked(root, (), kind, found)
    assert isinstance(made, Mapping)
    return (made, found) if found else (root, found)


def in_comments(text: str) -> Iterator[Found]:
    """The numbers in the comments of a file."""
    for number, line in enumerate(text.split("\n"), start=1):
        start = _COMMENT.search(line)
        for match in NUMBER.finditer(line, start.end()) if start else ():
            yield Found((number, match.start() + 1), hidden(match[0]))


def _masked(node: Node, path: tuple[str, ...], kind: Kind, found: list[Found]) -> Node:
    if isinstance(node, Sequence):
        return node._replace(items=[_masked(each, path, kind, found) for each in node.items])
    if isinstance(node, Mapping):
        entries: dict[str, Node] = {}
        keys: dict[str, Position] = {}
        for key, value in node.entries.items():
            name = _hidden(key, node.keys[key], ("",), kind, found)
            keys[name] = node.keys[key]
            entries[name] = _masked(value, (*path, key), kind, found)
        return node._replace(entries=entries, keys=keys)
    if path == ("spec", kind.label):
        return node  # an id, which only looks like one
    return node._replace(text=_hidden(node.text, (node.line, node.column), path, kind, found))


def _hidden(text: str, at: Position, path: tuple[str, ...], kind: Kind, found: list[Found]) -> str:
    """``text`` without a number. Where the addressee is, any digits may be one, but in a path."""
    addressee = path[:2] == ("spec", kind.addressee) and path[2:] != ("file",)
    shown = hidden(text) if addressee and digits(text) >= SHORTEST else masked(text)
    if shown != text:
        found.append(Found(at, shown[-40:]))
    return shown
