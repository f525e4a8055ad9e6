"""Operations: which write of the API each action of a plan is. A table, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smsops.model.plan import Action, Step


class Operation(StrEnum):
    """Which API action of its kind a step sends."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


#: The call behind each acting step; ``None``: the state only.
OPERATIONS: Mapping[Action, Operation | None] = {
    Action.ADOPT: None,
    Action.PROMOTE: None,
    Action.FORGET: None,
    Action.CREATE: Operation.ADD,
    Action.REPLACE: Operation.ADD,
    Action.UPDATE: Operation.MODIFY,
    Action.RETIRE: Operation.DELETE,
    Action.ABANDON: Operation.DELETE,
    Action.DELETE: Operation.DELETE,
}


def operation_of(step: Step) -> Operation:
    """What a step sends that does not act on the state only."""
    write = OPERATIONS[step.action]
    assert write is not None, step
    return write
