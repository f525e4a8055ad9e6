"""Manifests: files -> desired resources, with every problem of every file at once.

Reading is confined to the project (:mod:`smsops.manifests.confined`), parsing is safe for hostile
input (:mod:`smsops.manifests.yaml_tree`), the schema decides types
(:mod:`smsops.manifests.compiled`), the rules the rest (:mod:`smsops.lint`). Nothing is ever left
out silently: a dropped document would become a planned delete.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from smsops import lint
from smsops.errors import InvalidManifests, Problem, Severity
from smsops.kinds import KINDS, RESOURCES
from smsops.kinds.kind import Kind
from smsops.manifests import confined, images, schemas, violations, yaml_tree
from smsops.manifests.images import ImageMissing, ImageRefused
from smsops.manifests.project import (
    NAME,
    default_directories,
    directory_fault,
    load_project,
    read_project,
)
from smsops.model import Address, Desired, Lifecycle, Origin, Project, Promotion, Spec, Value

__all__ = ["Manifests", "load_manifests", "load_project", "read_project", "require_manifests"]

SUFFIXES = (".yaml", ".yml")
#: How names end that were meant to end in one of these; backups of editors were not.
_MISNAMED = re.compile(r"\.ya?ml(\.txt)?\Z", re.IGNORECASE)
MAX_PROBLEMS_A_FILE = 1000
#: Looking for a file that was meant takes time, and after so many a person has understood.
_ADVISED = 10
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the files say: manifests sorted by address, and problems sorted by position. Documents
    with errors have ``claimed`` their addresses, too.
    """

    declared: tuple[Desired, ...]
    problems: tuple[Problem, ...]
    #: Those that are errors only of what would be submitted: a plan decides.
    undecided: frozenset[Problem] = frozenset()
    claimed: frozenset[Address] = frozenset()

    @property
    def desired(self) -> tuple[Desired, ...]:
        """The manifests of resources: what a plan is about."""
        return tuple(item for item in self.declared if item.address.kind in RESOURCES)

    @property
    def errors(self) -> bool:
        """Whether a problem is an error whatever is submitted, so that nothing may be planned."""
        return any(
            problem.severity is Severity.ERROR and problem not in self.undecided
            for problem in self.problems
        )


def require_manifests(project: Project, *, strict: bool = False) -> tuple[Desired, ...]:
    """The resources of a project without errors; what would be errors only if it were submitted
    does not count, unless ``strict``. Raises :class:`InvalidManifests` otherwise.
    """
    manifests = load_manifests(project)
    if manifests.errors or (strict and manifests.undecided):
        raise InvalidManifests(manifests.problems)
    return manifests.desired


def load_manifests(project: Project) -> Manifests:
    """Everything under the project's manifest directories. Raises nothing for any content."""
    on = lint.severities(project.lint_ignore, project.template_variables, project.incomplete)
    doubts: dict[Address, list[Problem]] = {}
    undecided: set[Problem] = set()
    reading = _Reading(project.root)
    with _without_cycle_collection():
        for directory in project.manifests:
            reading.directory(directory, optional=project.manifests == default_directories())
        desired = sorted(reading.desired.values(), key=lambda item: item.address)
        if (severity := on.get("SMS131")) is not None:
            for file, at, words in reading.unexplained:
                reading.problem(file, at, "SMS131", words, severity)
        for finding in lint.run(desired, on):
            item, rule = finding.desired, finding.rule
            assert item.origin is not None
            at = reading.position(item, rule.field)
            problem = Problem(item.origin.file, *at, rule.code, finding.severity, finding.message)
            if finding.judged:
                doubts.setdefault(item.address, []).append(problem)
                undecided.add(problem)
            if not finding.excepted:
                reading.problems.append(problem)
    if doubts:
        desired = [
            replace(item, doubts=tuple(doubts[item.address])) if item.address in doubts else item
            for item in desired
        ]
    problems = tuple(sorted(_capped(reading.problems)))
    return Manifests(
        tuple(desired),
        problems,
        frozenset(undecided.intersection(problems)),
        frozenset(reading.declared),
    )


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """Reading makes many small objects and no cycles; looking for cycles takes a third longer."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _capped(problems: list[Problem]) -> Iterator[Problem]:
    counts: dict[str, int] = {}
    for problem in problems:
        count = counts[problem.file] = counts.get(problem.file, 0) + 1
        if count <= MAX_PROBLEMS_A_FILE:
            yield problem
    for file, count in counts.items():
        if count > MAX_PROBLEMS_A_FILE:
            message = f"more than {MAX_PROBLEMS_A_FILE} problems; the rest of the file is left out"
            yield Problem(file, 0, 0, "SMS119", Severity.ERROR, message)


@dataclass(slots=True)
class _Reading:
    """One reading of a project's files."""

    root: Path
    problems: list[Problem] = field(default_factory=list)
    desired: dict[Address, Desired] = field(default_factory=dict)
    #: where each address was declared first, also by a document with other problems
    declared: dict[Address, Origin] = field(default_factory=dict)
    #: the nodes of each spec, for positions
    specs: dict[Address, yaml_tree.Mapping] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    #: path -> digest and size, or why it is refused; signs often share an image
    inspected: dict[str, tuple[str, int] | ImageRefused] = field(default_factory=dict)
    #: how many images are not there
    missing: int = 0
    #: exceptions without a reason
    unexplained: list[tuple[str, tuple[int, int], str]] = field(default_factory=list)

    def problem(
        self,
        file: str,
        at: tuple[int, int],
        code: str,
        message: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.problems.append(Problem(file, *at, code, severity, message))

    def position(self, item: Desired, name: str) -> tuple[int, int]:
        """Where a field is: its value, or the spec when it is not given."""
        spec = self.specs[item.address]
        node = spec.entries.get(name, spec)
        return node.line, node.column

    def directory(self, name: str, *, optional: bool) -> None:
        """Read every manifest under a directory, in the order of their names."""
        fault = directory_fault(self.root, name)
        if fault:
            if not (optional and not os.path.lexists(self.root / name)):
                self.problem(NAME, (0, 0), "SMS116", f"directory {name}: {fault}")
            return
        waiting = [confined.inside(name)]
        while waiting:
            current = waiting.pop()
            try:
                with os.scandir(self.root / current) as listing:
                    entries = sorted((each.name, _sort(each)) for each in listing)
            except OSError as error:
                self.problem(current, (0, 0), "SMS101", f"cannot be read: {error.strerror}")
                continue
            inner: list[str] = []
            for each, sort in entries:
                relative = confined.inside(current, each)
                if each.startswith(".") or relative == NAME:
                    continue
                if sort == "directory":
                    inner.append(relative)
                elif each.endswith(SUFFIXES):
                    self.file(relative)
                elif sort == "linked directory":
                    message = "is a symbolic link to a directory; put the directory itself there"
                    self.problem(relative, (0, 0), "SMS101", message)
                elif _MISNAMED.search(each):
                    ends = " or ".join(SUFFIXES)
                    message = f"the file is not read: manifests end in {ends}; rename it"
                    self.problem(relative, (0, 0), "SMS121", message)
            waiting += reversed(inner)

    def file(self, name: str) -> None:
        if name in self.files:
            return
        self.files.add(name)
        try:
            raw = confined.read(self.root, name, limit=yaml_tree.MAX_BYTES)
        except confined.FileRefused as refused:
            code = "SMS102" if isinstance(refused, confined.FileTooLarge) else "SMS101"
            self.problem(name, (0, 0), code, refused.message)
            return
        documents, faults = yaml_tree.read(raw)
        for line, column, code, message in faults:
            self.problem(name, (line, column), code, message)
        before = len(self.problems)
        for document in documents:
            self.document(name, document)
            if len(self.problems) - before > MAX_PROBLEMS_A_FILE:
                break
        if not documents and not faults:
            self.problem(name, (0, 0), "SMS118", "the file declares nothing", Severity.INFO)

    def document(self, file: str, document: yaml_tree.Document) -> None:
        root = document.root
        at = root.line, root.column
        if not isinstance(root, yaml_tree.Mapping):
            if document.sound:
                self.problem(file, at, "SMS113", "a manifest is a mapping with apiVersion and kind")
            return
        kind = self.kind(file, root, quiet=not document.sound)
        if kind is None:
            return
        self.cut_short(file, kind, root, document.doubts)
        doubts: list[yaml_tree.Node] = []
        value = schemas.reader(kind.name)(root, doubts)
        # An unsound document has its fault already; what it lacks is not the author's doing.
        broken: list[Problem] = []
        if doubts and document.sound:
            broken = violations.problems(file, root, kind.name, value)
            self.problems += broken
        if broken or not document.sound:
            self.address_of_broken(file, kind, root, value)
        else:
            self.resource(file, kind, root, value)

    def cut_short(
        self, file: str, kind: Kind, root: yaml_tree.Mapping, doubts: Sequence[yaml_tree.Doubt]
    ) -> None:
        """Texts that a comment ends; of a number or a word of the schema it is no part."""
        spec = root.entries.get("spec")
        if not doubts or not isinstance(spec, yaml_tree.Mapping):
            return
        fields = schemas.load(kind.name)["properties"]["spec"]["properties"]
        texts = {
            (node.line, node.column)
            for each in kind.fields
            if (node := spec.entries.get(each.name)) is not None
            and not each.image
            and fields[each.name].get("type") == "string"
            and "enum" not in fields[each.name]
        }
        for line, column, fault in doubts:
            if (line, column) in texts:
                at = fault.line, fault.column
                self.problem(file, at, fault.code, fault.message, Severity.WARNING)

    def kind(self, file: str, root: yaml_tree.Mapping, *, quiet: bool) -> Kind | None:
        node = root.entries.get("kind")
        said = (
            node.text if isinstance(node, yaml_tree.Scalar) and not yaml_tree.null(node) else None
        )
        words = {each.manifest: each for each in KINDS.values()}
        kind = words.get(said) if said is not None else None
        if kind is None and not quiet:
            known = " or ".join(words)
            if said is None:
                message = f"kind is missing; it is {known}"
            elif said == "Project":
                message = f"kind Project belongs in {NAME}; a manifest is {known}"
            else:
                advice = violations.closest(said, list(words))
                message = f"unknown kind {violations.shown(said)}; it is {known}{advice}"
            at = (node or root).line, (node or root).column
            self.problem(file, at, "SMS110", message)
        return kind

    def address_of_broken(
        self, file: str, kind: Kind, root: yaml_tree.Mapping, value: Mapping[str, Any]
    ) -> None:
        """Claim the address of a document with problems, so that its twin is found at once."""
        metadata = value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str):
            self.claim(Address(kind.name, name), file, root)

    def claim(self, address: Address, file: str, root: yaml_tree.Mapping) -> bool:
        """Whether ``address`` was free; it is taken now."""
        node = violations.locate(root, ("metadata", "name"))
        first = self.declared.setdefault(address, Origin(file, node.line, node.column))
        if first.file == file and first.line == node.line and first.column == node.column:
            return True
        message = f"{address} is also declared in {first.file}:{first.line}; rename one of them"
        self.problem(file, (node.line, node.column), "SMS115", message)
        return False

    def resource(
        self, file: str, kind: Kind, root: yaml_tree.Mapping, value: Mapping[str, Any]
    ) -> None:
        metadata = value["metadata"]
        address = Address(kind.name, metadata["name"])
        if not self.claim(address, file, root):
            return
        node = root.entries["spec"]
        assert isinstance(node, yaml_tree.Mapping)
        self.specs[address] = node
        spec: dict[str, Value] = {**_blank(kind), **value["spec"]}
        life = value.get("lifecycle")
        item = Desired(
            address=address,
            spec=spec,
            lifecycle=_lifecycle(life) if life else _LIFECYCLE,
            labels=metadata.get("labels", _NO_LABELS),
            origin=Origin(file, root.line, root.column),
            exceptions=self.exceptions(file, kind, root, value.get("lint")),
        )
        if kind.images:
            item = self.with_images(item, kind, spec)
        self.desired[address] = item

    def exceptions(
        self, file: str, kind: Kind, root: yaml_tree.Mapping, value: Mapping[str, Any] | None
    ) -> frozenset[str]:
        """The rules that a manifest says it may break."""
        if not value:
            return frozenset()
        for index, code in enumerate(value["ignore"]):
            node = violations.locate(root, ("lint", "ignore", index))
            if fault := lint.exception_fault(code, kind.name):
                self.problem(file, (node.line, node.column), "SMS117", fault)
        if not value.get("reason"):
            node = violations.locate(root, ("lint",))
            words = "say why in lint.reason, for whoever reads it later"
            self.unexplained.append((file, (node.line, node.column), words))
        return frozenset(value["ignore"])

    def with_images(self, item: Desired, kind: Kind, spec: Spec) -> Desired:
        """``item`` with digests in place of file names; its images are checked here."""
        assert item.origin is not None
        file = item.origin.file
        directory = str(PurePosixPath(file).parent)
        digests: dict[str, Value] = {}
        paths: dict[str, Path] = {}
        sizes: list[int] = []
        for name in kind.images:
            path = spec[name]
            if path is None:
                continue
            try:
                relative = confined.inside(directory, str(path))
                found = self.image(relative)
            except confined.FileRefused as refused:
                found = ImageRefused("SMS208", refused.message)
            if isinstance(found, ImageRefused):
                at = self.position(item, name)
                message = f"{name} {violations.shown(path)}: {found.message}"
                if isinstance(found, ImageMissing):
                    message += self.instead(directory, str(path))
                self.problem(file, at, found.code, message)
                digests[name] = _REFUSED
                continue
            digests[name], size = found
            sizes.append(size)
            paths[name] = self.root / relative
        total = images.request_size(sizes)
        if len(sizes) > 1 and total > images.MAX_REQUEST - _OTHER_PARAMETERS:
            at = self.position(item, list(paths)[-1])
            message = f"the images take {total} bytes in a request of at most {images.MAX_REQUEST}"
            self.problem(file, at, "SMS211", f"{message}; scale them down")
        return replace(item, spec={**spec, **digests}, images=paths)

    def instead(self, directory: str, path: str) -> str:
        """Where an image that is missing was looked for, and which one may be meant."""
        self.missing += 1
        near = images.meant(self.root, directory, path) if self.missing <= _ADVISED else None
        advice = f"; did you mean '{near}'?" if near else ""
        where = "the project's directory" if directory == "." else f"{directory}/"
        return f" in {where}{advice}"

    def image(self, relative: str) -> tuple[str, int] | ImageRefused:
        if relative not in self.inspected:
            try:
                self.inspected[relative] = images.inspect(self.root, relative)
            except ImageRefused as refused:
                self.inspected[relative] = refused
        return self.inspected[relative]


def _sort(entry: os.DirEntry[str]) -> str:
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    # os.path.isdir answers where DirEntry.is_dir raises: for links that lead in a circle.
    return "linked directory" if os.path.isdir(entry.path) else "file"


#: Room for everything but the images in a request that adds or modifies.
_OTHER_PARAMETERS = 16 * 1024
#: Stands for the digest of an image that is declared and cannot be used.
_REFUSED = "sha256:"
_NO_LABELS: Mapping[str, str] = {}
_LIFECYCLE = Lifecycle()
_BLANKS: dict[str, dict[str, Value]] = {}


def _blank(kind: Kind) -> dict[str, Value]:
    """Every field of a kind with the default of its schema, else None."""
    if kind.name not in _BLANKS:
        fields = schemas.load(kind.name)["properties"]["spec"]["properties"]
        _BLANKS[kind.name] = {each.name: fields[each.name].get("default") for each in kind.fields}
    return _BLANKS[kind.name]


def _lifecycle(value: Mapping[str, Any]) -> Lifecycle:
    after = value.get("retireAfter")
    return Lifecycle(
        protected=value.get("protected", False),
        retire_after=_LIFECYCLE.retire_after
        if after is None
        else int(after[:-1]) * _SECONDS[after[-1]],
        promote=Promotion(value.get("promote", Promotion.AUTO)),
    )
