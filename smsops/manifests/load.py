"""Manifests: files -> desired resources, with every problem of every file at once.

Reading is confined to the project (:mod:`smsops.manifests.confined`), parsing is safe for hostile
input (:mod:`smsops.manifests.yaml_tree`), the schema decides types
(:mod:`smsops.manifests.compiled`), the rules the rest (:mod:`smsops.lint`). Nothing is ever left
out silently: a dropped document would become a planned delete.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from smsops import lint
from smsops.errors import InvalidManifests, Problem, Severity
from smsops.kinds import RESOURCES
from smsops.kinds.application import Application, applications
from smsops.kinds.probe import Probe, probes
from smsops.manifests import document, files, numbers, patches, yaml_tree
from smsops.manifests.document import Claims, Declaration
from smsops.manifests.problems import MAX_PROBLEMS_A_FILE, WHOLE, Problems, at_home
from smsops.manifests.project import load_again, load_project, read_project
from smsops.manifests.proofs import Proofs
from smsops.model import Address, Desired, Project
from smsops.text.messages import T

__all__ = [
    "Manifests",
    "load_again",
    "load_manifests",
    "load_project",
    "read_project",
    "require_manifests",
]


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the files say: manifests sorted by address, and problems sorted by position. Documents
    with errors have ``claimed`` their addresses, too.
    """

    declared: tuple[Desired, ...]
    problems: tuple[Problem, ...]
    #: Those that are errors only of what would be submitted or sent: plan or preflight decide.
    undecided: frozenset[Problem] = frozenset()
    claimed: frozenset[Address] = frozenset()

    @property
    def desired(self) -> tuple[Desired, ...]:
        """The manifests of resources: what a plan is about."""
        return tuple(item for item in self.declared if item.address.kind in RESOURCES)

    @property
    def applications(self) -> tuple[Application, ...]:
        """The applications, as far as their documents have no errors."""
        return applications(self.declared)

    @property
    def probes(self) -> tuple[Probe, ...]:
        """The probes, as far as their documents have no errors."""
        return probes(self.declared)

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
    problems = Problems()
    claims = Claims(problems)
    doubts: dict[Address, list[Problem]] = {}
    cautions: dict[Address, list[Problem]] = {}
    undecided: set[Problem] = set()
    with _without_cycle_collection():
        declared = _declarations(project, claims, problems, on.get("SMS131"))
        desired = [declared[address].desired for address in sorted(declared)]

        def folds(address: Address, field: str) -> tuple[tuple[str, str], ...]:
            return declared[address].folds(field)

        for finding in lint.run(desired, on, folds, claimed=claims.addresses, site=project.site):
            item, rule = finding.desired, finding.rule
            assert item.origin is not None
            at = declared[item.address].position(rule.field)
            problem = at_home(
                Problem(item.origin.file, *at, rule.code, finding.severity, finding.message)
            )
            if finding.judged:
                doubt = replace(problem, severity=Severity.ERROR)
                if finding.excepted:
                    words = T(
                        "{message}; the exception in lint.ignore of the manifest does not hold for "
                        "a text that is submitted",
                        message=finding.message,
                    )
                    doubt = replace(doubt, message=words)
                doubts.setdefault(item.address, []).append(doubt)
                undecided.add(problem)
            elif finding.cautious:
                cautions.setdefault(item.address, []).append(problem)
            if rule.preflight:
                undecided.add(problem)
            if not finding.excepted and rule.submitted is None:
                problems.extend([problem])
    if doubts or cautions:
        desired = [
            replace(
                item,
                doubts=tuple(doubts.get(item.address, ())),
                cautions=tuple(cautions.get(item.address, ())),
            )
            if item.address in doubts or item.address in cautions
            else item
            for item in desired
        ]
    found = problems.in_order()
    return Manifests(
        tuple(desired), found, frozenset(undecided.intersection(found)), claims.addresses
    )


def _declarations(
    project: Project, claims: Claims, problems: Problems, unexplained: Severity | None
) -> dict[Address, Declaration]:
    proofs = Proofs(project.root, problems)
    found_patches = patches.read(project, problems)
    found: dict[Address, Declaration] = {}
    for name in files.walk(project, problems):
        raw = files.read(project.root, name, problems)
        if raw is None:
            continue
        documents, faults = yaml_tree.read(raw)
        for line, column, code, message in faults:
            problems.add(name, (line, column), code, message)
        before = len(problems)
        numberless = False
        for each in documents:
            declared = document.read(name, each, claims, proofs, found_patches)
            if declared is not None:
                if declared.unexplained is not None and unexplained is not None:
                    message = T("say why in lint.reason, for whoever reads it later")
                    problems.add(name, declared.unexplained, "SMS131", message, unexplained)
                found[declared.desired.address] = declared
                numberless = numberless or declared.desired.address.kind not in RESOURCES
            if len(problems) - before > MAX_PROBLEMS_A_FILE:
                break
        if numberless:
            if (shown := numbers.in_name(name)) is not None:
                message = T("a phone number may not stand in the name of a file; rename it")
                problems.add(shown, WHOLE, "SMS401", message)
            for one in numbers.in_comments(documents[0].text):
                problems.add(name, one.at, "SMS401", one.message)
        if not documents and not faults:
            message = T("the file declares nothing")
            problems.add(name, WHOLE, "SMS118", message, Severity.INFO)
    return _within(project, found, found_patches)


def _within(
    project: Project, found: dict[Address, Declaration], found_patches: patches.Patches
) -> dict[Address, Declaration]:
    """What of ``found`` counts in the environment; says which patches have no manifest."""
    only = project.environment.only if project.environment else {}

    def outside(declared: Declaration) -> bool:
        spec = declared.desired.spec
        return any(name in spec and spec[name] != value for name, value in only.items())

    left_out = {address for address, declared in found.items() if only and outside(declared)}
    for address, declared in found.items() if left_out else ():
        # A probe of what is not here cannot be sent here.
        named = {Address(kind, str(declared.desired.spec.get(kind))) for kind in RESOURCES}
        if address.kind not in RESOURCES and named & left_out:
            left_out = {*left_out, address}
    found_patches.unmatched(frozenset(left_out))
    return {address: each for address, each in found.items() if address not in left_out}


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
