"""What commands say of ids that may not take over yet."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from smsops.cli.context import Context
from smsops.planning.steps import hold_consequence
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Address, Observation, Snapshot
    from smsops.workspace.readonly import ReadOnlyWorkspace
    from smsops.workspace.recorded import RecordedWorkspace


def held(
    context: Context,
    workspace: ReadOnlyWorkspace | RecordedWorkspace,
    snapshot: Snapshot,
    observation: Observation,
) -> Collection[Address]:
    """The addresses where something is held. Rollbacks and changes of places are said here: no
    successor shows them.
    """
    from smsops.planning.holds import held_successor

    successors = {
        address
        for address, record in snapshot.resources.items()
        if held_successor(workspace.kinds[address.kind], record, observation) is not None
    }
    others = workspace.held(snapshot, observation)
    for address, why in sorted(others.items()):
        if address not in successors:
            ready = hold_consequence(address)
            context.log(T("Note: {address} {why}; {ready}", address=address, why=why, ready=ready))
    return successors | others.keys()
