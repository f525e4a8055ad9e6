"""Adoption of an account under the lock: manifests for what nobody manages, and its ids.

Files come first and ids after them: what is interrupted in between is adopted by the next run, or
by an apply, since the manifests describe it exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smsops.adoption import bind, export, trial, writing
from smsops.adoption.adopt import record
from smsops.adoption.bind import Binding
from smsops.adoption.drafts import Draft, free_address
from smsops.adoption.naming import romanised
from smsops.adoption.selection import WORDS, Left, LeftOut, Selection, Wanted, select
from smsops.adoption.trial import Fault
from smsops.applying.run import Execution
from smsops.errors import Blocked, InvalidManifests, UsageError
from smsops.kinds.kind import Resource
from smsops.manifests.load import Manifests, load_again, load_manifests
from smsops.model import (
    Address,
    Desired,
    Observation,
    Observed,
    Project,
)
from smsops.planning.account_index import AccountIndex
from smsops.planning.decisions import Presence
from smsops.planning.unmanaged import unmanaged
from smsops.state import changes
from smsops.text.messages import NOTHING, T, Text, listed


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What an adoption did. ``written``: address -> its new manifest; ``objects``: what is recorded
    where; ``adopted``: manifests that were there already and got their objects. ``unmatched``:
    what was asked for and means no unmanaged object.
    """

    written: Mapping[Address, Path]
    objects: Mapping[Address, Observed]
    adopted: Mapping[Address, Observed]
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
    snapshot = execution.snapshot
    # Another adoption may have made directories while this one waited for the lock.
    project = load_again(workspace.project)
    observation = workspace.observe(snapshot.resources)
    manifests = load_manifests(project)
    _refuse_unless_sound(project, manifests)
    now = workspace.clock.now()
    account_index = AccountIndex(workspace.kinds, snapshot.resources, observation, now)
    found = unmanaged(snapshot, observation, manifests.declared, kinds=workspace.kinds, now=now)
    if unknown := wanted.unmatched(workspace.kinds, observation.objects.values()):
        raise UsageError(
            T("--only {word}: no sign or template is meant", word=unknown[0]),
            hint=T(
                "It takes {kinds}, an id, or a pattern of names such as '验证码*'.",
                kinds=listed(", ", workspace.kinds),
            ),
        )
    selection = select(
        workspace.kinds, found, manifests.desired, snapshot.resources, account_index, wanted
    )
    taken_names = {*snapshot.resources, *(item.address for item in manifests.declared)}
    addresses = dict(_addresses(workspace.kinds, selection, taken_names))
    desk = _Desk(project, snapshot.account_id, workspace.kinds, guess)
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
        adopted=_adopt_declared(execution, manifests.desired, account_index, wanted),
        left=(*selection.left, *unwritable),
        unmatched=wanted.unmatched(workspace.kinds, found),
        observation=observation,
        unknown=_unknown(workspace.kinds, objects.values(), guess=guess),
    )


def _refuse_unless_sound(project: Project, manifests: Manifests) -> None:
    """Raise where nobody can tell what is declared already, or where no new manifest would pass."""
    if manifests.errors:
        raise InvalidManifests(manifests.problems)
    if project.incomplete == "error":
        raise Blocked(
            T("spec.lint.incomplete is error, and no API tells everything that a manifest may say"),
            hint=T("Set it to warn until the fields are filled in."),
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
    guess: bool

    def drafts(
        self, objects: Mapping[Address, Observed]
    ) -> tuple[Sequence[Draft], Sequence[LeftOut]]:
        """The manifests of ``objects``, and those objects that no valid manifest can describe.

        They are tried with every guess: a rule may look at what a person fills in later.
        """
        faults: dict[Address, tuple[Fault, ...]] = {}
        sayable: dict[Address, Observed] = {}
        unwritable: list[LeftOut] = []
        for address, seen in objects.items():
            words = next(iter(export.unsayable(seen)), NOTHING)
            if words:
                unwritable.append(_unwritable(seen, words))
            else:
                sayable[address] = seen
        if sayable:
            drawn = [
                Draft(address, self._text(address, seen, guess=True))
                for address, seen in sayable.items()
            ]
            faults.update(trial.faults(self.project, drawn))
        drafts: list[Draft] = []
        for address, seen in sayable.items():
            found = faults.get(address, ())
            if lasting := [each for each in found if not each.judged]:
                unwritable.append(_unwritable(seen, lasting[0].message))
                continue
            exceptions = tuple(dict.fromkeys(each.code for each in found))
            text = self._text(address, seen, guess=self.guess, exceptions=exceptions)
            drafts.append(Draft(address, text))
        return drafts, unwritable

    def _text(
        self, address: Address, seen: Observed, *, guess: bool, exceptions: tuple[str, ...] = ()
    ) -> str:
        return export.manifest(
            self.kinds[seen.kind],
            seen,
            account_id=self.account_id,
            region=self.project.region,
            style=export.Style(address.name, guess, exceptions),
        )


def _unwritable(seen: Observed, fault: Text) -> LeftOut:
    return LeftOut(seen, Left.UNWRITABLE, WORDS[Left.UNWRITABLE].filled(fault=fault))


def _adopt_declared(
    execution: Execution,
    desired: Sequence[Desired],
    account_index: AccountIndex,
    wanted: Wanted,
) -> Mapping[Address, Observed]:
    """Bind the objects that manifests describe which were there before, in one save. Only an apply
    marks them as declared: what another branch knows nothing of is not to be deleted by it.
    """
    workspace, recorded = execution.workspace, execution.snapshot.resources
    now = workspace.clock.now()
    found: dict[Address, Observed] = {}
    for item in desired:
        kind, record_ = workspace.kinds[item.address.kind], recorded.get(item.address)
        current = record_.current if record_ is not None else None
        if current is not None and account_index.of(kind, current) is not Presence.ABSENT:
            continue
        matches = account_index.matches(kind, item.spec)
        if matches.presence is not Presence.EXACT or matches.exact[0].key in account_index.owners:
            continue
        if wanted.asks_for(kind, matches.exact[0]):
            found[item.address] = matches.exact[0]
    by_address = {item.address: item for item in desired}
    bindings = [
        bind.change(
            Binding(address, seen.remote_id),
            workspace.kinds[address.kind],
            seen,
            by_address[address],
            now,
        )
        for address, seen in found.items()
    ]
    if bindings:
        execution.journal.commit(changes.chained(*bindings))
    return found
