"""Taking over what Terraform manages, under the lock: manifests first, ids after them, in one save.

A second run finds the manifests again, should the state not have been saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smsops.adoption import bind, export, trial, writing
from smsops.adoption.drafts import Draft
from smsops.adoption.terraform import claims
from smsops.adoption.terraform.claims import Claim, Known, NotTaken, Same, World
from smsops.adoption.terraform.states import Managed
from smsops.adoption.trial import Fault
from smsops.applying.run import Execution
from smsops.errors import InvalidManifests
from smsops.manifests.load import load_again, load_manifests
from smsops.model import Address, ObjectId, Project
from smsops.planning.account_index import AccountIndex
from smsops.state import changes
from smsops.text.messages import T, Text


@dataclass(frozen=True, slots=True)
class Taken:
    """An object of Terraform's that is recorded now. ``path``: the manifest that was written for
    it, of what is ``known``, with ``exceptions`` from rules; ``refused``: why none could be.
    """

    claim: Claim
    path: Path | None = None
    known: Known | None = None
    exceptions: tuple[str, ...] = ()
    refused: tuple[Text, ...] = ()


#: What became of an object of Terraform's.
Outcome = Taken | NotTaken | Same


def take_over(
    execution: Execution, items: Sequence[Managed], *, remind: bool = False
) -> tuple[Outcome, ...]:
    """Write manifests for ``items``, where they have none, and record their ids in one save; what
    became of each, in their order.

    Manifests come first: they are found again by a second run, should the state not be saved.
    """
    workspace, state = execution.workspace, execution.snapshot
    # Another adoption may have made directories while this one waited for the lock.
    project = load_again(workspace.project)
    manifests = load_manifests(project)
    if manifests.errors:
        raise InvalidManifests(manifests.problems)
    keys = {ObjectId(item.kind, item.remote_id) for item in items if item.remote_id is not None}
    # What is recorded anywhere may be in the way of an object, or gone.
    observation = workspace.observe_recorded(state.resources, include=keys)
    now = workspace.clock.now()
    index = AccountIndex(workspace.kinds, state.resources, observation, now)
    world = World(workspace.kinds, state, observation, index, manifests.desired, manifests.claimed)
    choices = claims.choose(items, world)
    found = [each for each in choices if isinstance(each, Claim)]
    written = _write(execution, project, found, remind=remind)
    by_address = {item.address: item for item in load_manifests(project).desired}
    recorded = [
        bind.change(
            each.binding,
            workspace.kinds[each.item.kind],
            each.seen,
            by_address.get(each.binding.address),
            now,
        )
        for each in choices
        if isinstance(each, Claim) and each.fresh
    ]
    if recorded:
        execution.journal.commit(changes.chained(*recorded))
    return tuple(
        written.get(each.binding.address, Taken(each)) if isinstance(each, Claim) else each
        for each in choices
    )


@dataclass(slots=True)
class _Desk:
    """A manifest that is drawn up: without the fields ``out``, and with ``exceptions``."""

    claim: Claim
    out: dict[str, Text] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()

    def revise(self, faults: Sequence[Fault]) -> bool:
        """Take account of ``faults``; false when that cannot help. What the account says of an
        object stays, as an exception where a rule allows one; else it cannot be declared.
        """
        for each in faults:
            observed = each.field in self.claim.seen.spec
            if observed and each.judged and each.code not in self.exceptions:
                self.exceptions += (each.code,)
            elif observed or not each.field or each.field in self.out:
                return False
            else:
                self.out[each.field] = _words(each)
        return True


def _words(fault: Fault) -> Text:
    return T("{code}: {message}", code=fault.code, message=fault.message)


def _write(
    execution: Execution, project: Project, found: Sequence[Claim], *, remind: bool
) -> Mapping[Address, Taken]:
    """Write the manifests that are missing, without anything that `validate` would refuse."""
    workspace, account_id = execution.workspace, execution.snapshot.account_id
    results: dict[Address, Taken] = {}
    desks: dict[Address, _Desk] = {}
    for claim in found:
        if not claim.unwritten:
            continue
        if unsayable := export.unsayable(claim.seen):
            results[claim.binding.address] = Taken(claim, refused=unsayable)
        else:
            desks[claim.binding.address] = _Desk(claim)
    while desks:
        drafts: list[Draft] = []
        known: dict[Address, Known] = {}
        for address, desk in desks.items():
            kind = workspace.kinds[address.kind]
            known[address] = claims.known(kind, desk.claim, desk.out)
            drafts.append(
                claims.draft(
                    kind,
                    desk.claim,
                    known[address],
                    account_id=account_id,
                    region=project.region,
                    exceptions=desk.exceptions,
                    remind=remind,
                )
            )
        faults = trial.faults(project, drafts)
        if not faults:
            paths = writing.write(project, drafts)
            results.update(
                (address, Taken(desk.claim, paths[address], known[address], desk.exceptions))
                for address, desk in desks.items()
            )
            break
        for address, faulty in faults.items():
            if not desks[address].revise(faulty):
                refused = tuple(map(_words, faulty))
                results[address] = Taken(desks.pop(address).claim, refused=refused)
    return results
