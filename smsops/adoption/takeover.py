"""Adoption of an account under the lock: manifests for what nobody manages, and its ids.

Files come first and ids after them: what is interrupted in between is adopted by the next run, or
by an apply, since the manifests describe it exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smsops import lint
from smsops.adoption import export, writing
from smsops.adoption.adopt import record
from smsops.adoption.drafts import Draft, free_address
from smsops.adoption.naming import romanised
from smsops.adoption.selection import WORDS, Left, LeftOut, Selection, Wanted, declared, select
from smsops.applying.run import Execution
from smsops.errors import InvalidManifests, Severity
from smsops.kinds.kind import Resource
from smsops.manifests import schemas, violations, yaml_tree
from smsops.manifests.load import Manifests, load_manifests
from smsops.model import (
    Action,
    Address,
    Desired,
    ObjectId,
    Observation,
    Observed,
    PlanOptions,
    Project,
    Step,
)
from smsops.model.outcome import Result, Status
from smsops.planning.account_index import AccountIndex
from smsops.planning.unmanaged import unmanaged
from smsops.text.messages import NOTHING, T, Text


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What an adoption did. ``written``: address -> its new manifest; ``objects``: what is recorded
    where; ``adopted``: manifests that were there already and got their objects. ``unmatched``:
    what was asked for and means no unmanaged object.
    """

    written: Mapping[Address, Path]
    objects: Mapping[Address, Observed]
    adopted: tuple[Result, ...]
    left: tuple[LeftOut, ...]
    unmatched: tuple[str, ...]
    observation: Observation
    #: The fields that the API did not return, by kind: what nobody could write.
    unknown: Mapping[str, tuple[str, ...]]


def take_over(
    execution: Execution,
    wanted: Wanted,
    *,
    guess: bool = False,
    into: Mapping[str, Path] | None = None,
) -> TakenOver:
    """Write manifests for the unmanaged objects that are ``wanted``, record their ids, and adopt
    what manifests describe already. ``guess``: likely values of unreadable fields, too; ``into``:
    kind -> directory, by default where the project reads it.

    Raises :class:`smsops.errors.SmsopsError` when a file cannot be written: then nothing was.
    """
    workspace = execution.workspace
    snapshot, project = execution.snapshot, workspace.project
    observation = workspace.observe(snapshot.resources)
    manifests = load_manifests(project)
    now = workspace.clock.now()
    account_index = AccountIndex(workspace.kinds, snapshot.resources, observation, now)
    found = unmanaged(snapshot, observation, manifests.declared, kinds=workspace.kinds, now=now)
    selection = select(
        workspace.kinds, found, manifests.desired, snapshot.resources, account_index, wanted
    )
    taken_names = {*snapshot.resources, *(item.address for item in manifests.declared)}
    addresses = dict(_addresses(workspace.kinds, selection, taken_names))
    desk = _Desk(project, snapshot.account_id, workspace.kinds, manifests, guess=guess)
    drafts, unwritable = desk.drafts({addresses[item.key]: item for item in selection.taken})
    written = writing.write(project, drafts, into=into)
    left_out = {item.seen.key for item in unwritable}
    objects = {
        addresses[item.key]: item
        for item in (*selection.taken, *selection.bound)
        if item.key not in left_out
    }
    if objects:
        record(execution, objects)
    return TakenOver(
        written=written,
        objects=objects,
        adopted=_adopt_declared(execution, manifests, observation, wanted),
        left=(*selection.left, *unwritable),
        unmatched=wanted.unmatched(workspace.kinds, found),
        observation=observation,
        unknown=_unknown(workspace.kinds, objects.values(), guess=guess),
    )


def _addresses(
    kinds: Mapping[str, Resource], selection: Selection, taken: set[Address]
) -> Iterator[tuple[tuple[str, int | str], Address]]:
    for item in (*selection.taken, *selection.bound):
        label = str(item.spec.get(kinds[item.kind].label) or "")
        address = free_address(item.kind, item.remote_id, [romanised(label)], taken)
        taken.add(address)
        yield item.key, address


def _unknown(
    kinds: Mapping[str, Resource], objects: Collection[Observed], *, guess: bool
) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in objects:
        kind = kinds[item.kind]
        known = found.get(item.kind, ())
        missing = kind.missing({**dict.fromkeys(kind.names), **item.spec})
        guessed = {field.name for field in kind.fields if guess and field.guess is not None}
        found[item.kind] = tuple(
            name for name in kind.names if name in {*known, *missing} - guessed
        )
    return found


@dataclass(frozen=True)
class _Desk:
    """Where manifests are drawn up, and read again before anything is written."""

    project: Project
    account_id: str | None
    kinds: Mapping[str, Resource]
    manifests: Manifests
    guess: bool

    def drafts(
        self, objects: Mapping[Address, Observed]
    ) -> tuple[Sequence[Draft], Sequence[LeftOut]]:
        """The manifests of ``objects``, and those objects that no valid manifest can describe."""
        unwritable: list[LeftOut] = []
        sound: dict[Address, Observed] = {}
        for address, seen in objects.items():
            fault = self._fault(address, seen)
            if fault:
                words = WORDS[Left.UNWRITABLE].filled(fault=fault)
                unwritable.append(LeftOut(seen, Left.UNWRITABLE, words))
            else:
                sound[address] = seen
        exceptions = self._exceptions(sound)
        drafts = [
            Draft(address, self._text(address, seen, exceptions.get(address, ())))
            for address, seen in sound.items()
        ]
        return drafts, unwritable

    def _text(self, address: Address, seen: Observed, exceptions: tuple[str, ...] = ()) -> str:
        return export.manifest(
            self.kinds[seen.kind],
            seen,
            account_id=self.account_id,
            region=self.project.region,
            style=export.Style(address.name, self.guess, exceptions),
        )

    def _fault(self, address: Address, seen: Observed) -> Text:
        """Why the manifest of an object would be refused, or would say something else."""
        kind = self.kinds[seen.kind]
        for name, value in seen.spec.items():
            if export.scalar(value) is None:
                return T("{name} has characters that are not allowed in a manifest", name=name)
        text = self._text(address, seen)
        documents, faults = yaml_tree.read(text.encode())
        if faults or len(documents) != 1:
            return faults[0].message if faults else T("it cannot be written as YAML")
        root = documents[0].root
        doubts: list[yaml_tree.Node] = []
        value = schemas.reader(kind.name)(root, doubts)
        if doubts:
            broken = violations.problems("", root, kind.name, value)
            if broken:
                return broken[0].message
        said = value["spec"]
        wrong = [
            name
            for name, wanted in declared(kind, seen.spec).items()
            if name in kind.known and said.get(name, wanted) != wanted
        ]
        if not wrong:
            return NOTHING
        return T("{name} would be read back as another text", name=wrong[0])

    def _exceptions(self, objects: Mapping[Address, Observed]) -> Mapping[Address, tuple[str, ...]]:
        """The rules that the texts of ``objects`` break as they stand, beside everything else that
        is declared.
        """
        project = self.project
        on = lint.severities(project.lint_ignore, project.template_variables, project.incomplete)
        new = [
            Desired(
                address,
                {
                    **dict.fromkeys(self.kinds[seen.kind].names),
                    # A rule may look at what a person fills in later.
                    **export.guesses(self.kinds[seen.kind], seen.spec),
                    **declared(self.kinds[seen.kind], seen.spec),
                },
            )
            for address, seen in objects.items()
        ]
        found: dict[Address, list[str]] = {}
        for finding in lint.run(sorted([*self.manifests.declared, *new], key=_by_address), on):
            if finding.severity is Severity.ERROR and finding.judged:
                found.setdefault(finding.desired.address, []).append(finding.rule.code)
        return {address: tuple(dict.fromkeys(codes)) for address, codes in found.items()}


def _by_address(item: Desired) -> Address:
    return item.address


def _adopt_declared(
    execution: Execution, manifests: Manifests, observation: Observation, wanted: Wanted
) -> tuple[Result, ...]:
    """Adopt the objects that manifests describe which were there before, as an apply would."""
    workspace = execution.workspace
    if manifests.errors:
        return ()
    try:
        plan = workspace.plan(manifests.desired, execution.snapshot, observation, PlanOptions())
    except InvalidManifests:
        return ()  # a text that would be submitted: plan and apply say so
    steps = [step for step in plan.steps if _due(step, workspace.kinds, observation, wanted)]
    if not steps:
        return ()
    desired = [item for item in manifests.desired if item.address in {s.address for s in steps}]
    outcome, _ = execution.run(
        steps,
        plan=replace(plan, steps=tuple(steps)),
        desired=desired,
        observation=observation,
        progress=lambda *_: None,
    )
    for error in outcome.errors:
        raise error
    return tuple(item for item in outcome.results if item.status is Status.DONE)


def _due(
    step: Step, kinds: Mapping[str, Resource], observation: Observation, wanted: Wanted
) -> bool:
    if step.action is not Action.ADOPT or step.moved_from is not None or step.remote_id is None:
        return False
    seen = observation.objects.get(ObjectId(step.address.kind, step.remote_id))
    return seen is not None and wanted.asks_for(kinds[step.address.kind], seen)
