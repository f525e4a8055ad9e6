"""Which API action stands behind each action of a plan. A table, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smsops.kind import Wire
from smsops.model import Action, Step


class Write(StrEnum):
    """Which API action of its kind a step sends."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


#: The call behind each acting step; ``None``: the state only.
WRITES: Mapping[Action, Write | None] = {
    Action.ADOPT: None,
    Action.PROMOTE: None,
    Action.FORGET: None,
    Action.CREATE: Write.ADD,
    Action.REPLACE: Write.ADD,
    Action.UPDATE: Write.MODIFY,
    Action.RETIRE: Write.DELETE,
    Action.ABANDON: Write.DELETE,
    Action.DELETE: Write.DELETE,
}


def write_of(step: Step) -> Write:
    """What a step sends that does not act on the state only."""
    write = WRITES[step.action]
    assert write is not None, step
    return write


def api_action(write: Write, wire: Wire) -> str:
    """The name of the API action."""
    return {Write.ADD: wire.add, Write.MODIFY: wire.modify, Write.DELETE: wire.delete}[write]
