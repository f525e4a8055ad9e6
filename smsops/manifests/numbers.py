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
from smsops.text.numbers import (
    NUMBER,
    SHORTEST,
    digits,
    hidden,
    is_mobile,
    masked,
    masked_name,
    mobiles_masked,
)

#: Ids of vendors, in which letters and digits stand as they come.
_IDS = (("spec", "templateId"),)
#: Where a comment begins, near enough: nothing is lost when a text has one inside.
_COMMENT = re.compile(r"(?:^|[ \t])#")


class Found(NamedTuple):
    """A number: where it is, and what of it may be shown."""

    at: Position
    shown: str
    #: The field of an id in whose place it is.
    id: str = ""

    @property
    def message(self) -> Text:
        """What is wrong, and what to write instead."""
        if self.id:
            return T(
                "{field}: a phone number ({shown}) is no id; the console shows it, such as "
                "1400006666",
                field=self.id,
                shown=self.shown,
            )
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


def in_name(file: str) -> str | None:
    """The name of a file with its mobile numbers masked, if it has one: every message about the
    file would repeat it. Other rows of digits are days and counters there.
    """
    shown = mobiles_masked(file)
    return shown if shown != file else None


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
        if not is_mobile(node.text):
            return node  # an id, which only looks like one
        shown = hidden(node.text)
        found.append(Found((node.line, node.column), shown, id=".".join(path)))
        return node._replace(text=shown)
    return node._replace(text=_hidden(node.text, (node.line, node.column), path, kind, found))


def _hidden(text: str, at: Position, path: tuple[str, ...], kind: Kind, found: list[Found]) -> str:
    """``text`` without a number. Where the addressee is, any digits may be one, but in a path."""
    addressee = path[:2] == ("spec", kind.addressee) and path[2:] != ("file",)
    if addressee and digits(text) >= SHORTEST:
        shown = hidden(text)
    else:
        shown = (masked if path in _IDS else masked_name)(text)
    if shown != text:
        found.append(Found(at, shown[-40:]))
    return shown
