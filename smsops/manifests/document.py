"""One document of a manifest file: a desired resource, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from smsops.errors import Problem, Severity
from smsops.kinds import KINDS, RESOURCES
from smsops.kinds.kind import Kind
from smsops.lint import exception_fault
from smsops.manifests import numbers, schemas, suspects, violations, yaml_tree
from smsops.manifests.comments import cut_short
from smsops.manifests.environments import DIRECTORY as ENVIRONMENTS
from smsops.manifests.patches import Patches
from smsops.manifests.problems import PatchLine, Position, Problems
from smsops.manifests.project import NAME
from smsops.manifests.proofs import Proofs
from smsops.model import Address, Desired, Lifecycle, Origin, Promotion, Value
from smsops.text.messages import T, either, joined

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
#: Of a document that is one text so many lines are looked at.
_LOOKED_AT = 50
_NO_LABELS: Mapping[str, str] = {}
_LIFECYCLE = Lifecycle()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A desired resource with the nodes of its spec, which know where each field is."""

    desired: Desired
    spec: yaml_tree.Mapping
    #: Where it makes exceptions without a reason.
    unexplained: Position | None = None

    def folds(self, field: str) -> tuple[tuple[str, str], ...]:
        """What stands around the line breaks of a field's text that became spaces."""
        node = self.spec.entries.get(field)
        return node.folds if isinstance(node, yaml_tree.Scalar) else ()

    def position(self, field: str) -> Position:
        """Where a field is, such as ``objectives.packageBalance``: its value, or what would hold it
        when it is not given.
        """
        return _position(violations.locate(self.spec, tuple(field.split("."))))


class Claims:
    """Where each address was declared first, also by a document with other problems."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._first: dict[Address, Origin] = {}

    @property
    def addresses(self) -> frozenset[Address]:
        """Every address that a document claims."""
        return frozenset(self._first)

    def claim(self, address: Address, file: str, root: yaml_tree.Mapping) -> bool:
        """Whether ``address`` was free; it is taken now."""
        node = violations.locate(root, ("metadata", "name"))
        here = Origin(file, node.line, node.column)
        first = self._first.setdefault(address, here)
        if first == here:
            return True
        message = T(
            "{address} is also declared in {file}:{line}; rename one of them",
            address=address,
            file=first.file,
            line=first.line,
        )
        self._problems.add(file, _position(node), "SMS115", message)
        return False


def read(
    file: str, document: yaml_tree.Document, claims: Claims, proofs: Proofs, patches: Patches
) -> Declaration | None:
    """What a document declares; None where it has errors, or does not count here."""
    problems = patches.problems
    root = document.root
    if not isinstance(root, yaml_tree.Mapping):
        if document.sound:
            _no_mapping(file, document, problems)
        return None
    kind = _kind(file, document, root, problems if document.sound else None)
    if kind is None:
        return None
    root, present = patches.applied(kind.name, root)
    if not present:
        return None
    root, hidden = _without_numbers(file, kind, root, problems)
    cut_short(file, kind, root, document.doubts, problems)
    doubts: list[yaml_tree.Node] = []
    value = schemas.reader(kind.name)(root, doubts)
    # An unsound document has its fault already; what it lacks is not the author's doing.
    broken = doubts and document.sound and violations.problems(file, root, kind.name, value)
    if broken:
        # What stands in the place of a number is not the author's.
        theirs = [each for each in broken if (each.line, each.column) not in hidden]
        ours = [each for each in theirs if not isinstance(each.line, PatchLine)]
        problems.extend(suspects.explained(document.text, ours))
        problems.extend(each for each in theirs if isinstance(each.line, PatchLine))
    if not broken and document.sound:
        found = _resource(file, kind, root, value, claims, proofs)
        lint = value.get("lint")
        return _with_exceptions(found, root, lint, problems) if found and lint else found
    # The address of a document with problems is claimed, so that its twin is found at once.
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if isinstance(name, str):
        claims.claim(Address(kind.name, name), file, root)
    return None


def _without_numbers(
    file: str, kind: Kind, root: yaml_tree.Mapping, problems: Problems
) -> tuple[yaml_tree.Mapping, frozenset[Position]]:
    """``root`` without phone numbers, which a kind that is only declared may not hold, and where
    they were.
    """
    if kind.name in RESOURCES:
        return root, frozenset()
    made, found = numbers.without(root, kind)
    for each in found:
        problems.add(file, each.at, "SMS401", each.message)
    return made, frozenset(each.at for each in found)


def _no_mapping(file: str, document: yaml_tree.Document, problems: Problems) -> None:
    """A document that is a text or a list, and what was meant where a byte tells."""
    root = document.root
    lines = document.text.split("\n")
    hint = suspects.of_file(document.text)
    if hint is None and isinstance(root, yaml_tree.Scalar):
        hint = suspects.in_text(lines[: root.line - 1 + _LOOKED_AT], first=root.line)
    at = hint.place if hint else _position(root)
    words = T("a manifest is a mapping with apiVersion and kind")
    problems.add(file, at, "SMS113", joined("; ", words, hint.text) if hint else words)


def _position(node: yaml_tree.Node) -> Position:
    return node.line, node.column


def _kind(
    file: str,
    document: yaml_tree.Document,
    root: yaml_tree.Mapping,
    problems: Problems | None,
) -> Kind | None:
    """The kind of a document. ``problems``: None where it is no problem that there is none."""
    node = root.entries.get("kind")
    word = node.text if isinstance(node, yaml_tree.Scalar) and not yaml_tree.null(node) else None
    words = {each.manifest: each for each in KINDS.values()}
    kind = words.get(word) if word is not None else None
    if kind is None and problems is not None:
        known = either(words)
        if word is None:
            message = T("kind is missing; it is {known}", known=known)
        elif word == "Patch":
            message = T(
                "kind Patch belongs in {directory}/NAME/, for the environment NAME",
                directory=ENVIRONMENTS,
            )
        elif word == "Project":
            message = T(
                "kind Project belongs in {file}; a manifest is {known}", file=NAME, known=known
            )
        else:
            message = T(
                "unknown kind {kind}; it is {known}{advice}",
                kind=violations.shown(word),
                known=known,
                advice=violations.closest(word, list(words)),
            )
        found = Problem(file, *_position(node or root), "SMS110", Severity.ERROR, message)
        problems.extend(suspects.explained(document.text, [found]))
    return kind


def _resource(
    file: str,
    kind: Kind,
    root: yaml_tree.Mapping,
    value: Mapping[str, Any],
    claims: Claims,
    proofs: Proofs,
) -> Declaration | None:
    metadata = value["metadata"]
    address = Address(kind.name, metadata["name"])
    if not claims.claim(address, file, root):
        return None
    node = root.entries["spec"]
    assert isinstance(node, yaml_tree.Mapping)
    life = value.get("lifecycle")
    item = Desired(
        address=address,
        spec={**_blank(kind.name), **value["spec"]},
        lifecycle=_lifecycle(life) if life else _LIFECYCLE,
        labels=metadata.get("labels", _NO_LABELS),
        origin=Origin(file, root.line, root.column),
    )
    found = Declaration(item, node)
    if not kind.images:
        return found
    places = {name: found.position(name) for name in kind.images}
    return Declaration(proofs.attach(item, kind, places), node)


def _with_exceptions(
    found: Declaration, root: yaml_tree.Mapping, value: Mapping[str, Any], problems: Problems
) -> Declaration:
    """``found`` with the rules that it says it may break."""
    item = found.desired
    assert item.origin is not None
    for index, code in enumerate(value["ignore"]):
        if fault := exception_fault(code, item.address.kind):
            at = _position(violations.locate(root, ("lint", "ignore", index)))
            problems.add(item.origin.file, at, "SMS117", fault)
    at = _position(violations.locate(root, ("lint",)))
    return replace(
        found,
        desired=replace(item, exceptions=frozenset(value["ignore"])),
        unexplained=None if value.get("reason") else at,
    )


@cache
def _blank(kind: str) -> Mapping[str, Value]:
    """Every field of a kind with the default of its schema, else None."""
    fields = schemas.load(kind)["properties"]["spec"]["properties"]
    return {each.name: fields[each.name].get("default") for each in KINDS[kind].fields}


def _lifecycle(value: Mapping[str, Any]) -> Lifecycle:
    after = value.get("retireAfter")
    return Lifecycle(
        protected=value.get("protected", False),
        retire_after=_LIFECYCLE.retire_after
        if after is None
        else int(after[:-1]) * _SECONDS[after[-1]],
        promote=Promotion(value.get("promote", Promotion.AUTO)),
    )
