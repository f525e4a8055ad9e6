"""Patches: what differs in one environment, field by field, put into documents as they are read.

A value of a patch keeps its place: its line is a :class:`PatchLine`, which knows the file, so that
whatever is wrong with the value is said where somebody can change it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smsops.errors import Severity
from smsops.kinds import KINDS, RESOURCES
from smsops.manifests import files, numbers, schemas, violations, yaml_tree
from smsops.manifests.comments import cut_short
from smsops.manifests.environments import DIRECTORY
from smsops.manifests.problems import WHOLE, PatchLine, Position, Problems
from smsops.manifests.project import NAME, directory_fault, directory_problem
from smsops.model import Address, Project
from smsops.text.messages import T
from smsops.text.numbers import masked_name

_PARTS = ("spec", "lifecycle")
#: What a lifecycle is without its fields.
_LIFECYCLE = {"protected": False, "retireAfter": "24h", "promote": "auto"}


@dataclass(slots=True)
class _Patch:
    """One document: parts of a manifest, each leaf with its place."""

    file: str
    at: Position
    address: Address
    root: yaml_tree.Mapping
    absent: bool
    matched: bool = False


@dataclass(slots=True)
class Patches:
    """The patches of one environment, and which of them found their manifest."""

    problems: Problems
    environment: str = ""
    _by_address: dict[Address, list[_Patch]] = field(default_factory=dict)

    def _of(self, kind: str, root: yaml_tree.Mapping) -> list[_Patch]:
        if not self._by_address:
            return []
        node = violations.locate(root, ("metadata", "name"))
        if not isinstance(node, yaml_tree.Scalar):
            return []
        return self._by_address.get(Address(kind, node.text), [])

    def applied(self, kind: str, root: yaml_tree.Mapping) -> tuple[yaml_tree.Mapping, bool]:
        """A document with its patches in it, and whether it counts in this environment."""
        found = self._of(kind, root)
        if not found:
            return root, True
        present = True
        written: dict[tuple[str, ...], _Patch] = {}
        absent = next((each for each in found if each.absent), None)
        for patch in found:
            patch.matched = True
            present = present and not patch.absent
            if absent is not None and patch is not absent:
                message = T(
                    "{address} is left out in {file}:{line} (present: false); remove one",
                    address=patch.address,
                    file=absent.file,
                    line=absent.at[0],
                )
                self.problems.add(patch.file, patch.at, "SMS142", message)
            for path, at in _leaves(patch.root):
                first = written.setdefault(path, patch)
                if first is not patch:
                    message = T(
                        "{name} of {address} is also changed in {file}:{line}; remove one",
                        name=".".join(path),
                        address=patch.address,
                        file=first.file,
                        line=first.at[0],
                    )
                    self.problems.add(patch.file, at, "SMS142", message)
            before, root = root, _grafted(root, patch.root)
            self._unchanged(kind, before, root, patch)
        return root, present

    def _unchanged(
        self, kind: str, before: yaml_tree.Mapping, after: yaml_tree.Mapping, patch: _Patch
    ) -> None:
        """Say which leaves of a patch say what is so without them."""
        was, now = _value(kind, before), _value(kind, after)
        for path, at in _leaves(patch.root):
            if _at(was, path) == _at(now, path):
                message = T(
                    "{name} of {address} is the same without this patch; remove it",
                    name=".".join(path),
                    address=patch.address,
                )
                self.problems.add(patch.file, at, "SMS141", message)

    def unmatched(self, left_out: frozenset[Address]) -> None:
        """Report every patch without a manifest. ``left_out``: those that ``only`` leaves out."""
        for patch in (each for found in self._by_address.values() for each in found):
            if patch.address in left_out:
                message = T(
                    "environment {name} leaves {address} out (only); remove the patch",
                    name=self.environment,
                    address=patch.address,
                )
                self.problems.add(patch.file, patch.at, "SMS140", message)
            elif not patch.matched:
                message = T("no manifest declares {address}", address=patch.address)
                self.problems.add(patch.file, patch.at, "SMS140", message)


def read(project: Project, problems: Problems) -> Patches:
    """The patches of the environment that ``project`` is in; none where it is in none."""
    chosen = project.environment
    found = Patches(problems, chosen.name if chosen else "")
    if chosen is None:
        return found
    directory = f"{DIRECTORY}/{chosen.name}"
    if not os.path.lexists(project.root / directory):
        return found
    if fault := directory_fault(project.root, directory):
        problems.add(NAME, WHOLE, "SMS116", directory_problem(directory, fault))
        return found
    for name in files.under(project.root, directory, problems):
        raw = files.read(project.root, name, problems)
        if raw is None:
            continue
        documents, faults = yaml_tree.read(raw)
        for line, column, code, message in faults:
            problems.add(name, (line, column), code, message)
        for each in documents:
            patch = _read(name, each, problems)
            if patch is not None:
                found._by_address.setdefault(patch.address, []).append(patch)
        if not documents and not faults:
            message = T("the file declares nothing")
            problems.add(name, WHOLE, "SMS118", message, Severity.INFO)
    return found


def _read(file: str, document: yaml_tree.Document, problems: Problems) -> _Patch | None:
    root = document.root
    if not document.sound:
        return None
    doubts: list[yaml_tree.Node] = []
    value = schemas.reader("patch")(root, doubts)
    if doubts or not isinstance(root, yaml_tree.Mapping):
        problems.extend(violations.problems(file, root, "patch", value))
        return None
    node = violations.locate(root, ("metadata", "address"))
    at = node.line, node.column
    address = Address.parse(value["metadata"]["address"])
    shown = masked_name(address.name)
    if shown != address.name and address.kind not in RESOURCES:
        problems.add(file, at, "SMS401", numbers.Found(at, shown).message)
        return None
    if address.kind not in KINDS:
        message = T(
            "address: no kind {kind}; kinds are {kinds}", kind=address.kind, kinds=", ".join(KINDS)
        )
        problems.add(file, at, "SMS114", message)
        return None
    absent = value.get("present") is False
    changes = any(True for _ in _leaves(root))
    if "present" in value and (changes or not absent):
        place = root.keys["present"]
        message = (
            T("a patch with present: false changes nothing else; remove the fields, or it")
            if absent
            else T("present: true is so without this patch; remove it")
        )
        problems.add(file, place, "SMS141", message)
        return None
    if not absent and not changes:
        problems.add(file, at, "SMS141", T("the patch changes nothing"))
        return None
    kind = KINDS[address.kind]
    cut_short(file, kind, root, document.doubts, problems)
    for one in numbers.in_comments(document.text) if address.kind not in RESOURCES else ():
        problems.add(file, one.at, "SMS401", one.message)
    return _Patch(file, at, address, _placed(root, file), absent)


def _placed(node: Any, file: str) -> Any:
    """``node`` with places that know the file."""
    line = PatchLine.of(node.line, file)
    if isinstance(node, yaml_tree.Mapping):
        return node._replace(
            entries={key: _placed(each, file) for key, each in node.entries.items()},
            keys={key: (PatchLine.of(at[0], file), at[1]) for key, at in node.keys.items()},
            line=line,
        )
    if isinstance(node, yaml_tree.Sequence):
        return node._replace(items=[_placed(each, file) for each in node.items], line=line)
    return node._replace(line=line)


def _leaves(root: yaml_tree.Mapping) -> Iterator[tuple[tuple[str, ...], Position]]:
    """The path of everything that a patch sets, with its place."""
    for part in _PARTS:
        node = root.entries.get(part)
        if isinstance(node, yaml_tree.Mapping):
            yield from _below(node, (part,))


def _below(
    node: yaml_tree.Mapping, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Position]]:
    for key, child in node.entries.items():
        if isinstance(child, yaml_tree.Mapping) and child.entries:
            yield from _below(child, (*path, key))
        else:
            yield (*path, key), node.keys[key]


def _grafted(root: yaml_tree.Mapping, patch: yaml_tree.Mapping) -> yaml_tree.Mapping:
    parts = {name: each for name, each in patch.entries.items() if name in _PARTS}
    return _merged(root, patch._replace(entries=parts))


def _merged(base: yaml_tree.Mapping, patch: yaml_tree.Mapping) -> yaml_tree.Mapping:
    """``base`` with the leaves of ``patch`` in the place of its own."""
    entries, keys = dict(base.entries), dict(base.keys)
    for key, node in patch.entries.items():
        there = entries.get(key)
        if isinstance(there, yaml_tree.Mapping) and isinstance(node, yaml_tree.Mapping):
            entries[key] = _merged(there, node)
        else:
            entries[key] = node
            keys[key] = patch.keys[key]
    return base._replace(entries=entries, keys=keys)


def _value(kind: str, root: yaml_tree.Mapping) -> Mapping[str, Any]:
    value = schemas.reader(kind)(root, [])
    return value if isinstance(value, dict) else {}


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """What is at ``path``, or what is so where nothing is said."""
    found = value
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if found is None and path[0] == "lifecycle":
        return _LIFECYCLE.get(path[-1])
    if found is None and len(path) == 2:
        return _defaults(value, path[1])
    return found


def _defaults(value: Mapping[str, Any], name: str) -> Any:
    kinds = {each.manifest: each.name for each in KINDS.values()}
    kind = kinds.get(str(value.get("kind")))
    if kind is None:
        return None
    fields = schemas.load(kind)["properties"]["spec"]["properties"]
    return fields.get(name, {}).get("default")
